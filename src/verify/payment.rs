//! The promises about money, as far as the history asks for it.

use super::book::Book;
use super::ledger::Operation;
use super::promise::Promise;
use super::standing::OrderStage;
use super::tally::Page;
use crate::domain::effect::{Effect, Payment};
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::money::Money;
use crate::domain::terms::{Tax, Terms};

impl Book {
    /// Holds the amount that a fact names against the terms.
    pub(super) fn check_amount(&self, page: &mut Page<'_>, event: &Event) {
        let (amount, units) = match event {
            Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } => (claim.amount, claim.units),
            Event::Sold { id, amount, units, .. } => {
                if let Some(order) = self.orders.get(&id.ordinal) {
                    page.check(Promise::RightAmount, order.amount == *amount, || {
                        format!("{amount} was captured, and {} was agreed", order.amount)
                    });
                }
                (*amount, *units)
            }
            _ => return,
        };
        page.check(Promise::RightAmount, is_price_and_tax(&self.terms, units, amount), || {
            format!("{amount} is not the price of {units} x {} with tax", self.terms.id)
        });
    }

    /// Holds a payment that is asked for against its order, and notes its key.
    pub(super) fn check_payment(&mut self, page: &mut Page<'_>, effect: &Effect, key: EffectKey) {
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
        let fault = self.note_payment(operation, payment, key);
        page.check(promise, fault.is_none(), || {
            let order = payment.id.public(&self.terms.id);
            format!("{} {key} of order {order}: {}", effect.kind(), fault.unwrap_or_default())
        });
    }

    /// Notes the key of a payment; tells what is wrong with it.
    fn note_payment(
        &mut self,
        operation: Option<Operation>,
        payment: &Payment,
        key: EffectKey,
    ) -> Option<&'static str> {
        let Some(order) = self.orders.get_mut(&payment.id.ordinal) else {
            return Some("the reservation was not confirmed");
        };
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
            Some(Operation::Void) => matches!(order.stage, OrderStage::Declined { .. }),
            Some(Operation::Refund) | None => order.stage == OrderStage::Sold,
        };
        let faults = [
            (again, "it was asked for before"),
            (!in_turn, "the order does not stand so"),
            (payment.account != order.account, "the account is another"),
            (payment.card != order.card, "the card is another"),
            (payment.amount != order.amount, "the amount is another"),
        ];
        faults.into_iter().find_map(|(wrong, fault)| wrong.then_some(fault))
    }
}

/// Whether the amount is `price x units + tax`, the tax of the order's total rounded half up. The
/// buyer's region is not in the history, so it must be the tax of one of the regions.
fn is_price_and_tax(terms: &Terms, units: u32, amount: Money) -> bool {
    let net = i128::from(terms.price.minor) * i128::from(units);
    let taxed = |ppm: u32| net + (net * i128::from(ppm) + 500_000).div_euclid(1_000_000);
    let right = |ppm: u32| i128::from(amount.minor) == taxed(ppm);
    amount.currency == terms.price.currency
        && match &terms.tax {
            Tax::Flat(rate) => right(rate.ppm),
            Tax::ByRegion(rates) => {
                let elsewhere = !rates.contains_key("*") && right(0);
                elsewhere || rates.values().any(|rate| right(rate.ppm))
            }
        }
}
