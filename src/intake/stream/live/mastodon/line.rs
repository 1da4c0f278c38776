//! The lines of statuses, reposts and deletions, in the form that the format reads.
//!
//! The ids in a line name the server that they were read at. The rest of a status stays as the server wrote it.

use std::fmt::Write;

use compact_str::CompactString;
use serde::Deserialize;

use super::raw_json::{fields, string};
use crate::domain::time::Timestamp;
use crate::networks::mastodon::Server;

/// A line, without its newline, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The id of the post, with its server.
    pub(super) id: CompactString,
    /// The author's address, if it is stated.
    pub(super) author: Option<CompactString>,
    /// The post's own time, if it can be read.
    pub(super) posted_at: Option<Timestamp>,
    /// What it tells.
    pub(super) tells: Tells,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tells {
    /// The post, in this text.
    Post(String),
    /// That the post was deleted, at this time as the server said so.
    Deletion(Timestamp),
}

/// The fields of an object that hold ids of statuses, and those whose objects hold some.
struct Ids {
    here: &'static [&'static str],
    within: &'static [(&'static str, &'static Self)],
}

const STATUS: Ids = Ids { here: &["id", "in_reply_to_id"], within: &[("reblog", &INNER), ("quote", &QUOTE)] };
const INNER: Ids = Ids { here: &["id"], within: &[] };
const QUOTE: Ids = Ids { here: &["id", "quoted_status_id"], within: &[("quoted_status", &INNER)] };

/// Fields of this program's own, which no server may set.
const OWN_FIELDS: [&str; 2] = ["seen_at", "deleted"];

/// What is read of a status.
#[derive(Deserialize)]
struct Status {
    id: CompactString,
    created_at: Option<CompactString>,
    uri: Option<CompactString>,
    account: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    uri: Option<CompactString>,
}

/// The part of a reposted status that the format reads.
#[derive(Deserialize)]
struct Reposted {
    id: CompactString,
    #[serde(default)]
    content: String,
    visibility: Option<CompactString>,
}

/// The line of a status; `None` if the text is no status. `seen_at` is when the server had it, if the server tells:
/// the status's own time is a claim of its author's server.
pub(super) fn status(server: &Server, text: &str, seen_at: Option<Timestamp>) -> Option<Line> {
    let Status { id, created_at, uri, account } = serde_json::from_str(text).ok()?;
    let mut line = String::with_capacity(text.len() + 64);
    write_object(server, text, &STATUS, &mut line)?;
    if let Some(seen_at) = seen_at {
        line.pop();
        write!(line, r#","seen_at":"{seen_at}"}}"#).ok()?;
    }
    let uri_author = || Some(CompactString::from(uri?.split_once("/statuses/")?.0));
    Some(Line {
        id: server.post(&id)?.to_string().into(),
        author: account.and_then(|account| account.uri).or_else(uri_author),
        posted_at: created_at.and_then(|at| at.parse().ok()),
        tells: Tells::Post(on_one_line(line)),
    })
}

/// The line of a repost, of which a notification tells: who reposted, which status, and when the server had it.
pub(super) fn repost(
    server: &Server,
    notification: &str,
    account: &str,
    reposted: &str,
    at: Timestamp,
) -> Option<Line> {
    let author: Author = serde_json::from_str(account).ok()?;
    let Reposted { id, content, visibility } = serde_json::from_str(reposted).ok()?;
    let id = server.post(&id)?;
    let repost = server.repost_id(notification);
    let text = |value: &str| serde_json::to_string(value).ok();
    let line = format!(
        r#"{{"id":{},"created_at":"{at}","seen_at":"{at}","visibility":{},"content":"","account":{account},"reblog":{{"id":{},"content":{}}}}}"#,
        text(&repost)?,
        text(visibility.as_deref().unwrap_or("public"))?,
        text(&id.to_string())?,
        text(&content)?,
    );
    Some(Line {
        id: repost.into(),
        author: author.uri,
        posted_at: Some(at),
        tells: Tells::Post(on_one_line(line)),
    })
}

/// The line of a deletion, of which the server tells the id alone.
pub(super) fn deletion(post: &str, author: &str, at: Timestamp) -> Option<String> {
    let text = |value: &str| serde_json::to_string(value).ok();
    Some(format!(
        r#"{{"id":{},"created_at":"{at}","deleted":true,"account":{{"uri":{}}}}}"#,
        text(post)?,
        text(author)?
    ))
}

/// Writes an object with the server's name in its ids.
fn write_object(server: &Server, text: &str, ids: &Ids, out: &mut String) -> Option<()> {
    let fields = fields(text)?;
    out.push('{');
    for field in fields.iter().filter(|field| !OWN_FIELDS.contains(&&*field.name)) {
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(field.written);
        out.push(':');
        let id = ids.here.contains(&&*field.name).then(|| string(field.value)).flatten();
        let within = ids.within.iter().find(|(name, _)| *name == field.name);
        match (id, within) {
            (Some(id), _) => out.push_str(&serde_json::to_string(&format!("{}/{id}", server.host())).ok()?),
            (None, Some((_, ids))) if field.value.starts_with('{') => {
                write_object(server, field.value, ids, out)?;
            }
            _ => out.push_str(field.value),
        }
    }
    out.push('}');
    Some(())
}

/// In JSON, line breaks stand only between values.
fn on_one_line(text: String) -> String {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text }
}
