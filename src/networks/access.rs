//! The access token of one account: renewed before use, by one caller for all, and durable before its first use.

use std::fmt;

use compact_str::{CompactString, ToCompactString, format_compact};

use super::keep::Keep;
use super::sign_in::{Renewal, SignIn, SignInFault};
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Http, Unanswered};
use crate::ops::Secret;

/// Wait after the first renewal that fails; each further one doubles it.
const WAIT_FIRST: Millis = Millis::from_secs(1);
/// Upper bound on that wait.
const WAIT_MOST: Millis = Millis::from_secs(300);

/// How an account stands with its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is known against it.
    SignedIn,
    /// The access token cannot be renewed for now: the reason.
    Waiting(CompactString),
    /// The network refuses the account until it is connected again: the reason.
    SignedOut(CompactString),
}

/// An access token that may be used.
pub(super) struct Token {
    /// For the header `Authorization: Bearer`.
    pub(super) text: String,
    /// Counts renewals, so that the refusal of an old token is not taken for one of its successor.
    renewals: u64,
}

/// What to do about an answer to a signed request.
pub(super) enum Verdict {
    /// It is the network's answer.
    Answered,
    /// The token was refused, and the request with it: make it again with this one.
    Repeat(Token),
}

/// A sign-in with what is known of its token. Its owner lets one caller in at a time.
pub(super) struct Access {
    sign_in: Box<dyn SignIn>,
    renewals: u64,
    /// What the last renewal returned, while it is not durable: the new token is not used before.
    unkept: Option<Secret>,
    /// Whether the network refused the token that we have.
    is_refused: bool,
    /// Renewals that failed in a row, or gave a token that was refused at once.
    failures: u32,
    /// No renewal before that instant, for that reason.
    wait: Option<(Timestamp, CompactString)>,
    signed_out: Option<CompactString>,
}

impl Access {
    pub(super) fn new(sign_in: Box<dyn SignIn>) -> Self {
        Self {
            sign_in,
            renewals: 0,
            unkept: None,
            is_refused: false,
            failures: 0,
            wait: None,
            signed_out: None,
        }
    }

    pub(super) fn standing(&self) -> Standing {
        match (&self.signed_out, &self.wait) {
            (Some(reason), _) => Standing::SignedOut(reason.clone()),
            (None, Some((_, reason))) => Standing::Waiting(reason.clone()),
            (None, None) => Standing::SignedIn,
        }
    }

    /// A token that is good as far as we know, renewed if it must be.
    pub(super) fn token(
        &mut self,
        http: &dyn Http,
        keep: &dyn Keep,
        now: Timestamp,
    ) -> Result<Token, Unanswered> {
        if let Some(reason) = &self.signed_out {
            return Err(Unanswered::NotSent(format_compact!("signed out: {reason}")));
        }
        self.keep_now(keep, now)?;
        match self.sign_in.renewal(now) {
            Renewal::NotNeeded => {}
            Renewal::Impossible(reason) => return Err(self.sign_out(reason, keep, now)),
            Renewal::Ask(request) => {
                let renewed = match &self.wait {
                    Some((until, reason)) if now < *until => Err(not_sent(reason)),
                    _ => self.renew(&request, http, keep, now),
                };
                // Renewals begin before the token ends, so the old one may serve meanwhile.
                let may_go_on = self.unkept.is_none()
                    && self.signed_out.is_none()
                    && !self.is_refused
                    && self.has_token();
                if !may_go_on {
                    renewed?;
                }
            }
        }
        let text = self.sign_in.access_token().map(str::to_owned);
        let text = text.ok_or_else(|| not_sent("there is no access token"))?;
        Ok(Token { text, renewals: self.renewals })
    }

    /// Judges the answer to a request that was made with `used`. `is_repeat` says that the request was repeated already.
    pub(super) fn judge(
        &mut self,
        used: &Token,
        answer: &Answer,
        is_repeat: bool,
        (http, keep, now): (&dyn Http, &dyn Keep, Timestamp),
    ) -> Result<Verdict, Unanswered> {
        if used.renewals != self.renewals {
            // Another caller renewed the token meanwhile. These answers say that nothing was done, so the request may be
            // made again, whatever they refused; the new token is not to blame.
            let is_undone = matches!(answer.status, 400 | 401 | 403);
            if is_repeat || !is_undone {
                return Ok(Verdict::Answered);
            }
            return self.token(http, keep, now).map(Verdict::Repeat);
        }
        if !self.sign_in.is_refused(answer) {
            // Not while an old token serves because its renewal fails.
            if answer.is_success() && self.wait.is_none() {
                self.failures = 0;
            }
            return Ok(Verdict::Answered);
        }
        self.is_refused = true;
        if is_repeat {
            return Err(self.wait("the network refuses a fresh access token", now));
        }
        self.token(http, keep, now).map(Verdict::Repeat)
    }

    fn has_token(&self) -> bool {
        self.sign_in.access_token().is_some()
    }

    fn renew(
        &mut self,
        request: &crate::net::Request,
        http: &dyn Http,
        keep: &dyn Keep,
        now: Timestamp,
    ) -> Result<(), Unanswered> {
        let answer = match http.exchange(request) {
            Ok(answer) => answer,
            Err(unanswered) => return Err(self.wait(&unanswered.to_compact_string(), now)),
        };
        match self.sign_in.renewed(&answer, now) {
            Ok(renewed) => {
                self.renewals += 1;
                self.is_refused = false;
                self.wait = None;
                self.unkept = Some(Secret::new(renewed));
                self.keep_now(keep, now)
            }
            Err(SignInFault::Later(reason)) => Err(self.wait(&reason, now)),
            Err(SignInFault::SignedOut(reason)) => Err(self.sign_out(reason, keep, now)),
        }
    }

    /// Makes durable what the last renewal returned.
    fn keep_now(&mut self, keep: &dyn Keep, now: Timestamp) -> Result<(), Unanswered> {
        let Some(renewed) = &self.unkept else { return Ok(()) };
        keep.keep(renewed, now)
            .map_err(|error| not_sent(format!("the new access token is not durable: {error}")))?;
        self.unkept = None;
        Ok(())
    }

    /// Lets no renewal begin for a while.
    fn wait(&mut self, reason: &str, now: Timestamp) -> Unanswered {
        let wait = WAIT_FIRST.ms() << self.failures.min(16);
        self.failures += 1;
        let until = now.plus(Millis::from_ms(wait.min(WAIT_MOST.ms())));
        self.wait = Some((until, reason.into()));
        not_sent(reason)
    }

    fn sign_out(&mut self, reason: CompactString, keep: &dyn Keep, now: Timestamp) -> Unanswered {
        keep.signed_out(&reason, now);
        let unanswered = Unanswered::NotSent(format_compact!("signed out: {reason}"));
        self.signed_out = Some(reason);
        unanswered
    }
}

fn not_sent(reason: impl fmt::Display) -> Unanswered {
    Unanswered::NotSent(format_compact!("not signed in: {reason}"))
}
