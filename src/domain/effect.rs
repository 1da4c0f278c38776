//! Effects: what the world must be asked to do once the record that names them is durable.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones go to the end.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::{Account, Network, OfferId, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::outcome::Outcome;
use super::time::Timestamp;
use super::transaction::TransactionId;

/// What a reply or an e-mail is to say. The words are found when it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRequest {
    /// The account that gets it.
    pub account: Account,
    /// The post that is answered.
    pub post: PostId,
    /// The offer that it is about.
    pub offer: OfferNo,
    /// The outcome that it reports; `reserved` and `promoted` ask for the confirmation: they are prompts.
    pub outcome: Outcome,
    /// The reservation it is about.
    pub reservation: Option<u32>,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// The deadline to confirm, as far as it is known.
    pub deadline: Option<Timestamp>,
    /// The order's total; of a statement credit, what is credited or taken back.
    pub amount: Option<Money>,
    /// How many units it is about.
    pub units: u32,
    /// What it reports besides the outcome.
    pub about: Option<About>,
}

/// What a reply or e-mail reports besides its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Of a place in line: the chance of a unit.
    Line {
        /// Reservations that are open ahead.
        reserved: u32,
        /// When the first of them may end, if none of them is confirmed or passed on before.
        earliest: Option<Timestamp>,
    },
    /// Of a claim that got a part of what it asked for: the rest waits, at the place that is told.
    Rest {
        /// Units that wait.
        units: u32,
    },
    /// Of an entry to a draw.
    Draw {
        /// When lots are drawn.
        at: Timestamp,
    },
    /// Of a card transaction. Rarer than the others and larger: no effect shall be longer for it.
    Purchase(Box<CardUse>),
}

/// What is reported of a card transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUse {
    /// The feed's id for it.
    pub transaction: TransactionId,
    /// The merchant.
    pub merchant: CompactString,
    /// The amount of the transaction.
    pub amount: Money,
    /// How many purchases may still earn a credit.
    pub uses_left: u32,
}

/// A payment of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The reservation that became the order.
    pub id: ReservationId,
    /// The account that pays.
    pub account: Account,
    /// The card's token.
    pub card: CompactString,
    /// The amount.
    pub amount: Money,
}

/// A statement credit for a purchase, or the taking back of one.
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
    /// There are units again.
    Restock {
        /// Units that are available.
        units: u32,
    },
    /// Lots were drawn; the seed is revealed.
    Drawn {
        /// Among how many entries.
        entries: u32,
    },
}

/// One thing to ask of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Answer a post.
    Reply(ReplyRequest),
    /// Write to the buyer.
    Email {
        /// The address.
        to: CompactString,
        /// What it reports.
        notice: ReplyRequest,
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
        /// The network to post on.
        network: Network,
        /// The offer that it is about.
        offer: OfferNo,
        /// What is announced.
        news: Announcement,
    },
    /// Credit the card's statement.
    Credit(StatementCredit),
    /// Take a statement credit back.
    ReverseCredit(StatementCredit),
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
            Self::Credit(grant) | Self::ReverseCredit(grant) => grant.offer,
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

    /// The order of the offer of that name in the card provider's books: the public id of a reservation,
    /// or that of the purchase that earned a credit. None for what moves no money.
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

    /// The network that the effect posts on.
    #[must_use]
    pub fn said_on(&self) -> Option<Network> {
        match self {
            Self::Reply(notice) => Some(notice.account.network),
            Self::Announce { network, .. } => Some(*network),
            _ => None,
        }
    }

    /// The reservation whose window the delivery of this reply starts. A letter starts none: nobody says
    /// when it is read, and the offer's patience has run by then.
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

impl ReplyRequest {
    /// A reply that reports nothing but its outcome.
    #[must_use]
    pub fn new(account: Account, post: PostId, offer: OfferNo, outcome: Outcome) -> Self {
        let (reservation, place, deadline, amount, units, about) = (None, None, None, None, 0, None);
        Self { account, post, offer, outcome, reservation, place, deadline, amount, units, about }
    }

    /// The reservation that is to be confirmed, if the notice asks for that.
    #[must_use]
    pub fn asks(&self) -> Option<ReservationId> {
        let prompt = matches!(self.outcome, Outcome::Reserved | Outcome::Promoted);
        self.reservation.filter(|_| prompt).map(|ordinal| ReservationId { offer: self.offer, ordinal })
    }
}
