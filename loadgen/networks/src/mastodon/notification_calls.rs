//! Notifications: what an account is told.

use super::entities;
use super::page::{Page, linked};
use super::reply::{REQUESTS, account, error, limited, too_many};
use super::status_calls::key_of;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer};

pub(crate) fn list(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let own = match account(world, call, "read:notifications") {
        Ok((own, _)) => own,
        Err(refusal) => return refusal,
    };
    let allowance = world.limiter.spend(&key_of(Some(own)), 1, REQUESTS, now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return too_many(allowance);
    }
    let types: Vec<&str> = call.params("types").collect();
    let excluded: Vec<&str> = call.params("exclude_types").collect();
    let has_filtered = matches!(call.param("include_filtered"), Some("true" | "1"));
    let told = world.notifications.iter().filter(|(_, told)| {
        told.to == own
            && (types.is_empty() || types.contains(&told.kind))
            && !excluded.contains(&told.kind)
            && (has_filtered || !told.is_filtered)
    });
    let page = Page::read(call, 40, 80).take(told.map(|(id, told)| (*id, told)));
    let body = page.iter().map(|(_, told)| entities::notification(world, told)).collect();
    limited(linked(answer(200, &body), call, &world.base_url, &page), allowance)
}

pub(crate) fn get(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    let own = match account(world, call, "read:notifications") {
        Ok((own, _)) => own,
        Err(refusal) => return refusal,
    };
    let allowance = world.limiter.spend(&key_of(Some(own)), 1, REQUESTS, now_ms);
    let told = id.parse().ok().and_then(|id: u64| world.notifications.get(&id)).filter(|told| told.to == own);
    let response = match told {
        Some(told) => answer(200, &entities::notification(world, told)),
        None => error(404, "Record not found"),
    };
    limited(response, allowance)
}
