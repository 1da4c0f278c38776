//! Flashtag's own format: one flat object, the same for every network.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::decoded::Decoded;
use crate::domain::id::{Authors, Network};
use crate::domain::post::Post;
use crate::intake::fault::Fault;
use crate::intake::field::{Field, Object, Part, Word};
use crate::intake::json::parse;
use crate::intake::values::{account, id_text, instant, post_id, reference};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    network: Word<'a>,
    id: Word<'a>,
    author: Part<Author<'a>>,
    posted_at: Word<'a>,
    text: Word<'a>,
    in_reply_to: Word<'a>,
    repost_of: Word<'a>,
    quote_of: Word<'a>,
    arrived_at: Word<'a>,
    edited: Field<bool>,
    deleted: Field<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Author<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    handle: Word<'a>,
    created_at: Word<'a>,
}

pub(super) fn decode(text: &str, authors: Authors) -> Result<Decoded, Fault> {
    let line: Line<'_> = parse(text)?;
    let network = network(line.network)?;
    let Object(author) = line.author.required("author")?;
    let deleted = line.deleted.optional("deleted")?.unwrap_or(false);
    let words = match line.text {
        // A source that reports a deletion need not repeat the text that was deleted.
        Field::Absent | Field::Null if deleted => Cow::default(),
        text => text.required("text")?,
    };
    let arrived_at = line.arrived_at.optional("arrived_at")?;
    let author_since = author.created_at.optional("author.created_at")?;
    Ok(Decoded::Post(Post {
        id: post_id(network, "id", &id_text("id", line.id)?)?,
        account: account(authors, network, "author.id", author.id)?,
        handle: CompactString::from(author.handle.optional("author.handle")?.unwrap_or_default()),
        author_since: author_since.map(|at| instant("author.created_at", &at)).transpose()?,
        posted_at: instant("posted_at", &line.posted_at.required("posted_at")?)?,
        text: words.into_owned(),
        in_reply_to: reference("in_reply_to", line.in_reply_to)?,
        repost_of: reference("repost_of", line.repost_of)?,
        quote_of: reference("quote_of", line.quote_of)?,
        arrived_at: arrived_at.map(|at| instant("arrived_at", &at)).transpose()?,
        edited: line.edited.optional("edited")?.unwrap_or(false),
        deleted,
        markup: None,
        is_time_claimed: false,
        cid: None,
    }))
}

fn network(name: Word<'_>) -> Result<Network, Fault> {
    let bad = |_| Fault::BadValue { field: "network", expected: "one of x, bluesky, mastodon" };
    name.required("network")?.parse().map_err(bad)
}
