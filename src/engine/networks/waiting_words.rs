//! Words that the node did not take yet, and the cursor behind which all of them are read again.

use std::collections::VecDeque;

use crate::domain::post::Post;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::Cursor;

/// Upper bound on the words that wait.
pub(super) const WAITING_MOST: usize = 1_000;

/// How long a word waits at most: five of the minutes in which the node counts words.
pub(super) const WAIT_MOST: Millis = Millis::from_secs(300);

/// How often the words are submitted again.
pub(super) const RETRY_AFTER: Millis = Millis::from_secs(1);

/// STOP, START and FREEZE of accounts without a link, which the node refused because all such accounts together post too
/// many.
///
/// Anybody can post such words, so none of them may hold up a buyer, the memory or the cursor. They wait here, apart from
/// the posts that are read meanwhile, and the cursor waits behind the oldest one. Their number and their time are bounded:
/// what goes beyond is refused for good. That breaks no promise, because a word counts from its record on, its author was
/// told nothing, and an account without a link holds nothing that the word could protect.
#[derive(Debug, Default)]
pub(super) struct WaitingWords {
    /// In the order in which they came.
    words: VecDeque<WaitingWord>,
    tried_at: Timestamp,
}

#[derive(Debug)]
struct WaitingWord {
    post: Post,
    since: Timestamp,
    /// The cursor from which the post comes once more; `None` if there was none before it.
    resume_at: Option<Cursor>,
}

impl WaitingWords {
    /// Lets a word wait that came behind `resume_at`. Returns whether there was room.
    pub(super) fn push(&mut self, post: Post, resume_at: Option<&Cursor>, now: Timestamp) -> bool {
        if self.words.len() >= WAITING_MOST {
            return false;
        }
        if self.words.is_empty() {
            self.tried_at = now;
        }
        self.words.push_back(WaitingWord { post, since: now, resume_at: resume_at.cloned() });
        true
    }

    /// The words to submit at `now`; empty before it is time.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Post> {
        let early = now >= self.tried_at && now.since(self.tried_at) < RETRY_AFTER;
        if self.words.is_empty() || early {
            return Vec::new();
        }
        self.tried_at = now;
        self.words.iter().map(|word| word.post.clone()).collect()
    }

    /// Keeps the words that [`due`](Self::due) returned and that the node refused again. Returns how many of them waited
    /// too long, and are refused for good.
    pub(super) fn keep(&mut self, is_refused: impl IntoIterator<Item = bool>, now: Timestamp) -> u64 {
        let mut is_refused = is_refused.into_iter();
        let mut ended = 0;
        self.words.retain(|word| {
            let waits = is_refused.next().unwrap_or(true);
            let is_over = waits && now.since(word.since) >= WAIT_MOST;
            ended += u64::from(is_over);
            waits && !is_over
        });
        ended
    }

    /// When the oldest word came, and behind which cursor.
    pub(super) fn oldest(&self) -> Option<(Timestamp, Option<&Cursor>)> {
        self.words.front().map(|oldest| (oldest.since, oldest.resume_at.as_ref()))
    }
}
