//! Splits a reader's bytes into chunks of whole lines, without a copy.
//!
//! Holds at most twice the bound of a line and one read in memory, whatever the source sends.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::line_bound::{LINE_BYTES_MAX, bounded};
use super::not_lines::NotLines;

/// The mark with which some editors begin a file in UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Initial size of the buffer in bytes, which bounds one read.
const CHUNK_BYTES: usize = 256 * 1024;

/// The lines of a reader, in chunks. A line that exceeds the bound may be truncated in the chunk that ends
/// with it; the truncated line exceeds the bound as well.
#[derive(Debug)]
pub struct LineChunks<R> {
    from: R,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    /// Start of the unread bytes of the buffer; they end at `end`.
    start: usize,
    end: usize,
    /// Whether the beginning of the input was judged.
    begun: bool,
    /// Whether the rest of an overlong line is still to be skipped.
    skipping: bool,
    finished: bool,
    /// Upper bound on the bytes of one read.
    read_bytes_max: usize,
    /// Bytes that were read before those in the buffer.
    bytes_before: u64,
}

impl<R: Read> LineChunks<R> {
    /// Reads lines of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// Reads lines of at most `line_bytes_max`, without the line ending.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        let buffer = vec![0; CHUNK_BYTES];
        Self {
            from,
            line_bytes_max,
            buffer,
            start: 0,
            end: 0,
            begun: false,
            skipping: false,
            finished: false,
            read_bytes_max: usize::MAX,
            bytes_before: 0,
        }
    }

    /// Reads at most `bytes` at once, so that a chunk holds no more than that and the rest of one line.
    #[must_use]
    pub fn read_at_once(self, bytes: usize) -> Self {
        Self { read_bytes_max: bytes.max(1), ..self }
    }

    /// The number of the reader's bytes up to the end of the last chunk; `None` within an overlong line.
    #[must_use]
    pub fn bytes_taken(&self) -> Option<u64> {
        (!self.skipping).then_some(self.bytes_before + self.start as u64)
    }

    /// The next whole lines; `None` at the end. The last line of a chunk ends with it, with or without a line
    /// feed.
    ///
    /// # Errors
    /// When the reader fails, or its beginning shows that it has no lines ([`NotLines`]).
    pub fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        let range = self.next_range()?;
        Ok(range.map(|range| self.bytes(range)))
    }

    /// The bytes of a range of the buffer.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// The buffer range of the next chunk, valid until the next call.
    pub(super) fn next_range(&mut self) -> io::Result<Option<Range<usize>>> {
        if !self.begun {
            self.skip_mark()?;
        }
        let range = self.next_lines()?;
        if !self.begun
            && let Some(range) = &range
        {
            self.begun = true;
            if let Some(reason) = NotLines::of_beginning(self.bytes(range.clone())) {
                return Err(reason.into());
            }
        }
        Ok(range)
    }

    /// Skips the byte-order mark at the beginning.
    fn skip_mark(&mut self) -> io::Result<()> {
        while self.end - self.start < BYTE_ORDER_MARK.len() && self.fill()? {}
        if self.bytes(self.start..self.end).starts_with(BYTE_ORDER_MARK) {
            self.start += BYTE_ORDER_MARK.len();
        }
        Ok(())
    }

    fn next_lines(&mut self) -> io::Result<Option<Range<usize>>> {
        // Bytes that were searched before a read are not searched again.
        let mut searched = 0;
        loop {
            if self.skipping {
                self.skip();
            }
            let held = self.bytes(self.start..self.end);
            let feed = memrchr(b'\n', held.get(searched..).unwrap_or_default());
            if let Some(at) = feed {
                return Ok(Some(self.take(searched + at + 1)));
            }
            let length = held.len();
            if bounded(held, self.line_bytes_max).is_err() {
                self.skipping = true;
                return Ok(Some(self.take(length)));
            }
            searched = length;
            if !self.fill()? {
                return Ok((length > 0).then(|| self.take(length)));
            }
        }
    }

    /// Skips the rest of an overlong line, as far as it is in the buffer.
    fn skip(&mut self) {
        let feed = memchr(b'\n', self.bytes(self.start..self.end));
        self.start = feed.map_or(self.end, |at| self.start + at + 1);
        self.skipping = feed.is_none();
    }

    fn take(&mut self, length: usize) -> Range<usize> {
        let from = self.start;
        self.start += length;
        from..self.start
    }

    /// Reads more bytes behind those in the buffer. Returns whether any came.
    fn fill(&mut self) -> io::Result<bool> {
        if self.finished {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.bytes_before += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        // The buffer grows only while a single line fills it, and no further than the bound needs.
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.end * 2 + CHUNK_BYTES, 0);
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let room = free.len().min(self.read_bytes_max);
        let free = free.get_mut(..room).unwrap_or_default();
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
