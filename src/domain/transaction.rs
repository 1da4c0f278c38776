//! Card transactions, as the card provider's feed tells them. Never a card number: only its token.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::time::Timestamp;

/// The longest id that is taken from a feed, in bytes.
pub const TRANSACTION_ID_BYTES_MAX: usize = 128;

/// The id of a transaction in the provider's books. Each counts once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(CompactString);

impl TransactionId {
    /// Reads an id: 1 to 128 visible characters of ASCII.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=TRANSACTION_ID_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
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
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// From the card to the merchant.
    Purchase,
    /// Back to the card, all of a purchase or a part of it.
    Refund {
        /// Of which purchase.
        of: TransactionId,
    },
}

/// One transaction. When it reached us is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transaction {
    /// The provider's id.
    pub id: TransactionId,
    /// The card's token.
    pub card: CompactString,
    /// The merchant's id. That of a refund may be another than that of its purchase.
    pub merchant: CompactString,
    /// How much: above zero, whichever way it went.
    pub amount: Money,
    /// When it was made, by the provider's word.
    pub at: Timestamp,
    /// Which way the money went.
    pub kind: TransactionKind,
}

#[cfg(test)]
mod tests {
    use super::TransactionId;

    #[test]
    fn ids_are_visible_and_bounded() {
        let longest = "t".repeat(128);
        let table = [
            ("t-1", true),
            ("0", true),
            ("a/b:c#d", true),
            (&longest, true),
            (&format!("{longest}t"), false),
            ("", false),
            ("t 1", false),
            ("t\n", false),
            ("té", false),
        ];
        for (text, good) in table {
            assert_eq!(TransactionId::parse(text).is_some(), good, "{text:?}");
        }
    }
}
