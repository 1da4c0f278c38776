//! The state of one network's lane, for display.

use crate::config::replies::Ceiling;
use crate::domain::id::Network;

/// The state of one network's lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneView {
    /// The network.
    pub network: Network,
    /// Prompts that wait.
    pub prompts: usize,
    /// Order results and announcements that wait.
    pub results: usize,
    /// Other replies that wait.
    pub others: usize,
    /// Replies to refused posts that wait.
    pub refusals: usize,
    /// Replies under way.
    pub in_flight: usize,
    /// The nearest ceiling, and the departures within its period; `None` if the lane is not paced.
    pub sent: Option<(usize, Ceiling)>,
}

impl LaneView {
    /// All waiting replies, of every kind.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.prompts + self.results + self.others + self.refusals
    }
}
