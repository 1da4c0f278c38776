//! An index of a slab: the slots of its values, by the hash of a key.
//!
//! An ordinary hash map doubles when it is full and moves all entries: with millions of them that is a pause
//! of a second, and twice the memory. This index consists of small tables. A full table is split in two by
//! one more bit of the hash, and nothing else moves (extendible hashing: R. Fagin, J. Nievergelt, N.
//! Pippenger and H. R. Strong, ACM TODS 4(3), 1979). An entry holds half of a hash and a slot, eight bytes,
//! so that the tables stay in the processor's cache.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;

use super::prefetch::prefetch;
use super::slab::SlotId;

/// Entries of a full table: seven eighths of its 4,096 buckets.
const TABLE_ENTRIES: usize = 3_584;

/// Average entries of a table, once there are many tables.
const TABLE_ENTRIES_MEAN: usize = TABLE_ENTRIES * 3 / 4;

/// Upper bound on the bits of a fingerprint that select the table; beyond 30 million entries the tables grow
/// instead.
const TABLE_BITS: u32 = 13;

/// Half of a hash. The highest bits select the table. Within a table the lowest twelve bits select a bucket,
/// and the seven bits above them tell entries apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u32);

impl Fingerprint {
    /// The fingerprint of a key.
    pub fn of(hasher: &impl BuildHasher, key: &(impl Hash + ?Sized)) -> Self {
        let hash = hasher.hash_one(key);
        Self(u32::try_from(hash >> u32::BITS).expect("the upper half of a hash has 32 bits"))
    }

    /// The hash that a table gets: the table uses its lowest bits and its seven highest.
    fn hash(self) -> u64 {
        let fingerprint = u64::from(self.0);
        fingerprint | fingerprint >> 12 << 57
    }

    /// The bits that select one of `endings` directory entries; `endings` is a power of two.
    fn ending(self, endings: usize) -> usize {
        (self.0 >> (u32::BITS - TABLE_BITS)) as usize & (endings - 1)
    }
}

/// An entry: a fingerprint and a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    fingerprint: Fingerprint,
    pub(super) slot: SlotId,
}

#[derive(Debug, Clone)]
struct Table {
    /// How many selecting bits the fingerprints of all entries share.
    bits: u32,
    entries: HashTable<Entry>,
}

impl Table {
    fn new(bits: u32) -> Self {
        Self { bits, entries: HashTable::new() }
    }

    /// A table that has room for all entries of a full one.
    fn roomy(bits: u32) -> Self {
        Self { bits, entries: HashTable::with_capacity(TABLE_ENTRIES) }
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= TABLE_ENTRIES && self.bits < TABLE_BITS
    }
}

/// Slots by fingerprint. Several slots may have the same fingerprint.
#[derive(Debug, Clone)]
pub struct HashIndex(Tables);

#[derive(Debug, Clone)]
enum Tables {
    /// The only table. Most indexes are small and need no directory.
    One(Table),
    Many {
        /// The table of each value of the selecting bits. The length is a power of two.
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
    /// An empty index with room for that many entries.
    #[must_use]
    pub fn with_room(slots: usize) -> Self {
        let tables = (slots / TABLE_ENTRIES_MEAN + 1).next_power_of_two().min(1 << TABLE_BITS);
        if tables == 1 {
            return Self(Tables::One(Table::new(0)));
        }
        let directory = (0..).take(tables).collect();
        let tables = (0..tables).map(|_| Table::roomy(tables.trailing_zeros())).collect();
        Self(Tables::Many { directory, tables })
    }

    /// The slot with that fingerprint for which `is` returns true.
    pub fn find(&self, fingerprint: Fingerprint, is: impl Fn(SlotId) -> bool) -> Option<SlotId> {
        let entry = self
            .table(fingerprint)
            .entries
            .find(fingerprint.hash(), |entry| entry.fingerprint == fingerprint && is(entry.slot))?;
        Some(entry.slot)
    }

    /// An entry that probably has that fingerprint: only seven bits are compared. For prefetching only.
    pub(super) fn likely(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.table(fingerprint).entries.find(fingerprint.hash(), |_| true)
    }

    /// Prefetches what a lookup or an insertion of these fingerprints reads.
    pub fn prefetch(&self, fingerprints: &[Fingerprint]) {
        prefetch(
            fingerprints
                .iter()
                .filter_map(|fingerprint| self.likely(*fingerprint))
                .map(|entry| entry.slot.index()),
        );
    }

    /// All entries with that fingerprint.
    pub fn all(&self, fingerprint: Fingerprint) -> impl Iterator<Item = SlotId> {
        let near = self.table(fingerprint).entries.iter_hash(fingerprint.hash());
        near.filter(move |entry| entry.fingerprint == fingerprint).map(|entry| entry.slot)
    }

    /// All slots, in the order of the tables. Inserting them in that order into an index with room for all
    /// fills one table after the other.
    pub fn slots(&self) -> impl Iterator<Item = SlotId> {
        let tables = match &self.0 {
            Tables::One(table) => std::slice::from_ref(table),
            Tables::Many { tables, .. } => tables.as_slice(),
        };
        tables.iter().flat_map(|table| &table.entries).map(|entry| entry.slot)
    }

    /// Inserts a slot.
    pub fn put(&mut self, fingerprint: Fingerprint, slot: SlotId) {
        while self.table(fingerprint).is_full() {
            self.split(fingerprint);
        }
        self.table_mut(fingerprint).entries.insert_unique(
            fingerprint.hash(),
            Entry { fingerprint, slot },
            |entry| entry.fingerprint.hash(),
        );
    }

    /// Removes a slot.
    pub fn take(&mut self, fingerprint: Fingerprint, slot: SlotId) {
        let entries = &mut self.table_mut(fingerprint).entries;
        if let Ok(entry) =
            entries.find_entry(fingerprint.hash(), |entry| *entry == Entry { fingerprint, slot })
        {
            entry.remove();
        }
    }

    fn table(&self, fingerprint: Fingerprint) -> &Table {
        match &self.0 {
            Tables::One(table) => table,
            Tables::Many { directory, tables } => {
                let table = directory.get(fingerprint.ending(directory.len()));
                table.and_then(|&table| tables.get(table as usize)).expect("every ending has its table")
            }
        }
    }

    fn table_mut(&mut self, fingerprint: Fingerprint) -> &mut Table {
        match &mut self.0 {
            Tables::One(table) => table,
            Tables::Many { directory, tables } => {
                let table = directory.get(fingerprint.ending(directory.len()));
                table.and_then(|&table| tables.get_mut(table as usize)).expect("every ending has its table")
            }
        }
    }

    /// Splits the table of a fingerprint in two, by one more selecting bit.
    fn split(&mut self, fingerprint: Fingerprint) {
        if let Tables::One(table) = &mut self.0 {
            let tables = vec![std::mem::replace(table, Table::new(0))];
            self.0 = Tables::Many { directory: vec![0], tables };
        }
        let Tables::Many { directory, tables } = &mut self.0 else { return };
        let next = u32::try_from(tables.len()).expect("fewer tables than a u32 counts");
        let ending = fingerprint.ending(directory.len());
        let at = *directory.get(ending).expect("every ending has its table");
        let full = tables.get_mut(at as usize).expect("the directory names tables that are there");
        let bits = full.bits;
        let bit = 1_usize << bits;
        let mut old = std::mem::replace(full, Table::roomy(bits + 1));
        let mut other = Table::roomy(bits + 1);
        for entry in old.entries.drain() {
            let moves = entry.fingerprint.ending(bit << 1) & bit != 0;
            let table = if moves { &mut other } else { &mut *full };
            table.entries.insert_unique(entry.fingerprint.hash(), entry, |entry| entry.fingerprint.hash());
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

    fn fingerprint(key: u32) -> Fingerprint {
        Fingerprint::of(&FixedState::default(), &key)
    }

    /// The length of the directory, and the tables.
    fn tables(index: &HashIndex) -> (usize, &[Table]) {
        match &index.0 {
            Tables::One(table) => (1, std::slice::from_ref(table)),
            Tables::Many { directory, tables } => (directory.len(), tables),
        }
    }

    #[test]
    fn a_full_table_splits_without_losing_entries() {
        let mut index = HashIndex::default();
        let stored: Vec<_> = (0..100_000).zip(SlotId::all()).collect();
        for &(no, slot) in &stored {
            index.put(fingerprint(no), slot);
            // Each table grows alone, and the directory is as long as the fullest table needs.
            let (directory, tables) = tables(&index);
            assert!(tables.iter().all(|table| table.entries.len() <= TABLE_ENTRIES));
            assert!(directory <= 8 * tables.len(), "after {no}");
        }
        assert!(tables(&index).1.len() > 25);
        assert_eq!(index.slots().map(SlotId::number).collect::<BTreeSet<_>>(), (0..100_000).collect());
        for (no, slot) in stored {
            assert_eq!(index.find(fingerprint(no), |found| found == slot), Some(slot));
            index.take(fingerprint(no), slot);
            assert_eq!(index.find(fingerprint(no), |found| found == slot), None);
        }
        assert_eq!(index.slots().next(), None);
    }

    #[test]
    fn several_slots_may_share_a_fingerprint() {
        let mut index = HashIndex::default();
        let slots: Vec<_> = SlotId::all().take(2 * TABLE_ENTRIES).collect();
        slots.iter().for_each(|slot| index.put(fingerprint(7), *slot));
        let found =
            |index: &HashIndex| index.all(fingerprint(7)).map(SlotId::number).collect::<BTreeSet<_>>();
        assert_eq!(found(&index), slots.iter().map(|slot| slot.number()).collect());
        assert_eq!(index.all(fingerprint(8)).next(), None);
        for slot in &slots[1..] {
            index.take(fingerprint(7), *slot);
        }
        assert_eq!(found(&index), BTreeSet::from([0]));
    }
}
