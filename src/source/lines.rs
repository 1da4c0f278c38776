//! Lines of a reader, in large reads, and without a copy or an allocation for each.
//!
//! A line that is longer than the bound is named by its number at once and then skipped; what is held in
//! memory is at most twice the bound and one read, whatever the other side sends.

use std::io::{self, Read};

use memchr::memchr;

use super::fault::Fault;

/// How much is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// The longest line by default.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A line with its number from 1, or a fault if it is too long.
pub type Numbered<'a> = (u64, Result<&'a [u8], Fault>);

/// The lines of a reader that are not blank. Lines end with a line feed, with or without a carriage return
/// before it; the last may end with the reader.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    /// What of the buffer was read and not handed out yet.
    start: usize,
    end: usize,
    number: u64,
    /// Whether the rest of a line that is too long has still to be skipped.
    skipping: bool,
    finished: bool,
}

/// What was found in the buffer: a line by its place, or that it is too long to be there.
enum Found {
    Line { from: usize, to: usize },
    TooLong,
}

impl<R: Read> Lines<R> {
    /// The lines of a reader, of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// The lines of a reader, of at most so many bytes without what ends them.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        let buffer = vec![0; CHUNK_BYTES];
        Self { from, line_bytes_max, buffer, start: 0, end: 0, number: 0, skipping: false, finished: false }
    }

    /// The next line that is not blank. A line that is too long does not end the reading.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<Numbered<'_>>> {
        let (from, to) = loop {
            match self.find_line()? {
                None => return Ok(None),
                Some(Found::TooLong) => {
                    let fault = Fault::TooLong { bytes_max: self.line_bytes_max };
                    return Ok(Some((self.number, Err(fault))));
                }
                Some(Found::Line { from, to }) if !self.bytes(from, to).trim_ascii().is_empty() => {
                    break (from, to);
                }
                Some(Found::Line { .. }) => {}
            }
        };
        Ok(Some((self.number, Ok(self.bytes(from, to)))))
    }

    fn bytes(&self, from: usize, to: usize) -> &[u8] {
        let line = self.buffer.get(from..to).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Finds the end of the next line, reading as far as needed.
    fn find_line(&mut self) -> io::Result<Option<Found>> {
        // What was searched before a read is not searched again.
        let mut searched = 0;
        loop {
            let held = self.buffer.get(self.start..self.end).unwrap_or_default();
            let feed = memchr(b'\n', held.get(searched..).unwrap_or_default()).map(|at| searched + at);
            let length = feed.unwrap_or(held.len());
            if self.skipping {
                self.skipping = feed.is_none();
                self.start += feed.map_or(length, |at| at + 1);
                searched = 0;
                if feed.is_none() && !self.fill()? {
                    return Ok(None);
                }
                continue;
            }
            let carriage_return = usize::from(held.get(..length).is_some_and(|line| line.ends_with(b"\r")));
            if length - carriage_return > self.line_bytes_max {
                self.number += 1;
                self.skipping = true;
                return Ok(Some(Found::TooLong));
            }
            if feed.is_none() && self.fill()? {
                searched = length;
                continue;
            }
            if feed.is_none() && length == 0 {
                return Ok(None);
            }
            let from = self.start;
            self.start = from + length + usize::from(feed.is_some());
            self.number += 1;
            return Ok(Some(Found::Line { from, to: from + length }));
        }
    }

    /// Reads more behind what is held; says whether anything came.
    fn fill(&mut self) -> io::Result<bool> {
        if self.finished {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // The buffer grows only while a single line fills it, and no further than the bound needs.
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.end * 2 + CHUNK_BYTES, 0);
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let room = free.len();
        let count = loop {
            match self.from.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                count => break count?,
            }
        };
        if count > room {
            return Err(io::Error::other("the reader claims more than it was given room for"));
        }
        self.end += count;
        self.finished = count == 0;
        Ok(count > 0)
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
