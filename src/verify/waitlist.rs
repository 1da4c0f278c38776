//! The waitlist of an offer: its waiters, in the order in which they are served.

use std::collections::{BTreeMap, BTreeSet};

use super::entries::Waiter;
use super::lots::lots;
use super::price::total;
use crate::domain::draw::Seed;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// The waiters by ticket, and the tickets by the fewest units that can serve them. The second index avoids a
/// walk over a long waitlist of large claims for each unit.
#[derive(Debug, Default)]
pub(super) struct Waitlist {
    waiters: BTreeMap<u64, Waiter>,
    by_need: BTreeMap<u32, BTreeSet<u64>>,
    last_ticket: u64,
}

/// Returns the fewest units that can serve a claim for `units`.
fn need(terms: &Terms, units: u32) -> u32 {
    if terms.rules.partial { 1 } else { units }
}

impl Waitlist {
    pub(super) fn len(&self) -> u64 {
        self.waiters.len() as u64
    }

    pub(super) fn get(&self, ticket: u64) -> Option<&Waiter> {
        self.waiters.get(&ticket)
    }

    pub(super) fn get_mut(&mut self, ticket: u64) -> Option<&mut Waiter> {
        self.waiters.get_mut(&ticket)
    }

    /// Iterates over the tickets and waiters, the head first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Waiter)> {
        self.waiters.iter().map(|(&ticket, waiter)| (ticket, waiter))
    }

    /// Returns the first waiter who can be served with `units` or fewer.
    pub(super) fn first_within(&self, units: i64) -> Option<&Waiter> {
        let served = self.by_need.iter().take_while(|(need, _)| i64::from(**need) <= units);
        let first = served.filter_map(|(_, tickets)| tickets.first()).min()?;
        self.waiters.get(first)
    }

    pub(super) fn join(&mut self, terms: &Terms, waiter: Waiter) -> u64 {
        self.last_ticket += 1;
        self.insert(terms, self.last_ticket, waiter);
        self.last_ticket
    }

    fn insert(&mut self, terms: &Terms, ticket: u64, waiter: Waiter) {
        self.by_need.entry(need(terms, waiter.claim.units)).or_default().insert(ticket);
        self.waiters.insert(ticket, waiter);
    }

    pub(super) fn leave(&mut self, terms: &Terms, ticket: u64) -> Option<Waiter> {
        let waiter = self.waiters.remove(&ticket)?;
        let need = need(terms, waiter.claim.units);
        if let Some(alike) = self.by_need.get_mut(&need) {
            alike.remove(&ticket);
            if alike.is_empty() {
                self.by_need.remove(&need);
            }
        }
        Some(waiter)
    }

    /// Takes units of a waiter's claim off the waitlist. A waiter who gets a part keeps the place for the
    /// rest.
    pub(super) fn take(&mut self, terms: &Terms, ticket: u64, units: u32) -> Option<Waiter> {
        let mut taken = self.leave(terms, ticket)?;
        let Some(rest) = taken.claim.units.checked_sub(units).filter(|rest| *rest > 0) else {
            return Some(taken);
        };
        let mut kept = Waiter { claim: taken.claim.clone(), ahead: taken.ahead.clone(), drawn: taken.drawn };
        for (waiter, units) in [(&mut taken, units), (&mut kept, rest)] {
            waiter.claim.amount = total(terms, units, waiter.claim.rate);
            waiter.claim.units = units;
        }
        self.insert(terms, ticket, kept);
        Some(taken)
    }

    /// Runs the draw: claims made before `ends` are put in the order of the draw; all others follow in the
    /// order in which they came. Returns the number of entries.
    pub(super) fn cast_lots(&mut self, terms: &Terms, seed: &Seed, ends: Timestamp) -> u32 {
        self.by_need.clear();
        let waiters = std::mem::take(&mut self.waiters).into_values();
        let (entered, behind): (Vec<_>, Vec<_>) = waiters.partition(|waiter| waiter.claim.posted_at < ends);
        let entries = u32::try_from(entered.len()).unwrap_or(u32::MAX);
        let order = lots(&seed.reveal(), entered.iter().map(|waiter| &waiter.claim));
        let mut entered: BTreeMap<_, _> = (0..).zip(entered).collect();
        for waiter in order.into_iter().filter_map(|lot| entered.remove(&lot)) {
            self.join(terms, Waiter { drawn: true, ..waiter });
        }
        for waiter in behind {
            self.join(terms, waiter);
        }
        entries
    }
}
