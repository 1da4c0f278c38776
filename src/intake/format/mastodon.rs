//! A Mastodon status: bare, in a frame of its WebSocket, or as the data of a server-sent event.
//!
//! A `delete` names the status but not its author, so nobody can tell whether it was the author's: it is
//! left out, and a claim that was deleted stays until it expires.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::decoded::Decoded;
use super::html::text_of;
use crate::domain::id::Network;
use crate::domain::post::Post;
use crate::intake::fault::Fault;
use crate::intake::field::{Field, Object, Part, Word};
use crate::intake::json::{parse, plain_text};
use crate::intake::values::{account, id_text, instant, lenient_instant, post_id, reference};

/// A frame of the WebSocket, a status or an error: what it is shows in its fields.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    event: Word<'a>,
    payload: Word<'a>,
    error: Word<'a>,
    id: Word<'a>,
    created_at: Word<'a>,
    edited_at: Word<'a>,
    in_reply_to_id: Word<'a>,
    visibility: Word<'a>,
    content: Word<'a>,
    account: Part<Author<'a>>,
    reblog: Part<Inner<'a>>,
    quote: Part<Quote<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Author<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    acct: Word<'a>,
    created_at: Word<'a>,
}

/// A status within a status.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    content: Word<'a>,
}

/// Servers give what is quoted with the state of the author's consent, by its id alone in a quote of a
/// quote; the forks that had quotes first give the status itself.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Quote<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    quoted_status_id: Word<'a>,
    quoted_status: Part<Inner<'a>>,
}

pub(super) fn decode(text: &str) -> Result<Decoded, Fault> {
    if text.starts_with(':') {
        return Ok(Decoded::Ignored("heartbeat"));
    }
    if ["event:", "id:", "retry:"].iter().any(|field| text.starts_with(field)) {
        return Ok(Decoded::Ignored("event field"));
    }
    let text = match text.strip_prefix("data:").map(str::trim_ascii) {
        Some(data) if !data.starts_with('{') => return Ok(Decoded::Ignored("delete")),
        Some(data) => data,
        None => text,
    };
    let line: Line<'_> = parse(text)?;
    match line.event.optional("event")?.as_deref() {
        None if line.error.is_present() => Ok(Decoded::Ignored("error")),
        None => status(Line { event: Field::Absent, ..line }),
        Some("update" | "status.update") => {
            let payload = line.payload.required("payload")?;
            status(parse(plain_text(payload.as_bytes())?)?)
        }
        Some("delete") => Ok(Decoded::Ignored("delete")),
        Some("notification") => Ok(Decoded::Ignored("notification")),
        Some(_) => Ok(Decoded::Ignored("other")),
    }
}

fn status(status: Line<'_>) -> Result<Decoded, Fault> {
    // An offer is made to the public and taken in public: who writes to few is not buying from all.
    // A status that does not say is taken for public, as servers make them by default.
    let visibility = status.visibility.optional("visibility")?;
    if !matches!(visibility.as_deref(), None | Some("public" | "unlisted")) {
        return Ok(Decoded::Ignored("not public"));
    }
    let Object(author) = status.account.required("account")?;
    let content = status.content.required("content")?;
    let reblog = status.reblog.optional("reblog")?;
    let (repost_of, html) = match reblog {
        None => (None, content),
        Some(Object(inner)) => {
            let id = id_text("reblog.id", inner.id)?;
            let content = inner.content.required("reblog.content")?;
            (reference("reblog.id", Field::Is(id))?, content)
        }
    };
    Ok(Decoded::Post(Post {
        id: post_id(Network::Mastodon, "id", &id_text("id", status.id)?)?,
        account: account(Network::Mastodon, "account.id", author.id)?,
        handle: CompactString::from(author.acct.optional("account.acct")?.unwrap_or_default()),
        author_since: lenient_instant(author.created_at),
        posted_at: instant("created_at", &status.created_at.required("created_at")?)?,
        text: text_of(&html),
        in_reply_to: reference("in_reply_to_id", status.in_reply_to_id)?,
        repost_of,
        quote_of: reference("quote", quoted(status.quote)?.map_or(Field::Absent, Field::Is))?,
        arrived_at: None,
        edited: status.edited_at.is_present(),
        deleted: false,
    }))
}

fn quoted<'a>(quote: Part<Quote<'a>>) -> Result<Option<Cow<'a, str>>, Fault> {
    let Some(Object(quote)) = quote.optional("quote")? else { return Ok(None) };
    let inner = quote.quoted_status.lenient().and_then(|Object(status)| status.id.lenient());
    Ok(inner.or_else(|| quote.quoted_status_id.lenient()).or_else(|| quote.id.lenient()))
}
