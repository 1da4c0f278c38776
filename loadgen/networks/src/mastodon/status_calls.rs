//! Statuses: posting, reading, deleting, reblogging.

use serde_json::{Value, json};

use super::entities::{self, with};
use super::reply::{DELETIONS, REQUESTS, STATUSES, account, error, limited, too_many, viewer};
use super::status::{Status, Visibility};
use super::world::{Draft, World};
use crate::call::Call;
use crate::exchange::{Response, json as answer};
use crate::rate_limit::Limit;

/// Answers with what is left of a limit, or refuses.
fn within(
    world: &mut World,
    key: &str,
    limit: Limit,
    now_ms: i64,
    act: impl FnOnce(&mut World) -> Result<Value, Response>,
) -> Response {
    let allowance = world.limiter.spend(key, 1, limit, now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return too_many(allowance);
    }
    let response = act(world).map_or_else(|refusal| refusal, |body| answer(200, &body));
    limited(response, allowance)
}

pub(crate) fn create(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let (author, app) = match account(world, call, "write:statuses") {
        Ok(signed) => signed,
        Err(refusal) => return refusal,
    };
    let key = call.header("idempotency-key").map(|key| (author, key.to_owned()));
    let known = key.as_ref().and_then(|key| world.idempotency.get(key));
    let is_fresh = |used_at: i64| now_ms - used_at < world.options.idempotency_ms;
    if let Some(status) =
        known.filter(|known| is_fresh(known.1)).and_then(|known| world.statuses.get(&known.0))
    {
        return limited(
            answer(200, &entities::status(world, status, Some(author))),
            world.limiter.spend(&format!("statuses {author}"), 0, STATUSES, now_ms),
        );
    }
    within(world, &format!("statuses {author}"), STATUSES, now_ms, |world| {
        let draft = draft(world, call, author, app)?;
        let id = world.publish(draft, now_ms);
        if let Some(key) = key {
            world.idempotency.insert(key, (id, now_ms));
        }
        shown(world, id, author)
    })
}

fn draft(world: &World, call: &Call, author: u64, app: String) -> Result<Draft, Response> {
    let text = call.field("status").unwrap_or_default().trim().to_owned();
    if text.is_empty() {
        return Err(error(422, "Validation failed: Text can't be blank"));
    }
    let (spoiler, most) = (call.field("spoiler_text").unwrap_or_default(), world.options.max_characters);
    if text.chars().count() + spoiler.chars().count() > most {
        let words = format!("Validation failed: Text character limit of {most} exceeded");
        return Err(error(422, &words));
    }
    let visibility = match call.field("visibility") {
        Some(name) => Visibility::parse(name)
            .ok_or_else(|| error(422, "Validation failed: Visibility is not included in the list"))?,
        None => Visibility::Public,
    };
    let reply_to = match call.field("in_reply_to_id").filter(|id| !id.is_empty()) {
        Some(id) => {
            let parent = find(world, id, Some(author));
            let missing = "The post you are trying to reply to does not appear to exist.";
            Some(parent.ok_or_else(|| error(404, missing))?.id)
        }
        None => None,
    };
    let language = Some(call.field("language").unwrap_or("en").to_owned());
    let spoiler = spoiler.to_owned();
    Ok(Draft { author, text, visibility, language, spoiler, reply_to, reblog_of: None, app: Some(app) })
}

fn find<'a>(world: &'a World, id: &str, viewer: Option<u64>) -> Option<&'a Status> {
    world.statuses.get(&id.parse().ok()?).filter(|status| status.is_seen_by(viewer))
}

fn shown(world: &World, id: u64, viewer: u64) -> Result<Value, Response> {
    let status = world.statuses.get(&id).ok_or_else(|| error(404, "Record not found"))?;
    Ok(entities::status(world, status, Some(viewer)))
}

pub(crate) fn get(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let viewer = viewer(world, call);
    within(world, &key_of(viewer), REQUESTS, now_ms, |world| {
        let status = find(world, id, viewer).ok_or_else(|| error(404, "Record not found"))?;
        Ok(entities::status(world, status, viewer))
    })
}

/// The posts before and behind one.
pub(crate) fn context(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let viewer = viewer(world, call);
    within(world, &key_of(viewer), REQUESTS, now_ms, |world| {
        let status = find(world, id, viewer).ok_or_else(|| error(404, "Record not found"))?;
        let mut ancestors: Vec<&Status> = Vec::new();
        let mut above = status.reply_to;
        while let Some(parent) = above.and_then(|id| world.statuses.get(&id)) {
            ancestors.push(parent);
            above = parent.reply_to;
        }
        ancestors.reverse();
        let mut descendants: Vec<&Status> = Vec::new();
        for each in world.statuses.range(status.id..).map(|(_, each)| each) {
            let is_below =
                |parent: u64| parent == status.id || descendants.iter().any(|known| known.id == parent);
            if each.reply_to.is_some_and(is_below) {
                descendants.push(each);
            }
        }
        let list = |statuses: Vec<&Status>| -> Value {
            let seen = statuses.into_iter().filter(|each| each.is_seen_by(viewer));
            seen.map(|each| entities::status(world, each, viewer)).collect()
        };
        Ok(json!({"ancestors": list(ancestors), "descendants": list(descendants)}))
    })
}

/// Deletes an own status and shows it a last time, with its source.
pub(crate) fn delete(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let (author, _) = match account(world, call, "write:statuses") {
        Ok(signed) => signed,
        Err(refusal) => return refusal,
    };
    within(world, &format!("deletions {author}"), DELETIONS, now_ms, |world| {
        let own = find(world, id, Some(author)).filter(|status| status.author == author);
        let own = own.ok_or_else(|| error(404, "Record not found"))?;
        let (id, text) = (own.id, own.text.clone());
        let mut last = with(entities::status(world, own, Some(author)), [("text", text.into())]);
        if let Some(fields) = last.as_object_mut() {
            fields.remove("content");
        }
        world.remove(id);
        Ok(last)
    })
}

pub(crate) fn reblog(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let (author, _) = match account(world, call, "write:statuses") {
        Ok(signed) => signed,
        Err(refusal) => return refusal,
    };
    within(world, &format!("statuses {author}"), STATUSES, now_ms, |world| {
        let original = find(world, id, Some(author)).ok_or_else(|| error(404, "Record not found"))?;
        let original = original.reblog_of.unwrap_or(original.id);
        let again =
            world.statuses.values().find(|each| each.reblog_of == Some(original) && each.author == author);
        let id = match again.map(|each| each.id) {
            Some(id) => id,
            None => world.publish(reblog_draft(author, original), now_ms),
        };
        shown(world, id, author)
    })
}

/// A reblog before it is published.
pub(crate) const fn reblog_draft(author: u64, original: u64) -> Draft {
    Draft {
        author,
        text: String::new(),
        visibility: Visibility::Public,
        language: None,
        spoiler: String::new(),
        reply_to: None,
        reblog_of: Some(original),
        app: None,
    }
}

/// Whose requests are counted.
pub(crate) fn key_of(viewer: Option<u64>) -> String {
    viewer.map_or_else(|| "requests".to_owned(), |account| format!("requests {account}"))
}
