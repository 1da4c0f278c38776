//! Every state of the pages for buyers, as the real binary answers with it.

use networks::{mastodon, x};

use crate::http::browser::Browser;
use crate::http::client::Reply;
use crate::http::linking::{BOXES, CARD, link, return_of, sign_in};
use crate::http::served::{Served, post};
use crate::live::shop::Shop;
use crate::sign_in::{Door, Visitor};

/// The states by name.
pub(super) type States = Vec<(String, String)>;

/// All states.
pub(super) fn states() -> States {
    let mut states = States::new();
    let served = Served::open();
    let mut add = |name: &str, page: &Reply| {
        assert!(page.body.starts_with("<!doctype html>"), "{name}: {page:?}");
        states.push((name.to_owned(), page.body.clone()));
    };
    let mut ana = Browser::new(served.address);
    let first = ana.get("/link");
    add("link", &first);
    let sandbox = ana.submit(&first, "/link/start", &[]);
    add("sandbox-sign-in", &sandbox);
    let consent = sign_in(&mut ana, "bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    add("consent", &consent);
    add("link-signed-in", &ana.get("/link"));
    add("consent-without-boxes", &ana.press(&consent, "/link/card", &[]));
    let card = ana.submit(&consent, "/link/card", &BOXES);
    add("sandbox-card", &card);
    add("card-not-given", &ana.press(&card, "/link/sandbox-card", &[("card", "gold"), CARD[1]]));
    add("region-unknown", &ana.press(&card, "/link/sandbox-card", &[CARD[0], ("region", "?")]));
    add("linked", &ana.submit(&card, "/link/sandbox-card", &CARD));
    account(&served, &mut add);
    refusals(&served, &mut add);
    at_networks(&mut add);
    states
}

/// The account's own page, and the ways out.
fn account(served: &Served, add: &mut impl FnMut(&str, &Reply)) {
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    add("me", &ana.open("/me"));
    for (id, tag) in [("1", "#BuyKindle"), ("2", "#BuyPot")] {
        assert_eq!(served.post(post(id, 77, tag)).status, 200);
    }
    let me = ana.open("/me");
    add("me-orders", &me);
    let me = ana.submit(&me, "/me/stop", &[]);
    add("me-silent-and-frozen", &ana.submit(&me, "/me/freeze", &[]));
    add("erase-without-box", &ana.press(&me, "/me/erase", &[]));
    add("unlinked", &ana.press(&me, "/me/unlink", &[]));
    let me = link(&mut ana, "x", "77");
    add("linked-again", &me);
    let me = ana.open("/me");
    add("erased", &ana.press(&me, "/me/erase", &[("sure", "yes")]));
    add("signed-out", &ana.open("/me"));
}

/// What strangers and accidents are told.
fn refusals(served: &Served, add: &mut impl FnMut(&str, &Reply)) {
    let mut bea = Browser::new(served.address);
    let first = bea.get("/link");
    add("bad-token", &bea.post("/link/start", &[("network", "x"), ("token", "none")]));
    let mut forged = bea.clone();
    forged.headers = vec!["Origin: https://evil.example".to_owned()];
    add("foreign-page", &forged.press(&first, "/link/start", &[]));
    let own = return_of(&mut bea, "x", "66");
    add("other-browser", &Browser::new(served.address).get(&own));
    add("denied", &bea.get(&own.replace("code=66", "error=access_denied")));
    add("used-before", &bea.get(&own));
    add("not-a-return", &bea.get("/link/cb/x"));
    let own = return_of(&mut bea, "x", "66");
    add("wrong-id", &bea.get(&own.replace("code=66", "code=no-number")));
    sign_in(&mut bea, "x", "66");
    add("card-session-unknown", &bea.get("/link/done?cs=1"));
    bea.headers = vec!["X-Forwarded-For: 192.0.2.7".to_owned()];
    let mut begun = || {
        let first = bea.get("/link");
        bea.press(&first, "/link/start", &[])
    };
    let too_many = (0..30).map(|_| begun()).find(|page| page.status == 429).expect("a bound");
    add("too-many", &too_many);
    let tokens = Served::with_token();
    add("plain-http", &Browser::at(tokens.address, "10.0.0.5:8080").get("/link"));
}

/// The pages of a shop that is at networks.
fn at_networks(add: &mut impl FnMut(&str, &Reply)) {
    let shop = Shop::<mastodon::World>::open("hashtags", &[], Vec::new());
    let mut ana = Visitor::of(&shop.engine.http());
    add("link-mastodon", &ana.browser.get("/link"));
    add("typed-wrong", &ana.begin("no server"));
    add("server-silent", &ana.begin("http://127.0.0.1:1"));
    add("go-on", &ana.begin(&shop.typed("ana")));
    add(
        "consent-long-name",
        &ana.sign_in(&shop, "somebody_with_a_name_as_long_as_names_may_be_at_this_network"),
    );
    drop(shop);
    let shop = Shop::<x::World>::open("activity", &[], Vec::new());
    add("link-x", &Visitor::of(&shop.engine.http()).browser.get("/link"));
}
