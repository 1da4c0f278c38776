//! Flashtag's own form: one flat object, the same for every network.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::{Decoded, Fault, account, instant, parse, post_id, reference};
use crate::domain::id::Network;
use crate::domain::post::Post;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    network: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    author: Author<'a>,
    #[serde(borrow)]
    posted_at: Cow<'a, str>,
    text: Option<String>,
    in_reply_to: Option<CompactString>,
    repost_of: Option<CompactString>,
    quote_of: Option<CompactString>,
    arrived_at: Option<CompactString>,
    edited: Option<bool>,
    deleted: Option<bool>,
}

#[derive(Deserialize)]
struct Author<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    handle: Option<CompactString>,
}

pub(super) fn decode(text: &str) -> Result<Decoded, Fault> {
    let line: Line<'_> = parse(text)?;
    let network: Network = line.network.parse().map_err(|fault| Fault::BadId { field: "network", fault })?;
    let deleted = line.deleted.unwrap_or(false);
    let text = match line.text {
        Some(text) => text,
        // Who tells of a deletion need not repeat what was deleted.
        None if deleted => String::new(),
        None => return Err(Fault::BadField { what: "text is missing".to_owned(), column: text.len() }),
    };
    Ok(Decoded::Post(Post {
        id: post_id(network, &line.id)?,
        account: account(network, &line.author.id)?,
        handle: line.author.handle.unwrap_or_default(),
        posted_at: instant("posted_at", &line.posted_at)?,
        text,
        in_reply_to: reference("in_reply_to", line.in_reply_to.as_deref())?,
        repost_of: reference("repost_of", line.repost_of.as_deref())?,
        quote_of: reference("quote_of", line.quote_of.as_deref())?,
        arrived_at: line.arrived_at.map(|at| instant("arrived_at", &at)).transpose()?,
        edited: line.edited.unwrap_or(false),
        deleted,
    }))
}
