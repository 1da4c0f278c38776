//! The card provider of a simulated world, with its own ledger. It is naive on purpose: it carries out each
//! request as often as it comes under a new key, so its ledger shows every mistake.

use std::collections::{HashMap, HashSet};

use flashtag::domain::effect::Effect;
use flashtag::domain::money::Money;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::delivery_key::OutsideKey;
use flashtag::verify::LedgerEntry;

/// How long a key is remembered, as real providers promise; afterwards the same request counts as new.
const KEY_REMEMBERED: Millis = Millis::from_secs(24 * 3600);

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: OutsideKey,
    pub(crate) operation: &'static str,
    pub(crate) order: String,
    pub(crate) card: String,
    pub(crate) amount: Money,
    /// The payment that it is about, in the bank's own words.
    pub(crate) payment: Option<PaymentRef>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// With the id of the payment that this authorized.
    Approved(Option<PaymentRef>),
    Declined,
    /// A void came too late.
    AlreadyCaptured,
}

/// The provider and its ledger.
#[derive(Default)]
pub(crate) struct Bank {
    /// The last request under each key, and the time of its first decision.
    decided: HashMap<OutsideKey, (Timestamp, Request, Answer)>,
    /// Movements and refusals, in order.
    pub(crate) entries: Vec<LedgerEntry>,
    /// The payments that were authorized, each with its order.
    payments: HashMap<PaymentRef, String>,
    /// The orders whose payments were captured, and those that were voided.
    captured: HashSet<String>,
    voided: HashSet<String>,
}

impl Request {
    /// The request of an effect; `None` if it is no payment.
    pub(crate) fn of(key: OutsideKey, effect: &Effect, order: String) -> Option<Self> {
        let (card, amount) = match effect {
            Effect::Authorize(payment)
            | Effect::Capture(payment)
            | Effect::Void(payment)
            | Effect::Refund(payment) => (&payment.card, payment.amount),
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => (&grant.card, grant.amount),
            _ => return None,
        };
        let payment = effect.payment().and_then(|payment| payment.reference.clone());
        Some(Self { key, operation: effect.kind(), order, card: card.to_string(), amount, payment })
    }
}

impl Bank {
    /// Carries a request out, unless its key was used within the day: then it repeats the first answer.
    pub(crate) fn request(&mut self, now: Timestamp, request: &Request) -> Answer {
        let known = self.decided.get(&request.key);
        if let Some((at, first, answer)) = known.filter(|(at, ..)| now.since(*at) < KEY_REMEMBERED) {
            assert_eq!(first, request, "key {} of {at} is used for something else", request.key);
            return answer.clone();
        }
        let declines = match request.operation {
            "authorize" => request.card.starts_with("declines_") && !request.card.contains("capture"),
            // What was let go cannot be captured any more.
            "capture" => request.card.starts_with("declines_capture") || self.voided.contains(&request.order),
            _ => false,
        };
        // An authorization that never answered is voided without its id, and so may be what follows.
        if let Some(payment) = &request.payment {
            let order = self.payments.get(payment);
            assert_eq!(order, Some(&request.order), "{request:?} names a payment of another order");
        }
        match request.operation {
            "void" if self.captured.contains(&request.order) => return Answer::AlreadyCaptured,
            "void" => drop(self.voided.insert(request.order.clone())),
            "capture" if !declines => drop(self.captured.insert(request.order.clone())),
            _ => {}
        }
        let payment = (request.operation == "authorize" && !declines).then(|| {
            let payment = PaymentRef::parse(&format!("pay_{}", self.entries.len())).expect("an id");
            self.payments.insert(payment.clone(), request.order.clone());
            payment
        });
        let answer = if declines { Answer::Declined } else { Answer::Approved(payment) };
        self.decided.insert(request.key, (now, request.clone(), answer.clone()));
        self.entries.push(LedgerEntry {
            at: now,
            key: request.key.to_string(),
            operation: request.operation.to_owned(),
            order: request.order.clone(),
            card: request.card.clone(),
            amount: request.amount,
            taken: !declines,
        });
        answer
    }

    /// The answer under a key, which is found forever.
    pub(crate) fn look_up(&self, key: OutsideKey) -> Option<Answer> {
        self.decided.get(&key).map(|(_, _, answer)| answer.clone())
    }
}
