//! What a session has of its own place in memory: of those who said more than one thing, or got something.

use smallvec::SmallVec;

use super::holdings::Holdings;
use super::past_post::{Details, PastPost};
use super::rare::RareExtras;

/// Kept apart, so that the sessions of all who were refused once are small.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionExtras {
    /// The posts, in the order of their answers.
    pub(super) seen: SmallVec<[(PastPost, Details); 1]>,
    pub(super) holdings: Holdings,
    pub(super) rare: Option<Box<RareExtras>>,
}

impl SessionExtras {
    /// Whether there is nothing to be kept apart any more.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.holdings.is_empty() && self.rare.is_none()
    }
}
