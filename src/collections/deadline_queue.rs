//! An agenda: what is due when, the earliest first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stored::{Put, Take};

/// Keeps at most one instant for each key.
#[derive(Debug, Clone)]
pub struct DeadlineQueue<T, K> {
    by_time: BTreeSet<(T, K)>,
    /// The same by key. A tree: it grows without ever being moved as a whole.
    due: BTreeMap<K, T>,
}

impl<T, K> Default for DeadlineQueue<T, K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), due: BTreeMap::new() }
    }
}

impl<T: Ord + Copy, K: Ord + Clone> DeadlineQueue<T, K> {
    /// Notes when `key` is due, instead of what was noted for it before; nothing strikes it out.
    pub fn set(&mut self, key: &K, due: Option<T>) {
        // Most agendas are empty most of the time, and keys are not cheap to compare.
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

    /// Writes the agenda down.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error>
    where
        T: Serialize,
        K: Serialize,
    {
        // The other field says the same, by key.
        let Self { by_time, due: _ } = self;
        out.put_all(by_time.iter())
    }

    /// Reads back an agenda that was written down.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn restore<S: Take>(from: &mut S) -> Result<Self, S::Error>
    where
        T: DeserializeOwned + Send,
        K: DeserializeOwned + Send,
    {
        let listed: Vec<(T, K)> = from.take_list()?;
        let due = listed.iter().map(|(at, key)| (key.clone(), *at)).collect();
        Ok(Self { by_time: listed.into_iter().collect(), due })
    }

    /// The earliest instant, and the first key that is due then.
    #[must_use]
    pub fn first(&self) -> Option<(T, &K)> {
        self.by_time.first().map(|(due, key)| (*due, key))
    }

    /// The keys that are due at `now` or were before, the earliest first.
    pub fn due(&self, now: T) -> impl Iterator<Item = &K> {
        self.by_time.iter().take_while(move |(due, _)| *due <= now).map(|(_, key)| key)
    }

    /// Whether nothing is noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }
}
