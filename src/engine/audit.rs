//! The audit: runs the verifier over a data directory's journals and the card sandbox's ledger.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::error::Error;
use crate::intake::lines::Lines;
use crate::outbox::provider::sandbox::ledger::{LedgerLine, LedgerResult};
use crate::verify::{Checker, LedgerEntry};
pub use crate::verify::{Ending, Report};

/// The file name of the card sandbox's ledger in a data directory.
pub const LEDGER: &str = "cards.ndjson";

/// Checks the history in `data` against `ledger`, or against the ledger in `data` if it is `None`.
///
/// # Errors
/// When there is no history, a running engine uses it, or something cannot be read.
pub fn audit(data: &Path, ledger: Option<&Path>, ending: Ending) -> Result<Report, Error> {
    let archive = Archive::open(data)?;
    let mut checker = Checker::new(ending);
    // A freeze holds in every partition, also in one that was never told.
    archive.words(|at, word| checker.read_word(at, word))?;
    archive.read(|partition, sequence, form, record| {
        checker.read_form(partition, sequence, form);
        checker.read(partition, sequence, record);
    })?;
    let beside = data.join(LEDGER);
    let path = ledger.unwrap_or(&beside);
    if ledger.is_some() || path.exists() {
        checker.read_ledger(read_ledger(path)?);
    }
    Ok(checker.finish())
}

/// Reads a ledger. Its last line may be torn: a line that was being written when the power failed was never
/// answered.
fn read_ledger(path: &Path) -> Result<Vec<LedgerEntry>, Error> {
    let fault = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let mut lines = Lines::new(File::open(path).map_err(fault)?);
    let (mut entries, mut torn) = (Vec::new(), None::<u64>);
    while let Some((number, line)) = lines.next_line().map_err(fault)? {
        if let Some(line) = torn {
            return Err(Error::Ledger { path: PathBuf::from(path), line });
        }
        match line.ok().and_then(|line| serde_json::from_slice::<LedgerLine>(line).ok()) {
            Some(line) => entries.push(entry(line)),
            None => torn = Some(number),
        }
    }
    Ok(entries)
}

fn entry(line: LedgerLine) -> LedgerEntry {
    LedgerEntry {
        at: line.at,
        key: line.key.to_string(),
        operation: line.operation.name().to_owned(),
        order: line.order.to_string(),
        card: line.card.to_string(),
        amount: line.amount,
        taken: line.result == LedgerResult::Approved,
    }
}
