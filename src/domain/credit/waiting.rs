//! Transactions of cards that are not enrolled yet: an enrollment counts for the purchases after it, by their own
//! times, in whatever order the two are delivered.

use std::collections::{BTreeSet, HashMap};

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

impl WaitingTransaction {
    fn place(&self) -> (Timestamp, &TransactionId) {
        (self.at, &self.transaction.id)
    }
}

/// The waiting transactions of one offer.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    by_card: HashMap<CompactString, Vec<WaitingTransaction>, foldhash::quality::RandomState>,
    /// When each transaction ceases to wait, with its card.
    ends: BTreeSet<(Timestamp, CompactString, TransactionId)>,
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

    /// Whether such a transaction waited, and may wait still.
    pub(super) fn holds(&self, card: &str, id: &TransactionId) -> bool {
        self.by_card.get(card).into_iter().flatten().any(|waiting| waiting.transaction.id == *id)
    }

    /// Whether one more transaction of that card finds room.
    pub(super) fn has_room(&self, card: &str, now: Timestamp) -> bool {
        let over = self.ends.iter().take_while(|(until, ..)| *until <= now).count();
        self.of(card, now).count() < PER_CARD_MAX && self.ends.len() - over < ALL_MAX
    }

    /// Adds a transaction, and forgets those that have waited long enough when it arrives.
    pub(super) fn add(&mut self, waiting: WaitingTransaction) {
        while self.ends.first().is_some_and(|(until, ..)| *until <= waiting.at) {
            let Some((_, card, _)) = self.ends.pop_first() else { break };
            if let Some(all) = self.by_card.get_mut(&card) {
                all.retain(|other| waiting.at < other.until);
                if all.is_empty() {
                    self.by_card.remove(&card);
                }
            }
        }
        let card = waiting.transaction.card.clone();
        self.ends.insert((waiting.until, card.clone(), waiting.transaction.id.clone()));
        let all = self.by_card.entry(card).or_default();
        all.push(waiting);
        // The same order after a restart.
        all.sort_by(|one, other| one.place().cmp(&other.place()));
    }

    /// Forgets the transactions of a card: it was enrolled.
    pub(super) fn remove(&mut self, card: &str) {
        for waiting in self.by_card.remove(card).into_iter().flatten() {
            self.ends.remove(&(waiting.until, waiting.transaction.card, waiting.transaction.id));
        }
    }

    /// All waiting transactions, in the order of their arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = &WaitingTransaction> {
        let mut all: Vec<&WaitingTransaction> = self.by_card.values().flatten().collect();
        all.sort_by(|one, other| one.place().cmp(&other.place()));
        all.into_iter()
    }
}
