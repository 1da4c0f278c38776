//! A holding: what one account has of one offer, and what it has had.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::waitlist::Ticket;

/// What one account has of an offer. Its session keeps it, and the offer judges by it and changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holding {
    /// Live reservations, the oldest first. There are several where a claim got its units in parts, and
    /// where an order that was taken back waits for its refund.
    pub(super) reservations: SmallVec<[u32; 2]>,
    pub(super) ticket: Option<Ticket>,
    pub(super) sold: u32,
    /// Whether its last reservation expired, and nothing came after.
    pub(super) expired: bool,
}

impl Holding {
    /// Whether there is a reservation or a place in line.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.reservations.is_empty() || self.ticket.is_some()
    }

    /// Gives who waits the ticket that was drawn.
    pub(super) fn draw(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// How many units were bought.
    #[must_use]
    pub fn sold(&self) -> u32 {
        self.sold
    }
}
