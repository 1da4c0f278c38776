//! Stripe's API: where it is, and in which version it is spoken to.

/// Where Stripe's API is.
pub const API: &str = "https://api.stripe.com";

/// The version of the API that this client was written for. The account's own version would change answers with a click.
pub const VERSION: &str = "2026-06-24.dahlia";

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    base: String,
}

impl Api {
    /// The API at an address, which may end with a slash.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned() }
    }

    /// The address of a path, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
