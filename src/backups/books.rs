//! The books of the card sandbox, which lie in the data directory where nothing else is configured. A backup has what the
//! copied journals ask for: a line about a later order would be a payment that nobody ordered.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::error::BackupError;
use super::tree;
use crate::intake::lines::lines;
use crate::outbox::provider::sandbox::ledger::LedgerLine;

/// The names of the books in a data directory.
pub(super) const BOOKS: [&str; 2] = ["cards.ndjson", "credits.ndjson"];

/// Copies the lines of a book that belong to effects up to these records of each partition.
pub(super) fn copy_book(from: &Path, to: &Path, last: &BTreeMap<u32, u64>) -> Result<(), BackupError> {
    let text = match fs::read(from) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(BackupError::io("read", from))?,
    };
    let mut kept = Vec::new();
    for (_, line) in lines(&text) {
        // The last line may be cut: it was being written.
        let Ok(read) = serde_json::from_slice::<LedgerLine>(line) else { continue };
        let effect = read.key.effect;
        if last.get(&effect.partition).is_some_and(|last| effect.sequence <= *last) {
            kept.extend_from_slice(line);
            kept.push(b'\n');
        }
    }
    tree::write(to, &kept)
}
