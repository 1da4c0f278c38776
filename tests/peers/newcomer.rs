//! A newcomer with the pages alone: from a stranger to a buyer, back to a stranger, at servers that nobody here wrote.

use super::atproto::Atproto;
use super::installed::{Peer, installed};
use super::shop::{Opening, Shop};
use super::town::Town;
use crate::crash::server::poll;
use crate::http::linking::assert_page;
use crate::run_budget;
use crate::sign_in::Visitor;

const WHO: &str = "cleo-stranger";

/// What the card sandbox has written about its payments.
fn payments(shop: &Shop<'_, Atproto>) -> String {
    std::fs::read_to_string(shop.data().join("cards.ndjson")).unwrap()
}

#[test]
fn a_newcomer_links_buys_takes_back_and_is_erased() {
    const RIG: &str = "peer newcomer at a bluesky server";
    let Some(peer) = installed(Peer::Atproto, RIG) else { return };
    let town = Atproto::start(&peer);
    let shop = Shop::open_as(&town, Opening { rules: "take_back = \"1h\"\n", ..Opening::default() });
    let http = shop.engine.http();
    let at = town.mention();
    let reply_to = |words: &str| shop.wait_for_reply(&town.post(WHO, words, None));

    // A stranger is told where to link a card, and orders nothing.
    let told = reply_to(&format!("{at} #BuyKettle"));
    assert!(!told.text.contains("#ConfirmKettle"), "{told:?}");

    // With the pages alone: the account, and a card.
    let mut cleo = Visitor::of(&http);
    let consent = cleo.sign_in(&town, WHO);
    assert_page(&cleo.link_card(&consent), 200, "Your card is linked");

    // A post buys, a second one confirms, and the page shows it.
    let prompt = reply_to(&format!("{at} now I have one #BuyKettle"));
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    assert!(cleo.browser.open("/me").body.contains("reserved: 1"));
    town.post(WHO, &format!("{at} #ConfirmKettle"), Some(&prompt.id));
    shop.wait_until_sold(1);
    let me = cleo.browser.open("/me");
    assert_page(&me, 200, "Your account");
    assert!(me.body.contains("bought: 1"), "{me:?}");
    assert_eq!(payments(&shop).matches("\"capture\"").count(), 1, "{}", payments(&shop));

    // She takes it back: the money goes back, and the kettle is for sale again.
    town.post(WHO, &format!("{at} #CancelKettle"), Some(&prompt.id));
    shop.wait_until_sold(0);
    http.wait_until_all_is_done();
    assert_eq!(http.get("/v1/offers/kettle").unwrap()["available"], 3);
    assert_eq!(payments(&shop).matches("\"refund\"").count(), 1, "{}", payments(&shop));
    let me = cleo.browser.open("/me");
    assert!(me.body.contains("Nothing yet."), "{me:?}");

    // She leaves, and nothing of hers is there any more.
    let account = format!("/v1/accounts/bluesky/{}", town.author_id(WHO));
    assert!(http.get(&account).is_some() && http.get(&format!("{account}/personal-data")).is_some());
    assert_page(&cleo.browser.press(&me, "/me/erase", &[("sure", "yes")]), 200, "You are erased");
    assert!(http.get(&account).is_none() && http.get(&format!("{account}/personal-data")).is_none());
    assert_page(&cleo.browser.open("/me"), 403, "Sign in first");
    // The same refusal is not told twice within a while.
    town.post(WHO, &format!("{at} once more #BuyKettle"), None);
    poll(|| http.get("/v1/offers/kettle").unwrap(), |offer| offer["outcomes"]["not_linked"] == 2);
    shop.stop();
    run_budget::report(RIG, &format!("1 {RIG}: linked, bought, took back, refunded, erased"));
}
