//! A first-in-first-out queue that grows block by block: entries never move, however long the queue gets.

use std::collections::VecDeque;

use super::prefetch::prefetch;

/// Upper bound on the entries of a block.
const BLOCK: usize = 1_024;

/// A queue of any length. A short queue takes no more memory than its entries, and reads them without a
/// second pointer.
#[derive(Debug, Clone)]
pub struct BlockQueue<T> {
    /// The block at the front; empty only if the queue is.
    first: VecDeque<T>,
    /// The blocks behind the front. None is empty, and all but the last are full.
    others: VecDeque<VecDeque<T>>,
}

impl<T> Default for BlockQueue<T> {
    fn default() -> Self {
        Self { first: VecDeque::new(), others: VecDeque::new() }
    }
}

impl<T> BlockQueue<T> {
    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        let whole = self.others.len().saturating_sub(1) * BLOCK;
        self.first.len() + whole + self.others.back().map_or(0, VecDeque::len)
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The oldest entry.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.first.front()
    }

    /// The newest entry.
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.others.back().unwrap_or(&self.first).back()
    }

    /// Appends an entry.
    pub fn push_back(&mut self, entry: T) {
        let last = self.others.back_mut().unwrap_or(&mut self.first);
        if last.len() < BLOCK {
            return last.push_back(entry);
        }
        // The last block was filled, so the next one will probably be filled too.
        let mut block = VecDeque::with_capacity(BLOCK);
        block.push_back(entry);
        self.others.push_back(block);
    }

    /// Removes and returns the oldest entry.
    pub fn pop_front(&mut self) -> Option<T> {
        let entry = self.first.pop_front();
        if self.first.is_empty()
            && let Some(next) = self.others.pop_front()
        {
            self.first = next;
        }
        entry
    }

    /// Prefetches the back of each of these queues, where the next entry is pushed. `word` reads a word of an
    /// entry.
    pub fn prefetch_ends<'q>(queues: impl Iterator<Item = &'q Self> + Clone, word: impl Fn(&T) -> usize)
    where
        T: 'q,
    {
        prefetch(queues.clone().map(Self::len));
        prefetch(queues.filter_map(Self::back).map(word));
    }

    /// The entries, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.others.iter().flatten())
    }
}

impl<T> FromIterator<T> for BlockQueue<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut queue = Self::default();
        entries.into_iter().for_each(|entry| queue.push_back(entry));
        queue
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::BlockQueue;

    proptest! {
        /// Numbers of pushes and pops in turn, long enough to fill blocks and to empty them.
        #[test]
        fn it_behaves_like_a_queue(runs in proptest::collection::vec((any::<bool>(), 0..3_000_usize), 0..12)) {
            let (mut queue, mut model) = (BlockQueue::default(), VecDeque::new());
            let mut next = 0;
            for (come, count) in runs {
                for _ in 0..count {
                    if come {
                        queue.push_back(next);
                        model.push_back(next);
                        next += 1;
                    } else {
                        prop_assert_eq!(queue.pop_front(), model.pop_front());
                    }
                }
                prop_assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
                prop_assert_eq!((queue.front(), queue.back()), (model.front(), model.back()));
            }
            prop_assert!(queue.iter().eq(&model));
            prop_assert!(model.iter().copied().collect::<BlockQueue<_>>().iter().eq(&model));
        }
    }
}
