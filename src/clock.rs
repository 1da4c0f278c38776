//! The engine's clock: the only code that reads the machine's time.
//!
//! It shows two times. *Journal time* runs steadily: no window ends early or stays open because somebody sets
//! the machine's clock. The *wall clock* is the machine's own; it decides only whether a post's time is
//! credible. A small difference between the two is slewed away; a large one waits for the wall clock to come
//! back, or for an operator.

use std::sync::{Arc, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub use self::course::{ACCEPTED_PERMILLE, Course};
pub use self::difference::{Difference, SLEWED};
pub use self::lag::Lag;
use crate::domain::arrival::Arrival;
use crate::domain::time::{Millis, Timestamp};

mod course;
mod difference;
mod lag;
mod unheard;

/// A running clock. Its clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    ahead_most: Millis,
    lag: Lag,
    course: Arc<RwLock<Course>>,
}

impl Clock {
    /// Creates a clock that starts at the machine's time.
    #[must_use]
    pub fn start() -> Self {
        Self::not_before(Timestamp::MIN, false)
    }

    /// Creates a clock that starts at the machine's time, or at `floor` if that is later: an earlier run
    /// showed it, and the machine's clock was set back since. The clock then runs at half speed until the
    /// machine's time has caught up. `accepted` tells whether an operator accepted that.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads time")]
    #[must_use]
    pub fn not_before(floor: Timestamp, accepted: bool) -> Self {
        let course = Course::start(wall_us(), floor.ms().saturating_mul(1_000), accepted);
        let (started, ahead_most, lag) = (Instant::now(), Arrival::AHEAD, Lag::NONE);
        Self { started, ahead_most, lag, course: Arc::new(RwLock::new(course)) }
    }

    /// Sets how far a post's own time may lie ahead of its arrival.
    #[must_use]
    pub fn with_ahead_most(self, ahead_most: Millis) -> Self {
        Self { ahead_most, ..self }
    }

    /// Sets how much more time may have passed than journal time shows: earlier starts decide that as well.
    #[must_use]
    pub fn lagging(self, lag: Lag) -> Self {
        Self { lag, ..self }
    }

    /// How much more time may have passed than journal time shows.
    #[must_use]
    pub const fn lag(&self) -> Lag {
        self.lag
    }

    /// Journal time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.course().at(self.steady_us()) / 1_000)
    }

    /// The arrival of what arrives now.
    #[must_use]
    pub fn arrival(&self) -> Arrival {
        self.course().arrival(self.steady_us(), wall_us(), self.ahead_most)
    }

    /// Compares journal time with the wall clock, and begins or ends slewing.
    pub fn observe(&self) -> Difference {
        self.change(Course::observe)
    }

    /// Accepts the wall clock: journal time is slewed to it, however far it is.
    pub fn accept(&self) -> Difference {
        self.change(Course::accept)
    }

    /// How journal time compares with the wall clock.
    #[must_use]
    pub fn difference(&self) -> Difference {
        self.course().difference(self.steady_us(), wall_us())
    }

    /// Microseconds since the start, for measuring durations.
    #[must_use]
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn change(&self, change: impl FnOnce(Course, i64, i64) -> Course) -> Difference {
        let mut course = self.course.write().expect("no holder of the lock panics");
        let (steady_us, wall_us) = (self.steady_us(), wall_us());
        *course = change(*course, steady_us, wall_us);
        course.difference(steady_us, wall_us)
    }

    fn course(&self) -> Course {
        *self.course.read().expect("no holder of the lock panics")
    }

    fn steady_us(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads time")]
fn wall_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}
