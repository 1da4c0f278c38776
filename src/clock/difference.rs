//! A difference between journal time and the wall clock.

use crate::domain::time::Millis;

/// The largest difference between journal time and the wall clock that is not reported.
pub(super) const IN_STEP: Millis = Millis::from_secs(1);

/// The largest difference that is slewed away without an operator's word: a minute, and the second by which the two
/// may have differed before.
pub const SLEWED: Millis = Millis::from_secs(61);

/// How journal time compares with the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// How far journal time is ahead of the wall clock, in milliseconds; negative if it is behind.
    pub ahead_ms: i64,
    /// Whether the difference shrinks by itself.
    pub heals: bool,
    /// Whether an operator accepted it.
    pub accepted: bool,
}

impl Difference {
    /// Whether the difference is too small to be reported.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.ahead_ms.abs() <= IN_STEP.ms()
    }
}
