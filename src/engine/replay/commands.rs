//! The operator's commands in a replay; all of them are read before the replay begins.

use std::io::Read;

use compact_str::CompactString;

use super::input::BadLine;
use crate::domain::command::{Command, StockChange};
use crate::domain::id::OfferNo;
use crate::domain::offering::Offering;
use crate::domain::sale_order::SaleOrder;
use crate::intake::commands::{Operation, Scheduled, decode_command};
use crate::intake::lines::Lines;

/// A command, and its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// The command and its time.
    pub scheduled: Scheduled,
}

impl Timed {
    /// Returns the command if it changes an offer, for the offer of that number. Its line number is its
    /// idempotency key.
    pub(super) fn on_offer(&self, offer: OfferNo) -> Option<Command> {
        let change = |units: u32| StockChange { offer, units, key: format!("line-{}", self.line).into() };
        match &self.scheduled.operation {
            Operation::Restock { units, .. } => Some(Command::Restock(change(*units))),
            Operation::Withdraw { units, .. } => Some(Command::Withdraw(change(*units))),
            Operation::Sale { change, .. } => {
                Some(Command::Operate(SaleOrder { offer, change: *change, reason: CompactString::default() }))
            }
            Operation::Unfreeze(_) | Operation::Unlink(_) => None,
        }
    }
}

/// Reads commands about these offers, and sorts them by time. The operator wrote them, so a bad line is a
/// mistake and none of the commands is used.
///
/// # Errors
/// The outer result reports reading; the inner one lists every line that is not a command.
pub fn read_commands(
    from: impl Read,
    offers: &[Offering],
) -> std::io::Result<Result<Vec<Timed>, Vec<BadLine>>> {
    let (mut commands, mut bad) = (Vec::new(), Vec::new());
    let mut lines = Lines::new(from);
    while let Some((line, read)) = lines.next_line()? {
        match read.and_then(decode_command) {
            Ok(scheduled) if is_about(&scheduled.operation, offers) => {
                commands.push(Timed { line, scheduled });
            }
            Ok(_) => bad.push(BadLine { line, reason: "`offer` is none of the offer file".to_owned() }),
            Err(fault) => bad.push(BadLine { line, reason: fault.to_string() }),
        }
    }
    commands.sort_by_key(|timed| timed.scheduled.at);
    Ok(if bad.is_empty() { Ok(commands) } else { Err(bad) })
}

fn is_about(operation: &Operation, offers: &[Offering]) -> bool {
    let sells_units = matches!(operation, Operation::Restock { .. } | Operation::Withdraw { .. });
    operation.offer().is_none_or(|named| {
        offers.iter().any(|offer| offer.id() == named && (!sells_units || offer.purchase().is_some()))
    })
}
