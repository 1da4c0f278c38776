//! A reference to the session of a post.

use crate::collections::stable_map::SlotId;
use crate::domain::time::Timestamp;

/// The session that a post belongs to, and the time at which the post is decided. It is looked up once per
/// post, and valid until the state changes.
#[derive(Debug, Clone, Copy)]
pub struct SessionRef {
    pub(super) now: Timestamp,
    pub(super) campaign: Option<usize>,
    pub(super) slot: Option<SlotId>,
}

impl SessionRef {
    /// Journal time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        self.now
    }

    /// The index of the campaign; none if the post names no offer, or an offer of another partition.
    #[must_use]
    pub fn campaign(self) -> Option<usize> {
        self.campaign
    }

    /// The slot of the author's session in that campaign, if there is one.
    #[must_use]
    pub fn slot(self) -> Option<SlotId> {
        self.slot
    }
}
