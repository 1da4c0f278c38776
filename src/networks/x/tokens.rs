//! The tokens of an account, and the app that has them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::api::Api;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request};

/// How long an access token lives if an answer does not tell.
const LIFE: u32 = 7200;

/// The shop's app at X.
#[derive(Clone)]
pub struct Client {
    id: String,
    secret: Option<String>,
}

impl Client {
    /// The app of that client id. With a secret it is confidential, which keeps refresh tokens of no use to others.
    #[must_use]
    pub const fn new(id: String, secret: Option<String>) -> Self {
        Self { id, secret }
    }

    /// The client id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A request for tokens with these fields.
    #[must_use]
    pub fn token_request(&self, api: &Api, fields: &[(&str, &str)]) -> Request {
        self.signed(api.at("/2/oauth2/token"), fields)
    }

    /// A request that ends an access token.
    #[must_use]
    pub fn revocation(&self, api: &Api, token: &str) -> Request {
        let fields = [("token", token), ("token_type_hint", "access_token")];
        self.signed(api.at("/2/oauth2/revoke"), &fields)
    }

    fn signed(&self, url: String, fields: &[(&str, &str)]) -> Request {
        match &self.secret {
            Some(secret) => {
                let pair = STANDARD.encode(format!("{}:{secret}", self.id));
                Request::post_form(url, fields).header("authorization", format!("Basic {pair}"))
            }
            None => Request::post_form(url, &[fields, &[("client_id", &self.id)]].concat()),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The tokens of an account. They are secrets: `Debug` shows when the access token expires, and no more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Signs requests.
    pub access: String,
    /// Asks for new tokens; X accepts each one once.
    pub refresh: String,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// What the owner allowed, as X told with the tokens; tokens of earlier releases are without it.
    #[serde(default)]
    pub scope: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u32>,
    scope: Option<String>,
}

impl Tokens {
    /// Reads an answer with new tokens. An answer without a refresh token leaves the `earlier` one in force; `None`
    /// if there is none at all, or no access token.
    pub(super) fn read(answer: &Answer, earlier: Option<&Self>, now: Timestamp) -> Option<Self> {
        let body: Body = answer.json().ok()?;
        let refresh = body.refresh_token.or_else(|| earlier.map(|tokens| tokens.refresh.clone()))?;
        let life = Millis::from_secs(body.expires_in.unwrap_or(LIFE));
        let scope = body.scope.or_else(|| earlier.and_then(|tokens| tokens.scope.clone()));
        let good = !body.access_token.is_empty() && !refresh.is_empty();
        good.then(|| Self { access: body.access_token, refresh, expires_at: now.plus(life), scope })
    }

    /// The form in which they are stored.
    #[must_use]
    pub fn to_kept(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("tokens are plain values")
    }

    /// Reads the form in which they are stored.
    #[must_use]
    pub fn from_kept(kept: &[u8]) -> Option<Self> {
        serde_json::from_slice(kept).ok()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
