//! How long copies of keys are kept: what opens a person may not outlive the retention in any backup.

use super::directory::{Backups, KEYS, MAKING, backups_in, lock};
use super::error::BackupError;
use super::name::BackupName;
use super::tree;
use crate::domain::time::Timestamp;

impl Backups {
    /// Removes the copies of keys that are older than the retention, and what an interrupted backup left. Returns how many
    /// copies were removed.
    ///
    /// # Errors
    /// When one of them cannot be removed, or somebody else works in the directory.
    pub fn remove_expired_keys(&self, now: Timestamp) -> Result<usize, BackupError> {
        let _alone = lock(&self.directory)?;
        self.clean_up(now)
    }

    /// The same, for who has the lock.
    pub(super) fn clean_up(&self, now: Timestamp) -> Result<usize, BackupError> {
        tree::remove(&self.directory.join(MAKING))?;
        let keys = self.directory.join(KEYS);
        let backups = backups_in(&self.directory)?;
        let mut removed = 0;
        for name in backups_in(&keys)? {
            // An interruption may have come between the keys and their backup.
            if self.is_expired(name, now) || !backups.contains(&name) {
                tree::remove(&keys.join(name.to_string()))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Whether the keys of a backup may not be kept any longer.
    pub(super) fn is_expired(&self, name: BackupName, now: Timestamp) -> bool {
        now.since(name.made_at()) > self.retention
    }
}
