//! A segment: one preallocated file of records, named after the first of them.

use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile, write_all};
use super::error::Error;

/// Bytes before the first record: one page, so that no record shares it with the header.
pub(super) const HEADER_BYTES: usize = 4096;

/// The format that this program writes and reads, the stored form of the payloads included. 2: offers
/// have rules, claims their tax rate, notices what they are about.
pub(super) const VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"FLASHTAG";
const CRC_AT: usize = 24;

/// What a segment says of itself: `magic | version u32 | partition u32 | first sequence u64 | crc`,
/// little endian, then zeros. The check covers the whole page but itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) partition: u32,
    pub(super) first_sequence: u64,
}

/// Why a page is not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderFault {
    /// It is cut off, or it is not what was written.
    Broken(&'static str),
    /// It is whole, and of a format that this program does not know.
    Version(u32),
}

impl Header {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut page = Vec::with_capacity(HEADER_BYTES);
        page.extend_from_slice(MAGIC);
        page.extend_from_slice(&VERSION.to_le_bytes());
        page.extend_from_slice(&self.partition.to_le_bytes());
        page.extend_from_slice(&self.first_sequence.to_le_bytes());
        let crc = check(&page, &[0; HEADER_BYTES - CRC_AT - 4]);
        page.extend_from_slice(&crc.to_le_bytes());
        page.resize(HEADER_BYTES, 0);
        page
    }

    pub(super) fn decode(file: &[u8]) -> Result<Self, HeaderFault> {
        Self::parse(file).ok_or(HeaderFault::Broken("it is cut off"))?
    }

    /// `None` if the page is not whole.
    fn parse(file: &[u8]) -> Option<Result<Self, HeaderFault>> {
        let (page, _) = file.split_at_checked(HEADER_BYTES)?;
        let (before, rest) = page.split_at_checked(CRC_AT)?;
        let (crc, after) = rest.split_first_chunk()?;
        let (magic, fields) = before.split_first_chunk()?;
        let (version, fields) = fields.split_first_chunk()?;
        let (partition, fields) = fields.split_first_chunk()?;
        let (first_sequence, _) = fields.split_first_chunk()?;
        // The version comes before the check: another format may keep its check elsewhere.
        let version = u32::from_le_bytes(*version);
        Some(if magic != MAGIC {
            Err(HeaderFault::Broken("it does not begin with FLASHTAG"))
        } else if version != VERSION {
            Err(HeaderFault::Version(version))
        } else if u32::from_le_bytes(*crc) != check(before, after) {
            Err(HeaderFault::Broken("its check fails"))
        } else {
            Ok(Self {
                partition: u32::from_le_bytes(*partition),
                first_sequence: u64::from_le_bytes(*first_sequence),
            })
        })
    }
}

fn check(before: &[u8], after: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(before), after)
}

/// The name of the segment whose first record is `first_sequence`.
pub(super) fn file_name(first_sequence: u64) -> String {
    format!("{first_sequence:020}.seg")
}

/// The first sequence that a file's name promises; `None` if it is not a segment's name.
pub(super) fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let first_sequence = digits.parse().ok()?;
    (file_name(first_sequence) == name).then_some(first_sequence)
}

/// True for the name of a segment that was being written when the process ended.
pub(super) fn is_leftover(name: &str) -> bool {
    name.strip_suffix(".tmp").and_then(parse_name).is_some()
}

/// A segment open for appending.
pub(super) struct Segment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// Where the next record goes, in bytes from the start.
    end: u64,
    /// Size of the file in bytes.
    size: u64,
}

impl Segment {
    /// Makes a segment of at least `size` bytes that holds `records`, durable when this returns.
    ///
    /// It is written under another name first, so that no crash leaves half a segment: at every
    /// moment the name means what it meant before, or the whole of the new one.
    pub(super) fn create(
        disk: &dyn Disk,
        directory: &Path,
        header: Header,
        records: &[u8],
        size: u64,
    ) -> Result<Self, Error> {
        let name = file_name(header.first_sequence);
        let path = directory.join(&name);
        let draft = directory.join(name + ".tmp");
        let end = HEADER_BYTES as u64 + records.len() as u64;
        let size = size.max(end);
        let file = disk.create(&draft).map_err(Error::io("create", &draft))?;
        file.preallocate(size).map_err(Error::io("reserve space for", &draft))?;
        write_all(&*file, &header.encode(), 0).map_err(Error::io("write", &draft))?;
        write_all(&*file, records, HEADER_BYTES as u64).map_err(Error::io("write", &draft))?;
        file.sync_all().map_err(Error::io("sync", &draft))?;
        disk.rename(&draft, &path).map_err(Error::io("rename", &draft))?;
        disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;
        Ok(Self { file, path, end, size })
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.end + bytes as u64 <= self.size
    }

    /// Writes records behind the others; durable only after [`Self::sync`].
    pub(super) fn append(&mut self, records: &[u8]) -> Result<(), Error> {
        write_all(&*self.file, records, self.end).map_err(Error::io("write", &self.path))?;
        self.end += records.len() as u64;
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}
