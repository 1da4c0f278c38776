//! Providers' own ids of what they created at our request.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::{IdFault, PostId, visible};
use crate::collections::id_text::IdText;

/// The provider's id of the result of an effect. Kept for later requests about it, and for operators who look
/// it up at the provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderRef {
    /// A payment at the card processor.
    Payment(PaymentRef),
    /// A reply or an announcement on its network.
    Reply(PostId),
}

impl ProviderRef {
    /// The payment's id, if this is a payment.
    #[must_use]
    pub fn payment(&self) -> Option<&PaymentRef> {
        if let Self::Payment(payment) = self { Some(payment) } else { None }
    }

    /// The payment's id, if this is a payment.
    #[must_use]
    pub fn into_payment(self) -> Option<PaymentRef> {
        if let Self::Payment(payment) = self { Some(payment) } else { None }
    }

    /// The reply's id, if this is a reply.
    #[must_use]
    pub fn into_reply(self) -> Option<PostId> {
        if let Self::Reply(reply) = self { Some(reply) } else { None }
    }
}

/// A card processor's id of a payment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentRef(IdText);

impl PaymentRef {
    /// Reads an id: visible ASCII of bounded length.
    ///
    /// # Errors
    /// Fails if the text is empty, too long, or has any other character.
    pub fn parse(text: &str) -> Result<Self, IdFault> {
        visible(text).map(Self)
    }
}

impl fmt::Display for PaymentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A card processor's id of a dispute, or of a warning of fraud.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectionRef(IdText);

impl ObjectionRef {
    /// Reads an id: visible ASCII of bounded length.
    ///
    /// # Errors
    /// Fails if the text is empty, too long, or has any other character.
    pub fn parse(text: &str) -> Result<Self, IdFault> {
        visible(text).map(Self)
    }
}

impl fmt::Display for ObjectionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
