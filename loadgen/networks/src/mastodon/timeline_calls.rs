//! Lists of statuses: of a hashtag, and of an account.

use super::entities;
use super::page::{Page, linked};
use super::reply::{REQUESTS, error, limited, too_many, viewer};
use super::status::{Status, Visibility};
use super::status_calls::key_of;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer};

/// Public statuses with a hashtag.
pub(crate) fn hashtag(world: &mut World, call: &Call, tag: &str, now_ms: i64) -> Response {
    let viewer = viewer(world, call);
    match world.options.hashtag_feeds {
        "disabled" => return error(404, "Not Found"),
        "authenticated" if viewer.is_none() => {
            return error(401, "This method requires an authenticated user");
        }
        _ => {}
    }
    let tag = tag.to_lowercase();
    let is_in = |status: &Status| status.visibility == Visibility::Public && status.tags.contains(&tag);
    list(world, call, viewer, now_ms, is_in)
}

/// Statuses of an account that the viewer sees.
pub(crate) fn account(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let viewer = viewer(world, call);
    let Some(author) = id.parse().ok().filter(|id| world.accounts.get(*id).is_some()) else {
        return error(404, "Record not found");
    };
    let asks = |name: &str| matches!(call.param(name), Some("true" | "1"));
    let (no_replies, no_reblogs) = (asks("exclude_replies"), asks("exclude_reblogs"));
    let is_in = |status: &Status| {
        status.author == author
            && status.is_seen_by(viewer)
            && !(no_replies && status.reply_to.is_some())
            && !(no_reblogs && status.reblog_of.is_some())
    };
    list(world, call, viewer, now_ms, is_in)
}

fn list(
    world: &mut World,
    call: &Call,
    viewer: Option<u64>,
    now_ms: i64,
    is_in: impl Fn(&Status) -> bool,
) -> Response {
    let allowance = world.limiter.spend(&key_of(viewer), 1, REQUESTS, now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return too_many(allowance);
    }
    let statuses = world.statuses.iter().map(|(id, status)| (*id, status));
    let page = Page::read(call, 20, 40).take(statuses.filter(|(_, status)| is_in(status)));
    let body = page.iter().map(|(_, status)| entities::status(world, status, viewer)).collect();
    limited(linked(answer(200, &body), call, &world.base_url, &page), allowance)
}
