//! Scans the bytes of one segment: checks the header, and finds the records and the place where they stop.

use std::path::Path;

use super::proof;
use super::segment::{self, HEADER_BYTES, Header, HeaderFault};
use crate::journal::error::Error;
use crate::journal::frame::{self, Decoded, Frame};

/// The place where the records of a segment stop.
pub(in crate::journal) struct Stop {
    /// The place, in bytes from the start of the file.
    pub(in crate::journal) offset: usize,
    /// The sequence of the record that would be next.
    pub(in crate::journal) expected: u64,
    /// Whether nothing is written there; false if it is not a record, or not the next one.
    pub(in crate::journal) at_end: bool,
}

/// Checks that `bytes` begin with the header of `partition`'s segment whose first record is `first`.
pub(in crate::journal) fn header(path: &Path, bytes: &[u8], partition: u32, first: u64) -> Result<(), Error> {
    let file = path.to_owned();
    match Header::decode(bytes) {
        Err(HeaderFault::Broken(fault)) => Err(Error::Header { file, fault }),
        Err(HeaderFault::Version(found)) => Err(Error::Version { file, found, known: segment::VERSIONS }),
        Ok(header) if header.first_sequence != first => {
            Err(Error::Header { file, fault: "it names another first record than the file" })
        }
        Ok(Header { partition: found, .. }) if found != partition => {
            Err(Error::Partition { file, found, expected: partition })
        }
        Ok(_) => Ok(()),
    }
}

/// Whether nothing was ever written behind the header; the header itself may be damaged.
pub(in crate::journal) fn has_no_records(bytes: &[u8]) -> bool {
    proof::is_unwritten(bytes.get(HEADER_BYTES..).unwrap_or_default())
}

/// Passes on the records behind the header until `each` fails. The first record must be `first`.
pub(in crate::journal) fn records(
    bytes: &[u8],
    first: u64,
    mut each: impl FnMut(Frame<'_>) -> Result<(), Error>,
) -> Result<Stop, Error> {
    let mut stop = Stop { offset: HEADER_BYTES, expected: first, at_end: false };
    loop {
        let rest = bytes.get(stop.offset..).unwrap_or_default();
        match frame::decode(rest) {
            Decoded::Record(record) if record.sequence == stop.expected => {
                each(record)?;
                stop.offset += record.bytes();
                stop.expected += 1;
            }
            decoded => {
                stop.at_end = decoded == Decoded::End;
                return Ok(stop);
            }
        }
    }
}
