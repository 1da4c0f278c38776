//! A dispute as Stripe has it.

use compact_str::{CompactString, ToCompactString};
use serde::Deserialize;

use super::amount::money_of;
use super::objects::{Listed, Metadata};
use crate::domain::objection::{Dispute, DisputeStage};
use crate::domain::provider_ref::ObjectionRef;
use crate::domain::time::Timestamp;

/// Characters of a code of Stripe's that are kept.
const CODE_CHARS_MOST: usize = 60;

/// A dispute at Stripe, as the books have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedDispute {
    /// Its id.
    pub id: String,
    /// How it stands, by the name that is recorded; in Stripe's words if this release does not know it.
    pub stage: CompactString,
    /// The amount, in the units that Stripe counts.
    pub amount: i64,
    /// Whether the money is taken from the shop meanwhile.
    pub is_withdrawn: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A dispute as the API has it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireDispute {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: CompactString,
    pub(super) payment_intent: Option<String>,
    #[serde(default)]
    created: i64,
    reason: Option<CompactString>,
    #[serde(default)]
    balance_transactions: Vec<Moved>,
    evidence_details: Option<Evidence>,
}

/// Money that a dispute moved.
#[derive(Debug, Clone, Deserialize)]
struct Moved {
    amount: i64,
}

#[derive(Debug, Clone, Deserialize)]
struct Evidence {
    due_by: Option<i64>,
}

impl Listed for WireDispute {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self) -> Option<&Metadata> {
        None
    }
}

impl WireDispute {
    /// The line of the books.
    pub(super) fn booked(&self) -> BookedDispute {
        let stage = self.stage().map(|stage| stage.name().into());
        BookedDispute {
            id: self.id.clone(),
            stage: stage.unwrap_or_else(|| self.status.clone()),
            amount: self.amount,
            is_withdrawn: self.is_withdrawn(),
            opened_at: Timestamp::from_ms(self.created.saturating_mul(1000)),
        }
    }

    fn is_withdrawn(&self) -> bool {
        self.balance_transactions.iter().map(|moved| i128::from(moved.amount)).sum::<i128>() < 0
    }

    /// How it stands; `None` if Stripe says what this release does not know.
    pub(super) fn stage(&self) -> Option<DisputeStage> {
        Some(match self.status.as_str() {
            "warning_needs_response" => DisputeStage::Inquiry,
            "warning_closed" | "prevented" => DisputeStage::InquiryClosed,
            "needs_response" => DisputeStage::NeedsResponse,
            "warning_under_review" | "under_review" => DisputeStage::UnderReview,
            "won" => DisputeStage::Won,
            "lost" => DisputeStage::Lost,
            _ => return None,
        })
    }

    /// What is recorded of it; `None`, with a line in the log, if this release does not know how it stands.
    pub(super) fn dispute(&self) -> Option<Dispute> {
        let known = self.known();
        if known.is_none() {
            let (dispute, status, currency) = (&self.id, &self.status, &self.currency);
            tracing::error!(%dispute, %status, %currency, "a dispute stands as this release does not know");
        }
        known
    }

    fn known(&self) -> Option<Dispute> {
        let due_by = self.evidence_details.as_ref().and_then(|evidence| evidence.due_by);
        Some(Dispute {
            reference: ObjectionRef::parse(&self.id).ok()?,
            stage: self.stage()?,
            amount: money_of(self.amount, &self.currency)?,
            reason: code(self.reason.as_deref().unwrap_or("general")),
            due_by: due_by.map(|seconds| Timestamp::from_ms(seconds.saturating_mul(1000))),
            is_withdrawn: self.is_withdrawn(),
        })
    }
}

/// A code of Stripe's, bounded because it goes into the journal.
pub(super) fn code(text: &str) -> CompactString {
    text.chars().take(CODE_CHARS_MOST).collect::<String>().to_compact_string()
}
