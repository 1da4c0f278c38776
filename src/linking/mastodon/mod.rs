//! Signing in at a Mastodon server, which its user types.
//!
//! The shop's app is registered once at each server, and again where the server has lost it. An account is its `uri`, and the `uri` names a server: a server is
//! believed about its own users alone, or any server could claim another's.

mod whose;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use self::whose::Claims;
use super::asked::{ask, ask_well, challenge, read, revoke, with_query};
use super::identity::{
    Back, IdentityProvider, IssuerRule, Leaving, Proven, ProviderId, SignInFault, Started, Typed,
};
use crate::domain::id::Network;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Http, Request};
use crate::networks::mastodon::Server;
use crate::ops::{OpsDatabase, Secret, SecretStore};

/// What is asked for: to know who it is. Servers before 4.3 know only the larger scope.
const SCOPE: &str = "profile";
const OLDER_SCOPE: &str = "read:accounts";

/// Upper bound on the servers at which the app stays registered: those that were used longest ago make room.
const APPS_MOST: u32 = 10_000;

/// For how long a server is taken to know the app. Some remove apps without tokens after a day, and those of a shop that revokes
/// each token at once have none; a browser that is sent there with such an app does not come back.
const APP_KNOWN: Millis = Millis::from_secs(12 * 3600);

/// Signs people in at the server that they name.
pub struct MastodonIdentity {
    net: Arc<dyn Http>,
    database: OpsDatabase,
    secrets: SecretStore,
    /// The name under which the app is registered.
    shop: String,
    /// Whether a server may be called without TLS, because this is a test.
    allows_plain: bool,
}

/// The shop's app at one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct App {
    client_id: String,
    client_secret: String,
    /// Where it may return to, and what it may ask for: another need asks for another registration.
    callback: String,
    scope: String,
    /// When the server knew it last.
    #[serde(default)]
    known_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Registered {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    issuer: Option<String>,
    scopes_supported: Vec<String>,
    userinfo_endpoint: Option<String>,
}

/// How people sign in at a server.
struct Ways {
    issuer: String,
    scope: &'static str,
    /// Where the server says whose account it is.
    claims: Claims,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// What a flow keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The address of the server.
    server: String,
    app: App,
    /// Where the server says whose account it is. Sign-ins that an earlier release began say nothing.
    #[serde(default)]
    claims: Claims,
}

impl MastodonIdentity {
    /// Signs people in for the shop of that name.
    #[must_use]
    pub fn new(
        net: Arc<dyn Http>,
        (database, secrets): (OpsDatabase, SecretStore),
        shop: &str,
        allows_plain: bool,
    ) -> Self {
        Self { net, database, secrets, shop: shop.to_owned(), allows_plain }
    }

    /// The server that somebody types: `mastodon.example`, `@ana@mastodon.example`, or an address.
    fn server(&self, typed: &str) -> Option<(Server, Option<String>)> {
        let typed = typed.trim().trim_start_matches('@').trim_end_matches('/');
        let (scheme, rest) = match typed.split_once("://") {
            Some(("https", rest)) => ("https", rest),
            Some(("http", rest)) if self.allows_plain => ("http", rest),
            Some(_) => return None,
            None => ("https", typed),
        };
        let (user, host) = match rest.split_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let server = Server::parse(&format!("{scheme}://{host}")).ok()?;
        let is_public = Url::parse(&server.at("/")).ok().is_some_and(|url| match url.host() {
            Some(Host::Domain(name)) => name.contains('.'),
            _ => false,
        });
        let is_user =
            |user: &str| user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let user = user.filter(|user| !user.is_empty() && is_user(user)).map(str::to_owned);
        (is_public || self.allows_plain).then_some((server, user))
    }

    /// The server where a user has the account: it may have another name than the one behind the user's.
    fn home(&self, server: Server, user: Option<String>) -> Result<Server, SignInFault> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            links: Vec<Link>,
        }
        #[derive(Deserialize)]
        struct Link {
            rel: String,
            href: Option<String>,
        }
        let Some(user) = user else { return Ok(server) };
        let resource = format!("acct:{user}@{}", server.host());
        let request =
            Request::get(with_query(&server.at("/.well-known/webfinger"), &[("resource", &resource)]));
        let answer = ask(&*self.net, &request)?;
        let elsewhere = match answer.status {
            200 => {
                let found: Found = read(&answer)?;
                found.links.into_iter().find(|link| link.rel == "self").and_then(|link| link.href)
            }
            301 | 302 | 307 | 308 => answer.header("location").map(str::to_owned),
            _ => None,
        };
        let origin =
            elsewhere.and_then(|address| Some(Url::parse(&address).ok()?.origin().ascii_serialization()));
        let home = origin.and_then(|origin| self.server(&origin)).map(|(home, _)| home);
        Ok(home.unwrap_or(server))
    }

    /// The shop's app at a server: the one that is registered, or a new one.
    fn app(&self, leaving: &Leaving<'_>, server: &Server, scope: &str) -> Result<App, SignInFault> {
        let failed = |fault: crate::ops::OpsError| {
            tracing::error!("the apps of the linking page: {fault}");
            SignInFault::Unanswered("this shop cannot store the sign-in right now".to_owned())
        };
        let (address, name) = (server.at(""), format!("link-app/{}", server.at("")));
        let sealed = self.database.link_app(&address, leaving.now).map_err(failed)?;
        let known = sealed.and_then(|sealed| self.secrets.unseal(&name, &sealed).ok());
        let known = known.and_then(|known| serde_json::from_slice::<App>(known.expose()).ok());
        let keep = |app: App| -> Result<App, SignInFault> {
            let text = serde_json::to_vec(&app).expect("an app is a plain value");
            let sealed = self.secrets.seal(&name, &Secret::new(text));
            self.database.store_link_app(&address, &sealed, APPS_MOST, leaving.now).map_err(failed)?;
            Ok(app)
        };
        if let Some(app) = known.filter(|app| app.callback == leaving.callback && app.scope == scope) {
            if app.known_at.is_some_and(|at| leaving.now.since(at) < APP_KNOWN) {
                return Ok(app);
            }
            if !self.has_lost(server, &app) {
                return keep(App { known_at: Some(leaving.now), ..app });
            }
        }
        let fields =
            [("client_name", self.shop.as_str()), ("redirect_uris", leaving.callback), ("scopes", scope)];
        let request = Request::post_form(server.at("/api/v1/apps"), &fields);
        let Registered { client_id, client_secret } = read(&ask_well(&*self.net, &request)?)?;
        let (callback, scope) = (leaving.callback.to_owned(), scope.to_owned());
        keep(App { client_id, client_secret, callback, scope, known_at: Some(leaving.now) })
    }

    /// Whether a server says that it does not know the app. Whatever else it answers, the app is used.
    fn has_lost(&self, server: &Server, app: &App) -> bool {
        #[derive(Deserialize)]
        struct Told {
            error: String,
        }
        let own = [("client_id", app.client_id.as_str()), ("client_secret", &app.client_secret)];
        let asked = [&own[..], &[("grant_type", "client_credentials"), ("scope", &app.scope)]].concat();
        let Ok(answer) = ask(&*self.net, &Request::post_form(server.at("/oauth/token"), &asked)) else {
            return false;
        };
        if let Ok(Token { access_token }) = answer.json::<Token>() {
            // It was asked for to see that it is given.
            let revoked = [&own[..], &[("token", access_token.as_str())]].concat();
            ask(&*self.net, &Request::post_form(server.at("/oauth/revoke"), &revoked)).ok();
        }
        matches!(answer.status, 400 | 401)
            && answer.json::<Told>().is_ok_and(|told| told.error == "invalid_client")
    }

    /// What a server says about its sign-in; servers before 4.3 say nothing.
    fn ways(&self, server: &Server) -> Result<Ways, SignInFault> {
        let answer = ask(&*self.net, &Request::get(server.at("/.well-known/oauth-authorization-server")))?;
        let told: Metadata = if answer.is_success() { read(&answer)? } else { Metadata::default() };
        let issuer = told.issuer.filter(|issuer| whose::is_of(issuer, server));
        let is_newer = told.scopes_supported.iter().any(|scope| scope == SCOPE);
        let scope = if is_newer { SCOPE } else { OLDER_SCOPE };
        // The token goes to the server that gave it and to no other one, whatever the server names.
        let own = server.at(whose::USERINFO);
        let claims = match told.userinfo_endpoint {
            Some(named) if is_newer && named == own => Claims::UserInfo,
            _ => Claims::Credentials,
        };
        Ok(Ways { issuer: issuer.unwrap_or_else(|| server.at("")), scope, claims })
    }
}

impl IdentityProvider for MastodonIdentity {
    fn id(&self) -> ProviderId {
        ProviderId::Network(Network::Mastodon)
    }

    fn typed(&self) -> Option<Typed> {
        Some(Typed { label: "Your server, or your whole name there", example: "@ana@mastodon.example" })
    }

    fn issuer_rule(&self) -> IssuerRule {
        IssuerRule::IfNamed
    }

    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault> {
        const NO_SERVER: SignInFault =
            SignInFault::Typed("that names no server, as @ana@mastodon.example does");
        let (server, user) = self.server(leaving.typed).ok_or(NO_SERVER)?;
        let server = self.home(server, user)?;
        let Ways { issuer, scope, claims } = self.ways(&server)?;
        let app = self.app(leaving, &server, scope)?;
        let challenge = challenge(leaving.verifier);
        let go_to = with_query(
            &server.at("/oauth/authorize"),
            &[
                ("response_type", "code"),
                ("client_id", &app.client_id),
                ("redirect_uri", leaving.callback),
                ("scope", scope),
                ("state", leaving.state.text()),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        let kept = Kept { server: server.at(""), app, claims };
        Ok(Started { go_to, issuer, kept: serde_json::to_vec(&kept).expect("an app is a plain value") })
    }

    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault> {
        let unreadable = || SignInFault::Unanswered("the sign-in was stored by another release".to_owned());
        let kept: Kept = serde_json::from_slice(back.kept).map_err(|_| unreadable())?;
        let server = Server::parse(&kept.server).map_err(|_| unreadable())?;
        let App { client_id, client_secret, callback, scope, .. } = &kept.app;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("client_id", client_id),
            ("client_secret", client_secret),
            ("redirect_uri", callback),
            ("code_verifier", back.verifier),
            ("scope", scope),
        ];
        let token = Request::post_form(server.at("/oauth/token"), &fields);
        let token: Token = read(&ask_well(&*self.net, &token)?)?;
        let proven = kept.claims.ask(&*self.net, &server, &token.access_token);
        // Whatever came of it, nobody needs the token any more.
        let fields = [
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret),
            ("token", &token.access_token),
        ];
        let request = Request::post_form(server.at("/oauth/revoke"), &fields);
        if let Err(fault) = revoke(|| ask_well(&*self.net, &request)) {
            tracing::warn!("a buyer's token at {} could not be revoked: {fault}", server.host());
        }
        proven
    }
}
