//! How state is written down: item after item, and read back in the same order.
//!
//! What has many parts stores them one by one, so that neither writing nor reading ever needs all of them
//! at once. Each `store` takes its type apart and each `restore` puts it together field by field: a field
//! that is forgotten does not compile.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::seeded::Seeded;

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

    /// Puts a map down that may be large, with the seed of its hasher.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_map<K: Serialize, V: Serialize>(
        &mut self,
        map: &HashMap<K, V, Seeded>,
    ) -> Result<(), Self::Error> {
        self.put(&map.hasher().seed())?;
        self.put_all(map.iter())
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

    /// Takes a map that may be large, with the hasher with which it was put down.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_seeded<K, V>(&mut self) -> Result<HashMap<K, V, Seeded>, Self::Error>
    where
        K: DeserializeOwned + Hash + Eq + Send,
        V: DeserializeOwned + Send,
    {
        let (seed, len) = (self.take()?, self.take()?);
        // With room for all from the beginning, or its entries would be moved again and again.
        let mut map = HashMap::with_capacity_and_hasher(len, Seeded::with(seed));
        self.take_into(&mut map, len)?;
        Ok(map)
    }

    /// Takes so many entries into a map.
    ///
    /// # Errors
    /// As [`Self::take`].
    fn take_into<K, V>(&mut self, map: &mut HashMap<K, V, Seeded>, len: usize) -> Result<(), Self::Error>
    where
        K: DeserializeOwned + Hash + Eq + Send,
        V: DeserializeOwned + Send,
    {
        for _ in 0..len {
            let (key, value) = self.take()?;
            map.insert(key, value);
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
