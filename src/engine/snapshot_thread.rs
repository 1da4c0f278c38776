//! The thread that takes snapshots: of one partition at a time, when a segment is full, and of all of them
//! when the engine has stopped. It is the last to get the processor, and its failures cost nobody a unit.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::archive::partition_directory;
use crate::journal::{FileDisk, FileStore};
use crate::partition::snapshot::{Policy, Reach, take};
use crate::telemetry::SnapshotMeters;

/// How much less of the processor the thread gets than the others.
const NICENESS: i32 = 15;

/// The running thread.
pub(super) struct Snapshots {
    wake: Sender<()>,
    thread: JoinHandle<()>,
}

/// Wakes the thread; it ends when the last of these is gone.
#[derive(Clone)]
pub(super) struct Wake(Sender<()>);

impl Wake {
    /// Says that there may be something to do. Never waits: one call that was not yet answered is as good
    /// as many, for the thread looks at every partition.
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

    /// What wakes the thread.
    pub(super) fn waker(&self) -> Wake {
        Wake(self.wake.clone())
    }

    /// Lets the thread take a last snapshot of every partition, and waits for that. The journals must have
    /// been finished, and their wakers be gone.
    pub(super) fn finish(self) {
        drop(self.wake);
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

fn run(data: &Path, partitions: u32, policy: &Policy, woken: &Receiver<()>) {
    // Where it cannot be asked for, the thread is one like the others.
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
