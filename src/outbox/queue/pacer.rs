//! Paces a lane: counts departures, and computes when the next one may follow.

use std::cmp::Reverse;
use std::collections::VecDeque;

use crate::config::replies::{Ceiling, ReplyPace};
use crate::domain::time::Timestamp;

/// Departures that may be taken back at one time: more attempts are never under way in one lane.
const RETURNS_MOST: usize = 65_536;

/// The departures that count against the ceilings. The windows slide: no period of a ceiling's length, its
/// end excluded, holds more departures than the ceiling allows.
#[derive(Debug, Clone, Default)]
pub struct Pacer {
    ceilings: Vec<Ceiling>,
    /// The latest departures, as many as the highest ceiling allows and [`RETURNS_MOST`] more: older ones make no
    /// difference.
    departures: VecDeque<Timestamp>,
    remembered: usize,
}

impl Pacer {
    /// A pacer without departures.
    #[must_use]
    pub fn new(pace: &ReplyPace) -> Self {
        let ceilings = pace.ceilings().to_vec();
        let remembered = ceilings.iter().map(|ceiling| ceiling.most).max().unwrap_or(0);
        Self { ceilings, departures: VecDeque::new(), remembered }
    }

    /// When one more effect may leave; a time in the past means now.
    #[must_use]
    pub fn opens_at(&self) -> Timestamp {
        let opens = |ceiling: &Ceiling| {
            // The window of the next departure must not reach back to the `most`-th before it.
            let before = self.departures.len().checked_sub(ceiling.most)?;
            Some(self.departures.get(before)?.plus(ceiling.per))
        };
        self.ceilings.iter().filter_map(opens).max().unwrap_or(Timestamp::MIN)
    }

    /// Counts a departure. A clock that was set back does not open the lane earlier.
    pub fn departed(&mut self, at: Timestamp) {
        if self.remembered == 0 {
            return;
        }
        if self.departures.len() >= self.remembered.saturating_add(RETURNS_MOST) {
            self.departures.pop_front();
        }
        self.departures.push_back(self.departures.back().map_or(at, |last| at.max(*last)));
    }

    /// Takes a departure at `at` back: nothing left.
    pub fn returned(&mut self, at: Timestamp) {
        // Of a departure that was counted later, an earlier one is taken back: the lane never opens too early.
        let behind = self.departures.partition_point(|departed| *departed <= at);
        if let Some(last) = behind.checked_sub(1) {
            self.departures.remove(last);
        }
    }

    /// The nearest ceiling, and the departures within its period up to `now`; `None` without ceilings.
    #[must_use]
    pub fn nearest(&self, now: Timestamp) -> Option<(usize, Ceiling)> {
        let sent = |ceiling: &Ceiling| {
            let gone = self.departures.partition_point(|at| at.plus(ceiling.per) <= now);
            ((self.departures.len() - gone).min(ceiling.most), *ceiling)
        };
        let share = |(sent, ceiling): &(usize, Ceiling)| Reverse(sent * 1_000_000 / ceiling.most.max(1));
        self.ceilings.iter().map(sent).min_by_key(share)
    }
}
