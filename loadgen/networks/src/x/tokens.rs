//! Apps, codes and tokens.

use std::collections::HashMap;

use crate::tokens::secret;
use rand::Rng;

/// An app of a developer.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) client_id: String,
    /// None for a public client.
    pub(crate) client_secret: Option<String>,
    /// The token of the app itself.
    pub(crate) bearer: String,
    pub(crate) redirect_uris: Vec<String>,
}

/// A permission that waits to be exchanged.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) user: u64,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) challenge: String,
    pub(crate) expires_at_ms: i64,
}

/// What a token permits, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user: u64,
    pub(crate) scope: String,
    pub(crate) expires_at_ms: i64,
}

/// Everything that is out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) apps: HashMap<String, App>,
    pub(crate) codes: HashMap<String, Code>,
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    App { client_id: String },
    User { id: u64, scope: String },
}

impl Tokens {
    /// Makes a pair; the refresh token only if the scope has `offline.access`.
    pub(crate) fn issue(&mut self, grant: Grant, random: &mut dyn Rng) -> (String, Option<String>) {
        let access = secret(random);
        let refresh = grant.scope.split(' ').any(|scope| scope == "offline.access").then(|| secret(random));
        if let Some(refresh) = &refresh {
            self.refresh.insert(refresh.clone(), Grant { expires_at_ms: i64::MAX, ..grant.clone() });
        }
        self.access.insert(access.clone(), grant);
        (access, refresh)
    }

    /// Puts a known access token out, as if it had been issued.
    pub(crate) fn issue_known(&mut self, access: &str, refresh: Option<&str>, grant: &Grant) {
        self.access.insert(access.to_owned(), grant.clone());
        if let Some(refresh) = refresh {
            self.refresh.insert(refresh.to_owned(), Grant { expires_at_ms: i64::MAX, ..grant.clone() });
        }
    }

    /// Takes a scope from everything that is out, as when the developer narrows the app.
    pub(crate) fn withdraw(&mut self, scope: &str) {
        for grant in self.access.values_mut().chain(self.refresh.values_mut()) {
            let kept: Vec<&str> = grant.scope.split(' ').filter(|known| *known != scope).collect();
            grant.scope = kept.join(" ");
        }
    }

    /// Takes a refresh token, which is good once.
    pub(crate) fn take_refresh(&mut self, token: &str, client_id: &str) -> Option<Grant> {
        self.refresh.get(token).filter(|grant| grant.client_id == client_id)?;
        self.refresh.remove(token)
    }

    /// The number of access tokens.
    pub(crate) fn out(&self) -> usize {
        self.access.len()
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.access.remove(token);
        self.refresh.remove(token);
    }

    pub(crate) fn caller(&self, token: &str, now_ms: i64) -> Option<Caller> {
        if let Some(app) = self.apps.values().find(|app| app.bearer == token) {
            return Some(Caller::App { client_id: app.client_id.clone() });
        }
        let grant = self.access.get(token).filter(|grant| now_ms < grant.expires_at_ms)?;
        Some(Caller::User { id: grant.user, scope: grant.scope.clone() })
    }

    /// Makes all access tokens of users expire.
    pub(crate) fn expire(&mut self, now_ms: i64) {
        self.access.values_mut().for_each(|grant| grant.expires_at_ms = grant.expires_at_ms.min(now_ms));
    }
}
