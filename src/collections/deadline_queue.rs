//! Deadlines of millions of entries that nearly all come in order and are nearly all removed before they are
//! due.
//!
//! A search tree would pay for an insertion and a removal in its middle for each entry. Here an entry in
//! order is appended to a [`BlockQueue`], and an entry out of order goes into a tree. Deletion is lazy:
//! removing an entry from the middle of the queue only counts a tombstone, and the entry is dropped when it
//! comes to the front. The queue does not mark tombstones: the owner of the entries knows which are live, and
//! the methods that may meet a tombstone take `is_live` to ask. Without tombstones `is_live` is never called.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::block_queue::BlockQueue;
use super::stored::{Put, Take};

/// Tombstones that are kept in any case; beyond them, a queue of which more than half are tombstones is compacted.
const TOMBSTONES_KEPT: usize = 64;

/// Entries of a deadline and a key, the earliest first. Equal deadlines are ordered by key.
///
/// A removed entry must not be inserted again with the same deadline: its tombstone would become live.
#[derive(Clone)]
pub struct DeadlineQueue<T, K> {
    /// The entries that came in order. The front is live.
    in_order: BlockQueue<(T, K)>,
    /// Tombstones in `in_order`.
    tombstones: usize,
    /// Entries that came after an entry with a later deadline. All are live.
    out_of_order: BTreeSet<(T, K)>,
}

impl<T, K> Default for DeadlineQueue<T, K> {
    fn default() -> Self {
        Self { in_order: BlockQueue::default(), tombstones: 0, out_of_order: BTreeSet::new() }
    }
}

impl<T: Ord + Copy, K: Ord + Copy> DeadlineQueue<T, K> {
    /// The number of live entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.in_order.len() - self.tombstones + self.out_of_order.len()
    }

    /// Whether no entry is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.in_order.is_empty() && self.out_of_order.is_empty()
    }

    /// Inserts an entry.
    pub fn insert(&mut self, due: T, key: K) {
        if self.in_order.back().is_some_and(|last| *last > (due, key)) {
            self.out_of_order.insert((due, key));
        } else {
            self.in_order.push_back((due, key));
        }
    }

    /// Inserts an entry that is due later than many entries still to come, such as a retry with a backoff. At
    /// the end of the queue it would put all of those out of order.
    pub fn insert_far(&mut self, due: T, key: K) {
        self.out_of_order.insert((due, key));
    }

    /// Removes a live entry. `is_live` may still return true for it.
    pub fn remove(&mut self, due: T, key: K, is_live: impl Fn(T, K) -> bool) {
        let removed = (due, key);
        if !self.out_of_order.is_empty() && self.out_of_order.remove(&removed) {
            return;
        }
        if self.in_order.front() == Some(&removed) {
            self.in_order.pop_front();
            return self.clean(is_live);
        }
        self.tombstones += 1;
        self.compact(|due, key| (due, key) != removed && is_live(due, key));
    }

    /// The earliest entry.
    #[must_use]
    pub fn first(&self) -> Option<(T, K)> {
        match (self.in_order.front(), self.out_of_order.first()) {
            (Some(one), Some(other)) => Some(*one.min(other)),
            (one, other) => one.or(other).copied(),
        }
    }

    /// Removes and returns the earliest entry.
    pub fn pop_first(&mut self, is_live: impl Fn(T, K) -> bool) -> Option<(T, K)> {
        let first = self.first()?;
        if self.in_order.front() == Some(&first) {
            self.in_order.pop_front();
            self.clean(is_live);
        } else {
            self.out_of_order.pop_first();
        }
        Some(first)
    }

    /// The live entries, the earliest first.
    pub fn iter(&self, is_live: impl Fn(T, K) -> bool) -> impl Iterator<Item = (T, K)> {
        let any_dead = self.tombstones > 0;
        let live = move |&(due, key): &(T, K)| !any_dead || is_live(due, key);
        let mut in_order = self.in_order.iter().copied().filter(live).peekable();
        let mut out_of_order = self.out_of_order.iter().copied().peekable();
        std::iter::from_fn(move || match (in_order.peek(), out_of_order.peek()) {
            (Some(one), Some(other)) if other < one => out_of_order.next(),
            (Some(_), _) => in_order.next(),
            (None, _) => out_of_order.next(),
        })
    }

    /// Writes the live entries, the earliest first.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P, is_live: impl Fn(T, K) -> bool) -> Result<(), P::Error>
    where
        T: Serialize,
        K: Serialize,
    {
        out.put(&self.len())?;
        self.iter(is_live).try_for_each(|entry| out.put(&entry))
    }

    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<S: Take>(from: &mut S) -> Result<Self, S::Error>
    where
        T: DeserializeOwned + Send,
        K: DeserializeOwned + Send,
    {
        Ok(Self { in_order: from.take_queue()?, ..Self::default() })
    }

    /// Restores both bounds after the front has left: the first entry is live, and tombstones are few.
    fn clean(&mut self, is_live: impl Fn(T, K) -> bool) {
        while self.tombstones > 0 && self.in_order.front().is_some_and(|&(due, key)| !is_live(due, key)) {
            self.in_order.pop_front();
            self.tombstones -= 1;
        }
        self.compact(is_live);
    }

    /// Drops all tombstones once they are too many. Each is paid for by the removal that made it, which moves one live
    /// entry at most.
    fn compact(&mut self, is_live: impl Fn(T, K) -> bool) {
        if self.tombstones <= TOMBSTONES_KEPT.max(self.in_order.len() / 2) {
            return;
        }
        let mut entries = std::mem::take(&mut self.in_order);
        while let Some((due, key)) = entries.pop_front() {
            if is_live(due, key) {
                self.in_order.push_back((due, key));
            }
        }
        self.tombstones = 0;
    }
}

/// Shows what does not depend on the order of arrival, in which a replay and a snapshot differ.
impl<T: Ord + Copy + fmt::Debug, K: Ord + Copy + fmt::Debug> fmt::Debug for DeadlineQueue<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadlineQueue").field("len", &self.len()).field("first", &self.first()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        /// Inserts `count` entries with one deadline.
        Insert { due: i64, count: usize },
        /// Inserts one entry out of order.
        InsertFar { due: i64 },
        /// Moves the deadline of the nth entry.
        Move { nth: usize, earlier_by: i64 },
        /// Pops the first entries.
        Pop { count: usize },
        /// Removes entries, beginning with the nth.
        Remove { nth: usize, count: usize },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (200..204_i64, 0..80_usize).prop_map(|(due, count)| Step::Insert { due, count }),
            (0..300_i64).prop_map(|due| Step::InsertFar { due }),
            (0..200_usize, 1..3_i64).prop_map(|(nth, earlier_by)| Step::Move { nth, earlier_by }),
            (0..40_usize).prop_map(|count| Step::Pop { count }),
            (0..200_usize, 0..120_usize).prop_map(|(nth, count)| Step::Remove { nth, count }),
        ];
        proptest::collection::vec(step, 0..60)
    }

    /// The queue, and the sorted set that it must agree with.
    #[derive(Default)]
    struct Pair {
        queue: DeadlineQueue<i64, u32>,
        model: BTreeSet<(i64, u32)>,
        next_key: u32,
    }

    impl Pair {
        fn insert(&mut self, due: i64) {
            self.queue.insert(due, self.next_key);
            self.model.insert((due, self.next_key));
            self.next_key += 1;
        }

        /// Removes entries; for half of them the owner still says that they are live.
        fn remove(&mut self, (due, key): (i64, u32)) {
            let Self { queue, model, .. } = self;
            if key % 2 == 0 {
                queue.remove(due, key, |due, key| model.contains(&(due, key)));
                model.remove(&(due, key));
            } else {
                model.remove(&(due, key));
                queue.remove(due, key, |due, key| model.contains(&(due, key)));
            }
        }

        fn take(&mut self, step: &Step) {
            match *step {
                Step::Insert { due, count } => (0..count).for_each(|_| self.insert(due)),
                Step::InsertFar { due } => {
                    self.queue.insert_far(due, self.next_key);
                    self.model.insert((due, self.next_key));
                    self.next_key += 1;
                }
                Step::Move { nth, earlier_by } => {
                    if let Some(&(due, key)) = self.model.iter().nth(nth) {
                        self.remove((due, key));
                        self.queue.insert(due - earlier_by, key);
                        self.model.insert((due - earlier_by, key));
                    }
                }
                Step::Pop { count } => {
                    for _ in 0..count {
                        let first = self.model.pop_first();
                        let live = |due, key| self.model.contains(&(due, key));
                        assert_eq!(self.queue.pop_first(live), first);
                    }
                }
                Step::Remove { nth, count } => {
                    let removed: Vec<_> = self.model.iter().skip(nth).take(count).copied().collect();
                    removed.into_iter().for_each(|entry| self.remove(entry));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_sorted_set(steps in steps()) {
            let mut pair = Pair::default();
            for step in &steps {
                pair.take(step);
                let Pair { queue, model, .. } = &pair;
                prop_assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
                prop_assert_eq!(queue.first(), model.first().copied());
                prop_assert!(queue.iter(|due, key| model.contains(&(due, key))).eq(model.iter().copied()));
                prop_assert!(queue.tombstones <= TOMBSTONES_KEPT.max(queue.in_order.len() / 2));
            }
        }
    }

    #[test]
    fn liveness_is_not_checked_while_entries_leave_in_order() {
        let mut queue = DeadlineQueue::default();
        (0..10_000).for_each(|key| queue.insert(0, key));
        for key in 0..10_000 {
            queue.remove(0, key, |_, _| unreachable!("there is no tombstone"));
        }
        assert!(queue.is_empty());
    }

    #[test]
    fn compaction_checks_a_bounded_number_of_entries_per_removal() {
        let mut queue = DeadlineQueue::default();
        (0..10_000).for_each(|key| queue.insert(0, key));
        let asked = Cell::new(0);
        for removed in (1..10_000_u32).rev() {
            queue.remove(0, removed, |_, key| {
                asked.set(asked.get() + 1);
                key < removed
            });
        }
        assert_eq!((queue.len(), queue.first()), (1, Some((0, 0))));
        assert!(asked.get() < 3 * 10_000, "{}", asked.get());
    }
}
