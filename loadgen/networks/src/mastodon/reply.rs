//! Errors, and what every answer carries.

use serde_json::json;

use super::apps::{Token, includes};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer, with_header};
use crate::rate_limit::{Allowance, Limit};
use crate::time::iso_us;

/// Requests of an account.
pub(crate) const REQUESTS: Limit = Limit { points: 300, window_ms: 300_000 };
/// Statuses of an account.
pub(crate) const STATUSES: Limit = Limit { points: 300, window_ms: 10_800_000 };
/// Deletions of an account.
pub(crate) const DELETIONS: Limit = Limit { points: 30, window_ms: 1_800_000 };
/// Registrations of apps.
pub(crate) const APPS: Limit = Limit { points: 5, window_ms: 600_000 };

pub(crate) fn error(status: u16, words: &str) -> Response {
    answer(status, &json!({"error": words}))
}

/// Adds what is left of a limit; its end is a time in words.
pub(crate) fn limited(response: Response, allowance: Allowance) -> Response {
    let Allowance { limit, remaining, resets_at_ms, .. } = allowance;
    let response = with_header(response, "x-ratelimit-limit", &limit.points.to_string());
    let response = with_header(response, "x-ratelimit-remaining", &remaining.to_string());
    with_header(response, "x-ratelimit-reset", &iso_us(resets_at_ms * 1000))
}

pub(crate) fn too_many(allowance: Allowance) -> Response {
    limited(error(429, "Too many requests"), allowance)
}

/// The token of a request that needs one with this scope.
pub(crate) fn token(world: &World, call: &Call, scope: &str) -> Result<Token, Response> {
    let given = call.bearer().or_else(|| call.argument("access_token"));
    let known = given.and_then(|given| world.apps.tokens.get(given));
    let known = known.ok_or_else(|| error(401, "The access token is invalid"))?;
    if !includes(&known.scope, scope) {
        return Err(error(403, "This action is outside the authorized scopes"));
    }
    Ok(known.clone())
}

/// The account of a request that needs one, with the name of the app.
pub(crate) fn account(world: &World, call: &Call, scope: &str) -> Result<(u64, String), Response> {
    let token = token(world, call, scope)?;
    let needed = || error(422, "This method requires an authenticated user");
    Ok((token.account.ok_or_else(needed)?, token.app))
}

/// The account of a request that does not need one.
pub(crate) fn viewer(world: &World, call: &Call) -> Option<u64> {
    world.apps.tokens.get(call.bearer()?)?.account
}
