//! Views: what is told about offers and answers, in the forms that files and the API share.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::answer::Answer;
use crate::domain::id::OfferId;
use crate::domain::money::{Currency, Money};
use crate::domain::offer::{Counts, Offer};
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// What was counted about one offer. Refusals are not journaled: they count since the start.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Buying posts that were judged, repeated deliveries aside.
    pub claims: u64,
    /// Answers by outcome code; repeated deliveries count as `duplicate`.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Money captured and not refunded.
    pub captured: Money,
}

impl Tally {
    pub(crate) fn new(currency: Currency) -> Self {
        Self { claims: 0, outcomes: BTreeMap::new(), captured: Money::zero(currency) }
    }

    pub(crate) fn count(&mut self, answer: &Answer) {
        let outcome = if answer.duplicate { Outcome::Duplicate } else { answer.outcome };
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(crate) fn refund(&mut self, amount: Money) {
        let rest = self.captured.minor.checked_sub(amount.minor).filter(|rest| *rest >= 0);
        self.captured.minor = rest.expect("no more is refunded than was captured");
    }

    pub(crate) fn capture(&mut self, amount: Money) {
        let sum = self.captured.checked_add(amount);
        self.captured = sum.expect("captures of one offer share its currency and can be counted");
    }
}

/// An offer as `summary.json` and the API show it.
#[derive(Debug, Clone, Serialize)]
pub struct OfferView {
    /// The offer's name.
    pub id: OfferId,
    /// What is sold.
    pub title: String,
    /// The price of a unit, before tax.
    pub price: Money,
    /// When claims begin to count.
    pub opens: String,
    /// When they cease to.
    pub closes: String,
    /// All units.
    pub allotment: u32,
    /// Free units.
    pub available: u32,
    /// Units kept for somebody.
    pub reserved: u32,
    /// Units paid for.
    pub sold: u32,
    /// Claims in line.
    pub waiting: u32,
    /// Buying posts that were judged.
    pub claims: u64,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Money captured.
    pub captured: Money,
}

impl OfferView {
    /// The view of an offer and what was counted about it.
    #[must_use]
    pub fn new(offer: &Offer, tally: &Tally) -> Self {
        let terms = offer.terms();
        let Counts { allotment, available, reserved, sold, waiting } = offer.counts();
        Self {
            id: terms.id.clone(),
            title: terms.title.to_string(),
            price: terms.price,
            opens: terms.opens.to_string(),
            closes: terms.closes.to_string(),
            allotment,
            available,
            reserved,
            sold,
            waiting,
            claims: tally.claims,
            outcomes: tally.outcomes.clone(),
            captured: tally.captured,
        }
    }
}

/// An answer as one line of `outcomes.ndjson` and of the API.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomeLine<'a> {
    /// The post; null for a turn of time or of a provider.
    pub post: Option<&'a str>,
    /// `network:author`.
    pub account: String,
    /// The offer's name.
    pub offer: Option<&'a str>,
    /// The outcome code.
    pub outcome: Outcome,
    /// The reservation's public id.
    pub reservation: Option<String>,
    /// How many units it is about.
    pub units: u32,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// Journal time, RFC 3339.
    pub at: String,
    /// Present and true where a repeated delivery is told its first outcome again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// Until when a confirmation waits for its claim: the outcome may still become `confirmed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked_until: Option<String>,
}

impl<'a> OutcomeLine<'a> {
    /// The line of an answer about the offer of that name.
    #[must_use]
    pub fn new(answer: &'a Answer, offer: Option<&'a OfferId>) -> Self {
        let reservation = answer.reservation.zip(offer).map(|(id, offer)| id.public(offer));
        Self {
            post: answer.post.as_ref().map(|post| post.as_str()),
            account: answer.account.to_string(),
            offer: offer.map(OfferId::as_str),
            outcome: answer.outcome,
            reservation,
            units: answer.units,
            place: answer.place,
            at: answer.at.to_string(),
            duplicate: answer.duplicate,
            parked_until: answer.parked_until.as_ref().map(Timestamp::to_string),
        }
    }
}
