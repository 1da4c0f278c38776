//! A line of X's filtered stream: a post in `data`, its author's name and age in `includes`. Or an event of X's activity
//! stream, which has both within `data`.
//!
//! The stream must be requested with `tweet.fields=created_at,author_id,referenced_tweets,note_tweet` and the
//! default fields; a post without an author or an instant is a fault. Author details are included if it is
//! also requested with `expansions=author_id` and `user.fields=created_at`.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::SeqAccess;

use super::decoded::Decoded;
use super::html::unescape_basic;
use crate::domain::id::{Authors, Network, PostId};
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::intake::fault::Fault;
use crate::intake::field::{Field, Object, Part, Parts, Shape, Word};
use crate::intake::json::parse;
use crate::intake::values::{account, id_text, instant, lenient_instant, post_id, reference};
use crate::networks::x::snowflake;

/// How far an id's time and `created_at` may differ, in milliseconds, for the id's time to be used.
const SNOWFLAKE_TRUST_MS: u64 = 86_400_000;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    data: Part<Data<'a>>,
    includes: Part<Includes<'a>>,
    errors: Field<Anything>,
    title: Field<Anything>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    text: Word<'a>,
    author_id: Word<'a>,
    created_at: Word<'a>,
    referenced_tweets: Parts<Referenced<'a>>,
    edit_history_tweet_ids: Field<Versions<'a>>,
    note_tweet: Part<Note<'a>>,
    /// Present in events only.
    event_type: Word<'a>,
}

/// A line of the activity stream.
#[derive(Deserialize, Default)]
#[serde(default)]
struct EventLine<'a> {
    #[serde(borrow)]
    data: Part<Event<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow)]
    event_type: Word<'a>,
    payload: Part<Data<'a>>,
    includes: Part<Includes<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Referenced<'a> {
    #[serde(borrow, rename = "type")]
    kind: Word<'a>,
    id: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Note<'a> {
    #[serde(borrow)]
    text: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Includes<'a> {
    #[serde(borrow)]
    users: Parts<User<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct User<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    username: Word<'a>,
    created_at: Word<'a>,
}

pub(super) fn decode(text: &str, authors: Authors) -> Result<Decoded, Fault> {
    let line: Line<'_> = parse(text)?;
    // A post may come with errors about something that it refers to; errors without a post end the stream.
    let Some(Object(data)) = line.data.optional("data")? else {
        let what = if line.errors.is_present() {
            "disconnect"
        } else if line.title.is_present() {
            "problem"
        } else {
            "other"
        };
        return Ok(Decoded::Ignored(what));
    };
    if data.event_type.is_present() {
        return decode_event(text, authors);
    }
    post(data, line.includes, authors)
}

/// Decodes a line that was found to be an event.
fn decode_event(text: &str, authors: Authors) -> Result<Decoded, Fault> {
    let line: EventLine<'_> = parse(text)?;
    let Object(Event { event_type, payload, includes }) = line.data.required("data")?;
    match event_type.required("data.event_type")?.as_ref() {
        "post.create" | "post.mention.create" | "post.reply.create" | "post.quote.create" => {
            let Object(payload) = payload.required("data.payload")?;
            post(payload, includes, authors)
        }
        "post.delete" => {
            let Object(payload) = payload.required("data.payload")?;
            deletion(payload, authors)
        }
        _ => Ok(Decoded::Ignored("other event")),
    }
}

/// The notice of a deletion, which names the post and its author, and no instant.
fn deletion(data: Data<'_>, authors: Authors) -> Result<Decoded, Fault> {
    let id = id_text("data.payload.id", data.id)?;
    Ok(Decoded::Post(Post {
        posted_at: snowflake::parse(&id).map(snowflake::time_of).unwrap_or_default(),
        account: account(authors, Network::X, "data.payload.author_id", data.author_id)?,
        handle: CompactString::default(),
        author_since: None,
        text: String::new(),
        in_reply_to: None,
        repost_of: None,
        quote_of: None,
        arrived_at: None,
        edited: false,
        deleted: true,
        markup: None,
        is_time_claimed: false,
        cid: None,
        id: post_id(Network::X, "data.payload.id", &id)?,
    }))
}

// A post is a large value: inlined, it is written where it is kept.
#[inline]
fn post<'a>(data: Data<'a>, includes: Part<Includes<'a>>, authors: Authors) -> Result<Decoded, Fault> {
    let id = id_text("data.id", data.id)?;
    let author = id_text("data.author_id", data.author_id)?;
    let user = includes.lenient().and_then(|Object(includes)| includes.author(&author));
    let user = user.unwrap_or_default();
    let created_at = data.created_at.required("data.created_at")?;
    let pointers = Pointers::read(data.referenced_tweets)?;
    let versions = data.edit_history_tweet_ids.optional("data.edit_history_tweet_ids")?;
    Ok(Decoded::Post(Post {
        posted_at: posted_at(&id, instant("data.created_at", &created_at)?),
        account: account(authors, Network::X, "data.author_id", Field::Is(author))?,
        handle: user.username.lenient().map(CompactString::from).unwrap_or_default(),
        author_since: lenient_instant(user.created_at),
        text: unescape_basic(&whole_text(data.text, data.note_tweet)?),
        in_reply_to: pointers.replied_to,
        repost_of: pointers.retweeted,
        quote_of: pointers.quoted,
        arrived_at: None,
        edited: versions.is_some_and(|versions| versions.later_than_first(&id)),
        deleted: false,
        markup: None,
        is_time_claimed: false,
        cid: None,
        id: post_id(Network::X, "data.id", &id)?,
    }))
}

/// The instant of a post by its id, which has milliseconds where `created_at` has seconds. Ids from before
/// November 2010 were plain counters, and test data has small ones, so an id's time is used only if it is
/// within a day of `created_at`.
fn posted_at(id: &str, created_at: Timestamp) -> Timestamp {
    match snowflake::parse(id).map(snowflake::time_of) {
        Some(at) if at.ms().abs_diff(created_at.ms()) <= SNOWFLAKE_TRUST_MS => at,
        _ => created_at,
    }
}

/// The text of a long post is in `note_tweet`; `text` is cut.
fn whole_text<'a>(text: Word<'a>, note: Part<Note<'a>>) -> Result<Cow<'a, str>, Fault> {
    match note.optional("data.note_tweet")? {
        Some(Object(note)) => note.text.required("data.note_tweet.text"),
        None => text.required("data.text"),
    }
}

/// References to other posts.
#[derive(Default)]
struct Pointers {
    replied_to: Option<PostId>,
    retweeted: Option<PostId>,
    quoted: Option<PostId>,
}

impl Pointers {
    fn read(list: Parts<Referenced<'_>>) -> Result<Self, Fault> {
        let mut pointers = Self::default();
        for entry in list.optional("data.referenced_tweets")?.unwrap_or_default() {
            let Object(entry) = entry.required("data.referenced_tweets")?;
            let id = reference("data.referenced_tweets.id", entry.id)?;
            match entry.kind.required("data.referenced_tweets.type")?.as_ref() {
                "replied_to" => pointers.replied_to = id,
                "retweeted" => pointers.retweeted = id,
                "quoted" => pointers.quoted = id,
                _ => {}
            }
        }
        Ok(pointers)
    }
}

impl<'a> Includes<'a> {
    /// The author's details, if included. They serve display and account-age checks only, so missing ones are
    /// no fault.
    fn author(self, id: &str) -> Option<User<'a>> {
        let users = self.users.lenient()?.into_iter().filter_map(Field::lenient);
        users.map(|Object(user)| user).find(|user| matches!(&user.id, Field::Is(own) if own == id))
    }
}

/// The versions of an edited post, oldest first; each has its own id.
struct Versions<'a> {
    first: Word<'a>,
    count: usize,
}

impl Versions<'_> {
    /// Whether the post is a later version. The first version stays valid when others follow.
    fn later_than_first(&self, id: &str) -> bool {
        self.count > 1 && !matches!(&self.first, Field::Is(first) if first == id)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Versions<'a> {
    const NAME: &'static str = "a list";

    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let Some(first) = list.next_element()? else {
            return Ok(Some(Self { first: Field::Absent, count: 0 }));
        };
        let mut count = 1;
        while list.next_element::<Field<Anything>>()?.is_some() {
            count += 1;
        }
        Ok(Some(Self { first, count }))
    }
}

/// A value of any type; only its presence matters.
struct Anything;

impl Shape<'_> for Anything {
    const NAME: &'static str = "anything";
}
