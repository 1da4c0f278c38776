//! Signing in at a Mastodon server, which its user types.
//!
//! The shop's app is registered once at each server. An account is its `uri`, and the `uri` names a server: a server is
//! believed about its own users alone, or any server could claim another's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::asked::{ask, ask_well, challenge, read, with_query};
use super::identity::{Back, IdentityProvider, IssuerRule, Leaving, Proven, SignInFault, Started, Typed};
use crate::domain::id::Network;
use crate::net::{Http, Request};
use crate::networks::mastodon::{OwnAccount, Server};
use crate::ops::{OpsDatabase, Secret, SecretStore};

/// What is asked for: to know who it is. Servers before 4.3 know only the larger scope.
const SCOPE: &str = "profile";
const OLDER_SCOPE: &str = "read:accounts";

/// Upper bound on the servers at which the app stays registered: those that were used longest ago make room.
const APPS_MOST: u32 = 10_000;

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
        if let Some(app) = known.filter(|app| app.callback == leaving.callback && app.scope == scope) {
            return Ok(app);
        }
        let fields =
            [("client_name", self.shop.as_str()), ("redirect_uris", leaving.callback), ("scopes", scope)];
        let request = Request::post_form(server.at("/api/v1/apps"), &fields);
        let Registered { client_id, client_secret } = read(&ask_well(&*self.net, &request)?)?;
        let app =
            App { client_id, client_secret, callback: leaving.callback.to_owned(), scope: scope.to_owned() };
        let text = serde_json::to_vec(&app).expect("an app is a plain value");
        let sealed = self.secrets.seal(&name, &Secret::new(text));
        self.database.store_link_app(&address, &sealed, APPS_MOST, leaving.now).map_err(failed)?;
        Ok(app)
    }

    /// What a server says about its sign-in; servers before 4.3 say nothing.
    fn metadata(&self, server: &Server) -> Result<(String, &'static str), SignInFault> {
        let answer = ask(&*self.net, &Request::get(server.at("/.well-known/oauth-authorization-server")))?;
        let told: Metadata = if answer.is_success() { read(&answer)? } else { Metadata::default() };
        let issuer = told.issuer.filter(|issuer| issuer.trim_end_matches('/') == server.at(""));
        let scope =
            if told.scopes_supported.iter().any(|scope| scope == SCOPE) { SCOPE } else { OLDER_SCOPE };
        Ok((issuer.unwrap_or_else(|| server.at("")), scope))
    }
}

impl IdentityProvider for MastodonIdentity {
    fn network(&self) -> Network {
        Network::Mastodon
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
        let (issuer, scope) = self.metadata(&server)?;
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
        let kept = Kept { server: server.at(""), app };
        Ok(Started { go_to, issuer, kept: serde_json::to_vec(&kept).expect("an app is a plain value") })
    }

    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault> {
        let unreadable = || SignInFault::Unanswered("the sign-in was stored by another release".to_owned());
        let kept: Kept = serde_json::from_slice(back.kept).map_err(|_| unreadable())?;
        let server = Server::parse(&kept.server).map_err(|_| unreadable())?;
        let App { client_id, client_secret, callback, scope } = &kept.app;
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
        let proven = self.whose(&server, &token.access_token);
        // Whatever came of it, nobody needs the token any more.
        let fields = [
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret),
            ("token", &token.access_token),
        ];
        if let Err(fault) = ask_well(&*self.net, &Request::post_form(server.at("/oauth/revoke"), &fields)) {
            tracing::warn!("a buyer's token at {} could not be revoked: {fault}", server.host());
        }
        proven
    }
}

impl MastodonIdentity {
    fn whose(&self, server: &Server, token: &str) -> Result<Proven, SignInFault> {
        let signature = format!("Bearer {token}");
        let request = Request::get(server.at("/api/v1/accounts/verify_credentials"));
        let answer = ask_well(&*self.net, &request.header("authorization", signature))?;
        let unreadable = || SignInFault::Unanswered("it does not say whose account it is".to_owned());
        let own = OwnAccount::read(&answer).map_err(|_| unreadable())?;
        let account = own.account(server).map_err(|_| unreadable())?;
        let uri = account.author.text().to_string();
        let host =
            Url::parse(&uri).ok().and_then(|uri| Server::parse(&uri.origin().ascii_serialization()).ok());
        if host.as_ref() != Some(server) {
            let text = format!("the server {} speaks for an account of another server", server.host());
            return Err(SignInFault::NotTheirs(text));
        }
        Ok(Proven { shown: format!("@{}@{}", own.username, server.host()), account })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::journal::FileDisk;
    use crate::linking::asked::script::Script;
    use crate::linking::ticket::Ticket;
    use crate::ops::KeyPlace;

    const CALLBACK: &str = "https://shop.example/link/cb/mastodon";
    const METADATA: &str = r#"{"issuer":"https://a.example/","scopes_supported":["read","profile"]}"#;
    const APP: &str = r#"{"id":"1","name":"Shop","client_id":"id-1","client_secret":"s3cret"}"#;

    struct Shop {
        database: OpsDatabase,
        secrets: SecretStore,
        _directory: tempfile::TempDir,
    }

    impl Shop {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
            let key = KeyPlace::Own(directory.path().join("secrets.key"));
            let secrets = SecretStore::open(Arc::new(FileDisk), directory.path(), &key).unwrap();
            Self { database, secrets, _directory: directory }
        }

        fn provider(&self, net: &Arc<Script>, allows_plain: bool) -> MastodonIdentity {
            let net: Arc<dyn Http> = Arc::clone(net) as _;
            MastodonIdentity::new(net, (self.database.clone(), self.secrets.clone()), "Shop", allows_plain)
        }

        fn start(&self, net: &Arc<Script>, typed: &str) -> Result<Started, SignInFault> {
            let state = Ticket::new(&[1; 32]);
            let leaving = Leaving {
                typed,
                callback: CALLBACK,
                state: &state,
                verifier: "verifier",
                now: Timestamp::MIN,
            };
            self.provider(net, false).start(&leaving)
        }
    }

    #[test]
    fn a_server_is_typed_in_many_ways_and_never_without_tls_in_a_live_shop() {
        let shop = Shop::new();
        let server = |typed: &str, plain: bool| {
            let found = shop.provider(&Arc::default(), plain).server(typed);
            found.map(|(server, user)| (server.at(""), user))
        };
        let some = |server: &str, user: Option<&str>| Some((server.to_owned(), user.map(str::to_owned)));
        let table = [
            ("mastodon.example", some("https://mastodon.example", None)),
            (" Mastodon.Example/ ", some("https://mastodon.example", None)),
            ("https://mastodon.example/", some("https://mastodon.example", None)),
            ("@ana@mastodon.example", some("https://mastodon.example", Some("ana"))),
            ("ana@mastodon.example", some("https://mastodon.example", Some("ana"))),
            ("http://mastodon.example", None),
            ("javascript://mastodon.example", None),
            ("localhost", None),
            ("127.0.0.1", None),
            ("[::1]:8080", None),
            ("mastodon.example/path", None),
            ("mastodon.example?x=1", None),
            ("", None),
            ("a b", None),
        ];
        for (typed, expected) in table {
            assert_eq!(server(typed, false), expected, "{typed:?}");
        }
        assert_eq!(server("http://127.0.0.1:3000", true), some("http://127.0.0.1:3000", None));
    }

    #[test]
    fn the_app_is_registered_once_at_a_server_and_its_secret_is_sealed() {
        let shop = Shop::new();
        let net = Arc::new(Script::new([(200, METADATA), (200, APP), (200, METADATA)]));
        let started = shop.start(&net, "a.example").unwrap();
        assert_eq!(started.issuer, "https://a.example/");
        assert!(
            started.go_to.starts_with("https://a.example/oauth/authorize?response_type=code&client_id=id-1&")
        );
        assert!(started.go_to.contains("&scope=profile&") && !started.go_to.contains("s3cret"));
        let again = shop.start(&net, "@ana@a.example");
        assert!(again.is_err(), "webfinger is asked first, and the script is over: {again:?}");
        let registered = net.asked().iter().filter(|asked| asked.contains("/api/v1/apps")).count();
        assert_eq!(registered, 1);
        let net = Arc::new(Script::new([(200, METADATA)]));
        assert_eq!(shop.start(&net, "a.example").unwrap().go_to, started.go_to, "the same app");
        let stored = shop.database.link_app("https://a.example", Timestamp::MIN).unwrap().unwrap();
        assert!(!stored.windows(6).any(|window| window == b"s3cret"));
        // A server before 4.3 says nothing about itself, and knows the larger scope.
        let net = Arc::new(Script::new([(404, ""), (200, APP)]));
        let older = shop.start(&net, "old.example").unwrap();
        assert!(older.go_to.contains("&scope=read%3Aaccounts&"), "{}", older.go_to);
        assert_eq!(older.issuer, "https://old.example");
    }

    #[test]
    fn the_server_behind_a_name_may_have_another_name() {
        let finger = r#"{"subject":"acct:ana@b.example","links":[{"rel":"http://webfinger.net/rel/profile-page"},
            {"rel":"self","href":"https://a.example/users/ana"}]}"#;
        let app = [(200, METADATA), (200, APP)];
        let table = [
            (vec![(200, finger)], "https://a.example/"),
            (vec![(404, "")], "https://b.example/"),
            (
                vec![(200, r#"{"links":[{"rel":"self","href":"http://127.0.0.1/users/ana"}]}"#)],
                "https://b.example/",
            ),
            (vec![(200, r#"{"links":[{"rel":"self","href":"javascript:alert(1)"}]}"#)], "https://b.example/"),
        ];
        for (answers, expected) in table {
            let net = Arc::new(Script::new(answers.into_iter().chain(app)));
            let started = Shop::new().start(&net, "@ana@b.example").unwrap();
            assert!(started.go_to.starts_with(expected), "{}", started.go_to);
        }
        let net = Script::new([(301, ""), app[0], app[1]]);
        let moved = "https://a.example/.well-known/webfinger?resource=acct:ana@b.example";
        let started = Shop::new().start(&Arc::new(net.with_header(0, "location", moved)), "ana@b.example");
        assert!(started.unwrap().go_to.starts_with("https://a.example/"));
    }

    /// Each row: what the server says whose account it is. A server is believed about its own users alone.
    #[test]
    fn a_server_speaks_for_its_own_users_alone() {
        let theirs = |text: &str| SignInFault::NotTheirs(text.to_owned());
        let other = || theirs("the server a.example speaks for an account of another server");
        let table = [
            (r#""uri":"https://a.example/users/ana""#, Ok("mastodon:https://a.example/users/ana")),
            (r#""uri":"https://A.EXAMPLE/users/ana""#, Ok("mastodon:https://a.example/users/ana")),
            (r#""url":"https://a.example/@ana""#, Ok("mastodon:https://a.example/users/ana")),
            (r#""uri":"https://big.example/users/ana""#, Err(other())),
            (r#""uri":"https://a.example.evil.example/users/ana""#, Err(other())),
            (r#""uri":"https://evil.example/?https://a.example/users/ana""#, Err(other())),
            (r#""uri":"http://a.example/users/ana""#, Err(other())),
            (r#""uri":"https://a.example:8443/users/ana""#, Err(other())),
            (
                r#""uri":"ana""#,
                Err(SignInFault::Unanswered("it does not say whose account it is".to_owned())),
            ),
        ];
        for (uri, expected) in table {
            let shop = Shop::new();
            let kept =
                shop.start(&Arc::new(Script::new([(200, METADATA), (200, APP)])), "a.example").unwrap().kept;
            let account = format!(r#"{{"id":"9","username":"ana",{uri}}}"#);
            let net = Arc::new(Script::new([
                (200, r#"{"access_token":"t0ken","token_type":"Bearer"}"#.to_owned()),
                (200, account),
                (200, "{}".to_owned()),
            ]));
            let back = Back {
                code: "c0de",
                callback: CALLBACK,
                verifier: "verifier",
                issuer: "https://a.example",
                kept: &kept,
                now: Timestamp::MIN,
            };
            let proven = shop.provider(&net, false).finish(&back).map(|proven| proven.account.to_string());
            assert_eq!(proven, expected.map(str::to_owned), "{uri}");
            let asked = net.asked();
            assert!(
                asked[0].starts_with(
                    "POST https://a.example/oauth/token grant_type=authorization_code&code=c0de&"
                )
            );
            assert!(asked[0].contains("code_verifier=verifier"), "{}", asked[0]);
            // Good or not, the token is revoked at once.
            assert_eq!(
                asked[2],
                "POST https://a.example/oauth/revoke client_id=id-1&client_secret=s3cret&token=t0ken"
            );
        }
    }
}
