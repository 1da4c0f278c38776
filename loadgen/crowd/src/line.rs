//! The fixed parts of a post's NDJSON line, appended in place without an allocation.

use crate::bytes::{push, push_number};
use crate::handle::push_handle;
use crate::timestamp::push_timestamp;

/// Network of every generated post and account.
pub(crate) const NETWORK: &str = "x";

/// The author of a post: the immutable id, and the seed and number of the display handle.
#[derive(Clone, Copy)]
pub(crate) struct Author {
    pub(crate) id: u64,
    pub(crate) seed: u64,
    pub(crate) number: u64,
}

/// Appends the line up to and including the quote that opens the text.
pub(crate) fn open_post(out: &mut Vec<u8>, author: Author, post_id: u64, posted_at_ms: i64) {
    push(out, r#"{"network":""#);
    push(out, NETWORK);
    push(out, r#"","id":""#);
    push_number(out, post_id);
    push(out, r#"","author":{"id":""#);
    push_number(out, author.id);
    push(out, r#"","handle":""#);
    push_handle(out, author.seed, author.number);
    push(out, r#""},"posted_at":""#);
    push_timestamp(out, posted_at_ms);
    push(out, r#"","text":""#);
}

/// Appends the quote that closes the text, the id of the reposted post, and the end of the line.
pub(crate) fn close_post(out: &mut Vec<u8>, repost_of: Option<u64>) {
    match repost_of {
        None => push(out, "\"}\n"),
        Some(post_id) => {
            push(out, r#"","repost_of":""#);
            push_number(out, post_id);
            push(out, "\"}\n");
        }
    }
}
