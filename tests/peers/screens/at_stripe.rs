//! The pages of a shop whose cards are taken by Stripe.

use flashtag::clock::Clock;
use networks::stripe::Account;

use super::states::States;
use crate::crash::server::poll;
use crate::http::browser::Browser;
use crate::http::linking::sign_in;
use crate::live::cards::{BOXES, give, sent_to};
use crate::live::stripe::{Shop, post, sold};

pub(super) fn states(states: &mut States) {
    let shop = Shop::new(&[], Account::default());
    let engine = shop.open();
    let mut ana = Browser::new(engine.http().address());
    let consent = sign_in(&mut ana, "x", "77");
    let page = ana.press(&consent, "/link/card", &BOXES);
    states.add("go-on-to-card-page", &page);
    let checkout = sent_to(&shop, &page);
    let session = checkout.rsplit('/').next().expect("a path");
    states.add("card-page-left-open", &ana.get(&format!("/link/done?cs={session}")));
    let done = give(&shop, &checkout, "visa");
    states.add("linked-at-stripe", &ana.get(&done));
    // Her bank disputes one order and warns of another one.
    for (number, author) in [(1, 77), (2, 77)] {
        post(&engine, number, author, "#BuyKettle");
    }
    poll(|| sold(&engine), |sold| *sold >= 1);
    engine.http().wait_until_all_is_done();
    let now_ms = Clock::start().now().ms();
    {
        let mut guard = shop.stripe.shared.lock();
        let intent = guard.stage.network.intents()[0].id.clone();
        guard.stage.network.warn(&intent, now_ms);
        guard.stage.network.dispute(&intent, "needs_response", now_ms).expect("it is paid");
    }
    engine.kill();
    let engine = shop.open();
    let listed =
        || engine.http().get("/v1/objections").expect("an answer")["objections"].as_array().map(Vec::len);
    poll(listed, |listed| *listed == Some(2));
    let mut ana = Browser::new(engine.http().address());
    states.add("me-objections", &sign_in(&mut ana, "x", "77"));
    engine.stop();
}
