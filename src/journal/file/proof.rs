//! Proof that a record which cannot be read had been acknowledged.

use crate::journal::frame::{self, Decoded, Frame, Head};

/// How much unwritten space is passed over at once.
const PAGE_BYTES: usize = 4096;

/// Looks behind the place where record `expected` cannot be read for a whole record of a group
/// that began after `expected`, and returns it with its distance from the start of `bytes`.
///
/// A group is written only after the one before it was synced. So such a record says that
/// `expected` was durable. A record of the same group says nothing: the sectors of one write may
/// reach the disk in any order.
///
/// The check of a record, which costs its length, is computed only where the fields before it
/// could belong to such a record; everything else costs a few comparisons for each byte.
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

/// True if nothing was ever written to these bytes.
pub(in crate::journal) fn is_unwritten(bytes: &[u8]) -> bool {
    first_written(bytes).is_none()
}

/// Bytes up to and with the last that is not zero.
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

/// The first place from `at` on where a record could begin: one of the four bytes of a length is
/// not zero. Preallocated space is passed over by pages.
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

/// A comparison of whole pages is many times faster than a look at each byte.
fn is_written(page: &[u8]) -> bool {
    static UNWRITTEN: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
    !UNWRITTEN.starts_with(page)
}
