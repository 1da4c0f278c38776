//! Signing in at Mastodon: by a token that an operator made for the shop's account.

use compact_str::CompactString;

use super::server::Server;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request};
use crate::networks::sign_in::{Renewal, SignIn, SignInFault};

const REVOKED: CompactString = CompactString::const_new("the server does not accept the access token");

/// A token, which is good until it is revoked: Mastodon has nothing to renew it by.
pub struct MastodonSignIn {
    token: CompactString,
    is_refused: bool,
}

impl MastodonSignIn {
    /// Signs in with this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self { token: token.trim().into(), is_refused: false }
    }

    /// The request that shows whose token it is, and whether it is good.
    #[must_use]
    pub fn probe(server: &Server) -> Request {
        Request::get(server.at("/api/v1/accounts/verify_credentials")).signed()
    }
}

impl SignIn for MastodonSignIn {
    fn access_token(&self) -> Option<&str> {
        Some(self.token.as_str()).filter(|token| !token.is_empty())
    }

    fn renewal(&self, _: Timestamp) -> Renewal {
        if self.is_refused || self.token.is_empty() {
            Renewal::Impossible(REVOKED)
        } else {
            Renewal::NotNeeded
        }
    }

    fn renewed(&mut self, _: &Answer, _: Timestamp) -> Result<Vec<u8>, SignInFault> {
        Err(SignInFault::SignedOut(REVOKED))
    }

    fn restore(&mut self, _: &[u8]) {}

    /// By the status: messages come in the account's language.
    fn is_refused(&mut self, answer: &Answer) -> bool {
        let refused = answer.status == 401;
        self.is_refused |= refused;
        refused
    }
}
