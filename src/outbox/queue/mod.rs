//! The queue of pending effects: what is due next, what is under way, what was given up.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use smallvec::SmallVec;

use self::bounced::Bounced;
use self::drop_reason::{DropReason, Drops};
use self::entry::{Entry, ReplyIndex, Stage, recipient};
use self::lane::{Bounds, Lane};
use self::lane_queue::LaneQueue;
use self::lane_view::LaneView;
use self::pacer::Pacer;
use self::position::Position;
use self::purchases::Purchases;
use self::readings::Readings;
use self::recent_texts::RecentTexts;
use self::refusals::{RefusalReply, Refusals};
use self::retry::RetryPolicy;
use super::dead_letters::DeadLetters;
use super::delivery_key::OutsideKey;
use super::incoming::{Incoming, Notice, effects, notices};
use super::instance::Instance;
use super::resend_safety::ResendSafety;
use crate::clock::Lag;
use crate::collections::prefetch::prefetch;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::config::replies::Ceilings;
use crate::domain::command::Report;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::id::{Account, EffectKey, Network, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::time::Timestamp;
use crate::partition::pending_effects::{Departure, PendingEffect};
use crate::words::renderer::Renderer;

mod attesting;
mod bounced;
pub mod breaker;
mod breaking;
mod departing;
pub mod drop_reason;
mod dropping;
pub mod entry;
pub mod lane;
pub mod lane_queue;
pub mod lane_view;
pub mod pacer;
mod position;
pub mod purchases;
mod quarantine;
mod readings;
pub mod recent_texts;
mod recovering;
pub mod refusals;
pub mod retry;
mod settling;

/// The pending effects. Synchronous, with the time passed in, so it runs at any speed.
#[derive(Debug)]
pub struct Outbox {
    policy: RetryPolicy,
    /// Seeds the jitter of retries.
    seed: u64,
    bounds: Bounds,
    renderer: Renderer,
    /// The identity of the data directory; `None` if all keys are bare.
    instance: Option<Instance>,
    /// The number of partitions, which record the pauses of lanes.
    partitions: u32,
    /// Turn of the next effect that is accepted.
    next_turn: u64,
    entries: StableMap<EffectKey, Entry>,
    index: ReplyIndex,
    lanes: BTreeMap<Lane, LaneQueue>,
    safety: BTreeMap<Lane, ResendSafety>,
    lag: Lag,
    purchases: Purchases,
    /// The orders whose posts are read again before they enter their lane.
    readings: Readings,
    /// The pending letters that ask for or remind of a confirmation, by partition and reservation.
    letters: HashMap<(u32, ReservationId), SmallVec<[EffectKey; 1]>, foldhash::fast::FixedState>,
    /// The reservations whose prompts went by e-mail and certainly never left as replies, while their letters are pending.
    unreplied: HashSet<(u32, ReservationId), foldhash::fast::FixedState>,
    bounced: Bounced,
    /// Reports on lanes, until they are taken.
    lane_reports: VecDeque<(u32, Report)>,
    /// While nothing may leave, the lanes whose pause is being recorded; `None` while things leave.
    quarantined: Option<BTreeSet<Lane>>,
    refusals: Refusals,
    recent_texts: RecentTexts,
    /// Accounts that opted out of replies and reminders.
    opted_out: HashSet<Account, foldhash::fast::FixedState>,
    /// Effects that were dropped, until the drop is reported.
    dropped: VecDeque<(EffectKey, SlotId)>,
    drops: Drops,
    /// Effects that were given up, until that is durable.
    given_up: HashMap<EffectKey, PendingEffect, foldhash::fast::FixedState>,
    dead_letters: DeadLetters,
    dead_letters_total: u64,
}

impl Outbox {
    /// An empty outbox without ceilings, whose providers have no look-up and remember no keys. The seed
    /// decides the jitter of retries and nothing else.
    #[must_use]
    pub fn new(policy: RetryPolicy, bounds: Bounds, seed: u64, renderer: Renderer) -> Self {
        let lane = |lane| (lane, LaneQueue::new(bounds.in_flight(lane)));
        Self {
            policy,
            seed,
            bounds,
            renderer,
            instance: None,
            partitions: 1,
            next_turn: 0,
            entries: StableMap::default(),
            index: ReplyIndex::new(bounds.reply_stale),
            lanes: Lane::all().map(lane).collect(),
            safety: BTreeMap::new(),
            lag: Lag::NONE,
            purchases: Purchases::default(),
            readings: Readings::new(bounds.attestations),
            letters: HashMap::default(),
            unreplied: HashSet::default(),
            bounced: Bounced::default(),
            lane_reports: VecDeque::new(),
            quarantined: None,
            refusals: Refusals::new(bounds.refusals),
            recent_texts: RecentTexts::new(bounds.recipients),
            opted_out: HashSet::default(),
            dropped: VecDeque::new(),
            drops: Drops::default(),
            given_up: HashMap::default(),
            dead_letters: DeadLetters::default(),
            dead_letters_total: 0,
        }
    }

    /// Sets ceilings on the replies. Must be called before anything leaves.
    #[must_use]
    pub fn paced(mut self, ceilings: &Ceilings) -> Self {
        for network in Network::ALL {
            self.lane_mut(Lane::Replies(network)).set_pacer(Pacer::new(ceilings.of(network)));
        }
        self
    }

    /// Sets the identity that prefixes the keys of effects that are not bare. Must be called before such an effect
    /// leaves.
    #[must_use]
    pub fn of_instance(self, instance: Option<Instance>) -> Self {
        Self { instance, ..self }
    }

    /// Sets the number of partitions whose effects it delivers. Must be called before anything is recovered.
    #[must_use]
    pub fn of_partitions(self, partitions: u32) -> Self {
        Self { partitions, ..self }
    }

    /// Sets how much more time may have passed than the times that are passed in show. Must be called before anything leaves.
    #[must_use]
    pub fn lagging(self, lag: Lag) -> Self {
        Self { lag, ..self }
    }

    /// Sets the list that shows the dead letters. Must be called before anything is recovered.
    #[must_use]
    pub fn showing(self, dead_letters: DeadLetters) -> Self {
        Self { dead_letters, ..self }
    }

    /// Sets what the provider of a lane promises about keys. Must be called before anything leaves.
    pub fn set_resend_safety(&mut self, lane: Lane, safety: ResendSafety) {
        self.safety.insert(lane, safety);
    }

    /// Accepts a durable batch from the journal's tail.
    pub fn take_in(&mut self, now: Timestamp, incoming: Incoming) {
        self.prefetch(&incoming);
        let Incoming { partition, form, mut records, refusals } = incoming;
        for (sequence, record) in &mut records {
            for notice in notices(record) {
                match notice {
                    Notice::OptOut(account) => self.opt_out(account.clone()),
                    Notice::OptIn(account) => self.opt_in(account),
                    Notice::Over(id, account) => self.lapse(partition, id, account),
                    Notice::Lane(event) => self.learn_of_lane(partition, event),
                    Notice::DeadLetter(event) => self.learn_of_dead_letter(now, record.at, event),
                }
            }
            let (recorded_at, departure) = (record.at, Departure::NotYet);
            for (key, effect) in effects(partition, *sequence, record) {
                self.accept(now, key, PendingEffect { form, recorded_at, effect, departure });
            }
        }
        for request in refusals {
            self.best_effort(now, partition, request);
        }
    }

    /// Prefetches what [`Self::accept`] and [`Self::lapse`] read for the whole batch. Millions may wait, anywhere in
    /// memory; without the prefetch the processor would stall for each in turn.
    fn prefetch(&self, incoming: &Incoming) {
        let keys: Vec<_> = incoming.effects().map(|(key, _)| key).collect();
        StableMap::prefetch(keys.iter().map(|key| (&self.entries, key)));
        let replies = incoming.effects().filter_map(|(_, effect)| recipient(effect));
        self.index.prefetch(replies);
        let over = incoming.records.iter().flat_map(|(_, record)| notices(record));
        let over = over.filter_map(|notice| match notice {
            Notice::Over(_, account) => self.index.replies_to(account).next(),
            _ => None,
        });
        // The prompts that `lapse` drops, at both ends of their entries.
        let prompts: Vec<SlotId> = over.collect();
        let prompts = prompts.into_iter().filter_map(|slot| self.entries.at(slot));
        prefetch(prompts.map(|(key, entry)| usize::from(key.sequence == entry.turn)));
    }

    /// Accepts an effect whose record is durable; it is due at once. An effect that is already present
    /// changes nothing.
    pub fn accept(&mut self, now: Timestamp, key: EffectKey, pending: PendingEffect) {
        if self.entries.slot(&key).is_some() {
            return;
        }
        let effect = &pending.effect;
        let prompts = effect.prompts_by_email().is_some();
        let letter_of = effect.prompts_by_email().or_else(|| effect.reminds());
        let slot = self.entries.put(&key, Entry::new(pending, now, self.next_turn));
        self.next_turn += 1;
        let entry = self.entries.at_mut(slot).expect("just put there");
        let unwanted = entry.recipient().is_some_and(|account| self.opted_out.contains(account));
        self.index.insert(slot, entry);
        if self.purchases.insert(key, &entry.effect) {
            entry.stage = Stage::Behind;
        } else if let Some(account) = entry.awaits_attestation().filter(|_| !entry.doubtful) {
            self.readings.enter(now, key, account);
            entry.stage = Stage::Attesting;
        } else {
            // What may have left is looked up first.
            wait(&mut self.lanes, &mut self.index, (key, slot), entry, now);
        }
        if unwanted {
            self.drop_waiting(key, DropReason::OptedOut);
        }
        if let Some(id) = letter_of {
            self.letters.entry((key.partition, id)).or_default().push(key);
        }
        if prompts && let Some(effect) = self.entries.get(&key).map(|entry| entry.effect.clone()) {
            self.withdraw_for(key, &effect);
        }
    }

    /// Accepts the reply to a refused post, which has no record. It leaves when nothing of a better rank
    /// waits, is tried once, and is dropped when it is stale or when too many wait.
    pub fn best_effort(&mut self, now: Timestamp, partition: u32, request: ReplyRequest) {
        if self.opted_out.contains(&request.account) {
            self.drops.silent += 1;
        } else {
            self.refusals.push(RefusalReply { at: now, partition, request }, &mut self.drops);
        }
    }

    /// Removes an effect that the journal reports done.
    pub fn done(&mut self, key: EffectKey) {
        let Some(slot) = self.entries.slot(&key) else { return };
        self.leave_lane(slot);
        if let Some(entry) = self.remove_at(slot)
            && entry.stage == Stage::UnderWay
        {
            self.lane_mut(entry.lane()).arrive(None);
        }
    }

    /// When [`Self::take_due`], [`Self::take_attestation`] or [`Self::take_report`] next returns something, as long as nothing else
    /// happens: full lanes wait for answers, not for time. May be in the past.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if !self.dropped.is_empty() || !self.lane_reports.is_empty() {
            return Some(Timestamp::MIN);
        }
        let drops = [self.index.next_stale(), self.refusals.next_stale()].into_iter().flatten();
        if self.is_quarantined() {
            return drops.min();
        }
        let probes = Lane::all().filter(|lane| !self.is_money_full(*lane));
        let probes = probes.filter_map(|lane| self.probe_due(lane));
        let free = |(lane, queue): &(&Lane, &LaneQueue)| {
            queue.breaker.is_closed() && !queue.is_full() && !self.is_money_full(**lane)
        };
        let lanes = self.lanes.iter().filter(free);
        let departures = lanes.filter_map(|(lane, queue)| {
            let refusal =
                if let Lane::Replies(network) = lane { self.refusals.first(*network) } else { None };
            let first = queue.first().map(|position| position.due).into_iter().chain(refusal).min()?;
            Some(first.max(queue.opens_at()))
        });
        let readings = self.readings.next_due();
        departures.chain(probes).chain(drops).chain(readings).min()
    }

    /// Number of pending effects, those under way included.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.entries.len()
    }

    /// The pending effects with their records' times, in the order of their keys.
    #[must_use]
    pub fn pending_effects(&self) -> Vec<(EffectKey, Timestamp, &Effect)> {
        let each = self.entries.iter().map(|(key, entry)| (*key, entry.recorded_at, &entry.effect));
        let mut effects: Vec<_> = each.collect();
        effects.sort_unstable_by_key(|(key, ..)| *key);
        effects
    }

    /// Whether nothing waits and nothing is under way, replies to refused posts included.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.refusals.is_empty()
    }

    /// Number of a lane's attempts that are under way.
    #[must_use]
    pub fn in_flight(&self, lane: Lane) -> usize {
        self.lane(lane).in_flight()
    }

    /// The state of the networks' lanes.
    #[must_use]
    pub fn lanes(&self, now: Timestamp) -> [LaneView; Network::ALL.len()] {
        Network::ALL.map(|network| {
            let queue = self.lane(Lane::Replies(network));
            let waiting = queue.waiting();
            LaneView {
                network,
                prompts: waiting.prompts,
                results: waiting.results,
                others: waiting.rest,
                refusals: self.refusals.waiting(network),
                in_flight: queue.in_flight(),
                sent: queue.pacer().nearest(now),
            }
        })
    }

    /// The effects that were given up, once that is durable.
    #[must_use]
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }

    /// How many effects were given up since the start.
    #[must_use]
    pub fn dead_letters_total(&self) -> u64 {
        self.dead_letters_total
    }

    /// How many replies were dropped, those to refused posts included.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.drops
    }

    /// Returns an effect that is not under way to its lane.
    fn wait_until(&mut self, key: EffectKey, due: Timestamp) {
        let Some(slot) = self.entries.slot(&key) else { return };
        if let Some(entry) = self.entries.at_mut(slot) {
            wait(&mut self.lanes, &mut self.index, (key, slot), entry, due);
        }
    }

    /// Removes an effect from its lane, if it waits there.
    fn leave_lane(&mut self, slot: SlotId) {
        let Some((key, entry)) = self.entries.at(slot) else { return };
        let Some(position) = entry.position() else { return };
        self.index.leave(*key, entry);
        let queue = self.lanes.get_mut(&entry.lane()).expect("every lane has its queue");
        queue.remove(entry.rank(), position, slot, is_waiting(&self.entries));
    }

    /// Removes the next due effect from its lane.
    fn pop_due(&mut self, now: Timestamp, lane: Lane) -> Option<SlotId> {
        let queue = self.lanes.get_mut(&lane).expect("every lane has its queue");
        queue.pop_due(now, is_waiting(&self.entries))
    }

    /// Removes an effect that is in no lane.
    fn remove(&mut self, key: EffectKey) -> Option<Entry> {
        let slot = self.entries.slot(&key)?;
        self.remove_at(slot)
    }

    fn remove_at(&mut self, slot: SlotId) -> Option<Entry> {
        let (key, entry) = self.entries.remove_at(slot)?;
        self.index.remove(slot, &entry);
        if entry.stage == Stage::Attesting {
            self.readings.forget(key);
        }
        if let Some(id) = entry.effect.prompts_by_email() {
            self.unreplied.remove(&(key.partition, id));
        }
        if let Some(id) = entry.effect.prompts_by_email().or_else(|| entry.effect.reminds())
            && let Some(letters) = self.letters.get_mut(&(key.partition, id))
        {
            letters.retain(|letter| *letter != key);
            if letters.is_empty() {
                self.letters.remove(&(key.partition, id));
            }
        }
        if let Some(next) = self.purchases.remove(key, &entry.effect) {
            self.wait_until(next, Timestamp::MIN);
        }
        if let Lane::Replies(network) = entry.lane()
            && let Some(text) = &entry.text
        {
            self.recent_texts.close(network, text);
        }
        Some(entry)
    }

    /// Whether further payments and credits must wait for an answer.
    fn is_money_full(&self, lane: Lane) -> bool {
        let in_flight = || Lane::MONEY.iter().map(|lane| self.in_flight(*lane)).sum::<usize>();
        lane.is_money() && in_flight() >= self.bounds.money
    }

    fn lane(&self, lane: Lane) -> &LaneQueue {
        self.lanes.get(&lane).expect("every lane has its queue")
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneQueue {
        self.lanes.get_mut(&lane).expect("every lane has its queue")
    }
}

/// The key of an effect at its provider.
fn outside(instance: Option<&Instance>, form: KeyForm, effect: EffectKey) -> OutsideKey {
    let prefix = match form {
        KeyForm::Bare => None,
        KeyForm::Epoch(_) => {
            instance.expect("only a directory with an identity records effects of an epoch").prefix(form)
        }
    };
    OutsideKey { prefix, effect }
}

/// Returns a test of whether the effect of a slot still waits at a position: slots are reused, turns are not.
fn is_waiting(entries: &StableMap<EffectKey, Entry>) -> impl Fn(Position, SlotId) -> bool {
    |position, slot| entries.at(slot).is_some_and(|(_, entry)| entry.position() == Some(position))
}

/// Inserts an effect into its lane, to leave at `due` at the earliest.
fn wait(
    lanes: &mut BTreeMap<Lane, LaneQueue>,
    index: &mut ReplyIndex,
    (key, slot): (EffectKey, SlotId),
    entry: &mut Entry,
    due: Timestamp,
) {
    entry.stage = Stage::Waiting;
    entry.due = due;
    index.wait(key, entry);
    let lane = lanes.get_mut(&entry.lane()).expect("every lane has its queue");
    if let Some(position) = entry.position() {
        // A retry mostly leaves after effects that are yet to come.
        let again = entry.attempts > 0 || due > entry.accepted_at;
        lane.insert(entry.rank(), position, slot, again);
    }
}
