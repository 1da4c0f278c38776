//! A frame of Bluesky's Jetstream, version 1 or 2.
//!
//! The time of a post is the server's. `createdAt` is what the author's program claims, and an author who
//! could choose the instant of a claim would always be first. Tags count only where readers see them: in the
//! text, and if the text has facets, where a facet marks one ([`super::facets`]).

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::decoded::Decoded;
use super::facets::{Facet, shown_tags};
use super::record_hash;
use super::teller::Teller;
use crate::domain::cid::Cid;
use crate::domain::id::{IdFault, Network, PostId};
use crate::domain::post::{Markup, Post};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::fault::Fault;
use crate::intake::field::{Field, Object, Part, Parts, Word};
use crate::intake::json::parse;
use crate::intake::values::{account, id_text, instant, instant_of_us, lenient_instant, post_id, reference};

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";

/// How much later than its author claims a post may be told of; what is older counts as old. As long as offers believe
/// posts that come late, unless they say otherwise: a shorter time would let authors choose when they posted.
const TOLD_LATE: Millis = Millis::from_secs(60 * 60);

/// A frame of either version. Version 1 has all fields at the top and the change in `commit`; version 2 has
/// all of them in `payload`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Frame<'a> {
    #[serde(borrow)]
    did: Word<'a>,
    time_us: Field<i64>,
    kind: Word<'a>,
    commit: Part<Commit<'a>>,
    #[serde(rename = "$type")]
    form: Word<'a>,
    payload: Part<Commit<'a>>,
}

/// A change to an author's records.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Commit<'a> {
    #[serde(borrow, rename = "$type")]
    form: Word<'a>,
    did: Word<'a>,
    time: Word<'a>,
    operation: Word<'a>,
    collection: Word<'a>,
    rkey: Word<'a>,
    cid: Word<'a>,
    record: Part<Record<'a>>,
}

/// A record of any collection. Fields of other collections may have the same names, so none is checked before
/// the record is known to be a post.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    text: Word<'a>,
    facets: Parts<Facet<'a>>,
    reply: Part<Reply<'a>>,
    embed: Part<Embed<'a>>,
    subject: Part<Target<'a>>,
    #[serde(rename = "createdAt")]
    created_at: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reply<'a> {
    #[serde(borrow)]
    parent: Part<Target<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Embed<'a> {
    #[serde(borrow, rename = "$type")]
    form: Word<'a>,
    record: Part<Embedded<'a>>,
}

/// Embedded content. If media are embedded as well, the record is one level deeper.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Embedded<'a> {
    #[serde(borrow)]
    uri: Word<'a>,
    record: Part<Target<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Target<'a> {
    #[serde(borrow)]
    uri: Word<'a>,
}

pub(super) fn decode(text: &str, teller: Teller) -> Result<Decoded, Fault> {
    let decoded = decode_frame(text, teller)?;
    if let Decoded::Post(Post { cid: Some(cid), .. }) = &decoded {
        record_hash::check(text, cid)?;
    }
    Ok(decoded)
}

fn decode_frame(text: &str, teller: Teller) -> Result<Decoded, Fault> {
    let frame: Frame<'_> = parse(text)?;
    match frame.form.optional("$type")?.as_deref() {
        None => decode_v1(frame.kind, frame.did, frame.time_us, frame.commit, teller),
        Some("message") => decode_v2(frame.payload, teller),
        Some("error") => Ok(Decoded::Ignored("error")),
        Some(_) => Ok(Decoded::Ignored("other")),
    }
}

fn decode_v1<'a>(
    kind: Word<'a>,
    did: Word<'a>,
    time_us: Field<i64>,
    commit: Part<Commit<'a>>,
    teller: Teller,
) -> Result<Decoded, Fault> {
    let kind = kind.optional("kind")?.unwrap_or_default();
    if kind != "commit" {
        return Ok(Decoded::Ignored(other_kind(&kind)));
    }
    let Object(commit) = commit.required("commit")?;
    change(commit, did, teller, || instant_of_us("time_us", time_us.required("time_us")?))
}

fn decode_v2(payload: Part<Commit<'_>>, teller: Teller) -> Result<Decoded, Fault> {
    let Object(mut commit) = payload.required("payload")?;
    let form = std::mem::take(&mut commit.form).required("payload.$type")?;
    let kind = form.rsplit_once('#').map_or("", |(_, kind)| kind);
    if kind != "commit" {
        return Ok(Decoded::Ignored(other_kind(kind)));
    }
    let (did, time) = (std::mem::take(&mut commit.did), std::mem::take(&mut commit.time));
    change(commit, did, teller, || instant("payload.time", &time.required("payload.time")?))
}

fn other_kind(kind: &str) -> &'static str {
    ["identity", "account", "info", "sync"].into_iter().find(|known| *known == kind).unwrap_or("other")
}

/// Decodes a change to the records of `did`. The instant is read only if the change matters.
fn change(
    commit: Commit<'_>,
    did: Word<'_>,
    teller: Teller,
    at: impl FnOnce() -> Result<Timestamp, Fault>,
) -> Result<Decoded, Fault> {
    let collection = commit.collection.required("collection")?;
    let operation = commit.operation.required("operation")?;
    match (collection.as_ref(), operation.as_ref()) {
        (POSTS, "create" | "update" | "delete") | (REPOSTS, "create") => {}
        (POSTS, _) => return Ok(Decoded::Ignored("other")),
        (REPOSTS, _) => return Ok(Decoded::Ignored("repost taken back")),
        _ => return Ok(Decoded::Ignored("other collection")),
    }
    let did = id_text("did", did)?;
    let mut post = Post {
        id: post_id(Network::Bluesky, "rkey", &address(&did, &collection, &id_text("rkey", commit.rkey)?)?)?,
        account: account(teller.authors(), Network::Bluesky, "did", Field::Is(did))?,
        handle: CompactString::default(),
        author_since: None,
        posted_at: at()?,
        text: String::new(),
        in_reply_to: None,
        repost_of: None,
        quote_of: None,
        arrived_at: None,
        edited: operation == "update",
        deleted: operation == "delete",
        markup: None,
        is_time_claimed: false,
        cid: None,
    };
    if !post.deleted {
        let Object(mut record) = commit.record.required("record")?;
        if teller == Teller::Relay {
            post.cid = Some(Box::new(cid(commit.cid)?));
            post.posted_at = said_at(post.posted_at, std::mem::take(&mut record.created_at));
        }
        if collection == POSTS { fill(&mut post, record)? } else { fill_repost(&mut post, record)? }
    }
    Ok(Decoded::Post(post))
}

/// When a post counts as said that a relay tells of now. What its author claims is under the record's hash: a relay that
/// tells once more of a claim from an earlier sale cannot make it new. Clocks and servers may differ by as much.
fn said_at(told_at: Timestamp, claimed: Word<'_>) -> Timestamp {
    let claimed = lenient_instant(claimed);
    claimed.filter(|claimed| told_at.since(*claimed) > TOLD_LATE).unwrap_or(told_at)
}

/// The hash of a record's content.
fn cid(text: Word<'_>) -> Result<Cid, Fault> {
    let fault = Fault::BadId { field: "cid", fault: IdFault::Character };
    Cid::parse(&text.required("cid")?).map_err(|_| fault)
}

/// The address of a record. A slash in a part is refused, because the address could then name a record of
/// another collection.
fn address(did: &str, collection: &str, rkey: &str) -> Result<String, Fault> {
    for (field, part) in [("did", did), ("rkey", rkey)] {
        let fault = if part.is_empty() { IdFault::Empty } else { IdFault::Character };
        if part.is_empty() || part.contains('/') {
            return Err(Fault::BadId { field, fault });
        }
    }
    Ok(format!("at://{did}/{collection}/{rkey}"))
}

fn fill(post: &mut Post, record: Record<'_>) -> Result<(), Fault> {
    post.text = record.text.required("record.text")?.into_owned();
    let tags = shown_tags(&post.text, record.facets);
    post.markup = tags.map(|tags| Box::new(Markup { tags: Some(tags), ..Markup::default() }));
    if let Some(Object(reply)) = record.reply.optional("record.reply")? {
        let Object(parent) = reply.parent.required("record.reply.parent")?;
        let uri = parent.uri.required("record.reply.parent.uri")?;
        post.in_reply_to = reference("record.reply.parent.uri", Field::Is(uri))?;
    }
    let quoted = record.embed.lenient().and_then(|Object(embed)| embed.quoted());
    post.quote_of = quoted.and_then(|uri| PostId::parse_reference(&uri).ok());
    Ok(())
}

fn fill_repost(post: &mut Post, record: Record<'_>) -> Result<(), Fault> {
    let Object(subject) = record.subject.required("record.subject")?;
    let uri = subject.uri.required("record.subject.uri")?;
    post.repost_of = reference("record.subject.uri", Field::Is(uri))?;
    Ok(())
}

impl<'a> Embed<'a> {
    /// The quoted post. Anyone may invent a kind of embed, so an embed of unexpected form is no quotation and
    /// no fault. Feeds and lists can be embedded as well; they are not posts.
    fn quoted(self) -> Option<Cow<'a, str>> {
        let form = self.form.lenient()?;
        let Object(embedded) = self.record.lenient()?;
        let uri = match form.as_ref() {
            "app.bsky.embed.record" => embedded.uri.lenient(),
            "app.bsky.embed.recordWithMedia" => {
                embedded.record.lenient().and_then(|Object(at)| at.uri.lenient())
            }
            _ => None,
        }?;
        uri.contains("/app.bsky.feed.post/").then_some(uri)
    }
}
