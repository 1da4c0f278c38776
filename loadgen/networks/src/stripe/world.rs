//! The whole processor as a value.

use std::collections::{BTreeMap, VecDeque};

use super::account::Account;
use super::cards::Setup;
use super::checkout::{CheckoutSession, Customer, PaymentMethod};
use super::dispute::{Dispute, FraudWarning};
use super::event::Event;
use super::intent::{Intent, Status};
use super::refund::{Refund, RefundStatus};
use super::remembered::Remembered;
use crate::society::{Author, Post, Society};

/// What befalls the next request that pays, voids or returns under a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It takes effect at once and stays under way for so long: the same key is refused with 409.
    Busy {
        /// In milliseconds.
        ms: i64,
    },
    /// It fails, and the failure is its answer for as long as the key is remembered.
    Fails {
        /// Whether it takes effect before.
        acts: bool,
    },
    /// Another request has the payment; it has no effect.
    Locked,
}

/// Stripe, with the payments of one account.
#[derive(Debug, Default)]
pub struct World {
    pub(super) keys: BTreeMap<String, Account>,
    pub(super) intents: Vec<Intent>,
    pub(super) refunds: Vec<Refund>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) warnings: Vec<FraudWarning>,
    pub(super) events: Vec<Event>,
    pub(super) remembered: BTreeMap<String, Remembered>,
    pub(super) troubles: VecDeque<Trouble>,
    pub(super) mismatches: u64,
    pub(super) searches: u64,
    pub(super) base_url: String,
    pub(super) customers: Vec<Customer>,
    pub(super) customers_made: u64,
    pub(super) methods: Vec<PaymentMethod>,
    pub(super) sessions: Vec<CheckoutSession>,
}

impl World {
    /// An account without payments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts a key.
    pub fn add_key(&mut self, key: &str, account: Account) {
        self.keys.insert(key.to_owned(), account);
    }

    /// Accepts a key no more.
    pub fn revoke_key(&mut self, key: &str) {
        self.keys.remove(key);
    }

    /// Lets trouble befall the next request.
    pub fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push_back(trouble);
    }

    /// The payments, the oldest first.
    #[must_use]
    pub fn intents(&self) -> &[Intent] {
        &self.intents
    }

    /// The refunds, the oldest first.
    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    /// The customers that the shop made and did not remove, the oldest first.
    #[must_use]
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// How many customers were ever made.
    #[must_use]
    pub const fn customers_made(&self) -> u64 {
        self.customers_made
    }

    /// The cards that were given on pages, the oldest first.
    #[must_use]
    pub fn payment_methods(&self) -> &[PaymentMethod] {
        &self.methods
    }

    /// The pages, the oldest first.
    #[must_use]
    pub fn checkout_sessions(&self) -> &[CheckoutSession] {
        &self.sessions
    }

    /// Lets the banks agree to the cards that wait.
    pub fn settle_setups(&mut self) {
        for session in &mut self.sessions {
            let Some((id, setup @ Setup::Waits)) = &mut session.given else { continue };
            *setup = Setup::Succeeds;
            let method = self.methods.iter_mut().find(|method| method.id == *id);
            method.into_iter().for_each(|method| method.customer = Some(session.customer.clone()));
        }
    }

    /// Lets the banks decline the cards that wait.
    pub fn refuse_setups(&mut self) {
        let given = self.sessions.iter_mut().filter_map(|session| session.given.as_mut());
        given.filter(|(_, setup)| *setup == Setup::Waits).for_each(|(_, setup)| *setup = Setup::Refused);
    }

    /// Requests whose key had come with another body.
    #[must_use]
    pub const fn mismatches(&self) -> u64 {
        self.mismatches
    }

    /// Searches, of which Stripe says that they are behind.
    #[must_use]
    pub const fn searches(&self) -> u64 {
        self.searches
    }

    /// Takes held money by a click of a person; `false` if none is held.
    pub fn capture_by_hand(&mut self, id: &str) -> bool {
        let held =
            self.intents.iter_mut().find(|found| found.id == id && found.status == Status::RequiresCapture);
        held.map(take).is_some()
    }

    /// Returns what a customer paid by a click of a person.
    pub fn refund_by_hand(&mut self, customer: &str, now_ms: i64) {
        let paid =
            self.intents.iter().filter(|found| found.customer == customer && found.amount_received > 0);
        let made: Vec<Refund> = paid
            .map(|intent| Refund {
                id: format!("re_by_hand_{}", intent.id),
                intent: intent.id.clone(),
                amount: intent.amount_received,
                currency: intent.currency.clone(),
                metadata: BTreeMap::new(),
                status: RefundStatus::Succeeded,
                created_ms: now_ms,
            })
            .collect();
        self.refunds.extend(made);
    }

    /// Lets time pass: holds end, and refunds come through or fail.
    pub(super) fn pass_time(&mut self, now_ms: i64) {
        for intent in self.intents.iter_mut().filter(|intent| intent.is_over(now_ms)) {
            intent.status = Status::Canceled;
            intent.cancellation_reason = Some("automatic".to_owned());
        }
        self.refunds.iter_mut().for_each(|refund| refund.age(now_ms));
        self.sessions.iter_mut().for_each(|session| session.age(now_ms));
        // Forgotten keys are nothing but memory.
        self.remembered.retain(|_, first| !first.is_forgotten(now_ms));
    }
}

/// Takes the money of a payment.
pub(super) const fn take(intent: &mut Intent) {
    intent.status = Status::Succeeded;
    intent.amount_received = intent.amount;
}

/// Nobody posts at a card processor.
impl Society for World {
    fn join(&mut self, handle: &str, _: i64) -> Author {
        Author { id: format!("cus_{handle}"), handle: handle.to_owned() }
    }

    fn post(&mut self, _: &str, _: &str, _: Option<&str>, _: i64) -> Option<String> {
        None
    }

    fn repost(&mut self, _: &str, _: &str, _: i64) -> Option<String> {
        None
    }

    fn delete(&mut self, _: &str, _: &str, _: i64) -> bool {
        false
    }

    fn posts_since(&self, _: u64, _: usize) -> Vec<Post> {
        Vec::new()
    }
}
