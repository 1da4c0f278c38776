//! Effects that no record settles yet, and what else the outbox must know to deliver them. Like the state of
//! the offers, they are derived from the records.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::collections::stored::{Put, Take};
use crate::config::replies::DEPARTURES_MOST;
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{Account, EffectKey, Network};
use crate::domain::key_form::KeyForm;
use crate::domain::time::Timestamp;

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
}

impl PendingEffects {
    /// Takes in the next record of a partition: removes the effects that it settles, and adds those that it
    /// asks for.
    pub fn read(&mut self, partition: u32, sequence: u64, form: KeyForm, record: Record) {
        for event in &record.decision.events {
            self.settle(record.at, event);
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
            let Some(effect) = self.take_out(key) else { continue };
            if let (Some(network), false) = (effect.network(), matches!(event, Event::Dropped { .. })) {
                let left = self.departures.entry(network).or_default();
                left.push_back(at);
                if left.len() > DEPARTURES_MOST {
                    left.pop_front();
                }
            }
        }
    }

    fn take_out(&mut self, key: EffectKey) -> Option<Effect> {
        let Entry::Occupied(mut asked) = self.asked.entry((key.partition, key.sequence)) else { return None };
        let effects = &mut asked.get_mut().effects;
        let effect = effects.get_mut(key.index as usize)?.take();
        if effects.iter().all(Option::is_none) {
            asked.remove();
        }
        effect
    }

    /// Stores the pending effects.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { asked, departures, silences } = self;
        out.put_all(asked.iter().collect::<BTreeMap<_, _>>().iter())?;
        out.put(&departures.len())?;
        for (network, left) in departures {
            out.put(network)?;
            out.put_all(left.iter())?;
        }
        out.put_all(silences.iter())
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
        Ok(Self { asked, departures, silences: from.take_sorted()? })
    }

    /// The effects that no record settles, by key, for delivery.
    #[must_use]
    pub fn into_pending(self) -> BTreeMap<EffectKey, PendingEffect> {
        let of_record = |((partition, sequence), asked): ((u32, u64), RecordEffects)| {
            let RecordEffects { at: recorded_at, effects, form } = asked;
            let keys = (0..).map(move |index| EffectKey { partition, sequence, index });
            let open = keys.zip(effects).filter_map(|(key, effect)| Some((key, effect?)));
            open.map(move |(key, effect)| (key, PendingEffect { form, recorded_at, effect }))
        };
        self.asked.into_iter().flat_map(of_record).collect()
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
