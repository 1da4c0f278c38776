//! The ledger of erasures beside the backups: a line for each, with the account and nothing else of the person. A directory
//! that is made of a backup erases everybody whose line was written later.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use super::tree;
use crate::domain::id::Account;
use crate::domain::time::Timestamp;
use crate::journal::private;

/// The name of the file.
const NAME: &str = "erasures.ndjson";

/// A line of the ledger.
#[derive(Serialize, Deserialize)]
struct Line {
    account: String,
    at: String,
}

/// The open ledger. Its clones are the same ledger.
#[derive(Clone)]
pub struct ErasureLedger(Arc<Open>);

struct Open {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// The lines, and the bytes of them.
    lines: u64,
    bytes: u64,
    /// The lines of erasures that are not completed.
    under_way: BTreeSet<u64>,
}

/// An erasure that is in the ledger, and is under way until this is dropped.
pub struct NotedErasure {
    ledger: ErasureLedger,
    line: u64,
}

impl ErasureLedger {
    /// Opens the ledger of a directory of backups, or makes it. What a crash left of a line is written over.
    pub(super) fn open(directory: &Path) -> Result<Self, BackupError> {
        let path = directory.join(NAME);
        let (lines, bytes) = match fs::read(&path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => (0, 0),
            read => {
                let text = read.map_err(BackupError::io("read", &path))?;
                let whole = memchr::memrchr(b'\n', &text).map_or(0, |end| end + 1);
                (memchr::memchr_iter(b'\n', &text).count() as u64, whole as u64)
            }
        };
        let opened = private::options().write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(BackupError::io("open", &path))?;
        tree::sync(directory)?;
        let state = Mutex::new(State { file, lines, bytes, under_way: BTreeSet::new() });
        Ok(Self(Arc::new(Open { path, state })))
    }

    /// Writes down, durably, that the person behind an account is being erased.
    ///
    /// # Errors
    /// When it cannot be written. Then nobody may be erased: a backup would bring the person back.
    pub fn note(&self, account: &Account, at: Timestamp) -> Result<NotedErasure, BackupError> {
        let mut state = self.state();
        let line = self.append(&mut state, account, at)?;
        state.under_way.insert(line);
        Ok(NotedErasure { ledger: self.clone(), line })
    }

    /// Adds accounts that are erased for good, if they are not among the lines from `since` on.
    pub(super) fn add_missing<'a>(
        &self,
        erased: impl Iterator<Item = &'a Account>,
        since: u64,
        at: Timestamp,
    ) -> Result<(), BackupError> {
        let known: BTreeSet<Account> = read(&self.0.path)?.into_iter().skip(as_index(since)).collect();
        let mut state = self.state();
        for account in erased.filter(|account| !known.contains(account)) {
            self.append(&mut state, account, at)?;
        }
        Ok(())
    }

    /// The lines before the first erasure that is not completed: what is copied from now on has all of them.
    pub(super) fn completed(&self) -> u64 {
        let state = self.state();
        state.under_way.first().copied().unwrap_or(state.lines)
    }

    /// Returns the number of the line, from 0. What a write that failed left is written over by the next one.
    fn append(&self, state: &mut State, account: &Account, at: Timestamp) -> Result<u64, BackupError> {
        let line = Line { account: account.to_string(), at: at.to_string() };
        let text = format!("{}\n", serde_json::to_string(&line).expect("a line is a plain value"));
        let written = state.file.set_len(state.bytes);
        let written = written.and_then(|()| state.file.write_all_at(text.as_bytes(), state.bytes));
        written.and_then(|()| state.file.sync_data()).map_err(BackupError::io("write", &self.0.path))?;
        state.bytes += text.len() as u64;
        state.lines += 1;
        Ok(state.lines - 1)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who was erased by the lines from `since` on, each once.
pub(super) fn erased_since(directory: &Path, since: u64) -> Result<BTreeSet<Account>, BackupError> {
    Ok(read(&directory.join(NAME))?.into_iter().skip(as_index(since)).collect())
}

/// The accounts of all whole lines, in order; none where there is no ledger.
fn read(path: &Path) -> Result<Vec<Account>, BackupError> {
    let text = match fs::read_to_string(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(BackupError::io("read", path))?,
    };
    let account = |(number, line): (usize, &str)| {
        let read = serde_json::from_str::<Line>(line).ok().and_then(|line| line.account.parse().ok());
        let detail =
            || format!("line {} is no erasure; restore the file, or somebody stays readable", number + 1);
        read.ok_or_else(|| BackupError::Damaged { path: path.to_owned(), detail: detail() })
    };
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.enumerate().map(account).collect()
}

fn as_index(line: u64) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}

impl Drop for NotedErasure {
    fn drop(&mut self) {
        self.ledger.state().under_way.remove(&self.line);
    }
}

impl fmt::Debug for ErasureLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasureLedger")
    }
}

impl fmt::Debug for NotedErasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotedErasure({})", self.line)
    }
}
