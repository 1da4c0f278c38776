//! A holding: the reservations and the place in line that one account has of one offer, and its purchases.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::id::PostId;
use super::waitlist::Ticket;

/// One account's share of an offer. The account's session keeps it; the offer decides by it and changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holding {
    /// Ordinals of the live reservations, the oldest first. There are several if a claim got its units in
    /// parts, or if an order that was taken back waits for its refund.
    pub(super) reservations: SmallVec<[u32; 2]>,
    pub(super) ticket: Option<Ticket>,
    pub(super) sold: u32,
    /// Whether its last reservation expired and no other followed.
    pub(super) expired: bool,
    /// The prompts of the account's last claim whose reservations expired: a repost of one is a late
    /// confirmation.
    #[serde(default)]
    pub(super) lapsed: Vec<PostId>,
}

impl Holding {
    /// Whether the account has a reservation or a place in line.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.reservations.is_empty() || self.ticket.is_some()
    }

    /// Replaces a waiter's ticket by the drawn one.
    pub(super) fn draw(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// Units that the account bought.
    #[must_use]
    pub fn sold(&self) -> u32 {
        self.sold
    }
}
