//! Card transactions, as the feed of the card network delivers them.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::time::Timestamp;

/// Upper bound on a transaction's id, in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// Upper bound on a merchant's id, in bytes, in offers and in the feed.
pub const MERCHANT_BYTES_MAX: usize = 128;

/// The feed's id of a transaction. Each transaction counts once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(CompactString);

impl TransactionId {
    /// Reads an id: 1 to 128 visible ASCII characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && (1..=ID_BYTES_MAX).contains(&text.len())).then(|| Self(CompactString::new(text)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// Money was spent at the merchant.
    Purchase,
    /// Money of an earlier purchase was returned.
    Refund {
        /// The refunded purchase.
        of: TransactionId,
    },
}

/// A card transaction. It never has a card number: `card` is the provider's token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transaction {
    /// The feed's id of the transaction.
    pub id: TransactionId,
    /// The card's token.
    pub card: CompactString,
    /// The feed's id of the merchant.
    pub merchant: CompactString,
    /// The amount that was spent or returned; above zero.
    pub amount: Money,
    /// The time of the transaction, as the feed gives it.
    pub at: Timestamp,
    /// Purchase or refund.
    pub kind: TransactionKind,
}
