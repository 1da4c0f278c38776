//! Signing in.

use rand::Rng;
use serde_json::{Value, json};

use super::identity_calls::document;
use super::sessions::{Pair, TokenFault};
use super::world::{Account, World};
use crate::call::Call;
use crate::exchange::{Response, json as answer, with_header};
use crate::rate_limit::{Allowance, Limit};

const SIGN_IN: Limit = Limit { points: 30, window_ms: 300_000 };
const SIGN_IN_DAY: Limit = Limit { points: 300, window_ms: 86_400_000 };

/// An error as every call answers it.
pub(crate) fn error(status: u16, name: &str, words: &str) -> Response {
    answer(status, &json!({"error": name, "message": words}))
}

/// Adds what is left of a limit.
pub(crate) fn limited(response: Response, allowance: Allowance) -> Response {
    let Allowance { limit, remaining, resets_at_ms, .. } = allowance;
    let response = with_header(response, "ratelimit-limit", &limit.points.to_string());
    let response = with_header(response, "ratelimit-remaining", &remaining.to_string());
    let response = with_header(response, "ratelimit-reset", &(resets_at_ms / 1000).to_string());
    with_header(response, "ratelimit-policy", &format!("{};w={}", limit.points, limit.window_ms / 1000))
}

/// The refusal of too many requests.
pub(crate) fn too_many(allowance: Allowance, now_ms: i64) -> Response {
    let seconds = (allowance.resets_at_ms - now_ms + 999) / 1000;
    let response = limited(error(429, "RateLimitExceeded", "Rate Limit Exceeded"), allowance);
    with_header(response, "retry-after", &seconds.to_string())
}

/// Spends points of the first limit that has none left, or of all.
pub(crate) fn spend(
    world: &mut World,
    key: &str,
    points: u64,
    limits: [Limit; 2],
    now_ms: i64,
) -> Result<Option<Allowance>, Response> {
    if !world.options.has_rate_limits {
        return Ok(None);
    }
    let mut tightest = None;
    for limit in limits {
        let key = format!("{key} {}", limit.window_ms);
        let allowance = world.limiter.spend(&key, points, limit, now_ms);
        if !allowance.is_granted {
            return Err(too_many(allowance, now_ms));
        }
        tightest.get_or_insert(allowance);
    }
    Ok(tightest)
}

/// The account of the access token.
pub(crate) fn who(world: &World, call: &Call, now_ms: i64) -> Result<String, Response> {
    let token = call.bearer().ok_or_else(|| error(401, "AuthMissing", "Authentication Required"))?;
    world.sessions.who(token, now_ms).map_err(token_fault)
}

pub(crate) fn token_fault(fault: TokenFault) -> Response {
    match fault {
        TokenFault::Expired => error(400, "ExpiredToken", "Token has expired"),
        TokenFault::Unknown => error(400, "InvalidToken", "Token could not be verified"),
    }
}

pub(crate) fn create(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let (Some(identifier), Some(password)) = (call.field("identifier"), call.field("password")) else {
        return error(
            400,
            "InvalidRequest",
            "Input must have the properties \"identifier\" and \"password\"",
        );
    };
    let key = format!("sign-in {identifier}");
    let allowance = match spend(world, &key, 1, [SIGN_IN, SIGN_IN_DAY], now_ms) {
        Ok(allowance) => allowance,
        Err(refusal) => return refusal,
    };
    let did = world.did_of(identifier);
    let account = did.as_ref().and_then(|did| world.accounts.get(did));
    let known = account.filter(|account| account.passwords.iter().any(|good| good == password));
    let response = match known.map(|account| account.did.clone()) {
        None => error(401, "AuthenticationRequired", "Invalid identifier or password"),
        Some(did) => {
            let lives = world.lifetimes();
            let pair = world.sessions.sign_in(&did, lives, now_ms, random);
            answer(200, &session(world, &did, Some(&pair)))
        }
    };
    allowance.map_or_else(|| response.clone(), |allowance| limited(response.clone(), allowance))
}

pub(crate) fn refresh(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let Some(token) = call.bearer().map(str::to_owned) else {
        return error(401, "AuthMissing", "Authentication Required");
    };
    let lives = world.lifetimes();
    match world.sessions.refresh(&token, lives, now_ms, random) {
        Ok((did, pair)) => answer(200, &session(world, &did, Some(&pair))),
        Err(fault) => token_fault(fault),
    }
}

pub(crate) fn get(world: &World, call: &Call, now_ms: i64) -> Response {
    match who(world, call, now_ms) {
        Ok(did) => answer(200, &session(world, &did, None)),
        Err(refusal) => refusal,
    }
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Response {
    if let Some(token) = call.bearer() {
        world.sessions.sign_out(token);
    }
    crate::exchange::text(200, "")
}

fn session(world: &World, did: &str, pair: Option<&Pair>) -> Value {
    let Some(account) = world.accounts.get(did) else { return Value::Null };
    let Account { handle, .. } = account;
    let mut session = json!({
        "did": did, "didDoc": document(world, account), "handle": handle, "email": format!("{handle}@mail.example"),
        "emailConfirmed": true, "emailAuthFactor": false, "active": true,
    });
    if let (Some(pair), Some(fields)) = (pair, session.as_object_mut()) {
        fields.insert("accessJwt".to_owned(), pair.access.clone().into());
        fields.insert("refreshJwt".to_owned(), pair.refresh.clone().into());
    }
    session
}
