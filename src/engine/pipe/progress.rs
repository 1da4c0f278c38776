//! The progress of a sale: what is stored with a cursor, and when.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pace::RETRY_INTERVAL;
use super::results::{LastRecords, MissingRecord, Results, SharedResults};
use crate::control::link_registry::Links;
use crate::engine::archive::Archive;
use crate::engine::live::LiveSale;
use crate::engine::output::CURSOR;
use crate::engine::replay::export::{Export, Lengths};
use crate::engine::replay::{Error, Input};
use crate::intake::stream::{Cursor, CursorFile, CursorStore, StoredCursor};
use crate::words::Words;

/// Chunks between two stored cursors. Storing one syncs three files and a directory; after each chunk, that
/// would cost more than the sale itself.
const CHUNKS_PER_CURSOR: u32 = 16;

/// The state of a sale when a cursor was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Counts of what was read up to the cursor.
    pub(super) input: Input,
    /// The last record of each partition whose outcomes the files hold.
    last_records: LastRecords,
    /// The lengths of the files, in bytes.
    lengths: Lengths,
}

impl Progress {
    /// Returns the records that the journals in `out` have and these results do not.
    pub(super) fn records_missing_in(&self, out: &Path) -> Result<Vec<MissingRecord>, Error> {
        let mut missing = Vec::new();
        Archive::open(out)?.read(|partition, sequence, _, record| {
            if self.last_records.get(&partition).is_none_or(|last| sequence > *last) {
                missing.push((partition, sequence, record.clone()));
            }
        })?;
        Ok(missing)
    }

    /// Reopens the results as they were when the cursor was stored.
    pub(super) fn reopen(&self, out: &Path, words: Arc<Words>, links: Arc<Links>) -> Result<Results, Error> {
        Ok(Results::behind(Export::reopen(out, words, self.lengths)?, links, self.last_records.clone()))
    }
}

/// Returns the cursor that a sale in `out` stored last.
///
/// # Errors
/// When it cannot be read.
pub fn stored_cursor(out: &Path) -> Result<Option<StoredCursor<Progress>>, Error> {
    let path = out.join(CURSOR);
    CursorFile::new(path.clone()).load().map_err(|source| Error::Io { action: "read", path, source })
}

/// Stores cursors while a sale runs.
pub(super) struct Checkpoints {
    store: CursorFile,
    path: PathBuf,
    results: SharedResults,
    /// The cursor behind the last chunk.
    cursor: Option<Cursor>,
    /// Chunks until the next cursor is stored.
    chunks_left: u32,
}

impl Checkpoints {
    pub(super) fn new(out: &Path, results: SharedResults) -> Self {
        let path = out.join(CURSOR);
        Self { store: CursorFile::new(path.clone()), path, results, cursor: None, chunks_left: 0 }
    }

    /// Notes that a chunk was decided, and stores the cursor behind it when it is time.
    pub(super) async fn passed(
        &mut self,
        cursor: Option<Cursor>,
        sale: &LiveSale,
        input: &Input,
    ) -> Result<(), Error> {
        self.cursor = cursor;
        if self.chunks_left == 0 && self.cursor.is_some() && sale.tapped().await.is_ok() {
            self.chunks_left = CHUNKS_PER_CURSOR;
            self.store(input)?;
        }
        self.chunks_left = self.chunks_left.saturating_sub(1);
        Ok(())
    }

    /// Stores the cursor behind the last chunk, at the end of the sale.
    pub(super) async fn store_last(&mut self, sale: &LiveSale, input: &Input) -> Result<(), Error> {
        if self.cursor.is_some() {
            while sale.tapped().await.is_err() {
                tokio::time::sleep(RETRY_INTERVAL.std()).await;
            }
            self.store(input)?;
        }
        Ok(())
    }

    /// Makes the results durable, then the cursor. Everything that was decided for the posts before the
    /// cursor must have been exported.
    fn store(&mut self, input: &Input) -> Result<(), Error> {
        let Some(cursor) = self.cursor.clone() else { return Ok(()) };
        let Some((last_records, lengths)) = self.results.sync()? else { return Ok(()) };
        let stored = StoredCursor { cursor, progress: Progress { input: *input, last_records, lengths } };
        let path = self.path.clone();
        self.store.store(&stored).map_err(|source| Error::Io { action: "store", path, source })
    }
}
