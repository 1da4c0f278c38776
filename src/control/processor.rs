//! The processor of the control journal: decides links and status words, applies them to the state, and
//! appends them. Plain code: the control actor only delivers messages.

use std::sync::Arc;

use super::codec;
use super::link_registry::Links;
use super::record::{ControlEvent, ControlRecord};
use super::state::ControlState;
use super::unlinked::{UnlinkedBounds, UnlinkedWords};
use crate::domain::account_status::Recency;
use crate::domain::answer::Answer;
use crate::domain::id::Account;
use crate::domain::link::{Link, LinkedAccount};
use crate::domain::outcome::Outcome;
use crate::domain::status_word::{StatusKind, StatusWord};
use crate::domain::time::Timestamp;
use crate::journal::{Appender, Entry};

/// Runs once everything decided before it is durable.
pub type Release = Box<dyn FnOnce() + Send>;

/// Why a link was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLinked {
    /// The control journal, or a partition that must know the account's words first, has no room.
    #[error("too many links wait to be made durable; try again")]
    Busy,
    /// The person behind the account cannot be stored; the log says why.
    #[error("the address cannot be stored now, so nothing was linked; try again")]
    PersonNotStored,
    /// The engine already has `accounts_most` linked accounts.
    #[error("as many accounts are linked as limits.accounts_most allows")]
    Full,
}

/// Upper bounds of the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlBounds {
    /// Linked accounts.
    pub accounts: usize,
    /// Words of accounts without a link.
    pub unlinked: UnlinkedBounds,
}

/// The running control journal. It is one value with one owner.
pub struct ControlProcessor {
    state: ControlState,
    links: Arc<Links>,
    journal: Appender<Release>,
    /// Records that are decided and not sent yet.
    batch: Vec<ControlRecord>,
    accounts_most: usize,
    unlinked: UnlinkedWords,
}

impl ControlProcessor {
    /// Creates a processor for a recovered state. `links` has every linked account.
    #[must_use]
    pub fn new(
        state: ControlState,
        links: Arc<Links>,
        journal: Appender<Release>,
        bounds: ControlBounds,
    ) -> Self {
        let unlinked = state.accounts().filter(|account| !links.contains_key(*account)).count();
        Self {
            state,
            links,
            journal,
            batch: Vec::new(),
            accounts_most: bounds.accounts,
            unlinked: UnlinkedWords::new(bounds.unlinked, unlinked),
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &ControlState {
        &self.state
    }

    /// Whether the account is linked, though posts may not see that yet.
    #[must_use]
    pub fn is_linked(&self, account: &Account) -> bool {
        self.links.contains_key(account) || self.state.link_of(account).is_some()
    }

    /// The link of an account, though posts may not see it yet; `None` if it has none.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<Link> {
        let recorded = self.state.link_of(account).cloned();
        // One that was unlinked is visible until that is durable.
        let visible = || self.links.get(account).map(|link| link.clone());
        recorded.or_else(|| visible().filter(|_| !self.state.is_unlinked(account)))
    }

    /// Whether posts of the account are decided with a link.
    #[must_use]
    pub fn is_visible(&self, account: &Account) -> bool {
        self.links.contains_key(account)
    }

    /// Records the word of a linked account, if it is newer than the last one. The answer is the one that the
    /// partitions give.
    pub fn record_word(&mut self, now: Timestamp, word: &StatusWord) -> Answer {
        let (recency, event) = self.state.decide_word(word);
        if let Some(event) = event {
            self.record(now, event);
        }
        answer_to(now, word, recency)
    }

    /// Answers the word of an account without a link, and records it if it is newer than the last one and
    /// there is room for it. Returns whether it was recorded.
    pub fn record_unlinked_word(&mut self, now: Timestamp, word: &StatusWord) -> (Answer, bool) {
        let (recency, event) = self.state.decide_word(word);
        let answer = answer_to(now, word, recency);
        let Some(event) = event else { return (answer, false) };
        let is_known = self.state.knows(&word.account);
        if let Err(outcome) = self.unlinked.admit(now, &word.account, is_known) {
            return (Answer { outcome, ..answer }, false);
        }
        self.record(now, event);
        (answer, true)
    }

    /// Decides that an account has no card any more. Returns whether it had one, now or before it was unlinked.
    /// Its words stay: a freeze outlives the link.
    pub fn unlink(&mut self, now: Timestamp, account: &Account) -> bool {
        if !self.is_linked(account) {
            return self.state.is_unlinked(account);
        }
        if let Some(event) = self.state.decide_unlinking(account) {
            if self.state.knows(account) {
                self.unlinked.unlinked();
            }
            self.record(now, event);
        }
        true
    }

    /// Decides that the person behind an account is erased, and with that, that it has no card any more. Returns whether
    /// anything was known of the account here; if not, `known` tells that there is a person.
    pub fn erase(&mut self, now: Timestamp, account: &Account, known: bool) -> bool {
        let was_linked = self.is_linked(account);
        if !known && !was_linked && !self.state.is_unlinked(account) {
            return false;
        }
        if let Some(event) = self.state.decide_erasing(account) {
            if was_linked && self.state.knows(account) {
                self.unlinked.unlinked();
            }
            self.record(now, event);
        }
        true
    }

    /// Decides a link. The words that partitions must know before posts see it are returned.
    ///
    /// # Errors
    /// When as many accounts are linked as may be.
    pub fn link(&mut self, now: Timestamp, linked: &LinkedAccount) -> Result<Vec<StatusWord>, NotLinked> {
        let visible = self.is_visible(&linked.account);
        if !visible && self.links.len() >= self.accounts_most {
            return Err(NotLinked::Full);
        }
        let was_linked = self.is_linked(&linked.account);
        let unchanged = self.links.get(&linked.account).is_some_and(|known| *known == linked.link);
        if let Some(event) = self.state.decide_link(linked).filter(|_| !unchanged) {
            self.record(now, event);
        }
        if visible {
            return Ok(Vec::new());
        }
        let words: Vec<_> = self.state.words_of(&linked.account).collect();
        if !was_linked && !words.is_empty() {
            self.unlinked.linked();
        }
        Ok(words)
    }

    /// Lets an account buy again. Returns the word that partitions must know; `None` if control does not know
    /// the account as frozen.
    pub fn unfreeze(&mut self, now: Timestamp, account: &Account) -> Option<StatusWord> {
        let word = self.state.decide_unfreezing(account, now)?;
        self.record(now, ControlEvent::StatusChanged(word.clone()));
        Some(word)
    }

    /// Records that an operator accepted the machine's clock when journal time was ahead by `ahead_ms`.
    pub fn accept_clock(&mut self, now: Timestamp, ahead_ms: i64) {
        self.record(now, ControlEvent::ClockAccepted { journal: now, ahead_ms });
    }

    fn record(&mut self, now: Timestamp, event: ControlEvent) {
        let record = ControlRecord { at: now.max(self.state.journal_time()), event };
        self.state.apply(self.state.last_sequence() + 1, &record);
        self.batch.push(record);
    }

    /// Sends the decided records to the journal; `then` runs once they are durable. Waits while the journal's
    /// queue is full.
    ///
    /// # Panics
    /// When the journal's thread ended, which also ends the process.
    pub fn commit(&mut self, then: Release) {
        let first = self.state.last_sequence() + 1 - self.batch.len() as u64;
        let mut group = self.journal.batch(first);
        for record in self.batch.drain(..) {
            group.push_with(|payloads| codec::encode(&record, payloads));
        }
        let sent = self.journal.send(Entry { batch: group, release: then });
        assert!(sent.is_ok(), "the journal takes records as long as its process runs");
    }
}

/// The answer to a word that compares so with the last one of its kind.
#[must_use]
pub fn answer_to(now: Timestamp, word: &StatusWord, recency: Recency) -> Answer {
    let accepted = match (word.kind, word.stops) {
        (StatusKind::Buying, _) => Outcome::Frozen,
        (StatusKind::Replies, true) => Outcome::OptedOut,
        (StatusKind::Replies, false) => Outcome::OptedIn,
    };
    let outcome = if recency == Recency::Over { Outcome::Stale } else { accepted };
    let answer = Answer::new(now, word.post.clone(), word.account.clone(), outcome);
    Answer { duplicate: recency == Recency::Same, ..answer }
}
