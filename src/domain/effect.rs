//! Effects: what providers carry out once the record that names them is durable.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones are appended.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::{Account, Network, OfferId, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::order_details::OrderDetails;
use super::outcome::Outcome;
pub use super::payment::Payment;
use super::time::Timestamp;
use super::transaction::TransactionId;

/// The content of a reply or an e-mail. A template turns it into text when it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRequest {
    /// The recipient.
    pub account: Account,
    /// The post that is answered.
    pub post: PostId,
    /// The offer that it is about.
    pub offer: OfferNo,
    /// The outcome that it reports. `reserved` and `promoted` make it a prompt: it asks for the confirmation.
    pub outcome: Outcome,
    /// The reservation that it is about.
    pub reservation: Option<u32>,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// The deadline for the confirmation, if it is known already.
    pub deadline: Option<Timestamp>,
    /// The order's total; for a statement credit, the amount that is credited or taken back.
    pub amount: Option<Money>,
    /// Units that it is about.
    pub units: u32,
    /// What it reports in addition to the outcome.
    pub about: Option<About>,
}

/// What a reply or an e-mail reports in addition to its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// For a waiter: the chance of getting a unit.
    Line {
        /// Live reservations of the offer; their units may come back.
        reserved: u32,
        /// When the first of them may end, if none of them is confirmed or passed on before.
        earliest: Option<Timestamp>,
    },
    /// For a claim that got a part of its units: the rest waits at the reported place in line.
    Rest {
        /// Units that still wait.
        units: u32,
    },
    /// For an entry to a draw.
    Draw {
        /// When the draw takes place.
        at: Timestamp,
    },
    /// For a card transaction. Boxed because it is rare and large, and every effect would be as large.
    Purchase(Box<CardUse>),
    /// For a post that asks for what the account ordered already: the payment is under way.
    UnderWay,
    /// For a post that confirms what the account bought already.
    Bought,
    /// For an expiry: the units went to the next in line.
    HandedOn,
    /// For a waiter: the sale is over, and the wait with it.
    LineOver,
    /// For a claim that was released because its account has no linked card any more.
    Unlinked,
    /// For a letter about an order: its details. Boxed as a card transaction is.
    Order(Box<OrderDetails>),
    /// For a claim that its author cancelled before it came.
    CancelledAhead,
    /// For a claim that came to nothing: an operator ended the sale before its time, so a new one is useless.
    EndedEarly,
}

/// What is reported of a card transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUse {
    /// The feed's id for it.
    pub transaction: TransactionId,
    /// The feed's id of the merchant.
    pub merchant: CompactString,
    /// The amount of the transaction.
    pub amount: Money,
    /// Purchases of the card that can still earn a credit.
    pub uses_left: u32,
}

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
    /// Sends an e-mail to the buyer.
    Email {
        /// The e-mail address.
        to: CompactString,
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
        request.asks()
    }
}

impl ReplyRequest {
    /// A reply that reports only its outcome.
    #[must_use]
    pub fn new(account: Account, post: PostId, offer: OfferNo, outcome: Outcome) -> Self {
        let (reservation, place, deadline, amount, units, about) = (None, None, None, None, 0, None);
        Self { account, post, offer, outcome, reservation, place, deadline, amount, units, about }
    }

    /// The reservation to confirm, if this is a prompt.
    #[must_use]
    pub fn asks(&self) -> Option<ReservationId> {
        let prompt = matches!(self.outcome, Outcome::Reserved | Outcome::Promoted);
        self.reservation.filter(|_| prompt).map(|ordinal| ReservationId { offer: self.offer, ordinal })
    }
}
