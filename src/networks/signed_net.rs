//! Requests in the name of one of the shop's accounts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::access::{Access, Standing, Verdict};
use super::keep::{Keep, NotKept};
use super::sign_in::SignIn;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Http, Net, NotOpened, Opening, Request, Unanswered, Wire};

/// Adds the account's access token to signed requests, and leaves the others as they are.
///
/// The token is renewed before a request needs it, and once more when the network refuses it; the request that was
/// refused is then made again, once. A new token is used only when what the network returned with it is durable. While an
/// account is signed out, its requests are [`Unanswered::NotSent`], so no effect uses an attempt up.
pub struct SignedNet<N, K, C> {
    net: N,
    keep: K,
    now: C,
    /// Locked while a token is renewed, so that callers share one renewal.
    access: Mutex<Access>,
}

impl<N: Net, K: Keep, C: Fn() -> Timestamp + Send + Sync> SignedNet<N, K, C> {
    /// Signs in by `sign_in`, which takes back what `keep` has. `now` tells the time.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub fn new(net: N, mut sign_in: Box<dyn SignIn>, keep: K, now: C) -> Result<Self, NotKept> {
        if let Some(kept) = keep.kept()? {
            sign_in.restore(kept.expose());
        }
        Ok(Self { net, keep, now, access: Mutex::new(Access::new(sign_in)) })
    }

    /// Begins anew by another sign-in, as when an operator connects the account again.
    pub fn sign_in_by(&self, sign_in: Box<dyn SignIn>) {
        *self.access() = Access::new(sign_in);
    }

    /// How the account stands with its network.
    pub fn standing(&self) -> Standing {
        self.access().standing()
    }

    fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a signed request by `send`. `answer_of` tells the network's answer, if what came has one.
    fn signed<T>(
        &self,
        request: &Request,
        send: impl Fn(Request) -> T,
        answer_of: fn(&T) -> Option<&Answer>,
    ) -> Result<T, Unanswered> {
        let mut access = self.access();
        let mut token = access.token(&self.net, &self.keep, (self.now)())?;
        drop(access);
        let mut is_repeat = false;
        loop {
            let sent = send(request.clone().header("authorization", format!("Bearer {}", token.text)));
            let Some(answer) = answer_of(&sent) else { return Ok(sent) };
            let (mut access, now) = (self.access(), (self.now)());
            match access.judge(&token, answer, is_repeat, (&self.net, &self.keep, now))? {
                Verdict::Answered => return Ok(sent),
                Verdict::Repeat(next) => (token, is_repeat) = (next, true),
            }
        }
    }
}

impl<N: Net, K: Keep, C: Fn() -> Timestamp + Send + Sync> Http for SignedNet<N, K, C> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        if !request.signed {
            return self.net.exchange(request);
        }
        self.signed(request, |request| self.net.exchange(&request), |sent| sent.as_ref().ok())?
    }
}

impl<N: Net, K: Keep, C: Fn() -> Timestamp + Send + Sync> Net for SignedNet<N, K, C> {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        let (Opening::Lines(request) | Opening::WebSocket(request)) = opening;
        if !request.signed {
            return self.net.open(opening);
        }
        let with = |request| match opening {
            Opening::Lines(_) => Opening::Lines(request),
            Opening::WebSocket(_) => Opening::WebSocket(request),
        };
        self.signed(request, |request| self.net.open(&with(request)), refusal)
            .map_err(NotOpened::Unanswered)?
    }
}

const fn refusal(opened: &Result<Box<dyn Wire>, NotOpened>) -> Option<&Answer> {
    match opened {
        Err(NotOpened::Refused(answer)) => Some(answer),
        _ => None,
    }
}
