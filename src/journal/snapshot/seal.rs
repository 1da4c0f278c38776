//! The file format of a snapshot.
//!
//! `header | chunk | chunk | ...`, little endian. A chunk is `len u32 | crc u32 | bytes`. The checksum is
//! CRC32C and also covers the snapshot's sequence, the chunk's number and its length, so a chunk that was
//! moved or taken from another file is as damaged as a changed one. The header names the number of chunks and
//! bytes, and is written last.

use crate::journal::error::SnapshotFault;

/// The longest chunk, in bytes. It bounds the length that a damaged chunk can claim.
pub const CHUNK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The format that this release writes; it includes the stored form of the state.
pub const VERSION: u32 = 6;

/// The format that belongs to records of version 1.
pub const VERSION_OF_RECORDS_1: u32 = 5;

/// The oldest format that this release reads.
pub const VERSION_OLDEST: u32 = 4;

const MAGIC: &[u8; 8] = b"FLASHSNP";
pub(in crate::journal) const HEADER_BYTES: usize = 64;
const CRC_AT: usize = HEADER_BYTES - 4;
pub(in crate::journal) const CHUNK_HEAD_BYTES: usize = 8;

/// The header of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The snapshot's format version.
    pub version: u32,
    /// The partition whose state it is.
    pub partition: u32,
    /// The last record included in the state.
    pub sequence: u64,
    /// The hash of the state, computed by the program that took the snapshot.
    pub digest: u64,
    /// The length of the file, in bytes.
    pub bytes: u64,
    /// The number of chunks.
    pub chunks: u32,
}

impl Seal {
    pub(in crate::journal) fn encode(self) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&self.version.to_le_bytes());
        header.extend_from_slice(&self.partition.to_le_bytes());
        header.extend_from_slice(&self.sequence.to_le_bytes());
        header.extend_from_slice(&self.digest.to_le_bytes());
        header.extend_from_slice(&self.bytes.to_le_bytes());
        header.extend_from_slice(&self.chunks.to_le_bytes());
        header.resize(CRC_AT, 0);
        header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
        header
    }

    pub(in crate::journal) fn decode(header: &[u8; HEADER_BYTES]) -> Result<Self, SnapshotFault> {
        Self::parse(header).expect("the header has its whole length")
    }

    /// Returns `None` if the header is too short.
    fn parse(header: &[u8]) -> Option<Result<Self, SnapshotFault>> {
        let (covered, crc) = header.split_at_checked(CRC_AT)?;
        let (magic, fields) = covered.split_first_chunk()?;
        let (version, fields) = fields.split_first_chunk()?;
        let (partition, fields) = fields.split_first_chunk()?;
        let (sequence, fields) = fields.split_first_chunk()?;
        let (digest, fields) = fields.split_first_chunk()?;
        let (bytes, fields) = fields.split_first_chunk()?;
        let (chunks, _) = fields.split_first_chunk()?;
        let version = u32::from_le_bytes(*version);
        Some(if magic != MAGIC {
            Err(SnapshotFault::Broken("it does not begin with FLASHSNP"))
        } else if u32::from_le_bytes(*crc.first_chunk()?) != crc32c::crc32c(covered) {
            // Before the version: a damaged one must not be taken for a newer release's, which refuses the
            // start.
            Err(SnapshotFault::Broken("the check of its header fails"))
        } else if version > VERSION {
            Err(SnapshotFault::Newer { found: version, known: VERSION })
        } else if version < VERSION_OLDEST {
            Err(SnapshotFault::Older { found: version, oldest: VERSION_OLDEST })
        } else {
            Ok(Self {
                version,
                partition: u32::from_le_bytes(*partition),
                sequence: u64::from_le_bytes(*sequence),
                digest: u64::from_le_bytes(*digest),
                bytes: u64::from_le_bytes(*bytes),
                chunks: u32::from_le_bytes(*chunks),
            })
        })
    }
}

/// Returns the checksum of a chunk: of its place as well as of its bytes.
pub(in crate::journal) fn check(sequence: u64, number: u32, bytes: &[u8]) -> u32 {
    let len = bytes.len() as u128;
    let place = u128::from(sequence) | u128::from(number) << 64 | len << 96;
    crc32c::crc32c_append(crc32c::crc32c(&place.to_le_bytes()), bytes)
}

/// The name of the snapshot that holds the records up to `sequence`.
pub(in crate::journal) fn file_name(sequence: u64) -> String {
    format!("{sequence:020}.snap")
}

/// Returns the last record in a snapshot's file name; `None` if it is not a snapshot's name.
pub(in crate::journal) fn parse_name(name: &str) -> Option<u64> {
    let sequence = name.strip_suffix(".snap")?.parse().ok()?;
    (file_name(sequence) == name).then_some(sequence)
}

/// Whether this is the name of a snapshot that was being written when the process ended.
pub(in crate::journal) fn is_leftover(name: &str) -> bool {
    name.strip_suffix(".tmp").and_then(parse_name).is_some()
}
