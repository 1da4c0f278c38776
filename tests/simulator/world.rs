//! The world of one seed: an engine among people, providers and a disk, all of them driven by dice, in
//! virtual time and in one thread.

mod settling;

use std::collections::BTreeMap;
use std::sync::Arc;

use flashtag::actors::collector::{AnswerCollector, Answers};
use flashtag::actors::routes::Links;
use flashtag::config::serve::Retain;
use flashtag::domain::command::{Command, StockChange};
use flashtag::domain::decision::Record;
use flashtag::domain::id::OfferNo;
use flashtag::domain::link::LinkedAccount;
use flashtag::domain::post::Post;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::engine::Error;
use flashtag::journal::{DiskFault, Error as JournalError, FileStore, LogStore, Options, SimDisk};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::Lane;
use flashtag::partition::codec;
use flashtag::partition::snapshot::{Policy, Reach, take};
use tokio::sync::{Semaphore, oneshot};

use super::carriers::Carriers;
use super::chronicle::Chronicle;
use super::crowd::Crowd;
use super::marks::Marks;
use super::node::{Node, Watch, directory, options};
use super::plan::Plan;
use super::shop::{OPENS_MS, Shop};
use super::witness::{Told, Witness};
use crate::dice::Dice;

/// Posts on their way to an answer.
struct Intake {
    /// How many times answers had arrived when these posts were delivered.
    asked: u64,
    posts: Vec<Post>,
    told: Vec<Told>,
    answers: oneshot::Receiver<Answers>,
}

pub(super) struct World {
    pub(super) plan: Plan,
    seed: u64,
    /// Dice for each concern: what one leaves out shifts nobody else's.
    dice: Dice,
    crowd_dice: Dice,
    disk_dice: Dice,
    shop: Shop,
    links: Arc<Links>,
    crowd: Crowd,
    pub(super) carriers: Carriers,
    firehose: BTreeMap<(Timestamp, u64), Post>,
    delivered: u64,
    intakes: Vec<Intake>,
    pub(super) witness: Witness,
    chronicle: Chronicle,
    disk: SimDisk,
    now: Timestamp,
    /// How far the machine's clock is ahead.
    skew_ms: i64,
    boot: u64,
    node: Option<Node>,
    pub(super) marks: Marks,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let plan = Plan::new(&mut dice);
        let shop = Shop::new(&plan, &mut dice);
        let [crowd_dice, carrier_dice, disk_dice] = [0; 3].map(|_| dice.split());
        let links = Arc::new(Links::default());
        for LinkedAccount { account, link } in shop.links.clone() {
            links.insert(account, link);
        }
        let (witness, chronicle) = (Witness::new(&shop), Chronicle::new(plan.partitions));
        let carriers = Carriers::new(plan.providers.clone(), carrier_dice);
        let mut world = Self {
            crowd: Crowd::new(&plan, &shop),
            plan,
            seed,
            dice,
            crowd_dice,
            disk_dice,
            shop,
            links,
            carriers,
            firehose: BTreeMap::new(),
            delivered: 0,
            intakes: Vec::new(),
            witness,
            chronicle,
            disk: SimDisk::new(),
            now: Timestamp::from_ms(OPENS_MS - 120_000),
            skew_ms: 0,
            boot: 0,
            node: None,
            marks: Marks::default(),
        };
        world.start();
        world
    }

    fn node(&mut self) -> &mut Node {
        self.node.as_mut().expect("the engine runs between crashes")
    }

    /// What the machine's clock says.
    fn wall(&self) -> Timestamp {
        Timestamp::from_ms(self.now.ms() + self.skew_ms)
    }

    fn pass(&mut self, time: Millis) {
        self.now = self.now.plus(time);
        self.carriers.run_to(self.now);
        if let Some(node) = &self.node {
            node.pass(time);
        }
    }

    /// One thing happens.
    pub(super) fn turn(&mut self) {
        let pause = *self.dice.pick(&[0, 0, 0, 1, 20, 200, 1_000, 5_000, 20_000]);
        self.pass(Millis::from_ms(pause));
        if self.plan.clock_jumps && self.dice.roll(200) == 0 {
            // The process was not let run for long.
            self.marks.see("pause");
            let pause = *self.dice.pick(&[60_000, 400_000, 2_000_000]);
            self.pass(Millis::from_ms(pause));
        }
        if self.plan.leaps
            && self.dice.roll(200) == 0
            && let Some(closing) = self.crowd.next_closing(self.now)
        {
            self.marks.see("leap to a closing");
            self.pass(closing.since(self.now));
        }
        if self.plan.crash_every.is_some_and(|every| self.dice.roll(every) == 0) {
            return self.crash();
        }
        match self.dice.roll(40) {
            0..=9 => self.post(),
            10..=15 => self.intake(),
            16..=24 => self.commit(),
            25..=29 => self.send_out(),
            30..=33 => self.let_answer(),
            34 | 35 => self.tick(),
            36 => self.spend(),
            37 => self.operate(),
            38 => self.click(),
            _ if self.dice.roll(2) == 0 => self.take_snapshot(),
            _ => self.harm_disk(),
        }
        self.hear_answers();
    }

    fn post(&mut self) {
        let written = self.crowd.write(&self.plan, &mut self.crowd_dice, self.now);
        self.witness.see(&written);
        let post = written.post;
        let firehose = &self.plan.firehose;
        let long = if firehose.late && self.dice.roll(6) == 0 { 400_000 } else { 1_500 };
        let times = if firehose.twice && self.dice.roll(6) == 0 { 2 } else { 1 };
        let times = times + if self.plan.crowd.flood && self.dice.roll(40) == 0 { 20 } else { 0 };
        for _ in 0..times {
            let delay = self.dice.roll(long) as i64;
            self.deliver_in(delay, post.clone());
        }
    }

    fn deliver_in(&mut self, delay_ms: i64, post: Post) {
        self.delivered += 1;
        self.firehose.insert((self.now.plus(Millis::from_ms(delay_ms)), self.delivered), post);
    }

    /// What the firehose has by now goes in, a few posts at once.
    fn intake(&mut self) {
        let most = 1 + self.dice.roll(6);
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
        let (collector, answers) = collector(posts.len());
        self.node().take((0..).zip(posts.iter().cloned()).collect(), &collector);
        let told =
            |post: &Post| Told { account: post.account.clone(), post: post.id.clone(), bare: post.deleted };
        let told = posts.iter().map(told).collect();
        let asked = self.witness.heard();
        self.intakes.push(Intake { asked, posts, told, answers });
    }

    /// A journal's thread comes to take a step.
    fn commit(&mut self) {
        if self.plan.disk.slow && self.disk_dice.roll(12) > 0 {
            return;
        }
        let partition = self.dice.roll(self.plan.partitions as usize);
        self.commit_on(partition);
    }

    /// False if there was nothing to do.
    fn commit_on(&mut self, partition: usize) -> bool {
        let Self { node, chronicle, marks, crowd, .. } = self;
        let node = node.as_mut().expect("the engine runs between crashes");
        let done = node.commit(partition, |no, sequence, record| {
            chronicle.is_durable(no, sequence, record);
            for event in &record.decision.events {
                marks.see(crate::kinds::of(event));
                crowd.hear_of(no, event);
            }
        });
        match done {
            Ok(done) => done,
            Err(JournalError::Io { .. }) => {
                // The process ends itself.
                self.marks.see("failed commit");
                self.crash();
                true
            }
            Err(error) => panic!("a commit fails for no reason: {error}"),
        }
    }

    /// What is due leaves the outbox.
    fn send_out(&mut self) {
        let most = 1 + self.dice.roll(4);
        self.send_out_up_to(most);
    }

    fn send_out_up_to(&mut self, most: usize) -> usize {
        let Self { node, carriers, crowd, now, boot, .. } = self;
        let node = node.as_mut().expect("the engine runs between crashes");
        let (wall, mut sent) = (node.now(), 0);
        let next = |outbox: &mut Outbox| {
            let money = outbox.take_due_money(wall);
            money.or_else(|| Lane::all().find_map(|lane| outbox.take_due(wall, lane)))
        };
        while sent < most
            && let Some(attempt) = next(&mut node.outbox)
        {
            let order = node.order_name(&attempt);
            carriers.carry(*now, *boot, attempt, order, crowd);
            sent += 1;
        }
        let mut lapsed = Vec::new();
        while sent < most
            && let Some((partition, report)) = node.outbox.take_dropped(wall)
        {
            lapsed.push((partition, report));
            sent += 1;
        }
        for (partition, report) in lapsed {
            self.report(partition, vec![report]);
        }
        sent
    }

    /// Providers answer, and partitions hear of it.
    fn let_answer(&mut self) {
        for _ in 0..=self.dice.roll(3) {
            if !self.let_one_answer() {
                return;
            }
        }
    }

    fn let_one_answer(&mut self) -> bool {
        let Some((key, attempted)) = self.carriers.next_answer(self.now, self.boot) else { return false };
        let node = self.node();
        let wall = node.now();
        if let Some(report) = node.outbox.settle(wall, &key, attempted) {
            self.report(key.partition(), vec![report]);
        }
        true
    }

    /// A report is handed over again and again while there is no room for it.
    fn report(&mut self, partition: u32, reports: Vec<flashtag::domain::command::Report>) {
        let boot = self.boot;
        while !self.node().report(partition, reports.clone()) {
            self.marks.see("report waits");
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
            let asked = self.witness.heard();
            self.intakes.push(Intake { asked, posts: Vec::new(), told: Vec::new(), answers });
        }
    }

    /// Somebody follows the link of a letter.
    fn click(&mut self) {
        let Some(letter) = self.crowd.click(&mut self.crowd_dice) else { return };
        let (collector, answers) = collector(1);
        let post = self.node().accept(&letter, &collector);
        self.intakes.push(Intake {
            asked: self.witness.heard(),
            posts: Vec::new(),
            told: vec![Told { account: letter.account, post, bare: true }],
            answers,
        });
    }

    fn operate(&mut self) {
        if !self.plan.operator {
            return;
        }
        let partition = self.dice.roll(self.plan.partitions as usize);
        let offers = self.node().processors[partition].state().next_offer().0;
        let key = format!("change-{}", self.dice.roll(40)).into();
        let units = 1 + self.dice.roll(3) as u32;
        let offer = OfferNo(self.dice.roll(offers.max(1) as usize) as u32);
        let change = StockChange { offer, units, key };
        let command = match self.dice.roll(3) {
            0 => Command::Restock(change),
            1 => Command::Withdraw(change),
            _ => Command::Unfreeze(super::shop::account(self.dice.roll(self.plan.people))),
        };
        self.node().operate(partition, &command);
    }

    fn harm_disk(&mut self) {
        let faults = &self.plan.disk;
        let nth = 1 + self.disk_dice.roll(4) as u64;
        let fault = match self.disk_dice.roll(8) {
            0 if faults.writes_fail => DiskFault::WriteFails { nth, errno: *self.disk_dice.pick(&[5, 28]) },
            1 | 2 if faults.writes_short => DiskFault::WriteShort { nth, bytes: self.disk_dice.roll(700) },
            3 | 4 if faults.writes_short => DiskFault::WriteInterrupted { nth },
            5 if faults.syncs_fail => DiskFault::SyncFails { nth, errno: 5 },
            _ => return,
        };
        // A write that takes nothing at all is an error of its own; it never is on a disk.
        let fault = match fault {
            DiskFault::WriteShort { nth, bytes } => DiskFault::WriteShort { nth, bytes: bytes.max(1) },
            fault => fault,
        };
        self.marks.see("fault of the disk");
        self.disk.inject(fault);
    }

    fn hear_answers(&mut self) {
        let Self { intakes, witness, marks, .. } = self;
        intakes.retain_mut(|intake| match intake.answers.try_recv() {
            Ok(answers) => {
                let outcomes = answers.iter().flatten().map(|placed| placed.answer.outcome.code());
                outcomes.for_each(|outcome| marks.see(outcome));
                witness.hear(intake.asked, &intake.told, &answers);
                false
            }
            Err(oneshot::error::TryRecvError::Empty) => true,
            Err(oneshot::error::TryRecvError::Closed) => panic!("an answer was dropped"),
        });
    }

    /// The process dies, perhaps with the whole machine, and starts again.
    fn crash(&mut self) {
        // Whoever waited knows nothing now, and asks again if it is any good.
        for intake in std::mem::take(&mut self.intakes) {
            for post in intake.posts {
                if self.dice.roll(4) > 0 {
                    let delay = self.dice.roll(60_000) as i64;
                    self.deliver_in(delay, post);
                    self.marks.see("post delivered again");
                }
            }
        }
        self.node = None;
        self.fail_machine();
        if self.plan.clock_jumps && self.dice.roll(40) == 0 {
            // Nobody comes to start it again for a day.
            self.marks.see("long outage");
            self.pass(Millis::from_secs(90_000));
        }
        self.start();
    }

    fn fail_machine(&mut self) {
        if !self.plan.power_losses || self.disk_dice.roll(2) == 0 {
            self.marks.see("kill");
            return self.disk.restart();
        }
        self.marks.see("power loss");
        // All of it, none of it, or some of it.
        let bias = *self.disk_dice.pick(&[0, 1, 2, 3]);
        let dice = &mut self.disk_dice;
        self.disk.crash(|_| match bias {
            0 => 0,
            1 => 1,
            _ => dice.roll(2) as u64,
        });
    }

    /// Starts, and again where the start itself is struck, until the engine runs.
    fn start(&mut self) {
        loop {
            self.boot += 1;
            if self.plan.clock_jumps && self.dice.roll(4) == 0 {
                self.marks.see("clock set");
                self.skew_ms = *self.dice.pick(&[0, 0, -3_600_000, -5_000, 60_000, 3_600_000]);
            }
            if self.plan.disk.in_recovery && self.boot > 1 && self.disk_dice.roll(3) == 0 {
                self.strike_recovery();
            }
            let watch = Watch::new(self.wall());
            match Node::start(&self.plan, &self.shop, &self.links, &self.disk, watch, self.seed) {
                Ok(node) => {
                    for _ in 0..node.snapshots {
                        self.marks.see("start from a snapshot");
                    }
                    self.node = Some(node);
                    return self.compare_journals();
                }
                Err(Error::Journal(JournalError::Io { .. })) => {
                    self.marks.see("crash in recovery");
                    self.fail_machine();
                }
                Err(error) => panic!("it does not start: {error}"),
            }
        }
    }

    fn strike_recovery(&mut self) {
        let nth = 1 + self.disk_dice.roll(30) as u64;
        let fault = match self.disk_dice.roll(3) {
            0 => DiskFault::SyncFails { nth: 1 + nth / 8, errno: 5 },
            1 => DiskFault::WriteFails { nth: 1 + nth / 8, errno: 28 },
            _ => DiskFault::PowerFails { nth },
        };
        self.disk.inject(fault);
    }

    /// What the start found must hold all that was durable, and come to the state it came to.
    fn compare_journals(&mut self) {
        for no in 0..self.plan.partitions {
            // Of a history that is not kept, only what is new is looked at.
            let kept = self.plan.retain == Retain::History;
            let from = if kept { 1 } else { self.chronicle.len(no) + 1 };
            // A fault that is still planned may hit the reader.
            let Ok(found) = self.read_journal(no, from) else { return };
            for (_, record) in &found {
                record.decision.events.iter().for_each(|event| self.crowd.hear_of(no, event));
            }
            self.chronicle.found(no, from, found);
            let digest = self.node().processors[no as usize].state().digest();
            let replayed = self.chronicle.replay(no).digest();
            assert_eq!(digest, replayed, "partition {no} is not what its journal makes it");
        }
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

    /// The thread of the snapshots comes to take one, or tries.
    fn take_snapshot(&mut self) {
        if !self.plan.snapshots {
            return;
        }
        let no = self.dice.roll(self.plan.partitions as usize) as u32;
        let policy = Policy { every_bytes: 1, retain: self.plan.retain, spare_bytes: 0 };
        match take(&self.store(no), &policy, Reach::Sealed) {
            Ok(Some(_)) => self.marks.see("snapshot"),
            Ok(None) => {}
            Err(JournalError::Io { .. }) => self.marks.see("failed snapshot"),
            Err(error) => panic!("no snapshot can be taken: {error}"),
        }
    }

    /// Every record of every partition, in order.
    pub(super) fn history(&self) -> Vec<(u32, u64, Record)> {
        self.chronicle.history()
    }

    /// A number that two runs of one seed have in common, and no others.
    pub(super) fn fingerprint(&self) -> u64 {
        let node = self.node.as_ref().expect("the engine runs between crashes");
        let digests = node.processors.iter().map(|processor| processor.state().digest());
        digests.fold(self.boot, |sum, digest| sum.rotate_left(7) ^ digest)
    }
}

/// A collector for so many posts, beyond any budget.
fn collector(posts: usize) -> (Arc<AnswerCollector>, oneshot::Receiver<Answers>) {
    let budget = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("it is free");
    let (collector, answers) = AnswerCollector::new(posts, budget);
    (Arc::new(collector), answers)
}
