//! One deadline for each of a few keys; it can be replaced or removed at any time.
//!
//! It is not a [`DeadlineQueue`](super::deadline_queue::DeadlineQueue): a key's deadline moves back and forth
//! and may return to an instant that it had before, which a queue with lazy deletion would take for the
//! removed entry. Few keys have a deadline at a time (offers, campaigns, accounts with a parked
//! confirmation), so two trees cost little.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stored::{Put, Take};

/// The deadlines of keys, by instant and by key.
#[derive(Debug, Clone)]
pub struct DeadlineMap<T, K> {
    by_time: BTreeSet<(T, K)>,
    /// The same deadlines by key. A tree grows without a pause; a hash map would move all entries.
    due: BTreeMap<K, T>,
}

impl<T, K> Default for DeadlineMap<T, K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), due: BTreeMap::new() }
    }
}

impl<T: Ord + Copy, K: Ord + Clone> DeadlineMap<T, K> {
    /// Sets the deadline of `key` and removes the earlier one. `None` only removes it.
    pub fn set(&mut self, key: &K, due: Option<T>) {
        // Most maps are empty most of the time, and some keys are slow to compare.
        if due.is_none() && self.due.is_empty() {
            return;
        }
        let earlier = match due {
            Some(due) => self.due.insert(key.clone(), due),
            None => self.due.remove(key),
        };
        if earlier == due {
            return;
        }
        if let Some(earlier) = earlier {
            self.by_time.remove(&(earlier, key.clone()));
        }
        if let Some(due) = due {
            self.by_time.insert((due, key.clone()));
        }
    }

    /// Writes the deadlines, the earliest first.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error>
    where
        T: Serialize,
        K: Serialize,
    {
        // The other field holds the same deadlines by key.
        let Self { by_time, due: _ } = self;
        out.put_all(by_time.iter())
    }

    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<S: Take>(from: &mut S) -> Result<Self, S::Error>
    where
        T: DeserializeOwned + Send,
        K: DeserializeOwned + Send,
    {
        let listed: Vec<(T, K)> = from.take_list()?;
        let due = listed.iter().map(|(at, key)| (key.clone(), *at)).collect();
        Ok(Self { by_time: listed.into_iter().collect(), due })
    }

    /// The earliest deadline, and the first of its keys.
    #[must_use]
    pub fn first(&self) -> Option<(T, &K)> {
        self.by_time.first().map(|(due, key)| (*due, key))
    }

    /// The keys whose deadline is `now` or earlier, the earliest first.
    pub fn due(&self, now: T) -> impl Iterator<Item = &K> {
        self.by_time.iter().take_while(move |(due, _)| *due <= now).map(|(_, key)| key)
    }

    /// The number of keys with a deadline.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_time.len()
    }

    /// Whether no key has a deadline.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::DeadlineMap;

    proptest! {
        #[test]
        fn it_holds_the_latest_deadline_of_each_key(
            steps in proptest::collection::vec((0..12_u32, proptest::option::of(0..6_i64)), 0..200),
        ) {
            let (mut map, mut model) = (DeadlineMap::default(), BTreeMap::new());
            for (key, due) in steps {
                map.set(&key, due);
                match due {
                    Some(due) => drop(model.insert(key, due)),
                    None => drop(model.remove(&key)),
                }
                let mut sorted: Vec<_> = model.iter().map(|(&key, &due)| (due, key)).collect();
                sorted.sort_unstable();
                prop_assert_eq!(map.first().map(|(due, key)| (due, *key)), sorted.first().copied());
                prop_assert_eq!((map.is_empty(), map.len()), (sorted.is_empty(), sorted.len()));
                let early = sorted.iter().filter(|(due, _)| *due <= 3).map(|(_, key)| key);
                prop_assert!(map.due(3).eq(early));
            }
        }
    }
}
