//! Whole lines of a reader, as many at once as came, and without a copy.
//!
//! Memory holds at most twice the bound of a line and one read, whatever the other side sends.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::line_bound::{LINE_BYTES_MAX, bounded};

/// The most bytes that are read at once by default.
const CHUNK_BYTES: usize = 256 * 1024;

/// The lines of a reader, in chunks. Of a line that is longer than the bound, the chunk that ends with it may hold a part
/// only, which is longer than the bound as well.
#[derive(Debug)]
pub struct LineChunks<R> {
    from: R,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    /// The bytes of the buffer that were read and not handed out yet lie from `start` to `end`.
    start: usize,
    end: usize,
    /// Whether the rest of a line that is too long has still to be skipped.
    skipping: bool,
    finished: bool,
    /// The most bytes of one read.
    read_bytes_max: usize,
    /// The bytes that were read before those in the buffer.
    bytes_before: u64,
}

impl<R: Read> LineChunks<R> {
    /// The lines of a reader, of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// The lines of a reader, of at most `line_bytes_max` without what ends them.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        let buffer = vec![0; CHUNK_BYTES];
        Self {
            from,
            line_bytes_max,
            buffer,
            start: 0,
            end: 0,
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

    /// The bytes of the reader up to the end of the last chunk. `None` within a line that is too long.
    #[must_use]
    pub fn bytes_taken(&self) -> Option<u64> {
        (!self.skipping).then_some(self.bytes_before + self.start as u64)
    }

    /// The next lines. The last line of a chunk ends with it, with or without a line feed.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        let range = self.next_range()?;
        Ok(range.map(|range| self.bytes(range)))
    }

    /// The bytes of that range of the buffer.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// The range of the next chunk in the buffer. It holds until the next call.
    pub(super) fn next_range(&mut self) -> io::Result<Option<Range<usize>>> {
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

    /// Skips the rest of a line, as far as the buffer holds it.
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

    /// Reads more behind the bytes that are held. Returns whether anything came.
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
