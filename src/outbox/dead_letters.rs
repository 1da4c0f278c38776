//! The dead letters that are durable, as operators see them. The outbox writes the list, other threads read it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::delivery_key::OutsideKey;
use crate::domain::dead_letter::DeadLetter;
use crate::domain::id::EffectKey;

/// A dead letter, and its key at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key as the provider knows it.
    pub outside: OutsideKey,
    /// The dead letter.
    pub letter: DeadLetter,
    /// Whether an operator has retried or settled it, and the outbox is about to take that in.
    pub(super) is_leaving: bool,
}

impl Listed {
    pub(super) fn new(outside: OutsideKey, letter: DeadLetter) -> Self {
        Self { outside, letter, is_leaving: false }
    }
}

/// The list of dead letters. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DeadLetters(Arc<Mutex<BTreeMap<EffectKey, Listed>>>);

impl DeadLetters {
    /// Up to `limit` dead letters with keys after `after`, in the order of their keys.
    #[must_use]
    pub fn page(&self, after: Option<EffectKey>, limit: usize) -> Vec<Listed> {
        let letters = self.letters();
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let page = letters.range((from, std::ops::Bound::Unbounded)).filter(|(_, listed)| !listed.is_leaving);
        page.map(|(_, listed)| listed.clone()).take(limit).collect()
    }

    /// One dead letter.
    #[must_use]
    pub fn get(&self, key: EffectKey) -> Option<Listed> {
        self.letters().get(&key).filter(|listed| !listed.is_leaving).cloned()
    }

    /// Takes a dead letter off the list that was retried or settled durably.
    pub fn hide(&self, key: EffectKey) {
        if let Some(listed) = self.letters().get_mut(&key) {
            listed.is_leaving = true;
        }
    }

    /// The number of dead letters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.letters().values().filter(|listed| !listed.is_leaving).count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn insert(&self, key: EffectKey, listed: Listed) {
        self.letters().insert(key, listed);
    }

    pub(super) fn remove(&self, key: EffectKey) -> Option<Listed> {
        self.letters().remove(&key)
    }

    fn letters(&self) -> MutexGuard<'_, BTreeMap<EffectKey, Listed>> {
        // A panic ends the process.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
