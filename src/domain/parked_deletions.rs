//! Deletions that arrived before their posts, and wait for them: a post that was deleted asks for nothing, in
//! whatever order the two are delivered.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::event::Event;
use super::id::{Account, PostId};
use super::time::Timestamp;

/// Upper bound on the parked deletions of one account.
const PER_ACCOUNT_MAX: usize = 8;

/// Upper bound on the parked deletions of one partition. Every partition parks each of them, because none
/// knows which offer the post concerns.
const ALL_MAX: usize = 10_000;

/// A deletion that waits for its post.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ParkedDeletion {
    account: Account,
    post: PostId,
    until: Timestamp,
}

/// The parked deletions of one partition.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "VecDeque<ParkedDeletion>", into = "VecDeque<ParkedDeletion>")]
pub struct ParkedDeletions {
    /// In the order of their ends.
    queue: VecDeque<ParkedDeletion>,
    by_account: BTreeMap<Account, SmallVec<[(PostId, Timestamp); 1]>>,
}

impl ParkedDeletions {
    /// Whether that post of the account was deleted before it arrived.
    #[must_use]
    pub fn contains(&self, account: &Account, post: &PostId, now: Timestamp) -> bool {
        let own = self.by_account.get(account).into_iter().flatten();
        own.into_iter().any(|(deleted, until)| deleted == post && now < *until)
    }

    /// Whether nothing is parked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether one more deletion of the account finds room at `now`.
    #[must_use]
    pub fn has_room(&self, account: &Account, now: Timestamp) -> bool {
        let own = self.by_account.get(account).into_iter().flatten();
        let over = self.queue.partition_point(|parked| parked.until <= now);
        own.filter(|(_, until)| now < *until).count() < PER_ACCOUNT_MAX && self.queue.len() - over < ALL_MAX
    }

    /// Applies an event, recorded at `at`. Forgets what has waited long enough by then.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        let Event::DeletionParked { account, post, until } = event else { return };
        while self.queue.front().is_some_and(|parked| parked.until <= at) {
            self.forget_first();
        }
        self.enter(ParkedDeletion { account: account.clone(), post: post.clone(), until: *until });
    }

    fn enter(&mut self, parked: ParkedDeletion) {
        let own = self.by_account.entry(parked.account.clone()).or_default();
        own.push((parked.post.clone(), parked.until));
        self.queue.push_back(parked);
    }

    fn forget_first(&mut self) {
        let Some(first) = self.queue.pop_front() else { return };
        if let Some(own) = self.by_account.get_mut(&first.account) {
            own.retain(|(post, until)| *post != first.post || *until != first.until);
            if own.is_empty() {
                self.by_account.remove(&first.account);
            }
        }
    }
}

impl Hash for ParkedDeletions {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.queue.hash(hasher);
    }
}

impl From<VecDeque<ParkedDeletion>> for ParkedDeletions {
    fn from(queue: VecDeque<ParkedDeletion>) -> Self {
        let mut parked = Self::default();
        queue.into_iter().for_each(|deletion| parked.enter(deletion));
        parked
    }
}

impl From<ParkedDeletions> for VecDeque<ParkedDeletion> {
    fn from(parked: ParkedDeletions) -> Self {
        parked.queue
    }
}
