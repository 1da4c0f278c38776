//! Timestamped references to sessions, in time order: the order in which sessions may forget.

use serde::{Deserialize, Serialize};

use crate::collections::block_queue::BlockQueue;
use crate::collections::stable_map::SlotId;
use crate::collections::stored::Take;
use crate::domain::time::Timestamp;

/// A timestamp and a session's slot. Every refused post adds one. Packed, it takes 12 bytes instead of 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(Rust, packed(4))]
struct Note {
    at: Timestamp,
    slot: SlotId,
}

/// A queue of notes, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(BlockQueue<Note>);

impl Notes {
    /// Adds a note that something happened to the session in `slot` at `at`.
    pub(super) fn push(&mut self, at: Timestamp, slot: SlotId) {
        self.0.push_back(Note { at, slot });
    }

    /// Adds a note, unless it equals the last one.
    pub(super) fn push_once(&mut self, at: Timestamp, slot: SlotId) {
        if self.0.back() != Some(&Note { at, slot }) {
            self.push(at, slot);
        }
    }

    /// Removes the oldest note if its time satisfies `is_due`. Returns its slot.
    pub(super) fn take_if(&mut self, is_due: impl FnOnce(Timestamp) -> bool) -> Option<SlotId> {
        self.0.front().filter(|note| is_due(note.at))?;
        self.0.pop_front().map(|note| note.slot)
    }

    /// All notes, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, SlotId)> {
        self.0.iter().map(|note| (note.at, note.slot))
    }

    /// The number of notes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Prefetches the end of each queue, where its next note is written.
    pub(super) fn prefetch_ends<'n>(all: impl Iterator<Item = &'n Self> + Clone) {
        BlockQueue::prefetch_ends(all.map(|notes| &notes.0), |note| note.slot.index());
    }

    /// Reads stored notes, each a timestamp and a slot.
    ///
    /// # Errors
    /// When the source fails.
    pub(super) fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        from.take_queue().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_small_and_taken_in_the_order_of_insertion() {
        assert_eq!(size_of::<Note>(), 12);
        let slots: Vec<_> = SlotId::all().take(3).collect();
        let at = |ms| Timestamp::from_ms(ms);
        let mut notes = Notes::default();
        notes.push(at(1), slots[0]);
        notes.push_once(at(1), slots[0]);
        notes.push_once(at(2), slots[0]);
        notes.push_once(at(2), slots[1]);
        notes.push(at(3), slots[2]);
        let made = [(at(1), slots[0]), (at(2), slots[0]), (at(2), slots[1]), (at(3), slots[2])];
        assert!(notes.iter().eq(made));
        for (_, slot) in &made[..3] {
            assert_eq!(notes.take_if(|noted| noted <= at(2)), Some(*slot));
        }
        assert_eq!(notes.take_if(|noted| noted <= at(2)), None);
        assert_eq!(notes.take_if(|noted| noted <= at(3)), Some(slots[2]));
        assert_eq!(notes.take_if(|_| true), None);
    }
}
