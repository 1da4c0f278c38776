//! A roster: what is kept for each account, in a map that grows without ever making anybody wait for it.
//!
//! A common hash map doubles when it is full and moves all that it holds: for millions of accounts that is a
//! pause of a second, and twice the memory. A roster is made of small tables. One that is full becomes two,
//! by one more bit of the hash, and nothing else moves (extendible hashing: R. Fagin, J. Nievergelt,
//! N. Pippenger and H. R. Strong, ACM TODS 4(3), 1979). What is kept stands on a shelf and stays where it
//! is; the tables hold nothing but the half of its hash and its place, and so remain in the processor's cache.

use std::fmt;
use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::id::Account;
use super::seeded::Seeded;
pub use super::shelf::Place;
use super::shelf::Shelf;

/// Entries of a table that is full: seven eighths of its 4,096 places.
const TABLE_ENTRIES: usize = 3_584;

/// Entries of a table on average, once there are many.
const TABLE_ENTRIES_MEAN: usize = TABLE_ENTRIES * 3 / 4;

/// A roster of so many entries is in the processor's cache before anybody looks.
const CACHED_ENTRIES: usize = 16_384;

/// As many bits of a mark tell the table at most; beyond 30 million accounts the tables grow instead.
const TABLE_BITS: u32 = 13;

/// Half of an account's hash. A table uses the lowest bits for the way into it, and the seven above them to
/// tell its entries apart; the others tell which table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u32);

impl Mark {
    /// The hash by which a table finds its way: it looks at the lowest bits, and at the seven highest.
    fn hash(self) -> u64 {
        let mark = u64::from(self.0);
        mark | mark >> 12 << 57
    }

    /// The bits that tell the table, as far as there are so many endings.
    fn ending(self, endings: usize) -> usize {
        (self.0 >> (u32::BITS - TABLE_BITS)) as usize & (endings - 1)
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    mark: Mark,
    place: Place,
}

#[derive(Clone)]
struct Table {
    /// How many bits of their marks its entries have in common.
    bits: u32,
    slots: HashTable<Slot>,
}

impl Table {
    fn new(bits: u32) -> Self {
        Self { bits, slots: HashTable::new() }
    }

    fn is_full(&self) -> bool {
        self.slots.len() >= TABLE_ENTRIES && self.bits < TABLE_BITS
    }
}

/// What is kept for each account.
#[derive(Clone)]
pub struct Roster<V> {
    hasher: Seeded,
    /// The table of each ending that a mark may have; how many there are is a power of two.
    directory: Vec<u32>,
    tables: Vec<Table>,
    shelf: Shelf<(Account, V)>,
}

impl<V> Default for Roster<V> {
    fn default() -> Self {
        Self::with_room(0, Seeded::default())
    }
}

impl<V: fmt::Debug> fmt::Debug for Roster<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<V> Roster<V> {
    /// An empty roster in which so many accounts will soon be.
    #[must_use]
    pub fn with_room(accounts: usize, hasher: Seeded) -> Self {
        let tables = (accounts / TABLE_ENTRIES_MEAN + 1).next_power_of_two().min(1 << TABLE_BITS);
        let bits = tables.trailing_zeros();
        let directory = (0..).take(tables).collect();
        let tables = (0..tables).map(|_| Table::new(bits)).collect();
        Self { hasher, directory, tables, shelf: Shelf::default() }
    }

    /// The seed by which accounts find their places.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.hasher.seed()
    }

    /// How many accounts something is kept for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where that is which is kept for the account. The place is the account's until nothing is kept for it.
    #[must_use]
    pub fn place(&self, account: &Account) -> Option<Place> {
        self.place_by(self.mark(account), account)
    }

    fn place_by(&self, mark: Mark, account: &Account) -> Option<Place> {
        let slot = self.table(mark).slots.find(mark.hash(), is_of(mark, account, &self.shelf))?;
        Some(slot.place)
    }

    /// What is kept for the account.
    #[must_use]
    pub fn get(&self, account: &Account) -> Option<&V> {
        self.at(self.place(account)?).map(|(_, value)| value)
    }

    /// What is kept for the account, to be changed.
    pub fn get_mut(&mut self, account: &Account) -> Option<&mut V> {
        self.at_mut(self.place(account)?)
    }

    /// Where that is which is kept for the account; from now on something is.
    pub fn place_or_default(&mut self, account: &Account) -> Place
    where
        V: Default,
    {
        self.place_or_put(account, V::default)
    }

    /// The same; where nothing was kept, `value` is from now on.
    fn place_or_put(&mut self, account: &Account, value: impl FnOnce() -> V) -> Place {
        let mark = self.mark(account);
        if let Some(place) = self.place_by(mark, account) {
            return place;
        }
        self.make_room(mark);
        let place = self.shelf.put((account.clone(), value()));
        let slots = &mut table_mut(&self.directory, &mut self.tables, mark).slots;
        slots.insert_unique(mark.hash(), Slot { mark, place }, |slot| slot.mark.hash());
        place
    }

    /// Finds what is kept for many accounts, step by step for all of them, so that the processor asks for the
    /// memory of many at once. What it finds may be another's with the same mark: it is good for nothing but to
    /// be looked at. Rosters that fit into the processor's cache are left out.
    pub fn look_ahead<'r>(wanted: impl Iterator<Item = (&'r Self, &'r Account)>) -> Vec<&'r V> {
        let large = wanted.filter(|(roster, _)| roster.len() > CACHED_ENTRIES);
        let marks: Vec<_> = large.map(|(roster, account)| (roster, roster.mark(account))).collect();
        let place_of = |(roster, mark): &(&'r Self, Mark)| {
            let slot = roster.table(*mark).slots.find(mark.hash(), |slot| slot.mark == *mark)?;
            Some((*roster, slot.place))
        };
        let places: Vec<_> = marks.iter().filter_map(place_of).collect();
        places.into_iter().filter_map(|(roster, place)| roster.at(place)).map(|(_, value)| value).collect()
    }

    /// What is kept at a place, and for whom.
    #[must_use]
    pub fn at(&self, place: Place) -> Option<(&Account, &V)> {
        self.shelf.get(place).map(|(account, value)| (account, value))
    }

    /// What is kept at a place, to be changed.
    pub fn at_mut(&mut self, place: Place) -> Option<&mut V> {
        self.shelf.get_mut(place).map(|(_, value)| value)
    }

    /// Keeps nothing at a place any more.
    pub fn remove_at(&mut self, place: Place) {
        let Some((account, _)) = self.shelf.take(place) else { return };
        let mark = self.mark(&account);
        let slots = &mut table_mut(&self.directory, &mut self.tables, mark).slots;
        if let Ok(slot) = slots.find_entry(mark.hash(), |slot| slot.place == place) {
            slot.remove();
        }
    }

    /// For each place, the how-manieth of [`Self::iter`] stands there, if one does. Entered in that order into
    /// an empty roster, each will stand at the place of that number.
    pub fn order(&self) -> Vec<Option<Place>> {
        let mut order = vec![None; self.shelf.places()];
        let slots = self.tables.iter().flat_map(|table| &table.slots);
        for (slot, at) in slots.zip(Place::all()) {
            if let Some(place) = order.get_mut(slot.place.index()) {
                *place = Some(at);
            }
        }
        order
    }

    /// Keeps something for an account, in the place of what was kept before. Returns where.
    pub fn put(&mut self, account: &Account, value: V) -> Place {
        let mut value = Some(value);
        let place = self.place_or_put(account, || value.take().expect("asked for once"));
        if let Some(value) = value {
            *self.at_mut(place).expect("just found") = value;
        }
        place
    }

    /// Everything that is kept, in the order of its tables. Into a roster with the same seed, and with room
    /// for all, it is best entered in that order: table after table.
    pub fn iter(&self) -> impl Iterator<Item = (&Account, &V)> {
        let slots = self.tables.iter().flat_map(|table| &table.slots);
        slots.filter_map(|slot| self.shelf.get(slot.place)).map(|(account, value)| (account, value))
    }

    fn mark(&self, account: &Account) -> Mark {
        let hash = self.hasher.hash_one(account);
        Mark(u32::try_from(hash >> u32::BITS).expect("the upper half of a hash has 32 bits"))
    }

    fn table(&self, mark: Mark) -> &Table {
        let ending = mark.ending(self.directory.len());
        let table = self.directory.get(ending).and_then(|&table| self.tables.get(table as usize));
        table.expect("every ending has its table")
    }

    /// Sees to it that the table of that mark is not full.
    fn make_room(&mut self, mark: Mark) {
        while self.table(mark).is_full() {
            self.split(mark.ending(self.directory.len()));
        }
    }

    /// Makes two of a table: one more bit tells which of them has an entry.
    fn split(&mut self, ending_of_one: usize) {
        let next = u32::try_from(self.tables.len()).expect("fewer tables than a u32 counts");
        let at = *self.directory.get(ending_of_one).expect("every ending has its table");
        let full = self.tables.get_mut(at as usize).expect("the directory names tables that are there");
        let bits = full.bits;
        let bit = 1_usize << bits;
        let mut old = std::mem::replace(full, Table::new(bits + 1));
        let mut other = Table::new(bits + 1);
        for slot in old.slots.drain() {
            let goes = slot.mark.ending(bit << 1) & bit != 0;
            let table = if goes { &mut other } else { &mut *full };
            table.slots.insert_unique(slot.mark.hash(), slot, |slot| slot.mark.hash());
        }
        self.tables.push(other);
        if self.directory.len() == bit {
            self.directory.extend_from_within(..);
        }
        let first = (ending_of_one & (bit - 1)) | bit;
        self.directory.iter_mut().skip(first).step_by(bit << 1).for_each(|table| *table = next);
    }
}

fn table_mut<'r>(directory: &[u32], tables: &'r mut [Table], mark: Mark) -> &'r mut Table {
    let table = directory.get(mark.ending(directory.len()));
    let table = table.and_then(|&table| tables.get_mut(table as usize));
    table.expect("every ending has its table")
}

fn is_of<V>(mark: Mark, account: &Account, shelf: &Shelf<(Account, V)>) -> impl Fn(&Slot) -> bool {
    move |slot| slot.mark == mark && shelf.get(slot.place).is_some_and(|(kept_for, _)| kept_for == account)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{Account, Roster, TABLE_ENTRIES};
    use crate::domain::id::Network;
    use crate::domain::seeded::Seeded;

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
            let (mut roster, mut map) = (Roster::default(), HashMap::new());
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
                        place.into_iter().for_each(|place| roster.remove_at(place));
                    }
                }
                prop_assert_eq!(roster.len(), map.len());
            }
            let kept: HashMap<_, _> = roster.iter().map(|(who, what)| (who.clone(), *what)).collect();
            prop_assert_eq!(kept, map);
        }
    }

    #[test]
    fn tables_become_two_and_nothing_is_lost() {
        let people = 100_000;
        let mut roster = Roster::default();
        for no in 0..people {
            roster.put(&account(no), no);
            // Each grows alone, and the directory is as long as the fullest of them needs.
            assert!(roster.tables.iter().all(|table| table.slots.len() <= TABLE_ENTRIES));
            assert!(roster.directory.len() <= 8 * roster.tables.len(), "after {no}");
        }
        assert!(roster.tables.len() > 25, "{} tables", roster.tables.len());
        assert!((0..people).all(|no| roster.get(&account(no)) == Some(&no)));
        assert_eq!(roster.get(&account(people)), None);
        for no in 0..people {
            let place = roster.place(&account(no)).unwrap();
            assert_eq!(roster.get_mut(&account(no)).copied(), Some(no));
            roster.remove_at(place);
            assert_eq!(roster.place(&account(no)), None);
        }
        assert!(roster.is_empty() && roster.iter().next().is_none());
    }

    #[test]
    fn what_is_kept_is_found_by_its_place_until_it_is_taken_away() {
        let mut roster = Roster::default();
        let places: Vec<_> = (0..20_000).map(|no| roster.put(&account(no), no)).collect();
        assert!((0..).zip(&places).all(|(no, place)| roster.at(*place) == Some((&account(no), &no))));
        assert!((0..).zip(&places).all(|(no, place)| roster.place_or_default(&account(no)) == *place));
        let people: Vec<_> = (0..20_000).map(account).collect();
        let found = Roster::look_ahead(people.iter().map(|account| (&roster, account)));
        let right = (0..20_000).zip(&found).filter(|(no, found)| no == **found).count();
        assert!(found.len() == people.len() && right > people.len() - 3, "{right} of {}", found.len());
        places.iter().step_by(2).for_each(|place| roster.remove_at(*place));
        assert_eq!(roster.len(), places.len() / 2);
        for (no, place) in (0..).zip(&places) {
            assert_eq!(roster.get(&account(no)), roster.at(*place).map(|(_, kept)| kept), "{no}");
            assert_eq!(roster.get(&account(no)).is_some(), no % 2 == 1, "{no}");
        }
        let order = roster.order();
        let mut copy = Roster::default();
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
        let mut roster = Roster::default();
        for no in 0..50_000 {
            roster.put(&account(no), no);
        }
        let mut copy = Roster::with_room(roster.len(), Seeded::with(roster.seed()));
        for (who, what) in roster.iter() {
            copy.put(who, *what);
        }
        assert!(roster.iter().all(|(who, what)| copy.get(who) == Some(what)));
        assert_eq!((copy.len(), copy.seed()), (roster.len(), roster.seed()));
    }
}
