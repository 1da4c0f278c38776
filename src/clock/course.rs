//! The course of journal time, computed from the machine's steady time and its wall clock. It reads neither.

use super::difference::{Difference, IN_STEP, SLEWED};
use super::unheard::Unheard;
use crate::domain::arrival::Arrival;
use crate::domain::time::{Millis, Timestamp};

/// A difference at which slewing ends, in microseconds.
const LEVEL_US: i64 = 10_000;

/// How fast journal time runs while it waits for what an operator accepted, in thousandths of the steady time. That can take
/// days, and what others remember for a day is counted in it with a margin of an hour: so it is not much slower.
pub const ACCEPTED_PERMILLE: i64 = 970;

/// How fast journal time runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// As the machine's steady time.
    Steady,
    /// Journal time is behind, and catches up.
    Faster,
    /// Journal time is ahead by a minute at most, and waits.
    Slower,
    /// Journal time is ahead by more, which an operator accepted, and waits.
    SlightlySlower,
    /// Journal time was ahead when it started. A clock that stopped would keep every window open meanwhile,
    /// and one at full speed would stay ahead for ever.
    Half,
}

impl Pace {
    /// Thousandths of the machine's steady time.
    const fn permille(self) -> i64 {
        match self {
            Self::Steady => 1_000,
            Self::Faster => 1_050,
            Self::Slower => 950,
            Self::SlightlySlower => ACCEPTED_PERMILLE,
            Self::Half => 500,
        }
    }
}

/// The course of journal time. All times are in microseconds: of the wall clock since 1970, and steady ones
/// since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The steady time at which the pace last changed.
    since_us: i64,
    /// Journal time at that instant.
    shown_us: i64,
    pace: Pace,
    /// How far journal time was ahead when it was last compared, if an operator accepted the difference. It
    /// may only shrink: a wall clock that is set again is not accepted.
    accepted_us: Option<i64>,
    unheard: Unheard,
}

impl Course {
    /// The course of a clock that starts at `wall_us`, and shows no time before `floor_us`. `accepted` tells
    /// whether an operator accepted that `floor_us` is ahead.
    #[must_use]
    pub fn start(wall_us: i64, floor_us: i64, accepted: bool) -> Self {
        let pace = if floor_us > wall_us { Pace::Half } else { Pace::Steady };
        let shown_us = wall_us.max(floor_us);
        let (accepted_us, unheard) =
            (accepted.then_some(shown_us - wall_us), Unheard::start(wall_us, floor_us));
        Self { since_us: 0, shown_us, pace, accepted_us, unheard }
    }

    /// Journal time at a steady time. It never goes back.
    #[must_use]
    pub fn at(&self, steady_us: i64) -> i64 {
        self.shown_us + (steady_us - self.since_us) * self.pace.permille() / 1_000
    }

    /// The course from now on, when the wall clock shows `wall_us`.
    #[must_use]
    pub fn observe(self, steady_us: i64, wall_us: i64) -> Self {
        let shown_us = self.at(steady_us);
        let ahead_us = shown_us - wall_us;
        let tolerated_us = if self.pace == Pace::Steady { IN_STEP.ms() * 1_000 } else { LEVEL_US };
        let level = ahead_us.abs() <= tolerated_us;
        let accepted_us = self.accepted_us.filter(|accepted_us| !level && shrinks(*accepted_us, ahead_us));
        let accepted_us = accepted_us.map(|_| ahead_us);
        let slews = accepted_us.is_some() || ahead_us.abs() <= SLEWED.ms() * 1_000;
        let pace = match (self.pace, ahead_us > 0) {
            _ if level => Pace::Steady,
            // A wall clock that is set back further is a new difference.
            (Pace::Half, true) if slews => Pace::Half,
            (_, true) if slews && ahead_us > SLEWED.ms() * 1_000 => Pace::SlightlySlower,
            (_, true) if slews => Pace::Slower,
            (_, false) if slews => Pace::Faster,
            _ => Pace::Steady,
        };
        let next = Self { accepted_us, unheard: self.unheard.observe(wall_us), ..self };
        // Only a change of pace begins anew: each beginning rounds.
        if pace == self.pace { next } else { Self { since_us: steady_us, shown_us, pace, ..next } }
    }

    /// The course from now on, after an operator accepted the wall clock.
    #[must_use]
    pub fn accept(self, steady_us: i64, wall_us: i64) -> Self {
        let ahead_us = self.at(steady_us) - wall_us;
        Self { accepted_us: Some(ahead_us), ..self }.observe(steady_us, wall_us)
    }

    /// How journal time compares with the wall clock.
    #[must_use]
    pub fn difference(&self, steady_us: i64, wall_us: i64) -> Difference {
        let ahead_ms = (self.at(steady_us) - wall_us) / 1_000;
        Difference { ahead_ms, heals: self.pace != Pace::Steady, accepted: self.accepted_us.is_some() }
    }

    /// The arrival of what arrives now. Posts that journal time has forgotten are stale until an operator accepts
    /// the wall clock: one that was set back by mistake would have them decided twice.
    #[must_use]
    pub fn arrival(&self, steady_us: i64, wall_us: i64, ahead_most: Millis) -> Arrival {
        let forgets_by_us =
            if self.accepted_us.is_some() { wall_us } else { wall_us.max(self.at(steady_us)) };
        let time = |us: i64| Timestamp::from_ms(us / 1_000);
        let Unheard { started_us, earlier_until_us, after_us, before_us, .. } = self.unheard;
        Arrival {
            at: time(wall_us),
            forgets_by: time(forgets_by_us),
            running: time(self.at(steady_us)).since(time(started_us)),
            earlier_until: time(earlier_until_us).plus(ahead_most),
            unheard_after: time(after_us).plus(ahead_most),
            unheard_before: time(before_us),
            ahead_most,
        }
    }
}

/// Whether a difference that was accepted became smaller, and did not change its direction.
fn shrinks(accepted_us: i64, ahead_us: i64) -> bool {
    let grown_us = (ahead_us - accepted_us) * accepted_us.signum();
    let reversed = ahead_us.signum() * accepted_us.signum() < 0;
    grown_us <= IN_STEP.ms() * 1_000 && !reversed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Arrival, Course, Millis, Timestamp};
    use crate::domain::outcome::Outcome;

    const S: i64 = 1_000_000;
    /// The wall clock at the start.
    const START: i64 = 1_000_000 * S;

    /// Observes once per 20 ms of steady time until `until_s`, with the wall clock set `offset_us` off.
    fn run(mut course: Course, from_s: i64, until_s: i64, offset_us: i64) -> Course {
        for steady_us in (from_s * S..until_s * S).step_by(20_000) {
            course = course.observe(steady_us, START + steady_us + offset_us);
        }
        course
    }

    #[test]
    fn what_a_set_wall_clock_does() {
        // Set at 10 s by so much; whether it is reported then; how long until it has healed.
        let table = [
            (0, false, Some(0)),
            (900, false, Some(0)),
            (-5_000, true, Some(100)),
            (5_000, true, Some(100)),
            (60_000, true, Some(1_200)),
            (-62_000, true, None),
            (86_400_000, true, None),
        ];
        for (set_ms, reported, heals_in_s) in table {
            let course = run(Course::start(START, 0, false), 0, 10, 0);
            let (steady_us, offset_us) = (10 * S, set_ms * 1_000);
            let course = course.observe(steady_us, START + steady_us + offset_us);
            let difference = course.difference(steady_us, START + steady_us + offset_us);
            assert_eq!(difference.is_in_step(), !reported, "{set_ms} ms");
            assert_eq!(difference.ahead_ms, -set_ms, "journal time does not jump");
            let until_s = 10 + heals_in_s.unwrap_or(10_000) + 1;
            let course = run(course, 10, until_s, offset_us);
            let later = course.difference(until_s * S, START + until_s * S + offset_us);
            assert_eq!(later.is_in_step(), heals_in_s.is_some(), "{set_ms} ms, after {until_s} s: {later:?}");
            if heals_in_s.is_none() {
                let course = course.accept(until_s * S, START + until_s * S + offset_us);
                let accepted = course.difference(until_s * S, START + until_s * S + offset_us);
                assert!(accepted.accepted && accepted.heals && accepted.ahead_ms == later.ahead_ms);
            }
        }
    }

    #[test]
    fn a_start_ahead_runs_at_half_speed_until_the_wall_clock_has_caught_up() {
        let course = Course::start(START, START + 30 * S, true);
        let course = run(course, 0, 40, 0);
        assert_eq!(course.at(40 * S), START + 30 * S + 20 * S);
        let course = run(course, 40, 100, 0);
        let level = course.difference(100 * S, START + 100 * S);
        assert!(level.ahead_ms.abs() <= 10 && !level.heals && !level.accepted, "{level:?}");
    }

    #[test]
    fn only_the_accepted_difference_is_accepted() {
        let wall = START - 3_600 * S;
        let course = Course::start(START, 0, false).accept(0, wall);
        assert!(course.observe(S, wall + S).difference(S, wall + S).accepted);
        for set_us in [-3_600 * S, 7_200 * S] {
            let again = course.observe(S, wall + S + set_us);
            let difference = again.difference(S, wall + S + set_us);
            assert!(!difference.accepted && !difference.heals, "{difference:?}");
        }
    }

    #[test]
    fn what_is_forgotten_stays_stale_when_the_wall_clock_is_set_back_until_that_is_accepted() {
        let course = run(Course::start(START, 0, false), 0, 10, 0);
        let forgets_by = |course: &Course, wall_us: i64| {
            let arrival = course.arrival(10 * S, wall_us, Arrival::AHEAD);
            assert_eq!(arrival.at.ms(), wall_us / 1_000, "belief goes by the wall clock");
            arrival.forgets_by.ms() * 1_000
        };
        let (back, ahead) = (START + 10 * S - 3_600 * S, START + 3_600 * S);
        assert_eq!(forgets_by(&course, back), START + 10 * S);
        assert_eq!(forgets_by(&course, ahead), ahead);
        assert_eq!(forgets_by(&course.accept(10 * S, back), back), back);
    }

    #[test]
    fn a_start_a_day_ahead_and_a_wall_clock_set_right_make_no_post_stale() {
        let day_us = 86_400 * S;
        let course = run(Course::start(START + day_us, START - 60 * S, false), 0, 10, day_us);
        // Two hours later nobody remembers what was decided before.
        let course = run(course, 10, 7_200, 0);
        let (wall_us, lateness) = (START + 7_200 * S, Millis::from_secs(7_100));
        let arrival = course.arrival(7_200 * S, wall_us, Arrival::AHEAD);
        let believed = |before_s: i64| arrival.age_of(Timestamp::from_ms((wall_us - before_s * S) / 1_000));
        assert_eq!(believed(0).believe(lateness), Ok(()));
        assert_eq!(believed(7_100).believe(lateness), Ok(()));
        assert_eq!(believed(-30).believe(lateness), Err(Outcome::Future));
        let lateness = Millis::from_secs(7_250);
        assert_eq!(believed(7_249).believe(lateness), Ok(()));
        let course = Course::start(START + day_us, START + 60 * S, false);
        let arrival = course.arrival(20 * S, START + 20 * S, Arrival::AHEAD);
        let of_an_earlier_run = arrival.age_of(Timestamp::from_ms((START + 20 * S) / 1_000));
        assert_eq!(of_an_earlier_run.believe(lateness), Err(Outcome::Stale), "it may have been decided then");
    }

    proptest! {
        #[test]
        fn journal_time_runs_between_half_and_slightly_above_the_steady_speed(
            floor_s in -100_i64..100,
            sets in proptest::collection::vec((1_i64..200_000, -100_000_i64..100_000, any::<bool>()), 1..60),
        ) {
            let mut course = Course::start(START, START + floor_s * S, true);
            let (mut steady_us, mut offset_us) = (0, 0);
            for (passed_ms, set_ms, accepts) in sets {
                let before = course.at(steady_us);
                let passed_us = passed_ms * 1_000;
                steady_us += passed_us;
                let ran = course.at(steady_us) - before;
                prop_assert!((passed_us / 2..=passed_us * 21 / 20).contains(&ran), "{ran} in {passed_us}");
                offset_us += set_ms * 1_000;
                let wall_us = START + steady_us + offset_us;
                let next = course.observe(steady_us, wall_us);
                prop_assert_eq!(next.at(steady_us), course.at(steady_us), "observing changes no time");
                course = if accepts { next.accept(steady_us, wall_us) } else { next };
            }
        }
    }
}
