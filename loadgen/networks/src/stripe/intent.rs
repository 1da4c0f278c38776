//! A payment intent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How long a hold stands: what Visa allows a merchant without the buyer.
const VISA_HOLD_MS: i64 = (4 * 24 + 18) * 3_600_000;
/// How long a hold stands of other cards, and where the buyer was there.
const HOLD_MS: i64 = 7 * 24 * 3_600_000;

/// How a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The card did not pay.
    RequiresPaymentMethod,
    /// The bank asks the buyer.
    RequiresAction,
    /// The money is held.
    RequiresCapture,
    /// The money is taken.
    Succeeded,
    /// Nothing is held or taken any more.
    Canceled,
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// A payment intent.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The id.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// The payment method.
    pub payment_method: String,
    /// The amount.
    pub amount: i64,
    /// The amount that was taken.
    pub amount_received: i64,
    /// The currency, in small letters.
    pub currency: String,
    /// What the shop wrote to it.
    pub metadata: BTreeMap<String, String>,
    /// How it stands.
    pub status: Status,
    /// Whether money was ever held.
    pub was_held: bool,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    pub(super) failure: Option<Value>,
    pub(super) cancellation_reason: Option<String>,
    /// The page of the bank that asks the buyer, and the page that the buyer comes back to.
    pub(super) challenge: Option<(String, String)>,
    /// How often it was confirmed with its buyer.
    pub confirmations: u32,
}

impl Intent {
    /// Whether the hold has ended by then.
    pub(super) fn is_over(&self, now_ms: i64) -> bool {
        self.status == Status::RequiresCapture && now_ms >= self.held_until_ms()
    }

    /// When the hold ends. Cards are Visa's, unless a word in the payment method's id says other.
    pub fn held_until_ms(&self) -> i64 {
        let is_longer = self.confirmations > 0 || self.payment_method.contains("mastercard");
        self.created_ms.saturating_add(if is_longer { HOLD_MS } else { VISA_HOLD_MS })
    }

    /// With the charge and when its hold ends.
    pub(super) fn json_with_charge(&self) -> Value {
        let mut shown = self.json();
        if self.was_held {
            let card = json!({ "capture_before": self.held_until_ms().div_euclid(1000) });
            let details = json!({ "type": "card", "card": card });
            let charge = json!({ "id": format!("ch_{}", self.id), "payment_method_details": details });
            shown.as_object_mut().map(|fields| fields.insert("latest_charge".to_owned(), charge));
        }
        shown
    }

    /// With the charge and what Stripe kept of it.
    pub(super) fn json_with_fee(&self) -> Value {
        let mut shown = self.json();
        if self.amount_received > 0 {
            let fee = self.amount_received * 29 / 1000 + 30;
            let balance = json!({ "amount": self.amount_received, "fee": fee, "currency": self.currency });
            let charge = json!({ "id": format!("ch_{}", self.id), "balance_transaction": balance });
            shown.as_object_mut().map(|fields| fields.insert("latest_charge".to_owned(), charge));
        }
        shown
    }

    pub(super) fn json(&self) -> Value {
        let held = if self.status == Status::RequiresCapture { self.amount } else { 0 };
        let asked = self.challenge.as_ref().filter(|_| self.status == Status::RequiresAction);
        let next_action = asked.map(|(url, back)| {
            json!({ "type": "redirect_to_url", "redirect_to_url": { "url": url, "return_url": back } })
        });
        // A card that failed is the payment's no more.
        let card = (self.status != Status::RequiresPaymentMethod).then_some(&self.payment_method);
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": held,
            "amount_received": self.amount_received,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": "manual",
            "client_secret": format!("{}_secret_x", self.id),
            "created": self.created_ms.div_euclid(1000),
            "currency": self.currency,
            "customer": self.customer,
            "last_payment_error": self.failure,
            "latest_charge": self.was_held.then(|| format!("ch_{}", self.id)),
            "livemode": false,
            "metadata": self.metadata,
            "next_action": next_action,
            "payment_method": card,
            "payment_method_types": ["card"],
            "status": self.status.name(),
        })
    }
}
