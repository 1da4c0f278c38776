//! Orders the statement credit of a purchase and its reversals: they leave one after the other, because a
//! provider would refuse to reverse a credit that it has not made yet.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::effect::Effect;
use crate::domain::id::{EffectKey, OfferNo};
use crate::domain::transaction::TransactionId;

type Purchase = (u32, OfferNo, TransactionId);

/// The pending credits and reversals of each purchase, in the order of their records.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    queues: HashMap<Purchase, VecDeque<EffectKey>, foldhash::fast::FixedState>,
    /// The purchases whose credit is a dead letter, was settled as not made, or is tried again: nothing can be taken back.
    uncredited: HashSet<Purchase, foldhash::fast::FixedState>,
}

impl Purchases {
    /// Adds an effect. Returns whether it must wait for another effect of its purchase.
    pub(super) fn insert(&mut self, key: EffectKey, effect: &Effect) -> bool {
        let Some(purchase) = purchase(key, effect) else { return false };
        let queue = self.queues.entry(purchase).or_default();
        queue.push_back(key);
        queue.len() > 1
    }

    /// Notes whether the credit of a purchase was given up, if the effect is one. One that is tried again stays so until it
    /// is made: a reversal that was tried again before it would leave first.
    pub(super) fn note_credit(&mut self, key: EffectKey, effect: &Effect, is_given_up: bool) {
        let Effect::Credit(_) = effect else { return };
        let Some(purchase) = purchase(key, effect) else { return };
        if is_given_up {
            self.uncredited.insert(purchase);
        } else {
            self.uncredited.remove(&purchase);
        }
    }

    /// Whether an effect would take back what was not credited.
    pub(super) fn lacks_credit(&self, key: EffectKey, effect: &Effect) -> bool {
        matches!(effect, Effect::ReverseCredit(_))
            && purchase(key, effect).is_some_and(|purchase| self.uncredited.contains(&purchase))
    }

    /// Removes an effect, and returns the one that no longer has to wait.
    pub(super) fn remove(&mut self, key: EffectKey, effect: &Effect) -> Option<EffectKey> {
        let purchase = purchase(key, effect)?;
        if let Effect::Credit(_) = effect {
            // It was made, or is noted as given up after this.
            self.uncredited.remove(&purchase);
        }
        let queue = self.queues.get_mut(&purchase)?;
        let was_first = queue.front() == Some(&key);
        queue.retain(|pending| *pending != key);
        let next = queue.front().copied();
        if next.is_none() {
            self.queues.remove(&purchase);
        }
        next.filter(|_| was_first)
    }
}

fn purchase(key: EffectKey, effect: &Effect) -> Option<Purchase> {
    match effect {
        Effect::Credit(grant) | Effect::ReverseCredit(grant) => {
            Some((key.partition, grant.offer, grant.purchase.clone()))
        }
        _ => None,
    }
}
