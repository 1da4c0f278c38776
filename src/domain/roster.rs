//! A roster: what is kept for each account, in a map that grows without ever making anybody wait for it.
//!
//! A common hash map doubles when it is full and moves all that it holds: for millions of accounts that is a
//! pause of a second, and twice the memory. A roster is made of small tables. One that is full becomes two,
//! by one more bit of the hash, and nothing else moves (extendible hashing: R. Fagin, J. Nievergelt,
//! N. Pippenger and H. R. Strong, ACM TODS 4(3), 1979). What is kept stays where it is; the tables hold
//! nothing but its hash and its address, and so remain in the processor's cache.

use std::fmt;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::id::Account;
use super::seeded::Seeded;

/// Entries of a table that is full: seven eighths of its 4,096 places.
const TABLE_ENTRIES: usize = 3_584;

/// Entries of a table on average, once there are many.
const TABLE_ENTRIES_MEAN: usize = TABLE_ENTRIES * 3 / 4;

/// Of the hash, a table uses the lowest bits and the highest; those between tell which table it is.
const TABLE_BITS_FROM: u32 = 28;

/// As many bits of the hash tell the table at most.
const TABLE_BITS: u32 = 28;

#[derive(Clone)]
struct Slot<V> {
    hash: u64,
    entry: Box<(Account, V)>,
}

#[derive(Clone)]
struct Table<V> {
    /// How many bits of their hashes its entries have in common.
    bits: u32,
    slots: HashTable<Slot<V>>,
}

impl<V> Table<V> {
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
    /// The table of each ending that a hash may have; how many there are is a power of two.
    directory: Vec<u32>,
    tables: Vec<Table<V>>,
    len: usize,
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
        Self { hasher, directory, tables: (0..tables).map(|_| Table::new(bits)).collect(), len: 0 }
    }

    /// The seed by which accounts find their places.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.hasher.seed()
    }

    /// How many accounts something is kept for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is kept for the account.
    #[must_use]
    pub fn get(&self, account: &Account) -> Option<&V> {
        let hash = self.hasher.hash_one(account);
        let slot = self.table(hash).slots.find(hash, is_of(hash, account))?;
        Some(&slot.entry.1)
    }

    /// What is kept for the account, to be changed.
    pub fn get_mut(&mut self, account: &Account) -> Option<&mut V> {
        let hash = self.hasher.hash_one(account);
        let slot = self.table_mut(hash).slots.find_mut(hash, is_of(hash, account))?;
        Some(&mut slot.entry.1)
    }

    /// What is kept for the account; from now on something is.
    pub fn get_or_default(&mut self, account: &Account) -> &mut V
    where
        V: Default,
    {
        let hash = self.hasher.hash_one(account);
        self.make_room(hash);
        let Self { directory, tables, len, .. } = self;
        let slots = &mut table_mut(directory, tables, hash).slots;
        let slot = match slots.entry(hash, is_of(hash, account), |slot| slot.hash) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(place) => {
                *len += 1;
                place.insert(Slot { hash, entry: Box::new((account.clone(), V::default())) }).into_mut()
            }
        };
        &mut slot.entry.1
    }

    /// Keeps something for an account, in the place of what was kept before.
    pub fn insert(&mut self, account: Account, value: V) {
        let hash = self.hasher.hash_one(&account);
        self.make_room(hash);
        let Self { directory, tables, len, .. } = self;
        let slots = &mut table_mut(directory, tables, hash).slots;
        match slots.entry(hash, is_of(hash, &account), |slot| slot.hash) {
            Entry::Occupied(mut slot) => slot.get_mut().entry.1 = value,
            Entry::Vacant(place) => {
                *len += 1;
                place.insert(Slot { hash, entry: Box::new((account, value)) });
            }
        }
    }

    /// Keeps nothing for the account any more. Returns what was kept.
    pub fn remove(&mut self, account: &Account) -> Option<V> {
        let hash = self.hasher.hash_one(account);
        let found = self.table_mut(hash).slots.find_entry(hash, is_of(hash, account)).ok()?;
        let (slot, _) = found.remove();
        self.len -= 1;
        Some(slot.entry.1)
    }

    /// Everything that is kept, in the order of its places. Into a roster with the same seed, and with room
    /// for all, it is best entered in that order: table after table.
    pub fn iter(&self) -> impl Iterator<Item = (&Account, &V)> {
        let slots = self.tables.iter().flat_map(|table| &table.slots);
        slots.map(|slot| (&slot.entry.0, &slot.entry.1))
    }

    fn table(&self, hash: u64) -> &Table<V> {
        let ending = ending(hash, self.directory.len());
        let table = self.directory.get(ending).and_then(|&table| self.tables.get(table as usize));
        table.expect("every ending has its table")
    }

    fn table_mut(&mut self, hash: u64) -> &mut Table<V> {
        table_mut(&self.directory, &mut self.tables, hash)
    }

    /// Sees to it that the table of that hash is not full.
    fn make_room(&mut self, hash: u64) {
        while self.table(hash).is_full() {
            self.split(ending(hash, self.directory.len()));
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
            let goes = ending(slot.hash, bit << 1) & bit != 0;
            let table = if goes { &mut other } else { &mut *full };
            table.slots.insert_unique(slot.hash, slot, |slot| slot.hash);
        }
        self.tables.push(other);
        if self.directory.len() == bit {
            self.directory.extend_from_within(..);
        }
        let first = (ending_of_one & (bit - 1)) | bit;
        self.directory.iter_mut().skip(first).step_by(bit << 1).for_each(|table| *table = next);
    }
}

/// The bits of a hash that tell its table, as far as there are so many endings.
fn ending(hash: u64, endings: usize) -> usize {
    let bits = (hash >> TABLE_BITS_FROM) & ((1 << TABLE_BITS) - 1);
    usize::try_from(bits).expect("they fit into 32 bits") & (endings - 1)
}

fn table_mut<'r, V>(directory: &[u32], tables: &'r mut [Table<V>], hash: u64) -> &'r mut Table<V> {
    let table = directory.get(ending(hash, directory.len()));
    let table = table.and_then(|&table| tables.get_mut(table as usize));
    table.expect("every ending has its table")
}

fn is_of<V>(hash: u64, account: &Account) -> impl Fn(&Slot<V>) -> bool {
    move |slot| slot.hash == hash && slot.entry.0 == *account
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
                        roster.insert(account(no), value);
                        map.insert(account(no), value);
                    }
                    Step::Count(no) => {
                        let count = roster.get_or_default(&account(no));
                        *count = count.wrapping_add(1);
                        let other = map.entry(account(no)).or_default();
                        *other = u64::wrapping_add(*other, 1);
                    }
                    Step::Drop(no) => prop_assert_eq!(roster.remove(&account(no)), map.remove(&account(no))),
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
            roster.insert(account(no), no);
            // Each grows alone, and the directory is as long as the fullest of them needs.
            assert!(roster.tables.iter().all(|table| table.slots.len() <= TABLE_ENTRIES));
            assert!(roster.directory.len() <= 8 * roster.tables.len(), "after {no}");
        }
        assert!(roster.tables.len() > 25, "{} tables", roster.tables.len());
        assert!((0..people).all(|no| roster.get(&account(no)) == Some(&no)));
        assert_eq!(roster.get(&account(people)), None);
        for no in 0..people {
            assert_eq!(roster.get_mut(&account(no)).copied(), roster.remove(&account(no)), "{no}");
        }
        assert!(roster.is_empty() && roster.iter().next().is_none());
    }

    #[test]
    fn a_copy_with_the_same_seed_and_room_for_all_is_the_same() {
        let mut roster = Roster::default();
        (0..50_000).for_each(|no| roster.insert(account(no), no));
        let mut copy = Roster::with_room(roster.len(), Seeded::with(roster.seed()));
        roster.iter().for_each(|(who, what)| copy.insert(who.clone(), *what));
        assert!(roster.iter().all(|(who, what)| copy.get(who) == Some(what)));
        assert_eq!((copy.len(), copy.seed()), (roster.len(), roster.seed()));
    }
}
