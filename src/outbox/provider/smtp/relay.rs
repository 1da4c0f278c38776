//! The relay: its connections, each of which takes letters one after the other.

use std::sync::{Arc, Mutex, MutexGuard};

use compact_str::CompactString;

use super::dialogue::{Dialogue, End, Manners, Step, Want};
use super::envelope::Envelope;
use super::login::Mechanism;
use super::reply::CLOSING;
use super::waits::{Limit, Waits};
use crate::domain::time::Millis;
use crate::net::{Lost, Talk, Talks, TextServer};

/// Connections that wait for the next letter.
const IDLE_MAX: usize = 8;

/// How long one may wait. Relays close them after a minute or more.
const IDLE_US_MAX: u64 = 20_000_000;

/// How long the farewell may take to leave, in milliseconds.
const FAREWELL_MS: i64 = 50;

/// Sends letters through one server. Letters that are sent at one time have a connection each, so the bound on those is the
/// bound on these.
pub struct Relay {
    talks: Arc<dyn Talks>,
    server: TextServer,
    manners: Arc<Manners>,
    waits: Waits,
    idle: Mutex<Vec<Idle>>,
}

/// A connection and its conversation.
struct Line {
    talk: Box<dyn Talk>,
    dialogue: Dialogue,
}

struct Idle {
    line: Line,
    since_us: u64,
}

/// How a server lets the shop in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The version of TLS; `None` without TLS.
    pub tls: Option<CompactString>,
    /// How the shop signed in.
    pub mechanism: Option<Mechanism>,
}

impl Relay {
    /// A relay, to which no connection is open yet.
    #[must_use]
    pub fn new(talks: Arc<dyn Talks>, server: TextServer, manners: Manners, waits: Waits) -> Self {
        Self { talks, server, manners: Arc::new(manners), waits, idle: Mutex::default() }
    }

    /// Carries a letter to the server. Blocks, at most as long as [`Waits::whole`].
    #[must_use]
    pub fn carry(&self, letter: &Arc<Envelope>) -> End {
        let limit = Limit::new(self.talks.elapsed_us(), self.waits.whole);
        while let Some(line) = self.take_idle() {
            match self.hand_over(line, letter, &limit) {
                // The connection died while it was idle: nothing of the letter was sent.
                End::Lost(Step::Reset | Step::Mail, _) | End::Refused(Step::Reset, _) => {}
                End::Refused(Step::Mail, reply) if reply.code == CLOSING => {}
                end => return end,
            }
        }
        match self.call(&limit) {
            Ok(line) => self.hand_over(line, letter, &limit),
            Err(lost) => End::Lost(Step::Connect, lost.0),
        }
    }

    /// Connects and signs in, and leaves again.
    ///
    /// # Errors
    /// Returns how the server did not let the shop in.
    pub fn greet(&self) -> Result<Welcome, End> {
        let limit = Limit::new(self.talks.elapsed_us(), self.waits.whole);
        let mut line = self.call(&limit).map_err(|lost| End::Lost(Step::Connect, lost.0))?;
        match self.converse(&mut line, &limit) {
            Some(end) => Err(end),
            None => Ok(Welcome { tls: line.talk.tls_version(), mechanism: line.dialogue.signed_in_by() }),
        }
    }

    fn call(&self, limit: &Limit) -> Result<Line, Lost> {
        let wait = limit.share(self.talks.elapsed_us(), self.waits.connect);
        let talk =
            self.talks.call(&self.server, wait.ok_or_else(|| Lost("no connection in time".into()))?)?;
        Ok(Line { talk, dialogue: Dialogue::new(Arc::clone(&self.manners)) })
    }

    fn hand_over(&self, mut line: Line, letter: &Arc<Envelope>, limit: &Limit) -> End {
        line.dialogue.begin(Arc::clone(letter));
        let end = self.converse(&mut line, limit);
        if line.dialogue.is_reusable() {
            self.keep(line);
        }
        end.unwrap_or_else(|| End::Lost(Step::Mail, "there is no letter".into()))
    }

    /// Goes on until the letter ended, or until the server is ready for one and there is none.
    fn converse(&self, line: &mut Line, limit: &Limit) -> Option<End> {
        let Line { talk, dialogue } = line;
        let mut buffer = [0; 2048];
        loop {
            let want = dialogue.next();
            match want {
                Want::Over(end) => return Some(end),
                Want::Letter => return None,
                Want::Send(_) | Want::Hear | Want::Secure => {}
            }
            let now_us = self.talks.elapsed_us();
            let Some(wait) = limit.share(now_us, self.waits.of(dialogue.step())) else {
                dialogue.lost("no time is left");
                continue;
            };
            match want {
                Want::Send(bytes) => match talk.send(&bytes, wait) {
                    Ok(()) => dialogue.sent(),
                    Err(lost) => dialogue.lost(lost),
                },
                Want::Hear => match talk.receive(&mut buffer, wait) {
                    Ok(count) => dialogue.heard(buffer.get(..count).unwrap_or_default()),
                    Err(lost) => dialogue.lost(lost),
                },
                Want::Secure => match talk.secure(wait) {
                    Ok(()) => dialogue.secured(),
                    Err(lost) => dialogue.lost(lost),
                },
                Want::Over(_) | Want::Letter => {}
            }
        }
    }

    /// A connection that waits for a letter, if there is one. Those that are too old, or that the server closed, are left.
    fn take_idle(&self) -> Option<Line> {
        let now_us = self.talks.elapsed_us();
        loop {
            let Idle { mut line, since_us } = self.idle().pop()?;
            if now_us.saturating_sub(since_us) <= IDLE_US_MAX && line.talk.is_quiet() {
                return Some(line);
            }
        }
    }

    fn keep(&self, line: Line) {
        let since_us = self.talks.elapsed_us();
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(Idle { line, since_us });
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().expect("no panic is survived")
    }
}

impl Drop for Line {
    /// Says farewell where the server listens.
    fn drop(&mut self) {
        if self.dialogue.is_reusable() {
            drop(self.talk.send(b"QUIT\r\n", Millis::from_ms(FAREWELL_MS)));
        }
    }
}
