//! The ledger of the card sandbox: one line for each request that it decided. A verifier needs no more
//! than this file to say who paid, how much and how often.
//!
//! An `approved` line is the movement of the money. A request that is repeated under its key is
//! answered from the line that is there, and makes no new one; neither does a request that was lost
//! before it took effect. `invalid` and `mismatch` move nothing, and no sound engine causes them.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::id::EffectKey;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::outbox::text;

/// What is asked of the card provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Keep the money for the shop.
    Authorize,
    /// Take the money that is kept.
    Capture,
    /// Let the money go that is kept.
    Void,
    /// Give back what was taken.
    Refund,
    /// Credit the card's statement.
    Credit,
    /// Take a statement credit back.
    ReverseCredit,
}

impl Operation {
    /// The word for it in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Credit => "credit",
            Self::ReverseCredit => "reverse_credit",
        }
    }
}

/// What the provider decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerResult {
    /// Done: the money moved.
    Approved,
    /// The card does not pay.
    Declined,
    /// The order is not in a state for that, as a capture of what was not authorized.
    Invalid,
    /// The key had been used for something else.
    Mismatch,
}

/// One request, as it was decided.
///
/// `{"at":"2013-02-13T17:00:00.000Z","key":"0/12/0","operation":"authorize",
/// "order":"kindle-fire-hd.17","card":"tok_1","amount":"149.99 USD","result":"approved","reason":null}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// When.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// The idempotency key: the effect's own.
    #[serde(with = "text")]
    pub key: EffectKey,
    /// What was asked.
    pub operation: Operation,
    /// Of which order: the public id of its reservation.
    pub order: CompactString,
    /// The card's token.
    pub card: CompactString,
    /// How much.
    pub amount: Money,
    /// What was decided.
    pub result: LedgerResult,
    /// Why, unless it was approved.
    pub reason: Option<CompactString>,
}
