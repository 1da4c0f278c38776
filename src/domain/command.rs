//! Commands: what the world asks of a campaign. Imperative; each is judged once, at one instant.

use compact_str::CompactString;

use super::account_status::AccountStatus;
use super::credit::CreditTerms;
use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::link::Link;
use super::post::Post;
use super::terms::Terms;
use super::time::Timestamp;
use super::transaction::Transaction;

/// One thing to judge.
#[derive(Debug, Clone)]
pub enum Command {
    /// Put an offer on sale under this number.
    AddOffer {
        /// The next free number of the partition.
        offer: OfferNo,
        /// The terms of the sale.
        terms: Box<Terms>,
    },
    /// Open a statement-credit offer under this number.
    AddCreditOffer {
        /// The next free number of the partition.
        offer: OfferNo,
        /// The terms of the sale.
        terms: Box<CreditTerms>,
    },
    /// An account's own post concerns an offer.
    Say(PostCommand),
    /// A card transaction may concern a statement-credit offer.
    Transact {
        /// The statement-credit offer.
        offer: OfferNo,
        /// The transaction as the feed has it.
        transaction: Transaction,
    },
    /// Decide what is due.
    ExpireDue,
    /// A provider answered.
    Report(Report),
    /// Add units while the sale runs.
    Restock(StockChange),
    /// Take available units off the sale.
    Withdraw(StockChange),
    /// Let an account buy again that had stopped itself.
    Unfreeze(Account),
}

/// A change of an offer's allotment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// The offer whose stock changes.
    pub offer: OfferNo,
    /// By how many units.
    pub units: u32,
    /// The idempotency key: the same change under the same key is made once.
    pub key: CompactString,
}

/// A post as a campaign judges it: author, intent, time and linked card.
#[derive(Debug, Clone)]
pub struct PostCommand {
    /// The post's id.
    pub post: PostId,
    /// Its author.
    pub account: Account,
    /// The time of publication that the network gives.
    pub posted_at: Timestamp,
    /// The intent that was read from it.
    pub intent: Intent,
    /// The author's link, if there is one.
    pub link: Option<Link>,
    /// How many units a claim asks for.
    pub units: u32,
    /// The creation of the author's account, if the post has it.
    pub account_since: Option<Timestamp>,
    /// What the author put a stop to.
    pub status: AccountStatus,
}

impl PostCommand {
    /// The command of a post with that intent and number of units.
    #[must_use]
    pub fn new(post: &Post, intent: Intent, link: Option<Link>, units: u32) -> Self {
        Self {
            post: post.id.clone(),
            account: post.account.clone(),
            posted_at: post.posted_at,
            intent,
            link,
            units,
            account_since: post.author_since,
            status: AccountStatus::default(),
        }
    }

    /// A signed link's button confirms its reservation, as a post would. Its post has an id that no network
    /// gives, and one link has one id, so that it confirms once however often its button is pressed.
    #[must_use]
    pub fn by_link(
        partition: u32,
        id: ReservationId,
        account: Account,
        posted_at: Timestamp,
        link: Option<Link>,
        units: u32,
    ) -> Self {
        let post = PostId::parse_reference(&format!("link/{partition}/{}/{}", id.offer.0, id.ordinal));
        Self {
            post: post.expect("three numbers are visible and short"),
            account,
            posted_at,
            intent: Intent::Accept(id),
            link,
            units,
            account_since: None,
            status: AccountStatus::default(),
        }
    }
}

/// What a post asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// A unit of the offer.
    Buy(OfferNo),
    /// To place the order.
    Confirm(OfferNo),
    /// To pass the unit or the place on.
    Cancel(OfferNo),
    /// The author reposted that post: a confirmation, if it is the author's own prompt.
    Repost {
        /// The reposted post.
        of: PostId,
        /// The offer of a tag in the text, if there is one.
        tagged: Option<OfferNo>,
    },
    /// The author deleted the post.
    Delete,
    /// To load a statement-credit offer on the card.
    Enroll(OfferNo),
    /// To place the order of that reservation, by its signed link.
    Accept(ReservationId),
    /// To get no replies.
    Stop,
    /// To get replies again.
    Start,
    /// To buy nothing any more, and to pass everything on that is not confirmed.
    Freeze,
}

impl Intent {
    /// The offer that the post names by a tag, or the link by its reservation.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        match self {
            Self::Buy(offer) | Self::Confirm(offer) | Self::Cancel(offer) | Self::Enroll(offer) => {
                Some(*offer)
            }
            Self::Accept(id) => Some(id.offer),
            Self::Repost { tagged, .. } => *tagged,
            Self::Delete | Self::Stop | Self::Start | Self::Freeze => None,
        }
    }
}

/// A provider's final result of one effect, or of several that nothing waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The prompt of a reservation was delivered.
    Prompted {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The reply's own id on the network; reposting it confirms.
        prompt: PostId,
        /// When it was delivered.
        at: Timestamp,
    },
    /// The card provider keeps the money for us.
    Authorized {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The money is ours.
    Captured {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The card provider declines.
    Declined {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The provider's own reason.
        reason: CompactString,
    },
    /// Effects that nothing waits for are done.
    Delivered(Vec<EffectKey>),
    /// The money of an order that was taken back has gone back.
    Refunded {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The prompt of a reservation cannot be delivered as a reply.
    Undeliverable {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// Effects that nothing waits for were not carried out.
    Dropped(Vec<EffectKey>),
    /// An effect was given up.
    DeadLettered {
        /// The effect.
        key: EffectKey,
        /// The last error.
        reason: CompactString,
    },
}

impl Report {
    /// The effects that the provider has done, even if the report is refused.
    #[must_use]
    pub fn keys(&self) -> Vec<EffectKey> {
        match self {
            Self::Prompted { key, .. }
            | Self::Authorized { key, .. }
            | Self::Captured { key, .. }
            | Self::Declined { key, .. }
            | Self::Refunded { key, .. }
            | Self::Undeliverable { key, .. }
            | Self::DeadLettered { key, .. } => vec![*key],
            Self::Delivered(keys) | Self::Dropped(keys) => keys.clone(),
        }
    }

    /// The reservation that waits for the report.
    #[must_use]
    pub fn reservation(&self) -> Option<ReservationId> {
        match self {
            Self::Prompted { id, .. }
            | Self::Authorized { id, .. }
            | Self::Captured { id, .. }
            | Self::Declined { id, .. }
            | Self::Refunded { id, .. }
            | Self::Undeliverable { id, .. } => Some(*id),
            Self::Delivered(_) | Self::Dropped(_) | Self::DeadLettered { .. } => None,
        }
    }
}
