//! A backup that a running server made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupView {
    /// Its directory, on the server's machine.
    pub backup: String,
    /// The last record of each journal that is in it.
    pub positions: BTreeMap<String, u64>,
    /// Its size, without the keys.
    pub bytes: u64,
    /// The copies of keys of older backups that were removed, because they were older than the retention.
    pub keys_removed: usize,
}
