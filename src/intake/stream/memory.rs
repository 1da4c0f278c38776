//! A stream of posts and a cursor in memory.

use std::io;

use compact_str::format_compact;

use super::cursor::{Cursor, CursorStore, NotResumed, PostStream, StoredCursor};

/// Chunks in memory. The cursor is the number of chunks that were read.
#[derive(Debug)]
pub struct MemoryStream {
    chunks: Vec<Vec<u8>>,
    read: usize,
}

impl MemoryStream {
    /// Streams the chunks from the first one, or from a cursor on. Each must hold whole lines.
    ///
    /// # Errors
    /// When the cursor does not belong to these chunks.
    pub fn new(chunks: Vec<Vec<u8>>, after: Option<&Cursor>) -> Result<Self, NotResumed> {
        let parse = |cursor: &Cursor| {
            let read = cursor.0.strip_prefix("memory/").ok_or(NotResumed::NotACursor)?;
            read.parse::<usize>().map_err(|_| NotResumed::NotACursor)
        };
        let read = after.map_or(Ok(0), parse)?;
        if read > chunks.len() { Err(NotResumed::OtherSource) } else { Ok(Self { chunks, read }) }
    }
}

impl PostStream for MemoryStream {
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(chunk) = self.chunks.get(self.read) else { return Ok(None) };
        self.read += 1;
        Ok(Some(chunk))
    }

    fn cursor(&self) -> Option<Cursor> {
        Some(Cursor(format_compact!("memory/{}", self.read)))
    }
}

/// A cursor that lasts as long as the process.
#[derive(Debug)]
pub struct MemoryCursor<T>(Option<StoredCursor<T>>);

impl<T> Default for MemoryCursor<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> CursorStore<T> for MemoryCursor<T> {
    fn load(&self) -> io::Result<Option<StoredCursor<T>>> {
        Ok(self.0.clone())
    }

    fn store(&mut self, stored: &StoredCursor<T>) -> io::Result<()> {
        self.0 = Some(stored.clone());
        Ok(())
    }
}
