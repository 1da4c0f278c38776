//! The circuit breaker of a lane. It pauses the lane while the provider gives no answers, and lets single effects
//! through to find out whether it answers again.
//!
//! Each change of its state is journaled before it takes effect: the pause, the key of each probe before the
//! probe leaves, and the end of the pause before anything else leaves. So a start knows what has not left.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::domain::id::EffectKey;
use crate::domain::time::{Millis, Timestamp};

/// Different effects in a row without an answer that pause a lane.
pub const UNANSWERED_MOST: usize = 3;

/// The longest wait between two probes.
pub const PROBE_WAIT_MOST: Millis = Millis::from_secs(60);

/// The breaker of one lane.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    stage: Stage,
    /// The effects that got no answer since the last answer.
    unanswered: SmallVec<[EffectKey; UNANSWERED_MOST]>,
    /// When the first of them got none.
    silent_since: Option<Timestamp>,
    /// Answers to requests so far, without look-ups; it wraps.
    answers: u32,
}

/// The stage of a breaker.
#[derive(Debug, Default)]
enum Stage {
    /// The lane is open.
    #[default]
    Closed,
    /// The lane is paused.
    Open { since: Timestamp, probes: u32, probe: Probe },
    /// The provider answered. The lane goes on when these partitions have recorded it.
    Closing { since: Timestamp, unrecorded: BTreeSet<u32> },
}

/// The probe of a paused lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// The next one leaves at this time, at the earliest.
    DueAt(Timestamp),
    /// Its key is being recorded.
    Recording(EffectKey),
    /// Its key is recorded, and it may leave.
    Ready(EffectKey),
    /// It is with the provider.
    UnderWay(EffectKey),
}

/// The state of a breaker, as others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// The lane is open.
    Closed,
    /// The lane has been paused since this time.
    Open(Timestamp),
}

impl Breaker {
    /// Whether effects leave as they are due.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.stage {
            Stage::Closed => BreakerState::Closed,
            Stage::Open { since, .. } | Stage::Closing { since, .. } => BreakerState::Open(since),
        }
    }

    /// Since when the provider has answered nothing.
    pub(super) fn silent_since(&self) -> Option<Timestamp> {
        self.silent_since
    }

    /// The number of answers to requests so far.
    pub(super) fn answers(&self) -> u32 {
        self.answers
    }

    /// Probes that got no answer, if the lane is paused.
    pub(super) fn probes(&self) -> u32 {
        if let Stage::Open { probes, .. } = self.stage { probes } else { 0 }
    }

    pub(super) fn probe(&self) -> Option<Probe> {
        if let Stage::Open { probe, .. } = self.stage { Some(probe) } else { None }
    }

    /// Moves the probe of a paused lane on.
    pub(super) fn set_probe(&mut self, next: Probe) {
        if let Stage::Open { probe, .. } = &mut self.stage {
            *probe = next;
        }
    }

    /// Opens the breaker.
    pub(super) fn open(&mut self, now: Timestamp, probe_at: Timestamp) {
        self.stage = Stage::Open { since: now, probes: 0, probe: Probe::DueAt(probe_at) };
    }

    /// Counts an effect without an answer. Returns whether the lane must pause.
    pub(super) fn count_unanswered(&mut self, now: Timestamp, key: EffectKey) -> bool {
        self.silent_since.get_or_insert(now);
        if !self.unanswered.contains(&key) && self.unanswered.len() < UNANSWERED_MOST {
            self.unanswered.push(key);
        }
        self.is_closed() && self.unanswered.len() >= UNANSWERED_MOST
    }

    /// Ends a probe that got no answer.
    pub(super) fn end_probe(&mut self, key: EffectKey, next_at: Timestamp) {
        if let Stage::Open { probes, probe, .. } = &mut self.stage
            && *probe == Probe::UnderWay(key)
        {
            (*probes, *probe) = (probes.saturating_add(1), Probe::DueAt(next_at));
        }
    }

    /// Counts an answer; `sent` if it is one to a request, not to a look-up. Returns whether the lane was paused: it goes
    /// on once `partitions` have recorded it.
    pub(super) fn count_answer(&mut self, sent: bool, partitions: u32) -> bool {
        self.answers = self.answers.wrapping_add(u32::from(sent));
        self.unanswered.clear();
        self.silent_since = None;
        let Stage::Open { since, .. } = self.stage else { return false };
        self.stage = Stage::Closing { since, unrecorded: (0..partitions).collect() };
        true
    }

    /// Takes in that a partition recorded the end of the pause. Returns whether the lane goes on.
    pub(super) fn resume_in(&mut self, partition: u32) -> bool {
        let Stage::Closing { unrecorded, .. } = &mut self.stage else { return false };
        unrecorded.remove(&partition);
        let resumed = unrecorded.is_empty();
        if resumed {
            self.stage = Stage::Closed;
        }
        resumed
    }
}
