//! Waits between attempts to connect.

use crate::domain::time::{Millis, Timestamp};

/// The wait after the first failure, in milliseconds, before jitter; it doubles with each further one.
const FIRST_MS: i64 = 500;
/// Upper bound on a wait.
const MOST: Millis = Millis::from_secs(60);

/// Exponential backoff with jitter from a seed.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    state: u64,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, failures: 0 }
    }

    /// Failures since the last success.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// When to try again after a failure at `now`: after between half of the doubled wait and all of it.
    pub(super) fn fail(&mut self, now: Timestamp) -> Timestamp {
        let full = FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(MOST.ms());
        self.failures = self.failures.saturating_add(1);
        let half = full / 2;
        let jitter = i64::try_from(self.draw() % full.unsigned_abs()).unwrap_or_default() / 2;
        now.plus(Millis::from_ms(half + jitter))
    }

    /// A step of splitmix64.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
