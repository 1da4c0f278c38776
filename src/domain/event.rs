//! Events: facts of the past. An event always applies, and the state is the sum of its events.
//!
//! The order of the variants and of their fields is the journal's stored form: new ones are appended.

mod authorized;
mod claim;
mod concern;
mod delivered;
mod unfreezing;

use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use self::authorized::Authorized;
pub use self::claim::Claim;
pub use self::delivered::{Delivered, Reference};
pub use self::unfreezing::Unfreezing;
use super::cid::Cid;
use super::credit::CreditTerms;
use super::dead_letter::Settlement;
use super::draw::Seed;
use super::has_address::HasAddress;
use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::lane::Lane;
use super::money::Money;
use super::objection::{Dispute, FraudWarning};
use super::outcome::Outcome;
use super::sale_order::{Deadlines, LineAtClose};
use super::terms::Terms;
use super::time::{Millis, Timestamp};
use super::transaction::Transaction;
use crate::collections::stored::shared;

/// A card in a statement-credit offer, as it was when its enrollment was decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enrollment {
    /// The account that enrolled it.
    pub account: Account,
    /// The enrolling post.
    pub post: PostId,
    /// When it was published, by the network's clock: later purchases count.
    pub posted_at: Timestamp,
    /// The card's token.
    pub card: CompactString,
    /// Whether the account has an address for letters about its purchases.
    #[serde(rename = "has_address")]
    pub email: HasAddress,
}

/// How an order was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By a post that arrived while the unit was reserved.
    Post,
    /// By a post that had arrived before its claim and was parked.
    Parked,
    /// By a post made while waiting in line, applied at the promotion.
    Waiting,
    /// By the claim itself, in a one-step sale.
    OneStep,
    /// By the signed link of a prompt that went by e-mail.
    Link,
}

/// One fact of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a field without a comment is what its name and type say")]
pub enum Event {
    /// An offer was put on sale.
    OfferAdded {
        /// The number by which the offer is known from now on.
        offer: OfferNo,
        terms: Box<Terms>,
    },
    /// The sale opened.
    OfferOpened { offer: OfferNo },
    /// Its last unit was sold.
    OfferSoldOut { offer: OfferNo },
    /// The sale closed.
    OfferClosed { offer: OfferNo },
    /// A claim reserved available units.
    Reserved {
        id: ReservationId,
        #[serde(with = "shared")]
        claim: Arc<Claim>,
        /// When the reservation ends unless the prompt is delivered sooner.
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
        /// The place in line at that time, from 1; 0 before the draw.
        place: u32,
    },
    /// The first waiter who can be served got units; a waiter who takes parts may wait on for the rest.
    Promoted {
        id: ReservationId,
        account: Account,
        units: u32,
        /// When the reservation ends unless the prompt is delivered sooner.
        deadline: Timestamp,
    },
    /// A confirmation arrived before its claim and is parked until the claim arrives.
    ConfirmParked {
        offer: OfferNo,
        account: Account,
        /// The confirming post.
        post: PostId,
        /// When the post was published.
        posted_at: Timestamp,
        /// Until when the confirmation is parked.
        until: Timestamp,
    },
    /// The claim of a parked confirmation did not arrive in time.
    ParkingEnded {
        offer: OfferNo,
        account: Account,
        /// The confirming post.
        post: PostId,
    },
    /// The prompt was delivered; the confirmation window starts.
    Prompted {
        id: ReservationId,
        /// The effect that this settles.
        key: EffectKey,
        /// The reply's id on its network.
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
    /// The card provider authorized the payment.
    Authorized(Authorized),
    /// The payment was captured: the units are sold.
    Sold {
        id: ReservationId,
        account: Account,
        units: u32,
        /// The captured amount.
        amount: Money,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The card provider declined the payment.
    Declined {
        id: ReservationId,
        account: Account,
        /// Units that became available.
        units: u32,
        /// The provider's reason for the decline.
        reason: CompactString,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The deadline passed without a confirmation.
    Expired {
        id: ReservationId,
        account: Account,
        /// Units that became available.
        units: u32,
    },
    /// The account passed its reservation on.
    Released {
        id: ReservationId,
        account: Account,
        /// Units that became available.
        units: u32,
        post: PostId,
    },
    /// The account passed its place in line on.
    LeftLine {
        offer: OfferNo,
        account: Account,
        /// Units that the claim waited for.
        units: u32,
        post: PostId,
    },
    /// The sale is over and every unit is sold: the waiter leaves the line.
    LineEnded {
        offer: OfferNo,
        account: Account,
        /// Units that the claim waited for.
        units: u32,
    },
    /// Effects that nothing waits for were carried out.
    Delivered(Delivered),
    /// An effect was given up and became a dead letter.
    DeadLettered {
        key: EffectKey,
        /// The last error of the provider.
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
    /// Available units were taken off the sale.
    Withdrawn {
        offer: OfferNo,
        units: u32,
        /// The idempotency key of the change.
        key: CompactString,
    },
    /// A claim entered the draw of the opening.
    Entered {
        offer: OfferNo,
        #[serde(with = "shared")]
        claim: Arc<Claim>,
    },
    /// The draw took place: from now on the line is in the drawn order.
    Drawn {
        offer: OfferNo,
        /// The seed, which the draw reveals.
        seed: Seed,
    },
    /// A buyer takes back an order whose payment is being captured. The provider's report decides whether
    /// there is anything to refund.
    TakeBackNoted {
        id: ReservationId,
        account: Account,
        /// Units of the order.
        units: u32,
        post: PostId,
    },
    /// A buyer took an order back. Nothing was captured, and the units are available at once; or the payment
    /// is being refunded, and the units become available after the refund.
    TakenBack {
        id: ReservationId,
        account: Account,
        /// Units of the order.
        units: u32,
        post: PostId,
        /// Whether the post was noted before, during the capture.
        noted: bool,
    },
    /// The payment was refunded, and the units are available again.
    Refunded {
        id: ReservationId,
        account: Account,
        units: u32,
        /// The refunded amount.
        amount: Money,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The time to take the order back is over: the order is passed to the merchant.
    OrderFinal { id: ReservationId },
    /// The prompt could not be delivered as a reply in time; it goes by e-mail.
    PromptMailed {
        id: ReservationId,
        /// The reply that was given up; `None` if its time was over instead.
        key: Option<EffectKey>,
    },
    /// Effects that nothing waits for were dropped: they were stale, or their account opted out.
    Dropped { keys: Vec<EffectKey> },
    /// An account froze itself in all campaigns.
    AccountFrozen { account: Account, post: PostId, posted_at: Timestamp },
    /// An account may buy again.
    AccountUnfrozen(Unfreezing),
    /// An account opted out of replies.
    AccountSilenced { account: Account, post: PostId, posted_at: Timestamp },
    /// An account opted in to replies again. Its serialized name is the one that it had first.
    #[serde(rename = "account_heard")]
    AccountOptedIn { account: Account, post: PostId, posted_at: Timestamp },
    /// A statement-credit offer was opened for enrollments.
    CreditOfferAdded {
        /// The number by which the offer is known from now on.
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
        /// The credit that the purchase earned.
        credit: Money,
        /// Purchases of the card that can still earn a credit.
        uses_left: u32,
    },
    /// A purchase earned nothing, or a refund took nothing back.
    PurchaseNotCounted {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
        reason: Outcome,
        /// Purchases of the card that can still earn a credit.
        uses_left: u32,
    },
    /// A refund arrived before its purchase and is parked until the purchase arrives.
    RefundParked {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
    },
    /// A refund reversed a credit, or a part of it.
    CreditReversed {
        offer: OfferNo,
        /// The account that enrolled the card.
        account: Account,
        transaction: Box<Transaction>,
        /// The part of the credit that is reversed; zero if it is less than a minor unit.
        reversed: Money,
    },
    /// A provider gave no answers, and its lane is paused. What the partition records from now on until the lane
    /// goes on does not leave, unless it is a probe.
    LanePaused { lane: Lane },
    /// An effect may leave its paused lane, to find out whether the provider answers again.
    LaneProbed { lane: Lane, key: EffectKey },
    /// The provider answered, and its lane goes on.
    LaneResumed { lane: Lane },
    /// The operator paused the sale: claims are refused until it is resumed.
    OfferPaused {
        offer: OfferNo,
        deadlines: Deadlines,
        /// The operator's reason; may be empty.
        reason: CompactString,
    },
    /// The operator resumed the sale.
    OfferResumed {
        offer: OfferNo,
        /// By how much the frozen deadlines move; zero if they ran on.
        moved: Millis,
        /// The operator's reason; may be empty.
        reason: CompactString,
    },
    /// The operator closed the sale before its time.
    CloseOrdered {
        offer: OfferNo,
        line: LineAtClose,
        /// The operator's reason; may be empty.
        reason: CompactString,
    },
    /// The operator closed the sale and released the line: the waiter leaves it.
    LineReleased {
        offer: OfferNo,
        account: Account,
        /// Units that the claim waited for.
        units: u32,
    },
    /// The units of a reservation join another reservation of the same claim, so that the decision confirms
    /// them as one order. The joined reservation ends.
    Joined {
        id: ReservationId,
        account: Account,
        /// Units that join.
        units: u32,
        /// The ordinal of the reservation that they join.
        into: u32,
    },
    /// The terms of an offer were corrected before it opened.
    OfferCorrected { offer: OfferNo, terms: Box<Terms> },
    /// The terms of a statement-credit offer were corrected before it opened.
    CreditOfferCorrected { offer: OfferNo, terms: Box<CreditTerms> },
    /// A cancellation arrived before its claim and is parked until the claim arrives.
    CancelParked {
        offer: OfferNo,
        account: Account,
        /// The cancelling post.
        post: PostId,
        /// When the post was published.
        posted_at: Timestamp,
        /// Until when the cancellation is parked.
        until: Timestamp,
    },
    /// A claim arrived whose author had cancelled it before: it gets nothing.
    ClaimCancelled {
        offer: OfferNo,
        account: Account,
        /// The claiming post.
        post: PostId,
        /// Units that the claim asked for.
        units: u32,
        /// The parked cancellation that this ends.
        by: PostId,
    },
    /// The deletion of a post arrived before the post and is parked until the post arrives.
    DeletionParked {
        account: Account,
        /// The deleted post.
        post: PostId,
        /// Until when the deletion is parked.
        until: Timestamp,
    },
    /// A purchase by a card that is not enrolled, or the refund of one, arrived and is parked: its enrollment may
    /// still arrive.
    TransactionParked {
        offer: OfferNo,
        /// The account to which the card is linked.
        account: Account,
        transaction: Box<Transaction>,
        /// Until when the transaction is parked.
        until: Timestamp,
    },
    /// An operator lets a dead letter be tried again, under its key.
    DeadLetterRetried { key: EffectKey },
    /// An operator settled a dead letter. What follows from it for an order follows in the same record.
    DeadLetterSettled { key: EffectKey, settlement: Settlement },
    /// The prompt that went by e-mail was delivered, in an offer that reminds its buyers.
    PromptMailDelivered {
        id: ReservationId,
        /// The effect that this settles.
        key: EffectKey,
    },
    /// The time came to remind of a reservation that is not confirmed. The letter leaves with this record, unless the
    /// deadline has passed.
    ReminderDue { id: ReservationId },
    /// The confirming post in this record was told of by a stream that nobody has to trust.
    ConfirmationHeard {
        offer: OfferNo,
        account: Account,
        /// The confirming post.
        post: PostId,
        /// The hash of its content.
        cid: Box<Cid>,
    },
    /// Letters did not reach their readers and never will: the addresses are none, or get no letters any more.
    MailBounced { keys: Vec<EffectKey> },
    /// The payment of an order is disputed, or the dispute stands otherwise than before.
    Disputed { id: ReservationId, dispute: Box<Dispute> },
    /// The bank of the card that paid an order warns of fraud, or takes the warning back.
    FraudWarned { id: ReservationId, warning: Box<FraudWarning> },
}
