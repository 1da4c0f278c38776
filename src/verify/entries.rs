//! The entries in the model of an offer: reservations, waiters, confirmations that came early, orders.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::operation::Operation;
use crate::domain::event::Claim;
use crate::domain::id::{EffectKey, PostId};
use crate::domain::provider_ref::PaymentRef;
use crate::domain::session::PARKED_FOR;
use crate::domain::time::Timestamp;

/// The stage of a live reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Confirmed,
    Authorized,
    /// Sold and taken back: the units become free when the money is refunded.
    Returning,
}

/// A reservation that has not ended.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) claim: Claim,
    pub(super) stage: Stage,
    pub(super) prompted: bool,
    /// Whether the prompt was sent by e-mail.
    pub(super) mailed: bool,
    /// Whether the prompt is delivered, as a reply or by e-mail.
    pub(super) delivered: bool,
    /// Whether the time of its reminder came.
    pub(super) reminded: bool,
    pub(super) deadline: Timestamp,
    pub(super) made_at: Timestamp,
    /// When its window began to count: `made_at`, moved by the pauses that froze it.
    pub(super) counts_from: Timestamp,
    pub(super) made_in: u64,
    /// Whether it came from the waitlist, and the post by which the waiter had already confirmed.
    pub(super) from_line: bool,
    pub(super) ahead: Option<PostId>,
}

/// A claim on the waitlist.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) claim: Claim,
    pub(super) ahead: Option<PostId>,
    /// Whether a draw gave it its place.
    pub(super) drawn: bool,
}

/// A confirmation that came before its claim.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) post: PostId,
    pub(super) posted_at: Timestamp,
    pub(super) until: Timestamp,
}

impl Parked {
    /// When it arrived.
    pub(super) fn parked_at(&self) -> Timestamp {
        Timestamp::from_ms(self.until.ms() - PARKED_FOR.ms())
    }

    /// Whether its own time is later than its arrival.
    pub(super) fn is_ahead(&self) -> bool {
        self.posted_at > self.parked_at()
    }
}

/// What one account has in the offer. Removed when the account has nothing. Units on their way back are in
/// none of its counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) live: Vec<u32>,
    pub(super) reserved: i64,
    pub(super) waiting: i64,
    pub(super) sold: i64,
    pub(super) ticket: Option<u64>,
}

/// The stage of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderStage {
    Placed,
    Authorized,
    Sold,
    /// Declined, and whether the money had already been authorized.
    Declined {
        authorized: bool,
    },
    /// Taken back before the card answered.
    TakenBack,
    /// Taken back after the sale; the refund is pending.
    Returning,
    /// Taken back and refunded.
    Refunded,
}

/// A confirmed reservation. Kept to the end, because the ledger is read last.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) claim: Claim,
    pub(super) placed_at: Timestamp,
    pub(super) stage: OrderStage,
    /// The record of its last change of stage.
    pub(super) sequence: u64,
    /// The post that takes the order back while the money is being captured.
    pub(super) taking_back: Option<PostId>,
    /// Whether it can no longer be taken back.
    pub(super) is_final: bool,
    /// The record with the card provider's answer, if nothing waited for that answer any more.
    pub(super) answered_in: Option<u64>,
    /// The card provider's id of the payment.
    pub(super) payment: Option<PaymentRef>,
    /// The keys of the requests to the card provider, and whether the merchant was notified.
    pub(super) asked: BTreeMap<Operation, EffectKey>,
    pub(super) shipped: bool,
    /// Whether an operator settled one of its payments that had become a dead letter.
    pub(super) by_operator: bool,
    /// Whether its card is asked only after posts that relays told of were read again.
    pub(super) rests_on_heard: bool,
    /// What the ledger shows for it.
    pub(super) paid: Paid,
}

/// What the ledger shows for one order: the keys it contains, and the money that moved.
#[derive(Debug, Default)]
pub(super) struct Paid {
    pub(super) keys: BTreeMap<Operation, CompactString>,
    pub(super) authorizations: u32,
    pub(super) captures: u32,
    pub(super) refunds: u32,
}

/// What the ledger shows for the whole offer.
#[derive(Debug, Default)]
pub(super) struct Takings {
    pub(super) units: i64,
    pub(super) minor: i128,
    /// The last record that requested one of its payments.
    pub(super) asked_by: u64,
}

impl Live {
    /// Whether its prompt went by e-mail, and no reply was delivered.
    pub(super) fn awaits_reply(&self) -> bool {
        self.stage == Stage::Held && self.mailed && !self.prompted
    }

    pub(super) fn new(claim: Claim, deadline: Timestamp, made_at: Timestamp, made_in: u64) -> Self {
        Self {
            claim,
            stage: Stage::Held,
            prompted: false,
            mailed: false,
            delivered: false,
            reminded: false,
            deadline,
            made_at,
            counts_from: made_at,
            made_in,
            from_line: false,
            ahead: None,
        }
    }

    /// Whether the account owns it: units on their way back do not count.
    pub(super) fn is_kept(&self) -> bool {
        self.stage != Stage::Returning
    }
}

impl Waiter {
    pub(super) fn new(claim: Claim) -> Self {
        Self { claim, ahead: None, drawn: false }
    }
}

impl Order {
    pub(super) fn new(claim: Claim, sequence: u64, placed_at: Timestamp) -> Self {
        Self {
            claim,
            placed_at,
            stage: OrderStage::Placed,
            sequence,
            taking_back: None,
            is_final: false,
            answered_in: None,
            payment: None,
            asked: BTreeMap::new(),
            shipped: false,
            by_operator: false,
            rests_on_heard: false,
            paid: Paid::default(),
        }
    }
}
