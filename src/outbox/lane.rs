//! Lanes: deliveries of one kind of provider, with a bound on how many are under way at once.

use std::collections::BTreeMap;

use crate::domain::effect::Effect;
use crate::domain::id::EffectKey;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// To which provider an effect goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Payments.
    Cards,
    /// Replies and announcements.
    Replies,
    /// Letters to buyers.
    Emails,
    /// Orders for the merchant.
    Orders,
}

impl Lane {
    /// Every lane; payments come first, for units wait for them.
    pub const ALL: [Self; 4] = [Self::Cards, Self::Replies, Self::Emails, Self::Orders];

    /// The lane of an effect.
    #[must_use]
    pub fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Authorize(_)
            | Effect::Capture(_)
            | Effect::Void(_)
            | Effect::Refund(_)
            | Effect::Credit(_)
            | Effect::ReverseCredit(_) => Self::Cards,
            Effect::Reply(_) | Effect::Announce { .. } => Self::Replies,
            Effect::Email { .. } => Self::Emails,
            Effect::Order(_) => Self::Orders,
        }
    }
}

/// How many of what the outbox bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Payments under way at once.
    pub cards: usize,
    /// Replies under way at once.
    pub replies: usize,
    /// E-mails under way at once.
    pub emails: usize,
    /// Orders under way at once.
    pub orders: usize,
    /// Replies to refused posts that wait; the rest are dropped.
    pub refusals: usize,
    /// Dead letters kept for display; the journal has them all.
    pub dead_letters: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { cards: 64, replies: 16, emails: 8, orders: 8, refusals: 4096, dead_letters: 1000 }
    }
}

/// What is scarce goes first to what a buyer waits for. Smaller is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Prompt,
    Result,
    Rest,
}

impl Rank {
    pub(super) fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Reply(_) if effect.prompts().is_some() => Self::Prompt,
            Effect::Reply(notice) => match notice.outcome {
                Outcome::Sold | Outcome::Declined | Outcome::Refunded => Self::Result,
                _ => Self::Rest,
            },
            // Few, and everybody waits for them.
            Effect::Announce { .. } => Self::Result,
            _ => Self::Rest,
        }
    }
}

/// Where a waiting effect stands in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) due: Timestamp,
    /// Counts the effects as they were accepted: first come, first served among equals.
    pub(super) turn: u64,
}

/// The waiting effects of one lane. What is due moves from `later` to `ready` once, and is sorted
/// there by rank; every operation is logarithmic, the moves on average.
#[derive(Debug)]
pub(super) struct LaneQueue {
    bound: usize,
    in_flight: usize,
    later: BTreeMap<Slot, (Rank, EffectKey)>,
    ready: BTreeMap<(Rank, Slot), EffectKey>,
}

impl LaneQueue {
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, in_flight: 0, later: BTreeMap::new(), ready: BTreeMap::new() }
    }

    pub(super) fn insert(&mut self, rank: Rank, slot: Slot, key: EffectKey) {
        self.later.insert(slot, (rank, key));
    }

    pub(super) fn remove(&mut self, rank: Rank, slot: Slot) {
        if self.later.remove(&slot).is_none() {
            self.ready.remove(&(rank, slot));
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.in_flight < self.bound
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// When the first of them is due; a time that has passed, if one is ready.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let ready = self.ready.keys().next().map(|(_, slot)| slot.due);
        ready.or_else(|| self.later.keys().next().map(|slot| slot.due))
    }

    /// Takes the next that is due, by rank, due time and turn.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<EffectKey> {
        while let Some(first) = self.later.first_entry().filter(|first| first.key().due <= now) {
            let (slot, (rank, key)) = first.remove_entry();
            self.ready.insert((rank, slot), key);
        }
        self.ready.pop_first().map(|(_, key)| key)
    }

    pub(super) fn depart(&mut self) {
        self.in_flight += 1;
    }

    pub(super) fn arrive(&mut self) {
        self.in_flight = self.in_flight.checked_sub(1).expect("only what departed arrives");
    }
}
