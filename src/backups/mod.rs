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
//! Invariant: what is made of a backup is in quarantine until an operator opens it, and nothing leaves it: a copy must not speak
//! in the name of its original, and what goes on must not pay twice.
//!
//! Reading order: `name`, `manifest`, [`ErasureLedger`], [`Backups`], `making`, `keeping`, [`restore`](fn@restore), [`survey`](fn@survey),
//! [`BackupWatch`].

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
mod running;
mod surveying;
mod tree;
mod watch;

pub use directory::Backups;
pub use error::BackupError;
pub use ledger::{ErasureLedger, NotedErasure};
pub use making::{JournalFiles, Made, Running, Source};
pub use name::{BackupName, NotAName};
pub use restored::record_restored_erasures;
pub use restoring::{Restored, Restoring, restore};
pub use running::RunningBackups;
pub use surveying::{Survey, overdue_keys, survey};
pub use watch::BackupWatch;
