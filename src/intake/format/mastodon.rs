//! A Mastodon status: bare, in a frame of its WebSocket, or as the data of a server-sent event.
//!
//! The author is the account's `uri`: an `id` is the number that one server has for the account, and another
//! one has the same number for somebody else. The time of a status from another server is what that server
//! claims.
//!
//! A `delete` names the status but not its author, so it cannot be verified as the author's own, and is ignored. A
//! source that delivered the status knows the author, and adds a field of its own: `deleted`. Another such field is
//! `seen_at`: when the server that we read had the status.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::decoded::Decoded;
use super::html::{ShownText, text_of};
use crate::domain::id::{Account, Authors, Network, PostId};
use crate::domain::post::{Markup, Post};
use crate::intake::fault::Fault;
use crate::intake::field::{Field, Object, Part, Word};
use crate::intake::json::{parse, plain_text};
use crate::intake::values::{id_text, instant, lenient_instant, post_id, reference};

/// A WebSocket frame, a status or an error; its fields show which.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    event: Word<'a>,
    payload: Word<'a>,
    error: Word<'a>,
    id: Word<'a>,
    uri: Word<'a>,
    created_at: Word<'a>,
    edited_at: Word<'a>,
    in_reply_to_id: Word<'a>,
    visibility: Word<'a>,
    content: Word<'a>,
    account: Part<Author<'a>>,
    reblog: Part<Inner<'a>>,
    quote: Part<Quote<'a>>,
    seen_at: Word<'a>,
    deleted: Field<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Author<'a> {
    #[serde(borrow)]
    uri: Word<'a>,
    acct: Word<'a>,
    created_at: Word<'a>,
}

/// A status within a status: a reblogged or quoted one.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    content: Word<'a>,
}

/// A quote. Servers state the quoted post together with the state of its author's consent, and by id only in
/// a quote of a quote; the forks that had quotes first state the quoted status itself.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Quote<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    quoted_status_id: Word<'a>,
    quoted_status: Part<Inner<'a>>,
}

pub(super) fn decode(text: &str, authors: Authors) -> Result<Decoded, Fault> {
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
        None => status(Line { event: Field::Absent, ..line }, authors),
        Some("update" | "status.update") => {
            let payload = line.payload.required("payload")?;
            status(parse(plain_text(payload.as_bytes())?)?, authors)
        }
        Some("delete") => Ok(Decoded::Ignored("delete")),
        Some("notification") => Ok(Decoded::Ignored("notification")),
        Some(_) => Ok(Decoded::Ignored("other")),
    }
}

fn status(status: Line<'_>, authors: Authors) -> Result<Decoded, Fault> {
    // An offer is public, and so are the posts that accept it: a status for selected readers is not a claim.
    // A status without visibility counts as public, which is the servers' default.
    let visibility = status.visibility.optional("visibility")?;
    if !matches!(visibility.as_deref(), None | Some("public" | "unlisted")) {
        return Ok(Decoded::Ignored("not public"));
    }
    let Object(author) = status.account.required("account")?;
    let acct = CompactString::from(author.acct.optional("account.acct")?.unwrap_or_default());
    let deleted = status.deleted.optional("deleted")?.unwrap_or(false);
    let content = if deleted { Cow::default() } else { status.content.required("content")? };
    let reblog = status.reblog.optional("reblog")?;
    let (repost_of, html) = match reblog {
        None => (None, content),
        Some(Object(inner)) => {
            let id = id_text("reblog.id", inner.id)?;
            let content = inner.content.required("reblog.content")?;
            (reference("reblog.id", Field::Is(id))?, content)
        }
    };
    let ShownText { text, quoted } = text_of(&html);
    // The server names accounts of its own without a server.
    let is_claimed = acct.is_empty() || acct.contains('@');
    let posted_at = instant("created_at", &status.created_at.required("created_at")?)?;
    let seen_at = lenient_instant(status.seen_at).filter(|_| is_claimed);
    Ok(Decoded::Post(Post {
        id: post_id(Network::Mastodon, "id", &id_text("id", status.id)?)?,
        account: author_of(author.uri, status.uri, authors)?,
        is_time_claimed: is_claimed && seen_at.is_none(),
        cid: None,
        handle: acct,
        author_since: lenient_instant(author.created_at),
        posted_at: seen_at.map_or(posted_at, |seen_at| posted_at.max(seen_at)),
        text,
        in_reply_to: reference("in_reply_to_id", status.in_reply_to_id)?,
        repost_of,
        quote_of: quoted_post(status.quote),
        arrived_at: None,
        edited: status.edited_at.is_present(),
        deleted,
        markup: (!quoted.is_empty()).then(|| Box::new(Markup { quoted, tags: None })),
    }))
}

/// The author. Servers before 4.2 leave the account's `uri` out; the status's begins with it.
fn author_of(account: Word<'_>, status: Word<'_>, authors: Authors) -> Result<Account, Fault> {
    let field = "account.uri";
    let uri = match (account, status) {
        (Field::Absent, Field::Is(status)) => {
            let (author, _) = status.split_once("/statuses/").ok_or(Fault::MissingField { field })?;
            Cow::Owned(author.to_owned())
        }
        (uri, _) => id_text(field, uri)?,
    };
    authors.linked_account(Network::Mastodon, &uri).map_err(|fault| Fault::BadId { field, fault })
}

/// The quoted post. Own words count whatever became of the quote, so one of unexpected form is no fault.
fn quoted_post(quote: Part<Quote<'_>>) -> Option<PostId> {
    let Object(quote) = quote.lenient()?;
    let inner = quote.quoted_status.lenient().and_then(|Object(status)| status.id.lenient());
    let id = inner.or_else(|| quote.quoted_status_id.lenient()).or_else(|| quote.id.lenient())?;
    PostId::parse_reference(&id).ok()
}
