//! The promises about money, as far as the history requests it.

use super::checks::RecordChecks;
use super::entries::OrderStage;
use super::offer_model::OfferModel;
use super::operation::Operation;
use super::price::{is_agreed, total};
use super::promise::Promise;
use crate::domain::effect::{Effect, Payment};
use crate::domain::event::{Claim, Event};
use crate::domain::id::EffectKey;

impl OfferModel {
    /// Checks the amount that an event names against the terms.
    pub(super) fn check_amount(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let claim = match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => claim,
            Event::Sold { id, amount, .. } => {
                let agreed = self.orders.get(&id.ordinal).map(|order| order.claim.amount);
                checks.check(Promise::RightAmount, agreed.is_none_or(|agreed| agreed == *amount), || {
                    let agreed = agreed.map(|agreed| agreed.to_string()).unwrap_or_default();
                    format!("{amount} was captured, and {agreed} was agreed")
                });
                return;
            }
            _ => return,
        };
        let Claim { amount, units, rate, .. } = &**claim;
        let right = is_agreed(&self.terms, *rate) && *amount == total(&self.terms, *units, *rate);
        checks.check(Promise::RightAmount, right, || {
            let (name, ppm) = (&self.terms.id, rate.ppm);
            format!("{amount} is not the price of {units} x {name} with an agreed tax; {ppm} millionths")
        });
    }

    /// Checks a requested payment against its order, and notes its key.
    pub(super) fn check_payment(&mut self, checks: &mut RecordChecks<'_>, effect: &Effect, key: EffectKey) {
        let (promise, operation, payment) = match effect {
            Effect::Authorize(payment) => {
                (Promise::NoAuthorizeWithoutConfirmation, Some(Operation::Authorize), payment)
            }
            Effect::Capture(payment) => {
                (Promise::NoCaptureWithoutAuthorization, Some(Operation::Capture), payment)
            }
            Effect::Void(payment) => (Promise::OtherPaymentsFit, Some(Operation::Void), payment),
            Effect::Refund(payment) => (Promise::OtherPaymentsFit, Some(Operation::Refund), payment),
            Effect::Order(payment) => (Promise::OtherPaymentsFit, None, payment),
            Effect::Reply(_)
            | Effect::Email { .. }
            | Effect::Announce { .. }
            | Effect::Credit(_)
            | Effect::ReverseCredit(_) => return,
        };
        if operation.is_none() {
            let order = self.orders.get(&payment.id.ordinal);
            let stands = order.is_none_or(|order| order.is_final) || self.terms.rules.take_back.is_none();
            checks.check(Promise::ShippedOnlyWhenFinal, stands, || {
                let order = payment.id.public(&self.terms.id);
                format!("order {order} was shipped while it could be taken back")
            });
        }
        let fault = self.note_payment(operation, payment, key);
        checks.check(promise, fault.is_none(), || {
            let order = payment.id.public(&self.terms.id);
            format!("{} {key} of order {order}: {}", effect.kind(), fault.unwrap_or_default())
        });
    }

    /// Notes the key of a payment. Returns what is wrong with it, if anything.
    fn note_payment(
        &mut self,
        operation: Option<Operation>,
        payment: &Payment,
        key: EffectKey,
    ) -> Option<&'static str> {
        let Some(order) = self.orders.get_mut(&payment.id.ordinal) else {
            return Some("the reservation was not confirmed");
        };
        order.rests_on_heard |= payment.heard.is_some();
        let again = match operation {
            Some(operation) => order.asked.contains_key(&operation),
            None => std::mem::replace(&mut order.shipped, true),
        };
        if let Some(operation) = operation {
            order.asked.entry(operation).or_insert(key);
        }
        let in_turn = match operation {
            Some(Operation::Authorize) => order.stage == OrderStage::Placed,
            Some(Operation::Capture) => order.stage == OrderStage::Authorized,
            Some(Operation::Void) => match order.stage {
                // What an operator settled as declined may have been taken.
                OrderStage::Declined { authorized } => authorized || order.by_operator,
                // What was authorized in spite of the take-back is voided once the answer arrives.
                OrderStage::TakenBack => order.answered_in == Some(key.sequence),
                _ => false,
            },
            Some(Operation::Refund) => match order.stage {
                OrderStage::Returning => true,
                // The void found the payment captured.
                OrderStage::Declined { .. } | OrderStage::TakenBack => {
                    order.asked.contains_key(&Operation::Void)
                }
                _ => false,
            },
            None => order.stage == OrderStage::Sold,
        };
        let faults = [
            (again, "it was asked for before"),
            (!in_turn, "the order does not stand so"),
            (payment.account != order.claim.account, "the account is another"),
            (payment.card != order.claim.card, "the card is another"),
            (payment.amount != order.claim.amount, "the amount is another"),
            (payment.reference != order.payment, "the payment's id is not the one of the authorization"),
        ];
        faults.into_iter().find_map(|(wrong, fault)| wrong.then_some(fault))
    }
}
