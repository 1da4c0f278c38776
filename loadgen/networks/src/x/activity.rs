//! Subscriptions of the activity stream, and what they tell.

use serde_json::{Value, json};

use super::entities::{whole, whole_user};
use super::subscription::Subscription;
use super::tweet::Tweet;
use super::world::{Event, World};

/// Events that can be subscribed to here; whether a user must have agreed.
pub(crate) const KINDS: [(&str, bool); 4] = [
    ("post.create", false),
    ("post.delete", false),
    ("post.mention.create", true),
    ("post.reply.create", true),
];

/// The messages of an event.
pub(crate) fn messages(world: &World, event: &Event) -> Vec<Value> {
    let tweet = match event {
        Event::Posted(id) => world.tweets.get(id),
        Event::Deleted(tweet) => Some(&**tweet),
    };
    let Some(tweet) = tweet else { return Vec::new() };
    let wanted = world.subscriptions.iter().filter(|wanted| concerns(world, wanted, event, tweet));
    wanted.map(|wanted| message(world, wanted, tweet)).collect()
}

fn concerns(world: &World, wanted: &Subscription, event: &Event, tweet: &Tweet) -> bool {
    let user = wanted.user;
    let parent = tweet.reply_to.and_then(|id| world.tweets.get(&id)).map(|parent| parent.author);
    match (event, wanted.kind.as_str()) {
        (Event::Deleted(_), "post.delete") | (Event::Posted(_), "post.create") => tweet.author == user,
        (Event::Posted(_), "post.mention.create") => tweet.author != user && tweet.names(user),
        (Event::Posted(_), "post.reply.create") => tweet.author != user && parent == Some(user),
        _ => false,
    }
}

fn message(world: &World, wanted: &Subscription, tweet: &Tweet) -> Value {
    let payload = if wanted.kind == "post.delete" {
        json!({"id": tweet.id.to_string(), "author_id": tweet.author.to_string()})
    } else {
        whole(world, tweet)
    };
    let users: Vec<Value> = world.users.get(&tweet.author).map(whole_user).into_iter().collect();
    let mut data = json!({
        "event_uuid": tweet.id.to_string(), "filter": {"user_id": wanted.user.to_string()}, "event_type": wanted.kind,
        "payload": payload, "includes": {"users": users},
    });
    if let (Some(tag), Some(fields)) = (&wanted.tag, data.as_object_mut()) {
        fields.insert("tag".to_owned(), tag.as_str().into());
    }
    json!({"data": data})
}
