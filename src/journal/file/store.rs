//! The files of one partition: its log and its snapshots, in one directory of a disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copying::copy;
use super::disk::Disk;
use super::file_log::FileLog;
use super::follower::FileFollower;
use super::reader;
use super::recovery::{read_only, read_sealed, recover};
use super::rewriting::{Change, rewrite};
use super::snapshot_files::{
    begins_at, dispensable, remove, remove_snapshots_before, sealed_bytes, snapshots, trim,
};
use super::snapshot_reader::FileSnapshotReader;
use super::snapshot_writer::FileSnapshotWriter;
use super::watermark::Watermark;
use crate::journal::error::Error;
use crate::journal::log::{Each, Follower, LogStore, Opened};
use crate::journal::options::{Durability, Options};
use crate::journal::snapshot::seal::file_name;
use crate::journal::snapshot::store::{SnapshotReader, SnapshotStore, SnapshotWriter};

/// Bytes reserved for a segment that nobody appends to.
const SMALL_BYTES: u64 = 64 << 10;

/// A directory of segments and snapshots. Clones refer to the same directory.
#[derive(Clone)]
pub struct FileStore {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    partition: u32,
}

impl FileStore {
    /// Creates the store of `partition` in `directory`, which need not exist yet.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: &Path, partition: u32) -> Self {
        Self { disk, directory: directory.to_owned(), partition }
    }

    /// A record up to which everything is durable, also while a log appends: it may lag behind, and never runs ahead.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn durable_sequence(&self) -> Result<u64, Error> {
        Watermark::read(&*self.disk, &self.directory)
    }
}

impl FileStore {
    /// Rewrites every record of the journal, which is not open: `change` gets each sequence and payload, and makes the
    /// payload that takes its place. Unacknowledged bytes at the end are cut off first, as a start cuts them off.
    ///
    /// # Errors
    /// When the journal is damaged, `change` cannot read a record, or the disk fails. Then each record is as it was or
    /// rewritten, and rewriting may begin anew.
    pub fn rewrite(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let newest = self.snapshots()?.into_iter().find(|sequence| self.is_whole(*sequence));
        let replay_from = newest.unwrap_or(0) + 1;
        // The start that comes next makes the segment as large as it should be.
        let (segment_bytes, durability) = (SMALL_BYTES, Durability::AtEnd);
        let options = Options { replay_from, segment_bytes, durability, ..Options::default() };
        self.open(options, &mut |_, _| Ok(()))?.log.finish()?;
        rewrite(&*self.disk, &self.directory, self.partition, change)
    }

    /// Copies what is durable into the directory `to`, also while a log appends, and returns the last record that was copied.
    /// Nothing may remove segments or snapshots meanwhile.
    ///
    /// # Errors
    /// When a record is damaged, or a disk fails.
    pub fn copy_durable(&self, to: &Path) -> Result<u64, Error> {
        // Before the segments are listed: what is durable by now is in them.
        let last = self.durable_sequence()?;
        copy(&*self.disk, &self.directory, to, self.partition, last)?;
        Ok(last)
    }

    /// The same for a journal that nobody has open: copies up to where a start would find its end.
    ///
    /// # Errors
    /// As [`Self::copy_durable`].
    pub fn copy_closed(&self, to: &Path) -> Result<u64, Error> {
        let newest = self.snapshots()?.into_iter().find(|sequence| self.is_whole(*sequence));
        let options = Options { replay_from: newest.unwrap_or(0) + 1, ..Options::default() };
        let ending =
            reader::read(&*self.disk, &self.directory, self.partition, &options, &mut |_, _| Ok(()))?;
        copy(&*self.disk, &self.directory, to, self.partition, ending.last_sequence)?;
        Ok(ending.last_sequence)
    }

    /// Removes the snapshot after record `sequence`, durably.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove_snapshot(&self, sequence: u64) -> Result<(), Error> {
        remove(&*self.disk, &self.directory, &file_name(sequence))
    }
}

impl LogStore for FileStore {
    type Log = FileLog;

    fn partition(&self) -> u32 {
        self.partition
    }

    fn open(&self, options: Options, each: &mut Each<'_>) -> Result<Opened<FileLog>, Error> {
        let recovered = recover(Arc::clone(&self.disk), &self.directory, self.partition, options, each)?;
        Ok(Opened {
            log: recovered.writer,
            last_sequence: recovered.last_sequence,
            records: recovered.records,
            bytes_discarded: recovered.discarded.map_or(0, |discarded| discarded.bytes),
        })
    }

    fn read(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error> {
        read_only(&*self.disk, &self.directory, self.partition, options, each)
    }

    fn read_sealed(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error> {
        read_sealed(&*self.disk, &self.directory, self.partition, options, each)
    }

    fn follow(&self, next: u64) -> Box<dyn Follower> {
        Box::new(FileFollower::new(Arc::clone(&self.disk), &self.directory, self.partition, next))
    }

    fn first_sequence(&self) -> Result<u64, Error> {
        begins_at(&*self.disk, &self.directory)
    }

    fn sealed_bytes(&self, sequence: u64) -> Result<u64, Error> {
        sealed_bytes(&*self.disk, &self.directory, sequence)
    }

    fn dispensable(&self, sequence: u64, bytes: u64) -> Result<u64, Error> {
        dispensable(&*self.disk, &self.directory, sequence, bytes)
    }

    fn trim(&self, sequence: u64) -> Result<(), Error> {
        trim(&*self.disk, &self.directory, sequence)
    }
}

impl SnapshotStore for FileStore {
    fn snapshots(&self) -> Result<Vec<u64>, Error> {
        snapshots(&*self.disk, &self.directory)
    }

    fn open_snapshot(&self, sequence: u64) -> Result<Box<dyn SnapshotReader>, Error> {
        let opened = FileSnapshotReader::open(&*self.disk, &self.directory, self.partition, sequence)?;
        Ok(Box::new(opened))
    }

    fn create_snapshot(
        &self,
        sequence: u64,
        spare_bytes: u64,
    ) -> Result<Box<dyn SnapshotWriter + '_>, Error> {
        let (disk, directory) = (&*self.disk, self.directory.as_path());
        let created = FileSnapshotWriter::create(disk, directory, self.partition, sequence, spare_bytes)?;
        Ok(Box::new(created))
    }

    fn discard_snapshot(&self, sequence: u64) {
        FileSnapshotWriter::discard(&*self.disk, &self.directory, sequence);
    }

    fn remove_snapshots_before(&self, oldest: u64) -> Result<(), Error> {
        remove_snapshots_before(&*self.disk, &self.directory, oldest)
    }
}
