//! Lists the segments and snapshots of a directory, and removes those that are no longer needed.

use std::io;
use std::path::Path;

use super::disk::Disk;
use super::segment;
use crate::journal::error::Error;
use crate::journal::snapshot::seal::{file_name, parse_name};

/// Returns the last records of the snapshots in a directory, the newest first. A directory that does not
/// exist has none.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn snapshots(disk: &dyn Disk, directory: &Path) -> Result<Vec<u64>, Error> {
    let mut sequences = names(disk, directory, parse_name)?;
    sequences.reverse();
    Ok(sequences)
}

/// Returns the first record of the journal in a directory. It is later than 1 if segments were removed
/// because a snapshot covers them. If records are missing for any other reason, reading the journal reports
/// it.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn begins_at(disk: &dyn Disk, directory: &Path) -> Result<u64, Error> {
    let oldest = names(disk, directory, segment::parse_name)?.first().copied().unwrap_or(1);
    let is_covered = names(disk, directory, parse_name)?.iter().any(|&sequence| sequence + 1 >= oldest);
    Ok(if is_covered { oldest } else { 1 })
}

/// Returns the bytes of the sealed segments that hold records after `sequence`.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn sealed_bytes(disk: &dyn Disk, directory: &Path, sequence: u64) -> Result<u64, Error> {
    Ok(sealed_after(disk, directory, sequence)?.iter().map(|(_, bytes)| bytes).sum())
}

/// Returns the last record that need not be kept for a reader that has read up to `sequence`, if at most
/// `bytes` of sealed segments are kept for it.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn dispensable(disk: &dyn Disk, directory: &Path, sequence: u64, bytes: u64) -> Result<u64, Error> {
    let mut kept = 0;
    for (last, size) in sealed_after(disk, directory, sequence)?.into_iter().rev() {
        kept += size;
        if kept > bytes {
            return Ok(last);
        }
    }
    Ok(sequence)
}

/// Returns the last record and the size of each sealed segment that holds records after `sequence`, in order.
fn sealed_after(disk: &dyn Disk, directory: &Path, sequence: u64) -> Result<Vec<(u64, u64)>, Error> {
    let segments = names(disk, directory, segment::parse_name)?;
    let mut sealed = Vec::new();
    for (&first, &next) in segments.iter().zip(segments.iter().skip(1)) {
        if next > sequence + 1 {
            let path = directory.join(segment::file_name(first));
            let file = disk.open(&path).map_err(Error::io("open", &path))?;
            sealed.push((next - 1, file.size().map_err(Error::io("measure", &path))?));
        }
    }
    Ok(sealed)
}

/// Removes the snapshots older than record `oldest`.
///
/// The oldest file goes first, and each removal is durable before the next.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn remove_snapshots_before(disk: &dyn Disk, directory: &Path, oldest: u64) -> Result<(), Error> {
    for sequence in names(disk, directory, parse_name)? {
        if sequence < oldest {
            remove(disk, directory, &file_name(sequence))?;
        }
    }
    Ok(())
}

/// Removes the sealed segments that hold no record after `sequence`.
///
/// The oldest file goes first, and each removal is durable before the next, so a crash leaves a journal
/// without a gap.
///
/// # Errors
/// [`Error::Io`] if the disk fails.
pub fn trim(disk: &dyn Disk, directory: &Path, sequence: u64) -> Result<(), Error> {
    let segments = names(disk, directory, segment::parse_name)?;
    for (&first, &next) in segments.iter().zip(segments.iter().skip(1)) {
        if next <= sequence + 1 {
            remove(disk, directory, &segment::file_name(first))?;
        }
    }
    Ok(())
}

/// Removes a file, durably.
pub(super) fn remove(disk: &dyn Disk, directory: &Path, name: &str) -> Result<(), Error> {
    let path = directory.join(name);
    disk.remove(&path).map_err(Error::io("remove", &path))?;
    disk.fsync_dir(directory).map_err(Error::io("sync", directory))
}

/// Returns the numbers in the names of one kind of file, in order.
fn names(disk: &dyn Disk, directory: &Path, parse: fn(&str) -> Option<u64>) -> Result<Vec<u64>, Error> {
    let names = match disk.list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        names => names.map_err(Error::io("list", directory))?,
    };
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| parse(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}
