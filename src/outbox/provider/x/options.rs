//! How the shop posts on X.

use crate::networks::x::Api;

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
