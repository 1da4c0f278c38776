//! An operator's commands in a recording, one JSON object per line.
//!
//! `{"at":"2013-02-13T12:05:00Z","command":"restock","offer":"kindle","units":5}`, `"withdraw"` likewise, and
//! `{"at":...,"command":"unfreeze","account":"x:42"}` and `"unlink"` likewise; `"pause"` with `"deadlines":"run"` or `"freeze"`, `"resume"`, and
//! `"close"` with `"waitlist":"serve"` or `"release"`, each with its offer. A line with an unknown field, or with one that its
//! command does not use, is refused.

use serde::Deserialize;

use super::fault::Fault;
use super::field::{Field, Word};
use super::json::{parse, plain_text};
use crate::domain::id::{Account, OfferId};
use crate::domain::sale_order::{Deadlines, LineAtClose, SaleChange};
use crate::domain::time::Timestamp;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    at: Word<'a>,
    command: Word<'a>,
    offer: Word<'a>,
    units: Field<i64>,
    account: Word<'a>,
    deadlines: Word<'a>,
    waitlist: Word<'a>,
}

/// A command and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Time at which the command takes effect.
    pub at: Timestamp,
    /// The command.
    pub operation: Operation,
}

/// The commands that an operator can give while a sale runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Adds units.
    Restock {
        /// Id of the offer.
        offer: OfferId,
        /// The number of units.
        units: u32,
    },
    /// Takes free units off the sale.
    Withdraw {
        /// Id of the offer.
        offer: OfferId,
        /// The number of units.
        units: u32,
    },
    /// Lets an account buy again that was frozen by its owner.
    Unfreeze(Account),
    /// Unlinks an account.
    Unlink(Account),
    /// Pauses, resumes or closes a sale.
    Sale {
        /// Id of the offer.
        offer: OfferId,
        /// The change.
        change: SaleChange,
    },
}

impl Operation {
    /// The offer that the command changes; `None` for an unfreeze.
    #[must_use]
    pub fn offer(&self) -> Option<&OfferId> {
        match self {
            Self::Restock { offer, .. } | Self::Withdraw { offer, .. } | Self::Sale { offer, .. } => {
                Some(offer)
            }
            Self::Unfreeze(_) | Self::Unlink(_) => None,
        }
    }
}

/// Decodes one command.
///
/// # Errors
/// When the line is not a command.
pub fn decode_command(line: &[u8]) -> Result<Scheduled, Fault> {
    let line: Line<'_> = parse(plain_text(line)?)?;
    let at = line.at.required("at")?.parse().map_err(|_| Fault::BadTime { field: "at" })?;
    let unused = |field: &str, present| {
        if present { Err(Fault::UnknownField { field: field.to_owned() }) } else { Ok(()) }
    };
    let command = line.command.required("command")?;
    unused("deadlines", line.deadlines.is_present() && command != "pause")?;
    unused("waitlist", line.waitlist.is_present() && command != "close")?;
    let operation = match &*command {
        name @ ("restock" | "withdraw") => {
            unused("account", line.account.is_present())?;
            let offer = offer(&line.offer.required("offer")?)?;
            let units = units(line.units)?;
            if name == "restock" {
                Operation::Restock { offer, units }
            } else {
                Operation::Withdraw { offer, units }
            }
        }
        name @ ("unfreeze" | "unlink") => {
            unused("offer", line.offer.is_present())?;
            unused("units", line.units.is_present())?;
            let account = line.account.required("account")?.parse();
            let account = account.map_err(|fault| Fault::BadId { field: "account", fault })?;
            if name == "unfreeze" { Operation::Unfreeze(account) } else { Operation::Unlink(account) }
        }
        name @ ("pause" | "resume" | "close") => {
            unused("account", line.account.is_present())?;
            unused("units", line.units.is_present())?;
            let offer = offer(&line.offer.required("offer")?)?;
            let change = match name {
                "pause" => SaleChange::Pause(deadlines(line.deadlines)?),
                "resume" => SaleChange::Resume,
                _ => SaleChange::Close(line_at_close(line.waitlist)?),
            };
            Operation::Sale { offer, change }
        }
        _ => {
            let expected = "one of restock, withdraw, unfreeze, unlink, pause, resume, close";
            return Err(Fault::BadValue { field: "command", expected });
        }
    };
    Ok(Scheduled { at, operation })
}

fn offer(name: &str) -> Result<OfferId, Fault> {
    OfferId::parse(name)
        .ok_or(Fault::BadValue { field: "offer", expected: "an offer's id as kindle-fire-hd" })
}

fn units(field: Field<i64>) -> Result<u32, Fault> {
    const EXPECTED: &str = "a whole number from 1 to 4294967295";
    let units = match field {
        Field::Null | Field::Other => None,
        field => u32::try_from(field.required("units")?).ok().filter(|units| *units > 0),
    };
    units.ok_or(Fault::BadValue { field: "units", expected: EXPECTED })
}

/// By default, deadlines run on.
fn deadlines(word: Word<'_>) -> Result<Deadlines, Fault> {
    match word.optional("deadlines")?.as_deref() {
        None | Some("run") => Ok(Deadlines::Run),
        Some("freeze") => Ok(Deadlines::Freeze),
        Some(_) => Err(Fault::BadValue { field: "deadlines", expected: "run or freeze" }),
    }
}

/// By default, claims in line are served.
fn line_at_close(word: Word<'_>) -> Result<LineAtClose, Fault> {
    match word.optional("waitlist")?.as_deref() {
        None | Some("serve") => Ok(LineAtClose::Serve),
        Some("release") => Ok(LineAtClose::Release),
        Some(_) => Err(Fault::BadValue { field: "waitlist", expected: "serve or release" }),
    }
}
