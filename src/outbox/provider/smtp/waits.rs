//! How long each step of a letter may take.

use super::dialogue::Step;
use crate::domain::time::Millis;

/// How long each step of a letter may take. Each byte of a reply that comes is another wait, so the whole is bounded as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Resolving and connecting, and TLS where it is agreed on at once.
    pub connect: Millis,
    /// The reply to each command, and TLS where it is asked for.
    pub command: Millis,
    /// The text, until the last of its bytes has left.
    pub text: Millis,
    /// The reply to the dot: many servers judge the letter meanwhile.
    pub dot: Millis,
    /// Everything together. Less than the outbox gives an attempt, because it takes an attempt that it breaks off for one
    /// that may have succeeded.
    pub whole: Millis,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            connect: Millis::from_secs(10),
            command: Millis::from_secs(15),
            text: Millis::from_secs(20),
            dot: Millis::from_secs(40),
            whole: Millis::from_secs(55),
        }
    }
}

impl Waits {
    pub(super) const fn of(&self, step: Step) -> Millis {
        match step {
            Step::Connect => self.connect,
            Step::Text => self.text,
            Step::Dot => self.dot,
            Step::Greeting
            | Step::Hello
            | Step::Secure
            | Step::SignIn
            | Step::Reset
            | Step::Mail
            | Step::Recipient
            | Step::Data => self.command,
        }
    }
}

/// The end of the time that a letter has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(u64);

impl Limit {
    pub(super) fn new(now_us: u64, whole: Millis) -> Self {
        let whole_us = whole.ms().unsigned_abs().saturating_mul(1_000);
        Self(now_us.saturating_add(whole_us))
    }

    /// What a step that may take `most` has; `None` if nothing is left.
    pub(super) fn share(&self, now_us: u64, most: Millis) -> Option<Millis> {
        let left_ms = i64::try_from(self.0.saturating_sub(now_us) / 1_000).unwrap_or(i64::MAX);
        (left_ms > 0).then(|| Millis::from_ms(left_ms).min(most))
    }
}
