//! A network with its faults.

use std::collections::BTreeMap;

use rand::Rng;

use crate::exchange::{Request, Response};
use crate::faults::{FaultKind, Faults, place};
use crate::network::{Frame, Network, Opened, StreamId};

/// What comes of a request.
#[derive(Debug)]
pub struct Delivery {
    /// How late it comes, in milliseconds.
    pub delay_ms: u32,
    /// The answer; none if the connection breaks without one.
    pub response: Option<Response>,
    /// Whether the connection breaks in the middle of the answer.
    pub is_cut: bool,
}

/// A network, and what goes wrong between it and its clients.
#[derive(Debug)]
pub struct Stage<N> {
    /// The network itself.
    pub network: N,
    /// What goes wrong.
    pub faults: Faults,
    /// Where an open connection leads, and the frame that is held back for the next one.
    streams: BTreeMap<StreamId, (String, Option<Frame>)>,
}

impl<N: Network> Stage<N> {
    /// A network without faults.
    pub const fn new(network: N) -> Self {
        Self { network, faults: Faults { list: Vec::new() }, streams: BTreeMap::new() }
    }

    /// Answers a request, or fails at it.
    pub fn handle(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> Delivery {
        let place = place(request);
        let mut draw = |kind| self.faults.draw(kind, &place, random);
        let delay_ms = draw(FaultKind::Slow).unwrap_or_default();
        let deliver = |response| Delivery { delay_ms, response, is_cut: false };
        if draw(FaultKind::ExpireTokens).is_some() {
            self.network.expire_tokens(now_ms);
        }
        if draw(FaultKind::CutBefore).is_some() {
            return deliver(None);
        }
        if draw(FaultKind::RateLimit).is_some() {
            return deliver(Some(self.network.refusal(429, now_ms)));
        }
        if draw(FaultKind::Unavailable).is_some() {
            return deliver(Some(self.network.refusal(503, now_ms)));
        }
        let (is_lost, is_cut) = (draw(FaultKind::LostAnswer).is_some(), draw(FaultKind::CutAfter).is_some());
        let response = self.network.handle(request, now_ms, random);
        let response = if is_lost { self.network.refusal(503, now_ms) } else { response };
        Delivery { delay_ms, response: Some(response), is_cut }
    }

    /// Opens a connection, or fails at it; the delay is in milliseconds.
    pub fn open(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> (u32, Opened) {
        let place = place(request);
        let opened = self.network.open(request, now_ms);
        let Opened::Stream(id, _) = opened else { return (0, opened) };
        let mut draw = |kind| self.faults.draw(kind, &place, random);
        let delay_ms = draw(FaultKind::Slow).unwrap_or_default();
        let refused = [(FaultKind::RateLimit, 429), (FaultKind::Unavailable, 503)]
            .into_iter()
            .find(|(kind, _)| draw(*kind).is_some());
        if let Some((_, status)) = refused {
            self.network.close(id);
            return (delay_ms, Opened::Refused(self.network.refusal(status, now_ms)));
        }
        self.streams.insert(id, (place, None));
        (delay_ms, opened)
    }

    /// What is to be sent by now. Behind [`Frame::Cut`] and [`Frame::Close`] nothing comes any more.
    pub fn pull(&mut self, id: StreamId, now_ms: i64, random: &mut dyn Rng) -> Vec<Frame> {
        let frames = self.network.pull(id, now_ms);
        let Some((place, held)) = self.streams.get_mut(&id) else { return frames };
        let mut sent = Vec::with_capacity(frames.len());
        for frame in frames {
            if !carries_news(&frame) {
                sent.extend(held.take());
                sent.push(frame);
                continue;
            }
            if self.faults.draw(FaultKind::Cut, place, random).is_some() {
                sent.extend(held.take());
                sent.push(Frame::Cut(Box::new(frame)));
                return sent;
            }
            if held.is_none() && self.faults.draw(FaultKind::Reorder, place, random).is_some() {
                *held = Some(frame);
                continue;
            }
            if self.faults.draw(FaultKind::Duplicate, place, random).is_some() {
                sent.push(frame.clone());
            }
            if self.faults.draw(FaultKind::Damage, place, random).is_some() {
                sent.push(damaged(&frame));
            }
            sent.push(frame);
            sent.extend(held.take());
        }
        sent
    }

    /// Forgets a connection that ended.
    pub fn close(&mut self, id: StreamId) {
        self.streams.remove(&id);
        self.network.close(id);
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

/// A frame in whose beginning one byte is another one, which JSON and CBOR do not have there.
fn damaged(frame: &Frame) -> Frame {
    let bytes = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        bytes
    };
    match frame {
        Frame::Text(text) => Frame::Text(format!("\u{1}{text}")),
        Frame::Binary(message) => Frame::Binary(bytes(message)),
        Frame::Chunk(chunk) => Frame::Chunk(bytes(chunk)),
        Frame::Ping | Frame::Close(..) | Frame::Cut(_) => frame.clone(),
    }
}
