//! A slab: values in numbered slots. Values never move, however many there are, and the slot that was freed
//! last is used next.

use serde::{Deserialize, Serialize};

/// Slots of the first block; each later block has twice as many as the one before it, up to [`BLOCK`].
const FIRST_BLOCK: u32 = 8;

/// Slots of a block, once there are many values.
const BLOCK: u32 = 4_096;

/// The number of blocks that are shorter than the others.
const SHORT_BLOCKS: u32 = BLOCK.ilog2() - FIRST_BLOCK.ilog2();

/// Identifies a value while it is in the slab. Then the slot is reused, and the id is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotId(u32);

impl SlotId {
    /// The slots, in the order in which an empty slab uses them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self)
    }

    /// The number of the slot, from 0.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The number as a `usize`.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The block of the slot, and the index in the block.
    fn in_block(self) -> (usize, usize) {
        let no = self.0 + FIRST_BLOCK;
        let (block, index) = if no < BLOCK {
            (no.ilog2() - FIRST_BLOCK.ilog2(), no - (1 << no.ilog2()))
        } else {
            (SHORT_BLOCKS - 1 + no / BLOCK, no % BLOCK)
        };
        (block as usize, index as usize)
    }

    /// The slots of a block.
    fn block_slots(block: usize) -> usize {
        let doubled = u32::try_from(block).unwrap_or(u32::MAX).min(SHORT_BLOCKS);
        (FIRST_BLOCK << doubled) as usize
    }
}

#[derive(Debug, Clone)]
enum Entry<T> {
    Used(T),
    /// Free, with the slot that was freed before this one.
    Free(Option<u32>),
}

/// Values in their slots.
#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    blocks: Vec<Vec<Entry<T>>>,
    /// Slots that were used at least once.
    opened: u32,
    /// The slot that was freed last.
    free: Option<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), opened: 0, free: None, len: 0 }
    }
}

impl<T> Slab<T> {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The number of slots, used and free.
    pub(super) fn slots(&self) -> usize {
        self.opened as usize
    }

    /// The length of the last block.
    pub(super) fn last_block_len(&self) -> usize {
        self.blocks.last().map_or(0, Vec::len)
    }

    /// The value in a slot.
    pub(super) fn get(&self, slot: SlotId) -> Option<&T> {
        let (block, index) = slot.in_block();
        match self.blocks.get(block)?.get(index)? {
            Entry::Used(value) => Some(value),
            Entry::Free(_) => None,
        }
    }

    /// The value in a slot, mutable.
    pub(super) fn get_mut(&mut self, slot: SlotId) -> Option<&mut T> {
        match self.entry(slot)? {
            Entry::Used(value) => Some(value),
            Entry::Free(_) => None,
        }
    }

    /// Inserts a value.
    ///
    /// # Panics
    /// Panics if the number of values exceeds 32 bits.
    pub(super) fn put(&mut self, value: T) -> SlotId {
        self.len += 1;
        let Some(left) = self.free.map(SlotId) else { return self.open(value) };
        let entry = self.entry(left).expect("a free slot exists");
        let Entry::Free(before) = std::mem::replace(entry, Entry::Used(value)) else {
            panic!("the free list names free slots")
        };
        self.free = before;
        left
    }

    /// Removes and returns the value in a slot.
    pub(super) fn take(&mut self, slot: SlotId) -> Option<T> {
        let before = self.free;
        let entry = self.entry(slot).filter(|entry| matches!(entry, Entry::Used(_)))?;
        let Entry::Used(value) = std::mem::replace(entry, Entry::Free(before)) else { return None };
        self.free = Some(slot.0);
        self.len -= 1;
        Some(value)
    }

    /// Inserts a value into a slot that was never used.
    fn open(&mut self, value: T) -> SlotId {
        let opened = SlotId(self.opened);
        self.opened += 1;
        let (block, index) = opened.in_block();
        if index == 0 {
            self.blocks.push(Vec::with_capacity(SlotId::block_slots(block)));
        }
        self.blocks
            .get_mut(block)
            .expect("blocks are allocated one after the other")
            .push(Entry::Used(value));
        opened
    }

    fn entry(&mut self, slot: SlotId) -> Option<&mut Entry<T>> {
        let (block, index) = slot.in_block();
        self.blocks.get_mut(block)?.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BLOCK, Slab, SlotId};

    proptest! {
        /// Checks that each value is found in its slot while values are inserted and removed, and that a free
        /// slot has none.
        #[test]
        fn values_stay_in_their_slots(steps in proptest::collection::vec((any::<bool>(), 0..64_usize), 0..400)) {
            let (mut slab, mut held, mut left) = (Slab::default(), Vec::new(), Vec::<SlotId>::new());
            for (no, (comes, which)) in steps.into_iter().enumerate() {
                if comes || held.is_empty() {
                    let slot = slab.put(no);
                    prop_assert!(held.iter().all(|(other, _)| *other != slot));
                    prop_assert_eq!(left.pop().unwrap_or(slot), slot, "the slot that was left last is taken");
                    held.push((slot, no));
                } else {
                    let (slot, value) = held.swap_remove(which % held.len());
                    prop_assert_eq!(slab.take(slot), Some(value));
                    prop_assert_eq!((slab.take(slot), slab.get(slot)), (None, None));
                    left.push(slot);
                }
                prop_assert_eq!(slab.len(), held.len());
                prop_assert!(held.iter().all(|(slot, value)| slab.get(*slot) == Some(value)));
            }
        }
    }

    #[test]
    fn blocks_double_up_to_a_bound_and_every_slot_is_used() {
        let mut slab = Slab::default();
        let slots: Vec<SlotId> = (0..5 * BLOCK).map(|no| slab.put(no)).collect();
        assert!((0..).zip(&slots).all(|(no, slot)| slab.get(*slot) == Some(&no)));
        let lengths: Vec<usize> = slab.blocks.iter().map(Vec::len).collect();
        let whole = |block: usize| {
            if block + 1 == lengths.len() { lengths[block] } else { SlotId::block_slots(block) }
        };
        assert_eq!(lengths, (0..lengths.len()).map(whole).collect::<Vec<_>>());
        assert_eq!(lengths.iter().copied().max(), Some(BLOCK as usize));
        assert!(slab.blocks.iter().all(|block| block.capacity() <= BLOCK as usize), "no block ever grows");
    }
}
