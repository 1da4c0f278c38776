//! A parked confirmation or cancellation: it arrived before its claim, and waits for it.

use serde::{Deserialize, Serialize};

use crate::domain::cid::Cid;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::time::{Millis, Timestamp};

/// How long what arrived before its claim waits for it.
pub const PARKED_FOR: Millis = Millis::from_secs(30);

/// Upper bound on the cancellations of one account that wait in one campaign.
pub const CANCELS_PARKED_MAX: usize = 4;

/// A confirmation or cancellation that waits for its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parked {
    /// The offer that it concerns.
    pub offer: OfferNo,
    /// The confirming or cancelling post.
    pub post: PostId,
    /// When it was published.
    pub posted_at: Timestamp,
    /// When it stops waiting and expires.
    pub until: Timestamp,
    /// The hash of the post, if a stream told of it that nobody has to trust.
    #[serde(default)]
    pub cid: Option<Box<Cid>>,
}
