//! A dead letter as the API shows it.

use serde::{Deserialize, Serialize};

use crate::domain::dead_letter::DeadLetter;
use crate::domain::effect::Effect;
use crate::domain::id::OfferId;
use crate::domain::money::Money;

/// An effect that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterView {
    /// The key, as the provider knows it.
    pub key: String,
    /// Always `dead`.
    pub state: String,
    /// The kind of the effect, as in `effects.ndjson`.
    pub kind: String,
    /// Id of the offer.
    pub offer: Option<OfferId>,
    /// The order in the card provider's books; null for what moves no money.
    pub order: Option<String>,
    /// `network:author`; null for an announcement.
    pub account: Option<String>,
    /// The amount; null for what moves no money.
    pub amount: Option<Money>,
    /// The last error of the provider, or why it is not tried again.
    pub reason: String,
    /// Time of its record, RFC 3339.
    pub recorded_at: String,
    /// Time at which it was given up, RFC 3339.
    pub given_up_at: String,
    /// Until when the money of a capture is held at least, RFC 3339; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<String>,
    /// What can be done.
    pub advice: String,
}

/// A page of dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterPage {
    /// The dead letters, in the order of their keys.
    pub effects: Vec<DeadLetterView>,
    /// Continues the listing; null at its end.
    pub next: Option<String>,
}

impl DeadLetterView {
    /// The view of a dead letter under that key, of the offer of that name.
    #[must_use]
    pub fn new(key: String, letter: &DeadLetter, offer: Option<&OfferId>) -> Self {
        let DeadLetter { recorded_at, effect, reason, given_up_at, .. } = letter;
        let amount = match effect {
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => Some(grant.amount),
            _ => effect.payment().map(|payment| payment.amount),
        };
        Self {
            key,
            state: "dead".to_owned(),
            kind: effect.kind().to_owned(),
            offer: offer.cloned(),
            order: offer.and_then(|offer| effect.order_name(offer)),
            account: effect.account().map(ToString::to_string),
            amount,
            reason: reason.to_string(),
            recorded_at: recorded_at.to_string(),
            given_up_at: given_up_at.to_string(),
            held_until: None,
            advice: advice(effect).to_owned(),
        }
    }
}

/// What an operator can do about an effect.
fn advice(effect: &Effect) -> &'static str {
    match effect {
        Effect::Authorize(_) | Effect::Capture(_) => {
            "its units are kept. Look the key up at the card provider: taken, settle it as done, with the payment's \
             reference; not taken, settle it as declined, and its units go to the next in line; or retry it"
        }
        Effect::Refund(_) => {
            "its units are kept until the money is back. Refund it at the card provider and settle it as done, with \
             the reference; or retry it"
        }
        Effect::Void(_) => {
            "the card provider may still hold the money. Void it there and settle it as done, with the reference; \
             or retry it"
        }
        Effect::Credit(_) | Effect::ReverseCredit(_) => {
            "the card's statement lacks it. Make it at the card provider and settle it as done; or retry it"
        }
        Effect::Order(_) => {
            "the merchant does not know of the order. Pass it on and settle it as done; or retry it"
        }
        Effect::Reply(_) | Effect::Email { .. } | Effect::Announce { .. } => {
            "nobody has read it. Retry it once its address works, or settle it as declined"
        }
    }
}
