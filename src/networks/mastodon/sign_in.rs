//! Signing in at Mastodon: by a token that an operator made for the shop's account.

use compact_str::{CompactString, ToCompactString, format_compact};

use super::own_account::OwnAccount;
use super::refusal::has_message;
use super::server::Server;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request};
use crate::networks::sign_in::{Renewal, SignIn, SignInFault};

const REVOKED: CompactString = CompactString::const_new("the server does not accept the access token");

/// A token, which is good until it is revoked: Mastodon has nothing to renew it by.
///
/// A token tells nobody whose it is, and a file with the token of another account would post in that one's name. So the
/// server is asked whose it is, and before the answer there is no access token that a request could carry.
pub struct MastodonSignIn {
    server: Server,
    /// The account's address among all servers.
    account: CompactString,
    token: CompactString,
    is_own: bool,
    /// Why only another token helps.
    signed_out: Option<CompactString>,
}

impl MastodonSignIn {
    /// Signs in with this token of that account.
    #[must_use]
    pub fn new(server: Server, account: &str, token: &str) -> Self {
        let token = CompactString::from(token.trim());
        let signed_out = token.is_empty().then_some(REVOKED);
        Self { server, account: account.into(), token, is_own: false, signed_out }
    }

    /// The request that shows whose token it is, and whether it is good.
    #[must_use]
    pub fn probe(server: &Server) -> Request {
        Request::get(server.at("/api/v1/accounts/verify_credentials")).signed()
    }

    /// The same, before there is an access token to sign with.
    fn whose(&self) -> Request {
        let address = self.server.at("/api/v1/accounts/verify_credentials");
        Request::get(address).header("authorization", format!("Bearer {}", self.token))
    }

    fn sign_out(&mut self, reason: CompactString) -> SignInFault {
        self.signed_out = Some(reason.clone());
        SignInFault::SignedOut(reason)
    }
}

impl SignIn for MastodonSignIn {
    fn access_token(&self) -> Option<&str> {
        Some(self.token.as_str()).filter(|_| self.is_own)
    }

    fn renewal(&self, _: Timestamp) -> Renewal {
        match &self.signed_out {
            Some(reason) => Renewal::Impossible(reason.clone()),
            None if self.is_own => Renewal::NotNeeded,
            None => Renewal::Ask(self.whose()),
        }
    }

    /// Returns the account's address, so that operators see when the token was last good.
    fn renewed(&mut self, answer: &Answer, _: Timestamp) -> Result<Vec<u8>, SignInFault> {
        match answer.status {
            200..300 => {}
            401 => return Err(self.sign_out(REVOKED)),
            // Without a message it is the page of a firewall.
            403 if has_message(answer) => {
                return Err(
                    self.sign_out("the access token may not say whose it is: it lacks `profile`".into())
                );
            }
            status => {
                return Err(SignInFault::Later(format_compact!("the server answers with status {status}")));
            }
        }
        let own = OwnAccount::read(answer).ok().and_then(|own| own.account(&self.server).ok());
        let Some(own) = own else {
            return Err(SignInFault::Later("the server does not say whose the access token is".into()));
        };
        let found = own.author.to_compact_string();
        if found != self.account {
            return Err(self.sign_out(format_compact!("the access token is of another account, {found}")));
        }
        self.is_own = true;
        Ok(found.as_bytes().to_vec())
    }

    fn restore(&mut self, _: &[u8]) {}

    /// By the status: messages come in the account's language.
    fn is_refused(&mut self, answer: &Answer) -> bool {
        let refused = answer.status == 401;
        if refused {
            self.signed_out = Some(REVOKED);
        }
        refused
    }
}
