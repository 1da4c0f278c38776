//! Subscribing to activity.

use serde_json::{Value, json};

use super::activity::KINDS;
use super::problem::{caller, invalid, per_quarter, typed, within};
use super::subscription::Subscription;
use super::tokens::Caller;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, at, json as answer};
use crate::time::iso_ms;

/// Upper bound on subscriptions.
const SUBSCRIPTIONS_MAX: usize = 1500;

fn shown(subscription: &Subscription) -> Value {
    let at = iso_ms(subscription.at_ms);
    let mut shown = json!({
        "subscription_id": subscription.id.to_string(), "event_type": subscription.kind,
        "filter": {"user_id": subscription.user.to_string()}, "created_at": at, "updated_at": at,
    });
    if let (Some(tag), Some(fields)) = (&subscription.tag, shown.as_object_mut()) {
        fields.insert("tag".to_owned(), tag.as_str().into());
    }
    shown
}

pub(crate) fn create(world: &mut World, call: &Call, now_ms: i64) -> Response {
    within(world, "subscriptions", per_quarter(500), now_ms, |world| {
        let caller = caller(world, call, now_ms)?;
        let kind = call.field("event_type").unwrap_or_default();
        let known = KINDS.into_iter().find(|(name, _)| *name == kind);
        let (_, is_private) =
            known.ok_or_else(|| invalid(&format!("$.event_type: {kind} is not a known event")))?;
        let user = call.body.get("filter").and_then(|filter| at(filter, "/user_id").as_str()?.parse().ok());
        let user: u64 = user.ok_or_else(|| invalid("$.filter.user_id: is missing"))?;
        let is_own = matches!(caller, Caller::User { id, .. } if id == user);
        if is_private && !is_own {
            let detail = "You are not authorized to subscribe to this event for this user.";
            return Err(typed(403, "Forbidden", detail, "not-authorized-for-resource"));
        }
        if world.subscriptions.iter().any(|known| known.kind == kind && known.user == user) {
            return Err(typed(
                409,
                "Conflict",
                "A subscription with this filter exists.",
                "duplicate-subscription",
            ));
        }
        if world.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(typed(
                403,
                "Forbidden",
                "The limit of subscriptions is reached.",
                "subscription-cap",
            ));
        }
        let tag = call.field("tag").map(str::to_owned);
        let subscription =
            Subscription { id: world.new_id(now_ms), kind: kind.to_owned(), user, tag, at_ms: now_ms };
        let body = shown(&subscription);
        world.subscriptions.push(subscription);
        let total = world.subscriptions.len();
        Ok(answer(200, &json!({"data": {"subscription": body}, "meta": {"total_subscriptions": total}})))
    })
}

pub(crate) fn list(world: &mut World, call: &Call, now_ms: i64) -> Response {
    within(world, "list subscriptions", per_quarter(500), now_ms, |world| {
        caller(world, call, now_ms)?;
        let all: Vec<Value> = world.subscriptions.iter().map(shown).collect();
        let total = all.len();
        Ok(answer(200, &json!({"data": all, "meta": {"total_subscriptions": total}})))
    })
}

pub(crate) fn delete(world: &mut World, call: &Call, id: &str, now_ms: i64) -> Response {
    within(world, "delete subscriptions", per_quarter(500), now_ms, |world| {
        caller(world, call, now_ms)?;
        let before = world.subscriptions.len();
        world.subscriptions.retain(|known| known.id.to_string() != id);
        let total = world.subscriptions.len();
        if total == before {
            let detail = format!("Could not find subscription with id: [{id}].");
            return Err(typed(404, "Not Found Error", &detail, "resource-not-found"));
        }
        Ok(answer(200, &json!({"data": {"deleted": true}, "meta": {"total_subscriptions": total}})))
    })
}
