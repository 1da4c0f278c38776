//! The effects that wait in one lane.

use super::breaker::Breaker;
use super::lane::Rank;
use super::pacer::Pacer;
use super::position::Position;
use crate::collections::deadline_queue::DeadlineQueue;
use crate::collections::stable_map::SlotId;
use crate::domain::time::Timestamp;

/// Waiting effects in the order in which they leave. Nearly all are inserted in that order, and while a
/// network is slow there are millions.
type RankQueue = DeadlineQueue<Position, SlotId>;

/// Number of waiting effects, by rank.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waiting {
    pub(super) prompts: usize,
    pub(super) results: usize,
    pub(super) rest: usize,
}

/// The waiting effects of one lane, by their slots in the outbox.
#[derive(Debug)]
pub(super) struct LaneQueue {
    /// Upper bound on attempts under way.
    bound: usize,
    in_flight: usize,
    pacer: Pacer,
    pub(super) breaker: Breaker,
    /// The provider accepts no requests before this time.
    throttled_until: Timestamp,
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
            breaker: Breaker::default(),
            throttled_until: Timestamp::MIN,
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

    /// Adds a waiting effect. `again` is set unless it waits for the first time.
    pub(super) fn insert(&mut self, rank: Rank, position: Position, slot: SlotId, again: bool) {
        let queue = self.of(rank);
        if again {
            queue.insert_far(position, slot);
        } else {
            queue.insert(position, slot);
        }
    }

    /// Removes a waiting effect.
    pub(super) fn remove(
        &mut self,
        rank: Rank,
        position: Position,
        slot: SlotId,
        is_waiting: impl Fn(Position, SlotId) -> bool,
    ) {
        self.of(rank).remove(position, slot, is_waiting);
    }

    fn of(&mut self, rank: Rank) -> &mut RankQueue {
        match rank {
            Rank::Prompt => &mut self.prompts,
            Rank::Result => &mut self.results,
            Rank::Rest => &mut self.rest,
        }
    }

    /// Whether the next departure must wait for an answer.
    pub(super) fn is_full(&self) -> bool {
        self.in_flight >= self.bound
    }

    /// When one more effect may leave; a time in the past means now.
    pub(super) fn opens_at(&self) -> Timestamp {
        self.pacer.opens_at().max(self.throttled_until)
    }

    pub(super) fn may_leave(&self, now: Timestamp) -> bool {
        !self.is_full() && self.opens_at() <= now
    }

    /// Closes the lane until `until`.
    pub(super) fn throttle(&mut self, until: Timestamp) {
        self.throttled_until = self.throttled_until.max(until);
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether prompts wait or are under way.
    pub(super) fn has_prompts(&self) -> bool {
        self.in_flight > 0 || !self.prompts.is_empty()
    }

    pub(super) fn waiting(&self) -> Waiting {
        Waiting { prompts: self.prompts.len(), results: self.results.len(), rest: self.rest.len() }
    }

    /// The position of the effect that is due first.
    pub(super) fn first(&self) -> Option<Position> {
        self.first_entry().map(|(position, _)| position)
    }

    /// The effect that is due first, of whatever rank.
    pub(super) fn first_entry(&self) -> Option<(Position, SlotId)> {
        let ranks = [&self.prompts, &self.results, &self.rest];
        ranks.into_iter().filter_map(RankQueue::first).min_by_key(|(position, _)| *position)
    }

    /// Removes the next due effect, by rank, due time and turn.
    pub(super) fn pop_due(
        &mut self,
        now: Timestamp,
        is_waiting: impl Fn(Position, SlotId) -> bool,
    ) -> Option<SlotId> {
        let is_due = |queue: &RankQueue| queue.first().is_some_and(|(position, _)| position.due <= now);
        let ranks = [&mut self.prompts, &mut self.results, &mut self.rest];
        let (_, slot) = ranks.into_iter().find(|queue| is_due(queue))?.pop_first(is_waiting)?;
        Some(slot)
    }

    /// Counts an attempt that begins.
    pub(super) fn depart(&mut self, now: Timestamp) {
        self.in_flight += 1;
        self.pacer.departed(now);
    }

    /// Counts a departure from before a restart against the ceilings.
    pub(super) fn count_departure(&mut self, at: Timestamp) {
        self.pacer.departed(at);
    }

    /// Counts an attempt that ended. `returned` tells when it left, if nothing left with it.
    pub(super) fn arrive(&mut self, returned: Option<Timestamp>) {
        if let Some(left_at) = returned {
            self.pacer.returned(left_at);
        }
        self.in_flight = self.in_flight.checked_sub(1).expect("only what departed arrives");
    }
}
