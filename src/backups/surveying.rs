//! What stands in a directory of backups: which of them are whole, and which keys may not be there any more.

use std::path::Path;

use super::directory::{KEYS, backups_in};
use super::error::BackupError;
use super::manifest::Manifest;
use super::name::BackupName;
use crate::domain::time::{Millis, Timestamp};

/// What was found in a directory of backups.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The backups.
    pub backups: usize,
    /// The newest of them.
    pub newest: Option<BackupName>,
    /// The copies of keys.
    pub keys: usize,
    /// What is wrong, a line each.
    pub faults: Vec<String>,
}

/// Checks every backup against its manifest, and the age of every copy of keys. Changes nothing.
///
/// # Errors
/// When the directory cannot be read.
pub fn survey(directory: &Path, retention: Millis, now: Timestamp) -> Result<Survey, BackupError> {
    let (backups, keys) = (backups_in(directory)?, backups_in(&directory.join(KEYS))?);
    let mut faults = Vec::new();
    let places = backups.iter().map(|name| directory.join(name.to_string()));
    for place in places.chain(keys.iter().map(|name| directory.join(KEYS).join(name.to_string()))) {
        if let Err(error) = Manifest::read(&place).and_then(|manifest| manifest.check(&place)) {
            faults.push(error.to_string());
        }
    }
    faults.extend(overdue_keys(directory, retention, now)?);
    Ok(Survey { backups: backups.len(), newest: backups.last().copied(), keys: keys.len(), faults })
}

/// What is wrong with the age of the copies of keys, a line each.
///
/// # Errors
/// When the directory cannot be read.
pub fn overdue_keys(directory: &Path, retention: Millis, now: Timestamp) -> Result<Vec<String>, BackupError> {
    let keys = directory.join(KEYS);
    let old = |name: &BackupName| now.since(name.made_at()) > retention;
    let say = |name: BackupName| {
        format!(
            "{} is older than backup_retention ({}), and may open people who were erased since",
            keys.join(name.to_string()).display(),
            retention.in_words()
        )
    };
    Ok(backups_in(&keys)?.into_iter().filter(old).map(say).collect())
}
