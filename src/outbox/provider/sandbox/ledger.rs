//! The ledger of the card sandbox: one line for each request that it decided. The file alone shows a verifier
//! who paid, how much and how often.
//!
//! An `approved` line is the movement of the money. A request that is repeated under its key is answered from
//! the existing line and adds none; a request that was lost before it took effect adds none either. `invalid`
//! and `mismatch` lines move no money, and a correct engine never causes them.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::outbox::delivery_key::OutsideKey;
use crate::outbox::text;

/// The operation that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Holds the money for the shop.
    Authorize,
    /// Takes the money that is held.
    Capture,
    /// Releases the money that is held.
    Void,
    /// Returns captured money.
    Refund,
    /// Credits the card's statement.
    Credit,
    /// Takes a statement credit back.
    ReverseCredit,
}

impl Operation {
    /// The operation's name in the ledger.
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

/// The sandbox's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerResult {
    /// The money moved.
    Approved,
    /// The card does not pay.
    Declined,
    /// The order's state does not allow the operation, for example a capture before an authorization.
    Invalid,
    /// The key was used for another request before.
    Mismatch,
}

/// One request and its decision.
///
/// `{"at":"2013-02-13T17:00:00.000Z","key":"0/12/0","operation":"authorize",
/// "order":"kindle-fire-hd.17","card":"tok_1","amount":"149.99 USD","result":"approved","reason":null}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Time of the decision.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// The idempotency key.
    #[serde(with = "text")]
    pub key: OutsideKey,
    /// The operation that was requested.
    pub operation: Operation,
    /// The order: the public id of its reservation, or the purchase of a statement credit.
    pub order: CompactString,
    /// Token of the card.
    pub card: CompactString,
    /// The amount that was requested.
    pub amount: Money,
    /// The sandbox's decision.
    pub result: LedgerResult,
    /// Why the request was not approved; `None` if it was.
    pub reason: Option<CompactString>,
}
