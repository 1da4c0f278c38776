//! A restart is no event: a partition that was brought back from its records, after any of them, or from a
//! snapshot and the records behind it, is the one that was never stopped, and goes on as that one does.
//!
//! What a restart forgets are refusals, which are not journaled: a refused post that is delivered again is
//! judged anew, may be explained anew, and counts no more against its account's pace.

mod crowd;
mod day;
mod feed;
mod providers;
mod sale;
mod shelf;
mod snapshots;
mod whole;

use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::config::serve::Retain;
use flashtag::domain::answer::Answer;
use flashtag::domain::command::Command;
use flashtag::domain::decision::Record;
use flashtag::domain::id::Account;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::PostRate;
use flashtag::domain::time::Timestamp;
use flashtag::partition::codec;
use flashtag::partition::snapshot::Reach;

use self::day::Day;
use self::shelf::Shelf;
use crate::kinds::Kinds;

const SEEDS: u64 = 100;
const TURNS: usize = 600;

fn record(bytes: &[u8]) -> Record {
    codec::decode(bytes).expect("a record").1
}

/// A partition from records in their stored form: what a start does.
fn replayed(stored: &[Vec<u8>]) -> PartitionState {
    let mut partition = PartitionState::new(0);
    for (sequence, bytes) in (1..).zip(stored) {
        partition.replay(sequence, &record(bytes));
    }
    partition
}

fn assert_same(restarted: &PartitionState, unstopped: &PartitionState, seed: u64) {
    let at = unstopped.last_sequence();
    assert_eq!(restarted.digest(), unstopped.digest(), "seed {seed}, after record {at}");
    assert_eq!(restarted.last_sequence(), at, "seed {seed}");
    assert_eq!(restarted.next_deadline(), unstopped.next_deadline(), "seed {seed}, after record {at}");
    assert_eq!(restarted.is_pending(), unstopped.is_pending(), "seed {seed}, after record {at}");
    let offers = |partition: &PartitionState| -> Vec<_> {
        let captured = |no| partition.counters_of(no).map(|counters| counters.captured);
        let offers = partition.offers();
        offers.map(|(no, offer)| (offer.counts(), offer.next_deadline(), captured(no))).collect()
    };
    assert_eq!(offers(restarted), offers(unstopped), "seed {seed}, after record {at}");
    let credits = |partition: &PartitionState| -> Vec<_> {
        partition.credits().map(|(_, offer)| (offer.counts(), offer.next_deadline())).collect()
    };
    assert_eq!(credits(restarted), credits(unstopped), "seed {seed}, after record {at}");
}

/// What does not hang on refusals of before the last restart.
fn words(answer: Option<&Answer>) -> impl PartialEq + std::fmt::Debug {
    answer.map(|answer| {
        let Answer { post, outcome, reservation, units, place, transacted, .. } = answer;
        (post.clone(), *outcome, *reservation, *units, *place, transacted.clone())
    })
}

/// A day of a partition that is never stopped, and of one that is stopped now and then.
struct Trial {
    seed: u64,
    day: Day,
    unstopped: PartitionState,
    stopped: PartitionState,
    /// Follows record by record: at each of its ends it is the replay of a prefix.
    follower: PartitionState,
    stored: Vec<Vec<u8>>,
    /// What was asked, when, and how many records there were by then.
    asked: Vec<(Timestamp, Command, usize)>,
    /// The same records in a journal, of which snapshots are taken.
    shelf: Shelf,
    /// Restarts that began with a snapshot.
    snapped: u32,
    /// Posts that came too fast.
    braked: u32,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let [unstopped, stopped, follower] = [0; 3].map(PartitionState::new);
        let (day, stored, shelf) = (Day::new(seed), Vec::new(), Shelf::default());
        let asked = Vec::new();
        Self { seed, day, unstopped, stopped, follower, stored, asked, shelf, snapped: 0, braked: 0 }
    }

    fn run(seed: u64) -> Self {
        let mut trial = Self::new(seed);
        for _ in 0..TURNS {
            let command = trial.day.next();
            if trial.is_paced_alike(&command) {
                trial.turn(&command);
            }
            if trial.day.dice.roll(10) == 0 {
                trial.restart();
                assert_same(&trial.stopped, &trial.unstopped, seed);
            }
        }
        trial
    }

    /// Every other time from all records, and else from a snapshot that is old, or just taken, or none.
    fn restart(&mut self) {
        if self.day.dice.roll(2) == 0 {
            self.stopped = replayed(&self.stored);
            return;
        }
        self.shelf.append(&self.stored);
        let reach = *self.day.dice.pick(&[Reach::Sealed, Reach::All]);
        let retain = *self.day.dice.pick(&[Retain::History, Retain::Snapshots(1), Retain::Snapshots(2)]);
        self.shelf.take(retain, reach).expect("a sound disk");
        let found = self.shelf.restart().expect("a sound journal");
        self.snapped += u32::from(found.snapshot.is_some());
        self.stopped = found.partition;
    }

    /// Both take the turn, and decide the same.
    fn turn(&mut self, command: &Command) {
        let (seed, now) = (self.seed, self.day.now);
        self.asked.push((now, command.clone(), self.stored.len()));
        let (mut batch, mut again) = (DecisionBatch::default(), DecisionBatch::default());
        let answer = self.unstopped.turn(now, command, &mut batch);
        let same = self.stopped.turn(now, command, &mut again);
        assert_eq!(batch.records, again.records, "seed {seed}: {command:?}");
        assert_eq!(words(answer.as_ref()), words(same.as_ref()), "seed {seed}: {command:?}");
        for (sequence, record) in &batch.records {
            self.follower.replay(*sequence, record);
            self.stored.push(codec::encode(KeyForm::Bare, record, Vec::new()));
        }
        assert_same(&self.follower, &self.unstopped, seed);
        assert_same(&self.stopped, &self.unstopped, seed);
        self.day.learn(command, answer.as_ref(), &batch);
        self.braked += u32::from(answer.is_some_and(|answer| answer.outcome == Outcome::RateLimited));
    }

    /// Whether a post finds its account as fast, or as slow, in both. A restart forgets refused posts, so
    /// an account may be too fast for the partition that was never stopped only, and never the other way
    /// round; such a post is kept back.
    fn is_paced_alike(&self, command: &Command) -> bool {
        let Command::Say(said) = command else { return true };
        self.unstopped.offers().all(|(no, offer)| {
            let Some(pace) = offer.terms().rules.pace else { return true };
            let campaign = self.unstopped.campaign_of(no).expect("the campaign of an offer");
            let too_fast = |partition| self.is_too_fast(partition, campaign, &said.account, pace);
            let (unstopped, stopped) = (too_fast(&self.unstopped), too_fast(&self.stopped));
            assert!(unstopped || !stopped, "seed {}: a restart makes {} too fast", self.seed, said.account);
            unstopped == stopped
        })
    }

    fn is_too_fast(
        &self,
        partition: &PartitionState,
        campaign: usize,
        account: &Account,
        pace: PostRate,
    ) -> bool {
        // Journal time is never before the clock's.
        let now = self.day.now.max(partition.journal_time());
        let session = partition.campaigns()[campaign].session(account);
        session.is_some_and(|session| session.is_too_fast(now, pace))
    }
}

#[test]
fn a_partition_from_any_prefix_of_its_records_is_the_one_that_wrote_them() {
    let (mut records, mut braked, mut snapped, mut kinds) = (0, 0, 0, Kinds::default());
    for seed in 1..=SEEDS {
        let trial = Trial::run(seed);
        (records, braked) = (records + trial.stored.len(), braked + trial.braked);
        snapped += trial.snapped;
        let decisions = trial.stored.iter().map(|bytes| record(bytes).decision);
        decisions.flat_map(|decision| decision.events).for_each(|event| kinds.see(&event));
    }
    assert!(records as u64 > 100 * SEEDS, "much happened: {records} records");
    assert!(u64::from(snapped) > 20 * SEEDS, "few restarts began with a snapshot: {snapped}");
    assert!(braked as u64 > SEEDS, "few posts were too fast: {braked}");
    kinds.assert_all_seen();
}

#[test]
fn every_prefix_of_a_partitions_records_replays_the_same_twice() {
    let stored = Trial::run(SEEDS + 1).stored;
    let mut follower = PartitionState::new(0);
    for (sequence, bytes) in (1..).zip(&stored) {
        follower.replay(sequence, &record(bytes));
        let fresh = replayed(&stored[..sequence as usize]);
        assert_same(&fresh, &follower, SEEDS + 1);
    }
}
