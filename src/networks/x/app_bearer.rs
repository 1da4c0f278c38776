//! The app-only token, which X wants for the filtered stream. It does not expire.

use std::fmt;

use compact_str::CompactString;

use crate::domain::time::Timestamp;
use crate::net::Answer;
use crate::networks::sign_in::{Renewal, SignIn, SignInFault};

/// Shown when X no longer accepts the token.
const REVOKED: &str = "X no longer accepts the token of `token_file`";

/// A token that was made in X's developer portal.
pub struct AppBearer {
    token: String,
    is_refused: bool,
}

impl AppBearer {
    /// Signs with that token.
    #[must_use]
    pub const fn new(token: String) -> Self {
        Self { token, is_refused: false }
    }
}

impl fmt::Debug for AppBearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBearer").field("is_refused", &self.is_refused).finish_non_exhaustive()
    }
}

impl SignIn for AppBearer {
    fn access_token(&self) -> Option<&str> {
        Some(&self.token)
    }

    fn renewal(&self, _: Timestamp) -> Renewal {
        if self.is_refused { Renewal::Impossible(REVOKED.into()) } else { Renewal::NotNeeded }
    }

    fn renewed(&mut self, _: &Answer, _: Timestamp) -> Result<Vec<u8>, SignInFault> {
        Err(SignInFault::SignedOut(CompactString::const_new(REVOKED)))
    }

    fn restore(&mut self, _: &[u8]) {}

    fn is_refused(&mut self, answer: &Answer) -> bool {
        let refused = answer.status == 401;
        self.is_refused |= refused;
        refused
    }
}
