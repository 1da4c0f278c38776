//! The only reader of time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock that starts at the machine's time and then advances monotonically, so that a change of the
/// machine's clock affects no latency.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    started_at_ms: i64,
}

impl Clock {
    /// Starts the clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads time")]
    #[must_use]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_at_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Self { started: Instant::now(), started_at_ms }
    }

    /// Returns the start, in Unix milliseconds.
    #[must_use]
    pub fn started_at_ms(&self) -> i64 {
        self.started_at_ms
    }

    /// Returns the microseconds since the start.
    #[must_use]
    pub fn us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Sleeps until `at_us` microseconds after the start, but at most for `most_us`.
    pub(crate) fn sleep_until(&self, at_us: u64, most_us: u64) {
        std::thread::sleep(Duration::from_micros(at_us.saturating_sub(self.us()).min(most_us)));
    }
}
