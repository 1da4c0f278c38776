//! Orders the statement credit of a purchase and its reversals: they leave one after the other, because a
//! provider would refuse to reverse a credit that it has not made yet.

use std::collections::{HashMap, VecDeque};

use crate::domain::effect::Effect;
use crate::domain::id::{EffectKey, OfferNo};
use crate::domain::transaction::TransactionId;

type Purchase = (u32, OfferNo, TransactionId);

/// The pending credits and reversals of each purchase, in the order of their records.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    queues: HashMap<Purchase, VecDeque<EffectKey>, foldhash::fast::FixedState>,
}

impl Purchases {
    /// Adds an effect. Returns whether it must wait for another effect of its purchase.
    pub(super) fn insert(&mut self, key: EffectKey, effect: &Effect) -> bool {
        let Some(purchase) = purchase(key, effect) else { return false };
        let queue = self.queues.entry(purchase).or_default();
        queue.push_back(key);
        queue.len() > 1
    }

    /// Removes an effect, and returns the one that no longer has to wait.
    pub(super) fn remove(&mut self, key: EffectKey, effect: &Effect) -> Option<EffectKey> {
        let purchase = purchase(key, effect)?;
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
