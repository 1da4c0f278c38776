//! The status of an account: what its owner put a stop to, in all campaigns at once.

use std::collections::HashMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::id::{Account, PostId};
use super::time::Timestamp;
use crate::collections::stored::{Put, Take};
use crate::collections::unordered_hash::hash_all;

/// What holds for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct AccountStatus {
    /// Frozen by FREEZE: it buys nothing until it is unfrozen on the linking page.
    pub frozen: bool,
    /// Opted out by STOP: it gets no replies.
    pub silent: bool,
}

/// What an account can put a stop to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// Its buying: FREEZE, and the linking page.
    Buying,
    /// Its replies: STOP and START.
    Replies,
}

/// How a word stands to the last one of its matter. Networks deliver again and out of order; the last
/// word by the posts' own time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// It is the newer one.
    Next,
    /// It is that very post.
    Same,
    /// A newer post has been applied.
    Over,
}

/// What holds, and since when by whose word.
#[derive(Debug, Clone, Default, Hash, Serialize, Deserialize)]
struct StatusEntry {
    status: AccountStatus,
    buying: Option<StatusWord>,
    replies: Option<StatusWord>,
}

#[derive(Debug, Clone, Hash, Serialize, Deserialize)]
struct StatusWord {
    said_at: Timestamp,
    /// None, if it was no post.
    post: Option<PostId>,
    /// The post that it took back, where it was no post itself. It may be delivered again, and its time
    /// may be a little ahead of ours.
    undid: Option<PostId>,
}

/// The accounts that ever put a stop to something; an account that takes it back stays, so that what it
/// said before does not come back.
#[derive(Debug, Clone, Default)]
pub struct AccountStatuses {
    by_account: HashMap<Account, StatusEntry, foldhash::quality::RandomState>,
}

impl AccountStatuses {
    /// What holds for that account.
    #[must_use]
    pub fn of(&self, account: &Account) -> AccountStatus {
        // Few accounts are in the map, and each post asks.
        if self.by_account.is_empty() {
            return AccountStatus::default();
        }
        self.by_account.get(account).map(|words| words.status).unwrap_or_default()
    }

    /// How a post that was said at that time stands to the last word of the account on the matter.
    #[must_use]
    pub fn turn_of(
        &self,
        account: &Account,
        matter: StatusKind,
        post: &PostId,
        said_at: Timestamp,
    ) -> Recency {
        let words = self.by_account.get(account);
        let last = words.and_then(|words| match matter {
            StatusKind::Buying => words.buying.as_ref(),
            StatusKind::Replies => words.replies.as_ref(),
        });
        match last {
            Some(last) if last.post.as_ref() == Some(post) => Recency::Same,
            Some(last) if last.undid.as_ref() == Some(post) => Recency::Over,
            // Of the same instant, the greater id counts as the newer: networks count up, and whatever
            // they do, the order in which posts arrive makes no difference.
            Some(last) if (said_at, Some(post)) < (last.said_at, last.post.as_ref()) => Recency::Over,
            _ => Recency::Next,
        }
    }

    /// Applies a fact that was recorded at `at`; those that concern no account's standing change nothing.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        let (account, said_at, post) = match event {
            Event::AccountFrozen { account, post, posted_at }
            | Event::AccountSilenced { account, post, posted_at }
            | Event::AccountOptedIn { account, post, posted_at } => (account, *posted_at, Some(post.clone())),
            Event::AccountUnfrozen { account } => (account, at, None),
            _ => return,
        };
        let words = self.by_account.entry(account.clone()).or_default();
        let undid = words.buying.as_ref().filter(|_| post.is_none()).and_then(|last| last.post.clone());
        let word = Some(StatusWord { said_at, post, undid });
        match event {
            Event::AccountFrozen { .. } => (words.status.frozen, words.buying) = (true, word),
            Event::AccountUnfrozen { .. } => (words.status.frozen, words.buying) = (false, word),
            Event::AccountSilenced { .. } => (words.status.silent, words.replies) = (true, word),
            _ => (words.status.silent, words.replies) = (false, word),
        }
    }

    /// Writes all of them down.
    ///
    /// # Errors
    /// What keeps them from being written.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { by_account } = self;
        out.put_all(by_account.iter())
    }

    /// Reads back what was written down.
    ///
    /// # Errors
    /// What keeps them from being read.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        Ok(Self { by_account: from.take_map()? })
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        hash_all(self.by_account.iter(), hasher);
    }
}
