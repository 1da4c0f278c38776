//! Lines of a reader, in large reads and without a copy or an allocation for each.

use std::io::{self, Read};

use memchr::memchr;

use super::fault::Fault;

/// How much is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// The longest line by default.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// The lines of a reader that are not blank, with their numbers from 1.
pub struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not handed out yet.
    start: usize,
    end: usize,
    number: u64,
    line_bytes_max: usize,
    /// Whether the rest of a line that is too long is being skipped.
    skipping: bool,
    finished: bool,
}

/// A line with its number; a fault if it is too long.
pub type Numbered<'a> = (u64, Result<&'a [u8], Fault>);

impl<R: Read> Lines<R> {
    /// The lines of a reader, of at most [`LINE_BYTES_MAX`].
    pub fn new(from: R) -> Self {
        Self::with_bound(from, LINE_BYTES_MAX)
    }

    /// The lines of a reader, of at most so many bytes. Longer ones are skipped without being held.
    pub fn with_bound(from: R, line_bytes_max: usize) -> Self {
        Self {
            from,
            buffer: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            number: 0,
            line_bytes_max,
            skipping: false,
            finished: false,
        }
    }

    /// The next line that is not blank.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next_line(&mut self) -> io::Result<Option<Numbered<'_>>> {
        loop {
            let Some((from, to, too_long)) = self.next_span()? else { return Ok(None) };
            let fault = Fault::TooLong { bytes_max: self.line_bytes_max };
            if too_long {
                return Ok(Some((self.number, Err(fault))));
            }
            let blank = self.buffer.get(from..to).is_none_or(|line| line.trim_ascii().is_empty());
            if !blank {
                let line = self.buffer.get(from..to).unwrap_or_default();
                return Ok(Some((self.number, Ok(line.trim_ascii()))));
            }
        }
    }

    /// Where the next line lies in the buffer, and whether it was too long to be there.
    fn next_span(&mut self) -> io::Result<Option<(usize, usize, bool)>> {
        let mut searched = self.start;
        loop {
            let fresh = self.buffer.get(searched..self.end).unwrap_or_default();
            if let Some(at) = memchr(b'\n', fresh) {
                let (from, to) = (self.start, searched + at);
                self.start = to + 1;
                self.number += 1;
                let too_long = std::mem::take(&mut self.skipping) || to - from > self.line_bytes_max;
                return Ok(Some((from, to, too_long)));
            }
            searched = self.end;
            if self.finished {
                let (from, to) = (self.start, self.end);
                self.start = to;
                let too_long = std::mem::take(&mut self.skipping) || to - from > self.line_bytes_max;
                if from == to && !too_long {
                    return Ok(None);
                }
                self.number += 1;
                return Ok(Some((from, to, too_long)));
            }
            if self.end - self.start > self.line_bytes_max {
                self.skipping = true;
                self.start = self.end;
            }
            searched -= self.fill()?;
        }
    }

    /// Reads more. Returns by how much what was there moved to the front.
    fn fill(&mut self) -> io::Result<usize> {
        let moved = if self.end == self.buffer.len() { self.start } else { 0 };
        if moved > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end -= moved;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.from.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.finished = read == 0;
        Ok(moved)
    }
}
