//! The directory of the backups, and what lies where in it.

use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::ledger::ErasureLedger;
use super::manifest::Manifest;
use super::name::BackupName;
use super::tree;
use crate::domain::time::Millis;
use crate::journal::{self, DataLock};
use crate::outbox::instance::Instance;

/// The directory of the copies of keys, in that of the backups.
pub(super) const KEYS: &str = "keys";

/// What is being made. Whoever finds it while nobody works there removes it.
pub(super) const MAKING: &str = ".making";

/// The copied data directory, in a backup.
pub(super) const DATA: &str = "data";

/// A directory of backups. Its clones are the same directory.
#[derive(Debug, Clone)]
pub struct Backups {
    pub(super) directory: PathBuf,
    /// How long copies of keys are kept.
    pub(super) retention: Millis,
    ledger: ErasureLedger,
}

impl Backups {
    /// Opens a directory of backups, which is made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made, or its ledger of erasures cannot be opened.
    pub fn open(directory: &Path, retention: Millis) -> Result<Self, BackupError> {
        tree::make(directory)?;
        let ledger = ErasureLedger::open(directory)?;
        Ok(Self { directory: directory.to_owned(), retention, ledger })
    }

    /// The ledger of erasures.
    #[must_use]
    pub const fn ledger(&self) -> &ErasureLedger {
        &self.ledger
    }

    /// Checks that the backups that are there are of this data directory.
    ///
    /// # Errors
    /// When they are of another one.
    pub fn check_owner(&self, instance: &Instance) -> Result<(), BackupError> {
        let newest = backups_in(&self.directory)?.pop();
        let Some(newest) = newest else { return Ok(()) };
        let manifest = Manifest::read(&self.directory.join(newest.to_string()))?;
        if manifest.instance == instance.id.to_string() {
            Ok(())
        } else {
            Err(BackupError::Foreign(self.directory.clone()))
        }
    }
}

/// The whole backups of a directory, the oldest first.
pub(super) fn backups_in(directory: &Path) -> Result<Vec<BackupName>, BackupError> {
    let names = tree::entries(directory)?.into_iter().filter(|(_, is_directory)| *is_directory);
    let mut names: Vec<BackupName> = names.filter_map(|(name, _)| name.parse().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Takes the lock of a directory of backups: one at a time makes, restores or removes something there.
pub(super) fn lock(directory: &Path) -> Result<DataLock, BackupError> {
    DataLock::acquire(directory).map_err(|error| match error {
        journal::Error::Locked { .. } => BackupError::Busy(directory.to_owned()),
        other => other.into(),
    })
}
