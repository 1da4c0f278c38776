//! A hasher with a random seed, so that nobody can choose ids that collide. The seed can be stored, so that a
//! restored map has each entry in its old bucket.
//!
//! A map yields its entries in the order of their buckets. Inserting in that order into a map with the same
//! seed and enough room fills it from one end to the other. In any other order each insertion is a cache
//! miss, which takes many times as long for a map of millions.

use std::hash::BuildHasher;

use foldhash::quality::{FixedState, RandomState};

/// A hasher with a seed.
#[derive(Debug, Clone)]
pub struct SeededHasher {
    seed: u64,
    state: FixedState,
}

impl SeededHasher {
    /// Creates the hasher with that seed.
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
