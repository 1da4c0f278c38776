//! The effects that wait in one lane.

use super::lane::Rank;
use super::pacer::Pacer;
use super::rank_queue::RankQueue;
use crate::collections::stable_map::SlotId;
use crate::domain::time::Timestamp;

/// Where a waiting effect stands in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// The waiting effects of one lane, by their places in the outbox.
#[derive(Debug)]
pub(super) struct LaneQueue {
    bound: usize,
    in_flight: usize,
    pacer: Pacer,
    prompts: RankQueue,
    results: RankQueue,
    rest: RankQueue,
}

impl LaneQueue {
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            in_flight: 0,
            pacer: Pacer::default(),
            prompts: RankQueue::default(),
            results: RankQueue::default(),
            rest: RankQueue::default(),
        }
    }

    pub(super) fn set_pacer(&mut self, pacer: Pacer) {
        self.pacer = pacer;
    }

    pub(super) fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    /// Lets an effect wait, for the first time or `again`.
    pub(super) fn insert(&mut self, rank: Rank, slot: Slot, place: SlotId, again: bool) {
        self.of(rank).insert(slot, place, again);
    }

    /// Takes an effect out that waits.
    pub(super) fn remove(&mut self, rank: Rank, slot: Slot) {
        self.of(rank).remove(slot);
    }

    fn of(&mut self, rank: Rank) -> &mut RankQueue {
        match rank {
            Rank::Prompt => &mut self.prompts,
            Rank::Result => &mut self.results,
            Rank::Rest => &mut self.rest,
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
        Waiting { prompts: self.prompts.len(), results: self.results.len(), rest: self.rest.len() }
    }

    /// When the first of them is due; a time that has passed, if one may leave.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let first = [&self.prompts, &self.results, &self.rest].map(RankQueue::first);
        first.into_iter().flatten().map(|slot| slot.due).min()
    }

    /// Takes the next that is due, by rank, due time and turn.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<SlotId> {
        let ranks = [&mut self.prompts, &mut self.results, &mut self.rest];
        let due = ranks.into_iter().find(|rank| rank.first().is_some_and(|slot| slot.due <= now))?;
        due.pop_first()
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
