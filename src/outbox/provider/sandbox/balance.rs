//! The balance of one order in the card sandbox.

use smallvec::SmallVec;

use super::ledger::{LedgerLine, Operation};
use crate::domain::money::{Currency, Money};

/// The sums of an order. Sums rather than a stage: like a real gateway, the sandbox would authorize an order
/// twice under two keys, and the balance must show it.
#[derive(Debug, Clone, Default)]
pub(super) struct Balance {
    currency: Option<Currency>,
    /// The ids of its authorizations: the numbers of their lines in the ledger.
    payments: SmallVec<[u64; 1]>,
    /// Amounts that are authorized, and neither captured nor voided.
    held: SmallVec<[i64; 1]>,
    captured: i64,
    refunded: i64,
    /// Statement credits for a purchase, before reversals.
    credited: i64,
    reversed: i64,
}

impl Balance {
    /// Returns why the order cannot take the request.
    pub(super) fn fault(&self, asked: &LedgerLine) -> Option<&'static str> {
        let Money { minor, currency } = asked.amount;
        if minor < 0 {
            return Some("negative_amount");
        }
        if self.currency.is_some_and(|first| first != currency) {
            return Some("other_currency");
        }
        match asked.operation {
            Operation::Authorize | Operation::Credit => None,
            Operation::ReverseCredit if self.credited - self.reversed < minor => Some("more_than_credited"),
            Operation::ReverseCredit => None,
            Operation::Refund if self.captured - self.refunded < minor => Some("more_than_captured"),
            Operation::Refund => None,
            Operation::Capture | Operation::Void if self.held.contains(&minor) => None,
            Operation::Capture | Operation::Void if !self.held.is_empty() => Some("other_amount"),
            Operation::Capture | Operation::Void if self.captured > 0 => Some("already_captured"),
            Operation::Capture | Operation::Void => Some("not_authorized"),
        }
    }

    /// Whether one of its authorizations has that id.
    pub(super) fn has_payment(&self, id: &str) -> bool {
        self.payments.iter().any(|payment| payment.to_string() == id)
    }

    /// Applies an approved request, the one of that line of the ledger.
    pub(super) fn move_money(&mut self, number: u64, line: &LedgerLine) {
        let Money { minor, currency } = line.amount;
        self.currency = Some(currency);
        match line.operation {
            Operation::Authorize => {
                self.held.push(minor);
                self.payments.push(number);
            }
            Operation::Capture => {
                self.release(minor);
                self.captured = self.captured.saturating_add(minor);
            }
            Operation::Void => self.release(minor),
            Operation::Refund => self.refunded = self.refunded.saturating_add(minor),
            Operation::Credit => self.credited = self.credited.saturating_add(minor),
            Operation::ReverseCredit => self.reversed = self.reversed.saturating_add(minor),
        }
    }

    fn release(&mut self, minor: i64) {
        if let Some(index) = self.held.iter().position(|held| *held == minor) {
            self.held.swap_remove(index);
        }
    }
}
