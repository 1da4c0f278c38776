//! How things stand in the book of an offer: reservations, waiters, parked words, orders.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::ledger::Operation;
use crate::domain::event::Claim;
use crate::domain::id::{Account, EffectKey, PostId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// How far a live reservation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Confirmed,
    Authorized,
}

/// A reservation that has not ended.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) claim: Claim,
    pub(super) stage: Stage,
    pub(super) prompted: bool,
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
}

/// A confirmation that came before its claim.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) post: PostId,
    pub(super) posted_at: Timestamp,
    pub(super) until: Timestamp,
}

/// What one account has of the offer. Dropped when it has nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) live: u32,
    pub(super) reserved: i64,
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
}

/// A confirmed reservation. Kept to the end: the ledger is read last.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) account: Account,
    pub(super) card: CompactString,
    pub(super) amount: Money,
    pub(super) units: u32,
    pub(super) stage: OrderStage,
    /// The record of the last stage.
    pub(super) sequence: u64,
    /// The keys under which the history asks the card provider, and whether the merchant was told.
    pub(super) asked: BTreeMap<Operation, EffectKey>,
    pub(super) shipped: bool,
    /// The keys that the ledger has seen, and the money that moved.
    pub(super) keys: BTreeMap<Operation, CompactString>,
    pub(super) captures: u32,
    pub(super) refunds: u32,
}

/// What the ledger says of the whole offer.
#[derive(Debug, Default)]
pub(super) struct Takings {
    pub(super) units: i64,
    pub(super) minor: i128,
}

impl Live {
    pub(super) fn new(claim: Claim, deadline: Timestamp, made_at: Timestamp, made_in: u64) -> Self {
        let (stage, prompted, from_line, ahead) = (Stage::Held, false, false, None);
        Self { claim, stage, prompted, deadline, made_at, made_in, from_line, ahead }
    }
}

impl Order {
    pub(super) fn new(claim: &Claim, sequence: u64) -> Self {
        Self {
            account: claim.account.clone(),
            card: claim.card.clone(),
            amount: claim.amount,
            units: claim.units,
            stage: OrderStage::Placed,
            sequence,
            asked: BTreeMap::new(),
            shipped: false,
            keys: BTreeMap::new(),
            captures: 0,
            refunds: 0,
        }
    }
}
