//! The metrics of backups, and of what was made of them.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

/// Handle of the gauge that tells whether the data directory is in quarantine.
pub fn quarantined_gauge() -> Gauge {
    gauge!("flashtag_quarantined")
}

/// Handles of the metrics of backups.
pub struct BackupMeters {
    /// Backups that were made.
    pub made: Counter,
    /// Backups that could not be made.
    pub failed: Counter,
    /// When the newest backup was begun, in seconds since 1970.
    pub newest_at: Gauge,
    /// How old the newest backup is, in seconds.
    pub newest_age: Gauge,
    /// How long the last backup took, in seconds.
    pub took: Gauge,
    /// The size of the last backup, in bytes.
    pub bytes: Gauge,
}

impl BackupMeters {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            made: counter!("flashtag_backups_made_total"),
            failed: counter!("flashtag_backups_failed_total"),
            newest_at: gauge!("flashtag_backup_newest_timestamp_seconds"),
            newest_age: gauge!("flashtag_backup_newest_age_seconds"),
            took: gauge!("flashtag_backup_duration_seconds"),
            bytes: gauge!("flashtag_backup_bytes"),
        }
    }
}

impl Default for BackupMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// Describes them to the recorder.
pub(super) fn describe() {
    describe_gauge!(
        "flashtag_quarantined",
        "1 while a restored data directory is in quarantine, and nothing leaves it, 0 otherwise"
    );
    describe_counter!("flashtag_backups_made_total", "Backups made");
    describe_counter!("flashtag_backups_failed_total", "Backups that could not be made; the log says why");
    describe_gauge!(
        "flashtag_backup_newest_timestamp_seconds",
        "When the newest backup was begun, in seconds since 1970; absent while there is none"
    );
    describe_gauge!(
        "flashtag_backup_newest_age_seconds",
        "Age of the newest backup; absent while there is none"
    );
    describe_gauge!("flashtag_backup_duration_seconds", "How long the last backup of this process took");
    describe_gauge!(
        "flashtag_backup_bytes",
        "Size of the last backup of this process in bytes, without its keys"
    );
}
