//! The erasures that happened after a backup, in the directory that was made of it: their keys are destroyed already, and the
//! first start records them in the control journal, which unlinks the accounts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::tree;
use crate::control::journal::ControlJournal;
use crate::domain::id::Account;
use crate::domain::time::Timestamp;
use crate::journal::Log;

/// The name of the file in a data directory: an account a line.
const NAME: &str = "restored-erasures";

/// Writes down who was erased.
pub(super) fn write_erased<'a>(
    data: &Path,
    accounts: impl Iterator<Item = &'a Account>,
) -> Result<(), BackupError> {
    let text: String = accounts.map(|account| format!("{account}\n")).collect();
    if text.is_empty() { Ok(()) } else { tree::write(&data.join(NAME), text.as_bytes()) }
}

/// Records the erasures that a restored directory has still to record. They are durable when this returns.
///
/// # Errors
/// When the file cannot be read or removed, or the journal fails.
pub fn record_restored_erasures<L: Log>(
    data: &Path,
    control: &mut ControlJournal<L>,
    now: Timestamp,
) -> Result<(), BackupError> {
    let path: PathBuf = data.join(NAME);
    let text = match fs::read_to_string(&path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(BackupError::io("read", &path))?,
    };
    for line in text.lines() {
        let account: Account = line.parse().map_err(|_| BackupError::Damaged {
            path: path.clone(),
            detail: "a line is no account; restore the backup again".to_owned(),
        })?;
        if let Some(event) = control.state().decide_erasing(&account) {
            control.record(now, event)?;
        }
    }
    control.flush()?;
    fs::remove_file(&path).map_err(BackupError::io("remove", &path))?;
    tree::sync(data)
}
