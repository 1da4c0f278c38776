//! The bound of a line, and a line that was held against it.

use super::fault::Fault;

/// The longest line by default, in bytes without what ends it.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A line with its number from 1, or a fault if it is too long.
pub type Numbered<'a> = (u64, Result<&'a [u8], Fault>);

/// Strips the carriage return that may end a line, and refuses the line if it is longer than `bytes_max`.
pub(super) fn bounded(line: &[u8], bytes_max: usize) -> Result<&[u8], Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > bytes_max { Err(Fault::TooLong { bytes_max }) } else { Ok(line) }
}
