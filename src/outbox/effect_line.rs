//! The lines of `effects.ndjson`: each effect that left, its recipient and its text.

use compact_str::CompactString;
use serde::Serialize;

use super::attempt::Attempt;
use super::text;
use crate::api::order_terms::OrderTerms;
use crate::domain::effect::{Effect, Payment};
use crate::domain::money::Money;
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;
use crate::words::Words;

/// One delivery. A field that does not apply is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectLine {
    /// The name of the kind of effect.
    pub kind: &'static str,
    /// The idempotency key.
    pub key: String,
    /// Id of the offer.
    pub offer: CompactString,
    /// The account that the effect concerns, as `x:42`.
    pub account: Option<String>,
    /// An address, a card's token, the network and the post that is answered (`x:5000001`), the network
    /// of an announcement, or `merchant`.
    pub to: String,
    /// The amount of money; null for effects without.
    pub amount: Option<Money>,
    /// The text of a reply or an announcement.
    pub text: Option<String>,
    /// The time of delivery.
    #[serde(serialize_with = "text::serialize")]
    pub at: Timestamp,
    /// What was ordered; only in the line of an order.
    #[serde(flatten)]
    pub ordered: Option<OrderTerms>,
}

impl EffectLine {
    /// The line of an attempt that was delivered at `at`; `address` is where letters to its account go.
    #[must_use]
    pub fn new(
        attempt: &Attempt,
        offering: &Offering,
        at: Timestamp,
        words: &Words,
        address: Option<&str>,
    ) -> Self {
        let effect = &attempt.effect;
        let post_text = || attempt.text.as_deref().map(str::to_owned);
        let (to, amount, text) = match effect {
            Effect::Reply(request) => {
                let to = format!("{}:{}", request.account.network, request.post);
                (to, request.amount, post_text())
            }
            Effect::Email { request, .. } => {
                let letter = words.letter(request, offering, attempt.recorded_at);
                (address.unwrap_or_default().to_owned(), request.amount, Some(letter.text))
            }
            Effect::Authorize(payment)
            | Effect::Capture(payment)
            | Effect::Void(payment)
            | Effect::Refund(payment) => (payment.card.to_string(), Some(payment.amount), None),
            Effect::Credit(credit) | Effect::ReverseCredit(credit) => {
                (credit.card.to_string(), Some(credit.amount), None)
            }
            Effect::Order(Payment { amount, .. }) => ("merchant".to_owned(), Some(*amount), None),
            Effect::Announce { network, .. } => (network.to_string(), None, post_text()),
        };
        Self {
            kind: effect.kind(),
            key: attempt.key.to_string(),
            offer: offering.id().as_str().into(),
            account: effect.account().map(ToString::to_string),
            to,
            amount,
            text,
            at,
            ordered: effect.payment().and_then(|payment| payment.details.as_deref()).map(OrderTerms::from),
        }
    }
}
