//! Every state of the pages for people, as the real binary answers with it.

use std::sync::LazyLock;

use super::{at_networks, at_stripe, confirming, letters};
use crate::http::browser::Browser;
use crate::http::client::Reply;
use crate::http::linking::{BOXES, CARD, link, return_of, sign_in};
use crate::http::page_routes::page_routes;
use crate::http::people::ACCEPT;
use crate::http::served::{Served, post};

/// A page, and what was asked for it.
pub(super) struct State {
    pub(super) name: String,
    /// Method and target of the request.
    pub(super) asked: String,
    pub(super) page: String,
}

/// All states, in the order in which they were collected.
#[derive(Default)]
pub(super) struct States(Vec<State>);

impl States {
    /// Adds a page under a name of its own.
    pub(super) fn add(&mut self, name: &str, page: &Reply) {
        assert!(page.body.starts_with("<!doctype html>"), "{name}: {page:?}");
        assert_kept(name, page);
        assert!(self.0.iter().all(|known| known.name != name), "two states are called {name}");
        let (asked, page) = (page.asked.clone(), page.body.clone());
        self.0.push(State { name: name.to_owned(), asked, page });
    }
}

/// Every page is kept from frames, windows of other sites, caches, scripts and referrers.
fn assert_kept(name: &str, page: &Reply) {
    let header = |header: &str| page.header(header).unwrap_or_default();
    let kept = [
        (header("cache-control"), "no-store"),
        (header("referrer-policy"), "no-referrer"),
        (header("x-content-type-options"), "nosniff"),
        (header("cross-origin-opener-policy"), "same-origin"),
    ];
    assert!(kept.iter().all(|(found, wanted)| found == wanted), "{name}: {page:?}");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{name}: {part} is not in {policy}");
    }
    assert!(!policy.contains("script") && !page.body.contains("<script"), "{name}: {page:?}");
}

/// All states. They are collected once.
pub(super) fn states() -> &'static [State] {
    static STATES: LazyLock<States> = LazyLock::new(collected);
    &STATES.0
}

fn collected() -> States {
    let mut states = States::default();
    let served = Served::open();
    linking(&served, &mut states);
    account(&served, &mut states);
    refusals(&served, &mut states);
    wrong_secrets(&served, &mut states);
    drop(served);
    letters::states(&mut states);
    confirming::states(&mut states);
    at_networks::states(&mut states);
    at_stripe::states(&mut states);
    states
}

/// Every page that has a secret in its address, opened and pressed with another one.
fn wrong_secrets(served: &Served, states: &mut States) {
    let mut eve = Browser::new(served.address);
    for (method, form) in page_routes().into_iter().filter(|(_, form)| form.contains("/{t")) {
        let path = form.replace("{token}", "AAAA").replace("{ticket}", "AAAA");
        let page = if method == "GET" { eve.get(&path) } else { eve.post(&path, &[]) };
        assert!(page.status >= 400, "{method} {form}: {page:?}");
        states.add(&format!("wrong-secret {method} {form}"), &page);
    }
}

/// From the first page to the card.
fn linking(served: &Served, states: &mut States) {
    let mut ana = Browser::new(served.address);
    let first = ana.get("/link");
    states.add("link", &first);
    let sandbox = ana.submit(&first, "/link/start", &[]);
    states.add("sandbox-sign-in", &sandbox);
    let consent = sign_in(&mut ana, "bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    states.add("consent", &consent);
    states.add("link-signed-in", &ana.get("/link"));
    states.add("consent-without-boxes", &ana.press(&consent, "/link/card", &[]));
    states.add("left-unlinked", &ana.get("/link/left"));
    let card = ana.submit(&consent, "/link/card", &BOXES);
    states.add("sandbox-card", &card);
    states.add("card-not-given", &ana.press(&card, "/link/sandbox-card", &[("card", "gold"), CARD[1]]));
    states.add("region-unknown", &ana.press(&card, "/link/sandbox-card", &[CARD[0], ("region", "?")]));
    states.add("linked", &ana.submit(&card, "/link/sandbox-card", &CARD));
    states.add("left-linked", &ana.get("/link/left"));
}

/// The account's own page, and the ways out.
fn account(served: &Served, states: &mut States) {
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    states.add("me", &ana.open("/me"));
    for (id, tag) in [("1", "#BuyKindle"), ("2", "#BuyPot")] {
        assert_eq!(served.post(post(id, 77, tag)).status, 200);
    }
    let me = ana.open("/me");
    states.add("me-orders", &me);
    let me = ana.submit(&me, "/me/stop", &[]);
    states.add("me-silent-and-frozen", &ana.submit(&me, "/me/freeze", &[]));
    states.add("erase-without-box", &ana.press(&me, "/me/erase", &[]));
    states.add("unlinked", &ana.press(&me, "/me/unlink", &[]));
    let me = link(&mut ana, "x", "77");
    states.add("linked-again", &me);
    let me = ana.open("/me");
    states.add("erased", &ana.press(&me, "/me/erase", &[("sure", "yes")]));
    states.add("signed-out", &ana.open("/me"));
    states.add("nothing-to-download", &ana.get("/me/data"));
}

/// What strangers and accidents are told.
fn refusals(served: &Served, states: &mut States) {
    let mut bea = Browser::new(served.address);
    let first = bea.get("/link");
    states.add("bad-token", &bea.post("/link/start", &[("provider", "sandbox-x"), ("token", "none")]));
    let mut forged = bea.clone();
    forged.headers = vec!["Origin: https://evil.example".to_owned()];
    states.add("foreign-page", &forged.press(&first, "/link/start", &[]));
    states.add("sandbox-of-another-browser", &bea.post("/link/sandbox/x", &[("author", "66")]));
    let own = return_of(&mut bea, "x", "66");
    states.add("other-browser", &Browser::new(served.address).get(&own));
    states.add("denied", &bea.get(&own.replace("code=66", "error=access_denied")));
    states.add("used-before", &bea.get(&own));
    states.add("not-a-return", &bea.get("/link/cb/sandbox-x"));
    let own = return_of(&mut bea, "x", "66");
    states.add("wrong-id", &bea.get(&own.replace("code=66", "code=no-number")));
    sign_in(&mut bea, "x", "66");
    states.add("card-session-unknown", &bea.get("/link/done?cs=1"));
    bea.headers = vec!["X-Forwarded-For: 192.0.2.7".to_owned()];
    let mut begun = || {
        let first = bea.get("/link");
        bea.press(&first, "/link/start", &[])
    };
    let too_many = (0..30).map(|_| begun()).find(|page| page.status == 429).expect("a bound");
    states.add("too-many", &too_many);
    let mut reader = Browser::new(served.address);
    reader.headers = vec![ACCEPT.to_owned()];
    states.add("no-page-here", &reader.get("/links"));
    states.add("no-page-of-a-button", &reader.get("/me/unlink"));
    let tokens = Served::with_token();
    states.add("plain-http", &Browser::at(tokens.address, "10.0.0.5:8080").get("/link"));
}
