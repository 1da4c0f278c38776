//! The state that the handlers share.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use actix_web::http::header::HeaderMap;
use metrics_exporter_prometheus::PrometheusHandle;

use super::challenges::Challenges;
use super::hosts::Hosts;
use super::link::LinkPages;
use super::problem::Problem;
use super::request_id::RequestIds;
use super::request_log::RequestLog;
use super::tokens::Tokens;
use crate::actors::node::Node;
use crate::backups::RunningBackups;
use crate::config::limits::Limits;
use crate::config::serve::Mode;
use crate::control::quarantine_file::RestoredAs;
use crate::networks::ShopNetworks;
use crate::ops::OpsDatabase;
use crate::outbox::provider::stripe::{Holds, WebhookEndpoint};
use crate::subscribers::positions::SubscriberBoard;
use crate::words::Words;

/// The node, and the conditions under which requests are accepted.
pub struct State {
    pub(crate) node: Arc<Node>,
    pub(crate) limits: Limits,
    pub(crate) hosts: Hosts,
    /// Replaced while the server runs.
    tokens: RwLock<Tokens>,
    pub(crate) prometheus: PrometheusHandle,
    pub(crate) subscribers: SubscriberBoard,
    pub(crate) ids: RequestIds,
    pub(crate) log: RequestLog,
    pub(crate) words: Arc<Words>,
    pub(crate) mode: Mode,
    /// The shop's accounts at the networks; `None` if it has none.
    pub(crate) networks: Option<Arc<ShopNetworks>>,
    /// Who signs people in and takes their cards; `None` if nobody does.
    pub(crate) linking: Option<Arc<LinkPages>>,
    /// What is at hand beside the journals; `None` for a server without it.
    pub(crate) database: Option<OpsDatabase>,
    /// Where backups are kept; `None` if the configuration names no directory.
    pub(crate) backups: Option<RunningBackups>,
    /// Who hears the card processor's webhooks; `None` if nobody does.
    pub(crate) card_webhooks: Option<WebhookEndpoint>,
    /// What the data directory was restored as, if it is in quarantine.
    pub(crate) quarantined: Option<RestoredAs>,
    /// The payments that buyers authenticate; `None` if payments wait for nobody.
    pub(crate) challenges: Option<Arc<Challenges>>,
    /// The payments that are held and not captured; `None` if nobody watches over them.
    pub(crate) holds: Option<Arc<Holds>>,
    stopping: AtomicBool,
}

impl State {
    /// Creates a state that is ready to serve.
    #[must_use]
    pub fn new(
        node: Arc<Node>,
        limits: Limits,
        tokens: Tokens,
        prometheus: PrometheusHandle,
        subscribers: SubscriberBoard,
    ) -> Self {
        let (ids, stopping) = (RequestIds::start(), AtomicBool::new(false));
        let (tokens, hosts, log) = (RwLock::new(tokens), Hosts::default(), RequestLog::default());
        let words = Arc::new(Words::of_shop(""));
        Self {
            node,
            limits,
            hosts,
            tokens,
            prometheus,
            subscribers,
            ids,
            log,
            words,
            mode: Mode::default(),
            networks: None,
            linking: None,
            database: None,
            backups: None,
            card_webhooks: None,
            quarantined: None,
            challenges: None,
            holds: None,
            stopping,
        }
    }

    /// Writes times as these texts do; without them, in UTC.
    #[must_use]
    pub fn with_words(self, words: Arc<Words>) -> Self {
        Self { words, ..self }
    }

    /// Shows these accounts, and lets operators change them; without it, none.
    #[must_use]
    pub fn with_networks(self, networks: Option<Arc<ShopNetworks>>) -> Self {
        Self { networks, ..self }
    }

    /// Signs people in and takes their cards on `/link`; without it, nobody can.
    #[must_use]
    pub fn with_linking(self, linking: Arc<LinkPages>) -> Self {
        Self { linking: Some(linking), ..self }
    }

    /// Keeps there which addresses get no letters; without it, nowhere.
    #[must_use]
    pub fn with_database(self, database: Option<OpsDatabase>) -> Self {
        Self { database, ..self }
    }

    /// Makes backups there; without it, none.
    #[must_use]
    pub fn with_backups(self, backups: Option<RunningBackups>) -> Self {
        Self { backups, ..self }
    }

    /// Says in `/readyz` that nothing leaves the data directory; without it, everything does.
    #[must_use]
    pub fn with_quarantine(self, quarantined: Option<RestoredAs>) -> Self {
        Self { quarantined, ..self }
    }

    /// Hears the card processor's webhooks there; without it, nowhere.
    #[must_use]
    pub fn with_card_webhooks(self, card_webhooks: Option<WebhookEndpoint>) -> Self {
        Self { card_webhooks, ..self }
    }

    /// Lets buyers authenticate these payments; without it, none.
    #[must_use]
    pub fn with_challenges(self, challenges: Option<Arc<Challenges>>) -> Self {
        Self { challenges, ..self }
    }

    /// Says in `/readyz` which of these holds end soon; without it, none.
    #[must_use]
    pub fn with_holds(self, holds: Option<Arc<Holds>>) -> Self {
        Self { holds, ..self }
    }

    /// Says on pages and in `/readyz` that it sells in this mode; without it, in mode `test`.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Goes by these names; without them, by those of the loopback address alone.
    #[must_use]
    pub fn with_hosts(self, hosts: Hosts) -> Self {
        Self { hosts, ..self }
    }

    /// Whether the request may see and change everything: it shows a valid token, or none is asked for.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        self.tokens.read().expect("no panic is survived").admit(headers)
    }

    /// Whether tokens are asked for.
    pub(crate) fn has_tokens(&self) -> bool {
        !matches!(*self.tokens.read().expect("no panic is survived"), Tokens::Off)
    }

    /// Accepts these tokens from now on, and no others.
    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().expect("no panic is survived") = tokens;
    }

    /// Refuses new posts and changes from now on; `/readyz` reports it.
    pub(crate) fn refuse(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Fails once the server is stopping.
    pub(crate) fn check_serving(&self) -> Result<(), Problem> {
        if self.stopping.load(Ordering::Acquire) { Err(Problem::stopping()) } else { Ok(()) }
    }

    /// Waits for the node's answer as long as clients do, and returns `late` after that.
    pub(crate) async fn wait<T, E>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
        late: fn() -> Problem,
    ) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        match tokio::time::timeout(self.limits.answer_timeout.std(), answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(late()),
        }
    }
}
