//! A parked confirmation: it arrived before its claim, and waits for it.

use serde::{Deserialize, Serialize};

use crate::domain::id::{OfferNo, PostId};
use crate::domain::time::{Millis, Timestamp};

/// How long a parked confirmation waits for its claim.
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
    /// When it stops waiting and expires.
    pub until: Timestamp,
}
