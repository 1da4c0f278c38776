//! How the lane of one network stands, for people who look at it.

use crate::config::replies::Ceiling;
use crate::domain::id::Network;

/// How the lane of one network stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneView {
    /// The network.
    pub network: Network,
    /// Prompts that wait.
    pub prompts: usize,
    /// Results of orders that wait, and announcements.
    pub results: usize,
    /// Other replies that wait.
    pub others: usize,
    /// Replies to refused posts that wait.
    pub refusals: usize,
    /// Replies under way.
    pub in_flight: usize,
    /// The nearest ceiling, and how many left within its time; none if the lane is not paced.
    pub sent: Option<(usize, Ceiling)>,
}

impl LaneView {
    /// All that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.prompts + self.results + self.others + self.refusals
    }
}
