//! A session of Checkout in setup mode, and the customers and payment methods that come of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cards::{Setup, TestCard};

/// How long a page is open at least.
pub(super) const LIFE_LEAST_MS: i64 = 30 * 60_000;
/// How long a page is open at most.
pub(super) const LIFE_MOST_MS: i64 = 24 * 3_600_000;

/// A customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The id.
    pub id: String,
    /// What the shop wrote to it.
    pub metadata: BTreeMap<String, String>,
    pub(super) created_ms: i64,
}

impl Customer {
    pub(super) fn json(&self) -> Value {
        let created = self.created_ms.div_euclid(1000);
        json!({
            "id": self.id,
            "object": "customer",
            "created": created,
            "metadata": self.metadata,
            "livemode": false,
        })
    }
}

/// A card that was given on a page.
#[derive(Debug, Clone)]
pub struct PaymentMethod {
    /// The id.
    pub id: String,
    /// The customer to which it is attached; `None` once it is detached.
    pub customer: Option<String>,
    pub(super) card: TestCard,
    pub(super) owner: Owner,
}

/// What the page asks besides the card.
#[derive(Debug, Clone, Default)]
pub(super) struct Owner {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) country: String,
    pub(super) state: String,
}

impl Owner {
    fn json(&self) -> Value {
        self.json_at(json!({
            "city": "Springfield",
            "country": self.country,
            "line1": "5 Main St",
            "line2": null,
            "postal_code": "10001",
            "state": self.state,
        }))
    }

    fn json_with(&self, card: TestCard) -> Value {
        if card.name == "homeless" { self.json_at(Value::Null) } else { self.json() }
    }

    fn json_at(&self, address: Value) -> Value {
        json!({ "address": address, "email": self.email, "name": self.name, "phone": null })
    }
}

impl PaymentMethod {
    pub(super) fn json(&self) -> Value {
        // One number has one fingerprint; here each owner has numbers of their own.
        let owner: String = self.owner.name.chars().filter(char::is_ascii_alphanumeric).collect();
        let fingerprint = (self.card.name != "nameless").then(|| format!("Fp{}{owner}", self.card.name));
        json!({
            "id": self.id,
            "object": "payment_method",
            "billing_details": self.owner.json_with(self.card),
            "card": {
                "brand": self.card.brand,
                "exp_month": 12,
                "exp_year": 2034,
                "fingerprint": fingerprint,
                "funding": self.card.funding,
                "last4": (self.card.name != "garbled").then_some(self.card.last4),
            },
            "customer": self.customer,
            "livemode": false,
            "type": "card",
        })
    }
}

/// A page that takes a card.
#[derive(Debug, Clone)]
pub struct CheckoutSession {
    /// The id.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// What the shop wrote to it.
    pub metadata: BTreeMap<String, String>,
    /// When the page closes, in milliseconds since 1970.
    pub expires_ms: i64,
    pub(super) success_url: String,
    pub(super) cancel_url: String,
    pub(super) is_expired: bool,
    /// The payment method that it gave, and how its setting up ended.
    pub(super) given: Option<(String, Setup)>,
}

impl CheckoutSession {
    /// Whether the page may still take a card.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.given.is_none() && !self.is_expired
    }

    /// Lets time pass.
    pub(super) const fn age(&mut self, now_ms: i64) {
        if self.is_open() && now_ms >= self.expires_ms {
            self.is_expired = true;
        }
    }

    /// The session; the payment method stands in it as a whole if it is given here.
    pub(super) fn json(&self, base: &str, whole: Option<&PaymentMethod>) -> Value {
        let (status, url) = match (&self.given, self.is_expired) {
            (Some(_), _) => ("complete", None),
            (None, true) => ("expired", None),
            (None, false) => ("open", Some(format!("{base}/c/pay/{}", self.id))),
        };
        let setup = format!("seti_{}", self.id.trim_start_matches("cs_test_"));
        let setup_intent = match (whole, &self.given) {
            (Some(method), Some((_, setup_ends))) => json!({
                "id": setup,
                "object": "setup_intent",
                "customer": self.customer,
                "metadata": self.metadata,
                "payment_method": method.json(),
                "status": match setup_ends {
                    Setup::Waits => "processing",
                    Setup::Refused => "requires_payment_method",
                    Setup::Succeeds | Setup::Declines => "succeeded",
                },
                "usage": "off_session",
            }),
            _ => json!(setup),
        };
        json!({
            "id": self.id,
            "object": "checkout.session",
            "cancel_url": self.cancel_url,
            "client_reference_id": null,
            "customer": self.customer,
            "customer_details": whole.map(|method| method.owner.json_with(method.card)),
            "expires_at": self.expires_ms.div_euclid(1000),
            "livemode": false,
            "metadata": self.metadata,
            "mode": "setup",
            "payment_method_types": ["card"],
            "setup_intent": setup_intent,
            "status": status,
            "success_url": self.success_url,
            "url": url,
        })
    }
}
