//! The providers of a random day: requests that wait, and their results, in any order and sometimes twice.

use std::collections::BTreeMap;

use flashtag::domain::command::Report;
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::time::Timestamp;

use super::crowd::prompt;
use crate::test_rng::TestRng;

#[derive(Default)]
pub(super) struct Providers {
    requests: BTreeMap<EffectKey, Effect>,
}

impl Providers {
    pub(super) fn ask(&mut self, sequence: u64, record: &Record) {
        let keys = (0..).map(|index| EffectKey { partition: 0, sequence, index });
        self.requests.extend(keys.zip(record.decision.effects.iter().cloned()));
    }

    pub(super) fn answer(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Report> {
        let key = self.pick_request(rng)?;
        let effect = self.requests.get(&key).expect("it was requests").clone();
        if rng.below(12) > 0 {
            self.requests.remove(&key);
        }
        Some(word(rng, now, key, &effect))
    }

    /// Every other time picks an order, because most requests are replies.
    fn pick_request(&self, rng: &mut TestRng) -> Option<EffectKey> {
        let orders_only = rng.below(2) == 0;
        let is_order =
            |effect: &Effect| matches!(effect, Effect::Authorize(_) | Effect::Capture(_) | Effect::Refund(_));
        let keys = self.requests.iter().filter(|(_, effect)| !orders_only || is_order(effect));
        let keys: Vec<_> = keys.map(|(key, _)| *key).collect();
        (!keys.is_empty()).then(|| *rng.pick(&keys))
    }
}

fn word(rng: &mut TestRng, now: Timestamp, key: EffectKey, effect: &Effect) -> Report {
    let no = rng.below(4) == 0;
    let reason = "no".into();
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) if no => {
            Report::Declined { id: payment.id, key, reason }
        }
        Effect::Authorize(payment) => Report::Authorized { id: payment.id, key, reference: None },
        Effect::Capture(payment) => Report::Captured { id: payment.id, key },
        Effect::Refund(_) if no => Report::DeadLettered { key, reason },
        Effect::Refund(payment) => Report::Refunded { id: payment.id, key },
        _ => match effect.prompts() {
            Some(id) if no => Report::Undeliverable { id, key },
            Some(id) => Report::Prompted { id, key, prompt: prompt(id.ordinal), at: now },
            None if no => Report::DeadLettered { key, reason },
            None if rng.below(4) == 0 => Report::Dropped(vec![key]),
            None => Report::Delivered(vec![key].into()),
        },
    }
}
