//! Card transactions, as the card provider's feed tells them.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::time::Timestamp;

/// The feed's name for a transaction. It counts once, however often it is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(CompactString);

impl TransactionId {
    /// Reads a transaction's id: 1 to 128 visible ASCII characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(CompactString::new(text)))
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

/// Which way the money went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransactionKind {
    /// To the merchant.
    Purchase,
    /// Back to the card, all or a part of it.
    Refund {
        /// The purchase.
        of: TransactionId,
    },
}

/// A purchase by a card, or its refund. Never a card number: the card is the provider's token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transaction {
    /// Its name in the feed.
    pub id: TransactionId,
    /// The provider's token for the card.
    pub card: CompactString,
    /// Where the card was used.
    pub merchant: CompactString,
    /// How much, always above zero.
    pub amount: Money,
    /// When, by the provider's word.
    pub at: Timestamp,
    /// Which way.
    pub kind: TransactionKind,
}
