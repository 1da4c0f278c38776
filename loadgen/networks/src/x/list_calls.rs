//! Lists of posts: mentions, an account's own, and search.

use serde_json::json;

use super::entities::{includes, post};
use super::fields::Fields;
use super::matching::matches;
use super::problem::{caller, invalid, not_found, per_quarter, within};
use super::rule::Query;
use super::search::{Page, token_of};
use super::tokens::Caller;
use super::tweet::Tweet;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer};
use crate::rate_limit::Limit;

/// Mentions that can be read at all, newest first.
const MENTIONS_MAX: usize = 800;
/// How far back a search goes.
const SEARCH_MS: i64 = 7 * 86_400_000;

/// A user may ask less often than an app.
fn limit(
    world: &World,
    call: &Call,
    of_user: u64,
    of_app: u64,
    now_ms: i64,
) -> Result<(String, Limit), Response> {
    Ok(match caller(world, call, now_ms)? {
        Caller::User { id, .. } => (format!("{} {id}", call.path), per_quarter(of_user)),
        Caller::App { .. } => (call.path.clone(), per_quarter(of_app)),
    })
}

pub(crate) fn mentions(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let concerns = |tweet: &Tweet, user: u64| tweet.mentions.contains(&user) && tweet.author != user;
    of_user(world, call, id, (300, 450), MENTIONS_MAX, concerns, now_ms)
}

pub(crate) fn own(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    of_user(world, call, id, (900, 10_000), 3200, |tweet, user| tweet.author == user, now_ms)
}

fn of_user(
    world: &mut World,
    call: &Call,
    id: &str,
    limits: (u64, u64),
    most: usize,
    concerns: impl Fn(&Tweet, u64) -> bool,
    now_ms: i64,
) -> Response {
    let (key, limit) = match limit(world, call, limits.0, limits.1, now_ms) {
        Ok(limit) => limit,
        Err(refusal) => return refusal,
    };
    within(world, &key, limit, now_ms, |world| {
        let page = Page::read(call, 5)?;
        let Some(user) = id.parse().ok().filter(|id| world.users.contains_key(id)) else {
            return Ok(answer(200, &json!({"errors": [not_found("user", id)]})));
        };
        let found = world.tweets.values().rev().filter(|tweet| concerns(tweet, user)).take(most);
        Ok(list(world, call, &page, found))
    })
}

pub(crate) fn search(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let (key, limit) = match limit(world, call, 300, 450, now_ms) {
        Ok(limit) => limit,
        Err(refusal) => return refusal,
    };
    within(world, &key, limit, now_ms, |world| {
        let page = Page::read(call, 10)?;
        let query = Query::parse(call.param("query").unwrap_or_default()).map_err(|why| invalid(&why))?;
        let recent = world.tweets.values().rev().take_while(|tweet| now_ms - tweet.at_ms < SEARCH_MS);
        // Retweets are not found any more.
        let found = recent.filter(|tweet| tweet.retweeted.is_none() && matches(&query, world, tweet));
        Ok(list(world, call, &page, found))
    })
}

fn list<'a>(world: &World, call: &Call, page: &Page, found: impl Iterator<Item = &'a Tweet>) -> Response {
    let fields = Fields::read(call);
    let mut found = found.filter(|tweet| page.has(tweet)).peekable();
    let mut shown = Vec::new();
    while shown.len() < page.max_results
        && let Some(tweet) = found.next()
    {
        shown.push(tweet);
    }
    let (Some(newest), Some(oldest)) = (shown.first(), shown.last()) else {
        return answer(200, &json!({"meta": {"result_count": 0}}));
    };
    let mut meta = json!({
        "result_count": shown.len(), "newest_id": newest.id.to_string(), "oldest_id": oldest.id.to_string(),
    });
    if let (Some(_), Some(fields)) = (found.peek(), meta.as_object_mut()) {
        fields.insert("next_token".to_owned(), token_of(oldest.id).into());
    }
    let data: Vec<_> = shown.iter().map(|tweet| post(world, tweet, &fields)).collect();
    let mut body = json!({"data": data, "meta": meta});
    if let (Some(included), Some(body)) = (includes(world, &shown, &fields), body.as_object_mut()) {
        body.insert("includes".to_owned(), included);
    }
    answer(200, &body)
}
