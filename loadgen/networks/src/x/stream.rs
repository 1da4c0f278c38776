//! Open streams.

use super::fields::Fields;
use crate::network::Frame;
use crate::streams::Heartbeat;

/// What a stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Feed {
    /// Posts that match a rule.
    Filtered,
    /// Events that are subscribed to.
    Activity,
}

/// A stream of an app.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) client_id: String,
    pub(crate) feed: Feed,
    /// Number of the next event that it gets.
    pub(crate) next: u64,
    pub(crate) heartbeat: Heartbeat,
    /// Frames to be sent before any event.
    pub(crate) first: Vec<Frame>,
    /// Fields that were asked for.
    pub(crate) fields: Fields,
}
