//! A map of millions of entries that grows without a pause: a slab, which never moves entries, and a hash
//! index of their slots.

use std::fmt;
use std::hash::Hash;

use super::hash_index::{Fingerprint, HashIndex};
use super::prefetch::prefetch;
use super::seeded_hasher::SeededHasher;
use super::slab::Slab;
pub use super::slab::SlotId;

/// A map from keys to values with stable slots.
#[derive(Clone)]
pub struct StableMap<K, V> {
    hasher: SeededHasher,
    index: HashIndex,
    slab: Slab<(K, V)>,
}

impl<K: Hash + Eq + Clone, V> Default for StableMap<K, V> {
    fn default() -> Self {
        Self::with_room(0, SeededHasher::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for StableMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.index.slots().filter_map(|slot| self.slab.get(slot));
        f.debug_map().entries(each.map(|(key, value)| (key, value))).finish()
    }
}

impl<K: Hash + Eq + Clone, V> StableMap<K, V> {
    /// An empty map whose index has room for that many keys.
    #[must_use]
    pub fn with_room(keys: usize, hasher: SeededHasher) -> Self {
        Self { hasher, index: HashIndex::with_room(keys), slab: Slab::default() }
    }

    /// The seed of the hasher.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.hasher.seed()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot of a key's entry. It stays the key's until the entry is removed.
    #[must_use]
    pub fn slot(&self, key: &K) -> Option<SlotId> {
        self.slot_by(self.fingerprint(key), key)
    }

    fn slot_by(&self, fingerprint: Fingerprint, key: &K) -> Option<SlotId> {
        self.index.find(fingerprint, |slot| self.slab.get(slot).is_some_and(|(kept_for, _)| kept_for == key))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(self.slot(key)?).map(|(_, value)| value)
    }

    /// The value of a key, mutable.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.at_mut(self.slot(key)?)
    }

    /// The slot of a key's entry; a missing entry is inserted with the default value.
    pub fn slot_or_default(&mut self, key: &K) -> SlotId
    where
        V: Default,
    {
        self.slot_or_insert(key, V::default)
    }

    /// The slot of a key's entry; a missing entry is inserted with the value that `value` returns.
    fn slot_or_insert(&mut self, key: &K, value: impl FnOnce() -> V) -> SlotId {
        let fingerprint = self.fingerprint(key);
        if let Some(slot) = self.slot_by(fingerprint, key) {
            return slot;
        }
        let slot = self.slab.put((key.clone(), value()));
        self.index.put(fingerprint, slot);
        slot
    }

    /// Prefetches the entries of many keys, one step for all of them before the next step. Returns the values
    /// found, so that the caller can prefetch what they point to. A value may be another key's with a similar
    /// fingerprint, so the values are good for prefetching only.
    pub fn prefetch<'r>(wanted: impl Iterator<Item = (&'r Self, &'r K)>) -> Vec<&'r V>
    where
        K: 'r,
    {
        let fingerprints: Vec<_> = wanted.map(|(map, key)| (map, map.fingerprint(key))).collect();
        let entries = fingerprints
            .iter()
            .filter_map(|(map, fingerprint)| Some((*map, map.index.likely(*fingerprint)?)));
        let entries: Vec<_> = entries.collect();
        let slots: Vec<_> = entries.into_iter().map(|(map, entry)| (map, entry.slot)).collect();
        slots.into_iter().filter_map(|(map, slot)| map.at(slot)).map(|(_, value)| value).collect()
    }

    /// Prefetches where each of these maps inserts its next entry.
    pub fn prefetch_ends<'m>(maps: impl Iterator<Item = &'m Self>)
    where
        K: 'm,
        V: 'm,
    {
        prefetch(maps.map(|map| map.slab.last_block_len()));
    }

    /// The entry in a slot.
    #[must_use]
    pub fn at(&self, slot: SlotId) -> Option<(&K, &V)> {
        self.slab.get(slot).map(|(key, value)| (key, value))
    }

    /// The value in a slot, mutable.
    pub fn at_mut(&mut self, slot: SlotId) -> Option<&mut V> {
        self.entry_mut(slot).map(|(_, value)| value)
    }

    /// The entry in a slot, with the value mutable.
    pub fn entry_mut(&mut self, slot: SlotId) -> Option<(&K, &mut V)> {
        self.slab.get_mut(slot).map(|(key, value)| (&*key, value))
    }

    /// Removes and returns the entry in a slot.
    pub fn remove_at(&mut self, slot: SlotId) -> Option<(K, V)> {
        let (key, value) = self.slab.take(slot)?;
        self.index.take(self.fingerprint(&key), slot);
        Some((key, value))
    }

    /// Maps each slot to the index of its entry in [`Self::iter`]. That index is also the slot that the entry
    /// gets when all entries are inserted into an empty map in that order.
    pub fn order(&self) -> Vec<Option<SlotId>> {
        let mut order = vec![None; self.slab.slots()];
        for (slot, at) in self.index.slots().zip(SlotId::all()) {
            if let Some(slot) = order.get_mut(slot.index()) {
                *slot = Some(at);
            }
        }
        order
    }

    /// Sets the value of a key. Returns its slot.
    pub fn put(&mut self, key: &K, value: V) -> SlotId {
        let mut value = Some(value);
        let slot = self.slot_or_insert(key, || value.take().expect("asked for once"));
        if let Some(value) = value {
            *self.at_mut(slot).expect("just found") = value;
        }
        slot
    }

    /// The entries, in the order of the index. Inserting them in that order into a map with the same seed and
    /// room for all fills one table after the other.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let kept = self.index.slots().filter_map(|slot| self.slab.get(slot));
        kept.map(|(key, value)| (key, value))
    }

    fn fingerprint(&self, key: &K) -> Fingerprint {
        Fingerprint::of(&self.hasher, key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::StableMap;
    use crate::collections::seeded_hasher::SeededHasher;

    fn key(no: u32) -> String {
        format!("key {no}")
    }

    #[derive(Debug, Clone)]
    enum Step {
        Keep(u32, u64),
        Count(u32),
        Drop(u32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..400_u32, any::<u64>()).prop_map(|(no, value)| Step::Keep(no, value)),
            (0..400_u32).prop_map(Step::Count),
            (0..400_u32).prop_map(Step::Drop),
        ];
        proptest::collection::vec(step, 0..2_000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn it_keeps_what_a_map_keeps(steps in steps()) {
            let (mut map, mut model) = (StableMap::default(), HashMap::new());
            for step in steps {
                match step {
                    Step::Keep(no, value) => {
                        map.put(&key(no), value);
                        model.insert(key(no), value);
                    }
                    Step::Count(no) => {
                        let slot = map.slot_or_default(&key(no));
                        let count = map.at_mut(slot).unwrap();
                        *count = count.wrapping_add(1);
                        let other = model.entry(key(no)).or_default();
                        *other = u64::wrapping_add(*other, 1);
                    }
                    Step::Drop(no) => {
                        let slot = map.slot(&key(no));
                        let value = slot.and_then(|slot| map.at(slot)).map(|(_, value)| *value);
                        prop_assert_eq!(value, model.remove(&key(no)));
                        let removed = slot.and_then(|slot| map.remove_at(slot));
                        prop_assert_eq!(removed, value.map(|value| (key(no), value)));
                    }
                }
                prop_assert_eq!(map.len(), model.len());
            }
            let entries: HashMap<_, _> = map.iter().map(|(key, value)| (key.clone(), *value)).collect();
            prop_assert_eq!(entries, model);
        }
    }

    #[test]
    fn an_entry_is_found_by_its_slot_until_its_removal() {
        let mut map = StableMap::default();
        let slots: Vec<_> = (0..20_000).map(|no| map.put(&key(no), no)).collect();
        assert!((0..).zip(&slots).all(|(no, slot)| map.at(*slot) == Some((&key(no), &no))));
        assert!((0..).zip(&slots).all(|(no, slot)| map.slot_or_default(&key(no)) == *slot));
        let keys: Vec<_> = (0..20_000).map(key).collect();
        let found = StableMap::prefetch(keys.iter().map(|key| (&map, key)));
        let right = (0..20_000).zip(&found).filter(|(no, found)| no == **found).count();
        assert!(found.len() == keys.len() && right > keys.len() * 9 / 10, "{right} of {}", found.len());
        slots.iter().step_by(2).for_each(|slot| drop(map.remove_at(*slot)));
        assert_eq!(map.len(), slots.len() / 2);
        for (no, slot) in (0..).zip(&slots) {
            assert_eq!(map.get(&key(no)), map.at(*slot).map(|(_, kept)| kept), "{no}");
            assert_eq!(map.get(&key(no)).is_some(), no % 2 == 1, "{no}");
        }
        let order = map.order();
        let mut copy = StableMap::default();
        for (key, value) in map.iter() {
            copy.put(key, *value);
        }
        for slot in slots {
            let copied = order[slot.index()].and_then(|slot| copy.at(slot));
            assert_eq!(copied, map.at(slot));
        }
    }

    #[test]
    fn a_copy_with_the_same_seed_and_capacity_is_equal() {
        let mut map = StableMap::default();
        for no in 0..50_000 {
            map.put(&key(no), no);
        }
        let mut copy = StableMap::with_room(map.len(), SeededHasher::with(map.seed()));
        for (key, value) in map.iter() {
            copy.put(key, *value);
        }
        assert!(map.iter().all(|(key, value)| copy.get(key) == Some(value)));
        assert_eq!((copy.len(), copy.seed()), (map.len(), map.seed()));
    }
}
