//! A stream of posts that can be read only once, such as standard input or a pipe.

use std::io::{self, Read};

use super::cursor::{Cursor, PostStream};
use crate::intake::line_chunks::LineChunks;

/// The lines of a reader. What was read cannot be read again, so the stream has no cursors.
#[derive(Debug)]
pub struct ReaderStream<R> {
    chunks: LineChunks<R>,
}

impl<R: Read> ReaderStream<R> {
    /// Reads the lines of a reader.
    pub fn new(from: R) -> Self {
        Self { chunks: LineChunks::new(from) }
    }

    /// Reads at most `bytes` at once, so that a chunk holds no more than that and the rest of one line.
    #[must_use]
    pub fn read_at_once(self, bytes: usize) -> Self {
        Self { chunks: self.chunks.read_at_once(bytes) }
    }
}

impl<R: Read> PostStream for ReaderStream<R> {
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        self.chunks.next_chunk()
    }

    fn cursor(&self) -> Option<Cursor> {
        None
    }
}
