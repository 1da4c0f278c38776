//! A lookup: where on a shelf things stand, by a hash of what they are found by.
//!
//! A common hash map doubles when it is full and moves all that it holds: for millions of things that is a
//! pause of a second, and twice the memory. A lookup is made of small tables. One that is full becomes two,
//! by one more bit of the hash, and nothing else moves (extendible hashing: R. Fagin, J. Nievergelt,
//! N. Pippenger and H. R. Strong, ACM TODS 4(3), 1979). The tables hold nothing but the half of a thing's hash
//! and its place, and so remain in the processor's cache.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;

use super::prefetch::prefetch;
use super::slab::SlotId;

/// Entries of a table that is full: seven eighths of its 4,096 places.
const TABLE_ENTRIES: usize = 3_584;

/// Entries of a table on average, once there are many.
const TABLE_ENTRIES_MEAN: usize = TABLE_ENTRIES * 3 / 4;

/// As many bits of a mark tell the table at most; beyond 30 million entries the tables grow instead.
const TABLE_BITS: u32 = 13;

/// Half of a hash. A table uses the lowest bits for the way into it, and the seven above them to tell its entries
/// apart; the others tell which table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u32);

impl Fingerprint {
    /// The mark of what things are found by.
    pub fn of(hasher: &impl BuildHasher, key: &(impl Hash + ?Sized)) -> Self {
        let hash = hasher.hash_one(key);
        Self(u32::try_from(hash >> u32::BITS).expect("the upper half of a hash has 32 bits"))
    }

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

/// An entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    mark: Fingerprint,
    pub(super) place: SlotId,
}

#[derive(Debug, Clone)]
struct Table {
    /// How many bits of their marks its entries have in common.
    bits: u32,
    slots: HashTable<Slot>,
}

impl Table {
    fn new(bits: u32) -> Self {
        Self { bits, slots: HashTable::new() }
    }

    /// One that will not grow before it is full.
    fn roomy(bits: u32) -> Self {
        Self { bits, slots: HashTable::with_capacity(TABLE_ENTRIES) }
    }

    fn is_full(&self) -> bool {
        self.slots.len() >= TABLE_ENTRIES && self.bits < TABLE_BITS
    }
}

/// Places by their marks. Several may have the same.
#[derive(Debug, Clone)]
pub struct HashIndex(Tables);

#[derive(Debug, Clone)]
enum Tables {
    /// Most lookups are small: whoever has this has the table.
    One(Table),
    Many {
        /// The table of each ending that a mark may have; how many there are is a power of two.
        directory: Vec<u32>,
        tables: Vec<Table>,
    },
}

impl Default for HashIndex {
    fn default() -> Self {
        Self::with_room(0)
    }
}

impl HashIndex {
    /// An empty lookup in which so many places will soon be.
    #[must_use]
    pub fn with_room(places: usize) -> Self {
        let tables = (places / TABLE_ENTRIES_MEAN + 1).next_power_of_two().min(1 << TABLE_BITS);
        if tables == 1 {
            return Self(Tables::One(Table::new(0)));
        }
        let directory = (0..).take(tables).collect();
        let tables = (0..tables).map(|_| Table::roomy(tables.trailing_zeros())).collect();
        Self(Tables::Many { directory, tables })
    }

    /// The place with that mark which is the one.
    pub fn find(&self, mark: Fingerprint, is: impl Fn(SlotId) -> bool) -> Option<SlotId> {
        let slot = self.table(mark).slots.find(mark.hash(), |slot| slot.mark == mark && is(slot.place))?;
        Some(slot.place)
    }

    /// An entry that has that mark most likely: seven bits of it are the same, and no more was read. It is good for
    /// nothing but to be looked at.
    pub(super) fn likely(&self, mark: Fingerprint) -> Option<&Slot> {
        self.table(mark).slots.find(mark.hash(), |_| true)
    }

    /// Prefetches what finding or inserting these reads.
    pub fn prefetch(&self, marks: &[Fingerprint]) {
        prefetch(marks.iter().filter_map(|mark| self.likely(*mark)).map(|slot| slot.place.index()));
    }

    /// All places with that mark.
    pub fn all(&self, mark: Fingerprint) -> impl Iterator<Item = SlotId> {
        let near = self.table(mark).slots.iter_hash(mark.hash());
        near.filter(move |slot| slot.mark == mark).map(|slot| slot.place)
    }

    /// Every place, in the order of the tables. Into a lookup with room for all it is best entered in that order:
    /// table after table.
    pub fn places(&self) -> impl Iterator<Item = SlotId> {
        let tables = match &self.0 {
            Tables::One(table) => std::slice::from_ref(table),
            Tables::Many { tables, .. } => tables.as_slice(),
        };
        tables.iter().flat_map(|table| &table.slots).map(|slot| slot.place)
    }

    /// Enters a place.
    pub fn put(&mut self, mark: Fingerprint, place: SlotId) {
        while self.table(mark).is_full() {
            self.split(mark);
        }
        self.table_mut(mark).slots.insert_unique(mark.hash(), Slot { mark, place }, |slot| slot.mark.hash());
    }

    /// Takes a place out.
    pub fn take(&mut self, mark: Fingerprint, place: SlotId) {
        let slots = &mut self.table_mut(mark).slots;
        if let Ok(slot) = slots.find_entry(mark.hash(), |slot| *slot == Slot { mark, place }) {
            slot.remove();
        }
    }

    fn table(&self, mark: Fingerprint) -> &Table {
        match &self.0 {
            Tables::One(table) => table,
            Tables::Many { directory, tables } => {
                let table = directory.get(mark.ending(directory.len()));
                table.and_then(|&table| tables.get(table as usize)).expect("every ending has its table")
            }
        }
    }

    fn table_mut(&mut self, mark: Fingerprint) -> &mut Table {
        match &mut self.0 {
            Tables::One(table) => table,
            Tables::Many { directory, tables } => {
                let table = directory.get(mark.ending(directory.len()));
                table.and_then(|&table| tables.get_mut(table as usize)).expect("every ending has its table")
            }
        }
    }

    /// Makes two of a mark's table: one more bit tells which of them has an entry.
    fn split(&mut self, mark: Fingerprint) {
        if let Tables::One(table) = &mut self.0 {
            let tables = vec![std::mem::replace(table, Table::new(0))];
            self.0 = Tables::Many { directory: vec![0], tables };
        }
        let Tables::Many { directory, tables } = &mut self.0 else { return };
        let next = u32::try_from(tables.len()).expect("fewer tables than a u32 counts");
        let ending = mark.ending(directory.len());
        let at = *directory.get(ending).expect("every ending has its table");
        let full = tables.get_mut(at as usize).expect("the directory names tables that are there");
        let bits = full.bits;
        let bit = 1_usize << bits;
        let mut old = std::mem::replace(full, Table::roomy(bits + 1));
        let mut other = Table::roomy(bits + 1);
        for slot in old.slots.drain() {
            let goes = slot.mark.ending(bit << 1) & bit != 0;
            let table = if goes { &mut other } else { &mut *full };
            table.slots.insert_unique(slot.mark.hash(), slot, |slot| slot.mark.hash());
        }
        tables.push(other);
        if directory.len() == bit {
            directory.extend_from_within(..);
        }
        let first = (ending & (bit - 1)) | bit;
        directory.iter_mut().skip(first).step_by(bit << 1).for_each(|table| *table = next);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use foldhash::fast::FixedState;

    use super::*;

    fn mark(key: u32) -> Fingerprint {
        Fingerprint::of(&FixedState::default(), &key)
    }

    /// How long the directory is, and the tables.
    fn tables(lookup: &HashIndex) -> (usize, &[Table]) {
        match &lookup.0 {
            Tables::One(table) => (1, std::slice::from_ref(table)),
            Tables::Many { directory, tables } => (directory.len(), tables),
        }
    }

    #[test]
    fn tables_become_two_and_nothing_is_lost() {
        let mut lookup = HashIndex::default();
        let placed: Vec<_> = (0..100_000).zip(SlotId::all()).collect();
        for &(no, place) in &placed {
            lookup.put(mark(no), place);
            // Each grows alone, and the directory is as long as the fullest of them needs.
            let (directory, tables) = tables(&lookup);
            assert!(tables.iter().all(|table| table.slots.len() <= TABLE_ENTRIES));
            assert!(directory <= 8 * tables.len(), "after {no}");
        }
        assert!(tables(&lookup).1.len() > 25);
        assert_eq!(lookup.places().map(SlotId::number).collect::<BTreeSet<_>>(), (0..100_000).collect());
        for (no, place) in placed {
            assert_eq!(lookup.find(mark(no), |found| found == place), Some(place));
            lookup.take(mark(no), place);
            assert_eq!(lookup.find(mark(no), |found| found == place), None);
        }
        assert_eq!(lookup.places().next(), None);
    }

    #[test]
    fn several_places_may_have_one_mark() {
        let mut lookup = HashIndex::default();
        let places: Vec<_> = SlotId::all().take(2 * TABLE_ENTRIES).collect();
        places.iter().for_each(|place| lookup.put(mark(7), *place));
        let found = |lookup: &HashIndex| lookup.all(mark(7)).map(SlotId::number).collect::<BTreeSet<_>>();
        assert_eq!(found(&lookup), places.iter().map(|place| place.number()).collect());
        assert_eq!(lookup.all(mark(8)).next(), None);
        for place in &places[1..] {
            lookup.take(mark(7), *place);
        }
        assert_eq!(found(&lookup), BTreeSet::from([0]));
    }
}
