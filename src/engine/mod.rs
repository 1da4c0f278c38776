//! The engine: the only place where the parts are wired together.
//!
//! The order matters and is told here: lock the data, recover, put offers on sale, start the
//! journal's threads, then the outbox, then the partitions, then the router; stopping goes backwards.

pub mod archive;
pub mod audit;
pub mod catalog_setup;
mod confirm_links;
mod error;
pub mod explanation;
pub mod live;
mod operate;
mod outbox_thread;
pub mod output;
pub mod pipe;
mod recovery;
pub mod replay;
pub mod service;
mod snapshot_thread;
mod templates;

use std::path::PathBuf;
use std::sync::Arc;

use actix::{Actor, Addr, Arbiter};
use tokio::sync::{Semaphore, mpsc, oneshot};

pub use crate::control::link_store::NotLinked;
pub use crate::engine::confirm_links::ConfirmLinks;
pub use crate::engine::templates::words_of;
pub use archive::partition_directory;
pub use error::Error;

use crate::actors::clock::ClockActor;
use crate::actors::collector::{AnswerCollector, Answers};
use crate::actors::partition::{
    Bounds, Committed, DecisionBatch, Feed, Finish, PartitionActor, PartitionProcessor, PartitionState,
    Query, ReadOffer,
};
use crate::actors::router::{Intake, Links, Router};
pub use crate::api::view::OfferView;
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::Providers;
use crate::control::link_store::LinkStore;
use crate::domain::id::Account;
use crate::domain::link::{Link, LinkedAccount};
use crate::domain::listing::{Listing, ShopFront};
use crate::domain::offering::Offering;
use crate::domain::post::Post;
use crate::domain::transaction::Transaction;
use crate::engine::catalog_setup::Ready;
use crate::engine::outbox_thread::OutboxThread;
use crate::engine::recovery::recover;
use crate::engine::snapshot_thread::Snapshots;
use crate::intake::catalog::Catalog;
use crate::journal::{Appender, Commit, DataLock, FileDisk, Writer, exit_on_failure};
use crate::memory;
pub use crate::outbox::queue::drop_reason::Drops;
use crate::outbox::runner::Incoming;
pub use crate::outbox::status::LaneView;
use crate::outbox::status::OutboxStatus;
use crate::partition::snapshot::Policy;
use crate::telemetry::{NodeGauges, Telemetry, replies_dropped, reply_lane_waiting};
pub use crate::words::{Preview, Words};

/// What may be on its way from the journals to the outbox: so many pages, or parts of pages, of so many records at
/// most. Where few posts come together a batch is short, and the journal must not wait for an outbox that has not had
/// the processor for a moment.
const TAIL_QUEUE: usize = 1_024;
const RECORDS_TOGETHER: usize = 128;

/// Messages beside posts that may wait for a partition: ticks, reports, questions.
const MAILBOX_BESIDE_POSTS: usize = 4096;

/// The bytes that an account will take which gets a unit and confirms: its session, its reservation, its order, and
/// all that waits to leave because of them.
const MEMORY_OF_ACCOUNT: usize = 2_048;

/// What an engine is started with.
pub struct Setup {
    /// The data directory.
    pub data: PathBuf,
    /// Who sells.
    pub front: ShopFront,
    /// The offers of the offer file.
    pub offers: Vec<Offering>,
    /// The links of the accounts file.
    pub links: Arc<Links>,
    /// How many partitions a new data directory gets.
    pub partitions: u32,
    /// Where effects go.
    pub providers: Providers,
    /// How fast the shop may speak.
    pub ceilings: Ceilings,
    /// What is said to buyers, and how.
    pub words: Arc<Words>,
    /// The bounds.
    pub limits: Limits,
    /// When snapshots are taken; without it there are none, and a start replays the whole journal.
    pub snapshots: Option<Policy>,
    /// The links by which buyers confirm; without them there are none.
    pub confirm_links: Option<ConfirmLinks>,
    /// Sees everything that became durable, on the journals' threads.
    pub observer: Option<Observer>,
}

/// Sees what became durable, with the number of its partition.
pub type Observer = Arc<dyn Fn(u32, &DecisionBatch) + Send + Sync>;

/// The engine has more work than it may queue; nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more posts are in flight than the engine may queue")]
pub struct Overloaded;

/// A running engine: what posts, questions and links are handed to.
pub struct Engine {
    catalog: Arc<Catalog>,
    links: Arc<Links>,
    linking: Arc<LinkStore>,
    confirm_links: Option<ConfirmLinks>,
    clock: Clock,
    router: Addr<Router>,
    partitions: Vec<Addr<PartitionActor>>,
    budget: Arc<Semaphore>,
    board: Arc<OutboxStatus>,
    limits: Limits,
    gauges: NodeGauges,
}

/// What was found when an engine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Partitions that were had from a snapshot.
    pub snapshots: u32,
    /// Records replayed, over all partitions.
    pub records: u64,
    /// Effects that are still to be done.
    pub effects_pending: usize,
    /// Bytes of unfinished records that were cut off.
    pub bytes_cut: u64,
    /// Bytes of memory that were had from the system ahead.
    pub memory_ahead: usize,
}

/// What must be ended, in this order, when an engine stops.
pub struct Parts {
    partitions: Vec<Addr<PartitionActor>>,
    arbiters: Vec<Arbiter>,
    commits: Vec<Commit>,
    linking: Arc<LinkStore>,
    outbox: outbox_thread::Running,
    snapshots: Option<Snapshots>,
    _lock: DataLock,
}

impl Engine {
    /// Starts an engine on the current actix system: recovers what the data directory holds, puts the
    /// offers on sale that it does not know yet, and takes up the effects that are not done.
    ///
    /// # Errors
    /// When the data directory cannot be used, or the offers are not those that were sold before.
    pub async fn start(setup: Setup) -> Result<(Self, Parts, Found), Error> {
        let lock = DataLock::acquire(&setup.data)?;
        let (mut ready, mut undone, mut found) = recover(&setup)?;
        let last = ready.iter().map(|ready| ready.partition.journal_time()).max().unwrap_or_default();
        let clock = Clock::start().not_before(last);
        let (offers, front) = (setup.offers.clone(), setup.front.clone());
        let catalog = Arc::new(catalog_setup::open(&mut ready, &mut undone, offers, front, clock.now())?);
        found.effects_pending = undone.len();
        let links = Arc::clone(&setup.links);
        let most = setup.limits.accounts_most;
        let book = setup.data.join("journal/links");
        let (linking, link_commit) = LinkStore::recover(Arc::new(FileDisk), &book, Arc::clone(&links), most)?;

        let snapshots = start_snapshots(&mut ready, &setup)?;
        let (outgoing, incoming) = mpsc::channel(TAIL_QUEUE);
        let board = Arc::new(OutboxStatus::new(undone.len()));
        let (mut partitions, mut arbiters, mut commits) = (Vec::new(), Vec::new(), vec![link_commit]);
        for Ready { partition, writer } in ready {
            let tail = || tail(outgoing.clone(), Arc::clone(&board), setup.observer.clone());
            let (journal, commit) = start_journal(writer, &setup, tail())?;
            let arbiter = Arbiter::new();
            let processor = PartitionProcessor::new(partition, journal, tail(), move || clock.now());
            let bounds = bounds(&setup.limits);
            partitions.push(PartitionActor::start_in_arbiter(&arbiter.handle(), move |_| {
                PartitionActor::new(processor, bounds)
            }));
            arbiters.push(arbiter);
            commits.push(commit);
        }
        drop(outgoing);
        let outward = OutboxThread {
            undone,
            catalog: Arc::clone(&catalog),
            partitions: partitions.clone(),
            clock,
            words: Arc::clone(&setup.words),
            limits: setup.limits.clone(),
            ceilings: setup.ceilings,
            board: Arc::clone(&board),
        };
        let outbox = outbox_thread::start(outward, setup.providers, &setup.data, incoming).await?;
        ClockActor::new(partitions.clone(), setup.limits.tick).start();
        let front = Arbiter::new();
        let (front_catalog, front_links, front_partitions) =
            (Arc::clone(&catalog), Arc::clone(&links), partitions.clone());
        let mailbox = setup.limits.posts_in_flight;
        let router = Router::start_in_arbiter(&front.handle(), move |_| {
            Router::new(front_catalog, front_links, front_partitions, clock, mailbox)
        });
        arbiters.push(front);
        let linking = Arc::new(linking);
        let budget = Arc::new(Semaphore::new(setup.limits.posts_in_flight));
        let parts = Parts {
            partitions: partitions.clone(),
            arbiters,
            commits,
            linking: Arc::clone(&linking),
            outbox,
            snapshots,
            _lock: lock,
        };
        let (limits, confirm_links) = (setup.limits, setup.confirm_links);
        found.memory_ahead = limits.memory_ahead.min(links.len().saturating_mul(MEMORY_OF_ACCOUNT));
        memory::get_ahead(found.memory_ahead);
        let gauges = NodeGauges::new();
        let engine = Self {
            catalog,
            links,
            linking,
            confirm_links,
            clock,
            router,
            partitions,
            budget,
            board,
            limits,
            gauges,
        };
        Ok((engine, parts, found))
    }

    /// Shows on the metrics what only the engine knows.
    pub fn publish(&self) {
        let in_flight = self.limits.posts_in_flight.saturating_sub(self.budget.available_permits());
        self.gauges.posts_in_flight.set(in_flight as f64);
        self.gauges.outbox_pending.set(self.board.pending() as f64);
        for lane in self.lanes() {
            reply_lane_waiting(lane.network).set(lane.waiting() as f64);
        }
        for (why, count) in self.drops().each() {
            replies_dropped(why).absolute(count);
        }
    }

    /// How the reply lanes of the networks stand.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneView> {
        self.board.lanes()
    }

    /// How many effects are not done yet.
    #[must_use]
    pub fn outbox_pending(&self) -> usize {
        self.board.pending()
    }

    /// The replies that did not leave.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.board.drops()
    }

    /// The offers on sale.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The engine's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Takes posts in, each with its place in an answer of `places`, and waits until what becomes of
    /// them is durable.
    ///
    /// # Errors
    /// When the engine has more work than it may queue.
    pub async fn take(&self, posts: Vec<(u32, Post)>, places: usize) -> Result<Answers, Overloaded> {
        let count = posts.len() as u64;
        self.gauges.posts.increment(count);
        let answers = self.hand_in(posts, places).inspect_err(|_| self.gauges.overloaded.increment(count))?;
        answers.await.map_err(|_| Overloaded)
    }

    /// Takes card transactions in and waits until what becomes of them is durable. Where several offers
    /// judge one, the answer is that of the one that counts it.
    ///
    /// # Errors
    /// When the engine has more work than it may queue.
    pub async fn transact(&self, transactions: Vec<Transaction>) -> Result<Answers, Overloaded> {
        if self.outbox_pending() > self.limits.outbox_pending {
            return Err(Overloaded);
        }
        let wanted = u32::try_from(transactions.len()).map_err(|_| Overloaded)?;
        let budget = Arc::clone(&self.budget).try_acquire_many_owned(wanted).map_err(|_| Overloaded)?;
        let (collector, answers) = AnswerCollector::new(transactions.len(), budget);
        let (collector, transactions) = (Arc::new(collector), Arc::new(transactions));
        for partition in &self.partitions {
            let feed = Feed { transactions: Arc::clone(&transactions), collector: Arc::clone(&collector) };
            // Partitions that took it have judged it; sent again, it is told their first answers again.
            if !partition.send(feed).await.unwrap_or(false) {
                return Err(Overloaded);
            }
        }
        drop(collector);
        answers.await.map_err(|_| Overloaded)
    }

    fn hand_in(
        &self,
        posts: Vec<(u32, Post)>,
        places: usize,
    ) -> Result<oneshot::Receiver<Answers>, Overloaded> {
        if self.outbox_pending() > self.limits.outbox_pending {
            return Err(Overloaded);
        }
        let wanted = u32::try_from(posts.len()).map_err(|_| Overloaded)?;
        let budget = Arc::clone(&self.budget).try_acquire_many_owned(wanted).map_err(|_| Overloaded)?;
        let (collector, answers) = AnswerCollector::new(places, budget);
        let intake = Intake { posts, collector: Arc::new(collector) };
        self.router.try_send(intake).map_err(|_| Overloaded)?;
        Ok(answers)
    }

    /// How an offer stands, once all that the view rests on is durable.
    ///
    /// # Errors
    /// When the partition takes no more questions now.
    pub async fn look(&self, listing: &Listing) -> Result<Option<OfferView>, Overloaded> {
        let (tell, told) = oneshot::channel();
        let then = Box::new(move |view| drop(tell.send(view)));
        let partition = self.partitions.get(listing.partition as usize).ok_or(Overloaded)?;
        partition.try_send(ReadOffer { offer: listing.offer, then }).map_err(|_| Overloaded)?;
        told.await.map_err(|_| Overloaded)
    }

    /// Reads a partition's state; answers once all that was read is durable.
    ///
    /// # Errors
    /// When the partition takes no more questions now.
    pub async fn read<T, F>(&self, partition: u32, look: F) -> Result<T, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&PartitionState) -> T + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let read = Query(Box::new(move |partition| {
            let seen = look(partition);
            Box::new(move |_| drop(tell.send(seen)))
        }));
        let partition = self.partitions.get(partition as usize).ok_or(Overloaded)?;
        partition.try_send(read).map_err(|_| Overloaded)?;
        told.await.map_err(|_| Overloaded)
    }

    /// The numbers of all partitions.
    pub fn partitions(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.partitions.len()).unwrap_or(0)
    }

    /// The card linked to an account.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<Link> {
        self.links.get(account).map(|link| link.clone())
    }

    /// Links an account to a card; when this returns, the link is durable.
    ///
    /// # Errors
    /// When too many links wait already, or no more accounts may be linked.
    pub async fn link(&self, linked: LinkedAccount) -> Result<(), NotLinked> {
        self.linking.link(linked).await
    }
}

impl Parts {
    /// Stops everything that the engine started; the engine's handles must be gone, or unused. What
    /// was handed in is decided and durable when this returns.
    pub async fn stop(self) {
        for partition in &self.partitions {
            partition.send(Finish).await.ok();
        }
        for arbiter in self.arbiters {
            arbiter.stop();
            arbiter.join().ok();
        }
        self.linking.close();
        self.outbox.stop().await;
        for commit in self.commits {
            commit.join();
        }
        // It may take a while, and whoever asks again to stop must still be heard.
        if let Some(snapshots) = self.snapshots {
            tokio::task::spawn_blocking(|| snapshots.finish()).await.ok();
        }
    }
}

/// Starts the thread that takes snapshots, if there are to be any, and has it woken by the journals.
fn start_snapshots(ready: &mut [Ready], setup: &Setup) -> Result<Option<Snapshots>, Error> {
    let Some(policy) = setup.snapshots else { return Ok(None) };
    let partitions = u32::try_from(ready.len()).expect("partitions are numbered in 32 bits");
    let snapshots = Snapshots::start(setup.data.clone(), partitions, policy)
        .map_err(|source| no_thread("start the thread of the snapshots for", setup, source))?;
    for Ready { writer, .. } in ready {
        let waker = snapshots.waker();
        writer.on_sealed(move || waker.wake());
    }
    // What was sealed before the start may be worth a snapshot already.
    snapshots.waker().wake();
    Ok(Some(snapshots))
}

fn no_thread(action: &'static str, setup: &Setup, source: std::io::Error) -> Error {
    Error::Io { action, path: setup.data.clone(), source }
}

fn start_journal(
    writer: Writer,
    setup: &Setup,
    tail: impl FnMut(Committed) + Send + 'static,
) -> Result<(Appender<Committed>, Commit), Error> {
    let queue = setup.limits.journal_queue;
    Commit::start(writer, queue, tail, Box::new(exit_on_failure))
        .map_err(|source| no_thread("start the journal's thread for", setup, source))
}

fn bounds(limits: &Limits) -> Bounds {
    Bounds {
        mailbox: limits.posts_in_flight + MAILBOX_BESIDE_POSTS,
        sessions_live: limits.sessions_live,
        session_idle: limits.session_idle,
    }
}

/// The journal's tail: what is durable is answered, counted, and handed to the outbox. It may wait, unless there are
/// no records.
fn tail(
    outgoing: mpsc::Sender<Incoming>,
    board: Arc<OutboxStatus>,
    observer: Option<Observer>,
) -> impl Fn(Committed) + Send + 'static {
    let telemetry = Telemetry::new();
    move |Committed { partition, batch, then }| {
        if let Some(then) = then {
            then(&batch);
        }
        telemetry.answered(&batch.answers);
        if let Some(observer) = &observer {
            observer(partition, &batch);
        }
        batch.records.iter().for_each(|(_, record)| telemetry.recorded(record));
        let whole = Incoming { partition, records: batch.records, refusals: batch.refusal_replies };
        whole.in_parts(RECORDS_TOGETHER, |incoming| {
            if !incoming.records.is_empty() {
                board.hand(incoming.effect_count());
                // Waits while the outbox is behind; without an outbox the journal is the memory.
                outgoing.blocking_send(incoming).ok();
            } else if !incoming.refusals.is_empty() {
                // To those who were refused nothing is owed.
                outgoing.try_send(incoming).ok();
            }
        });
    }
}
