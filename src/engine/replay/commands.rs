//! The operator's commands in a replay: read as a whole before anything begins.

use std::io::Read;

use super::input::BadLine;
use crate::domain::command::{Command, StockChange};
use crate::domain::id::OfferNo;
use crate::domain::offering::Offering;
use crate::intake::commands::{Operation, Scheduled, decode_command};
use crate::intake::lines::Lines;

/// A command, and its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// The number of the line, from 1.
    pub line: u64,
    /// The command and its time.
    pub scheduled: Scheduled,
}

impl Timed {
    /// The command on stock, for the offer of that number. Its line is its idempotency key.
    pub(super) fn on_stock(&self, offer: OfferNo) -> Option<Command> {
        let change = |units: u32| StockChange { offer, units, key: format!("line-{}", self.line).into() };
        match &self.scheduled.operation {
            Operation::Restock { units, .. } => Some(Command::Restock(change(*units))),
            Operation::Withdraw { units, .. } => Some(Command::Withdraw(change(*units))),
            Operation::Unfreeze(_) => None,
        }
    }
}

/// Reads commands about these offers, and sorts them by their time. They are the operator's own, so either
/// all are understood or none is used.
///
/// # Errors
/// The outer result is that of reading; the inner one has every line that is no command.
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
    operation
        .offer()
        .is_none_or(|named| offers.iter().filter_map(Offering::purchase).any(|terms| terms.id == *named))
}
