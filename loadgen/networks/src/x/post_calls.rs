//! Posting and deleting.

use serde_json::{Value, json};

use super::entities::{includes, post, user as user_entity};
use super::fields::Fields;
use super::problem::{blank, caller, invalid, not_found, per_quarter, user, within};
use super::weighted::{LENGTH_MAX, length};
use super::world::{Draft, World};
use crate::call::Call;
use crate::exchange::{Response, at, json as answer, with_header};
use crate::rate_limit::Limit;

const PROPERTIES: [&str; 13] = [
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
];

/// Posts of the app in a day.
const DAY: Limit = Limit { points: 10_000, window_ms: 86_400_000 };

pub(crate) fn create(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let author = match user(world, call, "tweet.write", now_ms) {
        Ok(author) => author,
        Err(refusal) => return refusal,
    };
    let day = world.limiter.spend("posts of the app", 1, DAY, now_ms);
    if world.options.has_rate_limits && !day.is_granted {
        return super::problem::too_many(day);
    }
    within(world, &format!("post {author}"), per_quarter(100), now_ms, |world| {
        let draft = draft(call, author)?;
        allowed(world, &draft, now_ms)?;
        let id = world.publish(&draft, now_ms).to_string();
        let text = world.final_text(&draft).0;
        let body = json!({"data": {"id": id, "text": text, "edit_history_tweet_ids": [id]}});
        let location = format!("{}/2/tweets/{id}", world.base_url);
        Ok(with_header(answer(201, &body), "location", &location))
    })
}

fn draft(call: &Call, author: u64) -> Result<Draft, Response> {
    if call.is_malformed {
        return Err(invalid("the body is not a JSON object"));
    }
    let extra = call.body.keys().find(|name| *name != "text" && !PROPERTIES.contains(&name.as_str()));
    if let Some(name) = extra {
        let words = format!(
            "$.{name}: is not defined in the schema and the schema does not allow additional properties"
        );
        return Err(invalid(&words));
    }
    let text = call.field("text").unwrap_or_default().to_owned();
    if text.trim().is_empty() {
        return Err(invalid("$.text: is required"));
    }
    if length(&text) > LENGTH_MAX {
        return Err(blank(400, "Bad Request", "Your Tweet text is too long."));
    }
    let id = |value: &Value| -> Result<Option<u64>, Response> {
        match value {
            Value::Null => Ok(None),
            Value::String(id) => id.parse().map(Some).map_err(|_| invalid("an id is not a number")),
            _ => Err(invalid("an id is not a text")),
        }
    };
    let reply = call.body.get("reply").cloned().unwrap_or_default();
    let known = ["in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"];
    let extra =
        reply.as_object().and_then(|fields| fields.keys().find(|name| !known.contains(&name.as_str())));
    if let Some(name) = extra {
        return Err(invalid(&format!("$.reply.{name}: is not defined in the schema")));
    }
    let reply_to = id(at(&reply, "/in_reply_to_tweet_id"))?;
    let quoted = id(call.body.get("quote_tweet_id").unwrap_or(&Value::Null))?;
    Ok(Draft { author, text, reply_to, quoted, retweeted: None })
}

/// The rules of posting: what is answered must be there, its author must have asked for it, and nothing is said twice.
fn allowed(world: &World, draft: &Draft, now_ms: i64) -> Result<(), Response> {
    let forbid = |detail: &str| Err(blank(403, "Forbidden", detail));
    if let Some(id) = draft.reply_to {
        let Some(parent) = world.tweets.get(&id) else {
            return forbid("You attempted to reply to a Tweet that is deleted or not visible to you.");
        };
        let quotes = parent
            .quoted
            .and_then(|id| world.tweets.get(&id))
            .is_some_and(|post| post.author == draft.author);
        let is_summoned = parent.author == draft.author || parent.mentions.contains(&draft.author) || quotes;
        if world.options.is_summoned_only && !is_summoned {
            return forbid(
                "Reply refused: the author of the Tweet did not mention you or quote one of your Tweets.",
            );
        }
    }
    let text = world.final_text(draft).0;
    let recent =
        world.tweets.values().rev().take_while(|post| now_ms - post.at_ms < world.options.duplicate_ms);
    let mut own = recent.filter(|post| post.author == draft.author);
    if own.any(|post| post.text == text) {
        return forbid("You are not allowed to create a Tweet with duplicate content.");
    }
    Ok(())
}

pub(crate) fn delete(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let author = match user(world, call, "tweet.write", now_ms) {
        Ok(author) => author,
        Err(refusal) => return refusal,
    };
    within(world, &format!("delete {author}"), per_quarter(50), now_ms, |world| {
        let id: u64 = id.parse().map_err(|_| invalid("the id is not a number"))?;
        match world.tweets.get(&id).map(|post| post.author) {
            Some(owner) if owner != author => {
                return Err(blank(403, "Forbidden", "You are not authorized to delete this Tweet."));
            }
            _ => {}
        }
        let deleted = world.remove(id);
        Ok(answer(200, &json!({"data": {"deleted": deleted}})))
    })
}

pub(crate) fn get(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    within(world, "get post", per_quarter(450), now_ms, |world| {
        caller(world, call, now_ms)?;
        let fields = Fields::read(call);
        let Some(found) = id.parse().ok().and_then(|id: u64| world.tweets.get(&id)) else {
            return Ok(answer(200, &json!({"errors": [not_found("tweet", id)]})));
        };
        let mut body = json!({"data": post(world, found, &fields)});
        if let (Some(included), Some(body)) = (includes(world, &[found], &fields), body.as_object_mut()) {
            body.insert("includes".to_owned(), included);
        }
        Ok(answer(200, &body))
    })
}

pub(crate) fn me(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let own = match user(world, call, "users.read", now_ms) {
        Ok(own) => own,
        Err(refusal) => return refusal,
    };
    within(world, &format!("me {own}"), per_quarter(75), now_ms, |world| {
        let own = world.users.get(&own).ok_or_else(|| blank(401, "Unauthorized", "Unauthorized"))?;
        Ok(answer(200, &json!({"data": user_entity(own, &Fields::read(call))})))
    })
}

pub(crate) fn by_name(world: &mut World, call: &Call, name: &str, now_ms: i64) -> Response {
    within(world, "user by name", per_quarter(300), now_ms, |world| {
        caller(world, call, now_ms)?;
        let body = match world.named(name) {
            Some(found) => json!({"data": user_entity(found, &Fields::read(call))}),
            None => json!({"errors": [not_found("user", name)]}),
        };
        Ok(answer(200, &body))
    })
}
