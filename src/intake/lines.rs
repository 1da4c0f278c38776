//! Lines of a reader, without a copy or an allocation for each.
//!
//! A line that is longer than the bound is named by its number at once and then skipped.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

use super::fault::Fault;
use super::line_bound::{LINE_BYTES_MAX, Numbered, bounded};
use super::line_chunks::LineChunks;

/// The lines of a reader that are not blank. Lines end with a line feed, with or without a carriage return
/// before it; the last may end with the reader.
#[derive(Debug)]
pub struct Lines<R> {
    blocks: LineChunks<R>,
    line_bytes_max: usize,
    /// What of the last block was not handed out yet.
    rest: Range<usize>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of a reader, of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// The lines of a reader, of at most so many bytes without what ends them.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        let blocks = LineChunks::with_bound(from, line_bytes_max);
        Self { blocks, line_bytes_max, rest: 0..0, number: 0 }
    }

    /// The next line that is not blank. A line that is too long does not end the reading.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<Numbered<'_>>> {
        while let Some(place) = self.next_place()? {
            let blank = self.line(place.clone()).is_ok_and(|line| line.trim_ascii().is_empty());
            if !blank {
                return Ok(Some((self.number, self.line(place))));
            }
        }
        Ok(None)
    }

    /// Where the next line stands in the last block.
    fn next_place(&mut self) -> io::Result<Option<Range<usize>>> {
        if self.rest.is_empty() {
            let Some(block) = self.blocks.next_place()? else { return Ok(None) };
            self.rest = block;
        }
        let from = self.rest.start;
        let feed = memchr(b'\n', self.blocks.bytes(self.rest.clone()));
        let to = feed.map_or(self.rest.end, |at| from + at);
        self.rest.start = feed.map_or(to, |_| to + 1);
        self.number += 1;
        Ok(Some(from..to))
    }

    fn line(&self, place: Range<usize>) -> Result<&[u8], Fault> {
        bounded(self.blocks.bytes(place), self.line_bytes_max)
    }
}

/// The lines of a text that are not blank, with their numbers from 1 and without a bound: the text is in
/// memory already.
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
