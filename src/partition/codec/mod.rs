//! The stored form of a partition's records and of the state in its snapshots.
//!
//! A record is `version u8 | key form | at | events | effects`. The version is below 0x80. A record of
//! version 0 has no version byte. It begins with the varint of its time, whose first byte is at least 0x80 at
//! any time after 1970-01-01T00:00:00.063Z.
//!
//! To add a field: put it at the end of its struct with `#[serde(default)]`, raise [`VERSION`], and freeze
//! the form that it replaces, as [`v0`] and [`v1`] freeze the older ones. A new variant at the end of an enum
//! raises [`VERSION`] too, because older releases cannot read it, and needs no frozen form.

mod appended;
pub mod v0;
pub mod v1;

use crate::domain::decision::Record;
use crate::domain::event::Event;
use crate::domain::key_form::KeyForm;
use crate::journal::RecordFault;
use crate::text::email::without_addresses;

/// The version of the records that this release writes, and the newest that it reads.
pub const VERSION: u8 = 2;

/// The version of the first records that have one.
const FIRST: u8 = 1;

/// Lower bound on the first byte of a record of version 0.
const UNVERSIONED: u8 = 0x80;

/// Appends to `stored` the stored form of a record whose effects have keys of `form`.
///
/// # Panics
/// Never: every record has a stored form.
#[must_use]
pub fn encode(form: KeyForm, record: &Record, stored: Vec<u8>) -> Vec<u8> {
    // One pass: a tuple's stored form is that of its parts.
    postcard::to_extend(&(VERSION, form, record), stored).expect("records have a stored form")
}

/// Reads a record of this release or an older one, with the form of its effects' keys.
///
/// # Errors
/// [`RecordFault::Newer`] if a newer release wrote it, [`RecordFault::Meaning`] if the bytes are not a
/// record.
pub fn decode(stored: &[u8]) -> Result<(KeyForm, Record), RecordFault> {
    match stored.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(meaning),
        Some((&FIRST, rest)) => v1::decode(rest).map_err(meaning),
        Some((&(UNVERSIONED..), _)) => {
            v0::decode(stored).map(|record| (KeyForm::Bare, record)).map_err(meaning)
        }
        Some((&version, _)) if version > VERSION => {
            Err(RecordFault::Newer { found: u32::from(version), known: u32::from(VERSION) })
        }
        _ => Err(RecordFault::Meaning("no version begins so".to_owned())),
    }
}

/// A record of an earlier release in today's form: without the addresses that such releases recorded, also those that a
/// provider repeated in the reason of a dead letter.
///
/// # Errors
/// As [`decode`].
pub fn rewrite(stored: &[u8]) -> Result<Vec<u8>, RecordFault> {
    let (form, mut record) = decode(stored)?;
    for event in &mut record.decision.events {
        if let Event::DeadLettered { reason, .. } = event {
            *reason = without_addresses(reason).into();
        }
    }
    Ok(encode(form, &record, Vec::new()))
}

fn meaning(fault: postcard::Error) -> RecordFault {
    RecordFault::Meaning(fault.to_string())
}
