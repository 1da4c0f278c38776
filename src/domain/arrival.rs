//! The arrival of a post: when it reached the engine, and what is believed of its own time.

use super::outcome::Outcome;
use super::time::{Millis, Timestamp};

/// When something reached the engine. Journal time decides windows; whether a post's own time is credible goes by
/// the wall clock, which may differ from journal time after it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The wall clock.
    pub at: Timestamp,
    /// Journal time, by which decided posts are forgotten; the wall clock if that is later, or if an operator
    /// accepted it.
    pub forgets_by: Timestamp,
    /// How long this run of the engine has lasted. What it decided is remembered for as long.
    pub running: Millis,
    /// No earlier run decided a post of a later time.
    pub earlier_until: Timestamp,
    /// No post of the times between this one and the next was decided, except lately: journal time passed over them.
    pub unheard_after: Timestamp,
    /// The end of those times, for a `max_lateness` of zero.
    pub unheard_before: Timestamp,
    /// How far its own time may lie ahead: clocks differ.
    pub ahead_most: Millis,
}

impl Arrival {
    /// How far a post's own time may lie ahead of its arrival, unless it is configured.
    pub const AHEAD: Millis = Millis::from_secs(10);

    /// The most that may be configured. What accounts remember goes by it, so that a journal replays in the
    /// same way under every configuration.
    pub const AHEAD_MAX: Millis = Millis::from_secs(60);

    /// An arrival at `at`, with the usual tolerance, while journal time and the wall clock agree.
    #[must_use]
    pub const fn at(at: Timestamp) -> Self {
        Self {
            at,
            forgets_by: at,
            running: Millis::ZERO,
            earlier_until: at,
            unheard_after: at,
            unheard_before: at,
            ahead_most: Self::AHEAD,
        }
    }

    /// Whether a time lies too far ahead of the arrival.
    #[must_use]
    pub fn is_future(&self, time: Timestamp) -> bool {
        time > self.at.plus(self.ahead_most)
    }

    /// The age of a post of that time.
    #[must_use]
    pub fn age_of(&self, posted_at: Timestamp) -> AgeOnArrival {
        if self.is_future(posted_at) {
            return AgeOnArrival::Future;
        }
        let by_journal = self.forgets_by.since(posted_at);
        let of_this_run = posted_at > self.earlier_until;
        let is_unheard = posted_at > self.unheard_after;
        AgeOnArrival::Past {
            by_wall: self.at.since(posted_at),
            forgotten: if of_this_run { by_journal.min(self.running) } else { by_journal },
            unheard: if is_unheard { self.unheard_before.since(posted_at) } else { Millis::ZERO },
        }
    }
}

/// How old a post is on its arrival, as far as its own time is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeOnArrival {
    /// The post's own time lies too far ahead.
    Future,
    /// The post is of the past, or only slightly ahead.
    Past {
        /// Its age by the wall clock.
        by_wall: Millis,
        /// The `max_lateness` below which it may have been decided and forgotten.
        forgotten: Millis,
        /// The `max_lateness` below which no post of its time was decided; zero if one may have been.
        unheard: Millis,
    },
}

impl AgeOnArrival {
    /// Checks whether the post's own time is credible.
    ///
    /// # Errors
    /// `future` for a post later than its arrival. `stale` for one older than `max_lateness`, and for one that may
    /// have been decided and forgotten: a wall clock that was set back by mistake would have it decided twice.
    pub fn believe(self, max_lateness: Millis) -> Result<(), Outcome> {
        match self {
            Self::Future => Err(Outcome::Future),
            Self::Past { by_wall, forgotten, unheard } => {
                let is_forgotten = forgotten > max_lateness && unheard <= max_lateness;
                if by_wall > max_lateness || is_forgotten { Err(Outcome::Stale) } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AgeOnArrival, Arrival};
    use crate::domain::outcome::Outcome;
    use crate::domain::time::{Millis, Timestamp};

    const LATENESS: Millis = Millis::from_secs(3_600);

    /// A time in seconds of the first day, which is a Thursday of 1970.
    fn second(second: i64) -> Timestamp {
        Timestamp::from_ms(second * 1_000)
    }

    #[test]
    fn what_is_believed() {
        // The wall clock shows 50,000 s.
        let right = Arrival::at(second(50_000));
        // Journal time is two hours ahead, and passed over nothing; the engine started four hours ago.
        let set_back = Arrival { forgets_by: second(57_200), running: Millis::from_secs(14_400), ..right };
        let set_back = Arrival { earlier_until: second(42_800), ..set_back };
        // The same half an hour after a start.
        let lately = Arrival { running: Millis::from_secs(1_800), earlier_until: second(49_980), ..set_back };
        // The engine started a day ahead, after a record of 49,000 s.
        let day_ahead = Arrival {
            forgets_by: second(50_000 + 86_400),
            running: Millis::from_secs(7_200),
            earlier_until: second(49_000),
            unheard_after: second(49_000),
            unheard_before: second(49_900 + 86_400),
            ..right
        };
        let strict = Arrival { ahead_most: Millis::ZERO, ..right };
        let lax = Arrival { ahead_most: Arrival::AHEAD_MAX, ..right };
        let table = [
            ("10 s ahead", &right, 50_010, Ok(())),
            ("11 s ahead", &right, 50_011, Err(Outcome::Future)),
            ("1 s ahead, of none", &strict, 50_001, Err(Outcome::Future)),
            ("a minute ahead, of a minute", &lax, 50_060, Ok(())),
            ("61 s ahead, of a minute", &lax, 50_061, Err(Outcome::Future)),
            ("an hour old", &right, 46_400, Ok(())),
            ("more than an hour old", &right, 46_399, Err(Outcome::Stale)),
            ("may be forgotten", &set_back, 49_990, Err(Outcome::Stale)),
            ("is remembered", &lately, 49_990, Ok(())),
            ("may be forgotten since an earlier run", &lately, 49_980, Err(Outcome::Stale)),
            ("was never heard", &day_ahead, 49_990, Ok(())),
            ("was perhaps heard before the start", &day_ahead, 49_000, Err(Outcome::Stale)),
            ("is old by both", &day_ahead, 46_399, Err(Outcome::Stale)),
        ];
        for (case, arrival, posted_s, believed) in table {
            assert_eq!(arrival.age_of(second(posted_s)).believe(LATENESS), believed, "{case}");
        }
        assert_eq!(right.age_of(second(50_011)), AgeOnArrival::Future);
    }
}
