//! Times of which no post was decided, or none that is forgotten.

use super::difference::IN_STEP;

/// The start of a run, and the times of which no post was decided: between the last record before the start and the
/// start. A wall clock that was wrong at the start, and was set right since, shows such times, and their posts are
/// credible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unheard {
    /// Journal time at the start.
    pub(super) started_us: i64,
    /// When an earlier run last decided something.
    pub(super) earlier_until_us: i64,
    /// The beginning of the times of which no post was decided.
    pub(super) after_us: i64,
    /// The wall clock at the start.
    pub(super) before_us: i64,
    /// The latest time between the two that the wall clock has shown.
    latest_us: i64,
    /// The wall clock when it was last looked at.
    wall_us: i64,
}

impl Unheard {
    /// Starts at `wall_us`, after a record of `floor_us`.
    pub(super) fn start(wall_us: i64, floor_us: i64) -> Self {
        Self {
            started_us: wall_us.max(floor_us),
            earlier_until_us: floor_us,
            after_us: floor_us,
            before_us: wall_us,
            latest_us: floor_us,
            wall_us,
        }
    }

    /// Takes note of the wall clock.
    pub(super) fn observe(self, wall_us: i64) -> Self {
        let Self { before_us, latest_us, .. } = self;
        let is_set_back = wall_us < self.wall_us - IN_STEP.ms() * 1_000;
        // The wall clock shows these times again: their posts may be decided, and forgotten after a while.
        let after_us = if is_set_back { self.after_us.max(latest_us) } else { self.after_us };
        let latest_us = if wall_us < before_us { latest_us.max(wall_us) } else { latest_us };
        Self { after_us, latest_us, wall_us, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Unheard;

    const S: i64 = 1_000_000;

    #[test]
    fn times_that_the_wall_clock_shows_again_may_have_been_heard() {
        // A record of 100 s, and a start at 9,000 s.
        let started = Unheard::start(9_000 * S, 100 * S);
        let times = |unheard: Unheard| (unheard.after_us / S, unheard.before_us / S);
        assert_eq!(times(started), (100, 9_000));
        let set_back = started.observe(9_100 * S).observe(500 * S).observe(700 * S);
        assert_eq!(times(set_back), (100, 9_000), "it was set back once, and runs on");
        let right = set_back.observe(9_900 * S).observe(9_910 * S);
        assert_eq!(times(right), (100, 9_000));
        let again = right.observe(600 * S);
        assert_eq!(times(again), (700, 9_000), "700 s was shown before");
    }
}
