//! The queue of effects that are not done: what is due next, what is under way, what was given up.

use std::collections::{HashMap, VecDeque};

use compact_str::{CompactString, format_compact};

use super::attempt::{Attempt, Attempted, DeadLetter, report_declined, report_done};
use super::key::DeliveryKey;
use super::lane::{Bounds, Lane, LaneQueue, Rank, Slot};
use super::retry::RetryPolicy;
use crate::domain::command::Report;
use crate::domain::decision::Record;
use crate::domain::effect::{Effect, Notice};
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::time::{Millis, Timestamp};

/// How old the reply to a refused post may be when it leaves; later it only confuses.
pub const REFUSAL_STALE: Millis = Millis::from_secs(60);

/// How long a card provider is sure to remember a key. What is older is looked up before it is sent:
/// to a provider that forgot the key, the same payment would be a new one.
pub const KEY_REMEMBERED: Millis = Millis::from_secs(24 * 3600);

/// The effects not yet done. Synchronous, and told the time: it can be run at any speed.
#[derive(Debug)]
pub struct Outbox {
    policy: RetryPolicy,
    seed: u64,
    bounds: Bounds,
    next_turn: u64,
    entries: HashMap<EffectKey, Entry, foldhash::fast::FixedState>,
    cards: LaneQueue,
    replies: LaneQueue,
    emails: LaneQueue,
    orders: LaneQueue,
    refusals: VecDeque<Refused>,
    refusals_in_flight: usize,
    refusals_dropped: u64,
    dead_letters: VecDeque<DeadLetter>,
    dead_letters_total: u64,
}

/// A reply to a refused post.
#[derive(Debug)]
struct Refused {
    at: Timestamp,
    partition: u32,
    notice: Notice,
}

#[derive(Debug)]
struct Entry {
    effect: Effect,
    recorded_at: Timestamp,
    turn: u64,
    /// Attempts that were begun.
    attempts: u32,
    /// Whether the provider may have done it.
    doubtful: bool,
    /// Whether the provider said that it never saw the key.
    unseen: bool,
    /// When the next attempt is due; none while one is under way.
    due: Option<Timestamp>,
}

impl Entry {
    fn slot(&self) -> Option<Slot> {
        self.due.map(|due| Slot { due, turn: self.turn })
    }
}

impl Outbox {
    /// An empty outbox. The seed decides nothing but the jitter of its retries.
    #[must_use]
    pub fn new(policy: RetryPolicy, bounds: Bounds, seed: u64) -> Self {
        Self {
            policy,
            seed,
            bounds,
            next_turn: 0,
            entries: HashMap::default(),
            cards: LaneQueue::new(bounds.cards),
            replies: LaneQueue::new(bounds.replies),
            emails: LaneQueue::new(bounds.emails),
            orders: LaneQueue::new(bounds.orders),
            refusals: VecDeque::new(),
            refusals_in_flight: 0,
            refusals_dropped: 0,
            dead_letters: VecDeque::new(),
            dead_letters_total: 0,
        }
    }

    /// Takes an effect whose record is durable; it is due at once. One that is here already changes
    /// nothing.
    pub fn accept(&mut self, now: Timestamp, key: EffectKey, recorded_at: Timestamp, effect: Effect) {
        if self.entries.contains_key(&key) {
            return;
        }
        let turn = self.next_turn;
        self.next_turn += 1;
        let (attempts, doubtful, unseen) = (0, false, false);
        let entry = Entry { effect, recorded_at, turn, attempts, doubtful, unseen, due: None };
        self.entries.insert(key, entry);
        self.wait_until(key, now);
    }

    /// Takes the reply to a refused post, which no record holds: it leaves when nothing better has to,
    /// is tried once, and is dropped when there are too many of them or when it is stale.
    pub fn best_effort(&mut self, now: Timestamp, partition: u32, notice: Notice) {
        if self.refusals.len() < self.bounds.refusals {
            self.refusals.push_back(Refused { at: now, partition, notice });
        } else {
            self.refusals_dropped += 1;
        }
    }

    /// Forgets an effect that the journal says is done.
    pub fn done(&mut self, key: EffectKey) {
        let Some(entry) = self.entries.remove(&key) else { return };
        let lane = Lane::of(&entry.effect);
        match entry.slot() {
            Some(slot) => self.lane_mut(lane).remove(Rank::of(&entry.effect), slot),
            None => self.lane_mut(lane).arrive(),
        }
    }

    /// Takes a record of the journal during recovery: what it settles goes, what it asks for comes.
    pub fn replay(&mut self, partition: u32, sequence: u64, record: &Record) {
        for key in record.decision.events.iter().flat_map(Event::settles).copied() {
            self.done(key);
        }
        for (effect, index) in record.decision.effects.iter().zip(0..) {
            let key = EffectKey { partition, sequence, index };
            self.accept(record.at, key, record.at, effect.clone());
        }
    }

    /// When [`Self::take_due`] has something next, as long as nothing else happens: the lanes that are
    /// full wait for answers, not for time. May have passed already.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let lanes = Lane::ALL.into_iter().map(|lane| self.lane(lane)).filter(|lane| lane.has_room());
        let effects = lanes.filter_map(LaneQueue::next_due).min();
        let refusal = self.refusals.front().filter(|_| self.replies.has_room()).map(|refused| refused.at);
        [effects, refusal].into_iter().flatten().min()
    }

    /// Begins the next attempt of a lane, if one is due and the lane has room. It must be settled.
    pub fn take_due(&mut self, now: Timestamp, lane: Lane) -> Option<Attempt> {
        if !self.lane(lane).has_room() {
            return None;
        }
        let attempt = match self.lane_mut(lane).pop_due(now) {
            Some(key) => self.begin(now, key),
            None if lane == Lane::Replies => self.take_refusal(now)?,
            None => return None,
        };
        self.lane_mut(lane).depart();
        Some(attempt)
    }

    /// Takes the answer to an attempt, and tells what the campaign must hear, if that was the last
    /// word. An answer to nothing that is under way changes nothing.
    pub fn settle(&mut self, now: Timestamp, key: &DeliveryKey, attempted: Attempted) -> Option<Report> {
        let DeliveryKey::Effect(key) = *key else {
            self.settle_refusal();
            return None;
        };
        let entry = self.entries.get_mut(&key).filter(|entry| entry.due.is_none())?;
        let effect = &entry.effect;
        let verdict = match attempted.bounded() {
            Attempted::Done { reference, at } => Verdict::Over(report_done(key, effect, reference, at)),
            Attempted::Declined { reason } => match report_declined(key, effect, &reason) {
                Some(report) => Verdict::Over(report),
                None => Verdict::Hopeless(format_compact!("declined: {reason}")),
            },
            Attempted::Failed { error, permanent: true } => Verdict::Hopeless(error),
            Attempted::Failed { error, permanent: false } => Verdict::Retry(error),
            Attempted::Unknown { error } => {
                (entry.doubtful, entry.unseen) = (true, false);
                Verdict::Retry(error)
            }
            Attempted::NotFound => {
                (entry.doubtful, entry.unseen) = (false, true);
                Verdict::SendAgain
            }
        };
        let lane = Lane::of(&entry.effect);
        self.lane_mut(lane).arrive();
        self.conclude(now, key, verdict)
    }

    /// Effects not yet done, those under way among them.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.entries.len()
    }

    /// The pending effects with the time of their records, in the order of their keys.
    #[must_use]
    pub fn pending_effects(&self) -> Vec<(EffectKey, Timestamp, &Effect)> {
        let each = self.entries.iter().map(|(key, entry)| (*key, entry.recorded_at, &entry.effect));
        let mut effects: Vec<_> = each.collect();
        effects.sort_unstable_by_key(|(key, ..)| *key);
        effects
    }

    /// Whether nothing waits and nothing is under way, refusals among it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.refusals.is_empty() && self.refusals_in_flight == 0
    }

    /// Attempts of a lane that are under way.
    #[must_use]
    pub fn in_flight(&self, lane: Lane) -> usize {
        self.lane(lane).in_flight()
    }

    /// The effects given up last, oldest first, as many as are kept.
    pub fn dead_letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead_letters.iter()
    }

    /// How many effects were given up since the start.
    #[must_use]
    pub fn dead_letters_total(&self) -> u64 {
        self.dead_letters_total
    }

    /// How many replies to refused posts were not even tried.
    #[must_use]
    pub fn refusals_dropped(&self) -> u64 {
        self.refusals_dropped
    }

    fn begin(&mut self, now: Timestamp, key: EffectKey) -> Attempt {
        let entry = self.entries.get_mut(&key).expect("what waits in a lane has an entry");
        entry.attempts = entry.attempts.saturating_add(1);
        entry.due = None;
        let payment = Lane::of(&entry.effect) == Lane::Cards;
        let forgotten = now.since(entry.recorded_at) >= KEY_REMEMBERED && !entry.unseen;
        Attempt {
            key: key.into(),
            effect: entry.effect.clone(),
            number: entry.attempts,
            look_up: payment && (entry.doubtful || forgotten),
            recorded_at: entry.recorded_at,
        }
    }

    fn take_refusal(&mut self, now: Timestamp) -> Option<Attempt> {
        while let Some(Refused { at: recorded_at, partition, notice }) = self.refusals.pop_front() {
            if now.since(recorded_at) > REFUSAL_STALE {
                self.refusals_dropped += 1;
                continue;
            }
            let key = DeliveryKey::refusal(partition, &notice);
            let effect = Effect::Reply(notice);
            self.refusals_in_flight += 1;
            return Some(Attempt { key, effect, number: 1, look_up: false, recorded_at });
        }
        None
    }

    /// Whatever came of it, that was its only attempt.
    fn settle_refusal(&mut self) {
        if let Some(rest) = self.refusals_in_flight.checked_sub(1) {
            self.refusals_in_flight = rest;
            self.replies.arrive();
        }
    }

    /// Puts an effect that is not under way back into its lane.
    fn wait_until(&mut self, key: EffectKey, due: Timestamp) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.due = Some(due);
        let (lane, rank) = (Lane::of(&entry.effect), Rank::of(&entry.effect));
        let slot = Slot { due, turn: entry.turn };
        self.lane_mut(lane).insert(rank, slot, key);
    }

    fn conclude(&mut self, now: Timestamp, key: EffectKey, verdict: Verdict) -> Option<Report> {
        let attempts = self.entries.get(&key).map_or(0, |entry| entry.attempts);
        let last = attempts >= self.policy.attempts_most;
        match verdict {
            Verdict::Over(report) => {
                self.entries.remove(&key);
                Some(report)
            }
            Verdict::Hopeless(reason) => Some(self.give_up(now, key, reason)),
            Verdict::Retry(error) if last => {
                Some(self.give_up(now, key, format_compact!("after {attempts} attempts: {error}")))
            }
            Verdict::SendAgain if last => {
                Some(self.give_up(now, key, format_compact!("after {attempts} attempts: not found")))
            }
            Verdict::Retry(_) => {
                self.wait_until(key, now.plus(self.policy.wait(self.seed, key, attempts)));
                None
            }
            // The provider is well and has not seen it: there is nothing to wait for.
            Verdict::SendAgain => {
                self.wait_until(key, now);
                None
            }
        }
    }

    fn give_up(&mut self, now: Timestamp, key: EffectKey, reason: CompactString) -> Report {
        if let Some(entry) = self.entries.remove(&key) {
            let (kind, attempts) = (entry.effect.kind(), entry.attempts);
            self.dead_letters.push_back(DeadLetter { key, kind, reason: reason.clone(), attempts, at: now });
            if self.dead_letters.len() > self.bounds.dead_letters {
                self.dead_letters.pop_front();
            }
            self.dead_letters_total += 1;
        }
        Report::DeadLettered { key, reason }
    }

    fn lane(&self, lane: Lane) -> &LaneQueue {
        match lane {
            Lane::Cards => &self.cards,
            Lane::Replies => &self.replies,
            Lane::Emails => &self.emails,
            Lane::Orders => &self.orders,
        }
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneQueue {
        match lane {
            Lane::Cards => &mut self.cards,
            Lane::Replies => &mut self.replies,
            Lane::Emails => &mut self.emails,
            Lane::Orders => &mut self.orders,
        }
    }
}

/// What an answer means for the effect.
enum Verdict {
    Over(Report),
    Hopeless(CompactString),
    Retry(CompactString),
    SendAgain,
}
