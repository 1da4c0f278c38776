//! The model of one statement-credit offer and its promises: `facts` checks enrollments and transactions
//! against the terms, `grants` checks requested money against the events.

mod facts;
pub(super) mod grants;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;

use super::operated::Operated;
use crate::domain::credit::CreditTerms;
use crate::domain::event::{Enrollment, Event};
use crate::domain::id::EffectKey;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionId, TransactionKind};

/// An enrolled card.
#[derive(Debug)]
struct Card {
    enrollment: Enrollment,
    uses: u32,
}

/// The outcome of a purchase.
#[derive(Debug)]
struct Purchase {
    card: CompactString,
    amount: Money,
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    /// The credit it earned, the sum of its refunds, and the part of the credit that was reversed.
    Credited { credit: Money, refunded: i128, reversed: i128 },
    /// It earned nothing, for this reason.
    NotCounted(Outcome),
}

/// What was requested for a purchase, and what the ledger shows for it.
#[derive(Debug, Default)]
struct Granted {
    asked: BTreeMap<EffectKey, (GrantKind, Money, CompactString)>,
    taken: BTreeSet<String>,
    credited: i128,
    reversed: i128,
}

/// The direction of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GrantKind {
    Credit,
    ReverseCredit,
}

/// One statement-credit offer as its events describe it.
#[derive(Debug)]
pub(super) struct CreditModel {
    pub(super) terms: CreditTerms,
    opened: bool,
    closed: bool,
    operated: Operated,
    sold_out: bool,
    cards: HashMap<CompactString, Card>,
    purchases: HashMap<TransactionId, Purchase>,
    /// The refunds, and whether each still waits for its purchase.
    refunds: HashMap<TransactionId, bool>,
    /// The refunds that wait, by card and purchase.
    parked: HashMap<(CompactString, TransactionId), BTreeSet<TransactionId>>,
    /// The transactions that wait for their card's enrollment, with the end of their waiting.
    awaiting: HashMap<CompactString, BTreeMap<TransactionId, (Transaction, Timestamp)>>,
    grants: HashMap<TransactionId, Granted>,
    pub(super) credits: u64,
    pub(super) credited: i128,
    pub(super) reversed: i128,
}

impl CreditModel {
    pub(super) fn new(terms: CreditTerms) -> Self {
        Self {
            terms,
            opened: false,
            closed: false,
            operated: Operated::default(),
            sold_out: false,
            cards: HashMap::new(),
            purchases: HashMap::new(),
            refunds: HashMap::new(),
            parked: HashMap::new(),
            awaiting: HashMap::new(),
            grants: HashMap::new(),
            credits: 0,
            credited: 0,
            reversed: 0,
        }
    }

    /// Takes other terms. Returns whether that is allowed: the offer is the same, and has not opened.
    pub(super) fn correct(&mut self, at: Timestamp, terms: &CreditTerms) -> bool {
        let unopened = !self.opened && !self.closed && at < self.terms.opens && self.cards.is_empty();
        let same = self.terms.id == terms.id && self.terms.campaign == terms.campaign;
        let operated = std::mem::take(&mut self.operated);
        *self = Self { operated, ..Self::new(terms.clone()) };
        unopened && same
    }

    /// The number of enrolled cards.
    pub(super) fn enrolled(&self) -> u64 {
        self.cards.len() as u64
    }

    /// The token of the card that a transaction belongs to: a refund belongs to the card of the purchase that
    /// it names, whatever token that has by then.
    fn token_of<'t>(&'t self, transaction: &'t Transaction) -> &'t CompactString {
        let purchase = match &transaction.kind {
            TransactionKind::Refund { of } => self.purchases.get(of),
            TransactionKind::Purchase => None,
        };
        purchase.map_or(&transaction.card, |purchase| &purchase.card)
    }

    /// Applies an event, as far as it can be applied.
    pub(super) fn apply(&mut self, at: Timestamp, event: &Event) {
        self.operated.apply(at, event);
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => self.closed = true,
            Event::OfferSoldOut { .. } => self.sold_out = true,
            Event::Enrolled { enrollment, .. } => {
                let card = Card { enrollment: (**enrollment).clone(), uses: 0 };
                self.cards.entry(enrollment.card.clone()).or_insert(card);
            }
            Event::PurchaseCredited { transaction, credit, .. } => {
                if let Some(card) = self.cards.get_mut(&transaction.card) {
                    card.uses = card.uses.saturating_add(1);
                }
                self.credits += 1;
                self.credited += i128::from(credit.minor);
                self.judge(transaction, Fate::Credited { credit: *credit, refunded: 0, reversed: 0 });
            }
            Event::PurchaseNotCounted { transaction, reason, .. } => match &transaction.kind {
                TransactionKind::Purchase => self.judge(transaction, Fate::NotCounted(*reason)),
                TransactionKind::Refund { of } => self.settle(transaction, of),
            },
            Event::RefundParked { transaction, .. } => {
                self.end_wait(transaction);
                if let TransactionKind::Refund { of } = &transaction.kind {
                    let waiting = self.parked.entry((transaction.card.clone(), of.clone())).or_default();
                    waiting.insert(transaction.id.clone());
                    self.refunds.insert(transaction.id.clone(), true);
                }
            }
            Event::TransactionParked { transaction, until, .. } => {
                let waiting = self.awaiting.entry(transaction.card.clone()).or_default();
                waiting.insert(transaction.id.clone(), ((**transaction).clone(), *until));
            }
            Event::CreditReversed { transaction, reversed: back, .. } => {
                self.reversed += i128::from(back.minor);
                let TransactionKind::Refund { of } = &transaction.kind else { return };
                if let Some(Purchase { fate: Fate::Credited { refunded, reversed, .. }, .. }) =
                    self.purchases.get_mut(of)
                {
                    *refunded += i128::from(transaction.amount.minor);
                    *reversed += i128::from(back.minor);
                }
                self.settle(transaction, of);
            }
            _ => {}
        }
    }

    /// A transaction does not wait for the enrollment of its card any more.
    fn end_wait(&mut self, transaction: &Transaction) {
        if let Some(waiting) = self.awaiting.get_mut(&transaction.card) {
            waiting.remove(&transaction.id);
        }
    }

    fn judge(&mut self, transaction: &Transaction, fate: Fate) {
        self.end_wait(transaction);
        let purchase = Purchase { card: transaction.card.clone(), amount: transaction.amount, fate };
        self.purchases.entry(transaction.id.clone()).or_insert(purchase);
    }

    fn settle(&mut self, refund: &Transaction, of: &TransactionId) {
        self.end_wait(refund);
        self.refunds.insert(refund.id.clone(), false);
        let purchase = (refund.card.clone(), of.clone());
        if let Some(waiting) = self.parked.get_mut(&purchase) {
            waiting.remove(&refund.id);
            if waiting.is_empty() {
                self.parked.remove(&purchase);
            }
        }
    }
}
