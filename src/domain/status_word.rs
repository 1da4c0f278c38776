//! A status word: one change of one kind of an account's status.

use serde::{Deserialize, Serialize};

use super::event::{Event, Unfreezing};
use super::id::{Account, PostId};
use super::time::Timestamp;

/// The kinds of status, each changed by posts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StatusKind {
    /// FREEZE, and the linking page: whether the account may buy.
    Buying,
    /// STOP and START: whether the account gets replies.
    Replies,
}

/// One change of one kind of status, by a post of the account or by the linking page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusWord {
    /// The account whose status changes.
    pub account: Account,
    /// The kind of status.
    pub kind: StatusKind,
    /// Whether the account stops that from now on: its buying, or its replies.
    pub stops: bool,
    /// When the post was published, or when the linking page made the change.
    pub posted_at: Timestamp,
    /// The post; `None` if the linking page lifted a freeze. Where it stopped or started something, its own mark stands here.
    pub post: Option<PostId>,
    /// The post that the linking page undid; `None` for a post.
    pub undid: Option<PostId>,
}

impl StatusWord {
    /// The event that records the change.
    #[must_use]
    pub fn event(&self) -> Event {
        let Self { account, kind, stops, posted_at, post, undid } = self.clone();
        match (kind, stops, post) {
            (StatusKind::Buying, true, Some(post)) => Event::AccountFrozen { account, post, posted_at },
            (StatusKind::Replies, true, Some(post)) => Event::AccountSilenced { account, post, posted_at },
            (StatusKind::Replies, false, Some(post)) => Event::AccountOptedIn { account, post, posted_at },
            _ => Event::AccountUnfrozen(Unfreezing { account, at: Some(posted_at), undid }),
        }
    }

    /// The change that an event recorded at `at` makes; `None` if the event changes no status.
    #[must_use]
    pub fn of(at: Timestamp, event: &Event) -> Option<Self> {
        let (account, posted_at, kind, stops) = match event {
            Event::AccountFrozen { account, posted_at, .. } => (account, posted_at, StatusKind::Buying, true),
            Event::AccountSilenced { account, posted_at, .. } => {
                (account, posted_at, StatusKind::Replies, true)
            }
            Event::AccountOptedIn { account, posted_at, .. } => {
                (account, posted_at, StatusKind::Replies, false)
            }
            Event::AccountUnfrozen(Unfreezing { account, at: stamp, .. }) => {
                (account, stamp.as_ref().unwrap_or(&at), StatusKind::Buying, false)
            }
            _ => return None,
        };
        let (post, undid) = match event {
            Event::AccountFrozen { post, .. }
            | Event::AccountSilenced { post, .. }
            | Event::AccountOptedIn { post, .. } => (Some(post.clone()), None),
            Event::AccountUnfrozen(unfreezing) => (None, unfreezing.undid.clone()),
            _ => (None, None),
        };
        Some(Self { account: account.clone(), kind, stops, posted_at: *posted_at, post, undid })
    }
}
