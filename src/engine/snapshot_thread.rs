//! The thread that takes snapshots: of one partition at a time when a segment is full, and of all partitions
//! when the engine has stopped. It has the lowest priority, and its failures do not affect sales.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::archive::partition_directory;
use crate::journal::{FileDisk, FileStore};
use crate::partition::snapshot::{Policy, Reach, take};
use crate::telemetry::SnapshotMeters;

/// The nice value of the thread: it yields to all others.
const NICENESS: i32 = 15;

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
    pub(super) fn start(data: PathBuf, partitions: u32, policy: Policy) -> io::Result<Self> {
        let (wake, woken) = bounded(1);
        let thread = std::thread::Builder::new()
            .name("snapshots".to_owned())
            .spawn(move || run(&data, partitions, &policy, &woken))?;
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

fn run(data: &Path, partitions: u32, policy: &Policy, woken: &Receiver<()>) {
    // If the system refuses, the thread runs at normal priority.
    rustix::process::nice(NICENESS).ok();
    let meters = SnapshotMeters::new();
    while woken.recv().is_ok() {
        take_all(data, partitions, policy, Reach::Sealed, &meters);
    }
    take_all(data, partitions, policy, Reach::All, &meters);
}

fn take_all(data: &Path, partitions: u32, policy: &Policy, reach: Reach, meters: &SnapshotMeters) {
    for partition in 0..partitions {
        let store = FileStore::new(Arc::new(FileDisk), &partition_directory(data, partition), partition);
        match take(&store, policy, reach) {
            Ok(None) => {}
            Ok(Some(taken)) => {
                meters.taken.increment(1);
                meters.bytes.set(taken.bytes as f64);
                tracing::info!(partition, sequence = taken.sequence, bytes = taken.bytes, "snapshot taken");
            }
            Err(error) => {
                meters.failed.increment(1);
                tracing::error!(partition, %error, "no snapshot was taken; the journal is not affected");
            }
        }
    }
}
