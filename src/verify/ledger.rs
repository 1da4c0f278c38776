//! The promises about money, checked against the card provider's own ledger.

use compact_str::CompactString;

use super::checks::{Checks, RecordPlace};
use super::entries::{Order, OrderStage, Paid};
use super::offer_model::OfferModel;
use super::operation::Operation;
use super::promise::Promise;
use crate::domain::id::EffectKey;
use crate::domain::key_form::KeyForm;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// One line of the card provider's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The time, by the provider's clock.
    pub at: Timestamp,
    /// The idempotency key of the request: `0/12/0`, or the same behind the prefix of the data directory.
    pub key: String,
    /// `authorize`, `capture`, `void` or `refund`.
    pub operation: String,
    /// The order, for example `kindle-fire-hd.17`.
    pub order: String,
    /// The card's token.
    pub card: String,
    /// The amount requested.
    pub amount: Money,
    /// Whether this line moved or held money; false for a decline and for a repeated request.
    pub taken: bool,
}

impl LedgerEntry {
    /// The key of the effect in the journal; `None` if the provider's key ends in none.
    pub(super) fn effect(&self) -> Option<EffectKey> {
        // A prefix ends with a dash, and the journal's keys have none.
        self.key.rsplit('-').next()?.parse().ok()
    }

    /// The form of the key; `None` if it is no key of an effect.
    pub(super) fn form(&self) -> Option<KeyForm> {
        self.effect()?;
        let mut parts = self.key.rsplit('-').skip(1);
        match parts.next() {
            None => Some(KeyForm::Bare),
            Some(epoch) => epoch.parse().ok().map(KeyForm::Epoch),
        }
    }
}

/// Checks one line against the history, then enters it. The history must have been read to its end.
pub(super) fn check_entry(
    checks: &mut Checks,
    place: RecordPlace,
    entry: &LedgerEntry,
    found: Option<(&mut OfferModel, u32)>,
) {
    let operation = Operation::parse(&entry.operation);
    let (mut model, ordinal) = found.map_or((None, 0), |(model, ordinal)| (Some(model), ordinal));
    let order = model.as_mut().and_then(|model| model.orders.get_mut(&ordinal));
    let asked = order.as_ref().zip(operation).is_some_and(|(order, operation)| {
        let key = order.asked.get(&operation);
        key.is_some_and(|key| entry.effect() == Some(*key))
            && order.claim.card == entry.card
            && order.claim.amount == entry.amount
    });
    checks.check(Promise::NoMoneyWithoutEffect, place, asked, || {
        let LedgerEntry { key, operation, order, amount, .. } = entry;
        format!("{operation} {key} of order {order}, {amount}: no effect of the history asks for this")
    });
    let (Some(operation), Some(model)) = (operation, model) else { return };
    if asked {
        let sequence = entry.effect().map_or(0, |key| key.sequence);
        model.takings.asked_by = model.takings.asked_by.max(sequence);
    }
    let units = match model.orders.get_mut(&ordinal) {
        Some(order) => {
            check_single(checks, place, entry, operation, order);
            // An order that an operator settled as declined has no units, even if its money was taken: that
            // goes back.
            let is_called_off = order.by_operator && matches!(order.stage, OrderStage::Declined { .. });
            if is_called_off { 0 } else { i64::from(order.claim.units) }
        }
        // Money for an unknown order: the amount tells how many units it paid for.
        None => (entry.amount.minor / model.terms.price.minor.max(1)).max(1),
    };
    let sign = match operation {
        Operation::Capture if entry.taken => 1,
        Operation::Refund if entry.taken => -1,
        _ => return,
    };
    model.takings.units += sign * units;
    model.takings.minor += i128::from(sign) * i128::from(entry.amount.minor);
    let (captured, allotment) = (model.takings.units, allotment_for(model));
    checks.check(Promise::NeverOversold, place, captured <= allotment, || {
        format!("{}: {captured} units are paid for, of {allotment}", model.terms.id)
    });
}

/// Returns the units that existed when the last of these payments was requested. The provider may be slow and
/// the allotment may change meanwhile, but an account that is asked to pay has a unit at that time.
fn allotment_for(model: &OfferModel) -> i64 {
    let changes = model.allotments.iter().rev();
    let mut before = changes.skip_while(|(sequence, _)| *sequence > model.takings.asked_by);
    before.next().map_or_else(|| i64::from(model.terms.units), |(_, allotment)| *allotment)
}

fn check_single(
    checks: &mut Checks,
    place: RecordPlace,
    entry: &LedgerEntry,
    operation: Operation,
    order: &mut Order,
) {
    let paid = &mut order.paid;
    let first = paid.keys.entry(operation).or_insert_with(|| CompactString::from(&entry.key));
    let same_key = *first == entry.key;
    match operation {
        Operation::Authorize if entry.taken => paid.authorizations += 1,
        Operation::Capture if entry.taken => paid.captures += 1,
        Operation::Refund if entry.taken => {
            paid.refunds += 1;
            let declined = matches!(order.stage, OrderStage::Declined { .. });
            let returned = matches!(order.stage, OrderStage::Returning | OrderStage::Refunded);
            // An order that an operator settled as declined may have been taken in spite of that.
            let back = returned || (declined && order.by_operator);
            checks.check(Promise::RefundedOnce, place, back && paid.refunds <= paid.captures, || {
                format!("order {} has {} captures and {} refunds", entry.order, paid.captures, paid.refunds)
            });
        }
        _ => {}
    }
    let captures = paid.captures;
    checks.check(Promise::NeverChargedTwice, place, same_key && captures <= 1, || {
        let LedgerEntry { key, operation, order, .. } = entry;
        format!("order {order} has {captures} captures; {operation} {key} is not its first")
    });
}

/// Checks an order's end against the ledger. The ledger must have been read to its end.
pub(super) fn check_order(checks: &mut Checks, partition: u32, name: &str, order: &Order) {
    let place = RecordPlace::Record { partition, sequence: order.sequence };
    let Paid { authorizations, captures, refunds, .. } = order.paid;
    match order.stage {
        OrderStage::Sold | OrderStage::Returning | OrderStage::Refunded => {
            checks.check(Promise::SoldIsCaptured, place, captures > 0, || {
                format!("order {name} is sold, and nothing was captured")
            });
        }
        OrderStage::Declined { .. } => {
            let returns = order.by_operator && order.asked.contains_key(&Operation::Void);
            checks.check(Promise::DeclinedIsNotCaptured, place, captures == refunds || returns, || {
                format!("order {name} is declined; {captures} captures, {refunds} refunds")
            });
        }
        // The card's answer may still be on its way; once it arrives, what was authorized is voided.
        OrderStage::TakenBack => {
            let may_void = order.answered_in.is_none() || order.asked.contains_key(&Operation::Void);
            let kept = authorizations > 0 && !may_void;
            checks.check(Promise::TakenBackIsLetGo, place, captures == 0 && !kept, || {
                format!("order {name} was taken back; {captures} captures, {authorizations} authorizations")
            });
        }
        // Either captured already, with the provider's answer on its way, or not even authorized.
        OrderStage::Authorized | OrderStage::Placed => {
            let pending = captures == 0 || order.stage == OrderStage::Authorized;
            checks.check(Promise::SoldIsCaptured, place, pending, || {
                format!("order {name} was captured, and never authorized")
            });
        }
    }
    if order.stage == OrderStage::Refunded {
        checks.check(Promise::RefundedOnce, place, refunds == 1, || {
            format!("order {name} is refunded; {refunds} refunds")
        });
    }
}
