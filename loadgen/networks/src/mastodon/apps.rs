//! Registered apps and their tokens.

use std::collections::HashMap;

/// A registered app.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) website: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: Vec<String>,
}

/// A permission that waits to be exchanged for a token.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) account: u64,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires_at_ms: i64,
}

/// An access token. It does not expire by itself.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Nobody, for a token of the app itself.
    pub(crate) account: Option<u64>,
    pub(crate) scope: String,
    pub(crate) app: String,
}

/// Apps by client id, codes and tokens.
#[derive(Debug, Default)]
pub(crate) struct Apps {
    pub(crate) apps: HashMap<String, App>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) tokens: HashMap<String, Token>,
}

impl Apps {
    /// The app, if the secret is its own.
    pub(crate) fn authenticated(&self, client_id: &str, secret: &str) -> Option<&App> {
        self.apps.get(client_id).filter(|app| app.client_secret == secret)
    }
}

/// Whether a granted scope, such as `write`, includes a needed one, such as `write:statuses`.
pub(crate) fn includes(granted: &str, needed: &str) -> bool {
    let whole = needed.split(':').next().unwrap_or(needed);
    granted.split([' ', '+']).any(|scope| scope == needed || scope == whole)
}
