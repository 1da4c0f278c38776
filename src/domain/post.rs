//! A post: what an author published on a network, in the one form that all networks map to.

use compact_str::CompactString;

use super::id::{Account, PostId};
use super::time::Timestamp;

/// One post as a source delivered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id on the author's network.
    pub id: PostId,
    /// The author.
    pub account: Account,
    /// The author's name for display; never identity.
    pub handle: CompactString,
    /// When the author's account was made, where the post carries it.
    pub author_since: Option<Timestamp>,
    /// The time of publication that the network gives.
    pub posted_at: Timestamp,
    /// The author's text, decoded: no HTML, no character references.
    pub text: String,
    /// The post that it answers.
    pub in_reply_to: Option<PostId>,
    /// The post that it repeats in full.
    pub repost_of: Option<PostId>,
    /// The post that it quotes.
    pub quote_of: Option<PostId>,
    /// The time of arrival that a recording gives; live intake ignores it.
    pub arrived_at: Option<Timestamp>,
    /// Whether this is a later version of a post published before.
    pub edited: bool,
    /// Whether this is the notice that the post was deleted.
    pub deleted: bool,
}

impl Post {
    /// The time of arrival, if a recording gives it.
    #[must_use]
    pub fn arrival(&self) -> Timestamp {
        self.arrived_at.unwrap_or(self.posted_at)
    }
}
