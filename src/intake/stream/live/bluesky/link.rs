//! The connection to one of several hosts: when to open it, when it is dead, and how far it is behind.

use compact_str::CompactString;

use super::backoff::Backoff;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::live::Health;

/// How often the stream looks at the time while nothing comes.
pub(super) const LOOK: Millis = Millis::from_secs(1);
/// A host shows every 30 seconds that it is alive; silent for two times that, it is dead.
const DEAD_AFTER: Millis = Millis::from_secs(65);
/// Posts no older than this are as new as they can be.
const FRESH: Millis = Millis::from_secs(5);
/// If so long nothing is read although something waits, what comes next is old.
const PAUSE: Millis = Millis::from_secs(3);

/// What the connection wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkStep {
    Open,
    Receive,
    Wait(Timestamp),
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is open until then.
    Waiting(Timestamp),
    /// Something is open that is of no use; it is closed first.
    Closing(Timestamp),
    /// Open; the other side last showed that it is alive then.
    Open(Timestamp),
}

/// The connection to one of several hosts.
#[derive(Debug)]
pub(super) struct Link {
    hosts: Vec<CompactString>,
    at: usize,
    /// Failures in a row after which the next host is tried.
    failures_per_host: u32,
    /// Fresh events in a row that show that nothing old comes any more.
    fresh_needed: u32,
    phase: Phase,
    backoff: Backoff,
    reason: CompactString,
    is_catching_up: bool,
    fresh: u32,
    /// The time of the newest event.
    newest: Option<Timestamp>,
    /// When something was last received, or looked for in vain.
    looked_at: Timestamp,
    /// When something was last received.
    heard_at: Timestamp,
    /// What comes next was posted after this instant, as far as this machine knows.
    after: Timestamp,
}

impl Link {
    /// A connection to `hosts`, the first one first; an empty list is a mistake of the caller.
    pub(super) fn new(
        hosts: Vec<CompactString>,
        seed: u64,
        failures_per_host: u32,
        fresh_needed: u32,
    ) -> Self {
        assert!(!hosts.is_empty(), "a stream has a host");
        Self {
            hosts,
            at: 0,
            failures_per_host,
            fresh_needed,
            phase: Phase::Waiting(Timestamp::MIN),
            backoff: Backoff::new(seed),
            reason: "connecting".into(),
            is_catching_up: false,
            fresh: 0,
            newest: None,
            looked_at: Timestamp::MIN,
            heard_at: Timestamp::MIN,
            after: Timestamp::MIN,
        }
    }

    /// The address of the host that is connected, or tried next, without a slash at its end.
    pub(super) fn host(&self) -> &CompactString {
        self.hosts.get(self.at).or_else(|| self.hosts.first()).expect("a stream has a host")
    }

    /// Begins with that host, if it is one of the list.
    pub(super) fn prefer(&mut self, host: &str) {
        self.at = self.hosts.iter().position(|known| known == host).unwrap_or(self.at);
    }

    /// Begins behind events until that time.
    pub(super) fn resume_after(&mut self, at: Timestamp) {
        self.after = at;
        self.newest = Some(at);
        self.is_catching_up = true;
    }

    pub(super) fn next(&mut self, now: Timestamp) -> LinkStep {
        match self.phase {
            Phase::Waiting(until) if now < until => LinkStep::Wait(until),
            Phase::Waiting(_) => LinkStep::Open,
            Phase::Closing(until) => {
                self.phase = Phase::Waiting(until);
                LinkStep::Close
            }
            Phase::Open(alive) if now.since(alive) > DEAD_AFTER => {
                self.fail("the host was silent for a minute", now);
                self.next(now)
            }
            Phase::Open(_) => LinkStep::Receive,
        }
    }

    /// The connection is open; `resumes` tells whether events of the past are to come.
    pub(super) fn opened(&mut self, now: Timestamp, resumes: bool) {
        self.phase = Phase::Open(now);
        self.is_catching_up = resumes;
        self.fresh = 0;
        self.looked_at = now;
        self.heard_at = now;
        if !resumes {
            self.after = now;
        }
    }

    /// The connection, or the attempt at one, failed.
    pub(super) fn fail(&mut self, reason: impl Into<CompactString>, now: Timestamp) {
        self.ask_otherwise(reason, now);
        if self.backoff.failures().is_multiple_of(self.failures_per_host) {
            self.at = (self.at + 1) % self.hosts.len();
        }
    }

    /// The host is well, and is asked again for something else.
    pub(super) fn ask_otherwise(&mut self, reason: impl Into<CompactString>, now: Timestamp) {
        let until = self.backoff.fail(now);
        if let Phase::Open(_) = self.phase {
            self.after = if self.is_catching_up { self.after } else { self.heard_at.min(now) };
            self.phase = Phase::Closing(until);
        } else {
            self.phase = Phase::Waiting(until);
        }
        self.reason = reason.into();
    }

    /// The other side is alive.
    pub(super) fn alive(&mut self, now: Timestamp) {
        if let Phase::Open(alive) = &mut self.phase {
            *alive = now;
        }
    }

    /// Something came, of any kind.
    pub(super) fn heard(&mut self, now: Timestamp) {
        self.alive(now);
        self.backoff.succeed();
        if now.since(self.looked_at) > PAUSE && !self.is_catching_up {
            self.is_catching_up = true;
            self.fresh = 0;
            self.after = self.looked_at;
        }
        self.looked_at = now;
        self.heard_at = now;
    }

    /// Nothing came.
    pub(super) fn quiet(&mut self, now: Timestamp) {
        self.looked_at = now;
        if now.since(self.heard_at) >= FRESH {
            self.is_catching_up = false;
        }
    }

    /// An event of that time came.
    pub(super) fn note(&mut self, at: Timestamp, now: Timestamp) {
        self.newest = Some(at);
        self.fresh = if now.since(at) <= FRESH { self.fresh.saturating_add(1) } else { 0 };
        if self.fresh >= self.fresh_needed {
            self.is_catching_up = false;
        }
    }

    /// The time of an event whose sender claims `claimed`. While events come as they are made, that is the time of
    /// their arrival. What was made in an interruption may claim any instant of it, and none before.
    pub(super) fn believed(&self, claimed: Option<Timestamp>, now: Timestamp) -> Timestamp {
        match claimed {
            Some(claimed) if self.is_catching_up => claimed.max(self.after).min(now),
            _ => now,
        }
    }

    pub(super) fn health(&self) -> Health {
        match self.phase {
            Phase::Waiting(_) | Phase::Closing(_) => Health::Connecting(self.reason.clone()),
            Phase::Open(_) if self.is_catching_up => Health::CatchingUp,
            Phase::Open(_) => Health::Live,
        }
    }

    pub(super) fn behind(&self, now: Timestamp) -> Millis {
        match (self.health(), self.newest) {
            (Health::Live, _) | (_, None) => Millis::ZERO,
            (_, Some(newest)) => now.since(newest),
        }
    }
}
