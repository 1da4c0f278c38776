//! The promises about money, by the card provider's own ledger.

use compact_str::CompactString;

use super::book::Book;
use super::promise::Promise;
use super::standing::{Order, OrderStage};
use super::tally::{Place, Tally};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// One line of the card provider's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// When, by the provider's clock.
    pub at: Timestamp,
    /// The idempotency key of the request.
    pub key: String,
    /// `authorize`, `capture`, `void` or `refund`.
    pub operation: String,
    /// The order, as `kindle-fire-hd.17`.
    pub order: String,
    /// The card's token.
    pub card: String,
    /// How much.
    pub amount: Money,
    /// Whether money moved or was held by this line; not by a decline, nor by a repeated request.
    pub taken: bool,
}

/// What is asked of a card provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Authorize,
    Capture,
    Void,
    Refund,
}

impl Operation {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "authorize" => Some(Self::Authorize),
            "capture" => Some(Self::Capture),
            "void" => Some(Self::Void),
            "refund" => Some(Self::Refund),
            _ => None,
        }
    }
}

/// Holds one line against the history, which must have been read to its end, and enters it.
pub(super) fn check_entry(
    tally: &mut Tally,
    place: Place,
    entry: &LedgerEntry,
    found: Option<(&mut Book, u32)>,
) {
    let operation = Operation::parse(&entry.operation);
    let (mut book, ordinal) = found.map_or((None, 0), |(book, ordinal)| (Some(book), ordinal));
    let order = book.as_mut().and_then(|book| book.orders.get_mut(&ordinal));
    let asked = order.as_ref().zip(operation).is_some_and(|(order, operation)| {
        let key = order.asked.get(&operation);
        key.is_some_and(|key| key.to_string() == entry.key)
            && order.card == entry.card
            && order.amount == entry.amount
    });
    tally.check(Promise::NoMoneyWithoutEffect, place, asked, || {
        let LedgerEntry { key, operation, order, amount, .. } = entry;
        format!("{operation} {key} of order {order}, {amount}: no effect of the history asks for this")
    });
    let (Some(operation), Some(book)) = (operation, book) else { return };
    let units = match book.orders.get_mut(&ordinal) {
        Some(order) => {
            check_single(tally, place, entry, operation, order);
            i64::from(order.units)
        }
        // Money for an order that nobody knows: the amount tells how many units it was for.
        None => (entry.amount.minor / book.terms.price.minor.max(1)).max(1),
    };
    let sign = match operation {
        Operation::Capture if entry.taken => 1,
        Operation::Refund if entry.taken => -1,
        _ => return,
    };
    book.takings.units += sign * units;
    book.takings.minor += i128::from(sign) * i128::from(entry.amount.minor);
    let (captured, allotment) = (book.takings.units, i64::from(book.terms.units));
    tally.check(Promise::NeverOversold, place, captured <= allotment, || {
        format!("{}: {captured} units are paid for, of {allotment}", book.terms.id)
    });
}

fn check_single(
    tally: &mut Tally,
    place: Place,
    entry: &LedgerEntry,
    operation: Operation,
    order: &mut Order,
) {
    let first = order.keys.entry(operation).or_insert_with(|| CompactString::from(&entry.key));
    let same_key = *first == entry.key;
    match operation {
        Operation::Capture if entry.taken => order.captures += 1,
        Operation::Refund if entry.taken => order.refunds += 1,
        _ => {}
    }
    let captures = order.captures;
    tally.check(Promise::NeverChargedTwice, place, same_key && captures <= 1, || {
        let LedgerEntry { key, operation, order, .. } = entry;
        format!("order {order} has {captures} captures; {operation} {key} is not its first")
    });
}

/// Holds an order's end against the ledger, which must have been read to its end.
pub(super) fn check_order(tally: &mut Tally, partition: u32, name: &str, order: &Order) {
    let place = Place::Record { partition, sequence: order.sequence };
    let Order { captures, refunds, stage, .. } = *order;
    match stage {
        OrderStage::Sold => tally.check(Promise::SoldIsCaptured, place, captures > 0, || {
            format!("order {name} is sold, and nothing was captured")
        }),
        OrderStage::Declined { .. } => {
            tally.check(Promise::DeclinedIsNotCaptured, place, captures == refunds, || {
                format!("order {name} is declined; {captures} captures, {refunds} refunds")
            });
        }
        // Captured already, and the provider's word is on its way; or not even authorized.
        OrderStage::Authorized | OrderStage::Placed => {
            let pending = captures == 0 || stage == OrderStage::Authorized;
            tally.check(Promise::SoldIsCaptured, place, pending, || {
                format!("order {name} was captured, and never authorized")
            });
        }
    }
}
