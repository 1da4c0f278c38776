//! How things stand in the model of an offer: reservations, waiters, parked words, orders.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::operation::Operation;
use crate::domain::event::Claim;
use crate::domain::id::{EffectKey, PostId};
use crate::domain::time::Timestamp;

/// How far a live reservation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Confirmed,
    Authorized,
    /// Sold and taken back: the units come back with the money.
    Returning,
}

/// A reservation that has not ended.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) claim: Claim,
    pub(super) stage: Stage,
    pub(super) prompted: bool,
    /// Whether the prompt went by e-mail.
    pub(super) mailed: bool,
    pub(super) deadline: Timestamp,
    pub(super) made_at: Timestamp,
    pub(super) made_in: u64,
    /// Whether it came from the line, and by which post the waiter had confirmed.
    pub(super) from_line: bool,
    pub(super) ahead: Option<PostId>,
}

/// A claim in line.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) claim: Claim,
    pub(super) ahead: Option<PostId>,
    /// Whether lots gave it its place.
    pub(super) drawn: bool,
}

/// A confirmation that came before its claim.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) post: PostId,
    pub(super) posted_at: Timestamp,
    pub(super) until: Timestamp,
}

/// What one account has of the offer. Dropped when it has nothing. Units that are on their way back are
/// in none of its counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) live: Vec<u32>,
    pub(super) reserved: i64,
    pub(super) waiting: i64,
    pub(super) sold: i64,
    pub(super) ticket: Option<u64>,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderStage {
    Placed,
    Authorized,
    Sold,
    /// Declined, and whether the money was kept for us already.
    Declined {
        authorized: bool,
    },
    /// Taken back before the card had answered.
    TakenBack,
    /// Taken back after the sale; the money is on its way back.
    Returning,
    /// Taken back, and the money is back.
    Refunded,
}

/// A confirmed reservation. Kept to the end: the ledger is read last.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) claim: Claim,
    pub(super) placed_at: Timestamp,
    pub(super) stage: OrderStage,
    /// The record of the last stage.
    pub(super) sequence: u64,
    /// The post that takes it back while the money is being captured.
    pub(super) taking_back: Option<PostId>,
    /// Whether it cannot be taken back any more.
    pub(super) is_final: bool,
    /// The record in which the card provider's answer came, where nothing waited for it any more.
    pub(super) answered_in: Option<u64>,
    /// The keys under which the history asks the card provider, and whether the merchant was told.
    pub(super) asked: BTreeMap<Operation, EffectKey>,
    pub(super) shipped: bool,
    /// What the ledger has of it.
    pub(super) paid: Paid,
}

/// What the ledger says of one order: the keys that it has seen, and the money that moved.
#[derive(Debug, Default)]
pub(super) struct Paid {
    pub(super) keys: BTreeMap<Operation, CompactString>,
    pub(super) authorizations: u32,
    pub(super) captures: u32,
    pub(super) refunds: u32,
}

/// What the ledger says of the whole offer.
#[derive(Debug, Default)]
pub(super) struct Takings {
    pub(super) units: i64,
    pub(super) minor: i128,
    /// The last record that had asked for any of it.
    pub(super) asked_by: u64,
}

impl Live {
    pub(super) fn new(claim: Claim, deadline: Timestamp, made_at: Timestamp, made_in: u64) -> Self {
        Self {
            claim,
            stage: Stage::Held,
            prompted: false,
            mailed: false,
            deadline,
            made_at,
            made_in,
            from_line: false,
            ahead: None,
        }
    }

    /// Whether it is the account's to keep: what is on its way back is not.
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
            asked: BTreeMap::new(),
            shipped: false,
            paid: Paid::default(),
        }
    }
}
