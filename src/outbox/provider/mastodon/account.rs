//! The shop's account at its server.

use compact_str::CompactString;

use crate::networks::mastodon::Server;

/// What a shop's statuses have in common.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's server.
    pub server: Server,
    /// The statuses' language, as `en`; `None` leaves it to the account's settings.
    pub language: Option<CompactString>,
}
