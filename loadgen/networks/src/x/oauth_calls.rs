//! Signing in: permission, exchange, refresh, revocation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde_json::json;

use super::tokens::{App, Code, Grant};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, html, json as answer, redirect};
use crate::richtext::escape;
use crate::tokens::{pkce_challenge, secret};

/// The page on which an account permits an app. With `?account=NAME&approve=1` it permits at once, which is what the
/// button of the page does.
pub(crate) fn authorize(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let param = |name: &str| call.param(name).unwrap_or_default().to_owned();
    let (client_id, redirect_uri, scope) = (param("client_id"), param("redirect_uri"), param("scope"));
    let (challenge, state) = (param("code_challenge"), param("state"));
    let app = world.tokens.apps.get(&client_id);
    let is_known = app.is_some_and(|app| app.redirect_uris.contains(&redirect_uri));
    let is_whole = call.param("response_type") == Some("code")
        && call.param("code_challenge_method") == Some("S256")
        && !challenge.is_empty()
        && !state.is_empty()
        && state.len() <= 500;
    if !is_known || !is_whole {
        return html(400, "<h1>Something went wrong</h1><p>You weren't able to give access to the App.</p>");
    }
    let Some(account) = call.param("account").filter(|_| call.param("approve").is_some()) else {
        return html(200, &page(call, &client_id, &scope));
    };
    let user = world.found(account, now_ms);
    let code = secret(random);
    let expires_at_ms = now_ms + world.options.code_ms;
    let granted =
        Code { client_id, user, redirect_uri: redirect_uri.clone(), scope, challenge, expires_at_ms };
    world.tokens.codes.insert(code.clone(), granted);
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let state: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
    redirect(&format!("{redirect_uri}{separator}state={state}&code={code}"))
}

fn page(call: &Call, client: &str, scope: &str) -> String {
    let hidden: String = call
        .query
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value).replace('"', "&quot;"));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        })
        .collect();
    format!(
        "<!doctype html><title>Authorize</title><h1>{} wants to access an account</h1><p>{}</p><form method=\"get\" \
         action=\"/i/oauth2/authorize\">{hidden}<label>As <input name=\"account\" required></label><button \
         name=\"approve\" value=\"1\">Authorize app</button></form>",
        escape(client),
        escape(scope)
    )
}

/// The app that asks: a confidential one proves itself with Basic, a public one names itself.
fn client(world: &World, call: &Call) -> Result<App, Response> {
    let refused = || error(401, "unauthorized_client", "Missing valid authorization header");
    let basic = call.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let Some(basic) = basic else {
        let named = call.field("client_id").and_then(|id| world.tokens.apps.get(id));
        return named.filter(|app| app.client_secret.is_none()).cloned().ok_or_else(refused);
    };
    let decoded = STANDARD.decode(basic).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (id, secret) = decoded.as_deref().and_then(|pair| pair.split_once(':')).ok_or_else(refused)?;
    let app = world.tokens.apps.get(id).filter(|app| app.client_secret.as_deref() == Some(secret));
    app.cloned().ok_or_else(refused)
}

pub(crate) fn token(
    world: &mut World,
    call: &Call,
    now_ms: i64,
    random: &mut dyn Rng,
) -> Result<Response, Response> {
    let app = client(world, call)?;
    let (user, scope) = match call.field("grant_type") {
        Some("authorization_code") => {
            let code = exchange(world, call, &app, now_ms);
            let words = "Value passed for the authorization code was invalid.";
            let code = code.ok_or_else(|| error(400, "invalid_request", words))?;
            (code.user, code.scope)
        }
        Some("refresh_token") => {
            let token = call.field("refresh_token").unwrap_or_default();
            let grant = world.tokens.take_refresh(token, &app.client_id);
            let grant = grant
                .ok_or_else(|| error(400, "invalid_request", "Value passed for the token was invalid."))?;
            (grant.user, grant.scope)
        }
        _ => return Err(error(400, "invalid_request", "Missing required parameter [grant_type].")),
    };
    let expires_at_ms = now_ms + world.options.access_ms;
    let grant = Grant { client_id: app.client_id, user, scope: scope.clone(), expires_at_ms };
    let (access, refresh) = world.tokens.issue(grant, random);
    let expires_in = world.options.access_ms / 1000;
    let mut body =
        json!({"token_type": "bearer", "expires_in": expires_in, "access_token": access, "scope": scope});
    if let (Some(refresh), Some(fields)) = (refresh, body.as_object_mut()) {
        fields.insert("refresh_token".to_owned(), refresh.into());
    }
    Ok(answer(200, &body))
}

/// Takes a code, which is good once, also if the exchange fails.
fn exchange(world: &mut World, call: &Call, app: &App, now_ms: i64) -> Option<Code> {
    let code = world.tokens.codes.remove(call.field("code")?)?;
    let is_proved = pkce_challenge(call.field("code_verifier")?) == code.challenge;
    let is_own =
        code.client_id == app.client_id && call.field("redirect_uri") == Some(code.redirect_uri.as_str());
    (is_proved && is_own && now_ms < code.expires_at_ms).then_some(code)
}

pub(crate) fn revoke(world: &mut World, call: &Call) -> Result<Response, Response> {
    client(world, call)?;
    world.tokens.revoke(call.field("token").unwrap_or_default());
    Ok(answer(200, &json!({"revoked": true})))
}

fn error(status: u16, name: &str, words: &str) -> Response {
    answer(status, &json!({"error": name, "error_description": words}))
}
