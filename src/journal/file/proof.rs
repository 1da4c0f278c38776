//! Proves that an unreadable record had been acknowledged.

use crate::journal::frame::{self, Decoded, Frame, Head};

/// Unwritten space is skipped in steps of this many bytes.
const PAGE_BYTES: usize = 4096;

/// Searches behind the place where record `expected` cannot be read for a whole record of a group that began
/// after `expected`. Returns the record and its distance from the start of `bytes`.
///
/// A group is written only after the one before it was synced, so such a record proves that `expected` was
/// durable. A record of the same group proves nothing: the sectors of one write may reach the disk in any
/// order.
///
/// The checksum of a record, whose cost grows with its length, is computed only where the fields before it
/// could belong to such a record; everything else costs a few comparisons per byte.
pub(in crate::journal) fn later_group(bytes: &[u8], expected: u64) -> Option<(usize, Frame<'_>)> {
    let records_max = (bytes.len() / (frame::HEADER_BYTES + 1)) as u64;
    let sequence_max = expected.saturating_add(records_max);
    let mut at = 0;
    loop {
        at = next_written(bytes, at)?;
        let rest = bytes.get(at..)?;
        let head = Head::read(rest)?;
        let could_be = head.is_plausible()
            && head.sequence <= sequence_max
            && head.sequence - u64::from(head.position) > expected;
        if could_be && let Decoded::Record(record) = frame::decode(rest) {
            return Some((at, record));
        }
        at += 1;
    }
}

/// Whether nothing was ever written to these bytes.
pub(in crate::journal) fn is_unwritten(bytes: &[u8]) -> bool {
    first_written(bytes).is_none()
}

/// The number of bytes up to and including the last that is not zero.
pub(in crate::journal) fn written_len(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    for page in bytes.rchunks(PAGE_BYTES) {
        if is_written(page) {
            let last = page.iter().rposition(|&byte| byte != 0);
            return end - page.len() + last.map_or(0, |last| last + 1);
        }
        end -= page.len();
    }
    0
}

/// Returns the first place from `at` on where a record could begin: one of the four bytes of a length is not
/// zero. Skips preallocated space page by page.
fn next_written(bytes: &[u8], at: usize) -> Option<usize> {
    const LENGTH_BYTES: usize = 4;
    if bytes.get(at..at + LENGTH_BYTES)?.iter().any(|&byte| byte != 0) {
        return Some(at);
    }
    let written = at + first_written(bytes.get(at..)?)?;
    Some(written + 1 - LENGTH_BYTES)
}

fn first_written(bytes: &[u8]) -> Option<usize> {
    let (page_at, page) = bytes.chunks(PAGE_BYTES).enumerate().find(|(_, page)| is_written(page))?;
    Some(page_at * PAGE_BYTES + page.iter().position(|&byte| byte != 0)?)
}

/// Comparing whole pages is many times faster than testing each byte.
fn is_written(page: &[u8]) -> bool {
    static UNWRITTEN: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
    !UNWRITTEN.starts_with(page)
}
