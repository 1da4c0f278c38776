//! The shop's account at a network, as operators see it.

use serde::{Deserialize, Serialize};

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkView {
    /// The name that the shop gave it.
    pub name: String,
    /// The network: `x`, `bluesky`, `mastodon`.
    pub kind: String,
    /// The account's id.
    pub account: String,
    /// The server that requests go to.
    pub host: String,
    /// What an operator wants: `connected`, `paused` or `disconnected`.
    pub wanted: String,
    /// Whether posts come: `off`, `stopped`, `connecting`, `catching_up`, `live` or `budget_spent`.
    pub source: String,
    /// Why, if there is something to say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How far the newest post is behind, in seconds.
    pub behind_seconds: u64,
    /// Of which time posts may be missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gap: Option<Gap>,
    /// Whether replies are posted there.
    pub replies: bool,
    /// What the sale cannot expect of its server.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub advice: Vec<String>,
}

/// A time of which posts may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Its beginning.
    pub from: String,
    /// Its end.
    pub to: String,
}

/// All accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworksView {
    /// One for each `[[network]]`.
    pub networks: Vec<NetworkView>,
}

/// What connecting asks of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connecting {
    /// The account.
    pub network: NetworkView,
    /// The address to open in a browser that is signed in as the shop; none where nothing more is to be done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorize: Option<String>,
}
