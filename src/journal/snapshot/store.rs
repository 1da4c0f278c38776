//! The interface between a partition and its stored snapshots.

use super::seal::Seal;
use crate::journal::error::{Error, SnapshotFault};

/// Reads a snapshot chunk by chunk; each chunk is checked before it is passed on.
pub trait SnapshotReader: Send {
    /// The header of the snapshot.
    fn seal(&self) -> &Seal;

    /// Wraps the fault as an error of this snapshot.
    fn fault(&self, fault: SnapshotFault) -> Error;

    /// Replaces `into` with the next chunk. Returns false at the end: then the whole snapshot was read, and
    /// is as it was written.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the chunk is damaged.
    fn read(&mut self, into: &mut Vec<u8>) -> Result<bool, Error>;
}

/// Writes a snapshot, which does not exist before it is finished.
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

/// The stored snapshots of one partition. Each is named after the last record that it includes.
pub trait SnapshotStore {
    /// Returns the last records of the snapshots, the newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn snapshots(&self) -> Result<Vec<u64>, Error>;

    /// Opens the snapshot after record `sequence`.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it does not exist, or cannot be used.
    fn open_snapshot(&self, sequence: u64) -> Result<Box<dyn SnapshotReader>, Error>;

    /// Begins the snapshot after record `sequence`. The last `spare_bytes` of the store are never used: a
    /// journal without room ends the sale.
    ///
    /// # Errors
    /// If the store fails.
    fn create_snapshot(&self, sequence: u64, spare_bytes: u64)
    -> Result<Box<dyn SnapshotWriter + '_>, Error>;

    /// Frees the space of an unfinished snapshot. What cannot be removed now is removed at the next start.
    fn discard_snapshot(&self, sequence: u64);

    /// Removes the snapshots older than record `oldest`, the oldest first.
    ///
    /// # Errors
    /// If the store fails.
    fn remove_snapshots_before(&self, oldest: u64) -> Result<(), Error>;

    /// Whether the snapshot after record `sequence` is intact.
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
