//! The world of one seed: a shop and its network, the people there and what goes wrong, in virtual time and one thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use flashtag::domain::command::Command;
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::heard_posts::HeardPosts;
use flashtag::domain::id::{Account, EffectKey, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::stream::live::Health;
use flashtag::journal::{FileStore, LogStore, Options, SimDisk};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::attestor::Finding;
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::queue::lane::Lane;
use flashtag::outbox::runner::RunnerLimits;
use flashtag::partition::codec;
use networks::Post;
use networks::crowd::{self, Crowd, Deed, Habits};
use tokio::runtime::Runtime;

use super::engine::{Engine, Setup, Stored};
use super::faults::{Fault, Weather};
use super::line::Line;
use super::peer::Peer;
use super::reader::Read;
use super::relays::Relays;
use super::shop::{shop, tags};
use super::time::Time;
use crate::simulator::crowd::Crowd as OtherPeople;
use crate::simulator::node::{directory, options};
use crate::simulator::plan::Plan;
use crate::simulator::providers::Providers;
use crate::simulator::shop::Shop;
use crate::test_rng::TestRng;

/// When a world begins: 2026-11-30T15:00:00Z.
pub(super) fn begin() -> Timestamp {
    Timestamp::from_ms(1_796_050_800_000)
}

/// How long the shop has been there when the sale opens.
const BEFORE_OPENING: Millis = Millis::from_secs(120);

/// Steps in which the server of some authors may go away once.
const AWAY_ONE_IN: usize = 120;

/// The longest time after the faults in which everything must be settled.
const CALM: Millis = Millis::from_secs(8 * 3_600);

/// What left for the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// The post that it answers.
    pub(super) answers: Option<PostId>,
    /// The text of the first attempt: after a restart it is written anew, with another deadline.
    pub(super) text: Arc<str>,
}

/// A result on its way to the outbox.
enum Answer {
    /// Of an attempt.
    Attempt(DeliveryKey, AttemptResult),
    /// Of a reading of an order's posts.
    Reading(EffectKey, Finding),
}

pub(super) struct World<P: Peer> {
    seed: u64,
    pub(super) reading: &'static str,
    dice: TestRng,
    plan: Plan,
    pub(super) shop: Shop,
    own: Account,
    pub(super) time: Time,
    pub(super) line: Line<P>,
    crowd: Crowd,
    pub(super) relays: Relays,
    others: OtherPeople,
    pub(super) providers: Providers,
    runtime: Runtime,
    stored: Stored,
    engine: Option<Engine<P>>,
    boot: u64,
    /// The results on their way, each with the boot of the process that waits for it.
    results: BTreeMap<(Timestamp, u64), (u64, Answer)>,
    counted: u64,
    /// Whether the network remembers every event.
    pub(super) keeps_all: bool,
    /// Everything that was posted at the network, in order.
    pub(super) posts: Vec<Post>,
    position: u64,
    /// Posts that their authors deleted.
    pub(super) deleted: BTreeSet<String>,
    /// How often the reading of an order's posts found what.
    pub(super) findings: BTreeMap<&'static str, u64>,
    /// When a cursor was first stored: nothing behind it may be missed.
    pub(super) reads_since: Option<Timestamp>,
    /// The answers to what was heard.
    pub(super) decided: HashMap<PostId, Vec<Outcome>>,
    /// Times of which posts may be missing, as the source told.
    pub(super) gaps: Vec<(Timestamp, Timestamp)>,
    /// Gaps that were told before anything had come.
    pub(super) first_gaps: usize,
    /// What left for the network, by the key of its delivery.
    pub(super) sent: BTreeMap<String, Sent>,
}

impl<P: Peer> World<P> {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = TestRng::new(seed);
        let mut plan = Plan::new(&mut dice);
        plan.heal();
        plan.partitions = 1 + dice.below(2) as u32;
        let time = Time::new(begin());
        let keeps_all = dice.below(4) > 0;
        let mut peer = P::found(if keeps_all { 100_000 } else { 40 }, begin().ms());
        let own = peer.shop(begin().ms());
        let crowd = crowd(&mut dice, seed, P::SHOP, P::SUFFIX);
        let authors = crowd.join(&mut peer, begin().ms());
        let accounts: Vec<Account> = authors.iter().map(|author| P::account(&author.id)).collect();
        let shop = shop(&mut dice, own.clone(), P::SHOP, &accounts, begin().plus(BEFORE_OPENING));
        let line = Line::new(peer, Weather::new(dice.split()), time.clone(), seed);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut world = Self {
            seed,
            reading: *dice.pick::<&'static str>(P::READINGS),
            plan: plan.clone(),
            others: OtherPeople::new(&plan, &shop),
            providers: Providers::new(plan.providers, dice.split()),
            shop,
            own,
            time,
            line,
            crowd,
            relays: Relays::new(authors, dice.split()),
            runtime,
            stored: Stored { disk: SimDisk::new(), cursor: None, token: Arc::default() },
            engine: None,
            boot: 0,
            results: BTreeMap::new(),
            counted: 0,
            keeps_all,
            posts: Vec::new(),
            position: 0,
            deleted: BTreeSet::new(),
            findings: BTreeMap::new(),
            reads_since: None,
            decided: HashMap::new(),
            gaps: Vec::new(),
            first_gaps: 0,
            sent: BTreeMap::new(),
            dice,
        };
        world.start();
        world
    }

    fn setup(&self) -> Setup<'_, P> {
        let Self { plan, shop, own, reading, line, time, seed, boot, .. } = self;
        Setup { plan, shop, own, reading, line, time, seed: seed.wrapping_add(*boot) }
    }

    fn start(&mut self) {
        self.boot += 1;
        self.engine = Some(Engine::start(&self.setup(), &self.stored));
    }

    fn engine(&mut self) -> &mut Engine<P> {
        self.engine.as_mut().expect("the engine runs between crashes")
    }

    /// Draws whether something goes wrong within the shop.
    fn strike(&self, fault: Fault, one_in: usize) -> bool {
        let mut ends = self.line.ends();
        ends.weather.below(one_in) == 0 && ends.weather.strike(&[fault]).is_some()
    }

    /// Runs one random step.
    pub(super) fn turn(&mut self) {
        let pause = *self.dice.pick(&[0, 0, 20, 100, 400, 1_000, 2_000]);
        self.pass(Millis::from_ms(pause));
        if self.strike(Fault::Kill, 25) {
            return self.crash(false);
        }
        if self.strike(Fault::PowerLoss, 40) {
            return self.crash(true);
        }
        if self.strike(Fault::ClockStep, 60) {
            let skew = *self.dice.pick(&[-9_000, -2_000, -300, 0, 700, 2_000, 9_000]);
            self.time.set_clock(skew);
        }
        if P::IS_RELAYED && self.strike(Fault::Lie, 20) {
            self.relays.lie(&mut self.line.ends());
        }
        if P::IS_RELAYED && self.strike(Fault::AuthorsAway, AWAY_ONE_IN) {
            self.relays.take_authors_away(&mut self.line.ends());
        }
        let before = self.counted;
        match self.dice.below(10) {
            0..=3 => self.read(),
            4..=6 => drop(self.commit()),
            7 | 8 => {
                let most = 1 + self.dice.below(3);
                self.send_out(most);
            }
            _ => self.tick(),
        }
        // What was just done outside is not known of by any record.
        if self.counted > before && self.strike(Fault::Kill, 5) {
            return self.crash(false);
        }
        self.let_answer();
        self.operate();
    }

    fn pass(&mut self, time: Millis) {
        self.time.pass(time);
        self.live();
    }

    /// Lets people read, post and delete, and lets late requests arrive.
    fn live(&mut self) {
        let now_ms = self.time.network().ms();
        self.providers.run_to(self.time.network());
        let mut ends = self.line.ends();
        ends.deliver_late();
        for act in self.crowd.step(&mut ends.peer, now_ms) {
            if act.deed == Deed::Deletes {
                self.deleted.extend(act.about);
            }
        }
        let posts = ends.peer.posts_since(self.position, 10_000);
        self.position = posts.iter().map(|post| post.position).max().unwrap_or(self.position);
        posts.iter().for_each(|post| self.relays.pass_on(post, &mut ends));
        self.posts.extend(posts);
    }

    fn read(&mut self) {
        let Self { engine, stored, decided, gaps, first_gaps, reads_since, time, .. } = self;
        let engine = engine.as_mut().expect("the engine runs between crashes");
        if engine.is_signed_out() {
            return;
        }
        let read =
            engine.reader.step(&mut engine.node, &mut stored.cursor).expect("a live stream has no failures");
        let gap = engine.reader.take_gap();
        *first_gaps += usize::from(gap.is_some() && decided.is_empty());
        // A gap is told by the machine's clock, which may be set, and posts have the network's time.
        let apart = time.engine().since(time.network()).max(time.network().since(time.engine()));
        gaps.extend(gap.map(|(from, to)| (from.minus(apart), to.plus(apart))));
        if stored.cursor.is_some() {
            reads_since.get_or_insert(time.network());
        }
        if let Read::Decided(outcomes) = read {
            for (post, outcome) in outcomes {
                decided.entry(post.id).or_default().push(outcome);
            }
        }
        self.live();
    }

    fn commit(&mut self) -> bool {
        let partitions = self.plan.partitions as usize;
        let node = &mut self.engine().node;
        (0..partitions)
            .fold(false, |done, no| done | node.commit(no, |_, _, _| {}).expect("the disk is well"))
    }

    fn tick(&mut self) {
        for partition in 0..self.plan.partitions as usize {
            self.engine().node.operate(partition, &Command::ExpireDue);
        }
    }

    /// Sends what is due. Returns whether something was.
    fn send_out(&mut self, most: usize) -> bool {
        let mut sent = 0;
        while sent < most {
            let node = &mut self.engine().node;
            let now = node.now();
            let money = node.outbox.take_due_money(now);
            let next = money.or_else(|| Lane::all().find_map(|lane| node.outbox.take_due(now, lane)));
            let Some(attempt) = next else { break };
            self.carry_out(attempt);
            sent += 1;
        }
        while sent < most {
            let node = &mut self.engine().node;
            let Some((key, heard)) = node.outbox.take_attestation(node.now()) else { break };
            self.read_again(key, &heard);
            sent += 1;
        }
        while sent < most {
            let node = &mut self.engine().node;
            let Some((partition, report)) = node.outbox.take_report(node.now()) else { break };
            self.report(partition, report);
            sent += 1;
        }
        sent > 0
    }

    fn carry_out(&mut self, attempt: Attempt) {
        if attempt.effect.network().is_none() {
            let Self { engine, providers, others, time, boot, .. } = self;
            let order = engine.as_ref().and_then(|engine| engine.node.order_name(&attempt));
            return providers.carry(time.network(), *boot, attempt, order, others);
        }
        let key = attempt.key.clone();
        let answers = match &attempt.effect {
            Effect::Reply(request) => Some(request.post.clone()),
            _ => None,
        };
        let text = attempt.text.clone().expect("what is posted has a text");
        let result = self.engine.as_ref().expect("the engine runs").reply(&self.runtime, attempt);
        self.sent.entry(key.to_string()).or_insert(Sent { answers, text });
        self.answer_later(Answer::Attempt(key, result));
        self.live();
    }

    /// Reads the posts of an order again. One that takes too long has reached nobody, as the runner has it.
    fn read_again(&mut self, key: EffectKey, heard: &HeardPosts) {
        let began = self.time.network();
        let read = self.engine.as_ref().expect("the engine runs").attest(&self.runtime, &heard.posts);
        let is_late = self.time.network().since(began) > RunnerLimits::default().attestation;
        let finding = if is_late { Finding::Unreachable } else { read };
        *self.findings.entry(finding.name()).or_default() += 1;
        self.answer_later(Answer::Reading(key, finding));
        self.live();
    }

    fn answer_later(&mut self, answer: Answer) {
        self.counted += 1;
        let due = self.time.network().plus(Millis::from_ms(self.dice.below(300) as i64));
        self.results.insert((due, self.counted), (self.boot, answer));
    }

    /// Hands results that have arrived to the outbox. Returns whether there were any.
    fn let_answer(&mut self) -> bool {
        let now = self.time.network();
        let mut any = false;
        while let Some((key, result)) = self.providers.next_answer(now, self.boot) {
            self.settle_one(&key, result);
            any = true;
        }
        while let Some(entry) = self.results.first_entry()
            && entry.key().0 <= now
        {
            let (boot, answer) = entry.remove();
            match answer {
                _ if boot != self.boot => {}
                Answer::Attempt(key, result) => self.settle_one(&key, result),
                Answer::Reading(key, finding) => self.settle_reading(key, finding),
            }
            any = true;
        }
        any
    }

    fn settle_one(&mut self, key: &DeliveryKey, result: AttemptResult) {
        let node = &mut self.engine().node;
        if let Some(report) = node.outbox.settle(node.now(), key, result) {
            self.report(key.partition(), report);
        }
    }

    fn settle_reading(&mut self, key: EffectKey, finding: Finding) {
        let node = &mut self.engine().node;
        if let Some(report) = node.outbox.settle_attestation(node.now(), key, finding) {
            self.report(key.partition, report);
        }
    }

    fn report(&mut self, partition: u32, report: flashtag::domain::command::Report) {
        while !self.engine().node.report(partition, vec![report.clone()]) {
            self.commit();
        }
    }

    /// An operator connects an account that is signed out, sooner or later.
    fn operate(&mut self) {
        if self.dice.below(20) == 0 && self.engine().is_signed_out() {
            self.connect();
        }
    }

    fn connect(&mut self) {
        let mut engine = self.engine.take().expect("the engine runs");
        engine.connect(&self.setup(), &self.stored);
        self.engine = Some(engine);
    }

    /// Ends the process, perhaps with the machine, and starts it again, perhaps much later.
    fn crash(&mut self, with_power: bool) {
        self.engine = None;
        let dice = &mut self.dice;
        if with_power {
            self.stored.disk.crash(|_| dice.below(2) as u64);
        } else {
            self.stored.disk.restart();
        }
        let away = *dice.pick(&[0, 100, 2_000, 20_000, 200_000]);
        // The network does not stand still meanwhile.
        for _ in 0..10 {
            self.pass(Millis::from_ms(away / 10));
        }
        self.start();
    }

    /// Ends all faults, and runs until everything is settled.
    pub(super) fn settle(&mut self) {
        self.line.ends().weather.calm();
        self.time.set_clock(0);
        let last = self.time.network().plus(CALM);
        let mut quiet = 0;
        // A while longer than anything is due, so that what comes late has come.
        while quiet < 150 {
            self.pass(Millis::from_secs(1));
            if self.engine().is_signed_out() {
                self.connect();
            }
            self.tick();
            self.read();
            let mut busy = true;
            while busy {
                busy = self.commit() | self.send_out(usize::MAX) | self.let_answer();
            }
            quiet = if self.is_settled() { quiet + 1 } else { 0 };
            let health = self.engine().reader.health();
            assert!(
                self.time.network() < last,
                "after {CALM} without faults {} people will act, the reader is {health:?}, the outbox has {:?}",
                self.crowd.next_at_ms().is_some(),
                self.engine().node.outbox.pending_effects()
            );
        }
    }

    fn is_settled(&mut self) -> bool {
        let goes_on = self.crowd.next_at_ms().is_some();
        let engine = self.engine();
        let is_read = engine.reader.is_idle() && engine.reader.health() == Health::Live;
        !goes_on && is_read && !engine.node.is_pending()
    }

    /// Every record of every partition, in order.
    pub(super) fn history(&mut self) -> Vec<(u32, u64, Record)> {
        self.engine = None;
        let mut history = Vec::new();
        for no in 0..self.plan.partitions {
            let store = FileStore::new(Arc::new(self.stored.disk.clone()), &directory(no), no);
            let options = Options { replay_from: 1, ..options(&self.plan) };
            let read = store.read(options, &mut |sequence, payload| {
                history.push((no, sequence, codec::decode(payload)?.1));
                Ok(())
            });
            read.expect("the journal can be read");
        }
        history
    }
}

fn crowd(dice: &mut TestRng, seed: u64, shop: &str, suffix: &str) -> Crowd {
    Crowd::new(crowd::Plan {
        shop: shop.to_owned(),
        suffix: suffix.to_owned(),
        tags: tags(),
        people: 5 + dice.below(14) as u32,
        claim_median_ms: *dice.pick(&[5_000, 60_000, 200_000]),
        reaction_median_ms: *dice.pick(&[5_000, 60_000, 200_000]),
        habits: Habits { deletes: 0.1, ..Habits::default() },
        seed,
    })
}
