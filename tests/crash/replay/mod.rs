//! A restart changes no decision: a partition that was rebuilt from its records, after any of them, or from a
//! snapshot and the later records, equals the one that never stopped, and goes on like it.
//!
//! A restart forgets only refusals, which are not journaled: a refused post that is delivered again is judged
//! anew, may be notified anew, and does not count against its account's pace any more.

mod crowd;
mod day;
mod feed;
mod journal_fixture;
mod providers;
mod sale;
mod snapshots;
mod state_comparison;

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
use self::journal_fixture::JournalFixture;
use crate::event_coverage::EventCoverage;

const SEEDS: u64 = 100;
const TURNS: usize = 600;

fn record(bytes: &[u8]) -> Record {
    codec::decode(bytes).expect("a record").1
}

/// Replays stored records, as a start does.
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

/// The part of an answer that does not depend on refusals before the last restart.
fn words(answer: Option<&Answer>) -> impl PartialEq + std::fmt::Debug {
    answer.map(|answer| {
        let Answer { post, outcome, reservation, units, place, transacted, .. } = answer;
        (post.clone(), *outcome, *reservation, *units, *place, transacted.clone())
    })
}

/// A day of a partition that never stops, and of one that restarts now and then.
struct Trial {
    seed: u64,
    day: Day,
    unstopped: PartitionState,
    stopped: PartitionState,
    /// Replays record by record, so at each record it is the replay of a prefix.
    follower: PartitionState,
    stored: Vec<Vec<u8>>,
    /// Each command, its time, and the number of records before it.
    asked: Vec<(Timestamp, Command, usize)>,
    /// The same records in a journal from which snapshots are taken.
    fixture: JournalFixture,
    /// Restarts from a snapshot.
    snapped: u32,
    /// Posts that were refused as too fast.
    braked: u32,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let [unstopped, stopped, follower] = [0; 3].map(PartitionState::new);
        let (day, stored, fixture) = (Day::new(seed), Vec::new(), JournalFixture::default());
        let asked = Vec::new();
        Self { seed, day, unstopped, stopped, follower, stored, asked, fixture, snapped: 0, braked: 0 }
    }

    fn run(seed: u64) -> Self {
        let mut trial = Self::new(seed);
        for _ in 0..TURNS {
            let command = trial.day.next();
            if trial.is_paced_alike(&command) {
                trial.turn(&command);
            }
            if trial.day.rng.below(10) == 0 {
                trial.restart();
                assert_same(&trial.stopped, &trial.unstopped, seed);
            }
        }
        trial
    }

    /// Restarts from all records every other time, else from an old snapshot, a new one, or none.
    fn restart(&mut self) {
        if self.day.rng.below(2) == 0 {
            self.stopped = replayed(&self.stored);
            return;
        }
        self.fixture.append(&self.stored);
        let reach = *self.day.rng.pick(&[Reach::Sealed, Reach::All]);
        let retain = *self.day.rng.pick(&[Retain::History, Retain::Snapshots(1), Retain::Snapshots(2)]);
        self.fixture.take(retain, reach).expect("a sound disk");
        let found = self.fixture.restart().expect("a sound journal");
        self.snapped += u32::from(found.snapshot.is_some());
        self.stopped = found.partition;
    }

    /// Both partitions decide the command, and must decide the same.
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

    /// Whether both partitions judge the account's pace alike. A restart forgets refused posts, so an account
    /// may be too fast only for the partition that never stopped, never only for the other one; such a post
    /// is held back.
    fn is_paced_alike(&self, command: &Command) -> bool {
        let Command::Say(post) = command else { return true };
        self.unstopped.offers().all(|(no, offer)| {
            let Some(pace) = offer.terms().rules.pace else { return true };
            let campaign = self.unstopped.campaign_of(no).expect("the campaign of an offer");
            let too_fast = |partition| self.is_too_fast(partition, campaign, &post.account, pace);
            let (unstopped, stopped) = (too_fast(&self.unstopped), too_fast(&self.stopped));
            assert!(unstopped || !stopped, "seed {}: a restart makes {} too fast", self.seed, post.account);
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
fn a_replay_of_any_prefix_equals_the_partition_that_wrote_it() {
    let (mut records, mut braked, mut snapped, mut coverage) = (0, 0, 0, EventCoverage::default());
    for seed in 1..=SEEDS {
        let trial = Trial::run(seed);
        (records, braked) = (records + trial.stored.len(), braked + trial.braked);
        snapped += trial.snapped;
        let decisions = trial.stored.iter().map(|bytes| record(bytes).decision);
        decisions.flat_map(|decision| decision.events).for_each(|event| coverage.see(&event));
    }
    assert!(records as u64 > 100 * SEEDS, "there were many records: {records} records");
    assert!(u64::from(snapped) > 20 * SEEDS, "few restarts began with a snapshot: {snapped}");
    assert!(braked as u64 > SEEDS, "few posts were too fast: {braked}");
    coverage.assert_all_seen();
}

#[test]
fn every_prefix_of_the_records_replays_the_same_twice() {
    let stored = Trial::run(SEEDS + 1).stored;
    let mut follower = PartitionState::new(0);
    for (sequence, bytes) in (1..).zip(&stored) {
        follower.replay(sequence, &record(bytes));
        let fresh = replayed(&stored[..sequence as usize]);
        assert_same(&fresh, &follower, SEEDS + 1);
    }
}
