//! The state of a lane, for operators.

use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;

/// The state of one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneStatus {
    /// The lane.
    pub lane: Lane,
    /// Since when the lane is paused; `None` if it is open.
    pub paused_since: Option<Timestamp>,
    /// Since when its provider has answered nothing that it was asked; `None` if it answered the last request.
    pub silent_since: Option<Timestamp>,
    /// Time of the record of the oldest effect that is not done.
    pub oldest: Option<Timestamp>,
}
