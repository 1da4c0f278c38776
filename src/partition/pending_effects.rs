//! Effects that no record settles yet, and what else the outbox must know to deliver them. Like the state of
//! the offers, they are derived from the records.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::collections::stored::{Put, Take};
use crate::config::replies::DEPARTURES_MOST;
use crate::domain::dead_letter::DeadLetter;
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{Account, EffectKey, Network, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::text::email::without_addresses;

/// The effects of one record, by index; none for those that are done.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct RecordEffects {
    at: Timestamp,
    effects: Vec<Option<Effect>>,
    /// The form of the effects' keys outside the engine.
    #[serde(default)]
    form: KeyForm,
}

/// An effect that no record settles, as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEffect {
    /// The form of its key outside the engine.
    pub form: KeyForm,
    /// Time of its record.
    pub recorded_at: Timestamp,
    /// The effect.
    pub effect: Effect,
    /// Whether it may have left already.
    pub departure: Departure,
}

/// Whether a pending effect may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// It has not left: it was just recorded, or its lane has been paused since before its record.
    NotYet,
    /// It may have left before the last start.
    Possible,
    /// It is a prompt or a reminder whose reservation is over, so it leaves no more.
    Over,
}

/// A lane that is paused, as one partition recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PausedLane {
    /// The record of the pause. What later records ask for has not left, except for the probes.
    sequence: u64,
    probed: BTreeSet<EffectKey>,
}

/// The effects that are not done, the recent departures of replies, and the accounts that opted out of
/// replies.
#[derive(Debug, Clone, Default)]
pub struct PendingEffects {
    /// Effects that no record settles, by partition and sequence of the record that asks for them. Most are
    /// settled soon, so the effects of a record stay together; they are sorted only when they are read.
    asked: HashMap<(u32, u64), RecordEffects, foldhash::fast::FixedState>,
    departures: BTreeMap<Network, VecDeque<Timestamp>>,
    /// The latest opt-out (`true`) or opt-in (`false`) of each account, and the time of its record.
    silences: BTreeMap<Account, (Timestamp, bool)>,
    /// The lanes that are paused, by the partition that recorded it.
    paused: BTreeMap<(u32, Lane), PausedLane>,
    /// The prompts and reminders whose reservations are over.
    lapsed: BTreeSet<EffectKey>,
    /// The effects that were given up, and that no operator retried or settled.
    dead: BTreeMap<EffectKey, DeadLetter>,
    /// Whether `dead` lacks those of the records before a snapshot of an earlier release.
    lacks_dead: bool,
}

impl PendingEffects {
    /// Takes in the next record of a partition: removes the effects that it settles, and adds those that it
    /// asks for.
    pub fn read(&mut self, partition: u32, sequence: u64, form: KeyForm, record: Record) {
        for event in &record.decision.events {
            self.settle(record.at, event);
            self.read_lane(partition, sequence, event);
            if let Some((account, silent)) = event.silences() {
                self.silences.insert(account.clone(), (record.at, silent));
            }
        }
        let effects: Vec<_> = record.decision.effects.into_iter().map(Some).collect();
        if !effects.is_empty() {
            self.asked.insert((partition, sequence), RecordEffects { at: record.at, effects, form });
        }
    }

    /// The keys of the effects that no record settles, in order.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<EffectKey> {
        let of_record = |(&(partition, sequence), asked): (&(u32, u64), &RecordEffects)| {
            let open = (0..).zip(&asked.effects).filter(|(_, effect)| effect.is_some());
            open.map(move |(index, _)| EffectKey { partition, sequence, index }).collect::<Vec<_>>()
        };
        self.asked.iter().flat_map(of_record).collect()
    }

    /// An effect that no record settles; none if it is settled or unknown.
    #[must_use]
    pub fn get(&self, key: EffectKey) -> Option<&Effect> {
        self.asked.get(&(key.partition, key.sequence))?.effects.get(key.index as usize)?.as_ref()
    }

    /// The effects that no record settles, and those that were given up, each with the time of its record.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (Timestamp, &Effect)> {
        let open =
            self.asked.values().flat_map(|asked| asked.effects.iter().flatten().map(|one| (asked.at, one)));
        open.chain(self.dead.values().map(|letter| (letter.recorded_at, &letter.effect)))
    }

    /// Removes the addresses that providers repeated in the reasons of dead letters.
    pub(super) fn hide_addresses(&mut self) {
        for letter in self.dead.values_mut() {
            letter.reason = without_addresses(&letter.reason).into();
        }
    }

    /// The number of effects that no record settles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.asked.values().map(|asked| asked.effects.iter().flatten().count()).sum()
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Removes the settled effects. A reply counts as departed at the time of the record that settles it:
    /// slightly late, never early.
    fn settle(&mut self, at: Timestamp, event: &Event) {
        for &key in event.settles() {
            let Some(PendingEffect { form, recorded_at, effect, .. }) = self.take_out(key) else { continue };
            if let (Some(network), false) = (effect.network(), matches!(event, Event::Dropped { .. })) {
                let left = self.departures.entry(network).or_default();
                left.push_back(at);
                if left.len() > DEPARTURES_MOST {
                    left.pop_front();
                }
            }
            if let Event::DeadLettered { reason, .. } = event {
                let letter =
                    DeadLetter { form, recorded_at, effect, reason: reason.clone(), given_up_at: at };
                self.dead.insert(key, letter);
            }
        }
        match event {
            Event::DeadLetterRetried { key } => self.revive(*key),
            Event::DeadLetterSettled { key, .. } => drop(self.dead.remove(key)),
            _ => {}
        }
    }

    /// Makes a dead letter pending again.
    fn revive(&mut self, key: EffectKey) {
        let Some(DeadLetter { form, recorded_at, effect, .. }) = self.dead.remove(&key) else { return };
        let none = RecordEffects { at: recorded_at, effects: Vec::new(), form };
        let asked = self.asked.entry((key.partition, key.sequence)).or_insert(none);
        let index = key.index as usize;
        asked.effects.resize(asked.effects.len().max(index + 1), None);
        if let Some(place) = asked.effects.get_mut(index) {
            *place = Some(effect);
        }
    }

    /// The dead letters, by key.
    #[must_use]
    pub fn dead_letters(&self) -> &BTreeMap<EffectKey, DeadLetter> {
        &self.dead
    }

    /// Whether the dead letters of the records before a snapshot are unknown: an earlier release took it.
    #[must_use]
    pub fn lacks_dead_letters(&self) -> bool {
        self.lacks_dead
    }

    /// Takes over the dead letters that were found in the records before the snapshot.
    pub fn adopt_dead_letters(&mut self, earlier: Self) {
        self.dead.extend(earlier.dead);
        self.lacks_dead = false;
    }

    fn read_lane(&mut self, partition: u32, sequence: u64, event: &Event) {
        match event {
            Event::LanePaused { lane } => {
                let paused = PausedLane { sequence, probed: BTreeSet::new() };
                self.paused.entry((partition, *lane)).or_insert(paused);
            }
            Event::LaneProbed { lane, key } => {
                if let Some(paused) = self.paused.get_mut(&(partition, *lane)) {
                    paused.probed.insert(*key);
                }
            }
            Event::LaneResumed { lane } => drop(self.paused.remove(&(partition, *lane))),
            _ => {}
        }
    }

    /// Whether an effect may have left before this start.
    fn departure(&self, key: EffectKey, effect: &Effect) -> Departure {
        if self.lapsed.contains(&key) {
            return Departure::Over;
        }
        let kept = self.paused.get(&(key.partition, Lane::of(effect)));
        match kept.is_some_and(|lane| key.sequence > lane.sequence && !lane.probed.contains(&key)) {
            true => Departure::NotYet,
            false => Departure::Possible,
        }
    }

    /// Notes the prompts and reminders whose reservations no longer wait for a confirmation.
    pub fn lapse_prompts(&mut self, waits: impl Fn(ReservationId) -> bool) {
        for (&(partition, sequence), asked) in &self.asked {
            for (index, effect) in (0..).zip(&asked.effects) {
                let asks = |effect: &Effect| {
                    let prompts = effect.prompts().or_else(|| effect.prompts_by_email());
                    prompts.or_else(|| effect.reminds())
                };
                let id = effect.as_ref().and_then(asks);
                if id.is_some_and(|id| !waits(id)) {
                    self.lapsed.insert(EffectKey { partition, sequence, index });
                }
            }
        }
    }

    /// The lanes that are paused, each with the partition that recorded it.
    pub fn paused(&self) -> impl Iterator<Item = (u32, Lane)> {
        self.paused.keys().copied()
    }

    fn take_out(&mut self, key: EffectKey) -> Option<PendingEffect> {
        let Entry::Occupied(mut asked) = self.asked.entry((key.partition, key.sequence)) else { return None };
        let RecordEffects { at, effects, form } = asked.get_mut();
        let (recorded_at, form, departure) = (*at, *form, Departure::Possible);
        let effect = effects.get_mut(key.index as usize)?.take();
        if effects.iter().all(Option::is_none) {
            asked.remove();
        }
        Some(PendingEffect { form, recorded_at, effect: effect?, departure })
    }

    /// Stores the pending effects.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        // What has lapsed follows from the reservations.
        let Self { asked, departures, silences, paused, lapsed: _, dead, lacks_dead: _ } = self;
        out.put_all(asked.iter().collect::<BTreeMap<_, _>>().iter())?;
        out.put(&departures.len())?;
        for (network, left) in departures {
            out.put(network)?;
            out.put_all(left.iter())?;
        }
        out.put_all(silences.iter())?;
        out.put_all(paused.iter())?;
        out.put_all(dead.iter())
    }

    /// Reads stored pending effects.
    ///
    /// # Errors
    /// When the source fails.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let asked = from.take_map()?;
        let mut departures = BTreeMap::<Network, VecDeque<Timestamp>>::new();
        for _ in 0..from.take::<usize>()? {
            departures.insert(from.take()?, from.take_list()?.into());
        }
        let silences = from.take_sorted()?;
        // Snapshots end here that were taken before lanes could pause and dead letters could be settled.
        let lacks_dead = from.is_over()?;
        let (paused, dead) = match lacks_dead {
            true => (BTreeMap::new(), BTreeMap::new()),
            false => (from.take_sorted()?, from.take_sorted()?),
        };
        Ok(Self { asked, departures, silences, paused, lapsed: BTreeSet::new(), dead, lacks_dead })
    }

    /// The effects that no record settles, by key, for delivery.
    #[must_use]
    pub fn into_pending(mut self) -> BTreeMap<EffectKey, PendingEffect> {
        let mut pending = BTreeMap::new();
        for ((partition, sequence), asked) in std::mem::take(&mut self.asked) {
            let RecordEffects { at: recorded_at, effects, form } = asked;
            let keys = (0..).map(|index| EffectKey { partition, sequence, index });
            for (key, effect) in keys.zip(effects) {
                let Some(effect) = effect else { continue };
                let departure = self.departure(key, &effect);
                pending.insert(key, PendingEffect { form, recorded_at, effect, departure });
            }
        }
        pending
    }

    /// The newest epoch of the keys of effects that no record settles; `None` if all of them are bare.
    #[must_use]
    pub fn newest_epoch(&self) -> Option<u32> {
        let epoch = |asked: &RecordEffects| match asked.form {
            KeyForm::Bare => None,
            KeyForm::Epoch(epoch) => Some(epoch),
        };
        self.asked.values().filter_map(epoch).max()
    }

    /// Adds the pending effects of another partition.
    pub fn merge(&mut self, other: Self) {
        self.asked.extend(other.asked);
        self.paused.extend(other.paused);
        self.lapsed.extend(other.lapsed);
        self.dead.extend(other.dead);
        for (network, left) in other.departures {
            let all = self.departures.entry(network).or_default();
            all.extend(left);
            all.make_contiguous().sort_unstable();
            all.drain(..all.len().saturating_sub(DEPARTURES_MOST));
        }
        for (account, word) in other.silences {
            let last = self.silences.entry(account).or_insert(word);
            // The later one counts; of two at the same instant, the opt-out counts.
            *last = word.max(*last);
        }
    }

    /// The recent departures, each network's in the order of time.
    pub fn departures(&self) -> impl Iterator<Item = (Network, Timestamp)> {
        self.departures.iter().flat_map(|(network, left)| left.iter().map(|at| (*network, *at)))
    }

    /// The accounts that opted out of replies.
    pub fn silent(&self) -> impl Iterator<Item = &Account> {
        self.silences.iter().filter(|(_, (_, silent))| *silent).map(|(account, _)| account)
    }
}
