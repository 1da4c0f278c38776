//! A day of UTC, as networks and prices count them.

use crate::domain::time::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// A day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcDay(i64);

impl UtcDay {
    /// The day of an instant.
    #[must_use]
    pub const fn of(instant: Timestamp) -> Self {
        Self(instant.ms().div_euclid(DAY_MS))
    }

    /// Days since 1970-01-01.
    pub(super) const fn number(self) -> i64 {
        self.0
    }
}
