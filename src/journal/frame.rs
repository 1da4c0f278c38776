//! A record's form on disk: length, checksum, sequence, position, payload.
//!
//! Little endian: `len u32 | crc u32 | sequence u64 | position u32 | payload`. The checksum is CRC32C over
//! all other fields, so a record that was moved or renumbered is as damaged as a changed one. A length of
//! zero marks preallocated space: written data ends there.

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 20;

/// The largest payload, in bytes. It bounds the length that a damaged record can claim.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One record, borrowed from the bytes that it was decoded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The record's number in its partition: 1 for the first, then without gaps.
    pub sequence: u64,
    /// How many records of the same durable group precede it; always less than `sequence`.
    pub position: u32,
    /// The record's content, 1 to [`PAYLOAD_BYTES_MAX`] bytes.
    pub payload: &'a [u8],
}

impl Frame<'_> {
    /// The record's size on disk, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// The sequence of the first record in the group that this record became durable with.
    #[must_use]
    pub fn group_first(&self) -> u64 {
        self.sequence - u64::from(self.position)
    }
}

/// What the bytes at one place of a segment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A whole record with a valid checksum.
    Record(Frame<'a>),
    /// Unwritten space: a zero length, or no bytes left.
    End,
    /// A record that is cut off, or whose checksum fails.
    Damaged,
}

/// The fields before the payload, checked for plausibility only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) len: u32,
    crc: u32,
    pub(super) sequence: u64,
    pub(super) position: u32,
}

impl Head {
    /// Reads the fields at the start of `bytes`; `None` if there are too few bytes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk()?;
        let (crc, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (position, _) = rest.split_first_chunk()?;
        Some(Self {
            len: u32::from_le_bytes(*len),
            crc: u32::from_le_bytes(*crc),
            sequence: u64::from_le_bytes(*sequence),
            position: u32::from_le_bytes(*position),
        })
    }

    /// Whether the fields are consistent with each other. Cheap: it does not read the payload.
    pub(super) fn is_plausible(&self) -> bool {
        let len = self.len as usize;
        0 < len && len <= PAYLOAD_BYTES_MAX && u64::from(self.position) < self.sequence
    }
}

/// Appends one record to `out`.
///
/// # Panics
///
/// If the payload is empty or above [`PAYLOAD_BYTES_MAX`], or if `position` is not less than
/// `sequence`: such a record could not be read back.
pub fn encode(out: &mut Vec<u8>, sequence: u64, position: u32, payload: &[u8]) {
    assert!(!payload.is_empty(), "record {sequence} has no payload");
    assert!(payload.len() <= PAYLOAD_BYTES_MAX, "the payload of record {sequence} is too long");
    assert!(u64::from(position) < sequence, "record {sequence} cannot be at position {position}");
    let len = u32::try_from(payload.len()).expect("the bound on payloads fits into 32 bits");
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&check(len, sequence, position, payload).to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(&position.to_le_bytes());
    out.extend_from_slice(payload);
}

/// Reads the record at the start of `bytes`. Never panics, whatever the bytes are.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let Some(head) = Head::read(bytes) else {
        let unwritten = bytes.iter().all(|&byte| byte == 0);
        return if unwritten { Decoded::End } else { Decoded::Damaged };
    };
    if head.len == 0 {
        return Decoded::End;
    }
    if !head.is_plausible() {
        return Decoded::Damaged;
    }
    let end = HEADER_BYTES + head.len as usize;
    let Some(payload) = bytes.get(HEADER_BYTES..end) else {
        return Decoded::Damaged;
    };
    if check(head.len, head.sequence, head.position, payload) != head.crc {
        return Decoded::Damaged;
    }
    Decoded::Record(Frame { sequence: head.sequence, position: head.position, payload })
}

/// Returns the checksum of a record. The fields are gathered first: two passes of the hardware instruction
/// cost less than four.
fn check(len: u32, sequence: u64, position: u32, payload: &[u8]) -> u32 {
    let fields = u128::from(len) | u128::from(sequence) << 32 | u128::from(position) << 96;
    crc32c::crc32c_append(crc32c::crc32c(&fields.to_le_bytes()), payload)
}
