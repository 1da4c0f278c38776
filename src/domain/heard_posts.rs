//! The posts that an order rests on, where a stream told of them that nobody has to trust.
//!
//! Some networks are read through relays, which carry no signatures: who runs one could invent posts. So before a card
//! is asked, these posts are read again where only their author can put them.

use serde::{Deserialize, Serialize};

use super::cid::Cid;
use super::id::PostId;
use super::time::Timestamp;

/// A post as a stream told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardPost {
    /// The post.
    pub post: PostId,
    /// The hash of its content.
    pub cid: Cid,
}

/// The posts that an order rests on and that are to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardPosts {
    /// The claim, the confirmation, or both; at least one.
    pub posts: Vec<HeardPost>,
    /// Until when their reading is tried: the end of the reservation's window, late grace included.
    pub until: Timestamp,
}

/// Why an order is off without a card having been asked: a post that it rests on is not attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unattested {
    /// The author's server has no such post.
    Gone,
    /// Other words stand there.
    Differs,
    /// The author's server could not be read in time.
    Unreachable,
}

impl Unattested {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Gone, Self::Differs, Self::Unreachable];

    /// The reason of the decline, as it is recorded.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Gone => "post_gone",
            Self::Differs => "post_differs",
            Self::Unreachable => "post_unreachable",
        }
    }
}
