//! A subscriber in the simulated world: the history in a file, on a disk of its own that fails as well. It reads the
//! engine's journals while they are written, trimmed, and recovered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::domain::decision::Record;
use flashtag::journal::{DiskFault, Error as JournalError, FileStore, LogStore, SimDisk};
use flashtag::subscribers::error::SubscriberError;
use flashtag::subscribers::follow::{Follow, Step};
use flashtag::subscribers::history::HistoryFile;
use flashtag::subscribers::positions::{DurablePositions, SubscriberStatus};
use flashtag::verify::{HistoryFault, read_history};

use super::coverage::Coverage;
use crate::test_rng::TestRng;

const FILE: &str = "/books/history.ndjson";

/// The history file, and the subscriber that writes it while the engine runs.
pub(super) struct History {
    rng: TestRng,
    disk: SimDisk,
    running: Option<Running>,
    /// The last record of each partition that was synced.
    synced: Vec<u64>,
}

struct Running {
    follow: Follow<FileStore>,
    durable: Arc<DurablePositions>,
    status: Arc<SubscriberStatus>,
}

impl History {
    pub(super) fn new(seed: u64) -> Self {
        // Choices of its own: the rest of the world is the same without it.
        let rng = TestRng::new(seed ^ 0x6869_7374_6f72_7921);
        Self { rng, disk: SimDisk::new(), running: None, synced: Vec::new() }
    }

    /// Starts with the engine, whose journals end with the records `last`.
    pub(super) fn start(&mut self, stores: Vec<FileStore>, last: Vec<u64>) {
        self.synced.resize(last.len(), 0);
        let status = Arc::new(SubscriberStatus::new("history", last.len()));
        let (durable, _) = DurablePositions::new(last, 0);
        let file = HistoryFile::new(Arc::new(self.disk.clone()), PathBuf::from(FILE));
        let follow = Follow::new(Box::new(file), stores, Arc::clone(&durable), Arc::clone(&status));
        self.running = Some(Running { follow, durable, status });
    }

    /// Ends with the engine.
    pub(super) fn end(&mut self, power_lost: bool) {
        self.running = None;
        let Self { disk, rng, .. } = self;
        if power_lost { disk.crash(|_| rng.below(2) as u64) } else { disk.restart() }
    }

    pub(super) fn advance(&self, partition: u32, sequence: u64) {
        if let Some(running) = &self.running {
            running.durable.advance(partition, sequence);
        }
    }

    /// The last record that snapshots may remove: they leave for it everything, or nothing.
    pub(super) fn unneeded(&mut self, partition: u32, store: &FileStore) -> Option<u64> {
        let bytes = *self.rng.pick(&[u64::MAX, u64::MAX, 0]);
        let synced = self.running.as_ref()?.status.synced.of(partition);
        Some(store.dispensable(synced, bytes).unwrap_or(synced))
    }

    /// Runs its thread for a moment, perhaps.
    pub(super) fn turn(&mut self, faults: bool, coverage: &mut Coverage) {
        match self.rng.below(8) {
            0 if faults => {
                let nth = 1 + self.rng.below(4) as u64;
                self.disk.inject(match self.rng.below(3) {
                    0 => DiskFault::WriteFails { nth, errno: 28 },
                    1 => DiskFault::WriteShort { nth, bytes: 1 + self.rng.below(700) },
                    _ => DiskFault::SyncFails { nth, errno: 5 },
                });
            }
            1 => self.sync(coverage),
            2..=4 => {
                let Some(running) = &mut self.running else { return };
                let result = running.follow.step();
                self.check_step(result.map(drop), coverage);
            }
            _ => {}
        }
    }

    fn sync(&mut self, coverage: &mut Coverage) {
        let Some(running) = &mut self.running else { return };
        let result = running.follow.sync();
        self.check_step(result, coverage);
    }

    /// What was synced stays, whatever fails.
    fn check_step(&mut self, result: Result<(), SubscriberError>, coverage: &mut Coverage) {
        match result {
            Ok(()) => {
                let Some(running) = &self.running else { return };
                for (before, now) in self.synced.iter_mut().zip(running.status.synced.all()) {
                    // Until it is opened it knows of nothing.
                    assert!(now >= *before || now == 0, "record {before} was durable, now only {now}");
                    *before = now.max(*before);
                }
            }
            Err(SubscriberError::Io { .. } | SubscriberError::Journal(JournalError::Io { .. })) => {
                coverage.see("failed history");
            }
            Err(error) => panic!("the history does not go on: {error}"),
        }
    }

    /// Applies everything, and compares the file with the records: each is there once, or in a gap.
    pub(super) fn finish(
        &mut self,
        expected: &[(u32, u64, Record)],
        keeps_all: bool,
        coverage: &mut Coverage,
    ) {
        let running = self.running.as_mut().expect("the engine runs between crashes");
        while running.follow.step().expect("all faults have ended") == Step::Applied {}
        self.sync(coverage);
        let text = self.disk.content(Path::new(FILE)).expect("it was opened");
        let text = String::from_utf8(text).expect("text");
        let records: BTreeMap<(u32, u64), &Record> =
            expected.iter().map(|(partition, sequence, record)| ((*partition, *sequence), record)).collect();
        let mut last = BTreeMap::<u32, u64>::new();
        for line in text.lines() {
            let (partition, first, end) = match read_history(line) {
                Ok((partition, sequence, record)) => {
                    assert_eq!(records.get(&(partition, sequence)), Some(&&record));
                    (partition, sequence, sequence)
                }
                Err(HistoryFault::Missing { partition, first, last }) => {
                    assert!(!keeps_all, "nothing was trimmed: {line}");
                    coverage.see("gap in the history");
                    (partition, first, last)
                }
                Err(fault) => panic!("{fault}: {line}"),
            };
            let before = last.insert(partition, end).unwrap_or(0);
            assert_eq!(first, before + 1, "in the order of partition {partition}");
        }
        for (partition, sequence) in records.keys() {
            assert!(
                last.get(partition) >= Some(sequence),
                "record {sequence} of partition {partition} is missing"
            );
        }
    }
}
