//! The bound on the length of a line.

use super::fault::Fault;

/// Default bound on a line, in bytes without its line ending.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A line with its number from 1, or a fault if it is too long.
pub type Numbered<'a> = (u64, Result<&'a [u8], Fault>);

/// Strips the carriage return before the line feed, and refuses the line if it is longer than `bytes_max`.
pub(super) fn bounded(line: &[u8], bytes_max: usize) -> Result<&[u8], Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > bytes_max { Err(Fault::TooLong { bytes_max }) } else { Ok(line) }
}
