//! What banks object to: disputes, and early warnings of fraud.

use serde_json::{Value, json};

/// What a dispute costs the shop, in minor units.
const FEE: i64 = 1500;

/// A dispute.
#[derive(Debug, Clone)]
pub struct Dispute {
    /// The id.
    pub id: String,
    /// The payment.
    pub intent: String,
    /// The amount.
    pub amount: i64,
    /// The currency, in small letters.
    pub currency: String,
    /// How it stands, in Stripe's words.
    pub status: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

impl Dispute {
    /// Whether the money is with the bank.
    pub(super) fn is_withdrawn(&self) -> bool {
        matches!(self.status.as_str(), "needs_response" | "under_review" | "lost")
    }

    pub(super) fn json(&self) -> Value {
        let mut moved = Vec::new();
        if !self.status.starts_with("warning_") {
            moved.push(json!({ "amount": -self.amount, "fee": FEE, "net": -self.amount - FEE }));
        }
        if self.status == "won" {
            moved.push(json!({ "amount": self.amount, "fee": -FEE, "net": self.amount + FEE }));
        }
        let due_by = self.created_ms.div_euclid(1000) + 7 * 86_400;
        json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": moved,
            "charge": format!("ch_{}", self.intent),
            "created": self.created_ms.div_euclid(1000),
            "currency": self.currency,
            "evidence_details": { "due_by": due_by, "has_evidence": false, "past_due": false, "submission_count": 0 },
            "is_charge_refundable": self.status.starts_with("warning_"),
            "livemode": false,
            "metadata": {},
            "payment_intent": self.intent,
            "reason": "fraudulent",
            "status": self.status,
        })
    }
}

/// An early warning of fraud.
#[derive(Debug, Clone)]
pub struct FraudWarning {
    /// The id.
    pub id: String,
    /// The payment.
    pub intent: String,
    /// Whether a refund can still prevent the dispute.
    pub is_actionable: bool,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

impl FraudWarning {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "object": "radar.early_fraud_warning",
            "actionable": self.is_actionable,
            "charge": format!("ch_{}", self.intent),
            "created": self.created_ms.div_euclid(1000),
            "fraud_type": "made_with_stolen_card",
            "livemode": false,
            "payment_intent": self.intent,
        })
    }
}
