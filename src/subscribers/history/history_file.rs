//! The subscriber that appends each record to a file.

use std::collections::BTreeSet;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::line::Place;
use super::rewriting;
use super::tail::Tail;
use crate::api::history_line::{write_gap, write_history};
use crate::journal::file::disk::write_all;
use crate::journal::{Disk, DiskFile};
use crate::subscribers::error::SubscriberError;
use crate::subscribers::subscriber::{SequencedRecord, Subscriber};

/// Bytes of lines that are written together.
const WRITE_BYTES: usize = 1 << 20;

/// Upper bound on the unsynced bytes before more is written. Together with one write and one line they are
/// less than what a start checks.
pub(super) const UNSYNCED_BYTES_MAX: u64 = 4 << 20;

/// A history file. It is written to by one engine at a time.
pub struct HistoryFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    open: Option<OpenFile>,
    /// The last synced length. After a failed sync the rest may be lost although it can be read, so it is
    /// written again.
    synced: Option<u64>,
}

struct OpenFile {
    file: Box<dyn DiskFile>,
    /// The length of the whole lines, in bytes.
    end: u64,
    synced: u64,
    partitions: Vec<Position>,
    /// Lines to be written.
    lines: Vec<u8>,
}

/// The last line of a partition.
#[derive(Debug, Clone, Default)]
struct Position {
    sequence: u64,
    /// The time of the record, as the line has it, until it was compared with the journal's.
    unchecked_at: Option<String>,
}

impl HistoryFile {
    /// Creates the subscriber; it opens its file later.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, path: PathBuf) -> Self {
        Self { disk, path, open: None, synced: None }
    }

    fn io(&self, action: &'static str) -> impl FnOnce(io::Error) -> SubscriberError + use<> {
        SubscriberError::io(action, &self.path)
    }

    /// Opens the file, or creates it. Its name is durable when this returns.
    fn open_file(&self) -> Result<Box<dyn DiskFile>, SubscriberError> {
        let parent = self.path.parent().unwrap_or_else(|| Path::new("/"));
        match self.disk.open(&self.path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                let file = self.disk.create(&self.path).map_err(self.io("create"))?;
                if let Err(error) = self.disk.fsync_dir(parent) {
                    // A later sync of this name would prove nothing, so it must not be found.
                    self.disk.remove(&self.path).ok();
                    return Err(self.io("create")(error));
                }
                Ok(file)
            }
            opened => {
                let file = opened.map_err(self.io("open"))?;
                // Nothing is written before the name is durable, and a kill may have come first.
                if file.size().map_err(self.io("read"))? == 0 {
                    self.disk.fsync_dir(parent).map_err(self.io("open"))?;
                }
                Ok(file)
            }
        }
    }

    /// Cuts the file to its whole lines, durably, and returns them.
    fn tail(&self, file: &dyn DiskFile, wanted: BTreeSet<u32>) -> Result<Tail, SubscriberError> {
        let found = file.size().map_err(self.io("read"))?;
        let mut size = found;
        if let Some(synced) = self.synced.filter(|synced| *synced < size) {
            file.truncate(synced).map_err(self.io("cut"))?;
            size = synced;
        }
        let tail = Tail::read(file, size, wanted).map_err(self.io("read"))?;
        let tail = tail.ok_or_else(|| SubscriberError::NotAHistory { path: self.path.clone() })?;
        if tail.end() < size {
            let bytes = size - tail.end();
            tracing::warn!(file = %self.path.display(), bytes, "an unfinished end of the history is cut off");
        }
        if found > 0 {
            // What is cut off must be gone for good before other lines take its place, or a power loss could
            // mix the two. The cut is repeated even if the end is where it should be: the sync of an earlier
            // cut may have failed.
            file.truncate(tail.end()).map_err(self.io("cut"))?;
            // Written again even if it is intact: the data just read may exist only in the page cache, left
            // there by a sync that failed before the restart.
            write_all(file, &tail.checked, tail.from).map_err(self.io("write to"))?;
            file.sync_all().map_err(self.io("sync"))?;
        }
        Ok(tail)
    }

    /// Adds lines of a partition by `write`, which gets its position, the lines and the path.
    fn add(
        &mut self,
        partition: u32,
        write: impl FnOnce(&mut OpenFile, &mut Position, &Path) -> Result<(), SubscriberError>,
    ) -> Result<(), SubscriberError> {
        let closed = || SubscriberError::Other("the history is not open".to_owned());
        let mut open = self.open.take().ok_or_else(closed)?;
        let place = open.partitions.get_mut(partition as usize);
        let mut position = place.map(std::mem::take).unwrap_or_default();
        write(&mut open, &mut position, &self.path)?;
        open.write(&self.path)?;
        if let Some(place) = open.partitions.get_mut(partition as usize) {
            *place = position;
        }
        self.synced = Some(open.synced);
        self.open = Some(open);
        Ok(())
    }
}

impl OpenFile {
    /// Writes the lines; syncs first if too much is unsynced.
    fn write(&mut self, path: &Path) -> Result<(), SubscriberError> {
        if self.end - self.synced >= UNSYNCED_BYTES_MAX {
            self.sync(path)?;
        }
        write_all(&*self.file, &self.lines, self.end).map_err(SubscriberError::io("write to", path))?;
        self.end += self.lines.len() as u64;
        self.lines.clear();
        Ok(())
    }

    fn sync(&mut self, path: &Path) -> Result<(), SubscriberError> {
        if self.synced < self.end {
            self.file.sync_data().map_err(SubscriberError::io("sync", path))?;
            self.synced = self.end;
        }
        Ok(())
    }
}

impl Position {
    fn advance(&mut self, sequence: u64) {
        *self = Self { sequence, unchecked_at: None };
    }

    /// Whether a record is the next one; `false` if the file has it. The last one in the file is compared
    /// with the journal's.
    fn is_next(
        &mut self,
        partition: u32,
        record: &SequencedRecord,
        path: &Path,
    ) -> Result<bool, SubscriberError> {
        let (found, expected) = (record.sequence, self.sequence + 1);
        if found == self.sequence
            && let Some(at) = self.unchecked_at.take()
            && at != record.record.at.to_string()
        {
            return Err(SubscriberError::Foreign { path: path.to_owned(), partition, sequence: found });
        }
        if found > expected {
            return Err(SubscriberError::Order { partition, expected, found });
        }
        Ok(found == expected)
    }
}

impl Subscriber for HistoryFile {
    fn name(&self) -> &'static str {
        "history"
    }

    fn destination(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    fn remove_addresses(&mut self) -> Result<(), SubscriberError> {
        rewriting::remove_addresses(&*self.disk, &self.path)
    }

    fn open(&mut self, durable: &[u64]) -> Result<Vec<u64>, SubscriberError> {
        self.open = None;
        let file = self.open_file()?;
        let has_records = (0..).zip(durable).filter(|(_, last)| **last > 0);
        let mut tail = self.tail(&*file, has_records.map(|(partition, _)| partition).collect())?;
        let mut partitions = vec![Position::default(); durable.len()];
        for (partition, position) in (0..).zip(&mut partitions) {
            if let Some(Place { last, at, .. }) = tail.last.remove(&partition) {
                *position = Position { sequence: last, unchecked_at: at };
            }
        }
        if let Some((&partition, place)) = tail.last.first_key_value() {
            return Err(SubscriberError::Ahead { partition, position: place.last, durable: 0 });
        }
        let positions = partitions.iter().map(|position| position.sequence).collect();
        let end = tail.end();
        self.synced = Some(end);
        self.open = Some(OpenFile { file, end, synced: end, partitions, lines: Vec::new() });
        Ok(positions)
    }

    fn apply(&mut self, partition: u32, records: &[SequencedRecord]) -> Result<(), SubscriberError> {
        self.add(partition, |open, position, path| {
            for record in records {
                if position.is_next(partition, record, path)? {
                    write_history(
                        &mut open.lines,
                        partition,
                        record.sequence,
                        record.key_form,
                        &record.record,
                    )
                    .map_err(SubscriberError::io("write to", path))?;
                    position.advance(record.sequence);
                    if open.lines.len() >= WRITE_BYTES {
                        open.write(path)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn note_gap(&mut self, partition: u32, missing: RangeInclusive<u64>) -> Result<(), SubscriberError> {
        self.add(partition, |open, position, path| {
            let (found, expected) = (*missing.start(), position.sequence + 1);
            if found > expected {
                return Err(SubscriberError::Order { partition, expected, found });
            }
            position.advance(*missing.end());
            write_gap(&mut open.lines, partition, &missing).map_err(SubscriberError::io("write to", path))
        })
    }

    fn sync(&mut self) -> Result<(), SubscriberError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.sync(&self.path)?;
        self.synced = Some(open.synced);
        self.open = Some(open);
        Ok(())
    }
}
