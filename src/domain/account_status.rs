//! The status of an account in all campaigns at once: frozen, or opted out of replies.
//!
//! Each kind of status is a last-writer-wins register by (post's time, post id): whatever words a register
//! takes, in whatever order and however often, it holds the newest of them. So several journals can hold the
//! same registers without an order of records between them.

use std::collections::HashMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::id::{Account, PostId};
use super::status_word::{StatusKind, StatusWord};
use super::time::{Millis, Timestamp};
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
        match self.last(account, kind) {
            Some(last) if last.post.as_ref() == Some(post) => Recency::Same,
            Some(last) if last.undid.as_ref() == Some(post) => Recency::Over,
            // At the same instant the greater id is the newer: networks count ids up, and the result does not
            // depend on the order of arrival.
            Some(last) if (posted_at, Some(post)) < (last.posted_at, last.post.as_ref()) => Recency::Over,
            _ => Recency::Next,
        }
    }

    fn last(&self, account: &Account, kind: StatusKind) -> Option<&StatusChange> {
        let entry = self.by_account.get(account)?;
        match kind {
            StatusKind::Buying => entry.buying.as_ref(),
            StatusKind::Replies => entry.replies.as_ref(),
        }
    }

    /// Whether any word of the account is known.
    #[must_use]
    pub fn knows(&self, account: &Account) -> bool {
        self.by_account.contains_key(account)
    }

    /// Whether the word is newer than what is known of its account and kind.
    #[must_use]
    pub fn lacks(&self, word: &StatusWord) -> bool {
        match self.last(&word.account, word.kind) {
            None => true,
            Some(last) if word.post.is_some() && last.undid == word.post => false,
            Some(last) if last.post.is_some() && word.undid == last.post => true,
            Some(last) => (word.posted_at, word.post.as_ref()) > (last.posted_at, last.post.as_ref()),
        }
    }

    /// The last word of each kind of an account.
    pub fn words_of(&self, account: &Account) -> impl Iterator<Item = StatusWord> + use<> {
        let entry = self.by_account.get_key_value(account);
        entry.map(|(account, entry)| words(account, entry)).into_iter().flatten()
    }

    /// The last word of each kind of every account, in no particular order.
    pub fn words(&self) -> impl Iterator<Item = StatusWord> {
        self.by_account.iter().flat_map(|(account, entry)| words(account, entry))
    }

    /// The accounts of which a word is known, in no particular order.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.by_account.keys()
    }

    /// The word by which the linking page unfreezes an account at `now`. It is later than the freeze that it
    /// undoes, even if that freeze is of the same instant.
    #[must_use]
    pub fn unfreezing(&self, account: &Account, now: Timestamp) -> StatusWord {
        let last = self.last(account, StatusKind::Buying);
        let after = |last: &StatusChange| last.posted_at.plus(Millis::from_ms(1));
        StatusWord {
            account: account.clone(),
            kind: StatusKind::Buying,
            stops: false,
            posted_at: last.map_or(now, |last| now.max(after(last))),
            post: None,
            undid: last.and_then(|last| last.post.clone()),
        }
    }

    /// Takes a word in if it is newer than what is known.
    pub fn take(&mut self, word: &StatusWord) {
        if self.lacks(word) {
            self.set(word);
        }
    }

    /// Applies an event recorded at `at`, if it changes an account's status. It holds even if it is older
    /// than what is known: its decision compared them.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        let Some(mut word) = StatusWord::of(at, event) else { return };
        if word.post.is_none() && word.undid.is_none() {
            // Records of older releases do not name the post that the linking page undid.
            let last = self.last(&word.account, word.kind);
            word.undid = last.and_then(|last| last.post.clone());
        }
        self.set(&word);
    }

    fn set(&mut self, word: &StatusWord) {
        let StatusWord { account, kind, stops, posted_at, post, undid } = word.clone();
        let entry = self.by_account.entry(account).or_default();
        let (status, change) = match kind {
            StatusKind::Buying => (&mut entry.status.frozen, &mut entry.buying),
            StatusKind::Replies => (&mut entry.status.silent, &mut entry.replies),
        };
        *status = stops;
        *change = Some(StatusChange { posted_at, post, undid });
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

fn words(account: &Account, entry: &StatusEntry) -> impl Iterator<Item = StatusWord> + use<> {
    let word = |kind, stops, change: &Option<StatusChange>| {
        let StatusChange { posted_at, post, undid } = change.clone()?;
        Some(StatusWord { account: account.clone(), kind, stops, posted_at, post, undid })
    };
    let buying = word(StatusKind::Buying, entry.status.frozen, &entry.buying);
    let replies = word(StatusKind::Replies, entry.status.silent, &entry.replies);
    buying.into_iter().chain(replies)
}
