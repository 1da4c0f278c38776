//! A newcomer with the pages alone: from a stranger to a buyer, and back to a stranger.

use super::atproto::Atproto;
use super::installed::{Peer, installed};
use super::shop::{Opening, Shop};
use super::till::Till;
use super::town::Town;
use crate::crash::server::poll;
use crate::http::letters::{letters_to, page_of};
use crate::http::linking::assert_page;
use crate::people::scan::assert_nowhere;
use crate::run_budget;
use crate::sign_in::{Visitor, sent_on};

const WHO: &str = "cleo-stranger";
const ADDRESS: &str = "cleo@example.com";
const OWNER: [(&str, &str); 4] =
    [("email", ADDRESS), ("name", "Cleo Kettleford"), ("country", "US"), ("state", "NY")];
const BOXES: [(&str, &str); 3] = [("identity", "yes"), ("card", "yes"), ("letters", "yes")];

/// Signs in at the network, agrees, gives a card on the processor's page, and proves the address for letters.
fn join(shop: &Shop<'_, Atproto>, till: &Till) -> Visitor {
    let mut cleo = Visitor::of(&shop.engine.http());
    let consent = cleo.sign_in(shop.town, WHO);
    assert_page(&consent, 200, "What you agree to");
    let page = cleo.browser.press(&consent, "/link/card", &BOXES);
    let back = till.give_card(&sent_on(&page, "Go on to the card page"), &OWNER);
    assert_page(&cleo.come_back(&back), 200, "Your card is linked");
    let letters = poll(|| letters_to(&shop.data(), ADDRESS), |letters| !letters.is_empty());
    let page = page_of(&letters[0]);
    assert_page(&cleo.browser.get(&page), 200, "Is this your address?");
    assert_page(&cleo.browser.post(&page, &[]), 200, "Letters come to this address");
    cleo
}

/// Waits for a letter with these words.
fn wait_for_letter(shop: &Shop<'_, Atproto>, words: &str) {
    let has = |letters: &Vec<String>| letters.iter().any(|letter| letter.contains(words));
    poll(|| letters_to(&shop.data(), ADDRESS), has);
}

#[test]
fn a_newcomer_links_buys_takes_back_and_is_erased() {
    const RIG: &str = "peer newcomer at a bluesky server";
    let Some(peer) = installed(Peer::Atproto, RIG) else { return };
    let (town, till) = (Atproto::start(&peer), Till::start());
    let opening = Opening { rules: "take_back = \"1h\"\n", till: Some(&till), ..Opening::default() };
    let shop = Shop::open_as(&town, opening);
    let (http, at) = (shop.engine.http(), town.mention());
    let reply_to = |words: &str| shop.wait_for_reply(&town.post(WHO, words, None));

    // A stranger is told where to link a card, and orders nothing.
    let told = reply_to(&format!("{at} #BuyKettle"));
    assert!(!told.text.contains("#ConfirmKettle"), "{told:?}");
    let mut cleo = join(&shop, &till);

    // A post buys, a second one confirms; the page and a letter say so.
    let prompt = reply_to(&format!("{at} now I have one #BuyKettle"));
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    assert!(cleo.browser.open("/me").body.contains("reserved: 1"));
    town.post(WHO, &format!("{at} #ConfirmKettle"), Some(&prompt.id));
    shop.wait_until_sold(1);
    let me = cleo.browser.open("/me");
    assert_page(&me, 200, "Your account");
    assert!(me.body.contains("bought: 1"), "{me:?}");
    assert_eq!(till.books(), (vec![2000], vec![]));
    wait_for_letter(&shop, "It is yours");

    // She takes it back: the money goes back, and the kettle is for sale again.
    town.post(WHO, &format!("{at} #CancelKettle"), Some(&prompt.id));
    shop.wait_until_sold(0);
    wait_for_letter(&shop, "on its way back");
    http.wait_until_all_is_done();
    assert_eq!(http.get("/v1/offers/kettle").unwrap()["available"], 3);
    assert_eq!(till.books(), (vec![2000], vec![2000]));
    let me = cleo.browser.open("/me");
    assert!(me.body.contains("Nothing yet."), "{me:?}");

    // She leaves, and nothing of hers is there any more, here or at the processor.
    let account = format!("/v1/accounts/bluesky/{}", town.author_id(WHO));
    assert!(http.get(&account).is_some() && http.get(&format!("{account}/personal-data")).is_some());
    assert_page(&cleo.browser.press(&me, "/me/erase", &[("sure", "yes")]), 200, "You are erased");
    assert!(http.get(&account).is_none() && http.get(&format!("{account}/personal-data")).is_none());
    assert_page(&cleo.browser.open("/me"), 403, "Sign in first");
    poll(|| till.customers(), |customers| *customers == 0);
    // The same refusal is not told twice within a while.
    town.post(WHO, &format!("{at} once more #BuyKettle"), None);
    poll(|| http.get("/v1/offers/kettle").unwrap(), |offer| offer["outcomes"]["not_linked"] == 2);
    let data = shop.data();
    assert_nowhere(&data, &[ADDRESS, "Cleo Kettleford"]);
    shop.stop();
    run_budget::report(RIG, &format!("1 {RIG}: linked, bought, told by letter, took back, refunded, erased"));
}
