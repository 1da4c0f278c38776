//! What may be done about an effect that may have been carried out already.

use crate::domain::time::Millis;

/// What a provider does with a key that it may have seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResendSafety {
    /// For how long after the first request the same key has no second effect. Zero: keys mean nothing to the
    /// provider. [`Millis::MAX`]: it never forgets one.
    pub key_remembered: Millis,
    /// Whether the provider can be asked what became of a key.
    pub look_up: LookUp,
}

/// Whether a provider can be asked what became of a key, and what it means when it does not find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUp {
    /// It cannot be asked.
    Impossible,
    /// What is not found may be under way still, or not be shown yet.
    Inconclusive,
    /// What is not found has not taken effect.
    Conclusive,
}

/// What a look-up that found nothing means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// There was no effect: it can be sent again.
    Proven,
    /// There may have been one, and it can be sent again under its key.
    CoveredByKey,
    /// There may have been one, and a second one is possible.
    Unproven,
}

impl ResendSafety {
    /// A provider that takes everything for new, and cannot be asked.
    pub const NONE: Self = Self { key_remembered: Millis::ZERO, look_up: LookUp::Impossible };

    /// A provider that has one effect for each key, for ever, and is never asked.
    pub const KEY_FOR_EVER: Self = Self::key_for(Millis::MAX);

    /// A provider that remembers keys for that long, and cannot be asked.
    #[must_use]
    pub const fn key_for(remembered: Millis) -> Self {
        Self { key_remembered: remembered, look_up: LookUp::Impossible }
    }

    /// The same with a look-up.
    #[must_use]
    pub const fn looked_up(self, look_up: LookUp) -> Self {
        Self { look_up, ..self }
    }

    /// Whether a key that is that old means nothing to the provider.
    pub(super) fn is_forgotten(&self, age: Millis) -> bool {
        age >= self.key_remembered
    }

    /// Whether to look an effect up instead of sending it. What is older than its key is looked up although nothing
    /// is known against it: to a provider that forgot the key, the same payment would be a new one.
    pub(super) fn asks_first(&self, doubtful: bool, age: Millis) -> bool {
        let outlived = self.key_remembered > Millis::ZERO && self.is_forgotten(age);
        self.look_up != LookUp::Impossible && (doubtful || outlived)
    }

    /// What it means that a look-up found nothing under a key of that age.
    pub(super) fn absence(&self, age: Millis) -> Absence {
        match self.look_up {
            LookUp::Conclusive => Absence::Proven,
            _ if !self.is_forgotten(age) => Absence::CoveredByKey,
            _ => Absence::Unproven,
        }
    }
}
