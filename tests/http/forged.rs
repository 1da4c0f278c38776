//! Every form of the pages for people, sent by somebody else: refused, told and counted. The forms are found in the server's own
//! routes, so a new one is attacked as well.

use flashtag::words::LetterKind;
use flashtag::words::stop_link::sign_stop;

use super::browser::{Browser, hidden};
use super::client::Reply;
use super::confirming::{key, own_link};
use super::linking::{assert_page, counted, link};
use super::page_routes::page_routes;
use super::served::{Served, post};

/// What another site's page sends, as browsers say it.
const FOREIGN: [&[&str]; 4] = [
    &["Origin: https://evil.example"],
    &["Origin: http://localhost:1"],
    &["Origin: null", "Sec-Fetch-Site: cross-site"],
    &["Origin: null", "Sec-Fetch-Site: same-site"],
];

/// The actions of `/me/{action}`.
const ACTIONS: [&str; 8] =
    ["stop", "start", "freeze", "unfreeze", "unlink", "erase", "sign-out", "sign-out-everywhere"];

/// What the forms would do, if they were taken.
const FIELDS: [(&str, &str); 8] = [
    ("provider", "sandbox-x"),
    ("identity", "yes"),
    ("card", "yes"),
    ("letters", "yes"),
    ("author", "77"),
    ("sure", "yes"),
    ("region", "US-NY"),
    ("address", "eve@example.com"),
];

/// What lets a form in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The token of the browser.
    Token,
    /// The secret in the address.
    Address,
    /// The same, and from any site: mail programs send it (RFC 8058).
    AnySite,
}

/// The addresses of a form, and what lets it in.
fn forms_of(served: &Served, path: &str) -> (Vec<String>, Key) {
    let account = "x:1".parse().unwrap();
    match path {
        "/me/{action}" => (ACTIONS.iter().map(|action| format!("/me/{action}")).collect(), Key::Token),
        "/link/stop/{token}" => {
            let token = sign_stop(&key(served), LetterKind::Credits, &account);
            (vec![format!("/link/stop/{token}")], Key::AnySite)
        }
        "/link/mail/{ticket}" => (vec![format!("/link/mail/{}", "A".repeat(43))], Key::Address),
        "/authenticate/{token}" => (vec!["/authenticate/A".to_owned()], Key::Address),
        "/confirm/{token}" => (vec![own_link(served, "kindle", 1, 1)], Key::Address),
        path => {
            let path = path.replace("{network}", "x");
            assert!(!path.contains('{'), "say what lets the form of {path} in");
            (vec![path], Key::Token)
        }
    }
}

fn sent(browser: &Browser, headers: &[&str], path: &str, token: &str) -> Reply {
    let mut browser = browser.clone();
    browser.headers = headers.iter().map(|header| (*header).to_owned()).collect();
    browser.post(path, &[&FIELDS[..], &[("token", token)]].concat())
}

/// How often pages of other sites were refused.
fn foreign(served: &Served) -> u64 {
    let metrics = served.get("/metrics").body;
    let of = |name: &str| {
        let start = format!("{name}{{result=\"foreign_page\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
        line.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    let pages = ["flashtag_linking_total", "flashtag_confirm_links_total", "flashtag_authentications_total"];
    pages.into_iter().map(of).sum()
}

#[test]
fn no_form_is_taken_from_another_site_or_without_its_token() {
    let served = Served::open();
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let (mut ana, mut eve) = (Browser::new(served.address), Browser::new(served.address));
    link(&mut ana, "x", "77");
    link(&mut eve, "x", "66");
    // Her browser may begin another sign-in as well.
    let first = ana.get("/link");
    let own = hidden(&ana.open("/me"), "/me/freeze")[0].1.clone();
    let begins = hidden(&first, "/link/start")[0].1.clone();
    let eves = hidden(&eve.open("/me"), "/me/freeze")[0].1.clone();
    let mut forms = 0;
    for (_, path) in page_routes().into_iter().filter(|(method, _)| method == "POST") {
        let (addresses, key) = forms_of(&served, &path);
        for address in addresses {
            forms += 1;
            let good =
                if path.starts_with("/link/sandbox/") || path == "/link/start" { &begins } else { &own };
            for headers in FOREIGN.iter().filter(|_| key != Key::AnySite) {
                let before = foreign(&served);
                let page = sent(&ana, headers, &address, good);
                assert_page(&page, 403, "Press the button on our own page");
                assert_eq!(foreign(&served), before + 1, "{address} {headers:?}");
            }
            for token in ["", eves.as_str(), &good[1..]].iter().filter(|_| key == Key::Token) {
                let before = counted(&served, "bad_token");
                let page = sent(&ana, &[], &address, token);
                assert_page(&page, 403, "Open the page again");
                assert_eq!(counted(&served, "bad_token"), before + 1, "{address} {token}");
            }
        }
    }
    assert!(forms > 18, "{forms} forms");
    // Nothing came of any of it.
    let account = served.get("/v1/accounts/x/77").json();
    assert_eq!((&account["frozen"], &account["silent"]), (&false.into(), &false.into()), "{account}");
    assert_eq!(account["email"], serde_json::Value::Null, "{account}");
    assert_eq!(served.get("/v1/offers/kindle").json()["reserved"], 1);
    assert_page(&ana.open("/me"), 200, "Your account");
    // The positive control: her own forms are taken.
    assert_eq!(sent(&ana, &["Sec-Fetch-Site: same-origin"], "/me/stop", &own).status, 303);
    assert_eq!(sent(&ana, &[], "/link/start", &begins).status, 303);
}

/// Nobody who is not signed in does anything by a form of the account's page.
#[test]
fn no_form_of_the_account_is_taken_from_a_stranger() {
    let served = Served::open();
    let mut eve = Browser::new(served.address);
    let first = eve.get("/link");
    let token = hidden(&first, "/link/start")[0].1.clone();
    for (_, path) in
        page_routes().into_iter().filter(|(method, path)| method == "POST" && path.starts_with("/me/"))
    {
        for address in forms_of(&served, &path).0 {
            let before = counted(&served, "signed_out");
            assert_page(&sent(&eve, &[], &address, &token), 403, "Sign in first");
            assert_eq!(counted(&served, "signed_out"), before + 1, "{address}");
        }
    }
}
