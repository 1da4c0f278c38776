//! The service: an engine behind HTTP, from the configuration file to the last fsync.

use std::future::Future;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};
use tokio::signal::unix::Signal;
use tokio::sync::mpsc;

use super::card_events::{CardEvents, Following};
use super::card_processor::CardProcessor;
use super::card_upkeep::CardUpkeep;
use super::hold_watch::HoldWatch;
use super::link_desk::link_pages;
use super::networks::OpenNetworks;
use super::{ConfirmLinks, Error, JournalAhead, Keys, Node, Parts, Setup, Words, start};
use crate::backups::{BackupError, BackupWatch, Backups, RunningBackups};
use crate::clock::Clock;
use crate::config::offers::OfferFile;
use crate::config::serve::{Auth, ServeConfig};
pub use crate::control::link_registry::Links;
use crate::control::quarantine_file::RestoredAs;
use crate::domain::id::{Account, Network, OfferId};
use crate::domain::time::Millis;
use crate::http::{Challenges, Hosts, HttpServer, LinkPages, NotListening, State, TokenFault, Tokens};
use crate::journal::{FileDisk, private};
use crate::net::{Client, Http, Trust, TrustFault};
use crate::ops::KeyPlace;
use crate::outbox::instance::Instance;
use crate::outbox::provider::stripe::WebhookEndpoint;
use crate::partition::snapshot::Policy;
use crate::subscribers::history::HistoryFile;
use crate::subscribers::subscriber::Subscriber;
use crate::telemetry::{self, backups::quarantined_gauge};

/// How often metrics are compacted; without that they grow until the next scrape.
const UPKEEP: Millis = Millis::from_secs(5);

/// How often the age of the copies of keys in backups is looked at.
const KEYS_LOOKED_AT: Millis = Millis::from_secs(3_600);

/// Segments for which a snapshot must leave room on the disk.
const SEGMENTS_SPARE: u64 = 4;

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] Error),
    /// The address cannot be listened on.
    #[error(transparent)]
    NotListening(#[from] NotListening),
    /// The token file cannot be used.
    #[error(transparent)]
    Token(#[from] TokenFault),
    /// The file of trusted certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustFault),
    /// Metrics cannot be recorded.
    #[error("cannot record metrics: {0}")]
    Metrics(#[from] BuildError),
}

impl Fault {
    /// The exit code of a process that cannot serve for this reason, after sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) => error.exit_code(),
            Self::NotListening(_) => 69,
            Self::Token(_) | Self::Trust(_) => 78,
            Self::Metrics(_) => 70,
        }
    }
}

/// Reads the tokens again at each hangup. Those of a file that cannot be used change nothing.
async fn reread_tokens(hangup: Option<Signal>, auth: &Auth, server: &HttpServer) {
    let Some(mut hangup) = hangup else { return std::future::pending().await };
    while hangup.recv().await.is_some() {
        match Tokens::of(auth) {
            Ok(tokens) => {
                tracing::info!(?tokens, "the tokens were read again");
                server.set_tokens(tokens);
            }
            Err(fault) => tracing::error!("{fault}; the tokens that were read before stay valid"),
        }
    }
    // No signal comes any more.
    std::future::pending().await
}

/// Returns when to take snapshots. The disk space that they must leave free is for the journal's next
/// segments.
fn policy(config: &ServeConfig) -> Policy {
    Policy {
        every_bytes: config.limits.snapshot_every as u64,
        retain: config.retain,
        spare_bytes: SEGMENTS_SPARE * config.limits.segment_bytes as u64,
    }
}

/// Returns the subscribers that the configuration names.
fn subscribers(config: &ServeConfig) -> Vec<Box<dyn Subscriber>> {
    let history = config
        .subscribers
        .history
        .iter()
        .map(|path| Box::new(HistoryFile::new(Arc::new(FileDisk), path.clone())) as Box<dyn Subscriber>);
    history.collect()
}

/// Opens the directory of the backups, if the configuration names one, and begins to watch over them.
fn open_backups(config: &ServeConfig) -> Result<Option<(Backups, BackupWatch)>, Error> {
    let Some(path) = &config.backups else { return Ok(None) };
    let backups = Backups::open(path, config.backup_retention)?;
    let watch = BackupWatch::over(&backups, config.backup_every, Clock::start().now())?;
    Ok(Some((backups, watch)))
}

/// Removes the copies of keys that are older than the retention, now and from time to time.
async fn remove_expired_keys(running: Option<RunningBackups>, clock: Clock) {
    let Some(RunningBackups { backups, .. }) = running else { return };
    let mut ticks = tokio::time::interval(KEYS_LOOKED_AT.std());
    loop {
        ticks.tick().await;
        let (backups, now) = (backups.clone(), clock.now());
        match tokio::task::spawn_blocking(move || backups.remove_expired_keys(now)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(count)) => {
                tracing::info!(count, "copies of keys are older than backup_retention, and removed")
            }
            // Whoever is at work there removes them as well.
            Ok(Err(BackupError::Busy(_))) => {}
            Ok(Err(error)) => tracing::error!(%error, "copies of keys that are too old cannot be removed"),
        }
    }
}

/// What an operator allows a start to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowed {
    /// Whether any number of holdings may be released because their accounts have no link any more.
    pub unlink_missing: bool,
    /// What to do with a journal that is ahead of the machine's clock.
    pub journal_ahead: JournalAhead,
}

/// Opens the linking page's desk, if there is a database for it and something may leave. A sign-in
/// there calls a network, and a card that is given calls the card processor.
fn open_linking(
    config: &ServeConfig,
    node: &Node,
    parts: &Parts,
    words: &Arc<Words>,
    (stripe, quarantined): (Option<(CardProcessor, String)>, Option<RestoredAs>),
) -> Result<Option<Arc<LinkPages>>, Fault> {
    let (Some(ops), None) = (parts.ops(), quarantined) else { return Ok(None) };
    let net: Arc<dyn Http> = Arc::new(Client::of_shop(config, node.clock())?);
    Ok(Some(Arc::new(link_pages(config, ops, &net, (words, &node.clock()), stripe)?)))
}

/// The endpoint of the card processor's webhooks; `None` for a shop without one. With it come the ends at which its hints come
/// out: events about objections, and finished card pages.
type Endpoint = (WebhookEndpoint, (Receiver<String>, mpsc::Receiver<String>));

fn endpoint_of(processor: Option<&CardProcessor>) -> Option<Endpoint> {
    let (endpoint, events) = WebhookEndpoint::new(processor?.webhook_secrets.clone()?);
    let (endpoint, card_pages) = endpoint.with_card_pages();
    Some((endpoint, (events, card_pages)))
}

/// Begins to follow the events of the card processor, if the shop has one that tells of events.
fn follow_card_events(
    processor: Option<CardProcessor>,
    node: &Arc<Node>,
    parts: &Parts,
    instance: Option<Instance>,
    hints: Option<Receiver<String>>,
) -> Result<Option<CardEvents>, Fault> {
    let (Some(processor), Some(ops), Some(instance)) = (processor, parts.ops(), instance) else {
        return Ok(None);
    };
    let (node, database, instance) = (Arc::clone(node), ops.database.clone(), instance.id);
    let following = Following { processor, node, database, instance, hints };
    CardEvents::start(following).map(Some).map_err(|source| Fault::Engine(Error::NoReaders(source)))
}

/// Begins to watch over the holds, if the shop has a card processor that holds money.
fn watch_holds(
    processor: Option<CardProcessor>,
    node: &Node,
    parts: &Parts,
) -> Result<Option<HoldWatch>, Fault> {
    let Some((processor, ops)) = processor.zip(parts.ops()) else { return Ok(None) };
    let watch = HoldWatch::start(processor, ops.database.clone(), node.clock());
    watch.map(Some).map_err(|source| Fault::Engine(Error::NoReaders(source)))
}

/// What the process is asked while it serves.
pub struct Signals<S> {
    /// Resolves when it shall stop.
    pub stop: S,
    /// Asks it to read its tokens again; none where a hangup ends the process.
    pub hangup: Option<Signal>,
}

/// Serves until `signals.stop` resolves. `ready` is called with a text: what was recovered, and the address that it
/// listens on.
///
/// # Errors
/// When the service cannot start. A service that has started ends only by `stop`, or with the process.
pub async fn serve(
    config: ServeConfig,
    file: OfferFile,
    links: Links,
    allowed: Allowed,
    words: Words,
    signals: Signals<impl Future<Output = ()>>,
    ready: impl FnOnce(String),
) -> Result<(), Fault> {
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    telemetry::describe();
    let tokens = Tokens::of(&config.http.auth)?;
    // A start tells what is wrong with it, and not the first request.
    Trust::load(config.peers.ca_file.as_deref())?;
    let confirm_links = ConfirmLinks::load(&config.http.link_key_file, config.http.public_url.as_deref());
    let confirm_links = confirm_links.map_err(Error::from)?;
    let signing = confirm_links.clone();
    let signer =
        Box::new(move |id, account: &Account, until, offer: &OfferId| signing.url(id, account, until, offer));
    let has_paid_links = config.networks.iter().any(|own| own.network == Network::X && own.links_in_replies);
    let stopping = confirm_links.clone();
    let words = words.with_stop_signer(Box::new(move |kind, account| stopping.stop_url(kind, account)));
    let words = words.with_signer(signer).with_paid_links(has_paid_links);
    let words =
        Arc::new(words.with_deliveries(config.deliveries()).with_direct_messages(config.direct_messages()));
    let processor = CardProcessor::of_shop(&config)?;
    let setup = Setup {
        data: config.data.clone(),
        mode: config.mode,
        secrets_key: Some(KeyPlace::of_process(config.secrets_key_file.as_deref(), &config.data)),
        keys: Keys::Prefixed,
        front: file.shop.front(),
        offers: file.offerings(),
        links: Arc::new(links),
        unlink_missing: allowed.unlink_missing,
        journal_ahead: allowed.journal_ahead,
        partitions: u32::from(config.partitions),
        providers: config.providers.clone(),
        ceilings: config.replies.clone(),
        words: Arc::clone(&words),
        limits: config.limits.clone(),
        snapshots: Some(policy(&config)),
        confirm_links: Some(confirm_links),
        processor: processor.clone(),
        networks: (!config.networks.is_empty()).then(|| Box::new(config.clone())),
        backups: open_backups(&config)?,
        subscribers: subscribers(&config),
        tap: None,
    };
    let (node, parts, found) = start(setup).await?;
    let node = Arc::new(node);
    let subscribers = parts.subscribers();
    let networks = parts.networks().map(OpenNetworks::shared);
    let sources = match parts.networks() {
        Some(networks) => Some(networks.read(&node, &words.lengths()).map_err(Error::NoReaders)?),
        None => None,
    };
    let instance = found.instance.map(|instance| instance.id.to_string()).unwrap_or_default();
    // Nobody asks the card processor anything as long as nothing may leave.
    let processor = processor.filter(|_| found.quarantined.is_none());
    let challenges = processor.as_ref().and_then(|processor| processor.on_session(instance.clone()));
    let challenges = challenges.map(|payments| Arc::new(Challenges::new(payments)));
    let stripe = processor.clone().map(|processor| (processor, instance));
    let linking = open_linking(&config, &node, &parts, &words, (stripe, found.quarantined));
    let linking = match linking {
        Ok(linking) => linking,
        Err(fault) => {
            parts.stop().await;
            return Err(fault);
        }
    };
    let state = State::new(Arc::clone(&node), config.limits, tokens, prometheus.clone(), subscribers.clone());
    let hosts = Hosts::new(config.http.allowed_hosts.clone(), config.http.public_url.as_deref());
    let state = state.with_words(words).with_hosts(hosts).with_mode(config.mode).with_networks(networks);
    let state = state.with_quarantine(found.quarantined);
    let state = match &linking {
        Some(linking) => state.with_linking(Arc::clone(linking)),
        None => state,
    };
    let (card_webhooks, hints) = endpoint_of(processor.as_ref()).unzip();
    let (hints, finished) = hints.unzip();
    let cards = linking
        .zip(parts.ops())
        .map(|(linking, ops)| CardUpkeep::new(Arc::clone(&node), linking, ops.people.clone(), finished));
    let state = state.with_database(parts.ops().map(|ops| ops.database.clone()));
    let state = state.with_backups(parts.backups().cloned());
    let state = state.with_card_webhooks(card_webhooks).with_challenges(challenges);
    let state = state.with_holds(processor.as_ref().map(|processor| Arc::clone(&processor.holds)));
    let hold_watch = watch_holds(processor.clone(), &node, &parts)?;
    let card_events = follow_card_events(processor, &node, &parts, found.instance, hints)?;
    let server = match HttpServer::start(config.http.listen, state) {
        Ok(server) => server,
        Err(fault) => {
            parts.stop().await;
            return Err(fault.into());
        }
    };
    let cards = cards.map(|cards| actix_rt::spawn(cards.run()));
    let (notices, offers) = (node.notices(), node.catalog().listings().len());
    let watch = parts.backups().map(|backups| backups.watch.clone());
    let keeping = actix_rt::spawn(remove_expired_keys(parts.backups().cloned(), node.clock()));
    let upkeep = actix_rt::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP.std());
        loop {
            ticks.tick().await;
            node.publish();
            subscribers.publish();
            if let Some(watch) = &watch {
                watch.publish(node.clock().now());
            }
            prometheus.run_upkeep();
        }
    });
    let cut = if found.bytes_cut > 0 {
        format!(", {} bytes of an unfinished record cut off", found.bytes_cut)
    } else {
        String::new()
    };
    let snapshots = match found.snapshots {
        0 => String::new(),
        1 => "a snapshot read, ".to_owned(),
        several => format!("{several} snapshots read, "),
    };
    let released = match found.released {
        0 => String::new(),
        count => format!(", {count} holdings of accounts without a link released"),
    };
    let ahead = match found.memory_ahead >> 20 {
        0 => String::new(),
        mebibytes => format!(", {mebibytes} MiB of memory pre-faulted"),
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mode = %config.mode,
        instance = found.instance.map(|instance| instance.id.to_string()),
        epoch = found.instance.map(|instance| instance.epoch),
        offers = offers,
        partitions = config.partitions,
        listen = %server.address(),
        "started"
    );
    quarantined_gauge().set(if found.quarantined.is_some() { 1.0 } else { 0.0 });
    if let Some(quarantined) = found.quarantined {
        tracing::warn!(
            restored_as = quarantined.name(),
            "nothing leaves this data directory until it is opened: flashtag open"
        );
    }
    if let Some(exposed) = private::exposed(&config.data.join("journal")) {
        tracing::warn!("an earlier release wrote {exposed}");
    }
    for notice in notices {
        tracing::warn!("{notice}");
    }
    ready(format!(
        "data in {}, mode {}: {snapshots}{} records replayed{cut}{released}, effects pending: {}{ahead}\nlistening on http://{}",
        config.data.display(),
        config.mode,
        found.records,
        found.effects_pending,
        server.address(),
    ));
    let rereading = reread_tokens(signals.hangup, &config.http.auth, &server);
    tokio::select! {
        () = signals.stop => {}
        () = rereading => {}
    }
    // In reverse order: the server stops taking requests, then everything submitted is decided, made durable
    // and, as far as providers are quick, delivered.
    if let Some(sources) = sources {
        sources.stop().await;
    }
    server.stop().await;
    if let Some(card_events) = card_events {
        card_events.stop().await;
    }
    upkeep.abort();
    if let Some(cards) = cards {
        cards.abort();
    }
    keeping.abort();
    parts.stop().await;
    if let Some(hold_watch) = hold_watch {
        hold_watch.stop().await;
    }
    Ok(())
}
