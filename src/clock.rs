//! The only reader of time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::{Millis, Timestamp};

/// A clock that starts at the machine's time and then advances steadily: a clock that is set
/// while the engine runs neither ends windows early nor keeps them open.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started_at: Timestamp,
    started: Instant,
    /// What the time has been already, if the machine's clock was set back since.
    floor: Timestamp,
}

impl Clock {
    /// Starts at the machine's time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads time")]
    #[must_use]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_at = Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
        Self { started_at, started: Instant::now(), floor: Timestamp::MIN }
    }

    /// The same clock, which has shown this time before, and goes back behind it never more. Where the
    /// machine's time is behind it, it goes at half its speed until that has caught up: a clock that
    /// stood still would keep every window open meanwhile, and one that went on steadily would stay
    /// ahead for ever.
    #[must_use]
    pub fn not_before(self, floor: Timestamp) -> Self {
        Self { floor, ..self }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        shown(self.started_at, self.floor, Millis::from_ms(elapsed))
    }

    /// Microseconds since the start, for measuring how long something took.
    #[must_use]
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// What a clock shows that was started at `started_at` so long ago, and has shown `floor` before that.
#[must_use]
pub fn shown(started_at: Timestamp, floor: Timestamp, elapsed: Millis) -> Timestamp {
    let half = Millis::from_ms(elapsed.ms() / 2);
    started_at.plus(elapsed).max(floor.plus(half))
}
