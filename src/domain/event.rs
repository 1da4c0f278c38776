//! Events: past facts. An event always applies, and the state is the sum of its events.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones go to the end.

mod claim;
mod concern;

use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use self::claim::Claim;
use super::credit::CreditTerms;
use super::draw::Seed;
use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::outcome::Outcome;
use super::terms::Terms;
use super::time::Timestamp;
use super::transaction::Transaction;
use crate::collections::stored::shared;

/// A card in a statement-credit offer, as it stood when its enrollment was judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enrollment {
    /// The account that enrolled it.
    pub account: Account,
    /// The enrolling post.
    pub post: PostId,
    /// When it was published, by the network's word: later purchases count.
    pub posted_at: Timestamp,
    /// The card's token.
    pub card: CompactString,
    /// Where e-mail about its purchases goes.
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
    /// By the signed link of a prompt that went by e-mail.
    Link,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a field without a comment is what its name and type say")]
pub enum Event {
    /// An offer was put on sale.
    OfferAdded {
        /// Its number from now on.
        offer: OfferNo,
        terms: Box<Terms>,
    },
    /// The sale opened.
    OfferOpened { offer: OfferNo },
    /// Its last unit was sold.
    OfferSoldOut { offer: OfferNo },
    /// The sale closed.
    OfferClosed { offer: OfferNo },
    /// A claim got a unit that was available.
    Reserved {
        id: ReservationId,
        #[serde(with = "shared")]
        claim: Arc<Claim>,
        /// When it ends unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A claim joined the line.
    Waitlisted {
        offer: OfferNo,
        #[serde(with = "shared")]
        claim: Arc<Claim>,
        /// Place in line, from 1.
        place: u32,
    },
    /// A waiter confirmed ahead.
    WaiterConfirmed {
        offer: OfferNo,
        account: Account,
        post: PostId,
        /// The place in line at that time, from 1.
        place: u32,
    },
    /// The first in line who can be served got units; one who takes parts may wait on for the rest.
    Promoted {
        id: ReservationId,
        account: Account,
        units: u32,
        /// When it ends unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A confirmation came before its claim and waits for it.
    ConfirmParked {
        offer: OfferNo,
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
        offer: OfferNo,
        account: Account,
        /// The confirming post.
        post: PostId,
    },
    /// The prompt was delivered; the window starts.
    Prompted {
        id: ReservationId,
        /// The effect that this settles.
        key: EffectKey,
        /// The reply's own id.
        prompt: PostId,
        /// The deadline from now on.
        deadline: Timestamp,
    },
    /// The order is placed.
    Confirmed {
        id: ReservationId,
        account: Account,
        /// The confirming post.
        post: PostId,
        units: u32,
        way: Way,
    },
    /// The card provider holds the money.
    Authorized {
        id: ReservationId,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The money was captured: the units are the buyer's.
    Sold {
        id: ReservationId,
        account: Account,
        units: u32,
        /// What was captured.
        amount: Money,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The card provider declined.
    Declined {
        id: ReservationId,
        account: Account,
        /// Units that came back.
        units: u32,
        /// The provider's own reason.
        reason: CompactString,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The deadline passed without a confirmation.
    Expired {
        id: ReservationId,
        account: Account,
        /// Units that came back.
        units: u32,
    },
    /// The account passed its reservation on.
    Released {
        id: ReservationId,
        account: Account,
        /// Units that came back.
        units: u32,
        post: PostId,
    },
    /// The account passed its place in line on.
    LeftLine {
        offer: OfferNo,
        account: Account,
        /// Units that it had waited for.
        units: u32,
        post: PostId,
    },
    /// The sale is over and every unit is sold: there is nothing left to wait for.
    LineEnded {
        offer: OfferNo,
        account: Account,
        /// Units that it had waited for.
        units: u32,
    },
    /// Effects that nothing waits for are done.
    Delivered { keys: Vec<EffectKey> },
    /// An effect was given up.
    DeadLettered {
        key: EffectKey,
        /// The last error.
        reason: CompactString,
    },
    /// Units were added while the sale runs.
    Restocked {
        offer: OfferNo,
        units: u32,
        /// The idempotency key of the change.
        key: CompactString,
    },
    /// Units are available again after the sell-out was announced.
    BackOnSale { offer: OfferNo, units: u32 },
    /// Units that nobody has were taken off the sale.
    Withdrawn {
        offer: OfferNo,
        units: u32,
        /// The idempotency key of the change.
        key: CompactString,
    },
    /// A claim takes part in the draw of the opening.
    Entered {
        offer: OfferNo,
        #[serde(with = "shared")]
        claim: Arc<Claim>,
    },
    /// Lots were drawn: the line stands in their order from now on.
    Drawn {
        offer: OfferNo,
        /// Revealed by the draw.
        seed: Seed,
    },
    /// A buyer takes back an order whose money is just being captured; what the provider says decides
    /// whether there is anything to refund.
    TakeBackNoted {
        id: ReservationId,
        account: Account,
        /// Units of the order.
        units: u32,
        post: PostId,
    },
    /// A buyer took an order back. Nothing had been captured, and the units came back at once; or the
    /// money is being refunded, and they come back when it is.
    TakenBack {
        id: ReservationId,
        account: Account,
        /// Units of the order.
        units: u32,
        post: PostId,
        /// Whether the post was noted before, while the money was being captured.
        noted: bool,
    },
    /// The money went back, and the units came back.
    Refunded {
        id: ReservationId,
        account: Account,
        units: u32,
        /// What went back.
        amount: Money,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The time in which the order could be taken back is over: the merchant is told.
    OrderFinal { id: ReservationId },
    /// The prompt could not be delivered as a reply in time, and goes by e-mail.
    PromptMailed {
        id: ReservationId,
        /// The reply that was given up, if that is why.
        key: Option<EffectKey>,
    },
    /// Effects that nothing waits for were dropped: stale, or their account opted out.
    Dropped { keys: Vec<EffectKey> },
    /// An account stopped its own buying, everywhere.
    AccountFrozen { account: Account, post: PostId, posted_at: Timestamp },
    /// An account may buy again.
    AccountUnfrozen { account: Account },
    /// An account opted out of replies.
    AccountSilenced { account: Account, post: PostId, posted_at: Timestamp },
    /// An account opted in to replies again. The history calls it by the name that it had first.
    #[serde(rename = "account_heard")]
    AccountOptedIn { account: Account, post: PostId, posted_at: Timestamp },
    /// A statement-credit offer was opened to enrollments.
    CreditOfferAdded {
        /// Its number from now on.
        offer: OfferNo,
        terms: Box<CreditTerms>,
    },
    /// A card was enrolled.
    Enrolled { offer: OfferNo, enrollment: Box<Enrollment> },
    /// A purchase earned a credit.
    PurchaseCredited {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
        /// What it earned.
        credit: Money,
        /// Purchases of the card that can still count.
        uses_left: u32,
    },
    /// A purchase earned nothing, or a refund took nothing back.
    PurchaseNotCounted {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
        reason: Outcome,
        /// Purchases of the card that can still count.
        uses_left: u32,
    },
    /// A refund came before its purchase and waits for it.
    RefundParked {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
    },
    /// A refund took a credit back, or a part of it.
    CreditReversed {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
        /// The part of the credit that was taken back; zero if it is less than a minor unit.
        reversed: Money,
    },
}
