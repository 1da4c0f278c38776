//! What follows from a provider's report.

use super::Offer;
use super::decision_builder::DecisionBuilder;
use crate::domain::command::Report;
use crate::domain::decision::Decision;
use crate::domain::effect::Effect;
use crate::domain::event::{Authorized, Event};
use crate::domain::order::{Order, OrderStage};
use crate::domain::outcome::Outcome;
use crate::domain::payment::Payment;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::Stage;
use crate::domain::time::Timestamp;

impl Offer {
    /// Decides on a provider's report about one of the offer's orders. Reads the state and changes nothing.
    ///
    /// # Errors
    /// When the order does not wait for it.
    pub fn decide_report(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        let id = report.reservation().ok_or(Outcome::NotRelevant)?;
        let (reservation, order) = (self.reservations.get(id.ordinal), self.orders.get(id.ordinal));
        let mut builder = DecisionBuilder::new(self, now);
        match (report, reservation) {
            (Report::Prompted { key, prompt, at, .. }, Some(held))
                if held.stage == Stage::Held && held.prompt.is_none() =>
            {
                let (key, prompt) = (*key, prompt.clone());
                // The deadline so far counts from the end of the prompt patience. No prompt is delivered
                // before its reservation, whatever the provider's clock shows.
                let earliest = Timestamp::from_ms(held.deadline.ms() - self.terms.prompt_patience.ms());
                let sale_time = self.control.sale_time(*at);
                let deadline = sale_time.plus(self.terms.confirm_within).max(earliest).min(held.deadline);
                builder.push(Event::Prompted { id, key, prompt, deadline });
            }
            (Report::Prompted { .. }, _) => builder.push(Event::Delivered(report.as_delivered())),
            (Report::PromptMailDelivered { key, .. }, Some(held)) if self.schedules_reminder(held) => {
                builder.push(Event::PromptMailDelivered { id, key: *key });
            }
            (Report::PromptMailDelivered { .. }, _) => {
                builder.push(Event::Delivered(report.as_delivered()));
            }
            (Report::Authorized { key, reference, .. }, Some(held)) if held.stage == Stage::Confirmed => {
                let order = order.ok_or(Outcome::NotRelevant)?;
                let reference = reference.clone();
                builder
                    .effect(Effect::Capture(Payment { reference: reference.clone(), ..order.payment(id) }));
                builder.push(Event::Authorized(Authorized { id, key: *key, reference }));
            }
            (Report::Authorized { reference, .. }, None) => {
                // The order was taken back meanwhile: the authorization is voided.
                let order = order.filter(|order| order.stage == OrderStage::TakenBack);
                let order = order.ok_or(Outcome::NotRelevant)?;
                builder.push(Event::Delivered(report.as_delivered()));
                let reference = reference.clone();
                builder.effect(Effect::Void(Payment { reference, ..order.payment(id) }));
            }
            (Report::Captured { key, .. }, Some(held)) if held.stage == Stage::Authorized => {
                builder.sell(id, &held.claim, *key, order.ok_or(Outcome::NotRelevant)?);
            }
            (Report::Refunded { key, .. }, Some(held)) if held.stage == Stage::Returning => {
                builder.refund(id, &held.claim, *key);
            }
            (Report::NotVoided { .. }, _) => {
                // Whatever let the buyer go: nothing is left of the order but the money that was taken for it.
                let is_over =
                    |order: &&Order| matches!(order.stage, OrderStage::Declined | OrderStage::TakenBack);
                let order = order.filter(is_over);
                builder.push(Event::Delivered(report.as_delivered()));
                builder.effect(Effect::Refund(order.ok_or(Outcome::NotRelevant)?.payment(id)));
            }
            (Report::Undeliverable { key, .. }, Some(held)) if held.awaits_prompt() => {
                builder.mail_prompt(id.ordinal, held, Some(*key));
            }
            (Report::Undeliverable { key, .. }, _) => builder.push(Event::Dropped { keys: vec![*key] }),
            // It reaches nobody after its deadline, so it would only fill the lane.
            (Report::PromptMailBounced { key, .. }, Some(held))
                if held.awaits_reply() && held.deadline > self.control.sale_time(now) =>
            {
                builder.prompt_by_reply(id.ordinal, held, *key);
            }
            (Report::PromptMailBounced { key, .. }, _) => {
                builder.push(Event::MailBounced { keys: vec![*key] });
            }
            (Report::Unattested { key, why, .. }, Some(held)) if held.stage == Stage::Confirmed => {
                builder.call_off(id, &held.claim, *key, *why);
            }
            (Report::Declined { key, reason, .. }, Some(held))
                if matches!(held.stage, Stage::Confirmed | Stage::Authorized) =>
            {
                let (account, units) = (held.claim.account.clone(), held.claim.units);
                builder.push(Event::Declined { id, account, units, reason: reason.clone(), key: *key });
                builder.reply(&held.claim, Outcome::Declined, Some(id.ordinal));
                if held.stage == Stage::Authorized {
                    builder.effect(Effect::Void(order.ok_or(Outcome::NotRelevant)?.payment(id)));
                }
                builder.hand_on(units);
            }
            _ => return Err(Outcome::NotRelevant.into()),
        }
        Ok(builder.decision)
    }

    /// Decides what follows where an operator says of a dead payment what its provider did not. A payment that is settled
    /// as declined may have been taken in spite of that, so an authorization that is not known is voided as well.
    ///
    /// # Errors
    /// When the order does not wait for it.
    pub fn decide_settled(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        let mut decision = self.decide_report(now, report)?;
        let order = report.reservation().and_then(|id| Some((id, self.orders.get(id.ordinal)?)));
        if let (Report::Declined { .. }, Some((id, order))) = (report, order)
            && order.stage == OrderStage::Placed
        {
            decision.effects.push(Effect::Void(order.payment(id)));
        }
        Ok(decision)
    }
}
