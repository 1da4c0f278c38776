//! Paces a lane: told when something leaves, it says from when on more may.

use std::cmp::Reverse;
use std::collections::VecDeque;

use crate::config::replies::{Ceiling, ReplyPace};
use crate::domain::time::Timestamp;

/// The departures that count, against the ceilings. The windows slide: whenever one of them begins, no
/// more leave within its length (its end not included) than the ceiling says.
#[derive(Debug, Clone, Default)]
pub struct Pacer {
    ceilings: Vec<Ceiling>,
    /// As many as the highest ceiling allows; older ones make no difference.
    left: VecDeque<Timestamp>,
    remembered: usize,
}

impl Pacer {
    /// A pacer that has seen nothing leave.
    #[must_use]
    pub fn new(pace: &ReplyPace) -> Self {
        let ceilings = pace.ceilings().to_vec();
        let remembered = ceilings.iter().map(|ceiling| ceiling.most).max().unwrap_or(0);
        Self { ceilings, left: VecDeque::new(), remembered }
    }

    /// When one more may leave; a time that has passed, if one may now.
    #[must_use]
    pub fn opens_at(&self) -> Timestamp {
        let opens = |ceiling: &Ceiling| {
            // The window of the next one must not reach back to the `most`-th before it.
            let before = self.left.len().checked_sub(ceiling.most)?;
            Some(self.left.get(before)?.plus(ceiling.per))
        };
        self.ceilings.iter().filter_map(opens).max().unwrap_or(Timestamp::MIN)
    }

    /// Counts a departure. A clock that went back opens nothing sooner.
    pub fn departed(&mut self, at: Timestamp) {
        if self.remembered == 0 {
            return;
        }
        if self.left.len() >= self.remembered {
            self.left.pop_front();
        }
        self.left.push_back(self.left.back().map_or(at, |last| at.max(*last)));
    }

    /// The ceiling that is nearest, and how many left within the time up to now; none if there is none.
    #[must_use]
    pub fn nearest(&self, now: Timestamp) -> Option<(usize, Ceiling)> {
        let sent = |ceiling: &Ceiling| {
            let gone = self.left.partition_point(|at| at.plus(ceiling.per) <= now);
            ((self.left.len() - gone).min(ceiling.most), *ceiling)
        };
        let share = |(sent, ceiling): &(usize, Ceiling)| Reverse(sent * 1_000_000 / ceiling.most.max(1));
        self.ceilings.iter().map(sent).min_by_key(share)
    }
}
