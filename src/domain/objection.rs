//! What the bank of a buyer's card objects to a payment that was taken: a dispute, or an early warning of fraud.
//!
//! It stands beside the order and moves no unit: whether the goods went out, and whether they come back, people know.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::ReservationId;
use super::money::Money;
use super::provider_ref::{ObjectionRef, PaymentRef};
use super::time::Timestamp;

/// Upper bound on the objections to one payment that are kept. A bank has a handful of reasons, each used once.
pub const OBJECTIONS_MOST: usize = 16;

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStage {
    /// The bank asks before it disputes: no money has moved.
    Inquiry,
    /// The inquiry ended without a dispute.
    InquiryClosed,
    /// The shop has to give evidence, or to accept.
    NeedsResponse,
    /// The bank reads the evidence.
    UnderReview,
    /// The money stays with the shop.
    Won,
    /// The money goes back to the buyer.
    Lost,
}

impl DisputeStage {
    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::InquiryClosed => "inquiry_closed",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Whether it is not decided yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Inquiry | Self::NeedsResponse | Self::UnderReview)
    }

    /// Whether the shop has to act.
    #[must_use]
    pub const fn awaits_shop(self) -> bool {
        matches!(self, Self::Inquiry | Self::NeedsResponse)
    }
}

/// A dispute, as the processor last told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dispute {
    /// The processor's id.
    pub reference: ObjectionRef,
    /// How it stands.
    pub stage: DisputeStage,
    /// What is disputed.
    pub amount: Money,
    /// The bank's reason, by the processor's code.
    pub reason: CompactString,
    /// Until when the shop can give evidence; `None` if it cannot.
    pub due_by: Option<Timestamp>,
    /// Whether the money is taken from the shop meanwhile.
    pub is_withdrawn: bool,
}

/// An early warning of fraud.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FraudWarning {
    /// The processor's id.
    pub reference: ObjectionRef,
    /// The kind of fraud, by the processor's code.
    pub kind: CompactString,
    /// Whether a refund can still prevent the dispute.
    pub is_actionable: bool,
}

/// What a bank objects to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// The buyer, or the bank, disputes it.
    Dispute(Dispute),
    /// The bank believes that it is fraud.
    FraudWarning(FraudWarning),
}

impl Objection {
    /// The processor's id.
    #[must_use]
    pub const fn reference(&self) -> &ObjectionRef {
        match self {
            Self::Dispute(dispute) => &dispute.reference,
            Self::FraudWarning(warning) => &warning.reference,
        }
    }

    /// Whether it is not over: a person has to know of it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Dispute(dispute) => dispute.stage.is_open(),
            Self::FraudWarning(warning) => warning.is_actionable,
        }
    }

    /// Until when the shop can act; `None` if there is no such time.
    #[must_use]
    pub fn due_by(&self) -> Option<Timestamp> {
        match self {
            Self::Dispute(dispute) => dispute.due_by.filter(|_| dispute.stage.awaits_shop()),
            Self::FraudWarning(_) => None,
        }
    }
}

/// An objection, and the order whose payment it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteObjection {
    /// The reservation that became the order.
    pub id: ReservationId,
    /// The payment, as the processor names it.
    pub payment: PaymentRef,
    /// What is objected.
    pub objection: Objection,
}
