//! Recovery: reads what there is, fences off older openers, writes the last segment anew, and returns the log that goes
//! on from there.

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

/// A journal that is ready for more.
pub struct Recovered {
    /// Appends behind the last record.
    pub writer: FileLog,
    /// The last record's sequence; 0 if there is none.
    pub last_sequence: u64,
    /// Records that were handed out.
    pub records: u64,
    /// What was discarded at the end.
    pub discarded: Option<DiscardedTail>,
}

/// Recovers the journal of `partition` in `directory`, or makes a new one, and hands each record
/// from `options.replay_from` on to `each`, as sequence and payload, in order.
///
/// A start that is refused changes nothing on disk. A crash on the way leaves a directory from
/// which the same records are recovered.
///
/// # Errors
///
/// [`Error::Damaged`], [`Error::Missing`], [`Error::Header`], [`Error::Version`] and
/// [`Error::Partition`] if acknowledged records cannot be read, [`Error::Record`] if `each` cannot read one: what
/// `each` was given is then not the whole journal and must be thrown away. [`Error::Io`] if the disk fails.
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
    // Written anew even if nothing is wrong with it: what was just read may be in the page cache
    // only, left there by a sync that failed before the restart.
    let header = Header { partition, first_sequence: ending.first_sequence };
    let mut preallocator = Preallocator::new(Arc::clone(&disk), directory, options);
    let watermark = Watermark::replace(&*disk, directory, ending.acknowledged)?;
    let segment = Segment::create(&*disk, directory, preallocator.take()?, header, &ending.tail)?;
    // From here on the accepted tail is as durable as if it had been acknowledged.
    let last_sequence = ending.last_sequence;
    watermark.set_durably(last_sequence)?;
    let directory = directory.to_owned();
    let start =
        Start { disk, directory, partition, options, segment, preallocator, watermark, last_sequence };
    let (records, discarded) = (ending.records, ending.discarded);
    Ok(Recovered { writer: FileLog::new(start), last_sequence, records, discarded })
}

/// Hands each record of a journal to `each`, as sequence and payload, in order, and changes nothing.
/// What was never acknowledged at the end is left out, as [`recover`] would leave it.
///
/// # Errors
///
/// As [`recover`], of which this is the first half.
pub fn read_only(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    options: Options,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), RecordFault>,
) -> Result<u64, Error> {
    Ok(reader::read(disk, directory, partition, &options, &mut each)?.records)
}

/// Hands each record of the sealed segments to `each`, as [`read_only`] does; the newest segment, to which
/// a running engine may be writing, is left alone. Returns how many records there were.
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
