//! The status of an account in all campaigns at once: frozen, or opted out of replies.
//!
//! Each kind of status is a last-writer-wins register by (post's time, post id).

use std::collections::HashMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::id::{Account, PostId};
use super::time::Timestamp;
use crate::collections::stored::{Put, Take};
use crate::collections::unordered_hash::hash_all;

/// The status of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct AccountStatus {
    /// Frozen by FREEZE: it buys nothing until it is unfrozen on the linking page.
    pub frozen: bool,
    /// Opted out by STOP: it gets no replies.
    pub silent: bool,
}

/// The kinds of status, each changed by posts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// FREEZE, and the linking page: whether the account may buy.
    Buying,
    /// STOP and START: whether the account gets replies.
    Replies,
}

/// How a post compares with the newest post that changed the same kind of status. Networks redeliver posts
/// and deliver them out of order, so the post with the newest publication time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// The post is newer.
    Next,
    /// It is the same post.
    Same,
    /// The post is older.
    Over,
}

/// An account's status, and the last change of each kind.
#[derive(Debug, Clone, Default, Hash, Serialize, Deserialize)]
struct StatusEntry {
    status: AccountStatus,
    buying: Option<StatusChange>,
    replies: Option<StatusChange>,
}

#[derive(Debug, Clone, Hash, Serialize, Deserialize)]
struct StatusChange {
    posted_at: Timestamp,
    /// `None` if the linking page made the change.
    post: Option<PostId>,
    /// The post that the linking page undid. It may be redelivered, and its time may be slightly ahead of
    /// ours.
    undid: Option<PostId>,
}

/// The accounts whose status ever changed. An account stays in the map after the change is undone, so that a
/// late delivery of an older post changes nothing.
#[derive(Debug, Clone, Default)]
pub struct AccountStatuses {
    by_account: HashMap<Account, StatusEntry, foldhash::quality::RandomState>,
}

impl AccountStatuses {
    /// The status of an account.
    #[must_use]
    pub fn of(&self, account: &Account) -> AccountStatus {
        // Most accounts are not in the map, and every post looks its author up.
        if self.by_account.is_empty() {
            return AccountStatus::default();
        }
        self.by_account.get(account).map(|entry| entry.status).unwrap_or_default()
    }

    /// Compares a post of that time and id with the last change of that kind.
    #[must_use]
    pub fn turn_of(
        &self,
        account: &Account,
        kind: StatusKind,
        post: &PostId,
        posted_at: Timestamp,
    ) -> Recency {
        let entry = self.by_account.get(account);
        let last = entry.and_then(|entry| match kind {
            StatusKind::Buying => entry.buying.as_ref(),
            StatusKind::Replies => entry.replies.as_ref(),
        });
        match last {
            Some(last) if last.post.as_ref() == Some(post) => Recency::Same,
            Some(last) if last.undid.as_ref() == Some(post) => Recency::Over,
            // At the same instant the greater id is the newer: networks count ids up, and the result does not
            // depend on the order of arrival.
            Some(last) if (posted_at, Some(post)) < (last.posted_at, last.post.as_ref()) => Recency::Over,
            _ => Recency::Next,
        }
    }

    /// Applies an event recorded at `at`, if it changes an account's status.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        let (account, posted_at, post) = match event {
            Event::AccountFrozen { account, post, posted_at }
            | Event::AccountSilenced { account, post, posted_at }
            | Event::AccountOptedIn { account, post, posted_at } => (account, *posted_at, Some(post.clone())),
            Event::AccountUnfrozen { account } => (account, at, None),
            _ => return,
        };
        let entry = self.by_account.entry(account.clone()).or_default();
        let undid = entry.buying.as_ref().filter(|_| post.is_none()).and_then(|last| last.post.clone());
        let change = Some(StatusChange { posted_at, post, undid });
        match event {
            Event::AccountFrozen { .. } => (entry.status.frozen, entry.buying) = (true, change),
            Event::AccountUnfrozen { .. } => (entry.status.frozen, entry.buying) = (false, change),
            Event::AccountSilenced { .. } => (entry.status.silent, entry.replies) = (true, change),
            _ => (entry.status.silent, entry.replies) = (false, change),
        }
    }

    /// Writes the statuses of all accounts.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { by_account } = self;
        out.put_all(by_account.iter())
    }

    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        Ok(Self { by_account: from.take_map()? })
    }

    /// Feeds the state to a hasher in an order that does not depend on the state's history.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        hash_all(self.by_account.iter(), hasher);
    }
}
