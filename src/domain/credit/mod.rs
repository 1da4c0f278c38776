//! A statement-credit offer: the enrolled cards, and the fate of their transactions. Nothing else decides its
//! credits.
//!
//! Every transaction counts once. A refund may come before its purchase, and refunds may come in any order:
//! what is taken back for a purchase depends only on the sum of its refunds. A refund of more than the
//! purchase counts as a full refund. A refunded use is not given back: an account that buys and returns
//! without end would keep the offer open for nothing.
//!
//! Invariants, asserted after every event: the number of enrolled cards and the uses of each card are within
//! their limits, and no purchase has more taken back than it was credited.

mod ask;
mod decide;
mod stored;
mod terms;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use ask::{CreditAsk, PARKED_ELSEWHERE_MAX, PARKED_PER_CARD_MAX};
pub use terms::{CreditTerms, Reward};
use waiting::{Waiting, WaitingTransaction};

use super::answer::{Answer, Transacted};
use super::event::{Enrollment, Event};
use super::id::OfferNo;
use super::money::Money;
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::sale_control::SaleControl;
use super::time::Timestamp;
use super::transaction::{Transaction, TransactionId, TransactionKind};
use crate::collections::unordered_hash::hash_all;

/// An enrolled card.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Card {
    enrollment: Enrollment,
    /// Purchases of the card that counted.
    uses: u32,
    /// Refunds whose purchases are not known yet, in the order of arrival.
    parked: Vec<Transaction>,
}

/// The credit of a purchase, and the effect of the purchase's refunds on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Credit {
    /// The amount of the purchase.
    amount: Money,
    credit: Money,
    /// The sum of its refunds so far, in minor units; never more than the amount.
    refunded: i64,
    /// The part of the credit that was taken back, in minor units.
    reversed: i64,
}

impl Credit {
    /// Returns the credit after one more refund. Takes back in proportion to the sum of all refunds, rounded
    /// down, so that many small refunds take back as much as a single large one.
    fn after(&self, refund: Money) -> Self {
        let refunded = self.refunded.saturating_add(refund.minor).min(self.amount.minor);
        let exact = i128::from(self.credit.minor) * i128::from(refunded) / i128::from(self.amount.minor);
        let reversed = i64::try_from(exact).expect("a part of the credit");
        Self { refunded, reversed, ..*self }
    }

    /// The amount that one more refund takes back.
    fn reversal(&self, refund: Money) -> Money {
        Money { minor: self.after(refund).reversed - self.reversed, ..self.credit }
    }
}

/// The result of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Fate {
    /// A purchase that earned a credit.
    Credited(Credit),
    /// A purchase that does not count, with the reason.
    NotCounted(Outcome),
    /// A refund that waits for its purchase.
    Parked,
    /// A refund, with the part of the credit that it took back.
    Reversed(Money),
    /// A refund that took nothing back, with the reason.
    Idle(Outcome),
}

/// A transaction that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Judged {
    card: CompactString,
    at: Timestamp,
    uses_left: Option<u32>,
    fate: Fate,
}

/// The counts of a statement-credit offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CreditCounts {
    /// Upper bound on enrolled cards.
    pub enrollments: u32,
    /// Enrolled cards.
    pub enrolled: u32,
    /// Purchases that earned a credit.
    pub credits: u64,
    /// Sum of the credits.
    pub credited: Money,
    /// Sum of the reversals.
    pub reversed: Money,
}

/// The state of one statement-credit offer.
#[derive(Debug, Clone)]
pub struct CreditOffer {
    no: OfferNo,
    terms: CreditTerms,
    merchants: HashSet<CompactString, foldhash::quality::RandomState>,
    opened: bool,
    closed: bool,
    cards: HashMap<CompactString, Card, foldhash::quality::RandomState>,
    judged: HashMap<TransactionId, Judged, foldhash::quality::RandomState>,
    /// The transactions of cards whose enrollments may still arrive.
    waiting: Waiting,
    credits: u64,
    credited: Money,
    reversed: Money,
    /// Whether an operator paused the enrollment, or closed it before its time.
    control: SaleControl,
}

impl CreditOffer {
    /// Creates an offer that was just added.
    #[must_use]
    pub fn new(no: OfferNo, terms: CreditTerms) -> Self {
        let nothing = Money::zero(terms.currency());
        Self {
            no,
            merchants: terms.merchants.iter().cloned().collect(),
            opened: false,
            closed: false,
            cards: HashMap::default(),
            judged: HashMap::default(),
            waiting: Waiting::default(),
            credits: 0,
            credited: nothing,
            reversed: nothing,
            control: SaleControl::default(),
            terms,
        }
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &CreditTerms {
        &self.terms
    }

    /// What an operator decided about the enrollment.
    #[must_use]
    pub fn control(&self) -> &SaleControl {
        &self.control
    }

    /// The counts.
    #[must_use]
    pub fn counts(&self) -> CreditCounts {
        CreditCounts {
            enrollments: self.terms.enrollments,
            enrolled: self.enrolled(),
            credits: self.credits,
            credited: self.credited,
            reversed: self.reversed,
        }
    }

    /// Whether purchases at that merchant may earn a credit.
    #[must_use]
    pub fn lists(&self, merchant: &str) -> bool {
        self.merchants.contains(merchant)
    }

    /// Whether the offer may have something to decide about a transaction by itself: one at its merchants, or a
    /// refund of a purchase that it knows, wherever that is refunded.
    #[must_use]
    pub fn may_concern(&self, transaction: &Transaction) -> bool {
        self.knows_purchase_of(transaction) || self.lists(&transaction.merchant)
    }

    /// Whether the transaction is a refund of a purchase that was decided here, or waits here.
    #[must_use]
    pub fn knows_purchase_of(&self, transaction: &Transaction) -> bool {
        matches!(&transaction.kind, TransactionKind::Refund { of } if
            self.judged.contains_key(of) || self.waiting.holds(&transaction.card, of))
    }

    /// The enrollment of a card.
    #[must_use]
    pub fn enrollment(&self, card: &str) -> Option<&Enrollment> {
        self.cards.get(card).map(|card| &card.enrollment)
    }

    /// The enrollments, in no particular order.
    pub fn enrollments(&self) -> impl Iterator<Item = &Enrollment> {
        self.cards.values().map(|card| &card.enrollment)
    }

    /// Purchases of an enrolled card that can still count.
    #[must_use]
    pub fn uses_left(&self, card: &str) -> Option<u32> {
        self.cards.get(card).map(|card| self.left(card))
    }

    /// The earlier answer to that transaction; of a parked refund that was settled later, the final answer.
    #[must_use]
    pub fn recall(&self, id: &TransactionId) -> Option<Answer> {
        let judged = self.judged.get(id)?;
        let account = &self.cards.get(&judged.card)?.enrollment.account;
        let (outcome, credit) = match &judged.fate {
            Fate::Credited(credit) => (Outcome::Credited, Some(credit.credit)),
            Fate::NotCounted(reason) | Fate::Idle(reason) => (*reason, None),
            Fate::Parked => (Outcome::NothingToConfirm, None),
            Fate::Reversed(reversed) => (Outcome::CreditReversed, Some(*reversed)),
        };
        let transacted = Transacted { transaction: id.clone(), credit, uses_left: judged.uses_left };
        Some(Answer::to_transaction(judged.at, self.no, account, outcome, transacted))
    }

    /// When [`CreditAsk::ExpireDue`] is next due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let opening = (!self.opened && self.control.pause().is_none()).then_some(self.terms.opens);
        let closing = (!self.closed).then(|| self.ends());
        [opening, closing].into_iter().flatten().min()
    }

    /// Whether time or a provider still has to end something. Always false: a purchase is decided at once, a
    /// credit is final when it is decided, and a parked refund waits for its purchase without a deadline.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        false
    }

    /// Checks that the terms may be replaced at `now`: the offer has not opened.
    ///
    /// # Errors
    /// `closed` if the offer has opened or is over.
    pub fn check_correction(&self, now: Timestamp) -> Result<(), Refusal> {
        let has_begun = self.opened || self.closed || now >= self.terms.opens;
        if has_begun { Err(Outcome::Closed.into()) } else { Ok(()) }
    }

    /// Replaces the terms of an offer that has not opened.
    ///
    /// # Panics
    /// When the offer has opened: enrollments were decided by the earlier terms.
    pub(in crate::domain) fn correct(&mut self, terms: CreditTerms) {
        assert!(!self.opened && !self.closed, "{} has opened, and its terms are fixed", self.terms.id);
        *self = Self { control: self.control.clone(), ..Self::new(self.no, terms) };
    }

    /// Whether the offer takes no enrollments any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.closed || now >= self.ends()
    }

    /// The instant at which the offer stops taking enrollments, late ones included.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.control.closed_at().unwrap_or_else(|| self.terms.ends())
    }

    fn enrolled(&self) -> u32 {
        u32::try_from(self.cards.len()).expect("no more cards than may be enrolled")
    }

    fn left(&self, card: &Card) -> u32 {
        self.terms.uses_per_card - card.uses
    }

    /// Applies an event about this offer, recorded at `at`.
    ///
    /// # Panics
    /// Panics if the event contradicts the state or breaks an invariant: going on would pay credits by a
    /// wrong count.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => (self.opened, self.closed) = (true, true),
            Event::OfferPaused { .. } | Event::OfferResumed { .. } | Event::CloseOrdered { .. } => {
                self.control.apply(at, event);
            }
            Event::Enrolled { enrollment, .. } => {
                self.waiting.remove(&enrollment.card);
                self.enroll((**enrollment).clone());
            }
            Event::TransactionParked { account, transaction, until, .. } => {
                let (account, transaction) = (account.clone(), (**transaction).clone());
                self.waiting.add(WaitingTransaction { account, transaction, at, until: *until });
            }
            Event::PurchaseCredited { transaction, credit, uses_left, .. } => {
                self.credit(transaction, *credit);
                let credit = Credit { amount: transaction.amount, credit: *credit, refunded: 0, reversed: 0 };
                self.note(at, transaction, Some(*uses_left), Fate::Credited(credit));
            }
            Event::PurchaseNotCounted { transaction, reason, uses_left, .. } => {
                let fate = match transaction.kind {
                    TransactionKind::Purchase => Fate::NotCounted(*reason),
                    TransactionKind::Refund { .. } => Fate::Idle(*reason),
                };
                self.note(at, transaction, Some(*uses_left), fate);
            }
            Event::RefundParked { transaction, .. } => {
                self.card(&transaction.card).parked.push((**transaction).clone());
                self.note(at, transaction, None, Fate::Parked);
            }
            Event::CreditReversed { transaction, reversed, .. } => {
                self.reverse(transaction, *reversed);
                self.note(at, transaction, None, Fate::Reversed(*reversed));
            }
            // Events of other kinds of offers, and events that change nothing here.
            _ => {}
        }
    }

    fn card(&mut self, token: &str) -> &mut Card {
        self.cards.get_mut(token).expect("only transactions of enrolled cards are facts")
    }

    fn enroll(&mut self, enrollment: Enrollment) {
        let token = enrollment.card.clone();
        let earlier = self.cards.insert(token, Card { enrollment, uses: 0, parked: Vec::new() });
        assert!(earlier.is_none(), "a card of {} is enrolled twice", self.terms.id);
        assert!(self.enrolled() <= self.terms.enrollments, "too many cards of {}", self.terms.id);
    }

    fn credit(&mut self, purchase: &Transaction, credit: Money) {
        let most = self.terms.uses_per_card;
        let card = self.card(&purchase.card);
        card.uses += 1;
        assert!(card.uses <= most, "a card has more than its {most} uses");
        self.credits += 1;
        self.credited = self.credited.checked_add(credit).expect("the terms bound what can be credited");
    }

    fn reverse(&mut self, refund: &Transaction, reversed: Money) {
        let TransactionKind::Refund { of } = &refund.kind else {
            panic!("only a refund takes a credit back")
        };
        let fate = self.judged.get_mut(of).map(|judged| &mut judged.fate);
        let Some(Fate::Credited(credit)) = fate else { panic!("only what was credited is taken back") };
        // The event carries the amount, so that a journal still applies if the rule of proportion changes.
        *credit = Credit { reversed: credit.reversed + reversed.minor, ..credit.after(refund.amount) };
        assert!(credit.reversed <= credit.credit.minor, "more is taken back than was credited");
        self.reversed = self.reversed.checked_add(reversed).expect("no more than was credited");
    }

    /// Records the fate of a transaction. Only a parked refund is decided a second time.
    fn note(&mut self, at: Timestamp, transaction: &Transaction, uses_left: Option<u32>, fate: Fate) {
        let Transaction { id, card, kind, .. } = transaction;
        // A refund belongs to the card of its purchase, whatever token that has by then.
        let purchase = match kind {
            TransactionKind::Refund { of } => self.judged.get(of),
            TransactionKind::Purchase => None,
        };
        let card = purchase.map_or(card, |purchase| &purchase.card).clone();
        if let Some(earlier) = self.judged.insert(id.clone(), Judged { card, at, uses_left, fate }) {
            assert_eq!(earlier.fate, Fate::Parked, "transaction {id} is judged twice");
            self.card(&earlier.card).parked.retain(|refund| refund.id != *id);
        }
    }

    /// Feeds the state to a hasher in an order that does not depend on the state's history.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        let counts = (self.credits, self.credited, self.reversed);
        (self.no, self.terms.id.as_str(), self.opened, self.closed, counts).hash(hasher);
        hash_all(self.cards.iter(), hasher);
        hash_all(self.judged.iter(), hasher);
        self.control.hash(hasher);
        self.waiting.iter().for_each(|waiting| waiting.hash(hasher));
    }
}
