//! The result of decoding one line.

use crate::domain::post::Post;

/// The content of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every line is a post, and a box would cost each an allocation"
)]
pub enum Decoded {
    /// A post.
    Post(Post),
    /// Another item that the source sends, with the name of its kind.
    Ignored(&'static str),
}
