//! The boxed part of a session: of an account that said more than one thing, or got something.

use smallvec::SmallVec;

use super::holdings::Holdings;
use super::past_post::{Details, PastPost};
use super::rare::RareExtras;
use crate::domain::time::Timestamp;

/// Boxed, so that the sessions of all who were refused once are small.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionExtras {
    /// The posts, in the order of their answers.
    pub(super) seen: SmallVec<[(PastPost, Details); 1]>,
    pub(super) holdings: Holdings,
    pub(super) rare: Option<Box<RareExtras>>,
    /// When the account was last heard, while the session is live. Twice the size of a bare instant, and less than an
    /// entry of a table of live sessions would take.
    pub(super) heard_at: Option<Timestamp>,
}

impl SessionExtras {
    /// Whether nothing is left that has to be boxed.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.holdings.is_empty() && self.rare.is_none() && !self.is_live()
    }

    /// Whether the session is live.
    pub(super) fn is_live(&self) -> bool {
        self.heard_at.is_some()
    }
}
