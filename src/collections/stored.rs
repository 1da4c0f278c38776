//! The stored form of state: a sequence of items, read back in the order of writing.
//!
//! A container stores its entries one by one, so that neither writing nor reading ever holds all stored forms
//! in memory. Each `store` destructures its type and each `restore` builds it field by field: a forgotten
//! field does not compile.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::block_queue::BlockQueue;
use super::paged_vec::PagedVec;
use super::seeded_hasher::SeededHasher;
use super::stable_map::StableMap;

/// A sink of items.
pub trait Put {
    /// The error of a write.
    type Error;

    /// Writes one item, which should be small.
    ///
    /// # Errors
    /// Returns the sink's error.
    fn put<T: Serialize>(&mut self, item: &T) -> Result<(), Self::Error>;

    /// Writes the number of items, and then the items.
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

    /// Writes a [`PagedVec`]; `written` converts each value to its stored form.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_paged_vec<'s, V, T: Serialize>(
        &mut self,
        values: &'s PagedVec<V>,
        written: impl Fn(u32, &'s V) -> T,
    ) -> Result<(), Self::Error> {
        self.put(&values.len())?;
        values.iter().try_for_each(|(number, value)| self.put(&(number, written(number, value))))
    }

    /// Writes a [`BlockQueue`].
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_queue<T: Serialize>(&mut self, queue: &BlockQueue<T>) -> Result<(), Self::Error> {
        self.put(&queue.len())?;
        queue.iter().try_for_each(|entry| self.put(entry))
    }

    /// Writes a [`StableMap`] with the seed of its hasher.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_stable_map<K, V>(&mut self, map: &StableMap<K, V>) -> Result<(), Self::Error>
    where
        K: Serialize + Hash + Eq + Clone,
        V: Serialize,
    {
        self.put(&(map.seed(), map.len()))?;
        for entry in map.iter() {
            self.put(&entry)?;
        }
        Ok(())
    }
}

/// A source of items, in the order in which they were written.
pub trait Take {
    /// The error of a read.
    type Error;

    /// Reads one item.
    ///
    /// # Errors
    /// Returns the source's error.
    fn take<T: DeserializeOwned>(&mut self) -> Result<T, Self::Error>;

    /// Whether no item is left: what was written before an item was added at the end does not have it.
    ///
    /// # Errors
    /// Returns the source's error.
    fn is_over(&mut self) -> Result<bool, Self::Error>;

    /// Reads a number of items, and then the items.
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

    /// Reads a hash map.
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

    /// Reads a [`BlockQueue`].
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_queue<T: DeserializeOwned>(&mut self) -> Result<BlockQueue<T>, Self::Error> {
        let len: usize = self.take()?;
        (0..len).map(|_| self.take()).collect()
    }

    /// Reads a [`StableMap`] with the seed of its hasher.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_stable_map<K, V>(&mut self) -> Result<StableMap<K, V>, Self::Error>
    where
        K: DeserializeOwned + Hash + Eq + Clone + Send,
        V: DeserializeOwned + Send,
    {
        let (seed, len) = self.take()?;
        // A map with room for all entries is filled one table after the other.
        let mut map = StableMap::with_room(len, SeededHasher::with(seed));
        self.take_into(&mut map, len)?;
        Ok(map)
    }

    /// Reads `len` entries into a map. A source that reads ahead on another thread overrides this method.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_into<K, V>(&mut self, map: &mut StableMap<K, V>, len: usize) -> Result<(), Self::Error>
    where
        K: DeserializeOwned + Hash + Eq + Clone + Send,
        V: DeserializeOwned + Send,
    {
        for _ in 0..len {
            let (key, value) = self.take()?;
            map.put(&key, value);
        }
        Ok(())
    }

    /// Reads a value that the stored forms from `version` on have; older ones stand for the default.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_since<T: DeserializeOwned + Default>(&mut self, version: u32) -> Result<T, Self::Error>;

    /// Reads a sorted map.
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

/// The stored form of an `Arc` is its value. Sharing is not restored: each reader gets a copy.
pub mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the shared value.
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
