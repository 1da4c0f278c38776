//! Starts an engine: every part in order, each with what the one before it returned.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix::{Actor, Addr, Arbiter};
use tokio::sync::mpsc;

use super::addresses::{Addresses, complete_erasures};
use super::catalog_setup::{self, Ready, offer_notices};
use super::error::Error;
use super::identity::identify;
use super::moving::{move_addresses, remove_addresses};
use super::networks::OpenNetworks;
use super::ops::Ops;
use super::outbox_thread::{self, OutboxThread};
use super::parts::Parts;
use super::recovery::recover;
use super::setup::{Found, JournalAhead, Setup};
use super::slow_disk::TimedLog;
use super::snapshot_thread::{Held, Snapshots};
use super::status_exchange::exchange_words;
use super::stores::{StoreLog, control_store, partition_store};
use super::subscriber_threads::SubscriberThreads;
use super::tail::{TAIL_QUEUE, tail, unlinked_tail};
use super::unlinked_release::Release as UnlinkedRelease;
use crate::actors::clock::ClockActor;
use crate::actors::control::ControlActor;
use crate::actors::node::{Node, NodeParts};
use crate::actors::partition::{Committed, PartitionActor, PartitionProcessor};
use crate::actors::port::{PartitionPort, PartitionPorts};
use crate::actors::router::Router;
use crate::backups::{JournalFiles, Running, RunningBackups, Source, record_restored_erasures};
use crate::clock::{Clock, SLEWED};
use crate::config::limits::Limits;
use crate::control::catalog_handle::CatalogHandle;
use crate::control::instance_file::InstanceFile;
use crate::control::journal::{ControlJournal, SEGMENT_BYTES};
use crate::control::mode_file::ModeFile;
use crate::control::offer_notices::OfferNotices;
use crate::control::old_links::{self, import_links};
use crate::control::processor::{ControlBounds, ControlProcessor, Release};
use crate::control::quarantine_file::{QuarantineFile, RestoredAs};
use crate::control::record::ControlEvent;
use crate::control::unlinked::UnlinkedBounds;
use crate::domain::key_form::KeyForm;
use crate::domain::time::{Millis, Timestamp};
use crate::journal::{Appender, Commit, DataLock, Disk, FileDisk, Options, exit_on_failure};
use crate::memory;
use crate::outbox::incoming::Incoming;
use crate::outbox::status::OutboxStatus;
use crate::partition::live_sessions::SessionBounds;
use crate::telemetry;

/// Upper bound on messages other than posts that wait for a partition: ticks, reports, queries.
const MAILBOX_BESIDE_POSTS: usize = 4096;

/// Upper bound on entries that wait for the control journal; its actor waits for room.
const CONTROL_QUEUE: usize = 1_024;

/// Estimated bytes per account that gets a unit and confirms: its session, its reservation, its order, and
/// the effects that these leave pending.
const MEMORY_OF_ACCOUNT: usize = 2_048;

/// Starts an engine on the current actix system: recovers the data directory, puts on sale the offers that
/// are new to it, and resumes the pending effects.
///
/// # Errors
/// When the data directory cannot be used, or an offer differs from what was sold before.
pub async fn start(mut setup: Setup) -> Result<(Node, Parts, Found), Error> {
    let lock = DataLock::acquire(&setup.data)?;
    let mode = ModeFile::of(&setup.data);
    mode.check(setup.mode)?;
    let quarantined = QuarantineFile::of(&setup.data).read()?.map(|quarantine| quarantine.restored_as);
    let ops = setup.secrets_key.as_ref().map(|key| Ops::open(&setup.data, key)).transpose()?;
    let networks = open_networks(&mut setup, ops.as_ref(), quarantined)?;
    let people = ops.as_ref().map(|ops| ops.people.clone());
    if let Some(people) = &people {
        move_addresses(&(Arc::new(FileDisk) as Arc<dyn Disk>), &setup.data, people)?;
        remove_addresses(&mut setup.subscribers, people)?;
    }
    let (mut ready, mut pending, mut found) = recover(&setup)?;
    let (instance, form) = identify(&InstanceFile::of(&setup.data), setup.keys, pending.newest_epoch())?;
    (found.instance, found.quarantined) = (instance, quarantined);
    if let (Some((backups, _)), Some(instance)) = (&setup.backups, &instance) {
        backups.check_owner(instance)?;
    }
    mode.fix(setup.mode)?;
    let mut control = recover_control(&setup, &mut found)?;
    let last = ready.iter().map(|ready| ready.partition.journal_time()).max().unwrap_or_default();
    let last = last.max(control.state().journal_time());
    let clock = start_clock(last, setup.journal_ahead, &control)?.with_ahead_most(setup.limits.posts_ahead);
    record_ahead_start(last, &clock, &mut control)?;
    let clock = clock.lagging(control.state().lag());
    let (offers, front) = (setup.offers.clone(), setup.front.clone());
    let filed: BTreeSet<_> = offers.iter().map(|offer| offer.id().clone()).collect();
    let catalog =
        CatalogHandle::new(catalog_setup::open(&mut ready, &mut pending, form, offers, front, clock.now())?);
    let notices = offer_notices(ready.iter().map(|ready| &ready.partition), &filed, clock.now());
    let old_links_at = setup.data.join("journal/links");
    import_links(Arc::new(FileDisk), &old_links_at, &mut control, clock.now())?;
    if people.is_some() {
        old_links::remove(&FileDisk, &old_links_at, &control)?;
    }
    record_restored_erasures(&setup.data, &mut control, clock.now())?;
    // What was linked and unlinked while the engine ran takes precedence over the accounts file.
    for account in control.state().unlinked() {
        setup.links.remove(account);
    }
    for (account, link) in control.state().links() {
        setup.links.insert(account.clone(), link.clone());
    }
    exchange_words(&mut ready, &mut pending, form, &mut control, &setup.links, clock.now())?;
    let release =
        UnlinkedRelease { links: &setup.links, control: control.state(), any: setup.unlink_missing };
    found.released = release.unlinked(&mut ready, &mut pending, form, clock.now())?;
    telemetry::unlinked_holdings_released().increment(found.released);
    found.effects_pending = pending.len();
    // What erased accounts had not ordered is released above: no prompt is dropped whose reservation is kept.
    if let Some(ops) = &ops {
        complete_erasures(control.state(), &ops.people, &ops.database)?;
    }

    let mut subscribers = subscribers_of(&mut setup, &ready);
    let files = JournalFiles::default();
    let held = Held { board: subscribers.board(), bytes: setup.limits.subscriber_hold as u64 };
    let snapshots = start_snapshots(&mut ready, &mut control, &setup, clock.clone(), (held, files.clone()))?;
    let (outgoing, incoming) = mpsc::channel(TAIL_QUEUE);
    let outbox_status = Arc::new(OutboxStatus::new(pending.len()));
    let mut running = start_partitions(ready, &setup, form, &clock, &outgoing, &outbox_status, &subscribers)?;
    subscribers
        .start()
        .map_err(|source| no_thread("start the threads of the subscribers for", &setup, source))?;
    let partitions: PartitionPorts = running.ports.into();
    let (control, arbiter, commit) = start_control(control, &setup, &partitions, clock.clone(), outgoing)?;
    running.arbiters.push(arbiter);
    running.commits.push(commit);
    let outbox_parts = OutboxThread {
        pending,
        instance,
        catalog: catalog.clone(),
        partitions: Arc::clone(&partitions),
        clock: clock.clone(),
        words: Arc::clone(&setup.words),
        limits: setup.limits.clone(),
        ceilings: setup.ceilings,
        status: Arc::clone(&outbox_status),
        networks: networks.clone(),
        processor: setup.processor.take(),
        confirm_links: setup.confirm_links.clone(),
        mode: setup.mode,
        database: ops.as_ref().map(|ops| ops.database.clone()),
        addresses: Addresses { links: Arc::clone(&setup.links), people: people.clone() },
        is_quarantined: quarantined.is_some(),
    };
    let outbox = outbox_thread::start(outbox_parts, setup.providers, &setup.data, incoming).await?;
    ClockActor::new(Arc::clone(&partitions), setup.limits.tick, clock.clone()).start();
    let front = Arbiter::new();
    let (routed, links, ports) = (catalog.clone(), Arc::clone(&setup.links), Arc::clone(&partitions));
    let mailbox = setup.limits.posts_in_flight;
    let control_address = control.clone();
    let router_clock = clock.clone();
    let router = Router::start_in_arbiter(&front.handle(), move |_| {
        Router::new(&routed, links, ports, control_address, router_clock, mailbox)
    });
    running.arbiters.push(front);
    let backups = setup.backups.take();
    let erasures = backups.as_ref().map(|(backups, _)| backups.ledger().clone());
    let backups = backups.zip(ops.as_ref()).map(|((backups, watch), ops)| {
        let (database, people) = (ops.database.clone(), ops.people.clone());
        let running = Some(Running { database, people, files });
        RunningBackups { backups, source: Source { data: setup.data.clone(), running }, watch }
    });
    let parts = Parts {
        backups,
        partitions: Arc::clone(&partitions),
        arbiters: running.arbiters,
        commits: running.commits,
        control: control.clone(),
        outbox,
        subscribers,
        snapshots,
        ops,
        networks,
        _lock: lock,
    };
    found.memory_ahead = setup.limits.memory_ahead.min(setup.links.len().saturating_mul(MEMORY_OF_ACCOUNT));
    memory::prefault(found.memory_ahead);
    let node = Node::new(NodeParts {
        router,
        partitions,
        catalog,
        links: setup.links,
        people,
        erasures,
        control,
        confirm_links: setup.confirm_links,
        clock,
        notices: OfferNotices::new(notices),
        outbox: outbox_status,
        limits: setup.limits,
    });
    Ok((node, parts, found))
}

/// Opens the shop's accounts at the networks, unless the directory is in quarantine. Their posts never buy.
fn open_networks(
    setup: &mut Setup,
    ops: Option<&Ops>,
    quarantined: Option<RestoredAs>,
) -> Result<Option<OpenNetworks>, Error> {
    let Some((config, ops)) = setup.networks.take().zip(ops) else { return Ok(None) };
    let own = config.networks.iter().map(|account| account.account.clone());
    setup.front.own.extend(own);
    setup.front.own.sort();
    setup.front.own.dedup();
    if quarantined.is_some() {
        return Ok(None);
    }
    Ok(Some(OpenNetworks::open(&config, (ops.database.clone(), ops.secrets.clone()), Clock::start())?))
}

/// Starts the clock at the machine's time, or at `last` if that is later and the operator accepts it.
fn start_clock(
    last: Timestamp,
    ahead: JournalAhead,
    control: &ControlJournal<StoreLog>,
) -> Result<Clock, Error> {
    let clock = Clock::not_before(last, false);
    let ahead_by = Millis::from_ms(clock.difference().ahead_ms);
    if ahead_by <= SLEWED {
        Ok(clock)
    } else if ahead == JournalAhead::GoOn || control.state().accepts_ahead(last, ahead_by) {
        Ok(Clock::not_before(last, true))
    } else {
        Err(Error::JournalAhead { last, ahead: ahead_by })
    }
}

/// Records a start with a journal that is ahead: from it on, what others remember may be older than journal time shows.
fn record_ahead_start(
    last: Timestamp,
    clock: &Clock,
    control: &mut ControlJournal<StoreLog>,
) -> Result<(), Error> {
    let ahead_ms = clock.difference().ahead_ms;
    if Millis::from_ms(ahead_ms) <= SLEWED {
        return Ok(());
    }
    control.record(last, ControlEvent::StartedAhead { journal: last, ahead_ms })?;
    // Durable before anything leaves.
    Ok(control.flush()?)
}

fn subscribers_of(setup: &mut Setup, ready: &[Ready<StoreLog>]) -> SubscriberThreads {
    let stores = ready.iter().map(|Ready { log, .. }| partition_store(&setup.data, log.partition()));
    let durable = ready.iter().map(|Ready { log, .. }| log.durable_sequence());
    SubscriberThreads::new(std::mem::take(&mut setup.subscribers), stores.collect(), durable)
}

fn recover_control(setup: &Setup, found: &mut Found) -> Result<ControlJournal<StoreLog>, Error> {
    let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::default() };
    let control = ControlJournal::recover(&control_store(&setup.data), options)?;
    found.bytes_cut += control.bytes_discarded;
    Ok(control)
}

/// Starts the control journal's thread and its actor.
fn start_control(
    control: ControlJournal<StoreLog>,
    setup: &Setup,
    partitions: &PartitionPorts,
    clock: Clock,
    outgoing: mpsc::Sender<Incoming>,
) -> Result<(Addr<ControlActor>, Arbiter, Commit), Error> {
    let (state, log) = control.into_parts()?;
    let tail = |release: Release| release();
    let (journal, commit) =
        Commit::start(TimedLog::new(log, clock.clone()), CONTROL_QUEUE, tail, Box::new(exit_on_failure))
            .map_err(|source| no_thread("start the control journal's thread for", setup, source))?;
    let unlinked = UnlinkedBounds {
        accounts: setup.limits.unlinked_accounts,
        words_per_minute: setup.limits.unlinked_words_per_minute,
    };
    let bounds = ControlBounds { accounts: setup.limits.accounts_most, unlinked };
    let processor = ControlProcessor::new(state, Arc::clone(&setup.links), journal, bounds);
    let (links, ports) = (Arc::clone(&setup.links), Arc::clone(partitions));
    let mailbox = setup.limits.posts_in_flight + MAILBOX_BESIDE_POSTS;
    let arbiter = Arbiter::new();
    let actor = ControlActor::start_in_arbiter(&arbiter.handle(), move |_| {
        ControlActor::new(processor, links, ports, clock, mailbox, unlinked_tail(outgoing))
    });
    Ok((actor, arbiter, commit))
}

/// The partitions that run, their threads and their journals.
#[derive(Default)]
struct RunningPartitions {
    ports: Vec<Arc<dyn PartitionPort>>,
    arbiters: Vec<Arbiter>,
    commits: Vec<Commit>,
}

fn start_partitions(
    ready: Vec<Ready<StoreLog>>,
    setup: &Setup,
    form: KeyForm,
    clock: &Clock,
    outgoing: &mpsc::Sender<Incoming>,
    outbox_status: &Arc<OutboxStatus>,
    subscribers: &SubscriberThreads,
) -> Result<RunningPartitions, Error> {
    let mut running = RunningPartitions::default();
    for Ready { partition, log } in ready {
        let tail = || {
            tail(form, outgoing.clone(), Arc::clone(outbox_status), subscribers.durable(), setup.tap.clone())
        };
        let (journal, commit) = start_journal(TimedLog::new(log, clock.clone()), setup, tail())?;
        let arbiter = Arbiter::new();
        let clock = clock.clone();
        let processor = PartitionProcessor::new(
            partition,
            session_bounds(&setup.limits),
            form,
            journal,
            tail(),
            move || clock.now(),
        );
        let mailbox = setup.limits.posts_in_flight + MAILBOX_BESIDE_POSTS;
        running.ports.push(Arc::new(PartitionActor::start_in_arbiter(&arbiter.handle(), move |_| {
            PartitionActor::new(processor, mailbox)
        })));
        running.arbiters.push(arbiter);
        running.commits.push(commit);
    }
    Ok(running)
}

/// Starts the thread that takes snapshots, if the setup has a policy for it. The journals wake it.
fn start_snapshots(
    ready: &mut [Ready<StoreLog>],
    control: &mut ControlJournal<StoreLog>,
    setup: &Setup,
    clock: Clock,
    (held, files): (Held, JournalFiles),
) -> Result<Option<Snapshots>, Error> {
    let Some(policy) = setup.snapshots else { return Ok(None) };
    let partitions = u32::try_from(ready.len()).expect("partitions are numbered in 32 bits");
    let snapshots = Snapshots::start(setup.data.clone(), partitions, policy, held, files, clock)
        .map_err(|source| no_thread("start the thread of the snapshots for", setup, source))?;
    for Ready { log, .. } in ready {
        let waker = snapshots.waker();
        log.on_sealed(move || waker.wake());
    }
    let waker = snapshots.waker();
    control.log_mut().on_sealed(Box::new(move || waker.wake()));
    // Segments that were sealed before the start may already be worth a snapshot.
    snapshots.waker().wake();
    Ok(Some(snapshots))
}

fn no_thread(action: &'static str, setup: &Setup, source: std::io::Error) -> Error {
    Error::Io { action, path: setup.data.clone(), source }
}

fn start_journal(
    log: TimedLog<StoreLog>,
    setup: &Setup,
    tail: impl FnMut(Committed) + Send + 'static,
) -> Result<(Appender<Committed>, Commit), Error> {
    let queue = setup.limits.journal_queue;
    Commit::start(log, queue, tail, Box::new(exit_on_failure))
        .map_err(|source| no_thread("start the journal's thread for", setup, source))
}

fn session_bounds(limits: &Limits) -> SessionBounds {
    SessionBounds { live: limits.sessions_live, idle: limits.session_idle }
}
