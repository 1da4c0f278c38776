//! The boxed part of a session, for an account that posted more than once or has a holding.

use smallvec::SmallVec;

use super::holdings::Holdings;
use super::past_post::{Details, PastPost};
use super::rare::RareExtras;
use crate::domain::time::Timestamp;

/// Boxed, so that the session of an account that was refused once stays small.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionExtras {
    /// The posts, in the order of their answers.
    pub(super) seen: SmallVec<[(PastPost, Details); 1]>,
    pub(super) holdings: Holdings,
    pub(super) rare: Option<Box<RareExtras>>,
    /// When the account last posted, while the session is live; none otherwise. The option doubles the size
    /// of the timestamp, and still takes less than an entry in a separate table of live sessions would.
    pub(super) last_post_at: Option<Timestamp>,
}

impl SessionExtras {
    /// Whether nothing is left that needs the box.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.holdings.is_empty() && self.rare.is_none() && !self.is_live()
    }

    /// Whether the session is live.
    pub(super) fn is_live(&self) -> bool {
        self.last_post_at.is_some()
    }
}
