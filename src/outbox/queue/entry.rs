//! One effect on its way, and what waiting effects can be found by.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::drop_reason::DropReason;
use super::lane::{Lane, Rank};
use super::lane_queue::Slot;
use crate::collections::hash_index::{Fingerprint, HashIndex};
use crate::collections::seeded_hasher::SeededHasher;
use crate::collections::stable_map::SlotId;
use crate::domain::effect::Effect;
use crate::domain::id::{Account, EffectKey};
use crate::domain::time::{Millis, Timestamp};

/// Where an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In its lane, until it is due at least.
    Waiting,
    /// Behind another effect of its purchase.
    Behind,
    /// With its provider.
    UnderWay,
    /// Nowhere any more; that has yet to be reported.
    Lapsed(DropReason),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) effect: Effect,
    pub(super) recorded_at: Timestamp,
    pub(super) accepted_at: Timestamp,
    pub(super) turn: u64,
    /// While it waits: until that time at least.
    pub(super) due: Timestamp,
    /// Attempts that were begun.
    pub(super) attempts: u32,
    /// Whether the provider may have done it.
    pub(super) doubtful: bool,
    /// Whether the provider said that it never saw the key.
    pub(super) unseen: bool,
    pub(super) stage: Stage,
    /// What is said, from the first attempt on: every other one says the same.
    pub(super) text: Option<Arc<str>>,
    /// Whether its reader was asked by e-mail while it was under way: it is not tried again.
    pub(super) withdrawn: bool,
}

impl Entry {
    pub(super) fn new(effect: Effect, recorded_at: Timestamp, accepted_at: Timestamp, turn: u64) -> Self {
        Self {
            effect,
            recorded_at,
            accepted_at,
            turn,
            due: accepted_at,
            attempts: 0,
            doubtful: false,
            unseen: false,
            stage: Stage::UnderWay,
            text: None,
            withdrawn: false,
        }
    }

    pub(super) fn lane(&self) -> Lane {
        Lane::of(&self.effect)
    }

    pub(super) fn rank(&self) -> Rank {
        Rank::of(&self.effect)
    }

    /// Its place in its lane, while it has one.
    pub(super) fn slot(&self) -> Option<Slot> {
        (self.stage == Stage::Waiting).then_some(Slot { due: self.due, turn: self.turn })
    }

    /// To whom it is a reply.
    pub(super) fn recipient(&self) -> Option<&Account> {
        recipient(&self.effect)
    }

    /// From when on it is too old to leave, if it can be.
    fn stale_at(&self, stale: Millis) -> Option<Timestamp> {
        let droppable = matches!(self.effect, Effect::Reply(_)) && self.rank() == Rank::Rest;
        droppable.then(|| self.recorded_at.plus(stale).plus(Millis::from_ms(1)))
    }
}

/// To whom an effect is a reply.
pub(super) fn recipient(effect: &Effect) -> Option<&Account> {
    let Effect::Reply(notice) = effect else { return None };
    Some(&notice.account)
}

/// Finds replies by what may make them pointless.
#[derive(Debug)]
pub(super) struct Index {
    stale: Millis,
    /// The waiting ones that can become too old, by the time when they are.
    ageing: BTreeSet<(Timestamp, EffectKey)>,
    hasher: SeededHasher,
    /// The places of all, by their readers.
    readers: HashIndex,
}

impl Index {
    pub(super) fn new(stale: Millis) -> Self {
        Self {
            stale,
            ageing: BTreeSet::new(),
            hasher: SeededHasher::default(),
            readers: HashIndex::default(),
        }
    }

    /// Prefetches what [`Self::insert`] reads of these.
    pub(super) fn prefetch<'a>(&self, readers: impl Iterator<Item = &'a Account>) {
        let marks: Vec<_> = readers.map(|reader| self.mark(reader)).collect();
        self.readers.prefetch(&marks);
    }

    pub(super) fn insert(&mut self, place: SlotId, entry: &Entry) {
        if let Some(reader) = entry.recipient() {
            self.readers.put(self.mark(reader), place);
        }
    }

    pub(super) fn remove(&mut self, place: SlotId, entry: &Entry) {
        if let Some(reader) = entry.recipient() {
            self.readers.take(self.mark(reader), place);
        }
    }

    /// Notes that the effect begins to wait.
    pub(super) fn wait(&mut self, key: EffectKey, entry: &Entry) {
        self.ageing.extend(entry.stale_at(self.stale).map(|at| (at, key)));
    }

    /// Notes that it waits no more.
    pub(super) fn leave(&mut self, key: EffectKey, entry: &Entry) {
        if let Some(at) = entry.stale_at(self.stale) {
            self.ageing.remove(&(at, key));
        }
    }

    /// When the next one becomes too old.
    pub(super) fn next_stale(&self) -> Option<Timestamp> {
        self.ageing.first().map(|(at, _)| *at)
    }

    /// One that is too old by now.
    pub(super) fn stale(&self, now: Timestamp) -> Option<EffectKey> {
        self.ageing.first().filter(|(at, _)| *at <= now).map(|(_, key)| *key)
    }

    /// The places of the replies to that account, and perhaps to another one.
    pub(super) fn replies_to(&self, account: &Account) -> impl Iterator<Item = SlotId> {
        self.readers.all(self.mark(account))
    }

    fn mark(&self, reader: &Account) -> Fingerprint {
        Fingerprint::of(&self.hasher, reader)
    }
}
