//! A partition's journal on a disk in memory, and its snapshots.

use std::path::Path;
use std::sync::Arc;

use flashtag::config::serve::Retain;
use flashtag::journal::{Batch, Error, FileLog, FileStore, Options, SimDisk};
use flashtag::partition::recovery::{Recovered, recover_partition};
use flashtag::partition::snapshot::{Policy, Reach, Taken, take};

/// Records that are made durable together.
const BATCH: usize = 5;

pub(crate) fn directory() -> &'static Path {
    Path::new("/data/journal/partition-0")
}

/// Segments hold a few dozen records.
fn options() -> Options {
    Options { segment_bytes: 4096 + 8192, ..Options::default() }
}

/// A journal. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct JournalFixture {
    pub(crate) disk: SimDisk,
}

impl JournalFixture {
    /// Creates a journal of these records.
    pub(crate) fn of(stored: &[Vec<u8>]) -> Self {
        let fixture = Self::default();
        fixture.append(stored);
        fixture
    }

    /// Appends the records that the journal lacks.
    pub(crate) fn append(&self, stored: &[Vec<u8>]) {
        let mut writer = self.restart().expect("a sound journal").log;
        let known = writer.next_sequence() as usize - 1;
        for payloads in stored.get(known..).unwrap_or_default().chunks(BATCH) {
            let mut batch = Batch::new(writer.next_sequence());
            for payload in payloads {
                batch.push(payload);
            }
            writer.append(&batch).expect("a sound disk");
        }
    }

    /// Takes a snapshot if the policy finds it worthwhile.
    pub(crate) fn take(&self, retain: Retain, reach: Reach) -> Result<Option<Taken>, Error> {
        let policy = Policy { every_bytes: 1, retain, spare_bytes: 0 };
        take(&self.store(), &policy, reach, None)
    }

    /// Recovers without injected faults.
    pub(crate) fn restart(&self) -> Result<Recovered<FileLog>, Error> {
        self.disk.restart();
        self.start()
    }

    /// Recovers from the disk as it is, with its injected faults.
    pub(crate) fn start(&self) -> Result<Recovered<FileLog>, Error> {
        recover_partition(&self.store(), options())
    }

    fn store(&self) -> FileStore {
        FileStore::new(Arc::new(self.disk.clone()), directory(), 0)
    }

    pub(crate) fn fork(&self) -> Self {
        Self { disk: self.disk.fork() }
    }
}
