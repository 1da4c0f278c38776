//! The thread that takes snapshots: of one journal at a time when a segment is full, and of all journals
//! when the engine has stopped. It has the lowest priority, and its failures do not affect sales.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::stores::{control_store, partition_store};
use crate::backups::JournalFiles;
use crate::clock::Clock;
use crate::control;
use crate::journal::{Error, LogStore};
use crate::partition::snapshot::{Policy, Reach, Taken, take};
use crate::subscribers::positions::{Slowest, SubscriberBoard};
use crate::telemetry::SnapshotMeters;
use crate::telemetry::log_gate::{LogGate, Since};

/// The nice value of the thread: it yields to all others.
const NICENESS: i32 = 15;

/// What is kept for the subscribers.
pub(super) struct Held {
    pub(super) board: SubscriberBoard,
    /// Upper bound on the bytes of sealed records that are kept for the slowest one.
    pub(super) bytes: u64,
}

/// The running thread.
pub(super) struct Snapshots {
    wake: Sender<()>,
    thread: JoinHandle<()>,
}

/// Wakes the thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Wake(Sender<()>);

impl Wake {
    /// Wakes the thread; never waits. One wake-up that is still queued is enough, because the thread checks
    /// every partition.
    pub(super) fn wake(&self) {
        match self.0.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

impl Snapshots {
    /// Starts the thread for the journals of `partitions` in `data`.
    pub(super) fn start(
        data: PathBuf,
        partitions: u32,
        policy: Policy,
        held: Held,
        files: JournalFiles,
        clock: Clock,
    ) -> io::Result<Self> {
        let (wake, woken) = bounded(1);
        let thread = std::thread::Builder::new().name("snapshots".to_owned()).spawn(move || {
            let (meters, gates) = (SnapshotMeters::new(), RefCell::default());
            Taker { data, partitions, policy, held, files, meters, clock, gates }.run(&woken)
        })?;
        Ok(Self { wake, thread })
    }

    /// Returns a handle that wakes the thread.
    pub(super) fn waker(&self) -> Wake {
        Wake(self.wake.clone())
    }

    /// Takes a last snapshot of every partition, and waits for that. The journals must have been finished,
    /// and their wakers dropped.
    pub(super) fn finish(self) {
        drop(self.wake);
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// What the thread works with.
struct Taker {
    data: PathBuf,
    partitions: u32,
    policy: Policy,
    held: Held,
    /// Held while files are removed, which a backup may be copying.
    files: JournalFiles,
    meters: SnapshotMeters,
    clock: Clock,
    /// The gates of the log's lines, by what they tell and of which journal.
    gates: RefCell<HashMap<(&'static str, String), LogGate>>,
}

impl Taker {
    fn run(self, woken: &Receiver<()>) {
        // If the system refuses, the thread runs at normal priority.
        rustix::process::nice(NICENESS).ok();
        while woken.recv().is_ok() {
            self.take_all(Reach::Sealed);
        }
        self.take_all(Reach::All);
    }

    fn take_all(&self, reach: Reach) {
        for partition in 0..self.partitions {
            let store = partition_store(&self.data, partition);
            let journal = format!("partition {partition}");
            let unneeded = self.held.unneeded(partition, &store, || self.admit("held", &journal));
            let _alone = self.files.alone();
            self.report(&journal, take(&store, &self.policy, reach, unneeded));
        }
        let _alone = self.files.alone();
        let taken = control::snapshot::take(&control_store(&self.data), &self.policy, reach);
        self.report("control", taken);
    }

    fn report(&self, journal: &str, taken: Result<Option<Taken>, Error>) {
        match taken {
            Ok(None) => {}
            Ok(Some(taken)) => {
                self.meters.taken.increment(1);
                self.meters.bytes.set(taken.bytes as f64);
                if let Some(Since { more }) = self.admit("taken", journal) {
                    let Taken { sequence, bytes, .. } = taken;
                    tracing::info!(journal, sequence, bytes, more, "snapshot taken");
                }
            }
            Err(error) => {
                self.meters.failed.increment(1);
                if let Some(Since { more }) = self.admit("failed", journal) {
                    tracing::error!(journal, %error, more, "no snapshot was taken; the journal is not affected");
                }
            }
        }
    }

    fn admit(&self, what: &'static str, journal: &str) -> Option<Since> {
        self.gates.borrow_mut().entry((what, journal.to_owned())).or_default().admit(self.clock.now())
    }
}

impl Held {
    /// The last record of a partition that need not be kept for the slowest subscriber; `None` without subscribers.
    ///
    /// While its position is not known, right after a start, everything is kept. Alarms if the subscriber has not read up
    /// to that record. The removal goes by the same record, so segments that are sealed meanwhile stay.
    fn unneeded(
        &self,
        partition: u32,
        store: &impl LogStore,
        admit: impl FnOnce() -> Option<Since>,
    ) -> Option<u64> {
        let Slowest { name, synced, is_known } = self.board.slowest(partition)?;
        if !is_known {
            return Some(synced);
        }
        // If the disk fails, everything unread is kept.
        let unneeded = store.dispensable(synced, self.bytes).unwrap_or(synced);
        if unneeded > synced
            && let Some(Since { more }) = admit()
        {
            tracing::error!(
                subscriber = name,
                partition,
                behind = store.sealed_bytes(synced).unwrap_or(0),
                more,
                subscriber_hold = self.bytes,
                "a subscriber is further behind than subscriber_hold: what it has not read of older segments may be \
                 removed, as `retain` says"
            );
        }
        Some(unneeded)
    }
}
