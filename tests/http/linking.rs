//! Linking a card on `/link`, and the account's page `/me`: a browser without scripts goes the whole way, and every attack on
//! it is refused, told and counted.

use super::browser::{Browser, hidden};
use super::client::Reply;
use super::served::{Served, post};
use crate::crash::assert_verified;

/// The heading of a page.
pub(crate) fn heading(page: &Reply) -> &str {
    let rest = page.body.split("<h1>").nth(1).unwrap_or_else(|| panic!("no page: {page:?}"));
    rest.split("</h1>").next().unwrap()
}

#[track_caller]
pub(crate) fn assert_page(page: &Reply, status: u16, expected: &str) {
    assert_eq!((page.status, heading(page)), (status, expected), "{page:?}");
}

/// The address to which the sandbox returns when an author signs in, in a browser that began at `/link`.
pub(crate) fn return_of(browser: &mut Browser, network: &str, author: &str) -> String {
    let first = browser.get("/link");
    let own = hidden(&first, "/link/start");
    let token = own.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    let sandbox =
        browser.post("/link/start", &[("token", &token), ("provider", &format!("sandbox-{network}"))]);
    let sandbox = browser.follow(sandbox);
    let action = format!("/link/sandbox/{network}");
    let returned = browser.press(&sandbox, &action, &[("author", author)]);
    assert_eq!(returned.status, 303, "{returned:?}");
    returned.header("location").unwrap().to_owned()
}

/// Signs an author in. Returns the page that follows.
pub(crate) fn sign_in(browser: &mut Browser, network: &str, author: &str) -> Reply {
    let address = return_of(browser, network, author);
    browser.open(&address)
}

pub(crate) const BOXES: [(&str, &str); 2] = [("identity", "yes"), ("card", "yes")];
pub(crate) const CARD: [(&str, &str); 2] = [("card", "visa"), ("region", "us-ny")];

/// Links the sandbox's card of that name. Returns the last page.
pub(crate) fn link(browser: &mut Browser, network: &str, author: &str) -> Reply {
    link_with(browser, network, author, &[])
}

/// The same, with more boxes ticked.
pub(crate) fn link_with(browser: &mut Browser, network: &str, author: &str, boxes: &[(&str, &str)]) -> Reply {
    let consent = sign_in(browser, network, author);
    assert_page(&consent, 200, "What you agree to");
    let card = browser.submit(&consent, "/link/card", &[&BOXES, boxes].concat());
    assert_page(&card, 200, "Choose a sandbox card");
    browser.submit(&card, "/link/sandbox-card", &CARD)
}

/// How often a step was counted.
pub(super) fn counted(served: &Served, result: &str) -> u64 {
    let metrics = served.get("/metrics").body;
    let start = format!("flashtag_linking_total{{result=\"{result}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_stranger_links_a_card_buys_by_a_post_and_leaves() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    let first = ana.get("/link");
    assert_page(&first, 200, "Link your account");
    for network in ["Sign in with X", "Sign in with Bluesky", "Sign in with Mastodon"] {
        assert!(first.body.contains(network), "{first:?}");
    }
    served.get("/v1/accounts/x/77").assert_problem(404, "not_found");
    let done = link(&mut ana, "x", "77");
    assert_page(&done, 200, "Your card is linked");
    assert!(done.body.contains("Visa, ending in 4242, pays") && done.body.contains("#BuyKindle"), "{done:?}");
    let account = served.get("/v1/accounts/x/77").json();
    assert_eq!(account["card"]["last4"], "4242", "{account}");
    assert_eq!(account["region"], "US-NY", "{account}");

    // The link is in the journal: a post of the account buys, before a restart and after it.
    assert_eq!(served.post(post("1", 77, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    served.restart();
    let mut ana = ana.moved(served.address);
    let me = ana.open("/me");
    assert_page(&me, 200, "Your account");
    for fact in
        ["Visa, ending in 4242", "US-NY", "reserved: 1; post #ConfirmKindle before ", "You get a reply"]
    {
        assert!(me.body.contains(fact), "{fact} is not in {me:?}");
    }

    // Each word of the page holds for posts at once, and is lifted on the page.
    let me = ana.submit(&me, "/me/freeze", &[]);
    assert!(me.body.contains("Buying is frozen"), "{me:?}");
    assert_eq!(served.post(post("2", 77, "#BuyKindle")).lines()[0]["outcome"], "frozen");
    assert_eq!(served.get("/v1/offers/kindle").json()["reserved"], 0, "what it held is released");
    let me = ana.submit(&me, "/me/unfreeze", &[]);
    assert!(me.body.contains("FREEZE"), "{me:?}");
    assert_eq!(served.post(post("3", 77, "#BuyPot")).lines()[0]["outcome"], "confirmed");
    let me = ana.submit(&me, "/me/stop", &[]);
    assert_eq!(served.get("/v1/accounts/x/77").json()["silent"], true);
    let me = ana.submit(&me, "/me/start", &[]);
    assert_eq!(served.get("/v1/accounts/x/77").json()["silent"], false);

    // Another card, and the way out.
    let card = ana.submit(&me, "/link/card", &[]);
    assert_page(&card, 200, "Choose a sandbox card");
    let fields = [("card", "amex"), ("region", "US-CA")];
    assert_page(&ana.submit(&card, "/link/sandbox-card", &fields), 200, "Your card is linked");
    assert_eq!(served.get("/v1/accounts/x/77").json()["card"]["last4"], "0005");
    let me = ana.open("/me");
    let gone = ana.press(&me, "/me/unlink", &[]);
    assert_page(&gone, 200, "Your card is unlinked");
    served.get("/v1/accounts/x/77").assert_problem(404, "not_found");
    assert_eq!(served.post(post("4", 77, "#BuyKindle")).lines()[0]["outcome"], "not_linked");
    assert_page(&ana.open("/me"), 403, "Sign in first");
    served.stop();
    assert_verified(&served.data(), false);
}

/// Ana's sign-in is under way. Each row: who opens what, the answer, and how it is counted. None of them signs anybody
/// in, and afterwards she still finishes hers.
#[test]
fn a_return_that_is_not_the_browsers_own_signs_nobody_in() {
    let served = Served::open();
    let (mut ana, eve) = (Browser::new(served.address), Browser::new(served.address));
    let mut eve_who_began = eve.clone();
    return_of(&mut eve_who_began, "x", "66");
    let own = return_of(&mut ana, "x", "77");
    let state = own.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let never = "A".repeat(43);
    let table = [
        ("another browser that began its own", &eve_who_began, own.clone(), "other_browser"),
        ("a browser without a cookie", &eve, own.clone(), "other_browser"),
        (
            "a state that never was",
            &ana,
            format!("/link/cb/sandbox-x?state={never}&code=77&iss=sandbox"),
            "unknown_flow",
        ),
        ("no state", &ana, "/link/cb/sandbox-x?code=77&iss=sandbox".to_owned(), "not_returned"),
        ("two codes", &ana, format!("/link/cb/sandbox-x?state={state}&code=77&code=66"), "not_returned"),
        ("no code", &ana, format!("/link/cb/sandbox-x?state={state}"), "not_returned"),
    ];
    for (what, browser, address, result) in table {
        let before = counted(&served, result);
        let mut browser = browser.clone();
        let page = browser.get(&address);
        assert_page(&page, 400, "You are not signed in");
        assert_eq!(counted(&served, result), before + 1, "{what}");
        assert!(!browser.cookies.contains_key("ft_me"), "{what}: {page:?}");
        assert_page(&browser.open("/me"), 403, "Sign in first");
    }
    let mut twin = ana.clone();
    assert_page(&ana.open(&own), 200, "What you agree to");
    // The same return a second time, by the same browser.
    assert_page(&twin.get(&own), 400, "You are not signed in");
    assert_eq!(counted(&served, "unknown_flow"), 2);

    // What is wrong in itself spends the sign-in.
    let table = [
        ("iss=sandbox", "iss=https%3A%2F%2Fevil.example", "other_issuer"),
        ("&iss=sandbox", "", "other_issuer"),
        ("/cb/sandbox-x", "/cb/sandbox-bluesky", "other_provider"),
        ("/cb/sandbox-x", "/cb/x", "other_provider"),
        ("code=77", "code=not-an-id", "typed"),
        ("code=77", "error=access_denied", "denied"),
    ];
    for (right, wrong, result) in table {
        let mut bea = Browser::new(served.address);
        let address = return_of(&mut bea, "x", "77");
        let changed = address.replace(right, wrong);
        assert_ne!(changed, address);
        let before = counted(&served, result);
        assert_page(&bea.get(&changed), 400, "You are not signed in");
        assert_eq!(counted(&served, result), before + 1, "{result}");
        assert_page(&bea.get(&address), 400, "You are not signed in");
    }
}

#[test]
fn a_form_is_taken_only_from_the_browser_that_it_was_shown_to() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    let me = ana.open("/me");
    let own = hidden(&me, "/me/freeze")[0].1.clone();
    let mut eve = Browser::new(served.address);
    link(&mut eve, "x", "66");
    let eves = hidden(&eve.open("/me"), "/me/freeze")[0].1.clone();
    let session = ana.cookies["ft_me"].clone();
    let table: [(&str, &[&str], &str, &str); 8] = [
        ("a page of another site", &["Origin: https://evil.example"], &own, "foreign_page"),
        ("the same, on another port", &["Origin: http://localhost:1"], &own, "foreign_page"),
        ("a nameless page of another site", &["Sec-Fetch-Site: cross-site"], &own, "foreign_page"),
        ("a page of a neighbour", &["Sec-Fetch-Site: same-site"], &own, "foreign_page"),
        ("without a token", &[], "", "bad_token"),
        ("with another browser's token", &[], &eves, "bad_token"),
        ("with the cookie as the token", &[], &session, "bad_token"),
        ("with a token cut short", &[], &own[1..], "bad_token"),
    ];
    for (what, headers, token, result) in table {
        for action in ["freeze", "stop", "unlink", "sign-out", "sign-out-everywhere"] {
            let before = counted(&served, result);
            let mut forged = ana.clone();
            forged.headers = headers.iter().map(|header| (*header).to_owned()).collect();
            let page = forged.post(&format!("/me/{action}"), &[("token", token)]);
            assert_eq!(page.status, 403, "{what}: {page:?}");
            assert_eq!(counted(&served, result), before + 1, "{what}");
        }
    }
    let account = served.get("/v1/accounts/x/77").json();
    assert_eq!((&account["frozen"], &account["silent"]), (&false.into(), &false.into()), "{account}");
    // The positive control, as a browser of today sends it.
    ana.headers = vec!["Sec-Fetch-Site: same-origin".to_owned()];
    let me = ana.submit(&me, "/me/freeze", &[]);
    assert!(me.body.contains("Buying is frozen"), "{me:?}");
    // Before the sign-in a form needs the token as well.
    let mut bea = Browser::new(served.address);
    bea.get("/link");
    let page = bea.post("/link/start", &[("provider", "sandbox-x"), ("token", &own)]);
    assert_page(&page, 403, "Open the page again");
}

#[test]
fn a_card_is_linked_by_the_session_that_asked_for_it_and_not_without_consent() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    let consent = sign_in(&mut ana, "x", "77");
    let tables: [&[(&str, &str)]; 3] = [&[], &BOXES[..1], &[BOXES[1], ("more", "yes")]];
    for boxes in tables {
        assert_page(&ana.press(&consent, "/link/card", boxes), 422, "Two boxes are needed");
    }
    assert_eq!(counted(&served, "not_agreed"), 3);
    let page = ana.submit(&consent, "/link/card", &BOXES);
    let session =
        hidden(&page, "/link/sandbox-card").iter().find(|(name, _)| name == "cs").unwrap().1.clone();
    assert_page(&ana.get(&format!("/link/done?cs={session}")), 409, "No card was linked");
    assert_page(
        &ana.press(&page, "/link/sandbox-card", &[("card", "gold"), CARD[1]]),
        409,
        "No card was linked",
    );
    let nowhere = ana.press(&page, "/link/sandbox-card", &[CARD[0], ("region", "?")]);
    assert_page(&nowhere, 422, "No card was linked");
    let returned = ana.press(&page, "/link/sandbox-card", &CARD);
    let done = returned.header("location").unwrap().strip_prefix("http://localhost").unwrap().to_owned();

    // Eve has the address of Ana's card.
    let mut eve = Browser::new(served.address);
    assert_page(&eve.get(&done), 403, "Sign in first");
    sign_in(&mut eve, "x", "66");
    assert_page(&eve.get(&done), 403, "No card was linked");
    assert_page(&eve.get(&format!("/link/sandbox-card?cs={session}")), 409, "No card was linked");
    assert_eq!(counted(&served, "card_of_another"), 1);
    served.get("/v1/accounts/x/66").assert_problem(404, "not_found");
    served.get("/v1/accounts/x/77").assert_problem(404, "not_found");
    for _ in 0..2 {
        assert_page(&ana.get(&done), 200, "Your card is linked");
    }
    assert_eq!(served.get("/v1/accounts/x/77").json()["card"]["last4"], "4242");
}

#[test]
fn a_session_is_new_at_each_sign_in_and_ends_when_its_owner_says_so() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    // Somebody else put a cookie into her browser, and waits for her to sign in with it.
    let fixed = "A".repeat(43);
    ana.cookies.insert("ft_me".to_owned(), fixed.clone());
    link(&mut ana, "x", "77");
    assert_ne!(ana.cookies["ft_me"], fixed);
    let mut eve = Browser::new(served.address);
    eve.cookies.insert("ft_me".to_owned(), fixed);
    assert_page(&eve.open("/me"), 403, "Sign in first");
    // A second sign-in in the same browser ends the first session.
    let mut earlier = ana.clone();
    sign_in(&mut ana, "x", "77");
    assert_page(&earlier.open("/me"), 403, "Sign in first");
    let mut phone = Browser::new(served.address);
    let me = sign_in(&mut phone, "x", "77");
    assert_page(&me, 200, "Your account");
    let (mut copy_of_phone, mut copy_of_ana) = (phone.clone(), ana.clone());
    phone.submit(&me, "/me/sign-out", &[]);
    assert_page(&copy_of_phone.open("/me"), 403, "Sign in first");
    assert_page(&ana.open("/me"), 200, "Your account");
    let me = ana.open("/me");
    ana.submit(&me, "/me/sign-out-everywhere", &[]);
    assert_page(&copy_of_ana.open("/me"), 403, "Sign in first");
}

#[test]
fn every_page_is_kept_from_frames_windows_caches_scripts_and_referrers() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    let mut pages = vec![ana.get("/link"), sign_in(&mut ana, "bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz")];
    pages.push(ana.submit(&pages[1], "/link/card", &BOXES));
    pages.push(ana.submit(&pages[2], "/link/sandbox-card", &CARD));
    pages.push(ana.open("/me"));
    pages.push(ana.get("/link/cb/sandbox-x?code=1"));
    for page in &pages {
        let header = |name: &str| page.header(name).unwrap_or_default();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
        // Whoever leaves for a network or a card page comes back in the same window: no page opens another one.
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert!(!page.body.contains("target="), "{page:?}");
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{part} is not in {policy}");
        }
        assert!(!policy.contains("script") && !page.body.contains("<script"), "{page:?}");
        for secret in [&ana.cookies["ft_me"], "tok_visa"] {
            assert!(!page.body.contains(secret), "{page:?}");
        }
        assert!(page.body.contains("<html lang=\"en\">") && page.body.contains("<main>"), "{page:?}");
    }
}

/// Where a page would lead is never taken from an address: no parameter sends a browser to another site.
#[test]
fn no_parameter_sends_a_browser_to_another_site() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    let evil = "https%3A%2F%2Fevil.example%2F";
    let own = return_of(&mut ana, "x", "77");
    let first = ana.get(&format!("{own}&next={evil}&redirect_uri={evil}&return_to=//evil.example"));
    assert_eq!((first.status, first.header("location")), (303, Some("/me")));
    for path in ["/link", "/link/consent", "/me", "/link/done"] {
        let page = ana.get(&format!("{path}?next={evil}&cs={evil}"));
        assert!(!page.body.contains("evil.example"), "{page:?}");
        assert!(!page.header("location").unwrap_or_default().contains("evil.example"), "{page:?}");
    }
}

#[test]
fn cookies_are_given_by_tls_and_on_this_machine_only() {
    let served = Served::open();
    let cookie = |page: &Reply| page.header("set-cookie").map(str::to_owned);
    let local = cookie(&Browser::new(served.address).get("/link")).unwrap();
    assert!(local.starts_with("ft_link=") && local.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{local}");
    // The proxy in front ends TLS, and passes the public name on.
    let mut secure = Browser::at(served.address, "shop.example");
    let shown = cookie(&secure.get("/link")).unwrap();
    assert!(shown.starts_with("__Host-ft_link="), "{shown}");
    assert!(shown.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{shown}");
    sign_in(&mut secure, "x", "77");
    assert_eq!(secure.cookies.keys().map(String::as_str).collect::<Vec<_>>(), ["__Host-ft_me"]);
    // The cookie of plain HTTP is not taken for it.
    let mut mixed = Browser::at(served.address, "shop.example");
    mixed.cookies.insert("ft_me".to_owned(), secure.cookies["__Host-ft_me"].clone());
    assert_page(&mixed.open("/me"), 403, "Sign in first");
    // The public name opens the pages for buyers, and nothing else.
    secure.get("/v1/offers").assert_problem(421, "foreign_host");

    // Any other address: anybody on the way could read a cookie.
    let served = Served::with_token();
    let mut plain = Browser::at(served.address, "10.0.0.5:8080");
    let page = plain.get("/link");
    assert_page(&page, 403, "This page needs a secure address");
    assert!(page.body.contains("public_url") && cookie(&page).is_none(), "{page:?}");
    let page = plain.post("/link/start", &[("provider", "sandbox-x")]);
    assert_page(&page, 403, "This page needs a secure address");
    assert_page(&plain.get("/me"), 403, "This page needs a secure address");
    // Buyers have no token of operators, and need none.
    assert_page(&Browser::new(served.address).get("/link"), 200, "Link your account");
}

#[test]
fn sign_ins_from_one_address_are_limited() {
    let served = Served::open();
    // The proxy on this machine says who asks.
    let from = |address: &str| {
        let mut browser = Browser::new(served.address);
        browser.headers = vec![format!("X-Forwarded-For: {address}")];
        let first = browser.get("/link");
        browser.press(&first, "/link/start", &[]).status
    };
    let begun: Vec<u16> = (0..21).map(|_| from("192.0.2.7")).collect();
    assert_eq!(begun, [[303; 20].as_slice(), &[429]].concat());
    assert_eq!(from("192.0.2.7, 192.0.2.8"), 303, "another address");
    assert_eq!(counted(&served, "too_many"), 1);
}

#[test]
fn the_owner_downloads_what_is_held_and_erases_it() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    let data = ana.get("/me/data");
    assert_eq!(data.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
    let held = data.json();
    assert_eq!(held["account"]["card"]["last4"], "4242", "{held}");
    let agreed = held["person"]["consents"].as_array().unwrap();
    let agreed: Vec<String> =
        agreed.iter().map(|given| format!("{} {}", given["to"], given["version"])).collect();
    assert_eq!(agreed, [r#""identity" "1""#, r#""card" "1""#], "{held}");
    assert!(!data.body.contains("tok_"), "{data:?}");
    assert_page(&Browser::new(served.address).get("/me/data"), 403, "Sign in first");

    let me = ana.open("/me");
    assert_page(&ana.press(&me, "/me/erase", &[]), 422, "Tick the box first");
    let erased = ana.press(&me, "/me/erase", &[("sure", "yes")]);
    assert_page(&erased, 200, "You are erased");
    assert_page(&ana.open("/me"), 403, "Sign in first");
    served.get("/v1/accounts/x/77").assert_problem(404, "not_found");
    served.get("/v1/accounts/x/77/personal-data").assert_problem(404, "not_found");
    assert_eq!(counted(&served, "erased"), 1);
    // Who comes back begins anew.
    assert_page(&link(&mut ana, "x", "77"), 200, "Your card is linked");
    served.stop();
    assert_verified(&served.data(), false);
}
