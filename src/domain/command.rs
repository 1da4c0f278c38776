//! Commands: what the world asks of a campaign. Imperative; each is judged once, at one instant.

use std::sync::Arc;

use compact_str::CompactString;

use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::link::Link;
use super::terms::Terms;
use super::time::Timestamp;

/// One thing to judge.
#[derive(Debug, Clone)]
pub enum Command {
    /// Put an offer on sale under this number.
    AddOffer {
        /// The next free number of the partition.
        offer: OfferNo,
        /// What was agreed.
        terms: Box<Terms>,
    },
    /// An account's own post concerns an offer.
    Say(Said),
    /// Time has come for whatever was due.
    ExpireDue,
    /// A provider answered.
    Report(Report),
}

/// A post as a campaign hears it: who said what, when, and what card stands behind.
#[derive(Debug, Clone)]
pub struct Said {
    /// The post's id.
    pub post: PostId,
    /// Its author.
    pub account: Account,
    /// The network's word for when it was published.
    pub posted_at: Timestamp,
    /// What it asks for.
    pub wish: Wish,
    /// The author's link, if there is one.
    pub link: Option<Arc<Link>>,
}

/// What a post asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A unit of the offer.
    Buy(OfferNo),
    /// To place the order.
    Confirm(OfferNo),
    /// To pass the unit or the place on.
    Cancel(OfferNo),
    /// The author reposted that post: a confirmation, if it is the author's own prompt.
    Repost {
        /// What was reposted.
        of: PostId,
        /// The offer whose tag stands in the text, if one does.
        tagged: Option<OfferNo>,
    },
    /// The author deleted the post.
    Delete,
}

impl Wish {
    /// The offer that the post names by a tag.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        match self {
            Self::Buy(offer) | Self::Confirm(offer) | Self::Cancel(offer) => Some(*offer),
            Self::Repost { tagged, .. } => *tagged,
            Self::Delete => None,
        }
    }
}

/// A provider's final word on one effect, or on several of no consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The prompt of a reservation was delivered.
    Prompted {
        /// Whose prompt.
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
        /// Whose order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The money is ours.
    Captured {
        /// Whose order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The card provider says no.
    Declined {
        /// Whose order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The provider's word for why.
        reason: CompactString,
    },
    /// Effects that nothing waits for are done.
    Delivered(Vec<EffectKey>),
    /// An effect was given up.
    DeadLettered {
        /// The effect.
        key: EffectKey,
        /// The last error.
        reason: CompactString,
    },
    /// The prompt of a reservation cannot be delivered on its network.
    Undeliverable {
        /// Whose prompt.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// Effects that were not carried out, for nobody waits for them any more.
    Dropped(Vec<EffectKey>),
}

impl Report {
    /// The effects that are done by the provider's word, whatever becomes of the report.
    #[must_use]
    pub fn keys(&self) -> Vec<EffectKey> {
        match self {
            Self::Prompted { key, .. }
            | Self::Authorized { key, .. }
            | Self::Captured { key, .. }
            | Self::Declined { key, .. }
            | Self::DeadLettered { key, .. }
            | Self::Undeliverable { key, .. } => vec![*key],
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
            | Self::Undeliverable { id, .. } => Some(*id),
            Self::Delivered(_) | Self::DeadLettered { .. } | Self::Dropped(_) => None,
        }
    }
}
