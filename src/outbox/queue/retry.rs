//! When a failed attempt is repeated: exponential backoff with jitter, the same on every machine.

use crate::domain::id::EffectKey;
use crate::domain::time::Millis;

/// The waits between attempts, and the number of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Wait after the first attempt, before jitter; it doubles with each further attempt.
    pub first: Millis,
    /// Upper bound on a wait.
    pub most: Millis,
    /// Upper bound on attempts; the failure of the last one makes a dead letter.
    pub attempts_most: u32,
}

impl Default for RetryPolicy {
    /// Half a second, doubling to five minutes: a provider has some three hours to come back.
    fn default() -> Self {
        Self { first: Millis::from_ms(500), most: Millis::from_secs(300), attempts_most: 45 }
    }
}

impl RetryPolicy {
    /// The wait after attempt `number` (from 1) of `key`: between half of the doubled length and all of it,
    /// so that effects that failed together do not return together.
    #[must_use]
    pub fn wait(&self, seed: u64, key: EffectKey, number: u32) -> Millis {
        let doublings = number.saturating_sub(1).min(40);
        let full = self.first.ms().saturating_mul(1 << doublings).min(self.most.ms()).unsigned_abs();
        let half = full / 2;
        let jitter = draw(seed, key, number) % (full - half + 1);
        Millis::from_ms(i64::try_from(half + jitter).unwrap_or(i64::MAX))
    }
}

/// A pseudo-random number that depends on the arguments only.
fn draw(seed: u64, key: EffectKey, number: u32) -> u64 {
    let parts = [u64::from(key.partition), key.sequence, u64::from(key.index), u64::from(number)];
    parts.into_iter().fold(mix(seed), |state, part| mix(state ^ part))
}

/// One step of splitmix64.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
