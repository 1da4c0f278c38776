//! Writes a snapshot under a name that no start takes for a finished one.

use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile, create_anew, write_all};
use crate::journal::error::Error;
use crate::journal::snapshot::seal::{
    CHUNK_BYTES_MAX, CHUNK_HEAD_BYTES, HEADER_BYTES, Seal, VERSION, check, file_name,
};
use crate::journal::snapshot::store::SnapshotWriter;

/// The state of a partition on its way to the disk, chunk by chunk.
pub struct FileSnapshotWriter<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    partition: u32,
    sequence: u64,
    /// The disk space reserved for the journal, in bytes.
    spare: u64,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    end: u64,
    chunks: u32,
}

impl<'a> FileSnapshotWriter<'a> {
    /// Begins the snapshot of `partition` after record `sequence`. It never uses the last `spare` bytes of
    /// the disk: a journal without room ends the sale.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk fails.
    pub fn create(
        disk: &'a dyn Disk,
        directory: &'a Path,
        partition: u32,
        sequence: u64,
        spare: u64,
    ) -> Result<Self, Error> {
        let path = directory.join(file_name(sequence) + ".tmp");
        let file = create_anew(disk, &path)?;
        let end = HEADER_BYTES as u64;
        Ok(Self { disk, directory, partition, sequence, spare, file, path, end, chunks: 0 })
    }

    /// Frees the space of an unfinished snapshot. A file that cannot be removed now is removed at the next
    /// start.
    pub fn discard(disk: &dyn Disk, directory: &Path, sequence: u64) {
        disk.remove(&directory.join(file_name(sequence) + ".tmp")).ok();
    }

    fn put(&self, bytes: &[u8], offset: u64) -> Result<(), Error> {
        write_all(&*self.file, bytes, offset).map_err(Error::io("write", &self.path))
    }
}

impl SnapshotWriter for FileSnapshotWriter<'_> {
    fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        assert!(chunk.len() <= CHUNK_BYTES_MAX, "a chunk of {} bytes", chunk.len());
        let free =
            self.disk.free(self.directory).map_err(Error::io("ask for the space in", self.directory))?;
        if free.saturating_sub(chunk.len() as u64) < self.spare {
            return Err(Error::Crowded { directory: self.directory.to_owned(), spare: self.spare });
        }
        let len = u32::try_from(chunk.len()).expect("the bound on chunks fits into 32 bits");
        let head = u64::from(len) | u64::from(check(self.sequence, self.chunks, chunk)) << 32;
        self.put(&head.to_le_bytes(), self.end)?;
        self.put(chunk, self.end + CHUNK_HEAD_BYTES as u64)?;
        self.end += (CHUNK_HEAD_BYTES + chunk.len()) as u64;
        self.chunks += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, digest: u64) -> Result<Seal, Error> {
        let Self { partition, sequence, end: bytes, chunks, .. } = *self;
        let seal = Seal { version: VERSION, partition, sequence, digest, bytes, chunks };
        self.put(&seal.encode(), 0)?;
        self.file.sync_all().map_err(Error::io("sync", &self.path))?;
        let path = self.directory.join(file_name(sequence));
        self.disk.rename(&self.path, &path).map_err(Error::io("rename", &self.path))?;
        self.disk.fsync_dir(self.directory).map_err(Error::io("sync", self.directory))?;
        Ok(seal)
    }
}
