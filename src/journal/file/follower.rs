//! Follows the records of a directory while a log writes them: reads what is durable, wherever it lies.

use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile, read_all, read_up_to};
use super::scan;
use super::segment::{self, HEADER_BYTES};
use crate::journal::error::{Error, Evidence};
use crate::journal::frame::{self, Decoded, Head};
use crate::journal::log::{Each, Followed, Follower};

/// Bytes read at once: large enough that a reader that is behind reads at the disk's speed, and small enough
/// that a reader that keeps up copies little beyond what is new.
const BUFFER_BYTES: usize = 128 * 1024;

/// How often a record is looked for. The first time its segment may have ended, or been replaced by a larger
/// one, or removed; after that the record is where it must be, or it is damaged.
const ATTEMPTS: u32 = 3;

/// Reads the segments of a directory in order, the one that is being written included.
///
/// The log writes past the page cache, and the system drops what the cache holds of a block once the block is
/// written. So a record that is durable is read as it was written, even if its block was read before.
pub struct FileFollower {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    partition: u32,
    /// The record to read next.
    next: u64,
    segment: Option<OpenSegment>,
    buffer: Vec<u8>,
}

/// A segment that is being read.
struct OpenSegment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// The place of record `expected`, in bytes from the start.
    offset: u64,
    expected: u64,
}

impl FileFollower {
    pub(in crate::journal) fn new(disk: Arc<dyn Disk>, directory: &Path, partition: u32, next: u64) -> Self {
        let directory = directory.to_owned();
        Self { disk, directory, partition, next, segment: None, buffer: Vec::new() }
    }

    /// Opens the segment that holds the next record; `None` if it was removed.
    fn open(&self) -> Result<Option<OpenSegment>, Error> {
        let first = self.segments()?.into_iter().rfind(|first| *first <= self.next);
        let Some(first) = first else { return Ok(None) };
        let path = self.directory.join(segment::file_name(first));
        let file = match self.disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(Error::io("open", &path))?,
        };
        let mut header = vec![0; HEADER_BYTES];
        read_all(&*file, &mut header, 0).map_err(Error::io("read", &path))?;
        scan::header(&path, &header, self.partition, first)?;
        Ok(Some(OpenSegment { file, path, offset: HEADER_BYTES as u64, expected: first }))
    }

    /// The first sequences of the segments, in order.
    fn segments(&self) -> Result<Vec<u64>, Error> {
        let names = self.disk.list(&self.directory).map_err(Error::io("list", &self.directory))?;
        let mut segments: Vec<u64> = names.iter().filter_map(|name| segment::parse_name(name)).collect();
        segments.sort_unstable();
        Ok(segments)
    }

    /// The records from the next one on that no segment holds any more.
    fn trimmed(&self) -> Result<Option<RangeInclusive<u64>>, Error> {
        let oldest = self.segments()?.first().copied();
        Ok(oldest.filter(|oldest| *oldest > self.next).map(|oldest| self.next..=oldest - 1))
    }
}

impl OpenSegment {
    /// Passes on the records from `next` to `durable` that one buffer holds, and advances `next` behind them.
    /// Returns their number: 0 if record `next` cannot be found here.
    fn read(
        &mut self,
        buffer: &mut Vec<u8>,
        next: &mut u64,
        durable: u64,
        each: &mut Each<'_>,
    ) -> Result<u64, Error> {
        let (mut passed, mut wanted) = (0, BUFFER_BYTES);
        while passed == 0 {
            buffer.resize(wanted, 0);
            let filled =
                read_up_to(&*self.file, buffer, self.offset).map_err(Error::io("read", &self.path))?;
            let bytes = buffer.get(..filled).unwrap_or_default();
            let mut at = 0;
            while self.expected <= durable
                && let Decoded::Record(record) = frame::decode(bytes.get(at..).unwrap_or_default())
                && record.sequence == self.expected
            {
                if record.sequence >= *next {
                    each(record.sequence, record.payload).map_err(|fault| Error::Record {
                        directory: self.path.clone(),
                        sequence: record.sequence,
                        fault,
                    })?;
                    *next += 1;
                    passed += 1;
                }
                at += record.bytes();
                self.offset += record.bytes() as u64;
                self.expected += 1;
            }
            if at == 0 {
                match cut_off(bytes) {
                    Some(needed) if needed > wanted && filled == wanted => wanted = needed,
                    _ => return Ok(0),
                }
            }
        }
        Ok(passed)
    }
}

impl Follower for FileFollower {
    fn read(&mut self, durable: u64, each: &mut Each<'_>) -> Result<Followed, Error> {
        if self.next > durable {
            return Ok(Followed::Records(0));
        }
        let mut place = (self.directory.clone(), 0);
        for _ in 0..ATTEMPTS {
            let mut segment = match self.segment.take() {
                Some(segment) => segment,
                None => match self.open()? {
                    Some(segment) => segment,
                    None => match self.trimmed()? {
                        Some(missing) => {
                            self.next = missing.end() + 1;
                            return Ok(Followed::Trimmed(missing));
                        }
                        None => continue,
                    },
                },
            };
            let passed = segment.read(&mut self.buffer, &mut self.next, durable, each)?;
            if passed > 0 {
                self.segment = Some(segment);
                return Ok(Followed::Records(passed));
            }
            place = (segment.path, segment.offset);
        }
        let ((file, offset), evidence) = (place, Evidence::Watermark(durable));
        Err(Error::Damaged { file, offset, sequence: self.next, evidence })
    }
}

/// The size of the record at the start of `bytes`, if its fields are plausible: it may be larger than they.
fn cut_off(bytes: &[u8]) -> Option<usize> {
    let head = Head::read(bytes).filter(Head::is_plausible)?;
    Some(frame::HEADER_BYTES + head.len as usize)
}
