//! The recorded facts of which an attempt's requests are made: nothing else goes into them.

use std::fmt::Display;

use compact_str::format_compact;

use super::amount::stripe_amount;
use super::api::Api;
use super::token::{CardToken, is_id};
use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;
use crate::net::Request;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::provider::Delivery;

/// What an effect does to its order's payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Authorize,
    Capture,
    Void,
    Refund,
}

/// An effect on the payment of an order.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    /// The key of the effect.
    pub(super) key: String,
    /// The data directory that sells.
    pub(super) instance: String,
    /// What the keys of its effects begin with since it was last restored.
    pub(super) prefix: String,
    /// The order's name within it.
    pub(super) name: String,
    pub(super) card: CardToken<'a>,
    /// In the units that Stripe counts.
    pub(super) amount: i64,
    /// In small letters.
    pub(super) currency: String,
    /// The payment intent, where the authorization was recorded with it.
    pub(super) intent: Option<String>,
    /// Time of the effect's record.
    pub(super) recorded_at: Timestamp,
}

impl<'a> Order<'a> {
    /// The facts of a delivery.
    ///
    /// # Errors
    /// When the effect is none that Stripe can carry out.
    pub(super) fn of(delivery: &'a Delivery) -> Result<Self, AttemptResult> {
        let attempt = &delivery.attempt;
        let (kind, payment) = match &attempt.effect {
            Effect::Authorize(payment) => (Kind::Authorize, payment),
            Effect::Capture(payment) => (Kind::Capture, payment),
            Effect::Void(payment) => (Kind::Void, payment),
            Effect::Refund(payment) => (Kind::Refund, payment),
            _ => return Err(AttemptResult::impossible("another provider's effect")),
        };
        // Without it the key of a copy of the data directory would be taken for this one's.
        let DeliveryKey::Effect(key) = attempt.key else {
            return Err(AttemptResult::impossible("another provider's effect"));
        };
        let Some(prefix) = key.prefix else {
            return Err(AttemptResult::impossible(
                "it was recorded before the data directory had an identity, so its key is not its own",
            ));
        };
        let Some(card) = CardToken::parse(&payment.card) else {
            return Err(AttemptResult::impossible("the card was not linked at Stripe"));
        };
        let Some(amount) = stripe_amount(payment.amount) else {
            return Err(impossible(&"Stripe takes no such amount", &payment.amount));
        };
        let intent = payment.reference.as_ref().map(ToString::to_string);
        if let Some(intent) = intent.as_ref().filter(|intent| !is_id(intent, "pi_")) {
            return Err(impossible(&"the payment is not Stripe's", intent));
        }
        Ok(Self {
            kind,
            key: key.to_string(),
            instance: prefix.instance.to_string(),
            prefix: prefix.to_string(),
            name: payment.id.public(delivery.offering.id()),
            card,
            amount,
            currency: payment.amount.currency.code().to_ascii_lowercase(),
            intent,
            recorded_at: attempt.recorded_at,
        })
    }

    /// The request that authorizes. The buyer is not there, and the money is taken by a second request.
    pub(super) fn authorize(&self, api: &Api) -> Request {
        let amount = self.amount.to_string();
        let fields = [
            ("amount", amount.as_str()),
            ("currency", self.currency.as_str()),
            ("customer", self.card.customer),
            ("payment_method", self.card.payment_method),
            ("payment_method_types[]", "card"),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("off_session", "true"),
        ];
        self.post(api, "/v1/payment_intents", &[fields.as_slice(), &self.metadata()].concat())
    }

    /// The request that takes the money.
    pub(super) fn capture(&self, api: &Api, intent: &str) -> Request {
        let amount = self.amount.to_string();
        let path = format!("/v1/payment_intents/{intent}/capture");
        self.post(api, &path, &[("amount_to_capture", amount.as_str())])
    }

    /// The request that lets the held money go.
    pub(super) fn void(&self, api: &Api, intent: &str) -> Request {
        let path = format!("/v1/payment_intents/{intent}/cancel");
        self.post(api, &path, &[("cancellation_reason", "requested_by_customer")])
    }

    /// The request that returns the money, or a part.
    pub(super) fn refund(&self, api: &Api, intent: &str) -> Request {
        let amount = self.amount.to_string();
        let fields = [("payment_intent", intent), ("amount", amount.as_str())];
        self.post(api, "/v1/refunds", &[fields.as_slice(), &self.metadata()].concat())
    }

    /// The request that tidies a payment away which a declined card left. It is made once or not at all, and the state of
    /// the payment lets it have one effect; its key is another one, because a key belongs to one request.
    pub(super) fn tidy(&self, api: &Api, intent: &str) -> Request {
        let path = api.at(&format!("/v1/payment_intents/{intent}/cancel"));
        let key = format!("{}-leftover", self.key);
        Request::post_form(path, &[("cancellation_reason", "abandoned")])
            .header("idempotency-key", key)
            .signed()
    }

    /// The request that ends a payment which waits for nobody any more. It has no key: a payment is canceled once, and a key
    /// would repeat an old failure instead of trying again.
    pub(super) fn close(api: &Api, intent: &str) -> Request {
        let path = api.at(&format!("/v1/payment_intents/{intent}/cancel"));
        Request::post_form(path, &[("cancellation_reason", "abandoned")]).signed()
    }

    fn metadata(&self) -> [(&str, &str); 3] {
        [
            ("metadata[key]", &self.key),
            ("metadata[reservation]", &self.name),
            ("metadata[instance]", &self.instance),
        ]
    }

    fn post(&self, api: &Api, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::post_form(api.at(path), fields).header("idempotency-key", self.key.clone()).signed()
    }
}

fn impossible(what: &dyn Display, which: &dyn Display) -> AttemptResult {
    AttemptResult::impossible(format_compact!("{what}: {which}"))
}
