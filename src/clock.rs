//! The engine's clock: the only code that reads the machine's time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::{Millis, Timestamp};

/// A clock that starts at the machine's time and then advances steadily: setting the machine's clock while
/// the engine runs neither ends windows early nor keeps them open.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started_at: Timestamp,
    started: Instant,
    /// The latest time that an earlier run showed, in case the machine's clock was set back since.
    floor: Timestamp,
}

impl Clock {
    /// Creates a clock that starts at the machine's time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads time")]
    #[must_use]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_at = Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
        Self { started_at, started: Instant::now(), floor: Timestamp::MIN }
    }

    /// Returns this clock, which never shows a time before `floor`. If the machine's time is behind `floor`,
    /// the clock starts at `floor` and runs at half speed until the machine's time has caught up. A clock
    /// that stopped would keep every window open meanwhile, and a clock at full speed would stay ahead for
    /// ever.
    #[must_use]
    pub fn not_before(self, floor: Timestamp) -> Self {
        Self { floor, ..self }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        shown(self.started_at, self.floor, Millis::from_ms(elapsed))
    }

    /// Microseconds since the start, for measuring durations.
    #[must_use]
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// The time that a clock shows when it was started at `started_at`, has run for `elapsed` and never shows
/// less than `floor`.
#[must_use]
pub fn shown(started_at: Timestamp, floor: Timestamp, elapsed: Millis) -> Timestamp {
    let half = Millis::from_ms(elapsed.ms() / 2);
    started_at.plus(elapsed).max(floor.plus(half))
}
