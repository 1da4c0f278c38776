//! A frame of Bluesky's Jetstream, as version 1 or version 2 sends it.
//!
//! Time is the server's: `createdAt` is whatever the author's program claims. Tags are those in the
//! text: a tag that stands only in a facet or in `tags` is seen by no reader.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::{Decoded, Fault, account, instant, parse, post_id, reference};
use crate::domain::id::Network;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";

#[derive(Deserialize)]
struct Frame<'a> {
    did: Option<CompactString>,
    time_us: Option<i64>,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
    #[serde(borrow)]
    payload: Option<Payload<'a>>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    did: Option<CompactString>,
    time: Option<CompactString>,
    #[serde(borrow, flatten)]
    commit: Option<Commit<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    collection: Cow<'a, str>,
    #[serde(borrow)]
    rkey: Cow<'a, str>,
    record: Option<Content>,
}

#[derive(Deserialize, Default)]
struct Content {
    #[serde(default)]
    text: String,
    reply: Option<Reply>,
    subject: Option<Target>,
    embed: Option<Embed>,
}

#[derive(Deserialize)]
struct Reply {
    parent: Target,
}

#[derive(Deserialize)]
struct Target {
    uri: CompactString,
}

#[derive(Deserialize)]
struct Embed {
    record: Option<Embedded>,
}

/// `record` is the quoted post itself, or wraps it where media stand beside it.
#[derive(Deserialize)]
struct Embedded {
    uri: Option<CompactString>,
    record: Option<Target>,
}

impl Embed {
    fn quoted(self) -> Option<CompactString> {
        let embedded = self.record?;
        embedded.uri.or_else(|| embedded.record.map(|record| record.uri))
    }
}

pub(super) fn decode(text: &str) -> Result<Decoded, Fault> {
    let frame: Frame<'_> = parse(text)?;
    let missing = |field| Fault::BadField { what: format!("{field} is missing"), column: text.len() };
    let (did, posted_at, commit) = match frame.payload {
        Some(Payload { did, time, commit: Some(commit) }) => {
            (did, time.map(|time| instant("time", &time)).transpose()?, commit)
        }
        Some(_) => return Ok(Decoded::Ignored("no commit")),
        None => {
            let Some(commit) = frame.commit else { return Ok(Decoded::Ignored("no commit")) };
            (frame.did, frame.time_us.map(|us| Timestamp::from_ms(us / 1000)), commit)
        }
    };
    if commit.collection != POSTS && commit.collection != REPOSTS {
        return Ok(Decoded::Ignored("another collection"));
    }
    let did = did.ok_or_else(|| missing("did"))?;
    let deleted = commit.operation == "delete";
    if deleted && commit.collection == REPOSTS {
        return Ok(Decoded::Ignored("repost taken back"));
    }
    let content = match commit.record {
        Some(content) => content,
        None if deleted => Content::default(),
        None => return Err(missing("record")),
    };
    let subject = content.subject.map(|subject| subject.uri);
    let quoted = content.embed.and_then(Embed::quoted);
    Ok(Decoded::Post(Post {
        id: post_id(Network::Bluesky, &format!("at://{did}/{}/{}", commit.collection, commit.rkey))?,
        account: account(Network::Bluesky, &did)?,
        handle: CompactString::default(),
        posted_at: posted_at.ok_or_else(|| missing("time"))?,
        text: content.text,
        in_reply_to: reference("reply", content.reply.as_ref().map(|reply| reply.parent.uri.as_str()))?,
        repost_of: reference("subject", subject.as_deref())?,
        quote_of: reference("embed", quoted.as_deref())?,
        arrived_at: None,
        edited: commit.operation == "update",
        deleted,
    }))
}
