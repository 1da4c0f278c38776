//! The providers: what they were asked and have not answered, and what they say in the end, in any order
//! and now and then a second time.

use std::collections::BTreeMap;

use flashtag::domain::command::Report;
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::time::Timestamp;

use super::crowd::prompt;
use crate::dice::Dice;

#[derive(Default)]
pub(super) struct Providers {
    asked: BTreeMap<EffectKey, Effect>,
}

impl Providers {
    pub(super) fn ask(&mut self, sequence: u64, record: &Record) {
        let keys = (0..).map(|index| EffectKey { partition: 0, sequence, index });
        self.asked.extend(keys.zip(record.decision.effects.iter().cloned()));
    }

    pub(super) fn answer(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Report> {
        let key = self.one_of_the_asked(dice)?;
        let effect = self.asked.get(&key).expect("it was asked").clone();
        if dice.roll(12) > 0 {
            self.asked.remove(&key);
        }
        Some(word(dice, now, key, &effect))
    }

    /// Every other time something about an order, for there is more talk than money.
    fn one_of_the_asked(&self, dice: &mut Dice) -> Option<EffectKey> {
        let orders_only = dice.roll(2) == 0;
        let is_order =
            |effect: &Effect| matches!(effect, Effect::Authorize(_) | Effect::Capture(_) | Effect::Refund(_));
        let keys = self.asked.iter().filter(|(_, effect)| !orders_only || is_order(effect));
        let keys: Vec<_> = keys.map(|(key, _)| *key).collect();
        (!keys.is_empty()).then(|| *dice.pick(&keys))
    }
}

fn word(dice: &mut Dice, now: Timestamp, key: EffectKey, effect: &Effect) -> Report {
    let no = dice.roll(4) == 0;
    let reason = "no".into();
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) if no => {
            Report::Declined { id: payment.id, key, reason }
        }
        Effect::Authorize(payment) => Report::Authorized { id: payment.id, key },
        Effect::Capture(payment) => Report::Captured { id: payment.id, key },
        Effect::Refund(_) if no => Report::DeadLettered { key, reason },
        Effect::Refund(payment) => Report::Refunded { id: payment.id, key },
        _ => match effect.prompts() {
            Some(id) if no => Report::Undeliverable { id, key },
            Some(id) => Report::Prompted { id, key, prompt: prompt(id.ordinal), at: now },
            None if no => Report::DeadLettered { key, reason },
            None if dice.roll(4) == 0 => Report::Dropped(vec![key]),
            None => Report::Delivered(vec![key]),
        },
    }
}
