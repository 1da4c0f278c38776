//! An answer as one line of `outcomes.ndjson` and of the API.

use serde::{Serialize, Serializer};

use crate::domain::answer::Answer;
use crate::domain::id::{Account, OfferId, PostId};
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// An answer as one line of `outcomes.ndjson` and of the API.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomeLine<'a> {
    /// Id of the answered post; null for answers to a deadline or a provider's report.
    pub post: Option<&'a PostId>,
    /// `network:author`.
    #[serde(serialize_with = "as_text")]
    pub account: &'a Account,
    /// Id of the offer.
    pub offer: Option<&'a str>,
    /// The outcome code.
    pub outcome: Outcome,
    /// Public id of the reservation.
    pub reservation: Option<String>,
    /// Number of units that the outcome concerns.
    pub units: u32,
    /// Place on the waitlist, from 1.
    pub place: Option<u32>,
    /// Time of the outcome by the journal, RFC 3339.
    pub at: &'a str,
    /// Present and true if a repeated delivery is answered with its first outcome again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// Time until which a confirmation waits for its claim: until then, the outcome may still become
    /// `confirmed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked_until: Option<String>,
    /// Id of the card transaction that is answered; then there is no post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<&'a str>,
    /// Amount credited to the card's statement, or taken back from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
    /// Number of further purchases of the card that may earn a credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses_left: Option<u32>,
}

impl<'a> OutcomeLine<'a> {
    /// The line of an answer about the offer with that id.
    #[must_use]
    pub fn new(answer: &'a Answer, offer: Option<&'a OfferId>, instant: &'a mut InstantText) -> Self {
        let reservation = answer.reservation.zip(offer).map(|(id, offer)| id.public(offer));
        let transacted = answer.transacted.as_deref();
        Self {
            post: answer.post.as_ref(),
            account: &answer.account,
            offer: offer.map(OfferId::as_str),
            outcome: answer.outcome,
            reservation,
            units: answer.units,
            place: answer.place,
            at: instant.text(answer.at),
            duplicate: answer.duplicate,
            parked_until: answer.parked_until.as_ref().map(Timestamp::to_string),
            transaction: transacted.map(|about| about.transaction.as_str()),
            credit: transacted.and_then(|about| about.credit),
            uses_left: transacted.and_then(|about| about.uses_left),
        }
    }
}

fn as_text<S: Serializer>(account: &Account, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(account)
}

/// Text of the instant that was formatted last. Answers that leave together mostly share one instant, and
/// formatting it is a large part of writing a line.
#[derive(Debug, Default)]
pub struct InstantText {
    at: Option<Timestamp>,
    text: String,
}

impl InstantText {
    fn text(&mut self, at: Timestamp) -> &str {
        if self.at != Some(at) {
            (self.at, self.text) = (Some(at), at.to_string());
        }
        &self.text
    }
}
