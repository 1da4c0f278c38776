//! Transactions of cards that are not enrolled yet: an enrollment counts for the purchases after it, by their own
//! times, in whatever order the two are delivered.

use std::collections::{HashMap, VecDeque};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::id::Account;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionId};

/// Upper bound on the waiting transactions of one card.
const PER_CARD_MAX: usize = 16;

/// Upper bound on the waiting transactions of one offer.
const ALL_MAX: usize = 100_000;

/// A transaction that waits for the enrollment of its card.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct WaitingTransaction {
    pub(super) account: Account,
    pub(super) transaction: Transaction,
    /// When it arrived.
    pub(super) at: Timestamp,
    pub(super) until: Timestamp,
}

/// The waiting transactions of one offer.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    by_card: HashMap<CompactString, Vec<WaitingTransaction>, foldhash::quality::RandomState>,
    /// The cards, in the order in which their transactions cease to wait. Entries of cards that were enrolled
    /// since name nothing.
    ends: VecDeque<(Timestamp, CompactString)>,
}

impl Waiting {
    /// The transactions of a card that wait at `now`, in the order of their arrival.
    pub(super) fn of(&self, card: &str, now: Timestamp) -> impl Iterator<Item = &WaitingTransaction> {
        let all = self.by_card.get(card).into_iter().flatten();
        all.filter(move |waiting| now < waiting.until)
    }

    /// A waiting transaction of that card.
    pub(super) fn find(&self, card: &str, id: &TransactionId, now: Timestamp) -> Option<&WaitingTransaction> {
        self.of(card, now).find(|waiting| waiting.transaction.id == *id)
    }

    /// Whether one more transaction of that card finds room.
    pub(super) fn has_room(&self, card: &str, now: Timestamp) -> bool {
        let over = self.ends.partition_point(|(until, _)| *until <= now);
        self.of(card, now).count() < PER_CARD_MAX && self.ends.len() - over < ALL_MAX
    }

    /// Adds a transaction, and forgets those that have waited long enough when it arrives.
    pub(super) fn add(&mut self, waiting: WaitingTransaction) {
        while self.ends.front().is_some_and(|(until, _)| *until <= waiting.at) {
            let Some((_, card)) = self.ends.pop_front() else { break };
            if let Some(all) = self.by_card.get_mut(&card) {
                all.retain(|other| waiting.at < other.until);
                if all.is_empty() {
                    self.by_card.remove(&card);
                }
            }
        }
        let card = waiting.transaction.card.clone();
        self.ends.push_back((waiting.until, card.clone()));
        self.by_card.entry(card).or_default().push(waiting);
    }

    /// Forgets the transactions of a card: it was enrolled.
    pub(super) fn remove(&mut self, card: &str) {
        self.by_card.remove(card);
    }

    /// All waiting transactions, in the order of their arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = &WaitingTransaction> {
        let mut all: Vec<&WaitingTransaction> = self.by_card.values().flatten().collect();
        all.sort_by(|one, other| (one.at, &one.transaction.id).cmp(&(other.at, &other.transaction.id)));
        all.into_iter()
    }
}
