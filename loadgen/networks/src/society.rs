//! The people at a network: how a crowd acts there without requests.

/// Who wrote a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The network's own id: X's user id, a DID, Mastodon's account id.
    pub id: String,
    /// The name behind the `@`.
    pub handle: String,
}

/// A post as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The network's id: X's post id, an `at://` address, Mastodon's status id.
    pub id: String,
    /// Who wrote it.
    pub author: Author,
    /// The text, without markup.
    pub text: String,
    /// The post that it answers.
    pub reply_to: Option<String>,
    /// When it was posted, in milliseconds since 1970.
    pub at_ms: i64,
    /// The position behind it, for [`Society::posts_since`].
    pub position: u64,
}

/// What people do at a network. An account is named by its handle.
pub trait Society: Send {
    /// Has an account of this handle, old or new, and returns it.
    fn join(&mut self, handle: &str, now_ms: i64) -> Author;

    /// Posts, and returns the post's id. `None` if there is no such account or no such post to answer.
    fn post(&mut self, handle: &str, text: &str, reply_to: Option<&str>, now_ms: i64) -> Option<String>;

    /// Reposts, and returns the repost's id.
    fn repost(&mut self, handle: &str, post: &str, now_ms: i64) -> Option<String>;

    /// Deletes one of the account's own posts; returns whether it was there.
    fn delete(&mut self, handle: &str, post: &str, now_ms: i64) -> bool;

    /// Posts from a position on, oldest first, at most `max`. Position 0 is the beginning.
    fn posts_since(&self, position: u64, max: usize) -> Vec<Post>;
}
