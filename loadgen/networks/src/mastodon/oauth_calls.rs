//! Apps and tokens: registration, permission, exchange, revocation.

use rand::Rng;
use serde_json::{Value, json};

use super::apps::{App, Code, Token, includes};
use super::reply::{APPS, error, limited, too_many};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, html, json as answer, redirect};
use crate::richtext::escape;
use crate::tokens::{pkce_challenge, secret};

/// Life of a code, in milliseconds.
const CODE_MS: i64 = 600_000;
/// The address of apps that cannot be called back: the code is shown.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// The app that has the token, with what it may do.
pub(crate) fn own_app(world: &World, call: &Call) -> Response {
    match call.bearer().and_then(|token| world.apps.tokens.get(token)) {
        None => error(401, "The access token is invalid"),
        Some(token) => {
            let scopes: Vec<&str> = token.scope.split([' ', '+']).collect();
            let uris = ["urn:ietf:wg:oauth:2.0:oob"];
            let body = json!({
                "id": "1", "name": token.app, "website": null, "scopes": scopes, "redirect_uris": uris,
                "redirect_uri": uris.join("\n"), "vapid_key": "",
            });
            answer(200, &body)
        }
    }
}

pub(crate) fn register(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let allowance = world.limiter.spend("apps", 1, APPS, now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return too_many(allowance);
    }
    let Some(name) = call.field("client_name").filter(|name| !name.is_empty()) else {
        return error(422, "Validation failed: Application name can't be blank");
    };
    let uris = match call.body.get("redirect_uris") {
        Some(Value::Array(uris)) => uris.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(uris)) => uris.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    if uris.is_empty() {
        return error(422, "Validation failed: Redirect URI can't be blank");
    }
    let scopes = call.field("scopes").unwrap_or("read").split([' ', '+']).map(str::to_owned).collect();
    let app = App {
        id: world.apps.apps.len() as u64 + 1,
        name: name.to_owned(),
        website: call.field("website").map(str::to_owned),
        client_id: secret(random),
        client_secret: secret(random),
        redirect_uris: uris,
        scopes,
    };
    let body = json!({
        "id": app.id.to_string(), "name": app.name, "website": app.website, "scopes": app.scopes,
        "redirect_uris": app.redirect_uris, "vapid_key": "", "redirect_uri": app.redirect_uris.join("\n"),
        "client_id": app.client_id, "client_secret": app.client_secret, "client_secret_expires_at": 0,
    });
    world.apps.apps.insert(app.client_id.clone(), app);
    limited(answer(200, &body), allowance)
}

/// The page on which an account permits an app. With `?account=NAME&approve=1` it permits at once, which is what the
/// button of the page does.
pub(crate) fn authorize(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let param = |name: &str| call.param(name).unwrap_or_default().to_owned();
    let (client_id, redirect_uri, scope) = (param("client_id"), param("redirect_uri"), param("scope"));
    let Some(app) = world.apps.apps.get(&client_id) else {
        return html(400, "<h1>The client is not known</h1>");
    };
    if !app.redirect_uris.contains(&redirect_uri) || call.param("response_type") != Some("code") {
        return html(400, "<h1>The redirect uri included is not valid</h1>");
    }
    let granted = app.scopes.join(" ");
    let scope = if scope.is_empty() { "read".to_owned() } else { scope };
    if !scope.split([' ', '+']).all(|needed| includes(&granted, needed)) {
        return html(400, "<h1>The requested scope is invalid</h1>");
    }
    if call.param("code_challenge_method").is_some_and(|method| method != "S256") {
        return html(400, "<h1>The code challenge method must be S256</h1>");
    }
    let name = app.name.clone();
    let Some(account) = call.param("account").filter(|_| call.param("approve").is_some()) else {
        return html(200, &page(call, &name, &scope));
    };
    let account = world.found(account, now_ms);
    let code = secret(random);
    let challenge = call.param("code_challenge").map(str::to_owned);
    let expires_at_ms = now_ms + CODE_MS;
    let granted =
        Code { client_id, account, redirect_uri: redirect_uri.clone(), scope, challenge, expires_at_ms };
    world.apps.codes.insert(code.clone(), granted);
    if redirect_uri == OUT_OF_BAND {
        return html(200, &format!("<h1>Authorization code</h1><p><code>{code}</code></p>"));
    }
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let state = call.param("state").map(|state| format!("&state={state}")).unwrap_or_default();
    redirect(&format!("{redirect_uri}{separator}code={code}{state}"))
}

fn page(call: &Call, app: &str, scope: &str) -> String {
    let hidden: String = call
        .query
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value).replace('"', "&quot;"));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        })
        .collect();
    format!(
        "<!doctype html><title>Authorize</title><h1>{} asks for: {}</h1><form method=\"get\" \
         action=\"/oauth/authorize\">{hidden}<label>As <input name=\"account\" required></label><button name=\"approve\" \
         value=\"1\">Authorize</button></form>",
        escape(app),
        escape(scope)
    )
}

pub(crate) fn token(world: &mut World, call: &Call, now_ms: i64, random: &mut dyn Rng) -> Response {
    let field = |name: &str| call.field(name).unwrap_or_default();
    let Some(app) = world.apps.authenticated(field("client_id"), field("client_secret")).cloned() else {
        return oauth_error(401, "invalid_client", "Client authentication failed.");
    };
    let (account, scope) = match field("grant_type") {
        "client_credentials" => (None, call.field("scope").unwrap_or("read").replace('+', " ")),
        "authorization_code" => match exchange(world, call, &app, now_ms) {
            Some(code) => (Some(code.account), code.scope),
            None => return oauth_error(400, "invalid_grant", "The provided authorization grant is invalid."),
        },
        _ => return oauth_error(400, "unsupported_grant_type", "The grant type is not supported."),
    };
    let token = secret(random);
    let body = json!({
        "access_token": token, "token_type": "Bearer", "scope": scope, "created_at": now_ms / 1000,
    });
    world.apps.tokens.insert(token, Token { account, scope, app: app.name });
    answer(200, &body)
}

/// Takes a code, which is good once, also if the exchange fails.
fn exchange(world: &mut World, call: &Call, app: &App, now_ms: i64) -> Option<Code> {
    let code = world.apps.codes.remove(call.field("code")?)?;
    let is_proved = match (&code.challenge, call.field("code_verifier")) {
        (None, _) => true,
        (Some(challenge), Some(verifier)) => pkce_challenge(verifier) == *challenge,
        (Some(_), None) => false,
    };
    let is_own =
        code.client_id == app.client_id && call.field("redirect_uri") == Some(code.redirect_uri.as_str());
    (is_proved && is_own && now_ms < code.expires_at_ms).then_some(code)
}

pub(crate) fn revoke(world: &mut World, call: &Call) -> Response {
    let field = |name: &str| call.field(name).unwrap_or_default();
    if world.apps.authenticated(field("client_id"), field("client_secret")).is_none() {
        return oauth_error(403, "unauthorized_client", "You are not authorized to revoke this token");
    }
    world.apps.tokens.remove(field("token"));
    answer(200, &json!({}))
}

fn oauth_error(status: u16, name: &str, words: &str) -> Response {
    answer(status, &json!({"error": name, "error_description": words}))
}
