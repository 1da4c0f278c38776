//! Rewrites the records of a journal that is not open: each keeps its sequence, and the position in its group.
//!
//! A segment is written aside, synced, and takes the name of the old one, so that at every moment the name refers to the old
//! records or to the new ones. A rewriting that was interrupted is begun anew: what it had rewritten is rewritten again.

use std::path::Path;

use super::disk::{Disk, create_anew, write_all};
use super::scan;
use super::segment::{self, HEADER_BYTES, Header};
use crate::journal::error::{Error, Evidence, RecordFault};
use crate::journal::frame;

/// The name of the file aside.
pub(in crate::journal) const DRAFT: &str = "rewritten.tmp";

/// Segments are as long as whole blocks.
const BLOCK_BYTES: usize = 4096;

/// Makes the payload that takes the place of a record's; it gets the sequence and the payload.
pub type Change<'a> = dyn FnMut(u64, &[u8]) -> Result<Vec<u8>, RecordFault> + 'a;

/// Rewrites every segment in `directory`. The journal must have been recovered and closed since it was written to last, so
/// that nothing stands behind its last record.
///
/// # Errors
/// When a segment is damaged, `change` cannot read a record, or the disk fails.
pub fn rewrite(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    change: &mut Change<'_>,
) -> Result<(), Error> {
    let names = disk.list(directory).map_err(Error::io("list", directory))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| segment::parse_name(name)).collect();
    segments.sort_unstable();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (index, &first) in segments.iter().enumerate() {
        let path = directory.join(segment::file_name(first));
        disk.read(&path, &mut old).map_err(Error::io("read", &path))?;
        scan::header(&path, &old, partition, first)?;
        new.clear();
        new.extend_from_slice(&Header { partition, first_sequence: first }.encode());
        let stop = scan::records(&old, first, |record| {
            let payload = change(record.sequence, record.payload).map_err(|fault| Error::Record {
                directory: directory.to_owned(),
                sequence: record.sequence,
                fault,
            })?;
            frame::encode(&mut new, record.sequence, record.position, &payload);
            Ok(())
        })?;
        let follows = segments.get(index + 1).is_none_or(|next| *next == stop.expected);
        if !stop.at_end || !follows {
            let evidence = Evidence::LaterSegment(segments.get(index + 1).copied().unwrap_or(stop.expected));
            let offset = stop.offset as u64;
            return Err(Error::Damaged { file: path, offset, sequence: stop.expected, evidence });
        }
        new.resize(new.len().next_multiple_of(BLOCK_BYTES), 0);
        if !is_same(&old, &new) {
            replace(disk, directory, &path, &new)?;
        }
    }
    Ok(())
}

/// Whether the segments have the same header and records; there may be more unwritten space in one.
fn is_same(old: &[u8], new: &[u8]) -> bool {
    let length = old.len().min(new.len());
    let (Some((old, old_rest)), Some((new, new_rest))) =
        (old.split_at_checked(length), new.split_at_checked(length))
    else {
        return false;
    };
    let is_unwritten = |rest: &[u8]| rest.iter().all(|byte| *byte == 0);
    length >= HEADER_BYTES && old == new && is_unwritten(old_rest) && is_unwritten(new_rest)
}

fn replace(disk: &dyn Disk, directory: &Path, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let draft = directory.join(DRAFT);
    let file = create_anew(disk, &draft)?;
    write_all(&*file, bytes, 0).map_err(Error::io("write", &draft))?;
    file.sync_all().map_err(Error::io("sync", &draft))?;
    disk.rename(&draft, path).map_err(Error::io("rename", &draft))?;
    disk.fsync_dir(directory).map_err(Error::io("sync", directory))
}
