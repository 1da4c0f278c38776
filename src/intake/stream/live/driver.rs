//! Drives a source over real connections: what it wants is done, and what came is told to it.

use std::io;

use super::source::{LiveSource, Step};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::{Cursor, PostStream};
use crate::net::{Net, Received, Wire};

/// Bytes of lines after which a chunk is handed on, though more is there to be read.
const CHUNK_BYTES: usize = 256 << 10;

/// The longest wait within one step, so that the owner of the stream can stop it soon.
const WAIT_MOST: Millis = Millis::from_secs(1);

/// The time of a stream, and its pauses.
pub trait Pace: Send {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Waits for that long, or until the owner of the stream has something else to do.
    fn wait(&mut self, wait: Millis);
}

/// A source, its connection and what it delivered.
pub struct LiveStream<N, P> {
    source: Box<dyn LiveSource>,
    net: N,
    pace: P,
    wire: Option<Box<dyn Wire>>,
    /// The lines of the last chunk.
    lines: Vec<u8>,
}

impl<N: Net, P: Pace> LiveStream<N, P> {
    /// Drives `source` over `net`.
    pub fn new(source: Box<dyn LiveSource>, net: N, pace: P) -> Self {
        Self { source, net, pace, wire: None, lines: Vec::new() }
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &dyn LiveSource {
        &*self.source
    }

    /// The source, to be told of another catalog or asked for its gap.
    pub fn source_mut(&mut self) -> &mut dyn LiveSource {
        &mut *self.source
    }

    fn step(&mut self) -> Stepped {
        match self.source.next(self.pace.now()) {
            Step::Exchange(request) => {
                let answer = self.net.exchange(&request);
                self.source.answered(answer, self.pace.now(), &mut self.lines);
                Stepped::On
            }
            Step::Open(opening) => {
                self.wire = None;
                let opened = self.net.open(&opening).map(|wire| self.wire = Some(wire));
                self.source.opened(opened, self.pace.now());
                Stepped::On
            }
            Step::Send(text) => {
                if let Some(wire) = &mut self.wire {
                    wire.send(&text);
                }
                Stepped::On
            }
            Step::Receive(wait) => self.receive(wait),
            Step::Wait(until) => Stepped::Until(until),
            Step::Close => {
                self.wire = None;
                Stepped::On
            }
        }
    }

    /// Lines that are here are handed on before the next wait.
    fn receive(&mut self, wait: Millis) -> Stepped {
        let wait = if self.lines.is_empty() { wait.min(WAIT_MOST) } else { Millis::ZERO };
        let Some(wire) = &mut self.wire else {
            let closed = Received::Closed("it is not open");
            self.source.received(closed, self.pace.now(), &mut self.lines);
            return Stepped::On;
        };
        let received = wire.receive(wait);
        let (quiet, closed) = (received == Received::Nothing, matches!(received, Received::Closed(_)));
        self.source.received(received, self.pace.now(), &mut self.lines);
        if closed {
            self.wire = None;
        }
        if quiet { Stepped::Quiet } else { Stepped::On }
    }
}

impl<N: Net, P: Pace> PostStream for LiveStream<N, P> {
    /// Waits no longer than a second for a connection that is open; a request may take longer. An empty chunk
    /// says that nothing came for now. There is no end.
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        self.lines.clear();
        while self.lines.len() < CHUNK_BYTES {
            match self.step() {
                Stepped::On => {}
                Stepped::Quiet => break,
                Stepped::Until(until) => {
                    // Lines that are here are handed on before the wait.
                    if self.lines.is_empty() {
                        self.pace.wait(until.since(self.pace.now()).min(WAIT_MOST));
                    }
                    break;
                }
            }
        }
        Ok(Some(&self.lines))
    }

    fn cursor(&self) -> Option<Cursor> {
        self.source.cursor()
    }
}

/// What a step led to.
enum Stepped {
    /// To the next one.
    On,
    /// Nothing came.
    Quiet,
    /// The source waits.
    Until(Timestamp),
}
