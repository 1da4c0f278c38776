//! How much more time may have passed than journal time shows.

use super::difference::{IN_STEP, SLEWED};
use crate::domain::time::{Millis, Timestamp};

/// The last start at which journal time was ahead of the machine's clock by more than is slewed. Nobody knows how long the
/// engine had been off, because the machine's clock was set back meanwhile. From then on journal time runs at half speed.
///
/// What others remember for a time, like the keys of requests, they remember by clocks that run. A shorter lag is covered by
/// the margin between what they promise and what is counted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lag {
    ahead: Option<AheadStart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct AheadStart {
    /// Journal time at the start.
    at: Timestamp,
    /// Journal time from which on it runs at full speed again.
    level: Timestamp,
}

impl Lag {
    /// Journal time was never ahead at a start.
    pub const NONE: Self = Self { ahead: None };

    /// The lag after a start at journal time `at`, when that was ahead of the machine's clock by `ahead`.
    #[must_use]
    pub fn after_start(at: Timestamp, ahead: Millis) -> Self {
        let level = at.plus(ahead).plus(IN_STEP);
        Self { ahead: (ahead > SLEWED).then_some(AheadStart { at, level }) }
    }

    /// The longest time that may have passed between two journal times: [`Millis::MAX`] if nobody knows.
    #[must_use]
    pub fn longest(&self, from: Timestamp, until: Timestamp) -> Millis {
        let shown = until.since(from);
        match self.ahead {
            None => shown,
            Some(start) if from < start.at => Millis::MAX,
            Some(start) => shown.plus(until.min(start.level).since(from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lag, Millis, SLEWED, Timestamp};
    use crate::clock::{ACCEPTED_PERMILLE, Course};

    const HOUR: u32 = 3_600;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_ms(hours * i64::from(HOUR) * 1_000)
    }

    fn hours(hours: u32) -> Millis {
        Millis::from_secs(hours * HOUR)
    }

    #[test]
    fn what_ran_at_half_speed_counts_twice_and_what_was_before_is_unknown() {
        let none = Lag::after_start(at(100), Millis::from_secs(60));
        let lag = Lag::after_start(at(100), hours(10));
        assert_eq!(none, Lag::NONE);
        // From; until; without a lag; with it, not counting the second by which clocks may differ.
        let table = [
            (90, 95, hours(5), Millis::MAX),
            (100, 101, hours(1), hours(2)),
            (101, 105, hours(4), hours(8)),
            (101, 111, hours(10), hours(19)),
            (105, 130, hours(25), hours(30)),
            (111, 121, hours(10), hours(10)),
        ];
        for (from, until, without, with) in table {
            assert_eq!(none.longest(at(from), at(until)), without, "{from} to {until}");
            let longest = lag.longest(at(from), at(until));
            assert!(
                (with.ms()..=with.ms() + 1_000).contains(&longest.ms()),
                "{from} to {until}: {longest:?}"
            );
        }
    }

    #[test]
    fn a_clock_that_starts_ahead_is_never_slower_than_that() {
        const S: i64 = 1_000_000;
        let (wall, ahead) = (100 * 3_600 * S, 5 * 3_600 * S);
        let mut course = Course::start(wall, wall + ahead, true);
        let time = |us: i64| Timestamp::from_ms(us / 1_000);
        let lag = Lag::after_start(time(wall + ahead), Millis::from_ms(ahead / 1_000));
        let mut shown = Vec::new();
        // The wall clock is set back once more, and that is accepted.
        for minute in 0..30 * 60 {
            let steady = minute * 60 * S;
            let back = if minute > 200 { 7_200 * S } else { 0 };
            course = course.observe(steady, wall + steady - back);
            if minute == 300 {
                course = course.accept(steady, wall + steady - back);
            }
            shown.push((steady, time(course.at(steady))));
        }
        for (index, (from, shown_from)) in shown.iter().enumerate().skip(1) {
            for (until, shown_until) in &shown[index..] {
                let longest = lag.longest(*shown_from, *shown_until).ms();
                // What is not counted: a minute, and three hundredths of what an operator accepted.
                let counted = (until - from) / 1_000 * ACCEPTED_PERMILLE / 1_000 - SLEWED.ms();
                assert!(longest >= counted, "{from} to {until}: {longest}");
            }
        }
    }
}
