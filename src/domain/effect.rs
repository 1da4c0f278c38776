//! Effects: what the world must be asked to do once the record that names them is durable.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones go to the end.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::{Account, Network, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::outcome::Outcome;
use super::time::Timestamp;

/// What a reply or an e-mail is to say. The words are found when it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// To whom.
    pub account: Account,
    /// The post that is answered.
    pub post: PostId,
    /// Of which offer.
    pub offer: OfferNo,
    /// What is told; `reserved` and `promoted` ask for the confirmation: they are prompts.
    pub outcome: Outcome,
    /// The reservation it is about.
    pub reservation: Option<u32>,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// The deadline to confirm, as far as it is known.
    pub deadline: Option<Timestamp>,
    /// The order's total.
    pub amount: Option<Money>,
}

/// A payment of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Whose order.
    pub id: ReservationId,
    /// Who pays.
    pub account: Account,
    /// The card's token.
    pub card: CompactString,
    /// How much.
    pub amount: Money,
}

/// What the shop says to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The sale begins.
    Opening,
    /// Every unit is sold.
    SoldOut,
    /// The sale is over.
    Closing,
}

/// One thing to ask of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Answer a post.
    Reply(Notice),
    /// Write to the buyer.
    Email {
        /// The address.
        to: CompactString,
        /// What to say.
        notice: Notice,
    },
    /// Ask the card provider to keep the money for us.
    Authorize(Payment),
    /// Take the money that is kept.
    Capture(Payment),
    /// Let the money go that is kept.
    Void(Payment),
    /// Give the money back.
    Refund(Payment),
    /// Tell the merchant to ship; the address is known to the card provider by the token.
    Order(Payment),
    /// Say something as the shop.
    Announce {
        /// Where.
        network: Network,
        /// Of which offer.
        offer: OfferNo,
        /// What.
        news: News,
    },
}

impl Effect {
    /// The offer that the effect is about.
    #[must_use]
    pub fn offer(&self) -> OfferNo {
        match self {
            Self::Reply(notice) | Self::Email { notice, .. } => notice.offer,
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => payment.id.offer,
            Self::Announce { offer, .. } => *offer,
        }
    }

    /// The account that the effect concerns.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Reply(notice) | Self::Email { notice, .. } => Some(&notice.account),
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => Some(&payment.account),
            Self::Announce { .. } => None,
        }
    }

    /// The word for the kind of effect in exports and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Email { .. } => "email",
            Self::Authorize(_) => "authorize",
            Self::Capture(_) => "capture",
            Self::Void(_) => "void",
            Self::Refund(_) => "refund",
            Self::Order(_) => "order",
            Self::Announce { .. } => "announce",
        }
    }

    /// The network on which the effect says something, to one or to all.
    #[must_use]
    pub fn said_on(&self) -> Option<Network> {
        match self {
            Self::Reply(notice) => Some(notice.account.network),
            Self::Announce { network, .. } => Some(*network),
            _ => None,
        }
    }

    /// The reservation whose window the delivery of this reply starts.
    #[must_use]
    pub fn prompts(&self) -> Option<ReservationId> {
        let Self::Reply(notice) = self else { return None };
        notice.asks()
    }

    /// The reservation whose buyer this e-mail asks, for a reply did not do.
    #[must_use]
    pub fn prompts_by_email(&self) -> Option<ReservationId> {
        let Self::Email { notice, .. } = self else { return None };
        notice.asks()
    }
}

impl Notice {
    /// The reservation that is to be confirmed, if the notice asks for that.
    #[must_use]
    pub fn asks(&self) -> Option<ReservationId> {
        let prompt = matches!(self.outcome, Outcome::Reserved | Outcome::Promoted);
        self.reservation.filter(|_| prompt).map(|ordinal| ReservationId { offer: self.offer, ordinal })
    }
}
