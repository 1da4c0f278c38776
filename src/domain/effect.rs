//! Effects: what providers carry out once the record that names them is durable.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones are appended.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use super::about::{About, CardUse};
use super::has_address::HasAddress;
use super::id::{Account, Network, OfferId, OfferNo, ReservationId};
use super::money::Money;
pub use super::payment::Payment;
pub use super::reply_request::ReplyRequest;
use super::transaction::TransactionId;

/// A statement credit for a purchase, or the reversal of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementCredit {
    /// The offer that grants it.
    pub offer: OfferNo,
    /// The purchase that earned it.
    pub purchase: TransactionId,
    /// The account that enrolled the card.
    pub account: Account,
    /// The card's token.
    pub card: CompactString,
    /// The amount.
    pub amount: Money,
}

/// A public announcement of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// The sale begins.
    Opening,
    /// Every unit is sold.
    SoldOut,
    /// The sale is over.
    Closing,
    /// Units are available again after the sell-out.
    Restock {
        /// Units that are available.
        units: u32,
    },
    /// The draw took place; the seed is revealed.
    Drawn {
        /// The number of entries.
        entries: u32,
    },
}

/// One request to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Replies to a post.
    Reply(ReplyRequest),
    /// Sends an e-mail to the buyer. It goes to the address that the account has when it is sent.
    Email {
        /// Whether the account had an address when the e-mail was asked for.
        #[serde(rename = "has_address")]
        to: HasAddress,
        /// The content.
        #[serde(rename = "notice")]
        request: ReplyRequest,
    },
    /// Authorizes a payment.
    Authorize(Payment),
    /// Captures an authorized payment.
    Capture(Payment),
    /// Voids an authorization.
    Void(Payment),
    /// Refunds a captured payment.
    Refund(Payment),
    /// Passes the order to the merchant for shipping; the card provider knows the address by the token.
    Order(Payment),
    /// Posts an announcement from the shop's own account.
    Announce {
        /// The network to post on.
        network: Network,
        /// The offer that it is about.
        offer: OfferNo,
        /// The content.
        #[serde(rename = "news")]
        announcement: Announcement,
    },
    /// Credit the card's statement.
    Credit(StatementCredit),
    /// Reverses a statement credit, or a part of it.
    ReverseCredit(StatementCredit),
}

impl Effect {
    /// The offer that the effect is about.
    #[must_use]
    pub fn offer(&self) -> OfferNo {
        match self {
            Self::Reply(request) | Self::Email { request, .. } => request.offer,
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => payment.id.offer,
            Self::Announce { offer, .. } => *offer,
            Self::Credit(grant) | Self::ReverseCredit(grant) => grant.offer,
        }
    }

    /// The account that the effect concerns.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Reply(request) | Self::Email { request, .. } => Some(&request.account),
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => Some(&payment.account),
            Self::Credit(grant) | Self::ReverseCredit(grant) => Some(&grant.account),
            Self::Announce { .. } => None,
        }
    }

    /// The name of the kind of effect in exports and metrics.
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
            Self::Credit(_) => "credit",
            Self::ReverseCredit(_) => "reverse_credit",
        }
    }

    /// The name of the order in the card provider's books, within the offer of that name: the public id of
    /// the reservation, or that of the purchase that earned a credit. `None` for an effect that moves no
    /// money.
    #[must_use]
    pub fn order_name(&self, offer: &OfferId) -> Option<String> {
        match self {
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => Some(payment.id.public(offer)),
            Self::Credit(grant) | Self::ReverseCredit(grant) => Some(format!("{offer}:{}", grant.purchase)),
            Self::Reply(_) | Self::Email { .. } | Self::Announce { .. } => None,
        }
    }

    /// The payment that the effect is about, if it moves the money of an order or hands the order on.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Authorize(payment)
            | Self::Capture(payment)
            | Self::Void(payment)
            | Self::Refund(payment)
            | Self::Order(payment) => Some(payment),
            _ => None,
        }
    }

    /// The network that the effect posts on.
    #[must_use]
    pub fn network(&self) -> Option<Network> {
        match self {
            Self::Reply(request) => Some(request.account.network),
            Self::Announce { network, .. } => Some(*network),
            _ => None,
        }
    }

    /// The reservation whose confirmation window starts when this reply is delivered. An e-mail starts none:
    /// nobody reports when it is read, and the deadline already counts from the end of the patience.
    #[must_use]
    pub fn prompts(&self) -> Option<ReservationId> {
        let Self::Reply(request) = self else { return None };
        request.asks()
    }

    /// The reservation whose prompt goes by e-mail because it could not be delivered as a reply.
    #[must_use]
    pub fn prompts_by_email(&self) -> Option<ReservationId> {
        let Self::Email { request, .. } = self else { return None };
        request.asks().filter(|_| !request.reminds())
    }

    /// The same, if the offer waits for the report that the e-mail is delivered.
    #[must_use]
    pub fn prompts_before_reminder(&self) -> Option<ReservationId> {
        let Self::Email { request, .. } = self else { return None };
        request.asks().filter(|_| matches!(request.about, Some(About::ReminderFollows)))
    }

    /// The reservation that this e-mail reminds of.
    #[must_use]
    pub fn reminds(&self) -> Option<ReservationId> {
        let Self::Email { request, .. } = self else { return None };
        request.asks().filter(|_| request.reminds())
    }
}
