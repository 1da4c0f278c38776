//! The providers of a random day: requests that wait, and their results, in any order and sometimes twice.

use std::collections::{BTreeMap, BTreeSet};

use flashtag::domain::command::{Command, Report};
use flashtag::domain::dead_letter::{SettleDeadLetter, Settlement};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, ReservationId};
use flashtag::domain::lane::Lane;
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning, NoteObjection, Objection};
use flashtag::domain::provider_ref::{ObjectionRef, PaymentRef};
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
    /// Payments that were captured: banks object to some of them.
    captured: Vec<ReservationId>,
}

impl Providers {
    pub(super) fn ask(&mut self, sequence: u64, record: &Record) {
        let keys = (0..).map(|index| EffectKey { partition: 0, sequence, index });
        self.requests.extend(keys.zip(record.decision.effects.iter().cloned()));
        self.captured.extend(record.decision.events.iter().filter_map(|event| match event {
            Event::Sold { id, .. } => Some(*id),
            _ => None,
        }));
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
        match rng.below(7) {
            5 | 6 => self.objection(rng),
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

    /// A bank objects to a payment, or says something new of its objection.
    fn objection(&self, rng: &mut TestRng) -> Option<Command> {
        let id = *self.captured.last().filter(|_| rng.below(2) == 0).or_else(|| self.captured.first())?;
        let payment = PaymentRef::parse("pi_1").ok()?;
        let objection = if rng.below(3) == 0 {
            let reference = ObjectionRef::parse("issfr_1").ok()?;
            let kind = "made_with_stolen_card".into();
            Objection::FraudWarning(FraudWarning { reference, kind, is_actionable: rng.below(2) == 0 })
        } else {
            Objection::Dispute(Dispute {
                reference: ObjectionRef::parse(&format!("dp_{}", rng.below(3))).ok()?,
                stage: *rng.pick(&[DisputeStage::Inquiry, DisputeStage::NeedsResponse, DisputeStage::Lost]),
                amount: "10.00 USD".parse().ok()?,
                reason: "fraudulent".into(),
                due_by: None,
                is_withdrawn: rng.below(2) == 0,
            })
        };
        Some(Command::NoteObjection(Box::new(NoteObjection { id, payment, objection })))
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
