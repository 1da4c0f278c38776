//! The world of one seed: an engine among accounts, providers and a disk, all driven by random numbers, in
//! virtual time and one thread.

mod clocks;
mod objections;
mod operator;
mod settling;
mod starts;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use flashtag::actors::collector::{AnswerCollector, Answers};
use flashtag::config::serve::Retain;
use flashtag::control::snapshot::take as take_of_control;
use flashtag::domain::command::Command;
use flashtag::domain::decision::Record;
use flashtag::domain::offering::Offering;
use flashtag::domain::post::Post;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::journal::{DiskFault, Error as JournalError, FileStore, LogStore, Options, SimDisk};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::Lane;
use flashtag::partition::codec;
use flashtag::partition::snapshot::{Policy, Reach, take};
use tokio::sync::{Semaphore, oneshot};

use super::authors::Authors;
use super::coverage::Coverage;
use super::crowd::Crowd;
use super::durable_records::DurableRecords;
use super::history::History;
use super::node::{Node, control_store, directory, options};
use super::plan::Plan;
use super::providers::Providers;
use super::shop::{OPENS_MS, Shop};
use super::witness::{Moment, PostRef, Witness};
use crate::test_rng::TestRng;

/// Posts that a source tells again, at most, when it resumes.
const TOLD_AGAIN: usize = 16;

/// Posts that wait for their answers.
struct Intake {
    /// The number of answers that had arrived when these posts were delivered.
    asked: u64,
    posts: Vec<Post>,
    post_refs: Vec<PostRef>,
    answers: oneshot::Receiver<Answers>,
}

pub(super) struct World {
    pub(super) plan: Plan,
    seed: u64,
    /// A generator per concern, so that leaving one out does not shift the others.
    rng: TestRng,
    crowd_dice: TestRng,
    disk_dice: TestRng,
    shop: Shop,
    /// The offers before a correction of which it is not known whether it was recorded.
    uncorrected: Option<Vec<Offering>>,
    crowd: Crowd,
    pub(super) providers: Providers,
    authors: Authors,
    firehose: BTreeMap<(Timestamp, u64), Post>,
    delivered: u64,
    /// The posts that came last.
    lately: VecDeque<Post>,
    overlap_dice: TestRng,
    intakes: Vec<Intake>,
    pub(super) witness: Witness,
    durable_records: DurableRecords,
    history: History,
    disk: SimDisk,
    now: Timestamp,
    /// The offset of the machine's clock.
    skew_ms: i64,
    boot: u64,
    node: Option<Node>,
    pub(super) coverage: Coverage,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = TestRng::new(seed);
        let plan = Plan::new(&mut rng);
        let shop = Shop::new(&plan, &mut rng);
        let [crowd_dice, carrier_dice, disk_dice] = [0; 3].map(|_| rng.split());
        let witness = Witness::new(&shop, plan.posts_ahead);
        let durable_records = DurableRecords::new(plan.partitions);
        let providers = Providers::new(plan.providers.clone(), carrier_dice);
        let mut world = Self {
            crowd: Crowd::new(&plan, &shop),
            plan,
            seed,
            rng,
            crowd_dice,
            disk_dice,
            shop,
            uncorrected: None,
            providers,
            // Generators of their own, so that the others give what they gave.
            authors: Authors::new(TestRng::new(seed ^ 0x5eed_0fa7)),
            overlap_dice: TestRng::new(seed ^ 0x0e71_a95e),
            firehose: BTreeMap::new(),
            delivered: 0,
            lately: VecDeque::new(),
            intakes: Vec::new(),
            witness,
            durable_records,
            history: History::new(seed),
            disk: SimDisk::new(),
            now: Timestamp::from_ms(OPENS_MS - 120_000),
            skew_ms: 0,
            boot: 0,
            node: None,
            coverage: Coverage::default(),
        };
        world.start();
        world
    }

    fn node(&mut self) -> &mut Node {
        self.node.as_mut().expect("the engine runs between crashes")
    }

    /// Runs one random step.
    pub(super) fn turn(&mut self) {
        let pause = *self.rng.pick(&[0, 0, 0, 1, 20, 200, 1_000, 5_000, 20_000]);
        self.pass(Millis::from_ms(pause));
        self.turn_clocks();
        if self.plan.leaps
            && self.rng.below(200) == 0
            && let Some(closing) = self.crowd.next_closing(self.now)
        {
            self.coverage.see("leap to a closing");
            self.pass(closing.since(self.now));
        }
        if self.plan.providers.outages && self.rng.below(100) == 0 {
            self.coverage.see("outage");
            let lanes: Vec<Lane> = Lane::all().collect();
            let lane = *self.rng.pick(&lanes);
            // Long ones are rare: each probe of a minute is a step.
            let length = match self.rng.below(40) {
                0 => 3 * 86_400,
                1 => 86_400,
                _ => *self.rng.pick(&[5, 5, 60, 300, 600, 3_600]),
            };
            self.providers.go_away(lane, self.now.plus(Millis::from_secs(length)));
        }
        if self.plan.providers.outages && self.authors.maybe_go_away(self.now) {
            self.coverage.see("authors' servers away");
        }
        if self.plan.crash_every.is_some_and(|every| self.rng.below(every) == 0) {
            return self.crash();
        }
        match self.rng.below(40) {
            0..=9 => self.post(),
            10..=15 => self.intake(),
            16..=24 => self.commit(),
            25..=29 => self.send_out(),
            30..=33 => self.let_answer(),
            34 | 35 => self.tick(),
            36 => self.spend(),
            37 => self.operate(),
            38 => self.click(),
            _ if self.rng.below(2) == 0 => self.take_snapshot(),
            _ => self.harm_disk(),
        }
        self.history.turn(self.plan.disk.syncs_fail, &mut self.coverage);
        self.receive_answers();
    }

    fn post(&mut self) {
        let written = self.crowd.write(&self.plan, &mut self.crowd_dice, self.now);
        self.witness.record_post(&written);
        let post = written.post;
        let firehose = &self.plan.firehose;
        let long = if firehose.late && self.rng.below(6) == 0 { 400_000 } else { 1_500 };
        let times = if firehose.twice && self.rng.below(6) == 0 { 2 } else { 1 };
        let times = times + if self.plan.crowd.flood && self.rng.below(40) == 0 { 20 } else { 0 };
        for _ in 0..times {
            let delay = self.rng.below(long) as i64;
            self.deliver_in(delay, post.clone());
        }
    }

    fn deliver_in(&mut self, delay_ms: i64, post: Post) {
        self.delivered += 1;
        self.firehose.insert((self.now.plus(Millis::from_ms(delay_ms)), self.delivered), post);
    }

    /// Takes in what has arrived by now, a few posts at once.
    fn intake(&mut self) {
        let most = 1 + self.rng.below(6);
        let mut posts = Vec::new();
        while posts.len() < most
            && let Some(entry) = self.firehose.first_entry()
            && entry.key().0 <= self.now
        {
            posts.push(entry.remove());
        }
        if posts.is_empty() {
            return;
        }
        let (wall, moment) = (self.wall(), self.moment());
        posts.iter().for_each(|post| self.witness.record_arrival(post, wall, moment));
        self.lately.extend(posts.iter().cloned());
        self.lately.drain(..self.lately.len().saturating_sub(TOLD_AGAIN));
        let (collector, answers) = collector(posts.len());
        self.node().take((0..).zip(posts.iter().cloned()).collect(), &collector);
        let post_ref = |post: &Post| PostRef {
            account: post.account.clone(),
            post: post.id.clone(),
            bare: post.deleted,
        };
        let post_refs = posts.iter().map(post_ref).collect();
        let asked = self.witness.answers_seen();
        self.intakes.push(Intake { asked, posts, post_refs, answers });
    }

    /// Runs a step of a random commit thread.
    fn commit(&mut self) {
        if self.plan.disk.slow && self.disk_dice.below(12) > 0 {
            return;
        }
        let partition = self.rng.below(self.plan.partitions as usize);
        self.commit_on(partition);
    }

    /// Returns `false` if there was nothing to do.
    fn commit_on(&mut self, partition: usize) -> bool {
        let Self { node, durable_records, history, coverage, crowd, .. } = self;
        let node = node.as_mut().expect("the engine runs between crashes");
        let done = node.commit(partition, |no, sequence, record| {
            durable_records.add_durable(no, sequence, record);
            history.advance(no, sequence);
            for event in &record.decision.events {
                coverage.see(crate::event_coverage::of(event));
                crowd.note_event(no, event);
            }
        });
        match done {
            Ok(done) => done,
            Err(JournalError::Io { .. }) => {
                // The process ends itself.
                self.coverage.see("failed commit");
                self.crash();
                true
            }
            Err(error) => panic!("a commit fails for no reason: {error}"),
        }
    }

    /// Sends what is due in the outbox.
    fn send_out(&mut self) {
        let most = 1 + self.rng.below(4);
        self.send_out_up_to(most);
    }

    fn send_out_up_to(&mut self, most: usize) -> usize {
        let Self { node, providers, authors, crowd, durable_records, now, boot, .. } = self;
        let node = node.as_mut().expect("the engine runs between crashes");
        let (wall, mut sent) = (node.now(), 0);
        let next = |outbox: &mut Outbox| {
            let money = outbox.take_due_money(wall);
            money.or_else(|| Lane::all().find_map(|lane| outbox.take_due(wall, lane)))
        };
        while sent < most
            && let Some(attempt) = next(&mut node.outbox)
        {
            durable_records.check_departure(&attempt);
            let order = node.order_name(&attempt);
            providers.carry(*now, *boot, attempt, order, crowd);
            sent += 1;
        }
        while sent < most
            && let Some((key, heard)) = node.outbox.take_attestation(wall)
        {
            authors.read(*now, *boot, key, &heard);
            sent += 1;
        }
        let mut lapsed = Vec::new();
        while sent < most
            && let Some((partition, report)) = node.outbox.take_report(wall)
        {
            lapsed.push((partition, report));
            sent += 1;
        }
        let boot = self.boot;
        for (partition, report) in lapsed {
            // The process may end meanwhile, and its reports with it.
            if self.boot == boot {
                self.report(partition, vec![report]);
            }
        }
        sent
    }

    /// Lets providers answer, and reports to the partitions.
    fn let_answer(&mut self) {
        for _ in 0..=self.rng.below(3) {
            if !self.let_one_answer() && !self.let_one_author_answer() {
                return;
            }
        }
    }

    fn let_one_answer(&mut self) -> bool {
        let Some((key, attempted)) = self.providers.next_answer(self.now, self.boot) else { return false };
        let node = self.node();
        let wall = node.now();
        if let Some(report) = node.outbox.settle(wall, &key, attempted) {
            self.report(key.partition(), vec![report]);
        }
        true
    }

    fn let_one_author_answer(&mut self) -> bool {
        let Some((key, finding)) = self.authors.next_finding(self.now, self.boot) else { return false };
        self.coverage.see(finding.name());
        let node = self.node();
        let wall = node.now();
        if let Some(report) = node.outbox.settle_attestation(wall, key, finding) {
            self.report(key.partition, vec![report]);
        }
        true
    }

    /// Repeats a report until the partition has room for it.
    fn report(&mut self, partition: u32, reports: Vec<flashtag::domain::command::Report>) {
        let boot = self.boot;
        while !self.node().report(partition, reports.clone()) {
            self.coverage.see("report waits");
            self.commit_on(partition as usize);
            if self.boot != boot {
                return;
            }
        }
    }

    fn tick(&mut self) {
        for partition in 0..self.plan.partitions as usize {
            self.node().operate(partition, &Command::ExpireDue);
        }
    }

    fn spend(&mut self) {
        if !self.plan.credits {
            return;
        }
        let Some(transaction) = self.crowd.spend(&mut self.crowd_dice, self.now) else { return };
        let (collector, answers) = collector(1);
        if self.node().transact(&transaction, &collector) {
            let asked = self.witness.answers_seen();
            self.intakes.push(Intake { asked, posts: Vec::new(), post_refs: Vec::new(), answers });
        }
    }

    /// An account follows the link of a letter.
    fn click(&mut self) {
        let Some(letter) = self.crowd.click(&mut self.crowd_dice) else { return };
        let (collector, answers) = collector(1);
        let post = self.node().accept(&letter, &collector);
        self.intakes.push(Intake {
            asked: self.witness.answers_seen(),
            posts: Vec::new(),
            post_refs: vec![PostRef { account: letter.account, post, bare: true }],
            answers,
        });
    }

    fn harm_disk(&mut self) {
        let faults = &self.plan.disk;
        let nth = 1 + self.disk_dice.below(4) as u64;
        let fault = match self.disk_dice.below(8) {
            0 if faults.writes_fail => DiskFault::WriteFails { nth, errno: *self.disk_dice.pick(&[5, 28]) },
            1 | 2 if faults.writes_short => DiskFault::WriteShort { nth, bytes: self.disk_dice.below(700) },
            3 | 4 if faults.writes_short => DiskFault::WriteInterrupted { nth },
            5 if faults.syncs_fail => DiskFault::SyncFails { nth, errno: 5 },
            _ => return,
        };
        // A write of zero bytes is an error of its own, which disks do not have.
        let fault = match fault {
            DiskFault::WriteShort { nth, bytes } => DiskFault::WriteShort { nth, bytes: bytes.max(1) },
            fault => fault,
        };
        self.coverage.see("fault of the disk");
        self.disk.inject(fault);
    }

    /// What no clock of the machine shows.
    fn moment(&self) -> Moment {
        Moment { at: self.now, boot: self.boot }
    }

    fn receive_answers(&mut self) {
        let moment = self.moment();
        let Self { intakes, witness, coverage, .. } = self;
        intakes.retain_mut(|intake| match intake.answers.try_recv() {
            Ok(answers) => {
                let outcomes = answers.iter().flatten().map(|placed| placed.answer.outcome.code());
                outcomes.for_each(|outcome| coverage.see(outcome));
                witness.record_answers(intake.asked, &intake.post_refs, &answers, moment);
                false
            }
            Err(oneshot::error::TryRecvError::Empty) => true,
            Err(oneshot::error::TryRecvError::Closed) => panic!("an answer was dropped"),
        });
    }

    fn store(&self, no: u32) -> FileStore {
        FileStore::new(Arc::new(self.disk.clone()), &directory(no), no)
    }

    fn read_journal(&self, no: u32, from: u64) -> Result<Vec<(u64, Record)>, JournalError> {
        let mut found = Vec::new();
        let options = Options { replay_from: from, ..options(&self.plan) };
        self.store(no).read(options, &mut |sequence, payload| {
            found.push((sequence, codec::decode(payload)?.1));
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs the snapshot thread once.
    fn take_snapshot(&mut self) {
        if !self.plan.snapshots {
            return;
        }
        let no = self.rng.below(self.plan.partitions as usize) as u32;
        let policy = Policy { every_bytes: 1, retain: self.plan.retain, spare_bytes: 0 };
        let store = self.store(no);
        let unneeded = self.history.unneeded(no, &store);
        let mut taken = take(&store, &policy, Reach::Sealed, unneeded);
        if no == 0 && taken.is_ok() {
            taken = take_of_control(&control_store(&self.disk), &policy, Reach::Sealed);
        }
        match taken {
            Ok(Some(_)) => self.coverage.see("snapshot"),
            Ok(None) => {}
            Err(JournalError::Io { .. }) => self.coverage.see("failed snapshot"),
            Err(error) => panic!("no snapshot can be taken: {error}"),
        }
    }

    /// Lets the history file catch up, and compares it with these records.
    pub(super) fn finish_history(&mut self, records: &[(u32, u64, Record)]) {
        let keeps_all = self.plan.retain == Retain::History;
        self.history.finish(records, keeps_all, &mut self.coverage);
    }

    /// Every record of every partition, in order.
    pub(super) fn history(&self) -> Vec<(u32, u64, Record)> {
        self.durable_records.history()
    }

    /// A hash that is equal in two runs of one seed, and differs otherwise.
    pub(super) fn fingerprint(&self) -> u64 {
        let node = self.node.as_ref().expect("the engine runs between crashes");
        let digests = node.processors.iter().map(|processor| processor.state().digest());
        digests.fold(self.boot, |sum, digest| sum.rotate_left(7) ^ digest)
    }
}

/// A collector for `posts` posts, with its own permit.
fn collector(posts: usize) -> (Arc<AnswerCollector>, oneshot::Receiver<Answers>) {
    let budget = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("it is free");
    let (collector, answers) = AnswerCollector::new(posts, budget);
    (Arc::new(collector), answers)
}
