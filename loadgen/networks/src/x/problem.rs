//! Errors, callers and limits.

use serde_json::{Value, json};

use super::tokens::Caller;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer, with_header};
use crate::rate_limit::{Allowance, Limit};

const PROBLEMS: &str = "https://api.x.com/2/problems";
const QUARTER_MS: i64 = 900_000;

/// A number of requests in a quarter of an hour.
pub(crate) const fn per_quarter(points: u64) -> Limit {
    Limit { points, window_ms: QUARTER_MS }
}

/// A problem without a type of its own.
pub(crate) fn blank(status: u16, title: &str, detail: &str) -> Response {
    answer(status, &json!({"title": title, "detail": detail, "type": "about:blank", "status": status}))
}

/// A problem of a type.
pub(crate) fn typed(status: u16, title: &str, detail: &str, kind: &str) -> Response {
    let kind = format!("{PROBLEMS}/{kind}");
    answer(status, &json!({"title": title, "detail": detail, "type": kind, "status": status}))
}

/// A parameter or a body that is refused.
pub(crate) fn invalid(words: &str) -> Response {
    let body = json!({
        "errors": [{"message": words, "parameters": {}}], "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.", "type": format!("{PROBLEMS}/invalid-request"),
    });
    answer(400, &body)
}

/// Something that is not there, within an answer of 200.
pub(crate) fn not_found(kind: &str, id: &str) -> Value {
    json!({
        "value": id, "resource_id": id, "parameter": "id", "resource_type": kind, "title": "Not Found Error",
        "detail": format!("Could not find {kind} with id: [{id}]."), "type": format!("{PROBLEMS}/resource-not-found"),
    })
}

pub(crate) fn limited(response: Response, allowance: Allowance) -> Response {
    let Allowance { limit, remaining, resets_at_ms, .. } = allowance;
    let response = with_header(response, "x-rate-limit-limit", &limit.points.to_string());
    let response = with_header(response, "x-rate-limit-remaining", &remaining.to_string());
    with_header(response, "x-rate-limit-reset", &(resets_at_ms / 1000).to_string())
}

pub(crate) fn too_many(allowance: Allowance) -> Response {
    limited(blank(429, "Too Many Requests", "Too Many Requests"), allowance)
}

/// Who asks; a token that is not known, or has expired, is nobody.
pub(crate) fn caller(world: &World, call: &Call, now_ms: i64) -> Result<Caller, Response> {
    let known = call.bearer().and_then(|token| world.tokens.caller(token, now_ms));
    known.ok_or_else(|| blank(401, "Unauthorized", "Unauthorized"))
}

/// The user who asks, with this scope.
pub(crate) fn user(world: &World, call: &Call, scope: &str, now_ms: i64) -> Result<u64, Response> {
    match caller(world, call, now_ms)? {
        Caller::App { .. } => {
            let detail = "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported \
                          authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].";
            Err(typed(403, "Unsupported Authentication", detail, "unsupported-authentication"))
        }
        Caller::User { id, scope: granted } if granted.split(' ').any(|each| each == scope) => Ok(id),
        Caller::User { .. } => Err(blank(403, "Forbidden", "Forbidden")),
    }
}

/// The app that asks in its own name.
pub(crate) fn app(world: &World, call: &Call, now_ms: i64) -> Result<String, Response> {
    match caller(world, call, now_ms)? {
        Caller::App { client_id } => Ok(client_id),
        Caller::User { .. } => {
            let detail = "Authenticating with OAuth 2.0 User Context is forbidden for this endpoint.  Supported \
                          authentication types are [OAuth 2.0 Application-Only].";
            Err(typed(403, "Unsupported Authentication", detail, "unsupported-authentication"))
        }
    }
}

/// Counts a request of somebody at an address, and answers it if it is within the limit.
pub(crate) fn within(
    world: &mut World,
    key: &str,
    limit: Limit,
    now_ms: i64,
    act: impl FnOnce(&mut World) -> Result<Response, Response>,
) -> Response {
    let allowance = world.limiter.spend(key, 1, limit, now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return too_many(allowance);
    }
    limited(act(world).unwrap_or_else(|refusal| refusal), allowance)
}
