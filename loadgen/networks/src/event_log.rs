//! What happened at a network, in order, for connections that read at their own pace.

use std::collections::VecDeque;

/// A log that keeps its newest entries.
#[derive(Debug)]
pub(crate) struct EventLog<T> {
    entries: VecDeque<T>,
    /// Number of the oldest entry that is kept; numbers begin at 1.
    oldest: u64,
    /// Upper bound on kept entries.
    keep: usize,
}

impl<T> EventLog<T> {
    pub(crate) fn new(keep: usize) -> Self {
        Self { entries: VecDeque::new(), oldest: 1, keep: keep.max(1) }
    }

    /// The number of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    /// The number of the oldest entry that is kept.
    pub(crate) const fn oldest(&self) -> u64 {
        self.oldest
    }

    pub(crate) fn push(&mut self, entry: T) -> u64 {
        let number = self.next();
        self.entries.push_back(entry);
        if self.entries.len() > self.keep {
            self.entries.pop_front();
            self.oldest += 1;
        }
        number
    }

    /// Entries from a number on, with their numbers. What is no longer kept is skipped.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = (u64, &T)> {
        let skip = usize::try_from(number.saturating_sub(self.oldest)).unwrap_or(usize::MAX);
        let first = number.max(self.oldest);
        (first..).zip(self.entries.iter().skip(skip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_what_is_kept_from_its_number_on() {
        let mut log = EventLog::new(3);
        for word in ["a", "b", "c", "d", "e"] {
            log.push(word);
        }
        let since = |number| log.since(number).map(|(number, word)| (number, *word)).collect::<Vec<_>>();
        assert_eq!((log.oldest(), log.next()), (3, 6));
        assert_eq!(since(0), [(3, "c"), (4, "d"), (5, "e")]);
        assert_eq!(since(5), [(5, "e")]);
        assert_eq!(since(6), []);
        assert_eq!(since(99), []);
    }
}
