//! Posts and users as clients see them.

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::tweet::{Tweet, User};
use super::world::World;
use crate::richtext::{Kind, escape, parts};
use crate::time::iso_ms;

/// A post with all fields.
pub(crate) fn whole(world: &World, tweet: &Tweet) -> Value {
    let id = tweet.id.to_string();
    let text = escape(&tweet.text);
    let parent = tweet.reply_to.and_then(|id| world.tweets.get(&id));
    let mut post = json!({
        "id": id, "text": text, "edit_history_tweet_ids": [id], "author_id": tweet.author.to_string(),
        "created_at": iso_ms(tweet.at_ms / 1000 * 1000), "conversation_id": tweet.conversation.to_string(), "lang": "en",
        "possibly_sensitive": false, "reply_settings": "everyone",
        "public_metrics": {
            "retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0,
            "impression_count": 0,
        },
        "display_text_range": [0, text.chars().count()],
    });
    let Some(fields) = post.as_object_mut() else { return post };
    let entities = entities(world, &text);
    if !entities.is_empty() {
        fields.insert("entities".to_owned(), entities.into());
    }
    let referenced =
        [("replied_to", tweet.reply_to), ("quoted", tweet.quoted), ("retweeted", tweet.retweeted)];
    let referenced: Vec<Value> = referenced
        .into_iter()
        .filter_map(|(kind, id)| Some(json!({"type": kind, "id": id?.to_string()})))
        .collect();
    if !referenced.is_empty() {
        fields.insert("referenced_tweets".to_owned(), referenced.into());
    }
    if let Some(parent) = parent {
        fields.insert("in_reply_to_user_id".to_owned(), parent.author.to_string().into());
    }
    post
}

/// Hashtags, mentions and addresses of a text as it is delivered, at their places in code points.
fn entities(world: &World, text: &str) -> Map<String, Value> {
    let place = |bytes: usize| text.get(..bytes).unwrap_or_default().chars().count();
    let mut lists: Map<String, Value> = Map::new();
    for part in parts(text) {
        let (start, end) = (place(part.start), place(part.end));
        let (name, entity) = match part.kind {
            Kind::Tag(tag) => ("hashtags", json!({"start": start, "end": end, "tag": tag})),
            Kind::Mention(name) => match world.named(&name) {
                Some(User { id, username, .. }) => (
                    "mentions",
                    json!({"start": start, "end": end, "username": username, "id": id.to_string()}),
                ),
                None => continue,
            },
            Kind::Link(url) => {
                let shown = url.split_once("//").map_or(url.as_str(), |(_, shown)| shown).to_owned();
                (
                    "urls",
                    json!({"start": start, "end": end, "url": url, "expanded_url": url, "display_url": shown}),
                )
            }
        };
        if let Some(list) = lists.entry(name).or_insert_with(|| json!([])).as_array_mut() {
            list.push(entity);
        }
    }
    lists
}

/// A post with the fields that were asked for.
pub(crate) fn post(world: &World, tweet: &Tweet, fields: &Fields) -> Value {
    let mut post = whole(world, tweet);
    if let Some(known) = post.as_object_mut() {
        let always = ["id", "text", "edit_history_tweet_ids"];
        known.retain(|name, _| {
            always.contains(&name.as_str()) || fields.tweet.iter().any(|field| field == name)
        });
    }
    post
}

/// A user with all fields.
pub(crate) fn whole_user(user: &User) -> Value {
    let User { id, username, founded_at_ms } = user;
    json!({
        "id": id.to_string(), "name": username, "username": username, "created_at": iso_ms(*founded_at_ms),
        "verified": false, "protected": false,
    })
}

/// A user with the fields that were asked for.
pub(crate) fn user(user: &User, fields: &Fields) -> Value {
    let mut user = whole_user(user);
    if let Some(known) = user.as_object_mut() {
        let always = ["id", "name", "username"];
        known.retain(|name, _| {
            always.contains(&name.as_str()) || fields.user.iter().any(|field| field == name)
        });
    }
    user
}

/// What posts refer to, if it was asked for.
pub(crate) fn includes(world: &World, tweets: &[&Tweet], fields: &Fields) -> Option<Value> {
    let asks = |name: &str| fields.expansions.iter().any(|expansion| expansion == name);
    let mut users: Vec<u64> = Vec::new();
    let mut posts: Vec<u64> = Vec::new();
    for tweet in tweets {
        users.extend(asks("author_id").then_some(tweet.author));
        if asks("entities.mentions.username") {
            users.extend(&tweet.mentions);
        }
        if asks("referenced_tweets.id") {
            posts.extend([tweet.reply_to, tweet.quoted, tweet.retweeted].into_iter().flatten());
        }
    }
    let mut includes = Map::new();
    let unique = |mut ids: Vec<u64>| {
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let users: Vec<Value> =
        unique(users).iter().filter_map(|id| world.users.get(id)).map(|each| user(each, fields)).collect();
    let posts: Vec<Value> = unique(posts)
        .iter()
        .filter_map(|id| world.tweets.get(id))
        .map(|each| post(world, each, fields))
        .collect();
    if !users.is_empty() {
        includes.insert("users".to_owned(), users.into());
    }
    if !posts.is_empty() {
        includes.insert("tweets".to_owned(), posts.into());
    }
    (!includes.is_empty()).then_some(includes.into())
}
