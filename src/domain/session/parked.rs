//! A parked confirmation: it came before its claim, and waits for it.

use serde::{Deserialize, Serialize};

use crate::domain::id::{OfferNo, PostId};
use crate::domain::time::{Millis, Timestamp};

/// How long a confirmation that came before its claim waits for it.
pub const PARKED_FOR: Millis = Millis::from_secs(30);

/// A confirmation that waits for its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parked {
    /// The offer that it confirms.
    pub offer: OfferNo,
    /// The confirming post.
    pub post: PostId,
    /// When it was published.
    pub posted_at: Timestamp,
    /// When it ceases to wait.
    pub until: Timestamp,
}
