//! Recovery: reads the journal, fences off older openers, writes the last segment anew, and returns the log
//! that continues it.

use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::file_log::{FileLog, Start};
use super::preallocator::Preallocator;
use super::reader::{self, DiscardedTail};
use super::segment::{Header, Segment};
use super::watermark::Watermark;
use crate::journal::error::{Error, RecordFault};
use crate::journal::options::Options;

/// A recovered journal, ready for more records.
pub struct Recovered {
    /// The log that appends behind the last record.
    pub writer: FileLog,
    /// The last record's sequence; 0 if there is none.
    pub last_sequence: u64,
    /// The number of records passed to the callback.
    pub records: u64,
    /// The unacknowledged bytes discarded at the end, if any.
    pub discarded: Option<DiscardedTail>,
}

/// Recovers the journal of `partition` in `directory`, or creates one. Passes each record from
/// `options.replay_from` on to `each`, as sequence and payload, in order.
///
/// A refused start changes nothing on disk. After a crash during recovery, the same records are recovered.
///
/// # Errors
///
/// [`Error::Damaged`], [`Error::Missing`], [`Error::Header`], [`Error::Version`] and [`Error::Partition`] if
/// acknowledged records cannot be read, [`Error::Record`] if `each` cannot read one: the records passed to
/// `each` are then not the whole journal, and must be discarded. [`Error::Io`] if the disk fails.
pub fn recover(
    disk: Arc<dyn Disk>,
    directory: &Path,
    partition: u32,
    options: Options,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), RecordFault>,
) -> Result<Recovered, Error> {
    disk.create_dir(directory).map_err(Error::io("create", directory))?;
    let ending = reader::read(&*disk, directory, partition, &options, &mut each)?;
    for name in &ending.leftovers {
        let path = directory.join(name);
        disk.remove(&path).map_err(Error::io("remove", &path))?;
    }
    // Written anew even if it is intact: what was just read may exist only in the page cache, left there by a
    // sync that failed before the restart.
    let header = Header { partition, first_sequence: ending.first_sequence };
    let mut preallocator = Preallocator::new(Arc::clone(&disk), directory, options);
    let watermark = Watermark::replace(&*disk, directory, ending.acknowledged)?;
    let segment = Segment::create(&*disk, directory, preallocator.take()?, header, &ending.tail)?;
    // From here on the accepted tail is as durable as acknowledged records.
    let last_sequence = ending.last_sequence;
    watermark.set_durably(last_sequence)?;
    let directory = directory.to_owned();
    let start =
        Start { disk, directory, partition, options, segment, preallocator, watermark, last_sequence };
    let (records, discarded) = (ending.records, ending.discarded);
    Ok(Recovered { writer: FileLog::new(start), last_sequence, records, discarded })
}

/// Passes each record of a journal to `each`, as sequence and payload, in order, and changes nothing.
/// Unacknowledged bytes at the end are left out, as [`recover`] would leave them out.
///
/// # Errors
///
/// As [`recover`]; this is its first half.
pub fn read_only(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    options: Options,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), RecordFault>,
) -> Result<u64, Error> {
    Ok(reader::read(disk, directory, partition, &options, &mut each)?.records)
}

/// Passes each record of the sealed segments to `each`, as [`read_only`] does, and returns their number.
/// Leaves the newest segment alone, because a running engine may be writing to it.
///
/// # Errors
///
/// As [`recover`].
pub fn read_sealed(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    options: Options,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), RecordFault>,
) -> Result<u64, Error> {
    reader::read_sealed(disk, directory, partition, &options, &mut each)
}
