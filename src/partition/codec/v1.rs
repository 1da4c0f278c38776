//! The second stored form, frozen: records of version 1, and the state in snapshots of version 5.

use serde::de::DeserializeOwned;

use super::appended::{self, Fields};
use crate::domain::decision::Record;
use crate::domain::key_form::KeyForm;

/// Counts the fields that structs have gained since version 1.
struct V1;

impl Fields for V1 {
    fn appended(name: &str) -> usize {
        appended(name)
    }
}

/// The number of fields that the struct of that name has gained since version 1.
pub(super) fn appended(name: &str) -> usize {
    match name {
        // The transactions that wait for an enrollment.
        "StoredCounts" => 1,
        // The parked deletions.
        "StoredHead" => 1,
        // The parked cancellations.
        "RareExtras" => 1,
        // The author's handle, and the hash of the post.
        "Claim" => 2,
        // Whether the price includes the tax, the shipping, and whether a reminder is sent.
        "Rules" => 3,
        // What the merchant needs, and the posts that are to be read again.
        "Payment" => 2,
        // The reservations whose units were joined to it, and what banks object to its payment.
        "StoredOrder" => 2,
        // The prompt of the reservation that expired last.
        "Holding" => 1,
        // How few units are left.
        "ReplyRequest" => 1,
        // How far its reminder is.
        "Reservation" => 1,
        // The hash of the post that confirmed ahead.
        "Waiter" | "Parked" => 1,
        _ => 0,
    }
}

/// Reads a record without its version byte, with the form of its effects' keys.
///
/// # Errors
/// When the bytes are not a record of version 1.
pub(super) fn decode(stored: &[u8]) -> Result<(KeyForm, Record), postcard::Error> {
    take_from_bytes(stored).map(|(record, _)| record)
}

/// Reads the value at the start of `stored`. Returns it with the bytes after it.
///
/// # Errors
/// When the bytes do not start with such a value.
pub(in crate::partition) fn take_from_bytes<T: DeserializeOwned>(
    stored: &[u8],
) -> Result<(T, &[u8]), postcard::Error> {
    appended::take_from_bytes::<V1, T>(stored)
}
