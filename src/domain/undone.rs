//! What the records leave undone: the effects that none of them settles, and what whoever takes those up
//! must know besides. The sum of the records, as the state of the offers is.

use std::collections::{BTreeMap, VecDeque};

use super::decision::Record;
use super::effect::Effect;
use super::event::Event;
use super::id::{Account, EffectKey, Network};
use super::stored::{Put, Take};
use super::time::Timestamp;

/// How many departures are remembered for each network, the last ones; no ceiling may be above it.
pub const DEPARTURES_MOST: usize = 100_000;

/// The effects that are not done, what left lately, and who wants to hear nothing.
#[derive(Debug, Clone, Default)]
pub struct Undone {
    /// The effects that nothing says are done, with the time of their record.
    pub pending: BTreeMap<EffectKey, (Timestamp, Effect)>,
    departures: BTreeMap<Network, VecDeque<Timestamp>>,
    /// The last word on an account's silence, and when it was.
    silences: BTreeMap<Account, (Timestamp, bool)>,
}

impl Undone {
    /// Takes in the next record of a partition: what it settles goes, what it asks for comes.
    pub fn read(&mut self, partition: u32, sequence: u64, record: Record) {
        for event in &record.decision.events {
            self.settle(record.at, event);
            if let Some((account, silent)) = event.silences() {
                self.silences.insert(account.clone(), (record.at, silent));
            }
        }
        for (effect, index) in record.decision.effects.into_iter().zip(0..) {
            self.pending.insert(EffectKey { partition, sequence, index }, (record.at, effect));
        }
    }

    /// What was said counts as having left when the record says so: a little late, never too early.
    fn settle(&mut self, at: Timestamp, event: &Event) {
        for key in event.settles() {
            let Some((_, effect)) = self.pending.remove(key) else { continue };
            if let (Some(network), false) = (effect.said_on(), matches!(event, Event::Dropped { .. })) {
                let left = self.departures.entry(network).or_default();
                left.push_back(at);
                if left.len() > DEPARTURES_MOST {
                    left.pop_front();
                }
            }
        }
    }

    /// Writes it down.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { pending, departures, silences } = self;
        out.put_all(pending.iter())?;
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
        let pending = from.take_sorted()?;
        let mut departures = BTreeMap::<Network, VecDeque<Timestamp>>::new();
        for _ in 0..from.take::<usize>()? {
            departures.insert(from.take()?, from.take_list()?.into());
        }
        Ok(Self { pending, departures, silences: from.take_sorted()? })
    }

    /// Both together, of different partitions.
    pub fn merge(&mut self, other: Self) {
        self.pending.extend(other.pending);
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
