//! Posts of accounts for which the node has no place now, and the cursor behind which all of them are read again.

use std::collections::VecDeque;

use super::waiting_words::RETRY_AFTER;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::intake::stream::Cursor;

/// Upper bound on the posts that wait: no more than are submitted at once. Beyond it the reading pauses.
pub(super) const WAITING_MOST: usize = 1_000;

/// Posts of accounts that hold nothing, while `sessions_live` others hold something.
///
/// They can begin nothing before one of those is done, which may take as long as a sale; what those post must not wait
/// behind them. So they wait here, apart from the posts that are read meanwhile, and the cursor waits behind the oldest
/// one. None is dropped. They are submitted again before what came later, so nobody is overtaken.
#[derive(Debug, Default)]
pub(super) struct WaitingClaims {
    /// In the order in which they came.
    waiting: VecDeque<WaitingClaim>,
    tried_at: Timestamp,
}

#[derive(Debug)]
pub(super) struct WaitingClaim {
    pub(super) post: Post,
    since: Timestamp,
    /// The cursor from which the post comes once more; `None` if there was none before it.
    resume_at: Option<Cursor>,
}

impl WaitingClaims {
    /// Lets a post wait that came behind `resume_at`. Returns it if too many wait.
    pub(super) fn push(&mut self, post: Post, resume_at: Option<&Cursor>, now: Timestamp) -> Option<Post> {
        if self.waiting.len() >= WAITING_MOST {
            return Some(post);
        }
        self.waiting.push_back(WaitingClaim { post, since: now, resume_at: resume_at.cloned() });
        None
    }

    /// Takes the posts to submit once more: before other posts, or when it is time.
    pub(super) fn take(&mut self, now: Timestamp, others_came: bool) -> VecDeque<WaitingClaim> {
        let early = now >= self.tried_at && now.since(self.tried_at) < RETRY_AFTER;
        if self.waiting.is_empty() || (early && !others_came) {
            return VecDeque::new();
        }
        self.tried_at = now;
        std::mem::take(&mut self.waiting)
    }

    /// Keeps those of the posts that [`take`](Self::take) returned for which there is no place yet.
    pub(super) fn put_back(&mut self, claims: impl Iterator<Item = WaitingClaim>) {
        self.waiting.extend(claims);
    }

    /// When the oldest post came, and behind which cursor.
    pub(super) fn oldest(&self) -> Option<(Timestamp, Option<&Cursor>)> {
        self.waiting.front().map(|oldest| (oldest.since, oldest.resume_at.as_ref()))
    }
}
