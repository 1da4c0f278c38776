//! Backups of a data directory: made while it sells or while it is stopped, kept in a directory of their own, and made a data
//! directory again.
//!
//! ```text
//! backups/
//!   2026-11-30T03-15-00.123Z/   a backup: manifest.json, and what was copied below data/
//!   keys/2026-11-30T.../        its copies of keys, apart: they go after the retention
//!   erasures.ndjson             who was erased, since the first backup
//!   restores.ndjson             the epochs that restored directories got
//! ```
//!
//! Invariant: a backup has its name only when it is whole on the disk. What is being made is in `.making`.
//!
//! Invariant: an account that was erased after a backup is erased in the directory that is made of it. An erasure is in the ledger
//! before anything else of it happens, and a backup names how many erasures had been completed before it began.
//!
//! Reading order: `name`, `manifest`, [`ErasureLedger`], [`Backups`], `making`, `keeping`, [`restore`](fn@restore), [`survey`](fn@survey).

mod books;
mod directory;
mod error;
mod keeping;
mod ledger;
mod making;
mod manifest;
mod name;
mod restored;
mod restoring;
mod surveying;
mod tree;

pub use directory::Backups;
pub use error::BackupError;
pub use ledger::{ErasureLedger, NotedErasure};
pub use making::{JournalFiles, Made, Running, RunningBackups, Source};
pub use name::{BackupName, NotAName};
pub use restored::record_restored_erasures;
pub use restoring::{Restored, restore};
pub use surveying::{Survey, overdue_keys, survey};
