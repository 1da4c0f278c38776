//! Finds the end of a history, from its own lines.
//!
//! The lines of a partition are consecutive, so its last line is its position. The end of the file may be
//! damaged: a kill leaves half a line, and a power loss leaves any part of the unsynced data. So the end is
//! read line by line, as far back as data can be unsynced, and cut off at the first line that does not
//! continue its partition. The journal repeats what is cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::line::{BEGINNING, Place};
use crate::journal::DiskFile;
use crate::journal::file::disk::read_up_to;

/// Bytes at the end that are checked line by line. The unsynced bytes are fewer: see
/// [`super::history_file::UNSYNCED_BYTES_MAX`].
pub(super) const CHECKED_BYTES: u64 = 16 << 20;

/// Bytes read at once further back, to find the last line of a partition.
const STEP_BYTES: u64 = 1 << 20;

/// The intact part of a history.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// Where the checked lines begin, in bytes from the start.
    pub(super) from: u64,
    /// The checked lines.
    pub(super) checked: Vec<u8>,
    /// The last line of each partition.
    pub(super) last: BTreeMap<u32, Place>,
}

impl Tail {
    /// Reads the tail of a file of `size` bytes, with the last lines of the partitions in `wanted`. Returns
    /// `None` if the file is no history.
    pub(super) fn read(
        file: &dyn DiskFile,
        size: u64,
        mut wanted: BTreeSet<u32>,
    ) -> io::Result<Option<Self>> {
        let begin = bytes(file, 0..size.min(BEGINNING.len() as u64))?;
        // A new file that was never synced may have lost its beginning; no text begins with a zero.
        if begin.first() == Some(&0) {
            return Ok(Some(Self::default()));
        }
        if !BEGINNING.starts_with(&begin) {
            return Ok(None);
        }
        let from = line_from(file, size.saturating_sub(CHECKED_BYTES), size)?;
        let mut tail = Self::check(bytes(file, from..size)?, from);
        wanted.retain(|partition| !tail.last.contains_key(partition));
        tail.look_back(file, from, wanted)?;
        Ok(Some(tail))
    }

    /// The length of the intact part, in bytes.
    pub(super) fn end(&self) -> u64 {
        self.from + self.checked.len() as u64
    }

    /// Reads lines until one does not continue its partition. The first begins at `from`.
    fn check(mut checked: Vec<u8>, from: u64) -> Self {
        let (mut last, mut end) = (BTreeMap::<u32, Place>::new(), 0);
        for line in checked.split_inclusive(|byte| *byte == b'\n') {
            let Some(place) = line.strip_suffix(b"\n").and_then(Place::read) else { break };
            let follows = last.get(&place.partition).is_none_or(|before| before.last + 1 == place.first);
            if !follows {
                break;
            }
            end += line.len();
            last.insert(place.partition, place);
        }
        checked.truncate(end);
        Self { from, checked, last }
    }

    /// Searches before `end` for the last lines of the partitions that are still wanted.
    fn look_back(&mut self, file: &dyn DiskFile, mut end: u64, mut wanted: BTreeSet<u32>) -> io::Result<()> {
        // The end of a line whose beginning was not read yet.
        let mut rest = Vec::new();
        while end > 0 && !wanted.is_empty() {
            let begin = end.saturating_sub(STEP_BYTES);
            let mut step = bytes(file, begin..end)?;
            step.append(&mut rest);
            let mut lines: Vec<&[u8]> = step.split_inclusive(|byte| *byte == b'\n').collect();
            let first = if begin > 0 { lines.drain(..1).next() } else { None };
            for line in lines.into_iter().rev() {
                let named = Place::partition_of(line).filter(|partition| wanted.contains(partition));
                if let Some(partition) = named
                    && let Some(place) = line.strip_suffix(b"\n").and_then(Place::read)
                {
                    wanted.remove(&partition);
                    self.last.insert(partition, place);
                }
            }
            rest = first.unwrap_or_default().to_vec();
            end = begin;
        }
        Ok(())
    }
}

/// The offset of the first line that begins at `from` or later.
fn line_from(file: &dyn DiskFile, from: u64, size: u64) -> io::Result<u64> {
    // The line may begin right here, so the byte before is read as well.
    let Some(mut at) = from.checked_sub(1) else { return Ok(0) };
    while at < size {
        let step = bytes(file, at..size.min(at + STEP_BYTES))?;
        if let Some(found) = step.iter().position(|byte| *byte == b'\n') {
            return Ok(at + found as u64 + 1);
        }
        at += step.len() as u64;
    }
    Ok(size)
}

/// Reads a part of the file.
fn bytes(file: &dyn DiskFile, part: std::ops::Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(part.end - part.start).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    let read = read_up_to(file, &mut bytes, part.start)?;
    if read < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}
