//! A post: what an author published on a network, in one form for all networks.

use std::ops::Range;

use compact_str::CompactString;

use super::cid::Cid;
use super::id::{Account, PostId};
use super::time::Timestamp;

/// One post, as a source delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id on the author's network.
    pub id: PostId,
    /// The author.
    pub account: Account,
    /// The author's display name; never the author's identity.
    pub handle: CompactString,
    /// When the author's account was created; `None` if the post does not carry it.
    pub author_since: Option<Timestamp>,
    /// The time of publication, as the network gives it.
    pub posted_at: Timestamp,
    /// Whether only the author's own server vouches for that time.
    pub is_time_claimed: bool,
    /// The author's text, decoded: no HTML, no character references.
    pub text: String,
    /// The post that this one replies to.
    pub in_reply_to: Option<PostId>,
    /// The post that this one reposts.
    pub repost_of: Option<PostId>,
    /// The post that this one quotes.
    pub quote_of: Option<PostId>,
    /// The time of arrival in a recording; live intake ignores it.
    pub arrived_at: Option<Timestamp>,
    /// Whether this is a later version of an earlier post.
    pub edited: bool,
    /// Whether this is the notice of the post's deletion.
    pub deleted: bool,
    /// What the network marks in the text; `None` if it is plain.
    pub markup: Option<Box<Markup>>,
    /// The hash of its content, if a stream told of it that nobody has to trust: before a card is asked, it is read again
    /// where only its author can put it.
    pub cid: Option<Box<Cid>>,
}

impl Post {
    /// A plain post that answers nothing and marks nothing.
    #[must_use]
    pub fn new(id: PostId, account: Account, posted_at: Timestamp, text: &str) -> Self {
        Self {
            id,
            account,
            handle: CompactString::default(),
            author_since: None,
            posted_at,
            is_time_claimed: false,
            text: text.to_owned(),
            in_reply_to: None,
            repost_of: None,
            quote_of: None,
            arrived_at: None,
            edited: false,
            deleted: false,
            markup: None,
            cid: None,
        }
    }

    /// The hashtags that the network marks in the text; `None` where the text alone tells them.
    #[must_use]
    pub fn marked_tags(&self) -> Option<&[Range<usize>]> {
        self.markup.as_ref()?.tags.as_deref()
    }
}

/// Marks in a text, each as a range of code points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup {
    /// Quotations of somebody else's words, in order and apart from each other.
    pub quoted: Vec<Range<usize>>,
    /// The hashtags that readers see, with their hash signs, in order; `None` where the text alone tells them.
    pub tags: Option<Vec<Range<usize>>>,
}

impl Markup {
    /// Whether the code point at `at` is in a quotation.
    #[must_use]
    pub fn quotes(&self, at: usize) -> bool {
        let next = self.quoted.partition_point(|part| part.end <= at);
        self.quoted.get(next).is_some_and(|part| part.start <= at)
    }
}

impl Post {
    /// The time that counts for a post that arrives now. What the author's own server claims never makes a
    /// post earlier than it was seen.
    #[must_use]
    pub fn believed_at(&self, now: Timestamp) -> Timestamp {
        if self.is_time_claimed { self.posted_at.max(now) } else { self.posted_at }
    }

    /// The time of arrival; the time of publication if no recording gives one.
    #[must_use]
    pub fn arrival(&self) -> Timestamp {
        self.arrived_at.unwrap_or(self.posted_at)
    }
}
