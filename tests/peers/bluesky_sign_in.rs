//! What can go wrong at the server that Bluesky runs, and the shop at its public address.

use serde_json::json;

use super::atproto::Atproto;
use super::consent::Consent;
use super::installed::{Peer, installed};
use super::shop::{Opening, Shop};
use super::town::Town;
use crate::http::linking::assert_page;
use crate::run_budget;
use crate::sign_in::{Door, Visitor, counted};

/// The public address of a shop. No such name exists, so nobody else is asked.
const PUBLIC: &str = "https://shop.kettle";

#[test]
fn a_bluesky_server_and_the_shop_refuse_who_is_not_the_one_that_was_typed() {
    const RIG: &str = "peer refusals of a sign-in at bluesky";
    let Some(peer) = installed(Peer::Atproto, RIG) else { return };
    let town = Atproto::start(&peer);
    let shop = Shop::open(&town, &[]);
    let http = shop.engine.http();
    let mut ana = Visitor::of(&http);

    // Each row: what is typed, and what the shop says to it.
    let typed = [
        ("nobody-here.test", 400, "Nobody has this name at Bluesky"),
        ("no handle", 400, "Nobody has this name at Bluesky"),
        ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", 403, "The network refused"),
    ];
    for (typed, status, words) in typed {
        let page = ana.begin(typed);
        assert_page(&page, status, "You are not signed in");
        assert!(page.body.contains(words), "{page:?}");
    }

    // She refuses on the server's page.
    let page = ana.leave(&town, "ana-buyer");
    let back = Consent::open(&town.base(), &page).refuse();
    assert!(ana.come_back(&back).body.contains("You, or the network, said no."), "{back}");
    assert_eq!(counted(&http, "denied"), 1);

    // Another server says that it answers.
    let page = ana.leave(&town, "ana-buyer");
    let back = town.let_in("ana-buyer", &page);
    let own: String = url::form_urlencoded::byte_serialize(town.base().as_bytes()).collect();
    let mixed = back.replace(&format!("iss={own}"), "iss=https%3A%2F%2Fevil.example");
    assert_ne!(mixed, back);
    assert_page(&ana.come_back(&mixed), 400, "You are not signed in");
    assert_eq!(counted(&http, "other_issuer"), 1);

    // Somebody else signs in than the one that was typed.
    let page = ana.leave(&town, "ana-buyer");
    town.author_id("ben-buyer");
    let page = ana.come_back(&town.let_in("ben-buyer", &page));
    assert_page(&page, 403, "You are not signed in");
    assert!(page.body.contains("Another account signed in"), "{page:?}");
    assert_eq!(counted(&http, "not_theirs"), 1);
    assert_eq!(counted(&http, "signed_in"), 0);
    shop.stop();
    run_budget::report(RIG, &format!("6 {RIG}, each told and counted"));
}

/// At its public address the shop proves itself with a key, which the server reads in what the shop tells about itself.
#[test]
fn a_bluesky_server_knows_the_shop_by_its_public_address() {
    const RIG: &str = "peer proofs of the shop to bluesky";
    let Some(peer) = installed(Peer::Atproto, RIG) else { return };
    let town = Atproto::start(&peer);
    let shop = Shop::open_as(&town, Opening { public_url: PUBLIC, ..Opening::default() });
    let http = shop.engine.http();
    town.leads(PUBLIC, http.base());
    let mut ana = Visitor::at(&http, PUBLIC);
    let page = ana.leave(&town, "ana-buyer");
    assert!(page.contains("client_id=https%3A%2F%2Fshop.kettle%2Flink%2Fclient-metadata.json"), "{page}");
    let consent = Consent::open(&town.base(), &page);
    let did = consent.sign_in("ana-buyer.test", &Atproto::password_of("ana-buyer"));
    let back = consent.agree(&did);
    let agreed = ana.come_back(&back);
    assert_page(&agreed, 200, "What you agree to");
    assert_eq!(consent.apps_with_tokens(&did), Vec::<String>::new(), "the token is revoked");
    assert_page(&ana.link_card(&agreed), 200, "Your card is linked");
    assert_eq!(ana.browser.cookies.keys().collect::<Vec<_>>(), ["__Host-ft_me"]);
    // A DID is typed, and the server knows by the browser's cookies who comes.
    let mut again = Visitor::at(&http, PUBLIC);
    let typed = again.begin(&did);
    assert_page(&typed, 200, "Go on to Bluesky");
    let account = http.get(&format!("/v1/accounts/bluesky/{did}")).unwrap();
    assert_eq!(account["card"]["last4"], json!("4242"), "{account}");
    shop.stop();
    run_budget::report(RIG, &format!("2 {RIG}: pushed request and exchange with its key, a revocation"));
}
