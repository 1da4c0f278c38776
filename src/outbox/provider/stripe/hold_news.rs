//! What the result of an attempt tells of held money.

use super::order::{Kind, Order};
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;
use crate::outbox::attempt::AttemptResult;

/// Whether the money of a payment is held for a capture to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldNews {
    /// It is held, and not captured.
    Held {
        /// The payment.
        payment: String,
        /// The order, by the name that Stripe knows.
        order: String,
        /// Time since when it may be held.
        since: Timestamp,
    },
    /// Nothing is captured of this payment any more.
    Ends(String),
}

impl HoldNews {
    /// The news of an attempt, if there are some.
    pub(super) fn of(order: &Order<'_>, result: &AttemptResult) -> Option<Self> {
        let is_held = |payment: String| Self::Held {
            payment,
            order: order.name.clone(),
            // The money is not held before the effect is recorded, whenever its answer came.
            since: order.recorded_at,
        };
        match (order.kind, &order.intent, result) {
            (Kind::Authorize, _, AttemptResult::Done { reference: Some(ProviderRef::Payment(id)), .. }) => {
                Some(is_held(id.to_string()))
            }
            // What is declined is voided.
            (Kind::Capture, Some(payment), AttemptResult::Done { .. } | AttemptResult::Declined { .. })
            | (Kind::Void | Kind::Refund, Some(payment), _) => Some(Self::Ends(payment.clone())),
            (Kind::Capture, Some(payment), _) => Some(is_held(payment.clone())),
            _ => None,
        }
    }
}
