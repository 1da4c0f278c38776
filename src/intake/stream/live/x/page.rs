//! A page of posts, as lines of the stream.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::networks::x::snowflake;

/// The posts of a page.
#[derive(Debug)]
pub(super) struct Page {
    /// Ids and lines, without newlines.
    pub(super) posts: Vec<(u64, Vec<u8>)>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    data: Vec<Value>,
    #[serde(default)]
    includes: Includes,
    meta: Meta,
}

#[derive(Deserialize, Default)]
struct Includes {
    #[serde(default)]
    users: Vec<Value>,
}

#[derive(Deserialize)]
struct Meta {
    next_token: Option<String>,
}

impl Page {
    /// Reads a page; `None` if it is none. Every page has `meta`, an empty one has no `data`.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let Body { data, includes, meta } = serde_json::from_slice(body).ok()?;
        let posts = data.into_iter().map(|post| line(&post, &includes.users)).collect();
        Some(Self { posts, next: meta.next_token })
    }
}

/// A post with its author. A post without an id counts as the oldest, and its line tells the fault.
fn line(post: &Value, users: &[Value]) -> (u64, Vec<u8>) {
    let id = post.get("id").and_then(Value::as_str).and_then(snowflake::parse).unwrap_or(0);
    let author = post.get("author_id");
    let users: Vec<&Value> = users.iter().filter(|user| user.get("id") == author).take(1).collect();
    let line = json!({ "data": post, "includes": { "users": users } });
    (id, serde_json::to_vec(&line).expect("values are JSON"))
}
