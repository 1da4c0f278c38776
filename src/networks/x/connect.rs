//! Connecting an account: its owner allows the app to act for it, by OAuth 2.0 with a proof of possession (PKCE).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::CompactString;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};

use super::api::Api;
use super::problem::Problem;
use super::tokens::{Client, Tokens};
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request};

/// What the app may do: read posts, write replies, know the account, and renew its token.
pub const SCOPES: &str = "tweet.read tweet.write users.read offline.access";

/// Why an account is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectFault {
    /// The address is not that to which X returned.
    #[error("this is not the address to which X returned: it has no `code` and `state`")]
    NotTheReturn,
    /// The address is the return of another attempt.
    #[error("this is the return of another attempt; start again")]
    OtherAttempt,
    /// The account's owner refused, or X did.
    #[error("X returned: {0}")]
    Refused(CompactString),
    /// The answer holds no tokens that can be kept.
    #[error("X returned no refresh token; allow `offline.access` for the app")]
    NoRefreshToken,
    /// The tokens are those of another account.
    #[error("this is the account {found} (@{handle}), and the configuration names {expected}")]
    OtherAccount {
        /// The account's id.
        found: CompactString,
        /// The account's name.
        handle: CompactString,
        /// The id in the configuration.
        expected: CompactString,
    },
}

/// One attempt to connect an account.
pub struct Connecting {
    verifier: String,
    state: String,
    redirect: String,
}

#[derive(Deserialize)]
struct Me {
    data: User,
}

#[derive(Deserialize)]
struct User {
    id: CompactString,
    username: CompactString,
}

impl Connecting {
    /// An attempt that returns to `redirect`, an address that the app has registered. The random bytes are those of
    /// the verifier and of the state.
    #[must_use]
    pub fn new(redirect: &str, verifier: &[u8; 32], state: &[u8; 32]) -> Self {
        let text = |bytes: &[u8; 32]| URL_SAFE_NO_PAD.encode(bytes);
        Self { verifier: text(verifier), state: text(state), redirect: redirect.to_owned() }
    }

    /// What tells this attempt from others.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The address that the account's owner opens; `page` is as [`AUTHORIZE`](super::AUTHORIZE).
    #[must_use]
    pub fn address(&self, page: &str, client: &Client) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", client.id())
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("scope", SCOPES)
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .finish();
        // X wants blanks between scopes as %20.
        format!("{page}?{}", query.replace('+', "%20"))
    }

    /// The request that exchanges the code, which lives 30 seconds, for tokens. `returned` is the address to which X
    /// returned, with its query.
    ///
    /// # Errors
    /// When it is not the return of this attempt.
    pub fn exchange(&self, api: &Api, client: &Client, returned: &str) -> Result<Request, ConnectFault> {
        let returned = Url::parse(returned.trim()).map_err(|_| ConnectFault::NotTheReturn)?;
        let field = |name: &str| {
            returned.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        let state = field("state").ok_or(ConnectFault::NotTheReturn)?;
        if !bool::from(state.as_bytes().ct_eq(self.state.as_bytes())) {
            return Err(ConnectFault::OtherAttempt);
        }
        if let Some(error) = field("error") {
            return Err(ConnectFault::Refused(error.into()));
        }
        let code = field("code").ok_or(ConnectFault::NotTheReturn)?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.redirect),
            ("code_verifier", &self.verifier),
        ];
        Ok(client.token_request(api, &fields))
    }

    /// Reads the tokens.
    ///
    /// # Errors
    /// When X refuses, or gives no refresh token.
    pub fn exchanged(answer: &Answer, now: Timestamp) -> Result<Tokens, ConnectFault> {
        if !answer.is_success() {
            return Err(ConnectFault::Refused(Problem::of(answer).words(answer.status)));
        }
        Tokens::read(answer, None, now).ok_or(ConnectFault::NoRefreshToken)
    }

    /// Asks whose tokens they are.
    #[must_use]
    pub fn whose(api: &Api, tokens: &Tokens) -> Request {
        let signature = format!("Bearer {}", tokens.access);
        Request::get(api.at("/2/users/me")).header("authorization", signature)
    }

    /// Reads whose tokens they are, and returns the account's name.
    ///
    /// # Errors
    /// When they are not those of the account with the id `expected`.
    pub fn is_account(answer: &Answer, expected: &str) -> Result<CompactString, ConnectFault> {
        let refused = || ConnectFault::Refused(Problem::of(answer).words(answer.status));
        let me: Me = Some(answer)
            .filter(|answer| answer.is_success())
            .and_then(|answer| answer.json().ok())
            .ok_or_else(refused)?;
        let User { id, username } = me.data;
        if id == expected {
            return Ok(username);
        }
        Err(ConnectFault::OtherAccount { found: id, handle: username, expected: expected.into() })
    }
}

impl fmt::Debug for Connecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting").field("redirect", &self.redirect).finish_non_exhaustive()
    }
}
