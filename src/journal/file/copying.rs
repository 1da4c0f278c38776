//! Copies a journal up to a record into another directory, also while a log appends to it: what is behind that record is
//! left out, whatever is being written there.

use std::path::Path;

use super::disk::{Disk, create_anew, read_up_to, write_all};
use super::scan::{self, Stop};
use super::segment::{self, HEADER_BYTES};
use super::snapshot_files::snapshots;
use super::watermark::Watermark;
use crate::journal::error::{Error, Evidence};
use crate::journal::snapshot::seal;

/// Segments are as long as whole blocks.
const BLOCK_BYTES: usize = 4096;

/// Bytes of a snapshot that are copied at once.
const PIECE_BYTES: usize = 1 << 20;

/// Copies the records and snapshots up to record `last`, which must be durable, from one directory into another, which is
/// made. Nothing may remove files of the journal meanwhile.
///
/// # Errors
/// When a record is damaged, or a disk fails.
pub(super) fn copy(disk: &dyn Disk, from: &Path, to: &Path, partition: u32, last: u64) -> Result<(), Error> {
    disk.create_dir(to).map_err(Error::io("create", to))?;
    let names = disk.list(from).map_err(Error::io("list", from))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| segment::parse_name(name)).collect();
    segments.sort_unstable();
    let mut bytes = Vec::new();
    for (index, &first) in segments.iter().enumerate() {
        // The first segment is copied even if it is empty: without any, the watermark would tell of a lost one.
        if index > 0 && first > last {
            break;
        }
        let path = from.join(segment::file_name(first));
        disk.read(&path, &mut bytes).map_err(Error::io("read", &path))?;
        scan::header(&path, &bytes, partition, first)?;
        let mut end = HEADER_BYTES;
        let stop = scan::records(&bytes, first, |record| {
            end += if record.sequence <= last { record.bytes() } else { 0 };
            Ok(())
        })?;
        let next = segments.get(index + 1).copied();
        check_whole(&path, &stop, next, last)?;
        bytes.truncate(end);
        bytes.resize(end.next_multiple_of(BLOCK_BYTES), 0);
        write(disk, &to.join(segment::file_name(first)), &bytes)?;
    }
    for sequence in snapshots(disk, from)?.into_iter().filter(|sequence| *sequence <= last) {
        let name = seal::file_name(sequence);
        copy_file(disk, &from.join(&name), &to.join(&name))?;
    }
    Watermark::replace(disk, to, last)?;
    disk.fsync_dir(to).map_err(Error::io("sync", to))
}

/// Checks that the segment has every record up to `last`, or up to the segment behind it.
fn check_whole(path: &Path, stop: &Stop, next: Option<u64>, last: u64) -> Result<(), Error> {
    let evidence = match next {
        Some(next) if next <= last && stop.expected != next => Evidence::LaterSegment(next),
        Some(next) if next <= last => return Ok(()),
        _ if stop.expected <= last => Evidence::Watermark(last),
        _ => return Ok(()),
    };
    let (offset, sequence) = (stop.offset as u64, stop.expected);
    Err(Error::Damaged { file: path.to_owned(), offset, sequence, evidence })
}

fn write(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = create_anew(disk, path)?;
    write_all(&*file, bytes, 0).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

fn copy_file(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), Error> {
    let (source, target) = (disk.open(from).map_err(Error::io("open", from))?, create_anew(disk, to)?);
    let (mut piece, mut offset) = (vec![0; PIECE_BYTES], 0);
    loop {
        let read = read_up_to(&*source, &mut piece, offset).map_err(Error::io("read", from))?;
        if read == 0 {
            break;
        }
        write_all(&*target, piece.get(..read).unwrap_or_default(), offset).map_err(Error::io("write", to))?;
        offset += read as u64;
    }
    target.sync_all().map_err(Error::io("sync", to))
}
