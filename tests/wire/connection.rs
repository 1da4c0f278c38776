//! An open connection: the network's frames come, late, twice, in another order, cut, or not at all.

use std::collections::VecDeque;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Received, Wire};
use networks::{Frame, StreamId, StreamKind};

use super::faults::{Fault, OF_FRAMES};
use super::line::Line;
use super::peer::Peer;

/// Upper bound on the delay of frames, in milliseconds.
const DELAY_MS: usize = 20_000;

/// What the client sees of a connection. Dropping it ends the connection at the network.
pub(super) struct Connection<P: Peer> {
    line: Line<P>,
    id: StreamId,
    kind: StreamKind,
    /// Frames on their way, each with its arrival.
    coming: VecDeque<(Timestamp, Frame)>,
    /// No frame arrives before that instant: none overtakes another.
    held_until: Timestamp,
    /// Whether frames are lost from now on, though neither side knows.
    is_deaf: bool,
    /// Bytes of an endless answer that are no whole line yet.
    bytes: Vec<u8>,
    /// The last message.
    message: Vec<u8>,
    is_ended: bool,
}

impl<P: Peer> Connection<P> {
    pub(super) fn new(line: Line<P>, id: StreamId, kind: StreamKind) -> Self {
        let held_until = Timestamp::MIN;
        let (coming, bytes, message) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { line, id, kind, coming, held_until, is_deaf: false, bytes, message, is_ended: false }
    }

    /// Takes what the network has sent by now.
    fn pull(&mut self) {
        let line = self.line.clone();
        let mut ends = line.ends();
        ends.deliver_late();
        let now = ends.time.network();
        let mut frames: VecDeque<Frame> = ends.peer.pull(self.id, now.ms()).into();
        while let Some(frame) = frames.pop_front() {
            if self.is_deaf {
                continue;
            }
            let fault = if carries_news(&frame) { ends.weather.strike(OF_FRAMES) } else { None };
            match fault {
                None => self.send(now, frame),
                Some(Fault::Cut) => return self.send(now, Frame::Close(1006, String::new())),
                Some(Fault::CutFrame) => return self.send(now, Frame::Cut(Box::new(frame))),
                Some(Fault::Duplicate) => {
                    self.send(now, frame.clone());
                    self.send(now, frame);
                }
                Some(Fault::Reorder) => {
                    if frames.front().is_some_and(carries_news) {
                        self.send(now, frames.pop_front().expect("it was looked at"));
                    }
                    self.send(now, frame);
                }
                Some(Fault::Delay) => {
                    let delay = 1 + ends.weather.below(DELAY_MS) as i64;
                    self.held_until = self.held_until.max(now.plus(Millis::from_ms(delay)));
                    self.send(now, frame);
                }
                Some(Fault::Junk) => {
                    self.send(now, self.junk(&frame));
                    self.send(now, frame);
                }
                Some(_) => self.is_deaf = true,
            }
        }
    }

    fn send(&mut self, now: Timestamp, frame: Frame) {
        self.coming.push_back((self.held_until.max(now), frame));
    }

    /// Something that is framed as the others are, and means nothing.
    fn junk(&self, like: &Frame) -> Frame {
        match (like, self.kind) {
            (Frame::Binary(_), _) => Frame::Binary(vec![0xa1, 0x61, 0x74, 0xff]),
            (Frame::Chunk(_), StreamKind::Endless(kind)) if kind.contains("event-stream") => {
                Frame::Chunk(b"event: update\ndata: {\"id\":\"7\n\n".to_vec())
            }
            (Frame::Chunk(_), _) => Frame::Chunk(b"{\"data\":{\"id\":\"21\r\n".to_vec()),
            _ => Frame::Text("{\"half\":".to_owned()),
        }
    }

    /// The next whole line of an endless answer.
    fn take_line(&mut self) -> bool {
        let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') else { return false };
        self.message = self.bytes.drain(..=end).collect();
        self.message.pop();
        if self.message.last() == Some(&b'\r') {
            self.message.pop();
        }
        true
    }

    /// The next frame that has arrived.
    fn arrived(&mut self) -> Option<Frame> {
        let now = self.line.ends().time.network();
        let is_here = self.coming.front().is_some_and(|(at, _)| *at <= now);
        if is_here { self.coming.pop_front().map(|(_, frame)| frame) } else { None }
    }
}

/// Whether faults befall a frame: a heartbeat or the end is as it is.
fn carries_news(frame: &Frame) -> bool {
    match frame {
        Frame::Text(_) | Frame::Binary(_) => true,
        Frame::Chunk(bytes) => bytes.len() > 16,
        Frame::Ping | Frame::Close(..) | Frame::Cut(_) => false,
    }
}

impl<P: Peer> Wire for Connection<P> {
    /// Does not wait: the world lets time pass.
    fn receive(&mut self, _wait: Millis) -> Received<'_> {
        if self.is_ended {
            return Received::Closed("the connection was cut");
        }
        self.pull();
        loop {
            if self.take_line() {
                return Received::Text(&self.message);
            }
            match self.arrived() {
                None => return Received::Nothing,
                Some(Frame::Text(text)) => {
                    self.message = text.into_bytes();
                    return Received::Text(&self.message);
                }
                Some(Frame::Binary(bytes)) => {
                    self.message = bytes;
                    return Received::Binary(&self.message);
                }
                Some(Frame::Chunk(bytes)) => self.bytes.extend(bytes),
                Some(Frame::Ping) => {
                    let mut ends = self.line.ends();
                    let now_ms = ends.now_ms();
                    ends.peer.pong(self.id, now_ms);
                    return Received::Alive;
                }
                Some(Frame::Close(..) | Frame::Cut(_)) => {
                    self.is_ended = true;
                    return Received::Closed("the connection was cut");
                }
            }
        }
    }

    fn send(&mut self, text: &str) {
        let mut ends = self.line.ends();
        let now_ms = ends.now_ms();
        if !self.is_deaf {
            ends.peer.receive(self.id, text, now_ms);
        }
    }
}

impl<P: Peer> Drop for Connection<P> {
    fn drop(&mut self) {
        self.line.ends().peer.close(self.id);
    }
}
