//! Checks: how often each promise was checked, and where it first failed.

use std::collections::BTreeMap;
use std::fmt;

use super::promise::Promise;
use crate::domain::time::Timestamp;

/// The input that is being read: a record or a line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordPlace {
    /// A record of the history.
    Record { partition: u32, sequence: u64 },
    /// A line of the ledger, counted from 1.
    LedgerLine(u64),
}

impl fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record { partition, sequence } => write!(f, "partition {partition} record {sequence}"),
            Self::LedgerLine(line) => write!(f, "ledger line {line}"),
        }
    }
}

/// The checks of one promise.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) checked: u64,
    pub(super) violation: Option<String>,
}

/// The checks of all promises.
#[derive(Debug, Default)]
pub(super) struct Checks {
    entries: BTreeMap<Promise, Entry>,
}

impl Checks {
    /// Counts one check. Keeps only the first failure: later ones may be its consequences.
    pub(super) fn check(
        &mut self,
        promise: Promise,
        place: RecordPlace,
        holds: bool,
        why: impl FnOnce() -> String,
    ) {
        let entry = self.entries.entry(promise).or_default();
        entry.checked += 1;
        if !holds && entry.violation.is_none() {
            entry.violation = Some(format!("{place}: {}", why()));
        }
    }

    /// Removes and returns the checks of one promise.
    pub(super) fn take(&mut self, promise: Promise) -> Entry {
        self.entries.remove(&promise).unwrap_or_default()
    }
}

/// The record that is being read, and the checks that it counts towards.
pub(super) struct RecordChecks<'a> {
    pub(super) all: &'a mut Checks,
    pub(super) partition: u32,
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
}

impl RecordChecks<'_> {
    /// Counts one check against this record.
    pub(super) fn check(&mut self, promise: Promise, holds: bool, why: impl FnOnce() -> String) {
        let place = RecordPlace::Record { partition: self.partition, sequence: self.sequence };
        self.all.check(promise, place, holds, why);
    }
}
