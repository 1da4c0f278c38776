//! Reads lines without a copy or an allocation for each.
//!
//! Reports a line that exceeds the bound at once, with its number, and skips the rest of the line.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

use super::fault::Fault;
use super::line_bound::{LINE_BYTES_MAX, Numbered, bounded};
use super::line_chunks::LineChunks;

/// The lines of a reader, without blank ones. Lines end with a line feed, with or without a carriage return
/// before it; the last line may end with the reader.
#[derive(Debug)]
pub struct Lines<R> {
    chunks: LineChunks<R>,
    line_bytes_max: usize,
    /// Buffer range of the last chunk's lines that are not yet returned.
    rest: Range<usize>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Reads lines of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// Reads lines of at most `line_bytes_max`, without the line ending.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        let chunks = LineChunks::with_bound(from, line_bytes_max);
        Self { chunks, line_bytes_max, rest: 0..0, number: 0 }
    }

    /// The next line that is not blank; `None` at the end. An overlong line does not end the reading.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<Numbered<'_>>> {
        while let Some(range) = self.next_range()? {
            let blank = self.line(range.clone()).is_ok_and(|line| line.trim_ascii().is_empty());
            if !blank {
                return Ok(Some((self.number, self.line(range))));
            }
        }
        Ok(None)
    }

    /// The buffer range of the next line.
    fn next_range(&mut self) -> io::Result<Option<Range<usize>>> {
        if self.rest.is_empty() {
            let Some(chunk) = self.chunks.next_range()? else { return Ok(None) };
            self.rest = chunk;
        }
        let from = self.rest.start;
        let feed = memchr(b'\n', self.chunks.bytes(self.rest.clone()));
        let to = feed.map_or(self.rest.end, |at| from + at);
        self.rest.start = feed.map_or(to, |_| to + 1);
        self.number += 1;
        Ok(Some(from..to))
    }

    fn line(&self, range: Range<usize>) -> Result<&[u8], Fault> {
        bounded(self.chunks.bytes(range), self.line_bytes_max)
    }
}

/// The lines of a text that are not blank, with their numbers from 1. Lines have no bound here, because the
/// text is already in memory.
pub fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = memchr::memchr_iter(b'\n', text).map(Some).chain(std::iter::once(None));
    let mut start = 0;
    let pieces = ends.map(move |end| {
        let line = text.get(start..end.unwrap_or(text.len())).unwrap_or_default();
        start = end.map_or(start, |end| end + 1);
        line.strip_suffix(b"\r").unwrap_or(line)
    });
    (1..).zip(pieces).filter(|(_, line)| !line.trim_ascii().is_empty())
}
