//! Open connections of a world.

use std::collections::BTreeMap;

use crate::network::{Frame, StreamId};

/// Upper bound on frames of one [`Network::pull`](crate::Network::pull).
pub(crate) const FRAMES_MAX: usize = 256;

/// The connections, by number. `S` is what a network knows of one.
#[derive(Debug)]
pub(crate) struct Streams<S> {
    open: BTreeMap<StreamId, S>,
    next: u64,
}

impl<S> Default for Streams<S> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), next: 1 }
    }
}

impl<S> Streams<S> {
    pub(crate) fn open(&mut self, stream: S) -> StreamId {
        let id = StreamId(self.next);
        self.next += 1;
        self.open.insert(id, stream);
        id
    }

    pub(crate) fn close(&mut self, id: StreamId) -> Option<S> {
        self.open.remove(&id)
    }

    /// Puts back what `close` took.
    pub(crate) fn put_back(&mut self, id: StreamId, stream: S) {
        self.open.insert(id, stream);
    }

    pub(crate) fn get_mut(&mut self, id: StreamId) -> Option<&mut S> {
        self.open.get_mut(&id)
    }

    /// Closes those that `stays` does not want; returns how many.
    pub(crate) fn retain(&mut self, stays: impl Fn(&S) -> bool) -> usize {
        let before = self.open.len();
        self.open.retain(|_, stream| stays(stream));
        before - self.open.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &S> {
        self.open.values()
    }
}

/// When a connection without news shows that it is alive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heartbeat {
    every_ms: i64,
    last_ms: i64,
}

impl Heartbeat {
    pub(crate) const fn new(every_ms: i64, now_ms: i64) -> Self {
        Self { every_ms, last_ms: now_ms }
    }

    /// Whether one is due; then the next is due after the interval.
    pub(crate) const fn beats(&mut self, now_ms: i64) -> bool {
        let is_due = now_ms - self.last_ms >= self.every_ms;
        if is_due {
            self.last_ms = now_ms;
        }
        is_due
    }
}

/// WebSocket pings, and who does not answer them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pinger {
    heartbeat: Heartbeat,
    unanswered: u8,
    /// Pings without an answer before the connection is given up.
    patience: u8,
}

impl Pinger {
    pub(crate) const fn new(every_ms: i64, patience: u8, now_ms: i64) -> Self {
        Self { heartbeat: Heartbeat::new(every_ms, now_ms), unanswered: 0, patience }
    }

    /// The ping that is due, or the end.
    pub(crate) fn due(&mut self, now_ms: i64) -> Option<Frame> {
        if !self.heartbeat.beats(now_ms) {
            return None;
        }
        if self.unanswered >= self.patience {
            return Some(Frame::Close(1001, "no pong".to_owned()));
        }
        self.unanswered += 1;
        Some(Frame::Ping)
    }

    pub(crate) const fn pong(&mut self) {
        self.unanswered = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_answer_pings_is_given_up() {
        let mut pinger = Pinger::new(30_000, 2, 0);
        assert_eq!(pinger.due(29_999), None);
        assert_eq!(pinger.due(30_000), Some(Frame::Ping));
        assert_eq!(pinger.due(30_001), None);
        pinger.pong();
        assert_eq!(pinger.due(60_000), Some(Frame::Ping));
        assert_eq!(pinger.due(90_000), Some(Frame::Ping));
        assert!(matches!(pinger.due(120_000), Some(Frame::Close(1001, _))));
    }
}
