//! Signing in at Mastodon servers that answer by a script.

use super::*;
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
        self.start_at(net, typed, 0)
    }

    fn start_at(&self, net: &Arc<Script>, typed: &str, hour: i64) -> Result<Started, SignInFault> {
        let (state, now) = (Ticket::new(&[1; 32]), Timestamp::from_ms(hour * 3_600_000));
        let leaving = Leaving { typed, callback: CALLBACK, state: &state, verifier: "verifier", now };
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

/// Each row: the hour, what the server answers, the app with which the browser is sent there, and what was asked of it besides
/// its metadata.
#[test]
fn an_app_that_its_server_has_lost_is_registered_again() {
    let shop = Shop::new();
    let other = APP.replace("id-1", "id-2");
    let lost = r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#;
    let token = r#"{"access_token":"t0ken","token_type":"Bearer"}"#;
    let (made, check, end) = ("/api/v1/apps", "/oauth/token", "/oauth/revoke");
    let table = [
        (0, vec![(200, APP)], "id-1", vec![made]),
        (11, vec![], "id-1", vec![]),
        (13, vec![(200, token), (200, "{}")], "id-1", vec![check, end]),
        (24, vec![], "id-1", vec![]),
        // What does not say that it is lost proves nothing.
        (26, vec![(503, "<html>")], "id-1", vec![check]),
        (39, vec![(401, "{}")], "id-1", vec![check]),
        (52, vec![(400, r#"{"error":"unsupported_grant_type"}"#)], "id-1", vec![check]),
        (65, vec![(401, lost), (200, other.as_str())], "id-2", vec![check, made]),
        (66, vec![], "id-2", vec![]),
    ];
    for (hour, answers, app, expected) in table {
        let net = Arc::new(Script::new([(200, METADATA)].into_iter().chain(answers)));
        let started = shop.start_at(&net, "a.example", hour).unwrap();
        assert!(started.go_to.contains(&format!("client_id={app}&")), "{hour}: {}", started.go_to);
        let asked = net.asked();
        let asked = asked.iter().skip(1).map(|asked| asked.split(' ').nth(1).unwrap());
        let expected: Vec<_> = expected.iter().map(|path| format!("https://a.example{path}")).collect();
        assert!(asked.eq(expected.iter().map(String::as_str)), "{hour}: {:?}", net.asked());
    }
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
    let own = "mastodon:https://a.example/users/ana @ana@a.example";
    let table = [
        (r#""uri":"https://a.example/users/ana""#, Ok(own)),
        (r#""uri":"https://A.EXAMPLE/users/ana""#, Ok(own)),
        (r#""url":"https://a.example/@ana""#, Ok(own)),
        (r#""uri":"https://big.example/users/ana""#, Err(other())),
        (r#""uri":"https://a.example.evil.example/users/ana""#, Err(other())),
        (r#""uri":"https://evil.example/?https://a.example/users/ana""#, Err(other())),
        (r#""uri":"http://a.example/users/ana""#, Err(other())),
        (r#""uri":"https://a.example:8443/users/ana""#, Err(other())),
        (r#""uri":"ana""#, Err(SignInFault::Unanswered("it does not say whose account it is".to_owned()))),
    ];
    for (uri, expected) in table {
        let (proven, asked) = finished(METADATA, &format!(r#"{{"id":"9","username":"ana",{uri}}}"#));
        assert_eq!(proven, expected.map(str::to_owned), "{uri}");
        assert!(
            asked[0]
                .starts_with("POST https://a.example/oauth/token grant_type=authorization_code&code=c0de&")
        );
        assert!(asked[0].contains("code_verifier=verifier"), "{}", asked[0]);
        // Good or not, the token is revoked at once.
        assert_eq!(
            asked[2],
            "POST https://a.example/oauth/revoke client_id=id-1&client_secret=s3cret&token=t0ken"
        );
    }
}

/// Finishes a sign-in at `a.example`, whose metadata and last answer are these. Returns whose account it is, and what was
/// asked.
fn finished(metadata: &str, told: &str) -> (Result<String, SignInFault>, Vec<String>) {
    let shop = Shop::new();
    let kept = shop.start(&Arc::new(Script::new([(200, metadata), (200, APP)])), "a.example").unwrap().kept;
    let net = Arc::new(Script::new([
        (200, r#"{"access_token":"t0ken","token_type":"Bearer"}"#),
        (200, told),
        (200, "{}"),
    ]));
    let back = Back {
        code: "c0de",
        callback: CALLBACK,
        verifier: "verifier",
        issuer: "https://a.example",
        kept: &kept,
        now: Timestamp::MIN,
    };
    let proven = shop.provider(&net, false).finish(&back);
    assert_eq!(net.header(1, "authorization").as_deref(), Some("Bearer t0ken"));
    (proven.map(|proven| format!("{} {}", proven.account, proven.shown)), net.asked())
}

/// What a server of 4.4 says about its sign-in, with the address of its claims.
fn metadata_with(userinfo: &str) -> String {
    METADATA.replace('}', &format!(r#","userinfo_endpoint":"{userinfo}"}}"#))
}

/// Each row: what the server claims, as OpenID Connect writes it.
#[test]
fn a_server_claims_its_own_users_in_its_own_name_alone() {
    let metadata = metadata_with("https://a.example/oauth/userinfo");
    let own = "mastodon:https://a.example/users/ana @ana@a.example";
    let foreign = "the server a.example speaks in the name of another one";
    let another = "the server a.example speaks for an account of another server";
    let nobody = "it does not say whose account it is";
    let ana = "https://a.example/users/ana";
    let table = [
        ("https://a.example/", ana, Ok(own)),
        ("https://a.example", ana, Ok(own)),
        ("https://big.example/", ana, Err(foreign)),
        ("https://a.example.evil.example/", ana, Err(foreign)),
        ("https://a.example:8443/", ana, Err(foreign)),
        ("http://a.example/", ana, Err(foreign)),
        ("", ana, Err(foreign)),
        ("https://a.example/", "https://big.example/users/ana", Err(another)),
        ("https://a.example/", "http://a.example/users/ana", Err(another)),
        ("https://a.example/", "https://evil.example/?https://a.example/users/ana", Err(another)),
        ("https://a.example/", "ana", Err(nobody)),
        ("https://a.example/", "", Err(nobody)),
    ];
    for (iss, sub, expected) in table {
        let told = format!(r#"{{"iss":"{iss}","sub":"{sub}","preferred_username":"ana","name":""}}"#);
        let (proven, asked) = finished(&metadata, &told);
        let proven = proven.map_err(|fault| match fault {
            SignInFault::NotTheirs(text) | SignInFault::Unanswered(text) => text,
            fault => fault.to_string(),
        });
        assert_eq!(proven, expected.map(str::to_owned).map_err(str::to_owned), "{told}");
        assert_eq!(asked[1], "GET https://a.example/oauth/userinfo");
        assert!(asked[2].ends_with("&token=t0ken"), "good or not, the token is revoked: {asked:?}");
    }
    for told in [
        "{}".to_owned(),
        "[]".to_owned(),
        format!(r#"{{"sub":"{ana}","preferred_username":"ana"}}"#),
        r#"{"iss":"https://a.example/","preferred_username":"ana"}"#.to_owned(),
        format!(r#"{{"iss":"https://a.example/","sub":["{ana}"],"preferred_username":"ana"}}"#),
    ] {
        let (proven, _) = finished(&metadata, &told);
        assert_eq!(proven, Err(SignInFault::Unanswered(nobody.to_owned())), "{told}");
    }
}

/// The token goes to the server that gave it, and to the claims only where the server has them.
#[test]
fn a_token_is_shown_to_the_server_that_gave_it_alone() {
    let told = r#"{"id":"9","username":"ana","uri":"https://a.example/users/ana"}"#;
    let older = METADATA.replace("\"profile\"", "\"read:accounts\"");
    let table = [
        METADATA.to_owned(),
        metadata_with("https://evil.example/oauth/userinfo"),
        metadata_with("https://a.example.evil.example/oauth/userinfo"),
        metadata_with("http://a.example/oauth/userinfo"),
        metadata_with(""),
        older.replace('}', r#","userinfo_endpoint":"https://a.example/oauth/userinfo"}"#),
    ];
    for metadata in table {
        let (proven, asked) = finished(&metadata, told);
        assert_eq!(proven.as_deref(), Ok("mastodon:https://a.example/users/ana @ana@a.example"));
        assert_eq!(asked[1], "GET https://a.example/api/v1/accounts/verify_credentials", "{metadata}");
    }
}

/// A sign-in that an earlier release began is finished as that release would have.
#[test]
fn a_sign_in_of_an_earlier_release_is_finished() {
    let kept: Kept = serde_json::from_str(
        r#"{"server":"https://a.example","app":{"client_id":"1","client_secret":"2","callback":"3","scope":"profile"}}"#,
    )
    .unwrap();
    assert_eq!(kept.claims, Claims::Credentials);
}
