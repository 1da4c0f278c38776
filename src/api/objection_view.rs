//! What a bank objects to a payment, as the API shows it.

use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::objection::{DisputeStage, Objection};

/// The objections that are not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionsView {
    /// The objections, the earliest deadline first.
    pub objections: Vec<ObjectionView>,
}

/// An objection to the payment of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionView {
    /// The card processor's id.
    pub id: String,
    /// The order.
    pub order: String,
    /// The processor's id of the payment; null if it is not known.
    pub payment: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub kind: ObjectionKind,
    /// Whether it is not over.
    pub open: bool,
}

/// What an objection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ObjectionKind {
    /// A dispute.
    Dispute {
        /// How it stands.
        stage: DisputeStage,
        /// What is disputed.
        amount: Money,
        /// The bank's reason, by the processor's code.
        reason: String,
        /// Until when the shop can give evidence, RFC 3339; null if it cannot.
        due_by: Option<String>,
        /// Whether the money is taken from the shop meanwhile.
        withdrawn: bool,
    },
    /// An early warning of fraud. Refunding the order may prevent a dispute.
    FraudWarning {
        /// The kind of fraud, by the processor's code.
        fraud: String,
    },
}

impl ObjectionView {
    /// The view of an objection to the payment of the order with that public id.
    #[must_use]
    pub fn new(order: String, payment: Option<String>, objection: &Objection) -> Self {
        let kind = match objection {
            Objection::Dispute(dispute) => ObjectionKind::Dispute {
                stage: dispute.stage,
                amount: dispute.amount,
                reason: dispute.reason.to_string(),
                due_by: objection.due_by().map(|due| due.to_string()),
                withdrawn: dispute.is_withdrawn,
            },
            Objection::FraudWarning(warning) => {
                ObjectionKind::FraudWarning { fraud: warning.kind.to_string() }
            }
        };
        Self { id: objection.reference().to_string(), order, payment, kind, open: objection.is_open() }
    }

    /// Until when the shop can act; `None` if there is no such time.
    #[must_use]
    pub fn due_by(&self) -> Option<&str> {
        match &self.kind {
            ObjectionKind::Dispute { due_by, .. } => due_by.as_deref(),
            ObjectionKind::FraudWarning { .. } => None,
        }
    }
}
