//! How an account at X stays signed in: a user token of two hours, renewed with a refresh token.
//!
//! X accepts a refresh token once and returns the next one with the answer. An answer that is lost therefore signs the
//! account out, and so would a new token that is used before it is durable.

use compact_str::CompactString;

use super::api::Api;
use super::problem::Problem;
use super::tokens::{Client, Tokens};
use crate::domain::time::{Millis, Timestamp};
use crate::net::Answer;
use crate::networks::sign_in::{Renewal, SignIn, SignInFault};

/// How long before its end a token is renewed.
const EARLY: Millis = Millis::from_secs(600);

/// Shown before an operator has connected the account.
const NOT_CONNECTED: &str = "the account is not connected; run `flashtag network connect`";

/// The sign-in of one account.
#[derive(Debug)]
pub struct XSignIn {
    api: Api,
    client: Client,
    tokens: Option<Tokens>,
    /// Whether an answer said that the access token is no longer good.
    is_refused: bool,
    /// Why only an operator can help.
    signed_out: Option<CompactString>,
}

impl XSignIn {
    /// The sign-in before the kept tokens are restored.
    #[must_use]
    pub const fn new(api: Api, client: Client) -> Self {
        Self { api, client, tokens: None, is_refused: false, signed_out: None }
    }
}

impl SignIn for XSignIn {
    fn access_token(&self) -> Option<&str> {
        self.tokens.as_ref().map(|tokens| tokens.access.as_str())
    }

    fn renewal(&self, now: Timestamp) -> Renewal {
        if let Some(reason) = &self.signed_out {
            return Renewal::Impossible(reason.clone());
        }
        let Some(tokens) = &self.tokens else { return Renewal::Impossible(NOT_CONNECTED.into()) };
        if !self.is_refused && now.plus(EARLY) < tokens.expires_at {
            return Renewal::NotNeeded;
        }
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)];
        Renewal::Ask(self.client.token_request(&self.api, &fields))
    }

    fn renewed(&mut self, answer: &Answer, now: Timestamp) -> Result<Vec<u8>, SignInFault> {
        if answer.is_success() {
            let tokens = Tokens::read(answer, self.tokens.as_ref(), now);
            let tokens = tokens.ok_or_else(|| SignInFault::Later("X's answer holds no token".into()))?;
            let kept = tokens.to_kept();
            self.tokens = Some(tokens);
            self.is_refused = false;
            return Ok(kept);
        }
        let problem = Problem::of(answer);
        let reason = problem.words(answer.status);
        // X refuses a used or revoked refresh token with 400, a wrong secret with 401, and names an OAuth error. Anything else,
        // such as the page of a firewall or an answer that was damaged on its way, says nothing about the token.
        if matches!(answer.status, 400 | 401) && !problem.error.is_empty() {
            self.signed_out = Some(reason.clone());
            return Err(SignInFault::SignedOut(reason));
        }
        Err(SignInFault::Later(reason))
    }

    fn restore(&mut self, kept: &[u8]) {
        if let Some(tokens) = Tokens::from_kept(kept) {
            self.tokens = Some(tokens);
            self.is_refused = false;
            self.signed_out = None;
        }
    }

    fn is_refused(&mut self, answer: &Answer) -> bool {
        let refused = answer.status == 401;
        self.is_refused |= refused;
        refused
    }
}
