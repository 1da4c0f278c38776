//! A line of X's filtered stream: a post in `data`, its author's name in `includes`.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::html::unescape_basic;
use super::{Decoded, Fault, account, instant, parse, post_id, reference};
use crate::domain::id::Network;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;

/// The first instant that X's ids can tell, in milliseconds since 1970.
const SNOWFLAKE_EPOCH_MS: u64 = 1_288_834_974_657;

/// How far an id's time and `created_at` may differ for the id to be one that tells time.
const SNOWFLAKE_TRUST_MS: i64 = 86_400_000;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
    includes: Option<Includes>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow)]
    author_id: Cow<'a, str>,
    created_at: Option<CompactString>,
    #[serde(default)]
    referenced_tweets: Vec<Reference>,
    #[serde(default)]
    edit_history_tweet_ids: Vec<CompactString>,
    note_tweet: Option<Note>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: CompactString,
    id: CompactString,
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

#[derive(Deserialize)]
struct Includes {
    #[serde(default)]
    users: Vec<User>,
}

#[derive(Deserialize)]
struct User {
    id: CompactString,
    username: CompactString,
}

pub(super) fn decode(text: &str) -> Result<Decoded, Fault> {
    let line: Line<'_> = parse(text)?;
    let Some(data) = line.data else { return Ok(Decoded::Ignored("message without a post")) };
    let id = post_id(Network::X, &data.id)?;
    let referenced = |kind: &str| {
        let found = data.referenced_tweets.iter().find(|reference| reference.kind == kind);
        reference("referenced_tweets", found.map(|reference| reference.id.as_str()))
    };
    let users = line.includes.map_or_else(Vec::new, |includes| includes.users);
    let author = users.into_iter().find(|user| user.id == *data.author_id);
    // A long post is cut in `text`; all of it stands in `note_tweet`.
    let whole = data.note_tweet.map_or(data.text, |note| Cow::Owned(note.text));
    Ok(Decoded::Post(Post {
        account: account(Network::X, &data.author_id)?,
        handle: author.map(|user| user.username).unwrap_or_default(),
        posted_at: posted_at(&data.id, data.created_at.as_deref())?,
        text: unescape_basic(&whole),
        in_reply_to: referenced("replied_to")?,
        repost_of: referenced("retweeted")?,
        quote_of: referenced("quoted")?,
        arrived_at: None,
        // Every version has an id of its own; the first in the history is the first published.
        edited: data.edit_history_tweet_ids.first().is_some_and(|first| *first != *data.id),
        deleted: false,
        id,
    }))
}

/// The id tells the millisecond, `created_at` only the second.
fn posted_at(id: &str, created_at: Option<&str>) -> Result<Timestamp, Fault> {
    let snowflake = id.parse::<u64>().ok().map(|id| (id >> 22) + SNOWFLAKE_EPOCH_MS);
    let by_id = snowflake.and_then(|ms| i64::try_from(ms).ok()).map(Timestamp::from_ms);
    let created_at = created_at.map(|at| instant("created_at", at)).transpose()?;
    match (by_id, created_at) {
        (Some(by_id), Some(created)) if (by_id.ms() - created.ms()).abs() <= SNOWFLAKE_TRUST_MS => Ok(by_id),
        (_, Some(created)) => Ok(created),
        (Some(by_id), None) => Ok(by_id),
        (None, None) => Err(Fault::BadTime { field: "created_at" }),
    }
}
