//! The engine's own parts, wired as in production, but without threads and actors: each of their steps is a
//! call. Only their environment is simulated: disk, clock, providers, accounts.

mod linking;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use flashtag::actors::collector::AnswerCollector;
use flashtag::actors::control::RoutedWord;
use flashtag::actors::partition::{Committed, Item, PartitionProcessor};
use flashtag::actors::router::{Links, Routes};
use flashtag::clock::{Course, SLEWED};
use flashtag::control::card_holders::CardHolders;
use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::processor::{ControlBounds, ControlProcessor, Release};
use flashtag::control::state::ControlState;
use flashtag::control::unlinked::UnlinkedBounds;
use flashtag::domain::arrival::Arrival;
use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::id::PostId;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::post::Post;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::Transaction;
use flashtag::engine::Error;
use flashtag::engine::catalog_setup::{Ready, open};
use flashtag::engine::status_exchange::exchange_words;
use flashtag::engine::unlinked_release::Release as UnlinkedRelease;
use flashtag::intake::catalog::Catalog;
use flashtag::journal::{Committer, Error as JournalError, FileLog, FileStore, Options, SimDisk, queue};
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::instance::Instance;
use flashtag::outbox::instance_id::InstanceId;
use flashtag::outbox::provider::sandbox::RESEND_SAFETY;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::outbox::report::merge;
use flashtag::partition::live_sessions::SessionBounds;
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::partition::recovery::recover_partition;

use self::linking::Linking;
use super::crowd::Letter;
use super::plan::Plan;
use super::shop::Shop;

/// Capacity of a journal's queue; little is left for posts, so that it is full now and then.
const QUEUE: usize = 72;

/// Capacity of the control journal's queue: it never fills here.
const CONTROL_QUEUE: usize = 100_000;

/// Bounds on sessions of a partition: none on their number, and passivation after a while.
const SESSIONS: SessionBounds = SessionBounds { live: usize::MAX, idle: Millis::from_secs(600) };

/// The machine's clocks and the engine's, advanced and set from outside.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<Dials>>);

struct Dials {
    /// Steady time since the start.
    steady_us: i64,
    /// The wall clock's lead over it.
    lead_us: i64,
    course: Course,
    /// How far a post may be ahead of its arrival.
    ahead_most: Millis,
}

impl Dials {
    fn wall_us(&self) -> i64 {
        self.steady_us + self.lead_us
    }

    fn observe(&mut self) {
        self.course = self.course.observe(self.steady_us, self.wall_us());
    }
}

impl Watch {
    pub(crate) fn new(wall: Timestamp, ahead_most: Millis) -> Self {
        let wall_us = wall.ms() * 1_000;
        let course = Course::start(wall_us, wall_us, false);
        Self(Arc::new(Mutex::new(Dials { steady_us: 0, lead_us: wall_us, course, ahead_most })))
    }

    /// Shows no journal time before `floor`, whatever the wall clock says.
    fn not_before(&self, floor: Timestamp) {
        let mut dials = self.0.lock().expect("one thread");
        let (wall_us, floor_us) = (dials.wall_us(), floor.ms() * 1_000);
        // An operator starts it all the same.
        let accepted = floor_us - wall_us > SLEWED.ms() * 1_000;
        dials.course = Course::start(wall_us, floor_us, accepted);
    }

    pub(crate) fn now(&self) -> Timestamp {
        let dials = self.0.lock().expect("one thread");
        Timestamp::from_ms(dials.course.at(dials.steady_us) / 1_000)
    }

    fn arrival(&self) -> Arrival {
        let dials = self.0.lock().expect("one thread");
        dials.course.arrival(dials.steady_us, dials.wall_us(), dials.ahead_most)
    }

    pub(crate) fn pass(&self, time: Millis) {
        let mut dials = self.0.lock().expect("one thread");
        let passed_us = time.ms() * 1_000;
        let before_us = dials.course.at(dials.steady_us);
        dials.steady_us += passed_us;
        dials.observe();
        let ran_us = dials.course.at(dials.steady_us) - before_us;
        let steady = passed_us / 2..=passed_us * 21 / 20;
        assert!(steady.contains(&ran_us), "windows ran {ran_us} us while {passed_us} us passed");
    }

    pub(crate) fn set_wall(&self, wall: Timestamp) {
        let mut dials = self.0.lock().expect("one thread");
        let before_us = dials.course.at(dials.steady_us);
        dials.lead_us = wall.ms() * 1_000 - dials.steady_us;
        dials.observe();
        assert_eq!(dials.course.at(dials.steady_us), before_us, "a clock that is set moves no window");
    }

    fn accept(&self) {
        let mut dials = self.0.lock().expect("one thread");
        dials.course = dials.course.accept(dials.steady_us, dials.wall_us());
    }
}

/// A running engine.
pub(crate) struct Node {
    pub(crate) processors: Vec<PartitionProcessor>,
    committers: Vec<Committer<FileLog, Committed>>,
    control: ControlProcessor,
    control_committer: Committer<FileLog, Release>,
    /// Hands what control recorded to the outbox.
    outgoing: Sender<Incoming>,
    /// Refusals and replies that waited for no record, before they reach the outbox.
    unrecorded: Receiver<Incoming>,
    pub(crate) catalog: Arc<Catalog>,
    links: Arc<Links>,
    holders: CardHolders,
    linking: Linking,
    pub(crate) outbox: Outbox,
    form: KeyForm,
    watch: Watch,
    /// Partitions recovered from a snapshot.
    pub(crate) snapshots: usize,
    /// Holdings of unlinked accounts that the start released.
    pub(crate) released: u64,
}

/// The directory of a partition's journal.
pub(crate) fn directory(no: u32) -> PathBuf {
    PathBuf::from(format!("/data/journal/partition-{no}"))
}

/// Where the control journal is.
pub(crate) fn control_store(disk: &SimDisk) -> FileStore {
    FileStore::new(Arc::new(disk.clone()), Path::new("/data/journal/control"), CONTROL)
}

/// After a start, control and every partition know the same words of linked accounts.
fn assert_agreed(ready: &[Ready<FileLog>], control: &ControlState, links: &Links) {
    for Ready { partition, .. } in ready {
        for word in control.words().filter(|word| links.contains_key(&word.account)) {
            assert!(!partition.lacks(&word), "partition {} does not know {word:?}", partition.no());
            let (here, there) = (partition.status_of(&word.account), control.status_of(&word.account));
            assert_eq!(here, there, "of {} in partition {}", word.account, partition.no());
        }
        let unknown = partition.words().find(|word| control.lacks(word));
        assert_eq!(unknown, None, "control does not know what partition {} knows", partition.no());
    }
}

/// The options of every journal of a world.
pub(crate) fn options(plan: &Plan) -> Options {
    Options { segment_bytes: plan.segment_bytes, group_bytes: plan.group_bytes, ..Options::default() }
}

impl Node {
    /// Starts from the disk. Effects that are recorded from now on have keys of `form`.
    pub(crate) fn start(
        plan: &Plan,
        shop: &Shop,
        disk: &SimDisk,
        watch: Watch,
        form: KeyForm,
        seed: u64,
    ) -> Result<Self, Error> {
        let (mut ready, mut pending, mut snapshots) = (Vec::new(), PendingEffects::default(), 0);
        for no in 0..plan.partitions {
            let store = FileStore::new(Arc::new(disk.clone()), &directory(no), no);
            let recovered = recover_partition(&store, options(plan))?;
            snapshots += usize::from(recovered.snapshot.is_some());
            pending.merge(recovered.pending);
            ready.push(Ready { partition: recovered.partition, log: recovered.log });
        }
        let mut control = ControlJournal::recover(&control_store(disk), options(plan))?;
        let last = ready.iter().map(|ready| ready.partition.journal_time()).max();
        watch.not_before(last.unwrap_or_default().max(control.state().journal_time()));
        let now = watch.now();
        let catalog =
            Arc::new(open(&mut ready, &mut pending, form, shop.offers.clone(), shop.front.clone(), now)?);
        let links = Arc::new(linking::visible(shop, control.state()));
        exchange_words(&mut ready, &mut pending, form, &mut control, &links, now)?;
        assert_agreed(&ready, control.state(), &links);
        let release = UnlinkedRelease { links: &links, control: control.state(), any: false };
        let released = release.unlinked(&mut ready, &mut pending, form, now)?;
        let (state, log) = control.into_parts()?;
        let (appender, control_committer) = queue(log, CONTROL_QUEUE);
        let unlinked = UnlinkedBounds { accounts: 20, words_per_minute: 30 };
        let bounds = ControlBounds { accounts: usize::MAX, unlinked };
        let control = ControlProcessor::new(state, Arc::clone(&links), appender, bounds);
        let (mut processors, mut committers) = (Vec::new(), Vec::new());
        let (outgoing, unrecorded) = channel();
        for Ready { partition, log } in ready {
            let (appender, committer) = queue(log, QUEUE);
            let (watch, outgoing) = (watch.clone(), outgoing.clone());
            let tail = move |release| outgoing.send(answer(form, release)).expect("the node lives as long");
            processors.push(PartitionProcessor::new(partition, SESSIONS, form, appender, tail, move || {
                watch.now()
            }));
            committers.push(committer);
        }
        let retries =
            RetryPolicy { first: Millis::from_ms(500), most: Millis::from_secs(60), attempts_most: 1000 };
        let bounds = Bounds {
            cards: 4,
            credits: 4,
            money: 4,
            replies: 2,
            emails: 2,
            orders: 2,
            refusals: 8,
            ..Bounds::default()
        };
        let renderer = shop.renderer(&catalog);
        let instance = Instance::new(InstanceId::from([7; 16]));
        let mut outbox = Outbox::new(retries, bounds, seed, renderer).of_instance(Some(instance));
        outbox = outbox.of_partitions(plan.partitions);
        for lane in Lane::MONEY {
            outbox.set_resend_safety(lane, RESEND_SAFETY);
        }
        outbox.recover(now, pending);
        Ok(Self {
            processors,
            committers,
            control,
            control_committer,
            outgoing,
            unrecorded,
            catalog,
            links,
            holders: CardHolders::default(),
            linking: Linking::default(),
            outbox,
            form,
            watch,
            snapshots,
            released,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.watch.now()
    }

    pub(crate) fn pass(&self, time: Millis) {
        self.watch.pass(time);
    }

    /// Sets the machine's clock.
    pub(crate) fn set_wall(&self, wall: Timestamp) {
        self.watch.set_wall(wall);
    }

    /// Accepts the machine's clock, as an operator does.
    pub(crate) fn accept_clock(&self) {
        self.watch.accept();
    }

    /// Takes posts in, as the router and the partition actors do.
    pub(crate) fn take(&mut self, posts: Vec<(u32, Post)>, collector: &Arc<AnswerCollector>) {
        let routes = Routes { catalog: &self.catalog, links: &self.links, partitions: self.processors.len() };
        let sorted = routes.sort(self.now(), &self.watch.arrival(), posts);
        self.submit_words(sorted.words, collector);
        for (items, processor) in sorted.items.into_iter().zip(&mut self.processors) {
            if !items.is_empty() {
                handle(processor, items, collector);
            }
        }
    }

    /// Hands words to control, as its actor takes them.
    fn submit_words(&mut self, words: Vec<RoutedWord>, collector: &Arc<AnswerCollector>) {
        if words.is_empty() {
            return;
        }
        let (now, mut answers, mut recorded) = (self.now(), Vec::new(), Vec::new());
        for RoutedWord { slot, word, linked } in words {
            if linked {
                self.control.record_word(now, &word);
                continue;
            }
            if self.control.is_linked(&word.account) {
                // Its link is recorded, and posts do not see it yet.
                answers.push((slot, self.control.record_word(now, &word)));
                self.hand_on(word);
                continue;
            }
            let (answer, is_recorded) = self.control.record_unlinked_word(now, &word);
            answers.push((slot, answer));
            recorded
                .extend(is_recorded.then_some((0, Record { at: now, decision: Decision::of(word.event()) })));
        }
        let (collector, outgoing) = (Arc::clone(collector), self.outgoing.clone());
        self.control.commit(Box::new(move || {
            let incoming =
                Incoming { partition: CONTROL, form: KeyForm::Bare, records: recorded, refusals: Vec::new() };
            outgoing.send(incoming).expect("the node lives as long");
            collector.enter(CONTROL, answers);
        }));
    }

    /// Takes a card transaction in. Returns `false` if a partition is full.
    pub(crate) fn transact(&mut self, transaction: &Transaction, collector: &Arc<AnswerCollector>) -> bool {
        let holder = self.holders.find(&self.links, &transaction.card, self.watch.now());
        let arrival = self.watch.arrival();
        self.processors.iter_mut().all(|processor| {
            if !processor.admits_posts() {
                return false;
            }
            let answered = processor.transact(transaction, holder.as_ref(), arrival);
            let answered: Vec<_> = answered.map(|answer| (0, answer)).into_iter().collect();
            let (no, collector) = (processor.state().no(), Arc::clone(collector));
            processor.commit(Some(Box::new(move |_| collector.enter(no, answered))));
            true
        })
    }

    /// Confirms by a letter's link, as the confirming page does. Returns the id of the confirming post.
    pub(crate) fn accept(&mut self, letter: &Letter, collector: &Arc<AnswerCollector>) -> PostId {
        let Letter { partition, id, account } = letter;
        let post = format!("link/{partition}/{}/{}", id.offer.0, id.ordinal);
        let post = PostId::parse_reference(&post).expect("three numbers are visible and short");
        let link = self.links.get(account).map(|link| link.clone());
        let accepts = PostCommand::plain(account.clone(), post.clone(), self.now(), Intent::Accept(*id));
        let command = PostCommand { link, ..accepts };
        let items = vec![Item::Post { slot: 0, command }];
        handle(&mut self.processors[*partition as usize], items, collector);
        post
    }

    /// Takes a report of a provider in. Returns `false` if the partition is full.
    pub(crate) fn report(&mut self, partition: u32, reports: Vec<Report>) -> bool {
        let processor = &mut self.processors[partition as usize];
        if !processor.has_room() {
            return false;
        }
        for report in merge(reports) {
            processor.handle(&Command::Report(report));
        }
        processor.commit(None);
        true
    }

    /// Handles a tick or an operator's change.
    pub(crate) fn operate(&mut self, partition: usize, command: &Command) {
        let processor = &mut self.processors[partition];
        match command {
            Command::ExpireDue => processor.tick(),
            command if processor.has_room() => {
                drop(processor.change(command));
                processor.commit(None);
            }
            _ => {}
        }
    }

    /// Runs one step of a partition's commit thread, and of control's with that of the first partition. Durable
    /// records go to `durable` and then to the outbox. Returns `false` if the queue was empty.
    pub(crate) fn commit(
        &mut self,
        partition: usize,
        mut durable: impl FnMut(u32, u64, &Record),
    ) -> Result<bool, JournalError> {
        let (outbox, form, now) = (&mut self.outbox, self.form, self.watch.now());
        self.unrecorded.try_iter().for_each(|incoming| outbox.take_in(now, incoming));
        let mut tail = |release: Committed| {
            let incoming = answer(form, release);
            incoming
                .records
                .iter()
                .for_each(|(sequence, record)| durable(partition as u32, *sequence, record));
            outbox.take_in(now, incoming);
        };
        let of_partition = self.committers[partition].step(&mut tail)?;
        // The control journal's thread keeps step with that of the first partition.
        let mut release = |release: Release| release();
        let of_control = partition == 0 && self.control_committer.step(&mut release)?;
        self.pass_links_on();
        Ok(of_control | of_partition)
    }

    /// The name of an order at the providers.
    pub(crate) fn order_name(&self, attempt: &flashtag::outbox::attempt::Attempt) -> Option<String> {
        let listing = self.catalog.listing(attempt.key.partition(), attempt.effect.offer())?;
        attempt.effect.order_name(listing.offering.id())
    }

    /// Whether anything is pending that time or a provider will end.
    pub(crate) fn is_pending(&self) -> bool {
        !self.outbox.is_idle()
            || !self.linking.is_idle()
            || self.processors.iter().any(|processor| processor.state().is_pending())
    }

    /// The next deadline.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let deadlines = self.processors.iter().filter_map(|processor| processor.state().next_deadline());
        deadlines.chain(self.outbox.next_due()).min()
    }
}

/// Answers the waiters of a batch. Returns what goes to the outbox.
fn answer(form: KeyForm, Committed { partition, batch, then }: Committed) -> Incoming {
    if let Some(then) = then {
        then(&batch);
    }
    Incoming { partition, form, records: batch.records, refusals: batch.refusal_replies }
}

/// Handles a partition's part of an intake, as its actor does.
fn handle(processor: &mut PartitionProcessor, items: Vec<Item>, collector: &Arc<AnswerCollector>) {
    let no = processor.state().no();
    if !processor.admits_posts() {
        let now = processor.now();
        collector.enter(no, items.iter().map(|item| item.answer(now, Outcome::Overloaded)));
        return;
    }
    let mut answered = Vec::new();
    for item in items {
        answered.push(match item {
            Item::Post { slot, command } => {
                let now = processor.now();
                (slot, processor.handle_post(now, &command))
            }
            Item::Answered { slot, answer } => (slot, processor.note_catalog_answer(answer)),
        });
    }
    let collector = Arc::clone(collector);
    processor.commit(Some(Box::new(move |batch| {
        collector.enter(no, answered.into_iter().map(|(slot, answered)| (slot, answered.read(batch))));
    })));
}
