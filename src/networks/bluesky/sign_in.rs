//! Signing in with an app password.
//!
//! The network allows 30 sign-ins in five minutes and 300 a day, so a session is kept over restarts and renewed by its
//! refresh token. The password is used only when there is no session, or when the session's end is certain.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use super::xrpc::{XrpcFault, retry_at, xrpc};
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Method, Request};
use crate::networks::sign_in::{Renewal, SignIn, SignInFault};

/// How long before its end a token is renewed, at most; a shorter life is used to three quarters.
const RENEWED_AHEAD: Millis = Millis::from_secs(300);
/// How long a new token is used at least, whatever it says about its end: a server's clock may be wrong.
const USED_AT_LEAST: Millis = Millis::from_secs(60);

/// The account, and what it signs in with.
#[derive(Clone)]
pub struct AppPassword {
    /// The account's server, such as `https://bsky.social`.
    pub server: String,
    /// The account's DID.
    pub did: CompactString,
    /// The app password.
    pub password: String,
}

/// An account that signs in with an app password.
pub struct BlueskySignIn {
    with: AppPassword,
    session: Option<Session>,
    /// Whether the network refused the access token before its end.
    is_refused: bool,
    /// Why nothing helps any more.
    ended: Option<CompactString>,
}

/// A session, as it is kept over restarts.
#[derive(Serialize, Deserialize)]
struct Session {
    access: String,
    refresh: String,
    /// When it came.
    since: Timestamp,
}

/// What a server returns of a new session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    access_jwt: String,
    refresh_jwt: String,
    did: String,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    status: Option<CompactString>,
}

impl BlueskySignIn {
    /// Signs in with that password, unless a kept session is restored.
    #[must_use]
    pub fn new(with: AppPassword) -> Self {
        Self { with, session: None, is_refused: false, ended: None }
    }

    fn sign_in(&self) -> Request {
        #[derive(Serialize)]
        struct Body<'a> {
            identifier: &'a str,
            password: &'a str,
        }
        let body = Body { identifier: &self.with.did, password: &self.with.password };
        Request::post_json(xrpc(&self.with.server, "com.atproto.server.createSession"), &body)
    }

    fn refresh(&self, session: &Session) -> Request {
        let url = xrpc(&self.with.server, "com.atproto.server.refreshSession");
        Request::new(Method::Post, url).header("authorization", format!("Bearer {}", session.refresh))
    }

    fn sign_out(&mut self, reason: CompactString) -> SignInFault {
        self.session = None;
        self.ended = Some(reason.clone());
        SignInFault::SignedOut(reason)
    }

    /// Takes a new session in, if it is one of the account.
    fn take(&mut self, given: Given, now: Timestamp) -> Result<Vec<u8>, SignInFault> {
        if given.did != self.with.did {
            let reason = format_compact!("the password is of another account, {}", given.did);
            return Err(self.sign_out(reason));
        }
        if given.active == Some(false) {
            let status = given.status.unwrap_or_else(|| "not active".into());
            return Err(self.sign_out(format_compact!("the account is {status}")));
        }
        let session = Session { access: given.access_jwt, refresh: given.refresh_jwt, since: now };
        let kept = serde_json::to_vec(&session).expect("sessions are plain values");
        self.session = Some(session);
        self.is_refused = false;
        Ok(kept)
    }

    /// Reads a refusal. A session that ended is followed by one with the password; only when that is refused is the
    /// account signed out.
    fn refused(&mut self, answer: &Answer, now: Timestamp) -> SignInFault {
        let fault = XrpcFault::of(answer);
        if matches!(fault.error.as_str(), "AccountTakedown" | "AccountDeactivated") {
            return self.sign_out(fault.text());
        }
        let (had_session, is_named) = (self.session.is_some(), !fault.error.is_empty());
        match answer.status {
            429 => {
                let until = retry_at(answer, now);
                SignInFault::Later(format_compact!("too many sign-ins until {until}"))
            }
            // Nothing but the server itself names a fault; it may end a session without a word.
            400..=499 if had_session && (is_named || matches!(answer.status, 400 | 401)) => {
                self.session = None;
                self.is_refused = false;
                SignInFault::Later(format_compact!("the session ended: {}", fault.text()))
            }
            // What stands before the server, another server, or an answer that was damaged on its way says nothing about the
            // password.
            400..=499 if is_named && answer.status != 404 => self.sign_out(fault.text()),
            _ => SignInFault::Later(fault.text()),
        }
    }
}

impl Session {
    /// When to ask for the next token.
    fn renewed_at(&self) -> Timestamp {
        let Some(ends) = expiry(&self.access) else { return Timestamp::MAX };
        let ahead = (ends.since(self.since).ms() / 4).min(RENEWED_AHEAD.ms());
        Timestamp::from_ms(ends.ms() - ahead).max(self.since.plus(USED_AT_LEAST))
    }
}

/// When a token ends, as it says itself. Nothing is verified: the server alone judges tokens.
fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let Claims { exp } = serde_json::from_slice(&claims).ok()?;
    Some(Timestamp::from_ms(exp.saturating_mul(1000)))
}

impl SignIn for BlueskySignIn {
    fn access_token(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.access.as_str())
    }

    fn renewal(&self, now: Timestamp) -> Renewal {
        match (&self.ended, &self.session) {
            (Some(reason), _) => Renewal::Impossible(reason.clone()),
            (None, None) => Renewal::Ask(self.sign_in()),
            (None, Some(session)) if self.is_refused || session.renewed_at() <= now => {
                Renewal::Ask(self.refresh(session))
            }
            (None, Some(_)) => Renewal::NotNeeded,
        }
    }

    fn renewed(&mut self, answer: &Answer, now: Timestamp) -> Result<Vec<u8>, SignInFault> {
        if !answer.is_success() {
            return Err(self.refused(answer, now));
        }
        match answer.json::<Given>() {
            Ok(given) => self.take(given, now),
            Err(error) => Err(SignInFault::Later(format_compact!("{error}"))),
        }
    }

    fn restore(&mut self, kept: &[u8]) {
        self.session = serde_json::from_slice(kept).ok();
        self.is_refused = false;
    }

    fn is_refused(&mut self, answer: &Answer) -> bool {
        let is_refused = !answer.is_success() && XrpcFault::of(answer).is_of_token();
        self.is_refused |= is_refused;
        is_refused
    }
}
