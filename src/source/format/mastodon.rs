//! A Mastodon status: bare, in a frame of its WebSocket, or as the data of a server-sent event.
//!
//! A `delete` names the status and not its author, so it cannot be told whose claim it would be.

use compact_str::CompactString;
use serde::Deserialize;

use super::html::to_text;
use super::{Decoded, Fault, account, instant, parse, post_id, reference};
use crate::domain::id::Network;
use crate::domain::post::Post;

#[derive(Deserialize)]
struct Frame {
    event: Option<CompactString>,
    payload: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    id: CompactString,
    created_at: CompactString,
    edited_at: Option<CompactString>,
    in_reply_to_id: Option<CompactString>,
    visibility: Option<CompactString>,
    content: String,
    account: Author,
    reblog: Option<Box<Inner>>,
    quote: Option<Quote>,
}

#[derive(Deserialize)]
struct Author {
    id: CompactString,
    #[serde(default)]
    acct: CompactString,
}

#[derive(Deserialize)]
struct Inner {
    id: CompactString,
    #[serde(default)]
    content: String,
}

/// Older servers give the quoted status, newer ones wrap it with the state of the permission.
#[derive(Deserialize)]
struct Quote {
    id: Option<CompactString>,
    quoted_status: Option<Box<Inner>>,
}

pub(super) fn decode(text: &str) -> Result<Decoded, Fault> {
    if text.starts_with(':') || text.starts_with("event:") {
        return Ok(Decoded::Ignored("line of a server-sent event"));
    }
    let text = text.strip_prefix("data:").map_or(text, str::trim_ascii_start);
    if !text.starts_with('{') && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(Decoded::Ignored("deletion without an author"));
    }
    let frame: Frame = parse(text)?;
    match (frame.event.as_deref(), frame.payload) {
        (Some("update" | "status.update"), Some(payload)) => {
            super::check_depth(&payload)?;
            status(&payload)
        }
        (Some("delete"), _) => Ok(Decoded::Ignored("deletion without an author")),
        (Some(_), _) => Ok(Decoded::Ignored("another event")),
        (None, _) => status(text),
    }
}

fn status(text: &str) -> Result<Decoded, Fault> {
    let status: Status = parse(text)?;
    // Buying is public; what is meant for few is not read as an offer to all.
    if !matches!(status.visibility.as_deref(), None | Some("public" | "unlisted")) {
        return Ok(Decoded::Ignored("not public"));
    }
    let html = status.reblog.as_ref().map_or(&status.content, |reblog| &reblog.content);
    let quoted = status.quote.and_then(|quote| quote.quoted_status.map(|inner| inner.id).or(quote.id));
    Ok(Decoded::Post(Post {
        id: post_id(Network::Mastodon, &status.id)?,
        account: account(Network::Mastodon, &status.account.id)?,
        handle: status.account.acct,
        posted_at: instant("created_at", &status.created_at)?,
        text: to_text(html),
        in_reply_to: reference("in_reply_to_id", status.in_reply_to_id.as_deref())?,
        repost_of: reference("reblog", status.reblog.as_ref().map(|reblog| reblog.id.as_str()))?,
        quote_of: reference("quote", quoted.as_deref())?,
        arrived_at: None,
        edited: status.edited_at.is_some(),
        deleted: false,
    }))
}
