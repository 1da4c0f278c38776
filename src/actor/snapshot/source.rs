//! Where a state comes from that was written down: the chunks of a snapshot, one at a time.

use serde::de::DeserializeOwned;

use crate::domain::stored::Take;
use crate::journal::snapshot::Chunks;
use crate::journal::{Error, SnapshotFault};

/// A snapshot that is being read.
pub(super) struct Source {
    chunks: Chunks,
    chunk: Vec<u8>,
    /// Bytes of the chunk whose items were taken.
    taken: usize,
}

impl Source {
    pub(super) fn new(chunks: Chunks) -> Self {
        Self { chunks, chunk: Vec::new(), taken: 0 }
    }

    /// The snapshot, of which all must have been taken.
    pub(super) fn finish(mut self) -> Result<Chunks, Error> {
        let more = self.taken < self.chunk.len() || self.chunks.read(&mut self.chunk)?;
        if more {
            return Err(self.chunks.fault(SnapshotFault::Meaning("there is more of it".to_owned())));
        }
        Ok(self.chunks)
    }
}

impl Take for Source {
    type Error = Error;

    fn take<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        if self.taken == self.chunk.len() {
            self.taken = 0;
            self.chunks.read(&mut self.chunk)?;
        }
        let rest = self.chunk.get(self.taken..).unwrap_or_default();
        let (item, left) = postcard::take_from_bytes(rest)
            .map_err(|fault| self.chunks.fault(SnapshotFault::Meaning(fault.to_string())))?;
        self.taken = self.chunk.len() - left.len();
        Ok(item)
    }
}
