//! A segment: one file of records, filled with zeros beforehand and named after its first record.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::aligned_blocks::AlignedBlocks;
use super::disk::{Disk, DiskFile, write_all};
use super::preallocated::Preallocated;
use crate::journal::error::Error;

/// Bytes before the first record: one page, so that no record shares it with the header.
pub(in crate::journal) const HEADER_BYTES: usize = 4096;

/// The format that this release writes. In a segment of version 3, records may begin with a version of their
/// own, so a release that does not know version 3 must not read them.
pub(in crate::journal) const VERSION: u32 = 3;

/// The oldest format that this release reads.
const VERSION_OLDEST: u32 = 2;

/// The formats that this release reads.
pub(in crate::journal) const VERSIONS: RangeInclusive<u32> = VERSION_OLDEST..=VERSION;

const MAGIC: &[u8; 8] = b"FLASHTAG";
const CRC_AT: usize = 24;

/// Recovered bytes are written in steps of this many.
const RECOVERED_BYTES: usize = 1 << 20;

/// A segment's header: `magic | version u32 | partition u32 | first sequence u64 | crc`, little endian, then
/// zeros. The checksum covers the whole page except itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) struct Header {
    pub(in crate::journal) partition: u32,
    pub(in crate::journal) first_sequence: u64,
}

/// Why a page is not a valid header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) enum HeaderFault {
    /// It is cut off, or its bytes changed.
    Broken(&'static str),
    /// It is whole, but has a format that this release does not know.
    Version(u32),
}

impl Header {
    pub(in crate::journal) fn encode(self) -> Vec<u8> {
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

    pub(in crate::journal) fn decode(file: &[u8]) -> Result<Self, HeaderFault> {
        Self::parse(file).ok_or(HeaderFault::Broken("it is cut off"))?
    }

    /// Returns `None` if the page is incomplete.
    fn parse(file: &[u8]) -> Option<Result<Self, HeaderFault>> {
        let (page, _) = file.split_at_checked(HEADER_BYTES)?;
        let (before, rest) = page.split_at_checked(CRC_AT)?;
        let (crc, after) = rest.split_first_chunk()?;
        let (magic, fields) = before.split_first_chunk()?;
        let (version, fields) = fields.split_first_chunk()?;
        let (partition, fields) = fields.split_first_chunk()?;
        let (first_sequence, _) = fields.split_first_chunk()?;
        // Compared before the checksum: another format may keep its checksum elsewhere.
        let version = u32::from_le_bytes(*version);
        Some(if magic != MAGIC {
            Err(HeaderFault::Broken("it does not begin with FLASHTAG"))
        } else if !VERSIONS.contains(&version) {
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
pub(in crate::journal) fn file_name(first_sequence: u64) -> String {
    format!("{first_sequence:020}.seg")
}

/// Returns the first sequence in a segment's file name; `None` if it is not a segment's name.
pub(in crate::journal) fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let first_sequence = digits.parse().ok()?;
    (file_name(first_sequence) == name).then_some(first_sequence)
}

/// A segment open for appending.
pub(in crate::journal) struct Segment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// The bytes written last, and the block that the next record goes into.
    blocks: AlignedBlocks,
    /// The place of the next record, in bytes from the start.
    end: u64,
    /// Upper bound on the bytes of header and records together.
    size: u64,
}

impl Segment {
    /// Turns a preallocated file into the segment that holds `records`, durable when this returns.
    ///
    /// The file gets its name last, so no crash leaves half a segment: at every moment the name refers to the
    /// old file, or to the whole new one.
    pub(in crate::journal) fn create(
        disk: &dyn Disk,
        directory: &Path,
        mut preallocated: Preallocated,
        header: Header,
        records: &[u8],
    ) -> Result<Self, Error> {
        preallocated.grow((HEADER_BYTES + records.len()) as u64)?;
        let Preallocated { file, path: draft, bytes: size } = preallocated;
        let mut segment = Self { file, path: draft.clone(), blocks: AlignedBlocks::default(), end: 0, size };
        segment.append(HEADER_BYTES, |page| page.extend_from_slice(&header.encode()))?;
        for records in records.chunks(RECOVERED_BYTES) {
            segment.append(records.len(), |bytes| bytes.extend_from_slice(records))?;
        }
        segment.sync()?;
        segment.path = directory.join(file_name(header.first_sequence));
        disk.rename(&draft, &segment.path).map_err(Error::io("rename", &draft))?;
        disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;
        Ok(segment)
    }

    pub(in crate::journal) fn has_room(&self, bytes: usize) -> bool {
        self.end + bytes as u64 <= self.size
    }

    /// Whether a quarter is full: the next segment will be needed, and there is time to make it.
    pub(in crate::journal) fn is_filling(&self) -> bool {
        let header = HEADER_BYTES as u64;
        (self.end - header) * 4 >= self.size - header
    }

    /// Appends the `bytes` of records that `put` writes; they are durable only after [`Self::sync`].
    pub(in crate::journal) fn append<T>(
        &mut self,
        bytes: usize,
        put: impl FnOnce(&mut Vec<u8>) -> T,
    ) -> Result<T, Error> {
        let result = self.blocks.advance(bytes, put);
        self.end += bytes as u64;
        let at = self.end - self.blocks.len() as u64;
        write_all(&*self.file, self.blocks.whole(), at).map_err(Error::io("write", &self.path))?;
        Ok(result)
    }

    pub(in crate::journal) fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}
