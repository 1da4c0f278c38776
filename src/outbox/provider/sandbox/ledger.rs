//! The ledger of the card sandbox: one line for each request that it decided. From this file alone a verifier knows
//! who paid, how much and how often.
//!
//! An `approved` line is the movement of the money. A request that is repeated under its key is
//! answered from the line that is there, and makes no new one; neither does a request that was lost
//! before it took effect. `invalid` and `mismatch` move nothing, and no sound engine causes them.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::outbox::delivery_key::OutsideKey;
use crate::outbox::text;

/// The operation that is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Hold the money for the shop.
    Authorize,
    /// Take the money that is held.
    Capture,
    /// Release the money that is held.
    Void,
    /// Return captured money.
    Refund,
    /// Credit the card's statement.
    Credit,
    /// Take a statement credit back.
    ReverseCredit,
}

impl Operation {
    /// Its name in the ledger.
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

/// The decision.
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
    /// The time of the decision.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// The idempotency key.
    #[serde(with = "text")]
    pub key: OutsideKey,
    /// The operation.
    pub operation: Operation,
    /// The order: the public id of its reservation, or the purchase of a statement credit.
    pub order: CompactString,
    /// The card's token.
    pub card: CompactString,
    /// The amount.
    pub amount: Money,
    /// The decision.
    pub result: LedgerResult,
    /// The reason, unless it was approved.
    pub reason: Option<CompactString>,
}
