//! Whose posts are read again, and whose next.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{Account, EffectKey};
use crate::domain::time::Timestamp;

/// An order that waits for the reading of its posts, or whose posts are being read.
#[derive(Debug)]
pub(super) struct Reading {
    account: Account,
    due: Timestamp,
    /// Readings so far that reached nobody.
    tries: u32,
    stage: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waits,
    UnderWay,
    /// It is under way, and nobody waits for it any more.
    Forgotten,
}

/// The orders whose posts are read again. First readings go before repeated ones, which take half of the places at most,
/// and no author has two readings under way: a server that does not answer delays no order of others for long.
#[derive(Debug)]
pub(super) struct Readings {
    /// Upper bound on readings under way.
    bound: usize,
    all: BTreeMap<EffectKey, Reading>,
    /// The orders that wait: whether it is a repeated reading, and when it is due.
    queue: BTreeSet<(bool, Timestamp, EffectKey)>,
    busy: BTreeSet<Account>,
    under_way: usize,
    repeated_under_way: usize,
}

impl Readings {
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            all: BTreeMap::new(),
            queue: BTreeSet::new(),
            busy: BTreeSet::new(),
            under_way: 0,
            repeated_under_way: 0,
        }
    }

    /// Lets an order wait for its first reading.
    pub(super) fn enter(&mut self, now: Timestamp, key: EffectKey, account: &Account) {
        let (account, stage) = (account.clone(), Progress::Waits);
        self.wait(key, Reading { account, due: now, tries: 0, stage });
    }

    fn wait(&mut self, key: EffectKey, reading: Reading) {
        self.queue.insert((reading.tries > 0, reading.due, key));
        self.all.insert(key, Reading { stage: Progress::Waits, ..reading });
    }

    /// The number of readings of an order that reached nobody, with one that just did.
    pub(super) fn fruitless(reading: &Reading) -> u32 {
        reading.tries.saturating_add(1)
    }

    /// Lets an order wait for another reading, after one that reached nobody.
    pub(super) fn repeat(&mut self, key: EffectKey, reading: Reading, due: Timestamp) {
        self.wait(key, Reading { due, tries: reading.tries.saturating_add(1), ..reading });
    }

    /// Forgets an order for which nobody waits any more. A reading under way keeps its place until it ends.
    pub(super) fn forget(&mut self, key: EffectKey) {
        let Some(reading) = self.all.get_mut(&key) else { return };
        if reading.stage == Progress::Waits {
            self.queue.remove(&(reading.tries > 0, reading.due, key));
            self.all.remove(&key);
        } else {
            reading.stage = Progress::Forgotten;
        }
    }

    /// When the next reading may begin, if one waits that has a place.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        [false, true].into_iter().filter_map(|repeated| Some(self.first(repeated)?.0)).min()
    }

    /// The order of that kind that is due first, of those that may be read now.
    fn first(&self, repeated: bool) -> Option<(Timestamp, EffectKey)> {
        let is_full =
            self.under_way >= self.bound || (repeated && self.repeated_under_way >= self.bound.div_ceil(2));
        let of_kind = self.queue.iter().skip_while(|(kind, ..)| *kind != repeated);
        let mut of_kind = of_kind.take_while(|(kind, ..)| *kind == repeated).filter(|_| !is_full);
        let may_begin =
            |key: &EffectKey| self.all.get(key).is_some_and(|reading| !self.busy.contains(&reading.account));
        of_kind.find(|(.., key)| may_begin(key)).map(|(_, due, key)| (*due, *key))
    }

    /// Begins the next reading that is due.
    pub(super) fn begin(&mut self, now: Timestamp) -> Option<EffectKey> {
        let due = |repeated| self.first(repeated).filter(|(due, _)| *due <= now).map(|(_, key)| key);
        let key = due(false).or_else(|| due(true))?;
        let reading = self.all.get_mut(&key)?;
        reading.stage = Progress::UnderWay;
        self.queue.remove(&(reading.tries > 0, reading.due, key));
        self.busy.insert(reading.account.clone());
        self.under_way += 1;
        self.repeated_under_way += usize::from(reading.tries > 0);
        Some(key)
    }

    /// Ends a reading. Returns the order if somebody still waits for it.
    pub(super) fn end(&mut self, key: EffectKey) -> Option<Reading> {
        let reading = self.all.get(&key).filter(|reading| reading.stage != Progress::Waits)?;
        self.busy.remove(&reading.account);
        self.under_way -= 1;
        self.repeated_under_way -= usize::from(reading.tries > 0);
        self.all.remove(&key).filter(|reading| reading.stage == Progress::UnderWay)
    }
}
