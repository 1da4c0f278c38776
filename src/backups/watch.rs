//! What is known of the backups of a running server: when the last one was made, and whether the next one is late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::directory::{Backups, backups_in};
use super::error::BackupError;
use super::making::Made;
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry::backups::BackupMeters;

/// Backups that may be missed, as a factor of the time between two, before the newest one is too old.
const LATE: i64 = 2;

/// Watches over the backups of a server. Its clones are the same watch.
#[derive(Debug, Clone)]
pub struct BackupWatch(Arc<Mutex<Watched>>);

#[derive(Debug)]
struct Watched {
    /// How often a backup is to be made; `None` means that nobody knows.
    every: Option<Millis>,
    /// When the watch began.
    since: Timestamp,
    /// When the newest backup was begun.
    newest: Option<Timestamp>,
    /// When the last attempt was made, if it failed.
    failed_at: Option<Timestamp>,
}

impl BackupWatch {
    /// Watches over a directory of backups, of which one is to be made `every` so often.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn over(backups: &Backups, every: Option<Millis>, now: Timestamp) -> Result<Self, BackupError> {
        let newest = backups_in(&backups.directory)?.pop().map(|name| name.made_at());
        let watched = Watched { every, since: now, newest, failed_at: None };
        Ok(Self(Arc::new(Mutex::new(watched))))
    }

    /// Takes in what became of an attempt that began at `began` and ended at `ended`. One that found another one under way is
    /// none.
    pub(super) fn note(&self, made: &Result<Made, BackupError>, began: Timestamp, ended: Timestamp) {
        let meters = BackupMeters::new();
        match made {
            Ok(made) => {
                meters.made.increment(1);
                meters.bytes.set(made.bytes as f64);
                meters.took.set(ended.since(began).ms() as f64 / 1000.0);
                let mut watched = self.watched();
                (watched.newest, watched.failed_at) = (Some(began), None);
            }
            Err(BackupError::Busy(_)) => return,
            Err(_) => {
                meters.failed.increment(1);
                self.watched().failed_at = Some(began);
            }
        }
        self.publish(ended);
    }

    /// Publishes the gauges that change with time.
    pub fn publish(&self, now: Timestamp) {
        let Some(newest) = self.watched().newest else { return };
        let meters = BackupMeters::new();
        meters.newest_at.set(newest.ms() as f64 / 1000.0);
        meters.newest_age.set(now.since(newest).ms() as f64 / 1000.0);
    }

    /// What an operator should know.
    #[must_use]
    pub fn reasons(&self, now: Timestamp) -> Vec<String> {
        let watched = self.watched();
        let failed =
            watched.failed_at.map(|at| format!("backups: the one of {at} could not be made; see the log"));
        failed.into_iter().chain(watched.late(now)).collect()
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// That the newest backup is too old, where one is to be made so often.
    fn late(&self, now: Timestamp) -> Option<String> {
        let every = self.every?;
        let last = self.newest.unwrap_or(self.since);
        if now.since(last).ms() <= every.ms().saturating_mul(LATE) {
            return None;
        }
        let every = every.in_words();
        Some(match self.newest {
            Some(newest) => format!("backups: the newest one is of {newest}, and backup_every is {every}"),
            None => format!("backups: none was ever made, and backup_every is {every}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    const DAY: Millis = Millis::from_secs(86_400);

    fn day(days: i64) -> Timestamp {
        Timestamp::from_ms(1_796_008_500_123 + days * DAY.ms())
    }

    fn watch(every: Option<Millis>) -> (tempfile::TempDir, BackupWatch) {
        let place = tempfile::tempdir().unwrap();
        let backups = Backups::open(place.path(), DAY).unwrap();
        let watch = BackupWatch::over(&backups, every, day(0)).unwrap();
        (place, watch)
    }

    fn made() -> Result<Made, BackupError> {
        Ok(Made { path: PathBuf::new(), positions: BTreeMap::new(), bytes: 1, keys_removed: 0 })
    }

    #[test]
    fn a_backup_is_late_after_twice_the_time_between_two() {
        let (place, watch) = watch(Some(DAY));
        assert_eq!(watch.reasons(day(2)), Vec::<String>::new());
        assert!(watch.reasons(day(3))[0].contains("none was ever made"));
        watch.note(&made(), day(3), day(3));
        assert_eq!(watch.reasons(day(5)), Vec::<String>::new());
        assert!(watch.reasons(day(6))[0].contains(&format!("is of {}", day(3))));
        drop(place);
    }

    #[test]
    fn a_failure_is_told_until_a_backup_is_made_and_a_busy_directory_is_none() {
        let (place, watch) = watch(None);
        watch.note(&Err(BackupError::Busy(PathBuf::new())), day(0), day(0));
        assert_eq!(watch.reasons(day(99)), Vec::<String>::new(), "nobody says how often one is made");
        watch.note(&Err(BackupError::Foreign(PathBuf::new())), day(1), day(1));
        assert!(watch.reasons(day(1))[0].contains("could not be made"));
        watch.note(&made(), day(2), day(2));
        assert_eq!(watch.reasons(day(2)), Vec::<String>::new());
        drop(place);
    }

    #[test]
    fn what_an_earlier_run_made_counts() {
        let place = tempfile::tempdir().unwrap();
        let backups = Backups::open(place.path(), DAY).unwrap();
        std::fs::create_dir(place.path().join(super::super::BackupName::at(day(0)).to_string())).unwrap();
        let watch = BackupWatch::over(&backups, Some(DAY), day(3)).unwrap();
        assert!(watch.reasons(day(3))[0].contains(&format!("is of {}", day(0))));
    }
}
