//! Writes the state of a partition into the chunks of a snapshot, item by item.

use serde::Serialize;

use crate::collections::stored::Put;
use crate::journal::Error;
use crate::journal::snapshot::store::SnapshotWriter;

/// Size in bytes at which a chunk is written. Items are not split, so a chunk may be larger.
const CHUNK_BYTES: usize = 1 << 20;

/// A snapshot that is being written.
pub(super) struct Sink<'a> {
    draft: Box<dyn SnapshotWriter + 'a>,
    chunk: Vec<u8>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(draft: Box<dyn SnapshotWriter + 'a>) -> Self {
        Self { draft, chunk: Vec::with_capacity(CHUNK_BYTES) }
    }

    /// Writes the last chunk. Returns the draft.
    pub(super) fn finish(mut self) -> Result<Box<dyn SnapshotWriter + 'a>, Error> {
        self.draft.write(&self.chunk)?;
        Ok(self.draft)
    }
}

impl Put for Sink<'_> {
    type Error = Error;

    fn put<T: Serialize>(&mut self, item: &T) -> Result<(), Error> {
        let chunk = std::mem::take(&mut self.chunk);
        self.chunk = postcard::to_extend(item, chunk).expect("the parts of the state have a stored form");
        if self.chunk.len() >= CHUNK_BYTES {
            self.draft.write(&self.chunk)?;
            self.chunk.clear();
        }
        Ok(())
    }
}
