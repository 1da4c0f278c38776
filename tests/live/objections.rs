//! What banks object to, as the shop lists it and as the buyer sees it: the real binary against a stand-in of Stripe.

use flashtag::clock::Clock;
use networks::stripe::Account;
use serde_json::Value;

use super::stripe::{Shop, post, sold};
use crate::command::{flashtag, ndjson};
use crate::crash::server::{Server as Engine, poll};
use crate::http::browser::Browser;
use crate::http::linking::{assert_page, sign_in};

/// Where a row of the buyers' page begins.
const HEADING: &str = "<h2>What your bank says</h2>";

fn me(engine: &Engine, author: &str) -> String {
    let page = sign_in(&mut Browser::new(engine.http().address()), "x", author);
    assert_page(&page, 200, "Your account");
    page.body
}

fn listed(engine: &Engine) -> Vec<Value> {
    let base = engine.http().base().to_owned();
    ndjson(&flashtag(["objections", "list", "--json", "--server", &base]).must(0, &[]).out)
}

#[test]
fn the_shop_lists_what_banks_object_to_and_each_buyer_sees_their_own() {
    let shop = Shop::new(&[], Account::default());
    let engine = shop.open();
    let base = engine.http().base().to_owned();
    let list = ["objections", "list", "--server", &base];
    flashtag(list).must(0, &["nobody objects to a payment"]);
    for (number, author) in [(1, 1), (2, 3)] {
        post(&engine, number, author, "#BuyKettle");
        poll(|| sold(&engine), |sold| *sold == number);
    }
    engine.http().wait_until_all_is_done();
    assert!(!me(&engine, "1").contains(HEADING), "nobody objects");
    let now_ms = || Clock::start().now().ms();
    let intents: Vec<String> = {
        let guard = shop.stripe.shared.lock();
        guard.stage.network.intents().iter().map(|intent| intent.id.clone()).collect()
    };
    {
        let mut guard = shop.stripe.shared.lock();
        guard.stage.network.warn(&intents[1], now_ms());
        guard.stage.network.dispute(&intents[0], "needs_response", now_ms()).unwrap();
    }
    // The list of events has them at the next start.
    engine.kill();
    let engine = shop.open();
    let base = engine.http().base().to_owned();
    let list = ["objections", "list", "--server", &base];
    let found = poll(|| listed(&engine), |found| found.len() == 2);
    // Who has to act first stands first.
    assert_eq!((&found[0]["order"], &found[1]["order"]), (&"kettle.1".into(), &"kettle.2".into()));
    let due = found[0]["due_by"].as_str().expect("a deadline");
    flashtag(list).must(
        0,
        &[
            &format!("dp_1  order kettle.1  payment {}  needs_response ", intents[0]),
            &format!("  give evidence before {due} at the card processor, or accept the dispute"),
            &format!("issfr_1  order kettle.2  payment {}  fraud_warning ", intents[1]),
            "  a refund of the order may prevent a dispute",
        ],
    );
    let (first, other) = (me(&engine, "1"), me(&engine, "3"));
    assert!(first.contains(HEADING) && first.contains("<dt>Order kettle.1</dt>"), "{first}");
    assert!(first.contains("Your bank disputes 20.00 USD, and waits for the shop&#39;s answer."), "{first}");
    assert!(!first.contains("kettle.2") && !other.contains("kettle.1"), "each sees their own");
    assert!(other.contains("Your bank warned the shop"), "{other}");
    let held = engine.http().get("/v1/accounts/x/1").expect("it is linked");
    assert_eq!(held["objections"][0]["id"], "dp_1", "{held}");
    // One order is taken back, and the bank decides about the other: the list is empty, and each buyer still sees what came of it.
    post(&engine, 3, 3, "#CancelKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    shop.stripe.shared.lock().stage.network.move_dispute("dp_1", "won", now_ms());
    engine.stop();
    let engine = shop.open();
    poll(|| listed(&engine), Vec::is_empty);
    assert!(me(&engine, "1").contains("Your bank disputed 20.00 USD, and decided for the shop."));
    assert!(me(&engine, "3").contains("That is over."));
    engine.stop();
}
