//! The first stored form, frozen: records without a version, and the state in snapshots of version 4.

use serde::de::DeserializeOwned;

use super::appended::{self, Fields};
use super::v1;
use crate::domain::decision::Record;

/// Counts the fields that structs have gained since version 0.
struct V0;

impl Fields for V0 {
    fn appended(name: &str) -> usize {
        let then = match name {
            // `region` and `last4`.
            "Claim" => 2,
            // The processor's id of the payment.
            "Authorized" | "Payment" | "StoredOrder" => 1,
            // `references`: no provider's id was recorded.
            "Delivered" => 1,
            // `form`: every key was bare.
            "RecordEffects" => 1,
            // `at` and `undid`: the record's time, and the last freezing post.
            "Unfreezing" => 2,
            _ => 0,
        };
        then + v1::appended(name)
    }
}

/// Reads a record.
///
/// # Errors
/// When the bytes are not a record of version 0.
pub fn decode(stored: &[u8]) -> Result<Record, postcard::Error> {
    take_from_bytes(stored).map(|(record, _)| record)
}

/// Reads the value at the start of `stored`. Returns it with the bytes after it.
///
/// # Errors
/// When the bytes do not start with such a value.
pub(in crate::partition) fn take_from_bytes<T: DeserializeOwned>(
    stored: &[u8],
) -> Result<(T, &[u8]), postcard::Error> {
    appended::take_from_bytes::<V0, T>(stored)
}
