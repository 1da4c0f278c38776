//! A roster: what is kept for each of many keys, accounts most of all, in a map that grows without ever making anybody
//! wait for it. What is kept stands on a shelf and stays where it is, and a lookup tells where.

use std::fmt;
use std::hash::Hash;

use super::hash_index::{Fingerprint, HashIndex};
use super::prefetch::prefetch;
use super::seeded_hasher::SeededHasher;
use super::slab::Slab;
pub use super::slab::SlotId;

/// What is kept for each key.
#[derive(Clone)]
pub struct StableMap<K, V> {
    hasher: SeededHasher,
    lookup: HashIndex,
    shelf: Slab<(K, V)>,
}

impl<K: Hash + Eq + Clone, V> Default for StableMap<K, V> {
    fn default() -> Self {
        Self::with_room(0, SeededHasher::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for StableMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.lookup.places().filter_map(|place| self.shelf.get(place));
        f.debug_map().entries(each.map(|(key, value)| (key, value))).finish()
    }
}

impl<K: Hash + Eq + Clone, V> StableMap<K, V> {
    /// An empty roster in which so many keys will soon be.
    #[must_use]
    pub fn with_room(keys: usize, hasher: SeededHasher) -> Self {
        Self { hasher, lookup: HashIndex::with_room(keys), shelf: Slab::default() }
    }

    /// The seed by which keys find their places.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.hasher.seed()
    }

    /// How many keys something is kept for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where that is which is kept for the key. The place is the key's until nothing is kept for it.
    #[must_use]
    pub fn place(&self, key: &K) -> Option<SlotId> {
        self.place_by(self.mark(key), key)
    }

    fn place_by(&self, mark: Fingerprint, key: &K) -> Option<SlotId> {
        self.lookup.find(mark, |place| self.shelf.get(place).is_some_and(|(kept_for, _)| kept_for == key))
    }

    /// What is kept for the key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(self.place(key)?).map(|(_, value)| value)
    }

    /// What is kept for the key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.at_mut(self.place(key)?)
    }

    /// Where that is which is kept for the key; from now on something is.
    pub fn place_or_default(&mut self, key: &K) -> SlotId
    where
        V: Default,
    {
        self.place_or_put(key, V::default)
    }

    /// The same; where nothing was kept, `value` is from now on.
    fn place_or_put(&mut self, key: &K, value: impl FnOnce() -> V) -> SlotId {
        let mark = self.mark(key);
        if let Some(place) = self.place_by(mark, key) {
            return place;
        }
        let place = self.shelf.put((key.clone(), value()));
        self.lookup.put(mark, place);
        place
    }

    /// Finds what is kept for many keys, step by step for all of them, so that the processor asks for the
    /// memory of many at once. What it finds is another's now and then, whose mark is nearly the same: it is good for
    /// nothing but to be looked at.
    pub fn prefetch<'r>(wanted: impl Iterator<Item = (&'r Self, &'r K)>) -> Vec<&'r V>
    where
        K: 'r,
    {
        let marks: Vec<_> = wanted.map(|(roster, key)| (roster, roster.mark(key))).collect();
        let entries = marks.iter().filter_map(|(roster, mark)| Some((*roster, roster.lookup.likely(*mark)?)));
        let entries: Vec<_> = entries.collect();
        let places: Vec<_> = entries.into_iter().map(|(roster, entry)| (roster, entry.place)).collect();
        places.into_iter().filter_map(|(roster, place)| roster.at(place)).map(|(_, value)| value).collect()
    }

    /// Prefetches where each of these maps puts its next entry.
    pub fn prefetch_ends<'m>(maps: impl Iterator<Item = &'m Self>)
    where
        K: 'm,
        V: 'm,
    {
        prefetch(maps.map(|map| map.shelf.last_board()));
    }

    /// What is kept at a place, and for whom.
    #[must_use]
    pub fn at(&self, place: SlotId) -> Option<(&K, &V)> {
        self.shelf.get(place).map(|(key, value)| (key, value))
    }

    /// What is kept at a place, to be changed.
    pub fn at_mut(&mut self, place: SlotId) -> Option<&mut V> {
        self.entry_mut(place).map(|(_, value)| value)
    }

    /// The same, and for whom it is kept.
    pub fn entry_mut(&mut self, place: SlotId) -> Option<(&K, &mut V)> {
        self.shelf.get_mut(place).map(|(key, value)| (&*key, value))
    }

    /// Keeps nothing at a place any more. Returns what was kept there, and for whom.
    pub fn remove_at(&mut self, place: SlotId) -> Option<(K, V)> {
        let (key, value) = self.shelf.take(place)?;
        self.lookup.take(self.mark(&key), place);
        Some((key, value))
    }

    /// For each place, the how-manieth of [`Self::iter`] stands there, if one does. Entered in that order into
    /// an empty roster, each will stand at the place of that number.
    pub fn order(&self) -> Vec<Option<SlotId>> {
        let mut order = vec![None; self.shelf.places()];
        for (place, at) in self.lookup.places().zip(SlotId::all()) {
            if let Some(place) = order.get_mut(place.index()) {
                *place = Some(at);
            }
        }
        order
    }

    /// Keeps something for a key, in the place of what was kept before. Returns where.
    pub fn put(&mut self, key: &K, value: V) -> SlotId {
        let mut value = Some(value);
        let place = self.place_or_put(key, || value.take().expect("asked for once"));
        if let Some(value) = value {
            *self.at_mut(place).expect("just found") = value;
        }
        place
    }

    /// Everything that is kept, in the order of its lookup. Into a roster with the same seed, and with room
    /// for all, it is best entered in that order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let kept = self.lookup.places().filter_map(|place| self.shelf.get(place));
        kept.map(|(key, value)| (key, value))
    }

    fn mark(&self, key: &K) -> Fingerprint {
        Fingerprint::of(&self.hasher, key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::StableMap;
    use crate::collections::seeded_hasher::SeededHasher;
    use crate::domain::id::{Account, Network};

    fn account(no: u32) -> Account {
        Account::parse(Network::X, &(1_000_000 + no).to_string()).unwrap()
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
            let (mut roster, mut map) = (StableMap::default(), HashMap::new());
            for step in steps {
                match step {
                    Step::Keep(no, value) => {
                        roster.put(&account(no), value);
                        map.insert(account(no), value);
                    }
                    Step::Count(no) => {
                        let place = roster.place_or_default(&account(no));
                        let count = roster.at_mut(place).unwrap();
                        *count = count.wrapping_add(1);
                        let other = map.entry(account(no)).or_default();
                        *other = u64::wrapping_add(*other, 1);
                    }
                    Step::Drop(no) => {
                        let place = roster.place(&account(no));
                        let kept = place.and_then(|place| roster.at(place)).map(|(_, value)| *value);
                        prop_assert_eq!(kept, map.remove(&account(no)));
                        prop_assert_eq!(place.and_then(|place| roster.remove_at(place)), kept.map(|kept| (account(no), kept)));
                    }
                }
                prop_assert_eq!(roster.len(), map.len());
            }
            let kept: HashMap<_, _> = roster.iter().map(|(who, what)| (who.clone(), *what)).collect();
            prop_assert_eq!(kept, map);
        }
    }

    #[test]
    fn what_is_kept_is_found_by_its_place_until_it_is_taken_away() {
        let mut roster = StableMap::default();
        let places: Vec<_> = (0..20_000).map(|no| roster.put(&account(no), no)).collect();
        assert!((0..).zip(&places).all(|(no, place)| roster.at(*place) == Some((&account(no), &no))));
        assert!((0..).zip(&places).all(|(no, place)| roster.place_or_default(&account(no)) == *place));
        let people: Vec<_> = (0..20_000).map(account).collect();
        let found = StableMap::prefetch(people.iter().map(|account| (&roster, account)));
        let right = (0..20_000).zip(&found).filter(|(no, found)| no == **found).count();
        assert!(found.len() == people.len() && right > people.len() * 9 / 10, "{right} of {}", found.len());
        places.iter().step_by(2).for_each(|place| drop(roster.remove_at(*place)));
        assert_eq!(roster.len(), places.len() / 2);
        for (no, place) in (0..).zip(&places) {
            assert_eq!(roster.get(&account(no)), roster.at(*place).map(|(_, kept)| kept), "{no}");
            assert_eq!(roster.get(&account(no)).is_some(), no % 2 == 1, "{no}");
        }
        let order = roster.order();
        let mut copy = StableMap::default();
        for (who, what) in roster.iter() {
            copy.put(who, *what);
        }
        for place in places {
            let there = order[place.index()].and_then(|place| copy.at(place));
            assert_eq!(there, roster.at(place));
        }
    }

    #[test]
    fn a_copy_with_the_same_seed_and_room_for_all_is_the_same() {
        let mut roster = StableMap::default();
        for no in 0..50_000 {
            roster.put(&account(no), no);
        }
        let mut copy = StableMap::with_room(roster.len(), SeededHasher::with(roster.seed()));
        for (who, what) in roster.iter() {
            copy.put(who, *what);
        }
        assert!(roster.iter().all(|(who, what)| copy.get(who) == Some(what)));
        assert_eq!((copy.len(), copy.seed()), (roster.len(), roster.seed()));
    }
}
