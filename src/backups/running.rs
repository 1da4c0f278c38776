//! The backups of a running server.

use super::directory::Backups;
use super::error::BackupError;
use super::making::{Made, Source};
use super::watch::BackupWatch;
use crate::clock::Clock;

/// The backups of a running server.
#[derive(Debug, Clone)]
pub struct RunningBackups {
    /// Where they are kept.
    pub backups: Backups,
    /// The data directory of the server.
    pub source: Source,
    /// What is known of them.
    pub watch: BackupWatch,
}

impl RunningBackups {
    /// Makes a backup, and counts what became of it.
    ///
    /// # Errors
    /// As [`Backups::make`].
    pub fn make(&self, clock: &Clock) -> Result<Made, BackupError> {
        let began = clock.now();
        let made = self.backups.make(&self.source, began);
        self.watch.note(&made, began, clock.now());
        made
    }
}
