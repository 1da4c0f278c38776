//! The dead letters of a partition: which effects are given up, and what becomes of them by an operator's word.

use std::collections::BTreeSet;

use super::PartitionState;
use crate::domain::command::{Command, Report};
use crate::domain::dead_letter::SettleDeadLetter;
use crate::domain::decision::Decision;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::settlement::report_of;
use crate::domain::time::Timestamp;
use crate::partition::decision_batch::DecisionBatch;

impl PartitionState {
    /// Sets the dead letters that recovery found.
    pub(in crate::partition) fn set_dead_letters(&mut self, keys: BTreeSet<EffectKey>) {
        self.dead_letters = keys;
    }

    /// Takes in what an event says of a dead letter.
    pub(super) fn note_dead_letter(&mut self, event: &Event) {
        match event {
            Event::DeadLettered { key, .. } => {
                self.dead_letters.insert(*key);
            }
            Event::DeadLetterRetried { key } | Event::DeadLetterSettled { key, .. } => {
                self.dead_letters.remove(key);
            }
            _ => {}
        }
    }

    /// Retries or settles a dead letter.
    pub(super) fn change_dead_letter(
        &mut self,
        now: Timestamp,
        command: &Command,
        batch: &mut DecisionBatch,
    ) -> Result<(), Refusal> {
        let decision = match command {
            Command::RetryDeadLetter(key) => {
                self.check_dead(*key)?;
                Decision::of(Event::DeadLetterRetried { key: *key })
            }
            Command::SettleDeadLetter(settle) => self.decide_settlement(now, settle)?,
            _ => return Err(Outcome::NotRelevant.into()),
        };
        self.record(now, decision, batch);
        Ok(())
    }

    fn check_dead(&self, key: EffectKey) -> Result<(), Refusal> {
        if self.dead_letters.contains(&key) { Ok(()) } else { Err(Refusal::NotDead) }
    }

    fn decide_settlement(&self, now: Timestamp, settle: &SettleDeadLetter) -> Result<Decision, Refusal> {
        self.check_dead(settle.key)?;
        let (key, settlement) = (settle.key, settle.settlement.clone());
        let mut decision = Decision::of(Event::DeadLetterSettled { key, settlement });
        let Some(report) = report_of(settle)? else { return Ok(decision) };
        let offer = self.offer(settle.effect.offer()).ok_or(Outcome::NotRelevant)?;
        match offer.decide_settled(now, &report) {
            Ok(follows) => {
                decision.events.extend(follows.events);
                decision.effects.extend(follows.effects);
            }
            // Nothing waits for the payment any more, and one that was taken goes back.
            Err(_) => {
                decision.events.push(Event::Delivered(report.as_delivered()));
                let payment = settle.effect.payment();
                if let (Report::Declined { .. }, Effect::Authorize(_), Some(payment)) =
                    (&report, &settle.effect, payment)
                {
                    decision.effects.push(Effect::Void(payment.clone()));
                }
            }
        }
        Ok(decision)
    }
}
