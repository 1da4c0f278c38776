//! The order in which effects leave a lane.

use crate::domain::time::Timestamp;

/// The position of a waiting effect among those of its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Position {
    /// The earliest time to leave.
    pub(super) due: Timestamp,
    /// Number of the effect in the order of acceptance: first come, first served among equals.
    pub(super) turn: u64,
}
