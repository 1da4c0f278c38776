//! The providers of a random day: requests that wait, and their results, in any order and sometimes twice.

use std::collections::{BTreeMap, BTreeSet};

use flashtag::domain::command::{Command, Report};
use flashtag::domain::dead_letter::{SettleDeadLetter, Settlement};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::lane::Lane;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::Timestamp;

use super::crowd::prompt;
use crate::test_rng::TestRng;

#[derive(Default)]
pub(super) struct Providers {
    requests: BTreeMap<EffectKey, Effect>,
    /// Effects that were given up.
    dead: BTreeMap<EffectKey, Effect>,
    /// Effects that were reported: the outbox gives none of them up.
    reported: BTreeSet<EffectKey>,
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
        let report = word(rng, now, key, &effect);
        if let Report::DeadLettered { .. } = report {
            if self.reported.contains(&key) {
                return Some(Report::Delivered(vec![key].into()));
            }
            self.requests.remove(&key);
            self.dead.insert(key, effect);
        } else {
            self.reported.insert(key);
        }
        Some(report)
    }

    /// A lane that pauses, probes or goes on, or what an operator does with a dead letter.
    pub(super) fn trouble(&mut self, rng: &mut TestRng) -> Option<Command> {
        let lane = *rng.pick(&Lane::all().collect::<Vec<_>>());
        let dead: Vec<_> = self.dead.keys().copied().collect();
        match rng.below(5) {
            0 => Some(Command::Report(Report::LanePaused(lane))),
            1 => {
                let key = self.pick_request(rng)?;
                Some(Command::Report(Report::LaneProbed { lane, key }))
            }
            2 => Some(Command::Report(Report::LaneResumed(lane))),
            _ if dead.is_empty() => None,
            3 => {
                let key = *rng.pick(&dead);
                self.requests.insert(key, self.dead.remove(&key)?);
                Some(Command::RetryDeadLetter(key))
            }
            _ => {
                let key = *rng.pick(&dead);
                let effect = self.dead.remove(&key)?;
                let settlement = match rng.below(2) {
                    0 => Settlement::Done { reference: PaymentRef::parse("by-hand").ok() },
                    _ => Settlement::Declined { reason: "never".into() },
                };
                Some(Command::SettleDeadLetter(Box::new(SettleDeadLetter { key, effect, settlement })))
            }
        }
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
            None if rng.below(4) == 0 => match effect {
                Effect::Email { .. } if rng.below(2) == 0 => match effect.prompts_by_email() {
                    Some(id) => Report::PromptMailBounced { id, key },
                    None => Report::MailBounced(vec![key]),
                },
                _ => Report::Dropped(vec![key]),
            },
            None => match effect.prompts_before_reminder() {
                Some(id) => Report::PromptMailDelivered { id, key },
                None => Report::Delivered(vec![key].into()),
            },
        },
    }
}
