//! An HTTP answer without end, read by lines.

use std::io::{self, Read};
use std::sync::Arc;

use memchr::memchr;

use super::opening::{Received, Wire};
use super::transport::Lease;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::text::grouped::grouped;

/// Bytes that are read at one time.
const READ_BYTES: usize = 32 << 10;

/// An answer without end. Lines end with LF or CRLF; what follows the last one is a line that was cut, and is dropped.
pub(super) struct Lines {
    body: Box<dyn Read + Send>,
    lease: Arc<Lease>,
    clock: Clock,
    /// What was read: lines that were received, then `start`, what was not yet received, `filled`, room.
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    /// There is no end of a line before this.
    searched: usize,
    line_bytes: usize,
    /// Why the connection ended.
    ended: Option<String>,
}

impl Lines {
    /// Reads lines of at most `line_bytes` from a body whose reads end as `lease` says.
    pub(super) fn new(
        body: Box<dyn Read + Send>,
        lease: Arc<Lease>,
        clock: Clock,
        line_bytes: usize,
    ) -> Self {
        let (start, filled, searched) = (0, 0, 0);
        Self { body, lease, clock, buffer: Vec::new(), start, filled, searched, line_bytes, ended: None }
    }

    /// The place of the next whole line in the buffer, without its end.
    fn next_line(&mut self) -> Result<Option<(usize, usize)>, String> {
        let unsearched = self.buffer.get(self.searched..self.filled).unwrap_or_default();
        let Some(length) = memchr(b'\n', unsearched) else {
            self.searched = self.filled;
            // One byte more than a line, for the first of its end.
            return if self.filled - self.start > self.line_bytes + 1 {
                Err(self.too_long())
            } else {
                Ok(None)
            };
        };
        let (start, end) = (self.start, self.searched + length);
        self.start = end + 1;
        self.searched = self.start;
        let is_crlf = end > start && self.buffer.get(end - 1) == Some(&b'\r');
        let end = if is_crlf { end - 1 } else { end };
        if end - start > self.line_bytes { Err(self.too_long()) } else { Ok(Some((start, end))) }
    }

    fn too_long(&self) -> String {
        format!("a line is longer than {} bytes", grouped(self.line_bytes as u64))
    }

    /// Reads more. Returns whether there is more; `Ok(false)` means that the time is over.
    fn read(&mut self) -> Result<bool, String> {
        self.make_room();
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.body.read(room) {
            Ok(0) => Err("the other side ended the answer".to_owned()),
            Ok(count) => {
                self.filled += count;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err("the connection was cut".to_owned())
            }
            // What the HTTP client says may repeat an address.
            Err(error) => Err(format!("the connection failed: {}", error.kind())),
        }
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.filled + READ_BYTES {
            self.buffer.resize(self.filled + READ_BYTES, 0);
        }
    }
}

impl Wire for Lines {
    fn receive(&mut self, wait: Millis) -> Received<'_> {
        let wait_us = u64::try_from(wait.ms()).unwrap_or(0).saturating_mul(1_000);
        let until_us = self.clock.elapsed_us().saturating_add(wait_us);
        self.lease.read_until(until_us);
        while self.ended.is_none() {
            let more = match self.next_line() {
                Ok(Some((start, end))) => {
                    return Received::Text(self.buffer.get(start..end).unwrap_or_default());
                }
                Ok(None) => self.read(),
                Err(why) => Err(why),
            };
            match more {
                Ok(true) => {}
                Ok(false) => return Received::Nothing,
                Err(why) => self.ended = Some(why),
            }
        }
        Received::Closed(self.ended.as_deref().unwrap_or_default())
    }

    fn send(&mut self, _: &str) {
        // An answer cannot be sent to.
        self.ended.get_or_insert_with(|| "an answer takes no messages".to_owned());
    }
}
