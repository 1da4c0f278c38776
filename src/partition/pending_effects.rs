//! Effects that no record settles yet, and what the outbox must know besides to deliver them. Like the state of the
//! offers, it is the sum of the records.

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

/// The effects of one record, in order, without those that are done.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct RecordEffects {
    at: Timestamp,
    effects: Vec<Option<Effect>>,
    /// The form of their keys outside.
    #[serde(default)]
    form: KeyForm,
}

/// The effects that are not done, what left lately, and who wants to hear nothing.
#[derive(Debug, Clone, Default)]
pub struct PendingEffects {
    /// What nothing says is done, by partition and sequence. Most of what comes in goes out again soon:
    /// effects stay together as the record has them, and are in order only when somebody looks.
    asked: HashMap<(u32, u64), RecordEffects, foldhash::fast::FixedState>,
    departures: BTreeMap<Network, VecDeque<Timestamp>>,
    /// The last word on an account's silence, and when it was.
    silences: BTreeMap<Account, (Timestamp, bool)>,
}

impl PendingEffects {
    /// Takes in the next record of a partition: what it settles goes, what it asks for comes.
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

    /// The keys of the effects that nothing says are done, in order.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<EffectKey> {
        let of_record = |(&(partition, sequence), asked): (&(u32, u64), &RecordEffects)| {
            let open = (0..).zip(&asked.effects).filter(|(_, effect)| effect.is_some());
            open.map(move |(index, _)| EffectKey { partition, sequence, index }).collect::<Vec<_>>()
        };
        self.asked.iter().flat_map(of_record).collect()
    }

    /// An effect that nothing says is done.
    #[must_use]
    pub fn get(&self, key: EffectKey) -> Option<&Effect> {
        self.asked.get(&(key.partition, key.sequence))?.effects.get(key.index as usize)?.as_ref()
    }

    /// How many effects nothing says are done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.asked.values().map(|asked| asked.effects.iter().flatten().count()).sum()
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// What was said counts as having left when the record says so: a little late, never too early.
    fn settle(&mut self, at: Timestamp, event: &Event) {
        for &key in event.settles() {
            let Some(effect) = self.take_out(key) else { continue };
            if let (Some(network), false) = (effect.said_on(), matches!(event, Event::Dropped { .. })) {
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

    /// Writes it down.
    ///
    /// # Errors
    /// What keeps it from being written.
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

    /// Reads back what was written down.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let asked = from.take_map()?;
        let mut departures = BTreeMap::<Network, VecDeque<Timestamp>>::new();
        for _ in 0..from.take::<usize>()? {
            departures.insert(from.take()?, from.take_list()?.into());
        }
        Ok(Self { asked, departures, silences: from.take_sorted()? })
    }

    /// The effects that nothing says are done, by key, each with the time of its record, to be taken up.
    #[must_use]
    pub fn into_pending(self) -> BTreeMap<EffectKey, (Timestamp, Effect)> {
        let of_record = |((partition, sequence), asked): ((u32, u64), RecordEffects)| {
            let keys = (0..).map(move |index| EffectKey { partition, sequence, index });
            keys.zip(asked.effects).filter_map(move |(key, effect)| Some((key, (asked.at, effect?))))
        };
        self.asked.into_iter().flat_map(of_record).collect()
    }

    /// Both together, of different partitions.
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
            // The later word counts; of two in one instant, the one that keeps the peace.
            *last = word.max(*last);
        }
    }

    /// What left, each network's in the order of time.
    pub fn departures(&self) -> impl Iterator<Item = (Network, Timestamp)> {
        self.departures.iter().flat_map(|(network, left)| left.iter().map(|at| (*network, *at)))
    }

    /// The accounts that want no replies.
    pub fn silent(&self) -> impl Iterator<Item = &Account> {
        self.silences.iter().filter(|(_, (_, silent))| *silent).map(|(account, _)| account)
    }
}
