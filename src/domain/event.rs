//! Events: past facts. What they say always applies; the state is nothing but their sum.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones go to the end.

mod concern;

use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::credit::CreditTerms;
use super::draw::Seed;
use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::money::{Money, Rate};
use super::outcome::Outcome;
use super::terms::Terms;
use super::time::Timestamp;
use super::transaction::Transaction;
use crate::collections::stored::shared;

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
    /// The tax rate that was agreed: a part of the claim has it too.
    pub rate: Rate,
    /// The token of the card that will pay.
    pub card: CompactString,
    /// Where the confirming e-mail goes.
    pub email: CompactString,
}

/// A card in a statement-credit offer, as it stood when its enrollment was judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enrollment {
    /// Who enrolled it.
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
        #[serde(with = "shared")]
        claim: Arc<Claim>,
        /// Until when, unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A claim joined the line.
    Waitlisted {
        /// Which line.
        offer: OfferNo,
        /// Who waits.
        #[serde(with = "shared")]
        claim: Arc<Claim>,
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
    /// The first in line who can be served got units; one who takes parts may wait on for the rest.
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
    /// Units were added while the sale runs.
    Restocked {
        /// Which offer.
        offer: OfferNo,
        /// How many.
        units: u32,
        /// The idempotency key of whoever did it.
        key: CompactString,
    },
    /// There are units again that nobody waits for, after it was said that there are none.
    BackOnSale {
        /// Which offer.
        offer: OfferNo,
        /// How many.
        units: u32,
    },
    /// Units that nobody has were taken off the sale.
    Withdrawn {
        /// Which offer.
        offer: OfferNo,
        /// How many.
        units: u32,
        /// The idempotency key of whoever did it.
        key: CompactString,
    },
    /// A claim takes part in the draw of the opening.
    Entered {
        /// Which offer.
        offer: OfferNo,
        /// Who takes part.
        #[serde(with = "shared")]
        claim: Arc<Claim>,
    },
    /// Lots were drawn: the line stands in their order from now on.
    Drawn {
        /// Which offer.
        offer: OfferNo,
        /// The seed, revealed.
        seed: Seed,
    },
    /// A buyer takes back an order whose money is just being captured; what the provider says decides
    /// whether there is anything to refund.
    TakeBackNoted {
        /// Whose order.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many units it has.
        units: u32,
        /// By which post.
        post: PostId,
    },
    /// A buyer took an order back. Nothing had been captured, and the units came back at once; or the
    /// money is being refunded, and they come back when it is.
    TakenBack {
        /// Whose order.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many units it has.
        units: u32,
        /// By which post.
        post: PostId,
        /// Whether the post was noted before, while the money was being captured.
        noted: bool,
    },
    /// The money went back, and the units came back.
    Refunded {
        /// Whose order.
        id: ReservationId,
        /// Whose.
        account: Account,
        /// How many units.
        units: u32,
        /// What went back.
        amount: Money,
        /// The effect that is done.
        key: EffectKey,
    },
    /// The time in which the order could be taken back is over: the merchant is told.
    OrderFinal {
        /// Which order.
        id: ReservationId,
    },
    /// The prompt could not be delivered as a reply, in time or at all: it goes by e-mail.
    PromptMailed {
        /// Whose prompt.
        id: ReservationId,
        /// The reply that was given up, where its giving up is the reason.
        key: Option<EffectKey>,
    },
    /// Effects that nothing waits for were not carried out: they would come too late, or nobody wants
    /// to hear them.
    Dropped {
        /// Which.
        keys: Vec<EffectKey>,
    },
    /// An account stopped its own buying, everywhere.
    AccountFrozen {
        /// Which.
        account: Account,
        /// By which post.
        post: PostId,
        /// By its own time.
        posted_at: Timestamp,
    },
    /// An account may buy again.
    AccountUnfrozen {
        /// Which.
        account: Account,
    },
    /// An account wants no replies.
    AccountSilenced {
        /// Which.
        account: Account,
        /// By which post.
        post: PostId,
        /// By its own time.
        posted_at: Timestamp,
    },
    /// An account wants replies again.
    AccountHeard {
        /// Which.
        account: Account,
        /// By which post.
        post: PostId,
        /// By its own time.
        posted_at: Timestamp,
    },
    /// A statement-credit offer was opened to enrollments.
    CreditOfferAdded {
        /// Its number from now on.
        offer: OfferNo,
        /// What was agreed.
        terms: Box<CreditTerms>,
    },
    /// A card was enrolled.
    Enrolled {
        /// In which offer.
        offer: OfferNo,
        /// Whose, and which.
        enrollment: Box<Enrollment>,
    },
    /// A purchase earned a credit.
    PurchaseCredited {
        /// Of which offer.
        offer: OfferNo,
        /// Who enrolled the card.
        account: Account,
        /// The purchase.
        transaction: Box<Transaction>,
        /// What it earned.
        credit: Money,
        /// How many purchases of the card can still count.
        uses_left: u32,
    },
    /// A purchase earned nothing, or a refund took nothing back.
    PurchaseNotCounted {
        /// Of which offer.
        offer: OfferNo,
        /// Who enrolled the card.
        account: Account,
        /// The purchase or refund.
        transaction: Box<Transaction>,
        /// Why not.
        reason: Outcome,
        /// How many purchases of the card can still count.
        uses_left: u32,
    },
    /// A refund came before its purchase and waits for it.
    RefundParked {
        /// Of which offer.
        offer: OfferNo,
        /// Who enrolled the card.
        account: Account,
        /// The refund.
        transaction: Box<Transaction>,
    },
    /// A refund took a credit back, or a part of it.
    CreditReversed {
        /// Of which offer.
        offer: OfferNo,
        /// Who enrolled the card.
        account: Account,
        /// The refund.
        transaction: Box<Transaction>,
        /// How much of the credit went with it: nothing, where that is less than a minor unit.
        reversed: Money,
    },
}
