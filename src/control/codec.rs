//! The stored form of control records: `version u8 | at | event`.
//!
//! To add a field, raise [`VERSION`] and freeze the form that it replaces, as `partition::codec` does. A new
//! event at the end of its enum raises [`VERSION`] too, because older releases cannot read it.

use super::record::ControlRecord;
use crate::journal::RecordFault;

/// The version of the records that this release writes, and the newest that it reads.
pub const VERSION: u8 = 2;

/// The version of the records before accounts could be erased. What they can say is stored the same way.
const BEFORE_ERASURES: u8 = 1;

/// Appends to `stored` the stored form of a record.
///
/// # Panics
/// Never: every record has a stored form.
#[must_use]
pub fn encode(record: &ControlRecord, mut stored: Vec<u8>) -> Vec<u8> {
    stored.push(VERSION);
    postcard::to_extend(record, stored).expect("records have a stored form")
}

/// Reads a record of this release or an earlier one.
///
/// # Errors
/// [`RecordFault::Newer`] if a newer release wrote it, [`RecordFault::Meaning`] if the bytes are not a
/// record.
pub fn decode(stored: &[u8]) -> Result<ControlRecord, RecordFault> {
    match stored.split_first() {
        Some((&(BEFORE_ERASURES | VERSION), rest)) => match postcard::take_from_bytes(rest) {
            Ok((record, [])) => Ok(record),
            Ok(_) => Err(RecordFault::Meaning("bytes are left behind the record".to_owned())),
            Err(fault) => Err(RecordFault::Meaning(fault.to_string())),
        },
        Some((&version, _)) if version > VERSION => {
            Err(RecordFault::Newer { found: u32::from(version), known: u32::from(VERSION) })
        }
        _ => Err(RecordFault::Meaning("no version begins so".to_owned())),
    }
}
