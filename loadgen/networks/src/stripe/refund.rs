//! A refund.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How long a refund waits where it waits.
pub(super) const WAITS_MS: i64 = 3_600_000;

/// How a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// It waits for the shop's balance or the card's bank, and fails in the end if `fails`.
    Pending {
        /// Whether it fails.
        fails: bool,
    },
    /// The money is on its way back.
    Succeeded,
    /// The money came back to the shop.
    Failed,
}

/// A refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The id.
    pub id: String,
    /// The payment.
    pub intent: String,
    /// The amount.
    pub amount: i64,
    /// The currency, in small letters.
    pub currency: String,
    /// What the shop wrote to it.
    pub metadata: BTreeMap<String, String>,
    /// How it stands.
    pub status: RefundStatus,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

impl Refund {
    /// Lets time pass.
    pub(super) fn age(&mut self, now_ms: i64) {
        if let RefundStatus::Pending { fails } = self.status
            && now_ms >= self.created_ms.saturating_add(WAITS_MS)
        {
            self.status = if fails { RefundStatus::Failed } else { RefundStatus::Succeeded };
        }
    }

    pub(super) fn json(&self) -> Value {
        let (status, reason) = match self.status {
            RefundStatus::Pending { .. } => ("pending", None),
            RefundStatus::Succeeded => ("succeeded", None),
            RefundStatus::Failed => ("failed", Some("expired_or_canceled_card")),
        };
        json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "created": self.created_ms.div_euclid(1000),
            "currency": self.currency,
            "failure_reason": reason,
            "metadata": self.metadata,
            "payment_intent": self.intent,
            "status": status,
        })
    }
}
