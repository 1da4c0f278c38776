//! The waitlist of an offer: claims in the order of their arrival, the head served first.

use std::collections::BTreeMap;

use super::event::Claim;
use super::id::PostId;

/// A claim in line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Waiter {
    /// What is wanted, and who would pay.
    pub claim: Claim,
    /// The post by which the waiter confirmed ahead.
    pub confirmed: Option<PostId>,
}

/// First come, first served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Waitlist {
    line: BTreeMap<u64, Waiter>,
    next_ticket: u64,
}

impl Waitlist {
    /// Puts a claim at the end of the line and returns its ticket.
    pub fn join(&mut self, claim: Claim) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.line.insert(ticket, Waiter { claim, confirmed: None });
        ticket
    }

    /// Takes a claim out of the line.
    pub fn leave(&mut self, ticket: u64) -> Option<Waiter> {
        self.line.remove(&ticket)
    }

    /// The waiter with that ticket.
    #[must_use]
    pub fn get(&self, ticket: u64) -> Option<&Waiter> {
        self.line.get(&ticket)
    }

    /// Remembers that the waiter confirmed ahead; the first such post counts.
    pub fn confirm(&mut self, ticket: u64, post: PostId) {
        if let Some(waiter) = self.line.get_mut(&ticket) {
            waiter.confirmed.get_or_insert(post);
        }
    }

    /// The waiters, the head first.
    pub fn iter(&self) -> impl Iterator<Item = &Waiter> {
        self.line.values()
    }

    /// The place in line, from 1. Walks the line.
    #[must_use]
    pub fn place(&self, ticket: u64) -> u32 {
        u32::try_from(self.line.range(..=ticket).count()).unwrap_or(u32::MAX)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.line.len()).unwrap_or(u32::MAX)
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }
}
