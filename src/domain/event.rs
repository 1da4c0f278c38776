//! Events: past facts. What they say always applies; the state is nothing but their sum.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones go to the end.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::terms::Terms;
use super::time::Timestamp;

/// A claim with all that its order will need, as it stood when the claim was judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The buying post.
    pub post: PostId,
    /// When it was published, by the network's word.
    pub posted_at: Timestamp,
    /// Its author.
    pub account: Account,
    /// How many units it asks for.
    pub units: u32,
    /// What they cost with tax.
    pub amount: Money,
    /// The token of the card that will pay.
    pub card: CompactString,
    /// Where the confirming e-mail goes.
    pub email: CompactString,
}

/// How a confirmation came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By a post that arrived while the unit was reserved.
    Post,
    /// By a post that had arrived before its claim and was parked.
    Parked,
    /// By a post made while waiting in line, applied at the promotion.
    Waiting,
    /// By the claim itself: a one-step sale.
    OneStep,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An offer was put on sale.
    OfferAdded {
        /// Its number from now on.
        offer: OfferNo,
        /// What was agreed.
        terms: Box<Terms>,
    },
    /// Its time had come.
    OfferOpened {
        /// Which.
        offer: OfferNo,
    },
    /// Its last unit was sold.
    OfferSoldOut {
        /// Which.
        offer: OfferNo,
    },
    /// Its time was over.
    OfferClosed {
        /// Which.
        offer: OfferNo,
    },
    /// A claim got a unit that was available.
    Reserved {
        /// The new reservation.
        id: ReservationId,
        /// For whom.
        claim: Claim,
        /// Until when, unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A claim joined the line.
    Waitlisted {
        /// Which line.
        offer: OfferNo,
        /// Who waits.
        claim: Claim,
        /// Counted from 1.
        place: u32,
    },
    /// A waiter confirmed ahead.
    WaiterConfirmed {
        /// Which line.
        offer: OfferNo,
        /// Who.
        account: Account,
        /// By which post.
        post: PostId,
        /// The place in line at that time, from 1.
        place: u32,
    },
    /// The first in line got a unit that came back.
    Promoted {
        /// The new reservation.
        id: ReservationId,
        /// For whom.
        account: Account,
        /// How many.
        units: u32,
        /// Until when, unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A confirmation came before its claim and waits for it.
    ConfirmParked {
        /// Of which offer.
        offer: OfferNo,
        /// Whose.
        account: Account,
        /// The confirming post.
        post: PostId,
        /// When it was published.
        posted_at: Timestamp,
        /// Until when it waits.
        until: Timestamp,
    },
    /// The claim did not come.
    ParkingEnded {
        /// Of which offer.
        offer: OfferNo,
        /// Whose.
        account: Account,
        /// The confirming post.
        post: PostId,
    },
    /// The prompt was delivered; the window starts.
    Prompted {
        /// Whose prompt.
        id: ReservationId,
        /// The effect that is done.
        key: EffectKey,
        /// The reply's own id.
        prompt: PostId,
        /// The deadline from now on.
        deadline: Timestamp,
    },
    /// The order is placed.
    Confirmed {
        /// Which reservation.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// The confirming post.
        post: PostId,
        /// How many.
        units: u32,
        /// How it came about.
        way: Way,
    },
    /// The money is kept for us.
    Authorized {
        /// Whose order.
        id: ReservationId,
        /// The effect that is done.
        key: EffectKey,
    },
    /// The money is ours, the unit the buyer's.
    Sold {
        /// Whose order.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many.
        units: u32,
        /// What was captured.
        amount: Money,
        /// The effect that is done.
        key: EffectKey,
    },
    /// The card provider said no.
    Declined {
        /// Whose order.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many came back.
        units: u32,
        /// The provider's word for why.
        reason: CompactString,
        /// The effect that is done.
        key: EffectKey,
    },
    /// The deadline passed without a confirmation.
    Expired {
        /// Which reservation.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many came back.
        units: u32,
    },
    /// The account passed its reservation on.
    Released {
        /// Which reservation.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many came back.
        units: u32,
        /// By which post.
        post: PostId,
    },
    /// The account passed its place in line on.
    LeftLine {
        /// Which line.
        offer: OfferNo,
        /// Who.
        account: Account,
        /// How many it had waited for.
        units: u32,
        /// By which post.
        post: PostId,
    },
    /// The sale is over and every unit is sold: there is nothing left to wait for.
    LineEnded {
        /// Which line.
        offer: OfferNo,
        /// Who waited.
        account: Account,
        /// How many it had waited for.
        units: u32,
    },
    /// Effects that nothing waits for are done.
    Delivered {
        /// Which.
        keys: Vec<EffectKey>,
    },
    /// An effect was given up.
    DeadLettered {
        /// Which.
        key: EffectKey,
        /// The last error.
        reason: CompactString,
    },
    /// Effects that were not carried out, for nobody was waiting for them any more.
    Dropped {
        /// Which.
        keys: Vec<EffectKey>,
    },
    /// The account wants no replies any more.
    AccountSilenced {
        /// Which.
        account: Account,
        /// The post that says so.
        post: PostId,
    },
    /// The account wants replies again.
    AccountHeard {
        /// Which.
        account: Account,
        /// The post that says so.
        post: PostId,
    },
}

impl Event {
    /// The offer whose state the event changes; deliveries change none.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        match self {
            Self::OfferAdded { offer, .. }
            | Self::OfferOpened { offer }
            | Self::OfferSoldOut { offer }
            | Self::OfferClosed { offer }
            | Self::Waitlisted { offer, .. }
            | Self::WaiterConfirmed { offer, .. }
            | Self::ConfirmParked { offer, .. }
            | Self::ParkingEnded { offer, .. }
            | Self::LeftLine { offer, .. }
            | Self::LineEnded { offer, .. } => Some(*offer),
            Self::Reserved { id, .. }
            | Self::Promoted { id, .. }
            | Self::Prompted { id, .. }
            | Self::Confirmed { id, .. }
            | Self::Authorized { id, .. }
            | Self::Sold { id, .. }
            | Self::Declined { id, .. }
            | Self::Expired { id, .. }
            | Self::Released { id, .. } => Some(id.offer),
            Self::Delivered { .. }
            | Self::DeadLettered { .. }
            | Self::Dropped { .. }
            | Self::AccountSilenced { .. }
            | Self::AccountHeard { .. } => None,
        }
    }

    /// The account whose session the event concerns.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Reserved { claim, .. } | Self::Waitlisted { claim, .. } => Some(&claim.account),
            Self::WaiterConfirmed { account, .. }
            | Self::Promoted { account, .. }
            | Self::ConfirmParked { account, .. }
            | Self::ParkingEnded { account, .. }
            | Self::Confirmed { account, .. }
            | Self::Sold { account, .. }
            | Self::Declined { account, .. }
            | Self::Expired { account, .. }
            | Self::Released { account, .. }
            | Self::LeftLine { account, .. }
            | Self::LineEnded { account, .. } => Some(account),
            Self::OfferAdded { .. }
            | Self::OfferOpened { .. }
            | Self::OfferSoldOut { .. }
            | Self::OfferClosed { .. }
            | Self::Prompted { .. }
            | Self::Authorized { .. }
            | Self::Delivered { .. }
            | Self::DeadLettered { .. }
            | Self::Dropped { .. }
            | Self::AccountSilenced { .. }
            | Self::AccountHeard { .. } => None,
        }
    }

    /// Whose silence begins, or, with `false`, ends.
    #[must_use]
    pub fn silences(&self) -> Option<(&Account, bool)> {
        match self {
            Self::AccountSilenced { account, .. } => Some((account, true)),
            Self::AccountHeard { account, .. } => Some((account, false)),
            _ => None,
        }
    }

    /// The effects that the event says are done, given up or dropped.
    #[must_use]
    pub fn settles(&self) -> &[EffectKey] {
        match self {
            Self::Prompted { key, .. }
            | Self::Authorized { key, .. }
            | Self::Sold { key, .. }
            | Self::Declined { key, .. }
            | Self::DeadLettered { key, .. } => std::slice::from_ref(key),
            Self::Delivered { keys } | Self::Dropped { keys } => keys,
            _ => &[],
        }
    }
}
