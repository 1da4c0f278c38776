//! The waitlist of an offer: claims in the order of their arrival, or of the draw. The first waiter who can
//! be served goes first: a waiter who needs more units than are free is passed over and blocks nobody.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::hash::{Hash, Hasher};
use std::iter::Peekable;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::cid::Cid;
use super::event::Claim;
use super::id::PostId;
use crate::collections::stored::{Put, Take, shared};

/// A claim in line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waiter {
    /// The claim; shared with the reservation that the waiter gets.
    #[serde(with = "shared")]
    pub claim: Arc<Claim>,
    /// The post that confirmed ahead; `None` if the waiter has not confirmed.
    pub confirmed: Option<PostId>,
    /// The hash of that post, if a stream told of it that nobody has to trust.
    #[serde(default)]
    pub cid: Option<Box<Cid>>,
}

/// A waiter's number in the order of the line, and the fewest units that serve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket {
    number: u64,
    least: u32,
}

/// A queue of claims with different needs. Waiters with equal needs are kept together, so that finding the
/// first one who can be served takes no scan of the line.
#[derive(Debug, Clone, Default)]
pub struct Waitlist {
    by_need: BTreeMap<u32, BTreeMap<u64, Waiter>>,
    len: u32,
    next_number: u64,
    ahead: Places,
}

impl Hash for Waitlist {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.by_need, self.next_number).hash(hasher);
    }
}

impl Waitlist {
    /// Puts a claim at the end of the line. `least` is the fewest units that serve it.
    pub fn join(&mut self, claim: Arc<Claim>, least: u32) -> Ticket {
        self.enter(Waiter { claim, confirmed: None, cid: None }, least)
    }

    fn enter(&mut self, waiter: Waiter, least: u32) -> Ticket {
        let ticket = Ticket { number: self.next_number, least };
        self.next_number += 1;
        self.by_need.entry(least).or_default().insert(ticket.number, waiter);
        self.len += 1;
        self.ahead.push();
        ticket
    }

    /// Removes a claim from the line.
    pub fn leave(&mut self, ticket: Ticket) -> Option<Waiter> {
        let alike = self.by_need.get_mut(&ticket.least)?;
        let waiter = alike.remove(&ticket.number)?;
        if alike.is_empty() {
            self.by_need.remove(&ticket.least);
        }
        self.len -= 1;
        self.ahead.remove(ticket.number);
        Some(waiter)
    }

    /// The waiter with this ticket.
    #[must_use]
    pub fn get(&self, ticket: Ticket) -> Option<&Waiter> {
        self.by_need.get(&ticket.least)?.get(&ticket.number)
    }

    /// The waiter with this ticket, mutable.
    pub fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Waiter> {
        self.by_need.get_mut(&ticket.least)?.get_mut(&ticket.number)
    }

    /// The waiters, the head first.
    pub fn iter(&self) -> impl Iterator<Item = &Waiter> {
        let mut turns = self.turns();
        std::iter::from_fn(move || turns.next_within(u32::MAX).map(|(_, waiter)| waiter))
    }

    /// Iterates over the waiters that a number of units can serve, the head first.
    #[must_use]
    pub fn turns(&self) -> Turns<'_> {
        Turns(self.by_need.iter().map(|(&least, alike)| (least, alike.iter().peekable())).collect())
    }

    /// The fewest units that serve some claim; `None` if no claim waits.
    #[must_use]
    pub fn least_need(&self) -> Option<u32> {
        self.by_need.keys().next().copied()
    }

    /// Reorders the line. `order` names the waiters by their current places, from 0. Each waiter gets a new
    /// ticket.
    pub fn reorder(&mut self, order: impl IntoIterator<Item = usize>) {
        let mut turns = self.turns();
        let mut waiters: Vec<Option<(u32, Waiter)>> = Vec::with_capacity(self.len as usize);
        while let Some((ticket, waiter)) = turns.next_within(u32::MAX) {
            waiters.push(Some((ticket.least, waiter.clone())));
        }
        drop(turns);
        self.by_need.clear();
        (self.len, self.ahead) = (0, Places::skipping(self.next_number));
        for place in order {
            let (least, waiter) = waiters.get_mut(place).and_then(Option::take).expect("each place once");
            self.enter(waiter, least);
        }
        assert!(waiters.iter().all(Option::is_none), "nobody is forgotten");
    }

    /// The place in line, from 1, of the waiter with this ticket.
    #[must_use]
    pub fn place(&self, ticket: Ticket) -> u32 {
        self.ahead.up_to(ticket.number)
    }

    /// Writes the line.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        // The counts are derived when the line is read.
        let Self { by_need, len: _, next_number, ahead: _ } = self;
        out.put(next_number)?;
        out.put(&by_need.len())?;
        for (least, alike) in by_need {
            out.put(least)?;
            out.put_all(alike.iter())?;
        }
        Ok(())
    }

    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let next_number = from.take()?;
        let mut by_need = BTreeMap::<u32, BTreeMap<u64, Waiter>>::new();
        for _ in 0..from.take::<usize>()? {
            by_need.insert(from.take()?, from.take_sorted()?);
        }
        let numbers = || by_need.values().flat_map(BTreeMap::keys).copied();
        let len = u32::try_from(numbers().count()).expect("a line that was counted can be");
        let ahead = Places::of(next_number, numbers());
        Ok(Self { len, next_number, ahead, by_need })
    }

    /// Claims in line.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether no claim waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Waiters with equal needs, in line.
type Alike<'w> = Peekable<btree_map::Iter<'w, u64, Waiter>>;

/// Iterates over the waiters, each once. The inline capacity fits the usual case: all have one need.
pub struct Turns<'w>(SmallVec<[(u32, Alike<'w>); 1]>);

impl<'w> Turns<'w> {
    /// The next waiter whom `units` or fewer serve. A waiter who needs more stays in the iterator, but is not
    /// needed again: `units` only decreases while units are handed out.
    pub fn next_within(&mut self, units: u32) -> Option<(Ticket, &'w Waiter)> {
        let served = self.0.iter_mut().take_while(|(least, _)| *least <= units);
        let first = served.filter_map(|(least, alike)| {
            let number = **alike.peek().map(|(number, _)| number)?;
            Some((number, *least, alike))
        });
        let (number, least, alike) = first.min_by_key(|(number, ..)| *number)?;
        alike.next().map(|(_, waiter)| (Ticket { number, least }, waiter))
    }
}

/// Counts the waiters up to a ticket. A Fenwick tree, because each answer to a waiter reports a place, and
/// the line may be a million long.
#[derive(Debug, Clone, Default)]
struct Places {
    /// Index `i - 1` holds the number of waiters among the tickets `i - lowest_bit(i) .. i`.
    sums: Vec<u32>,
}

const fn lowest_bit(index: usize) -> usize {
    index & index.wrapping_neg()
}

impl Places {
    /// The places of an empty line whose next ticket is `next_number`.
    fn skipping(next_number: u64) -> Self {
        Self { sums: vec![0; usize::try_from(next_number).expect("a line fits into memory")] }
    }

    /// The places of a line whose next ticket is `next_number` and in which the tickets `waiting` wait.
    fn of(next_number: u64, waiting: impl Iterator<Item = u64>) -> Self {
        let mut places = Self::skipping(next_number);
        for ticket in waiting {
            if let Some(own) = places.sums.get_mut(Self::index(ticket) - 1) {
                *own += 1;
            }
        }
        for index in 1..=places.sums.len() {
            let sum = places.at(index);
            if let Some(above) = places.sums.get_mut(index + lowest_bit(index) - 1) {
                *above += sum;
            }
        }
        places
    }

    fn index(ticket: u64) -> usize {
        usize::try_from(ticket).map_or(usize::MAX, |ticket| ticket.saturating_add(1))
    }

    fn at(&self, index: usize) -> u32 {
        self.sums.get(index - 1).copied().unwrap_or(0)
    }

    /// Appends the next ticket.
    fn push(&mut self) {
        let index = self.sums.len() + 1;
        let (mut sum, mut part) = (1, index - 1);
        while part > index - lowest_bit(index) {
            sum += self.at(part);
            part -= lowest_bit(part);
        }
        self.sums.push(sum);
    }

    /// Removes a ticket that waits.
    fn remove(&mut self, ticket: u64) {
        let mut index = Self::index(ticket);
        while let Some(sum) = self.sums.get_mut(index - 1) {
            *sum -= 1;
            index += lowest_bit(index);
        }
    }

    /// The number of waiters with this ticket or an earlier one.
    fn up_to(&self, ticket: u64) -> u32 {
        let (mut sum, mut index) = (0, Self::index(ticket).min(self.sums.len()));
        while index > 0 {
            sum += self.at(index);
            index -= lowest_bit(index);
        }
        sum
    }
}
