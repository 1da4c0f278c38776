//! A hasher whose seed is chance, so that nobody can choose ids that collide, and can be told, so that a map
//! that is read back has its entries in the places from which they were written down.
//!
//! Entries come from a map in the order of their places. Entered in that order into another map with the
//! same seed and room for all, they fill it from one end to the other; in any other order each entry is a
//! walk through all of the memory, which costs many times as much for a map of millions.

use std::hash::BuildHasher;

use foldhash::quality::{FixedState, RandomState};

/// A hasher with a seed.
#[derive(Debug, Clone)]
pub struct SeededHasher {
    seed: u64,
    state: FixedState,
}

impl SeededHasher {
    /// The hasher with that seed.
    #[must_use]
    pub fn with(seed: u64) -> Self {
        Self { seed, state: FixedState::with_seed(seed) }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl Default for SeededHasher {
    fn default() -> Self {
        Self::with(RandomState::default().hash_one(0_u8))
    }
}

impl BuildHasher for SeededHasher {
    type Hasher = <FixedState as BuildHasher>::Hasher;

    #[inline]
    fn build_hasher(&self) -> Self::Hasher {
        self.state.build_hasher()
    }
}
