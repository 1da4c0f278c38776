//! The effects that wait in one lane.

use std::collections::BTreeMap;

use super::lane::Rank;
use super::pacer::Pacer;
use crate::domain::roster::Place;
use crate::domain::time::Timestamp;

/// Where a waiting effect stands in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) due: Timestamp,
    /// Counts the effects as they were accepted: first come, first served among equals.
    pub(super) turn: u64,
}

/// How many wait, by rank.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waiting {
    pub(super) prompts: usize,
    pub(super) results: usize,
    pub(super) rest: usize,
}

impl Waiting {
    fn of(&mut self, rank: Rank) -> &mut usize {
        match rank {
            Rank::Prompt => &mut self.prompts,
            Rank::Result => &mut self.results,
            Rank::Rest => &mut self.rest,
        }
    }
}

/// The waiting effects of one lane, by their places in the outbox. What is due moves from `later` to `ready` once, and is sorted
/// there by rank; every operation is logarithmic, the moves on average. What is due as it comes in goes through
/// `later` as well: should the clock be set back before it leaves, it waits again.
#[derive(Debug)]
pub(super) struct LaneQueue {
    bound: usize,
    in_flight: usize,
    pacer: Pacer,
    waiting: Waiting,
    later: BTreeMap<Slot, (Rank, Place)>,
    ready: BTreeMap<(Rank, Slot), Place>,
}

impl LaneQueue {
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            in_flight: 0,
            pacer: Pacer::default(),
            waiting: Waiting::default(),
            later: BTreeMap::new(),
            ready: BTreeMap::new(),
        }
    }

    pub(super) fn set_pacer(&mut self, pacer: Pacer) {
        self.pacer = pacer;
    }

    pub(super) fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    pub(super) fn insert(&mut self, rank: Rank, slot: Slot, place: Place) {
        self.later.insert(slot, (rank, place));
        *self.waiting.of(rank) += 1;
    }

    pub(super) fn remove(&mut self, rank: Rank, slot: Slot) {
        if self.later.remove(&slot).is_some() || self.ready.remove(&(rank, slot)).is_some() {
            *self.waiting.of(rank) -= 1;
        }
    }

    /// Whether an answer must come before anything more leaves.
    pub(super) fn is_full(&self) -> bool {
        self.in_flight >= self.bound
    }

    pub(super) fn may_leave(&self, now: Timestamp) -> bool {
        !self.is_full() && self.pacer.opens_at() <= now
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// When the first of them is due; a time that has passed, if one is ready.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let ready = self.ready.keys().next().map(|(_, slot)| slot.due);
        ready.or_else(|| self.later.keys().next().map(|slot| slot.due))
    }

    /// Takes the next that is due, by rank, due time and turn.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<Place> {
        while let Some(first) = self.later.first_entry().filter(|first| first.key().due <= now) {
            let (slot, (rank, place)) = first.remove_entry();
            self.ready.insert((rank, slot), place);
        }
        let ((rank, _), place) = self.ready.pop_first()?;
        *self.waiting.of(rank) -= 1;
        Some(place)
    }

    pub(super) fn depart(&mut self, now: Timestamp) {
        self.in_flight += 1;
        self.pacer.departed(now);
    }

    /// What left before the outbox was made.
    pub(super) fn departed(&mut self, at: Timestamp) {
        self.pacer.departed(at);
    }

    pub(super) fn arrive(&mut self) {
        self.in_flight = self.in_flight.checked_sub(1).expect("only what departed arrives");
    }
}
