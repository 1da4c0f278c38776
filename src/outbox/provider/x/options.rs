//! How the shop posts on X.

use crate::domain::time::Millis;
use crate::networks::x::Api;

/// How long requests rest when X refuses one and does not say for how long.
pub(super) const REST: Millis = Millis::from_secs(60);

/// How the shop posts.
#[derive(Debug, Clone)]
pub struct XOptions {
    /// The API.
    pub api: Api,
    /// The id of the shop's account.
    pub account: String,
    /// Whether replies may hold links, each of which costs twenty times a reply.
    pub links_in_replies: bool,
}
