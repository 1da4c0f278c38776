//! The account that posts.

use compact_str::CompactString;

use crate::networks::bluesky::{Directory, Mention};

/// The account that posts, and how its posts look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlueskyAccount {
    /// The account's server, such as `https://bsky.social`.
    pub server: String,
    /// The account's DID.
    pub did: CompactString,
    /// The directory that knows the servers of authors.
    pub directory: Directory,
    /// The languages of the texts; the network keeps three.
    pub langs: Vec<CompactString>,
    /// Whether posts say that a program wrote them.
    pub is_bot: bool,
    /// The accounts that texts may mention.
    pub mentions: Vec<Mention>,
}

impl BlueskyAccount {
    /// An account whose posts say nothing but their text.
    #[must_use]
    pub fn new(server: &str, did: &str) -> Self {
        Self {
            server: server.to_owned(),
            did: did.into(),
            directory: Directory::default(),
            langs: Vec::new(),
            is_bot: false,
            mentions: Vec::new(),
        }
    }
}
