//! The threads that read the networks: one for each account.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use rand::Rng;
use tokio::runtime::Runtime;

use super::deciding::Deciding;
use super::feeder::Feeder;
use super::instance::read_instance;
use super::ledger::Ledger;
use super::pace::SourcePace;
use super::shop_node::ShopNode;
use super::source::{Facts, source};
use crate::actors::node::Node;
use crate::clock::Clock;
use crate::config::serve::{NetworkAccount, Reading};
use crate::domain::id::Network;
use crate::domain::time::Millis;
use crate::engine::current_prefilter::CurrentPrefilter;
use crate::intake::stream::NotResumed;
use crate::intake::stream::live::LiveStream;
use crate::networks::mastodon::{Instance, Server};
use crate::networks::{Entry, Purse, ShopAccount, ShopNetworks, Signed, Source};
use crate::telemetry::SourceMeters;
use crate::words::PostLengths;

/// How long an account that is not read waits before it looks again; an operator's word comes at once.
const IDLE: Millis = Millis::from_secs(5);

/// How long a stop waits for the readers.
const STOP_MOST: Millis = Millis::from_secs(3);

/// How often a stop looks whether they have ended.
const LOOK_AGAIN: Millis = Millis::from_secs(1);

/// How long a reader waits after something failed that may heal.
const RETRY_WAIT: Millis = Millis::from_secs(30);

/// The threads.
pub(crate) struct SourceThreads {
    accounts: Vec<Arc<ShopAccount>>,
    threads: Vec<JoinHandle<()>>,
}

/// What one thread reads, and for whom.
struct Reader {
    configured: NetworkAccount,
    account: Arc<ShopAccount>,
    signed: Arc<Signed>,
    app_token: Option<String>,
    networks: Arc<ShopNetworks>,
    node: Arc<Node>,
    /// Learns how long a post may be at the account's server.
    lengths: Arc<PostLengths>,
    has_siblings: bool,
}

impl SourceThreads {
    /// Starts to read every account for `node`.
    pub(crate) fn start(
        networks: &Arc<ShopNetworks>,
        configured: &[NetworkAccount],
        node: &Arc<Node>,
        lengths: &Arc<PostLengths>,
    ) -> io::Result<Self> {
        let (mut accounts, mut threads) = (Vec::new(), Vec::new());
        for Entry { account, signed, app, app_token, .. } in networks.entries() {
            let Some(own) = configured.iter().find(|own| own.name == account.name) else { continue };
            let reader = Reader {
                configured: own.clone(),
                account: Arc::clone(account),
                // X opens the filtered stream to the app alone.
                signed: Arc::clone(app.as_ref().filter(|_| own.read == Reading::Filtered).unwrap_or(signed)),
                app_token: app_token.clone(),
                networks: Arc::clone(networks),
                node: Arc::clone(node),
                lengths: Arc::clone(lengths),
                has_siblings: configured.iter().filter(|other| other.network == own.network).count() > 1,
            };
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            accounts.push(Arc::clone(account));
            threads
                .push(Builder::new().name(format!("read-{}", own.name)).spawn(move || reader.run(&runtime))?);
        }
        Ok(Self { accounts, threads })
    }

    /// Ends the reading. A thread that waits for its network is not waited for: what it reads is decided at the next
    /// start.
    pub(crate) async fn stop(self) {
        self.accounts.iter().for_each(|account| account.end());
        let ended = async {
            while !self.threads.iter().all(JoinHandle::is_finished) {
                tokio::time::sleep(LOOK_AGAIN.std()).await;
            }
        };
        tokio::time::timeout(STOP_MOST.std(), ended).await.ok();
    }
}

impl Reader {
    fn run(&self, runtime: &Runtime) {
        let account = &self.account;
        if self.configured.read == Reading::Off {
            return self.stand_by();
        }
        while account.is_serving() {
            self.networks.note_standings();
            if !account.is_read() {
                account.note(|state| state.source = Source::Stopped);
                account.wait(IDLE);
                continue;
            }
            if let Err(why) = self.read(runtime) {
                tracing::error!(network = %account.name, "reading stopped for {RETRY_WAIT}: {why}");
                account.note(|state| state.source = Source::Connecting(why.into()));
                account.wait(RETRY_WAIT);
            }
        }
    }

    /// Nothing is read of the account; whose token it has, and what its server allows, is asked before a reply needs it.
    fn stand_by(&self) {
        let account = &self.account;
        account.note(|state| state.source = Source::Off);
        let mut is_asked = false;
        while account.is_serving() {
            self.networks.note_standings();
            if !is_asked && account.can_post() {
                let is_described = self.instance().is_ok();
                is_asked = self.networks.sign_in(&account.name).is_ok() && is_described;
                account.wait(if is_asked { IDLE } else { RETRY_WAIT });
            } else {
                account.wait(IDLE);
            }
        }
    }

    /// What the server allows, if the account is at Mastodon. An operator is told what the sale cannot expect there.
    fn instance(&self) -> Result<Option<Instance>, String> {
        if self.configured.network != Network::Mastodon {
            return Ok(None);
        }
        let server = Server::parse(&self.configured.host).map_err(|fault| fault.to_string())?;
        let instance = read_instance(&*self.signed, &server)?;
        if let Some(instance) = &instance {
            self.lengths.learn(Network::Mastodon, &self.account.name, instance.characters_max);
        }
        let advice = instance.as_ref().map(|instance| match &self.configured.read {
            Reading::Off => instance.posting_advice(),
            read => instance.advice(matches!(read, Reading::Hashtags(_))),
        });
        let advice = advice.unwrap_or_default();
        for advice in &advice {
            tracing::warn!(network = %self.account.name, "{advice}");
        }
        self.account.note(|state| state.advice = advice);
        Ok(instance)
    }

    /// Reads until an operator stops it.
    fn read(&self, runtime: &Runtime) -> Result<(), String> {
        let clock: Clock = self.node.clock();
        let shared = self.networks.shared();
        let prefilter = CurrentPrefilter::new(self.node.catalog_handle().reader());
        let tags: Vec<String> = prefilter.catalog().tags().map(str::to_owned).collect();
        let purse = Purse::new(&self.account.name, self.configured.budget.as_ref(), shared.database.clone());
        let ledger = Ledger::new(Arc::clone(&self.account), shared.database.clone(), purse);
        let cursor = ledger.resume_at().map_err(|fault| fault.to_string())?;
        let instance = self.instance()?;
        let facts = Facts {
            tags: &tags,
            app_token: self.app_token.as_deref(),
            streaming: instance.as_ref().and_then(|instance| instance.streaming.as_deref()),
            seed: rand::rng().next_u64(),
        };
        let source = match source(&self.configured, &facts, cursor.as_ref()) {
            Ok(source) => source,
            // The configuration names another source now: it begins with what is posted from now on.
            Err(NotResumed::NotACursor | NotResumed::OtherSource) => {
                tracing::warn!(network = %self.account.name, "the position is of another source; reading begins now");
                source(&self.configured, &facts, None).map_err(|fault| fault.to_string())?
            }
            Err(fault) => return Err(fault.to_string()),
        };
        let Some(source) = source else { return Ok(()) };
        let format = source.format();
        let pace = SourcePace { clock: clock.clone(), account: Arc::clone(&self.account) };
        let node = ShopNode { node: Arc::clone(&self.node), runtime, account: Arc::clone(&self.account) };
        let meters = SourceMeters::new(&self.account.name);
        let feeder = Feeder {
            account: Arc::clone(&self.account),
            stream: LiveStream::new(source, Arc::clone(&self.signed), pace),
            format,
            clock,
            prefilter,
            deciding: Deciding::new(node, meters.words_refused.clone()),
            ledger,
            notes_heard: self.has_siblings && self.account.replies,
            meters,
        };
        feeder.run().map_err(|ended| ended.to_string())
    }
}
