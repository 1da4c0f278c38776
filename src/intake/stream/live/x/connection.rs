//! The connection of a stream: whether it is open, alive, and when it is opened again.

use super::backoff::Backoff;
use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};

/// X sends something at least every 20 seconds; the rest is for the way.
const SILENCE_MOST: Millis = Millis::from_secs(22);

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    state: State,
    backoff: Backoff,
    /// Whether it must be closed here, before anything else.
    must_close: bool,
    /// Whether X may still count a connection that this side gave up.
    is_stale: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// To be opened, not before then.
    Closed { until: Timestamp },
    /// Open, and something came then.
    Open { heard_at: Timestamp },
}

impl Connection {
    pub(super) const fn new(seed: u64) -> Self {
        let state = State::Closed { until: Timestamp::MIN };
        Self { state, backoff: Backoff::new(seed), must_close: false, is_stale: false }
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// When it may be opened; `None` while it is open.
    pub(super) const fn opens_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Closed { until } => Some(until),
            State::Open { .. } => None,
        }
    }

    pub(super) const fn opened(&mut self, now: Timestamp) {
        self.state = State::Open { heard_at: now };
        self.must_close = false;
    }

    /// Notes that something came.
    pub(super) const fn heard(&mut self, now: Timestamp) {
        if let State::Open { heard_at } = &mut self.state {
            *heard_at = now;
            self.backoff.reset();
            self.is_stale = false;
        }
    }

    /// When it counts as dead; `None` while it is closed.
    pub(super) fn dead_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Open { heard_at } => Some(heard_at.plus(SILENCE_MOST)),
            State::Closed { .. } => None,
        }
    }

    /// Notes that it failed, or could not be opened.
    pub(super) fn failed(&mut self, trouble: &Trouble, now: Timestamp) {
        self.must_close |= self.is_open();
        self.state = State::Closed { until: self.backoff.after(trouble, now) };
    }

    /// Gives it up without a word of X, which may count it for a while.
    pub(super) fn give_up(&mut self, trouble: &Trouble, now: Timestamp) {
        self.failed(trouble, now);
        self.is_stale = true;
    }

    /// Lets it rest until then.
    pub(super) const fn rest(&mut self, until: Timestamp) {
        self.must_close |= self.is_open();
        self.state = State::Closed { until };
    }

    /// Whether it must be closed here. Told once.
    pub(super) const fn take_close(&mut self) -> bool {
        std::mem::replace(&mut self.must_close, false)
    }

    /// Whether the connection that X counts is one that this side gave up. Told once.
    pub(super) const fn take_stale(&mut self) -> bool {
        std::mem::replace(&mut self.is_stale, false)
    }
}
