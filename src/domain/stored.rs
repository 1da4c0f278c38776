//! How state is written down: item after item, and read back in the same order.
//!
//! What has many parts stores them one by one, so that neither writing nor reading ever needs all of them
//! at once. Each `store` takes its type apart and each `restore` puts it together field by field: a field
//! that is forgotten does not compile.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::id::Account;
use crate::collections::block_queue::BlockQueue;
use crate::collections::paged_vec::PagedVec;
use crate::collections::seeded_hasher::SeededHasher;
use crate::collections::stable_map::StableMap;

/// Where items go.
pub trait Put {
    /// Why an item could not be put there.
    type Error;

    /// Puts one item down. It should be small.
    ///
    /// # Errors
    /// What keeps it from being written.
    fn put<T: Serialize>(&mut self, item: &T) -> Result<(), Self::Error>;

    /// Puts down how many items there are, and then each.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_all<T: Serialize>(&mut self, items: impl ExactSizeIterator<Item = T>) -> Result<(), Self::Error> {
        self.put(&items.len())?;
        for item in items {
            self.put(&item)?;
        }
        Ok(())
    }

    /// Puts down what is kept in a series, as it is to be written.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_series<'s, V, T: Serialize>(
        &mut self,
        series: &'s PagedVec<V>,
        written: impl Fn(u32, &'s V) -> T,
    ) -> Result<(), Self::Error> {
        self.put(&series.len())?;
        series.iter().try_for_each(|(number, kept)| self.put(&(number, written(number, kept))))
    }

    /// Puts a queue down.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_fifo<T: Serialize>(&mut self, queue: &BlockQueue<T>) -> Result<(), Self::Error> {
        self.put(&queue.len())?;
        queue.iter().try_for_each(|entry| self.put(entry))
    }

    /// Puts a roster down, with the seed of its hasher.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_roster<V: Serialize>(&mut self, roster: &StableMap<Account, V>) -> Result<(), Self::Error> {
        self.put(&(roster.seed(), roster.len()))?;
        for entry in roster.iter() {
            self.put(&entry)?;
        }
        Ok(())
    }
}

/// Where items come from, in the order in which they were put down.
pub trait Take {
    /// Why the next item cannot be had.
    type Error;

    /// Takes one item.
    ///
    /// # Errors
    /// What keeps it from being read.
    fn take<T: DeserializeOwned>(&mut self) -> Result<T, Self::Error>;

    /// Takes as many items as there are.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_list<T: DeserializeOwned + Send>(&mut self) -> Result<Vec<T>, Self::Error> {
        let len = self.take()?;
        let mut list = Vec::with_capacity(len);
        for _ in 0..len {
            list.push(self.take()?);
        }
        Ok(list)
    }

    /// Takes a map.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_map<K, V, S>(&mut self) -> Result<HashMap<K, V, S>, Self::Error>
    where
        K: DeserializeOwned + Hash + Eq + Send,
        V: DeserializeOwned + Send,
        S: BuildHasher + Default,
    {
        Ok(self.take_list()?.into_iter().collect())
    }

    /// Takes a queue.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_fifo<T: DeserializeOwned>(&mut self) -> Result<BlockQueue<T>, Self::Error> {
        let len: usize = self.take()?;
        (0..len).map(|_| self.take()).collect()
    }

    /// Takes a roster, with the hasher with which it was put down.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_roster<V: DeserializeOwned + Send>(&mut self) -> Result<StableMap<Account, V>, Self::Error> {
        let (seed, len) = self.take()?;
        // With room for all from the beginning, so that they come table after table.
        let mut roster = StableMap::with_room(len, SeededHasher::with(seed));
        self.take_into(&mut roster, len)?;
        Ok(roster)
    }

    /// Takes so many entries into a roster.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_into<V: DeserializeOwned + Send>(
        &mut self,
        roster: &mut StableMap<Account, V>,
        len: usize,
    ) -> Result<(), Self::Error> {
        for _ in 0..len {
            let (account, value) = self.take()?;
            roster.put(&account, value);
        }
        Ok(())
    }

    /// Takes a map that is kept in the order of its keys.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_sorted<K, V>(&mut self) -> Result<BTreeMap<K, V>, Self::Error>
    where
        K: DeserializeOwned + Ord + Send,
        V: DeserializeOwned + Send,
    {
        Ok(self.take_list()?.into_iter().collect())
    }
}

/// What several share, each with a copy of its own once it is read back.
pub mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes what is shared.
    ///
    /// # Errors
    /// As writing it unshared.
    pub fn serialize<T: Serialize, S: Serializer>(shared: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(shared, serializer)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// As reading it unshared.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}
