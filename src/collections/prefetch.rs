//! Reading memory ahead of its use.
//!
//! The entries of large containers lie anywhere in memory, which is a hundred times slower than the processor. Read one by
//! one, each would be waited for in turn. A prefetch reads a word of many entries in a loop in which no step depends on
//! the one before it and nothing is decided by what is read (a wrong guess would be read again), so the processor asks
//! for the memory of many at once. Nothing but time depends on a prefetch.

use std::hint::black_box;

/// Reads these words. Their values are meaningless; combining them keeps the compiler from leaving out a read.
pub fn prefetch(words: impl Iterator<Item = usize>) {
    black_box(words.fold(0, |combined, word| combined ^ word));
}
