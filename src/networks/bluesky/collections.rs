//! The collections of records that matter here.

/// Posts.
pub const POSTS: &str = "app.bsky.feed.post";
/// Reposts.
pub const REPOSTS: &str = "app.bsky.feed.repost";
