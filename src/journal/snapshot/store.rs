//! The seam between a partition and what keeps its snapshots.

use super::seal::Seal;
use crate::journal::error::{Error, SnapshotFault};

/// A snapshot that is read back, chunk by chunk, each of which is checked before it is handed out.
pub trait SnapshotReader: Send {
    /// What the snapshot says of itself.
    fn seal(&self) -> &Seal;

    /// The fault, as one of this snapshot.
    fn fault(&self, fault: SnapshotFault) -> Error;

    /// Replaces `into` with the next chunk. Returns false if there is none: then the snapshot was read to its end, and
    /// is as it was written.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the chunk is damaged.
    fn read(&mut self, into: &mut Vec<u8>) -> Result<bool, Error>;
}

/// A snapshot that is being written. It does not exist before it is finished.
pub trait SnapshotWriter {
    /// Adds a chunk.
    ///
    /// # Errors
    /// If the store fails, and [`Error::Crowded`] if it is too full.
    ///
    /// # Panics
    /// If the chunk is above [`super::seal::CHUNK_BYTES_MAX`]: it could not be read back.
    fn write(&mut self, chunk: &[u8]) -> Result<(), Error>;

    /// Makes the snapshot durable, and only then gives it its name.
    ///
    /// # Errors
    /// If the store fails.
    fn finish(self: Box<Self>, digest: u64) -> Result<Seal, Error>;
}

/// Where the snapshots of one partition are kept. Each is named after the last record that went into it.
pub trait SnapshotStore {
    /// The last records of the snapshots, the newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn snapshots(&self) -> Result<Vec<u64>, Error>;

    /// Opens the snapshot after record `sequence`.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it is not there, or cannot be used.
    fn open_snapshot(&self, sequence: u64) -> Result<Box<dyn SnapshotReader>, Error>;

    /// Begins the snapshot after record `sequence`. The last `spare_bytes` of the store are never taken: a journal that
    /// finds no room ends the sale.
    ///
    /// # Errors
    /// If the store fails.
    fn create_snapshot(&self, sequence: u64, spare_bytes: u64)
    -> Result<Box<dyn SnapshotWriter + '_>, Error>;

    /// Gives the space of a snapshot back that will not be finished. What cannot be removed now is removed at the next
    /// start.
    fn discard_snapshot(&self, sequence: u64);

    /// Removes the snapshots of before record `oldest`, the oldest first.
    ///
    /// # Errors
    /// If the store fails.
    fn remove_snapshots_before(&self, oldest: u64) -> Result<(), Error>;

    /// Whether the snapshot after record `sequence` is as it was written.
    fn is_whole(&self, sequence: u64) -> bool {
        let read_to_end = || {
            let mut snapshot = self.open_snapshot(sequence)?;
            let mut chunk = Vec::new();
            while snapshot.read(&mut chunk)? {}
            Ok::<_, Error>(())
        };
        read_to_end().is_ok()
    }
}
