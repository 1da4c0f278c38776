//! The result of decoding one line.

use crate::domain::post::Post;

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A post.
    Post(Post),
    /// Something else that the source sends, by a word for what it is.
    Ignored(&'static str),
}
