//! The waitlist of an offer: claims in the order of their arrival, the head served first.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

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
#[derive(Debug, Clone, Default)]
pub struct Waitlist {
    line: BTreeMap<u64, Waiter>,
    next_ticket: u64,
    ahead: Places,
}

impl Hash for Waitlist {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.line, self.next_ticket).hash(hasher);
    }
}

impl Waitlist {
    /// Puts a claim at the end of the line and returns its ticket.
    pub fn join(&mut self, claim: Claim) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.line.insert(ticket, Waiter { claim, confirmed: None });
        self.ahead.push();
        ticket
    }

    /// Takes a claim out of the line.
    pub fn leave(&mut self, ticket: u64) -> Option<Waiter> {
        let waiter = self.line.remove(&ticket)?;
        self.ahead.remove(ticket);
        Some(waiter)
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

    /// The place in line, from 1, of the waiter with that ticket.
    #[must_use]
    pub fn place(&self, ticket: u64) -> u32 {
        self.ahead.up_to(ticket)
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

/// How many wait up to a ticket. Sums over powers of two (a Fenwick tree), because a waiter may ask
/// for the place at any time, and the line may be a million long.
#[derive(Debug, Clone, Default)]
struct Places {
    /// At index `i - 1`: how many wait of the tickets `i - lowest_bit(i) .. i`.
    sums: Vec<u32>,
}

const fn lowest_bit(index: usize) -> usize {
    index & index.wrapping_neg()
}

impl Places {
    fn index(ticket: u64) -> usize {
        usize::try_from(ticket).map_or(usize::MAX, |ticket| ticket.saturating_add(1))
    }

    fn at(&self, index: usize) -> u32 {
        self.sums.get(index - 1).copied().unwrap_or(0)
    }

    /// The next ticket joins.
    fn push(&mut self) {
        let index = self.sums.len() + 1;
        let (mut sum, mut part) = (1, index - 1);
        while part > index - lowest_bit(index) {
            sum += self.at(part);
            part -= lowest_bit(part);
        }
        self.sums.push(sum);
    }

    /// A ticket that waits leaves.
    fn remove(&mut self, ticket: u64) {
        let mut index = Self::index(ticket);
        while let Some(sum) = self.sums.get_mut(index - 1) {
            *sum -= 1;
            index += lowest_bit(index);
        }
    }

    /// How many wait of this ticket and those before it.
    fn up_to(&self, ticket: u64) -> u32 {
        let (mut sum, mut index) = (0, Self::index(ticket).min(self.sums.len()));
        while index > 0 {
            sum += self.at(index);
            index -= lowest_bit(index);
        }
        sum
    }
}
