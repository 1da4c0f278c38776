//! Lanes: one for each provider. Effects of one lane have the same provider, and a provider that gives no answers
//! pauses its lane.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::id::Network;

/// The lane of an effect, which decides its provider. The order of the variants is the stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Payments for orders.
    Cards,
    /// Statement credits and their reversals.
    Credits,
    /// Replies and announcements on one network. They share a lane because they all leave from the shop's
    /// account there.
    Replies(Network),
    /// Letters to buyers.
    Emails,
    /// Orders for the merchant.
    Orders,
}

impl Lane {
    /// Every lane. Money comes first, because units wait for payments.
    pub fn all() -> impl Iterator<Item = Self> {
        let replies = Network::ALL.into_iter().map(Self::Replies);
        Self::MONEY.into_iter().chain(replies).chain([Self::Emails, Self::Orders])
    }

    /// The lanes of money, in which no effect may happen twice.
    pub const MONEY: [Self; 2] = [Self::Cards, Self::Credits];

    /// Whether the lane is one of [`Self::MONEY`].
    #[must_use]
    pub fn is_money(self) -> bool {
        Self::MONEY.contains(&self)
    }

    /// The lane of an effect.
    #[must_use]
    pub fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Authorize(_) | Effect::Capture(_) | Effect::Void(_) | Effect::Refund(_) => Self::Cards,
            Effect::Credit(_) | Effect::ReverseCredit(_) => Self::Credits,
            Effect::Reply(request) => Self::Replies(request.account.network),
            Effect::Announce { network, .. } => Self::Replies(*network),
            Effect::Email { .. } => Self::Emails,
            Effect::Order(_) => Self::Orders,
        }
    }
}

/// The name in metrics, logs and `/readyz`: `cards`, `replies_x`.
impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cards => f.write_str("cards"),
            Self::Credits => f.write_str("credits"),
            Self::Replies(network) => write!(f, "replies_{network}"),
            Self::Emails => f.write_str("emails"),
            Self::Orders => f.write_str("orders"),
        }
    }
}
