//! What a network, a stranger or the way between them can do to a sign-in: refused, told, counted, and without a token that stays.

use networks::{mastodon, x};

use super::door::Door;
use super::stand_ins::{fail, open};
use super::visitor::{Visitor, counted, sandbox_sign_in};
use crate::crash::server::Http;
use crate::http::browser::hidden;
use crate::http::linking::assert_page;
use crate::live::shop::{Play, Shop};

const EVIL: &str = "https%3A%2F%2Fevil.example";

/// The code in the address of a return.
fn code_of(back: &str) -> &str {
    back.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap()
}

/// What a stranger can make of Ana's return, and the address that her browser opens then.
type Change = fn(own: &str, eves: &str) -> String;

/// Each row: what is changed about the return, what the shop says, and how it is counted.
const CHANGES: [(&str, Change, u16, &str, &str); 6] = [
    (
        "Eve's code: her account would be Ana's",
        |own, eves| own.replace(code_of(own), code_of(eves)),
        403,
        "The network refused",
        "refused",
    ),
    (
        "a code that never was",
        |own, _| own.replace(code_of(own), "never"),
        403,
        "The network refused",
        "refused",
    ),
    (
        "a server that mixes itself in",
        |own, _| format!("{own}&iss={EVIL}"),
        400,
        "Another server answered",
        "other_issuer",
    ),
    (
        "Ana refused",
        |own, _| own.replace(&format!("code={}", code_of(own)), "error=access_denied"),
        400,
        "You, or the network, said no",
        "denied",
    ),
    ("Eve's state", |_, eves| eves.to_owned(), 400, "begun in another browser", "other_browser"),
    (
        "two states",
        |own, eves| format!("{own}&{}", eves.split('?').nth(1).unwrap()),
        400,
        "not the address to which a network returns",
        "not_returned",
    ),
];

fn changed_returns<D: Door>(shop: &Http, town: &D) {
    let tokens = town.tokens();
    for (what, change, status, words, result) in CHANGES {
        let (mut ana, mut eve) = (Visitor::of(shop), Visitor::of(shop));
        let (own, eves) = (ana.leave(town, "ana-buyer"), eve.leave(town, "passer-by"));
        let (own, eves) = (town.let_in("ana-buyer", &own), town.let_in("passer-by", &eves));
        let before = counted(shop, result);
        let page = ana.come_back(&change(&own, &eves));
        assert_page(&page, status, "You are not signed in");
        assert!(page.body.contains(words) && page.body.contains("Nothing was changed"), "{what}: {page:?}");
        assert_eq!(counted(shop, result), before + 1, "{what}");
        assert_page(&ana.browser.open("/me"), 403, "Sign in first");
        assert_eq!(town.tokens(), tokens, "{what}");
    }
    assert_eq!(counted(shop, "signed_in"), 0);
}

#[test]
fn a_return_from_x_that_somebody_changed_signs_nobody_in() {
    let shop = open::<x::World>("activity");
    changed_returns(&shop.engine.http(), &shop);
}

#[test]
fn a_return_from_a_mastodon_server_that_somebody_changed_signs_nobody_in() {
    let shop = open::<mastodon::World>("hashtags");
    changed_returns(&shop.engine.http(), &shop);
}

/// What goes wrong on the way, and whether she is signed in nevertheless.
type Failure = (&'static str, bool);

const AT_X: [Failure; 10] = [
    ("rate-limit=1x@POST /2/oauth2/token", false),
    ("unavailable=1x@POST /2/oauth2/token", false),
    ("cut-before=1x@POST /2/oauth2/token", false),
    ("rate-limit=1x@GET /2/users/me", false),
    ("cut-after=1x@GET /2/users/me", true),
    ("cut-after=2x@GET /2/users/me", false),
    ("lost-answer=1x@POST /2/oauth2/revoke", true),
    ("cut-before=1x@POST /2/oauth2/revoke", true),
    ("unavailable=1x@POST /2/oauth2/revoke", true),
    ("slow=1x:50@GET /2/users/me", true),
];

const AT_MASTODON: [Failure; 10] = [
    ("rate-limit=1x@POST /oauth/token", false),
    ("cut-before=1x@POST /oauth/token", false),
    ("rate-limit=1x@GET /oauth/userinfo", false),
    ("unavailable=1x@GET /oauth/userinfo", false),
    ("cut-after=1x@GET /oauth/userinfo", true),
    ("cut-after=2x@GET /oauth/userinfo", false),
    ("lost-answer=1x@POST /oauth/revoke", true),
    ("cut-before=1x@POST /oauth/revoke", true),
    ("unavailable=1x@POST /oauth/revoke", true),
    ("slow=1x:50@POST /oauth/token", true),
];

/// Before 4.4.
const AT_AN_OLDER_SERVER: [Failure; 3] = [
    ("unavailable=1x@GET /api/v1/accounts/verify_credentials", false),
    ("cut-after=1x@GET /api/v1/accounts/verify_credentials", true),
    ("cut-after=2x@GET /api/v1/accounts/verify_credentials", false),
];

/// Whatever is lost, no token stays, she is told, and she gets in the next time.
fn failures<N: Play>(town: &Shop<N>, table: &[Failure])
where
    Shop<N>: Door,
{
    let shop = &town.engine.http();
    let tokens = town.tokens();
    for (fault, gets_in) in table {
        let mut ana = Visitor::of(shop);
        let page = ana.leave(town, "ana-buyer");
        let back = town.let_in("ana-buyer", &page);
        fail(town, fault);
        let (unanswered, page) = (counted(shop, "unanswered"), ana.come_back(&back));
        if *gets_in {
            assert_page(&page, 200, "What you agree to");
        } else {
            assert_page(&page, 502, "You are not signed in");
            assert!(page.body.contains("The network does not answer"), "{fault}: {page:?}");
            assert_eq!(counted(shop, "unanswered"), unanswered + 1, "{fault}");
        }
        assert_eq!(town.tokens(), tokens, "{fault}");
        assert_page(&ana.sign_in(town, "ana-buyer"), 200, "What you agree to");
    }
}

#[test]
fn a_sign_in_at_x_that_fails_leaves_no_token() {
    failures(&open::<x::World>("activity"), &AT_X);
}

#[test]
fn a_sign_in_at_a_mastodon_server_that_fails_leaves_no_token() {
    let town = open::<mastodon::World>("hashtags");
    failures(&town, &AT_MASTODON);
    town.network.shared.lock().stage.network.set_userinfo(false);
    failures(&town, &AT_AN_OLDER_SERVER);
}

/// The answer with the token is lost: nobody has the token, and nobody can take it back.
#[test]
fn a_token_that_never_arrived_signs_nobody_in() {
    let town = open::<x::World>("activity");
    let shop = town.engine.http();
    let mut ana = Visitor::of(&shop);
    let page = ana.leave(&town, "ana-buyer");
    let back = town.let_in("ana-buyer", &page);
    fail(&town, "lost-answer=1x@POST /2/oauth2/token");
    assert_page(&ana.come_back(&back), 502, "You are not signed in");
    assert_page(&ana.come_back(&back), 400, "You are not signed in");
    assert_page(&ana.sign_in(&town, "ana-buyer"), 200, "What you agree to");
}

/// A server of either generation names an account of another server, or speaks in the name of another server.
#[test]
fn a_mastodon_server_signs_in_its_own_people_alone() {
    let town = open::<mastodon::World>("hashtags");
    let shop = town.engine.http();
    let tokens = town.tokens();
    let base = town.network.base_url();
    let host = base.trim_start_matches("http://");
    let another = (403, "speaks for an account of another server");
    let nobody = (502, "does not say whose account it is");
    let foreign = (403, "speaks in the name of another one");
    let accounts = [
        ("https://big.example/users/ana".to_owned(), another),
        (format!("https://{host}.evil.example/users/ana"), another),
        (format!("https://evil.example/?{base}/users/ana"), another),
        (format!("https://{host}/users/ana"), another),
        (format!("https://evil.example@{host}/users/ana"), nobody),
        ("ana".to_owned(), nobody),
        ("sandbox:ana".to_owned(), nobody),
    ];
    let issuers = [
        "https://big.example/".to_owned(),
        format!("https://{host}/"),
        format!("{base}.evil.example/"),
        format!("{base}/users/ana"),
        String::new(),
    ];
    let refused = |what: &str, (status, words): (u16, &str)| {
        let page = Visitor::of(&shop).sign_in(&town, "passer-by");
        assert_page(&page, status, "You are not signed in");
        assert!(page.body.contains(words), "{what}: {page:?}");
        assert_eq!(town.tokens(), tokens, "{what}");
    };
    for has_userinfo in [true, false] {
        town.network.shared.lock().stage.network.set_userinfo(has_userinfo);
        for (uri, told) in &accounts {
            town.network.shared.lock().stage.network.claim(Some(uri));
            refused(uri, *told);
        }
        town.network.shared.lock().stage.network.claim(None);
        assert_page(&Visitor::of(&shop).sign_in(&town, "passer-by"), 200, "What you agree to");
    }
    assert_eq!((counted(&shop, "not_theirs"), counted(&shop, "unanswered")), (8, 6));
    town.network.shared.lock().stage.network.set_userinfo(true);
    for issuer in &issuers {
        town.network.shared.lock().stage.network.claim_issuer(Some(issuer));
        refused(issuer, foreign);
    }
    assert_eq!(counted(&shop, "not_theirs"), 13);
    town.network.shared.lock().stage.network.claim_issuer(None);
    assert_page(&Visitor::of(&shop).sign_in(&town, "passer-by"), 200, "What you agree to");

    // Whatever is typed, the shop calls no machine of its own network.
    for inside in ["http://127.0.0.1:1", "http://169.254.169.254", "http://[::1]:1", "http://localhost:1"] {
        let page = Visitor::of(&shop).begin(inside);
        assert_page(&page, 502, "You are not signed in");
        assert!(page.body.contains("is no public address"), "{inside}: {page:?}");
    }
    for typed in ["javascript:alert(1)", "ftp://a.example", "a.example/path", ""] {
        assert_page(&Visitor::of(&shop).begin(typed), 400, "You are not signed in");
    }
}

/// The state in the address of a page.
fn state_of(page: &str) -> &str {
    page.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap()
}

/// Begins to sign in at the sandbox beside the network. Returns the state of the sign-in.
fn at_sandbox(visitor: &mut Visitor, network: &str) -> String {
    let sent = visitor.begin_at_sandbox(network);
    let page = sent.header("location").unwrap_or_else(|| panic!("{sent:?}"));
    assert!(page.starts_with(&format!("/link/sandbox/{network}?state=")), "{page}");
    state_of(page).to_owned()
}

/// Where there is a network, nobody becomes one of its authors by saying so: neither on the sandbox's page, nor by the address to
/// which it sends, nor behind a sign-in that began at the network, nor at the network behind one that began in the sandbox.
#[test]
fn beside_a_network_the_sandbox_signs_in_nobody_real() {
    let town = open::<x::World>("activity");
    let shop = town.engine.http();
    let mut eve = Visitor::of(&shop);
    let first = eve.browser.get("/link");
    assert_page(&first, 200, "Link your account");
    let (real, sandbox) = first.body.split_once("Sandbox: for tests only").expect("it says what it is");
    assert!(real.contains("Sign in with X") && !real.to_lowercase().contains("sandbox"), "{first:?}");
    for (network, label) in [("x", "X"), ("bluesky", "Bluesky"), ("mastodon", "Mastodon")] {
        assert!(sandbox.contains(&format!("Sign in as a sandbox account of {label}")), "{first:?}");
        for author in [
            "77",
            "did:plc:ana",
            "https://a.example/users/ana",
            "sandbox:did:plc:ana",
            "sandbox:",
            "sandbox:Ana",
        ] {
            let (typed, state) = (counted(&shop, "typed"), at_sandbox(&mut eve, network));
            let code: String = url::form_urlencoded::byte_serialize(author.as_bytes()).collect();
            let back = format!("/link/cb/sandbox-{network}?state={state}&code={code}&iss=sandbox");
            assert_page(&eve.browser.get(&back), 400, "You are not signed in");
            assert_eq!(counted(&shop, "typed"), typed + 1, "{network} {author:?}");
        }
    }

    // What is typed is the name of a sandbox account, and never the id of a real one.
    let mut named = Visitor::of(&shop);
    let page = sandbox_sign_in(&mut named, "x", "77");
    assert!(page.body.contains("sandbox:77 at X is yours"), "{page:?}");
    for name in ["Ana", "did:plc:ana", "https://a.example/users/ana", "77 ", "a_b", &"a".repeat(33)] {
        let page = sandbox_sign_in(&mut Visitor::of(&shop), "x", name);
        match name.trim() {
            "77" => assert_page(&page, 200, "What you agree to"),
            _ => assert_page(&page, 400, "You are not signed in"),
        }
    }

    // Each sign-in stays with its provider: the network's does not come back at the sandbox, nor the sandbox's at the network.
    let page = eve.leave(&town, "passer-by");
    let own = town.let_in("passer-by", &page);
    let code = code_of(&own);
    let table = [
        (state_of(&page).to_owned(), "sandbox-x", "sandbox:eve", "&iss=sandbox", "other_provider"),
        (state_of(&eve.leave(&town, "passer-by")).to_owned(), "x", "77", "&iss=sandbox", "other_issuer"),
        (at_sandbox(&mut eve, "x"), "x", code, "", "other_provider"),
        (at_sandbox(&mut eve, "x"), "x", "77", "&iss=sandbox", "other_provider"),
        (at_sandbox(&mut eve, "x"), "sandbox-bluesky", "sandbox:eve", "&iss=sandbox", "other_provider"),
        (at_sandbox(&mut eve, "x"), "sandbox-x", "sandbox:eve", "", "other_issuer"),
        (at_sandbox(&mut eve, "x"), "sandbox-x", "sandbox:eve", "&iss=x", "other_issuer"),
    ];
    for (state, provider, code, issuer, result) in table {
        let before = counted(&shop, result);
        let returned = eve.browser.get(&format!("/link/cb/{provider}?state={state}&code={code}{issuer}"));
        assert_page(&returned, 400, "You are not signed in");
        assert_eq!(counted(&shop, result), before + 1, "{provider} {code} {issuer}");
    }
    assert_page(&eve.browser.open("/me"), 403, "Sign in first");
    for provider in ["bluesky", "mastodon", "sandbox", "sandbox-", "sandbox-facebook", ""] {
        let token = hidden(&first, "/link/start").into_iter().find(|(name, _)| name == "token").unwrap().1;
        let fields = [("token", token.as_str()), ("provider", provider)];
        assert_page(&eve.browser.post("/link/start", &fields), 404, "There is nothing here");
    }
}

/// The page that sends to a network is shown in no frame, tells no site where it was, and leads nowhere else.
#[test]
fn the_page_that_sends_to_a_network_is_kept_from_frames_and_leads_there_alone() {
    let town = open::<x::World>("activity");
    let shop = town.engine.http();
    let mut ana = Visitor::of(&shop);
    let page = ana.leave(&town, "ana-buyer");
    assert!(page.starts_with(&format!("{}/i/oauth2/authorize?", town.network.base_url())), "{page}");
    let sent = ana.begin("https://evil.example");
    let header = |name: &str| sent.header(name).unwrap_or_default();
    let policy = header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer", "no-store"));
    assert!(!sent.body.contains("evil.example") && !header("refresh").contains("evil.example"), "{sent:?}");
    // A page of another site begins no sign-in.
    let first = ana.browser.get("/link");
    ana.browser.headers = vec!["Sec-Fetch-Site: cross-site".to_owned()];
    let forged = ana.browser.press(&first, "/link/start", &[]);
    assert_page(&forged, 403, "Press the button on our own page");
    assert_eq!(counted(&shop, "foreign_page"), 1);
}

/// Who signs in is told by the network to the shop, never by what stands in the address of the return.
fn named_by_the_address<D: Door>(shop: &Http, town: &D) {
    let mut ana = Visitor::of(shop);
    let page = ana.leave(town, "ana-buyer");
    let back = town.let_in("ana-buyer", &page);
    let names = ["sub", "me", "account", "user_id", "username", "uri"];
    let named: String = names.map(|name| format!("&{name}=passer-by")).concat();
    let consent = ana.come_back(&format!("{back}{named}"));
    assert_page(&consent, 200, "What you agree to");
    assert!(consent.body.contains(&town.called("ana-buyer")), "{consent:?}");
    assert!(!consent.body.contains("passer-by"), "{consent:?}");
}

#[test]
fn no_address_says_who_signs_in() {
    let town = open::<x::World>("activity");
    named_by_the_address(&town.engine.http(), &town);
    let town = open::<mastodon::World>("hashtags");
    named_by_the_address(&town.engine.http(), &town);
}
