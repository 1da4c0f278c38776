//! What a provider allows for an effect that may have been carried out already.

use crate::domain::time::{Millis, Timestamp};

/// What a provider promises about a key that it may have seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResendSafety {
    /// For how long after the first request the same key has no second effect. Zero: the provider ignores
    /// keys. [`Millis::MAX`]: it never forgets a key.
    pub key_remembered: Millis,
    /// Whether the provider can be asked what became of a key.
    pub look_up: LookUp,
    /// For how long after it left a request without an answer may still arrive and take effect.
    pub arrives_within: Millis,
}

/// Whether a provider can be asked what became of a key, and what a "not found" proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUp {
    /// The provider cannot be asked.
    Impossible,
    /// A key that is not found may still be in progress, or not visible yet.
    Inconclusive,
    /// A key that is not found has not taken effect.
    Conclusive,
}

/// What a look-up that found nothing means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// There was no effect: it can be sent again.
    Proven,
    /// There may have been an effect, and it can be sent again under its key.
    CoveredByKey,
    /// There may have been an effect, and sending it again may cause a second one.
    Unproven,
}

impl ResendSafety {
    /// A provider that treats every request as new, and cannot be asked.
    pub const NONE: Self = Self::key_for(Millis::ZERO);

    /// A provider that allows one effect for each key, for ever, and is never asked.
    pub const KEY_FOR_EVER: Self = Self::key_for(Millis::MAX);

    /// A provider that remembers keys for `remembered`, and cannot be asked.
    #[must_use]
    pub const fn key_for(remembered: Millis) -> Self {
        Self { key_remembered: remembered, look_up: LookUp::Impossible, arrives_within: Millis::ZERO }
    }

    /// Adds a look-up to the promise.
    #[must_use]
    pub const fn looked_up(self, look_up: LookUp) -> Self {
        Self { look_up, ..self }
    }

    /// Adds how long a request without an answer may still arrive.
    #[must_use]
    pub const fn arriving_within(self, arrives_within: Millis) -> Self {
        Self { arrives_within, ..self }
    }

    /// Whether the provider may have forgotten a key of that age.
    pub(super) fn is_forgotten(&self, age: Millis) -> bool {
        self.key_remembered < Millis::MAX && age >= self.key_remembered
    }

    /// Whether to look an effect up instead of sending it. An effect that was ever in doubt and is older than its key is
    /// looked up even after an attempt that certainly did nothing: to a provider that forgot the key, the same payment would
    /// be a new one. What was never in doubt is simply sent, however long the provider was out of reach.
    pub(super) fn asks_first(&self, doubtful: bool, was_doubtful: bool, age: Millis) -> bool {
        let outlived = was_doubtful && self.key_remembered > Millis::ZERO && self.is_forgotten(age);
        self.look_up != LookUp::Impossible && (doubtful || outlived)
    }

    /// When every request that left before a time has arrived, or never will.
    pub(super) fn all_arrived(&self, sent_before: Timestamp) -> Timestamp {
        sent_before.plus(self.arrives_within)
    }

    /// What a look-up that found nothing under a key of that age proves.
    pub(super) fn absence(&self, age: Millis) -> Absence {
        match self.look_up {
            LookUp::Conclusive => Absence::Proven,
            _ if !self.is_forgotten(age) => Absence::CoveredByKey,
            _ => Absence::Unproven,
        }
    }
}
