//! Prefetching: reading memory ahead of its use.
//!
//! The entries of large containers are spread over memory, which is a hundred times slower than the
//! processor. A program that reads them one by one waits for each in turn. A prefetch reads a word of many
//! entries in a loop in which no step depends on an earlier one and no branch depends on a value (a wrong
//! guess would read again), so that the processor requests the memory of many entries at once. A prefetch
//! changes only the time that later reads take.

use std::hint::black_box;

/// Reads these words. Their values are meaningless; combining them keeps the compiler from removing a read.
pub fn prefetch(words: impl Iterator<Item = usize>) {
    black_box(words.fold(0, |combined, word| combined ^ word));
}
