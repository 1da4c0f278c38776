//! Cards that are given on the hosted page of a stand-in of Stripe: the real binary, over real sockets, and a browser without
//! scripts that goes the whole way.

use flashtag::clock::Clock;
use networks::stripe::{Account, Status, Webhook};
use rusqlite::Connection;

use super::stripe::{Shop, post, send, sold};
use super::till::WEBHOOK_SECRET;
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, poll};
use crate::http::browser::Browser;
use crate::http::client::{Reply, exchange, request};
use crate::http::linking::{assert_page, sign_in};
use crate::people::scan::assert_nowhere;

pub(crate) const BOXES: [(&str, &str); 3] = [("identity", "yes"), ("card", "yes"), ("letters", "yes")];

fn browser(engine: &Engine) -> Browser {
    Browser::new(engine.http().address())
}

/// The path at Stripe to which a page sends the browser.
pub(crate) fn sent_to(shop: &Shop, page: &Reply) -> String {
    assert_page(page, 200, "Go on to the card page");
    let refresh = page.header("refresh").expect("it leads on");
    let address = refresh.strip_prefix("0; url=").unwrap();
    let path = address.strip_prefix(&shop.stripe.base_url()).expect("to Stripe and nowhere else");
    assert!(page.body.contains(&format!("href=\"{address}\"")), "and where nothing is refreshed");
    path.to_owned()
}

/// Gives the card of that name. Returns the path at the shop to which Stripe sends the browser.
pub(crate) fn give(shop: &Shop, path: &str, card: &str) -> String {
    let mut at_stripe = Browser::new(shop.stripe.address);
    let page = at_stripe.get(path);
    assert!(page.body.contains("Save a card") && !page.body.contains("number\""), "{page:?}");
    let owner = [("email", "ana@example.com"), ("name", "Ana Example"), ("country", "US"), ("state", "NY")];
    let given = at_stripe.post(path, &[&owner[..], &[("card", card)]].concat());
    assert_eq!(given.status, 302, "{given:?}");
    let back = given.header("location").unwrap();
    back.strip_prefix("http://localhost").expect("to the shop").to_owned()
}

/// Signs in, agrees, and goes to Stripe. Returns the path there.
fn begin(shop: &Shop, browser: &mut Browser, author: &str) -> String {
    let consent = sign_in(browser, "x", author);
    assert_page(&consent, 200, "What you agree to");
    let page = browser.press(&consent, "/link/card", &BOXES);
    sent_to(shop, &page)
}

fn attached(shop: &Shop) -> Vec<String> {
    let guard = shop.stripe.shared.lock();
    let methods = guard.stage.network.payment_methods().iter();
    methods.filter(|method| method.customer.is_some()).map(|method| method.id.clone()).collect()
}

fn customers(shop: &Shop) -> usize {
    shop.stripe.shared.lock().stage.network.customers().len()
}

#[test]
fn a_stranger_links_a_card_at_stripe_buys_changes_it_and_leaves_nothing() {
    let shop =
        Shop::new(&["cut-after=1x@POST /v1/customers", "cut-after=1x@POST /v1/checkout"], Account::default());
    let engine = shop.open();
    let mut ana = browser(&engine);
    let checkout = begin(&shop, &mut ana, "77");
    // She looks at the page, and comes back first without a card.
    let left = ana.get("/link/left");
    assert_page(&left, 200, "No card was linked");
    assert!(left.body.contains("/link/consent"), "{left:?}");
    let done = give(&shop, &checkout, "visa");

    // Somebody else has the address of her return.
    let mut eve = browser(&engine);
    assert_page(&eve.get(&done), 403, "Sign in first");
    sign_in(&mut eve, "x", "66");
    assert_page(&eve.get(&done), 403, "No card was linked");
    for _ in 0..2 {
        let linked = ana.get(&done);
        assert_page(&linked, 200, "Your card is linked");
        assert!(linked.body.contains("Visa, ending in 4242, pays") && linked.body.contains("#BuyKettle"));
    }
    assert_eq!(customers(&shop), 1, "whatever was lost");
    post(&engine, 1, 77, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_eq!(shop.payments(), [("cus_C1".to_owned(), Status::Succeeded, 2000)]);

    // What the page asked is hers to read, and lies nowhere in the open.
    let held = ana.get("/me/data").json();
    assert_eq!(held["person"]["name"], "Ana Example", "{held}");
    assert_eq!(held["person"]["ship_to"]["city"], "Springfield", "{held}");
    assert_eq!(held["person"]["email"], "ana@example.com", "{held}");
    assert_nowhere(&shop.path("data"), &["Ana Example", "ana@example.com", "Springfield"]);

    // The order says where its parcel goes, and that somebody read it is counted.
    let address = |engine: &Engine| engine.http().get("/v1/orders/kettle.1").unwrap()["address"].clone();
    let told = address(&engine);
    let (name, city) = (told["name"].as_str(), told["city"].as_str());
    assert_eq!((name, city), (Some("Ana Example"), Some("Springfield")), "{told}");
    assert!(engine.http().metrics().contains("flashtag_personal_reads_total{by=\"order\"} 1"));

    // Another card takes the place of the first one, also at Stripe; the first return gives nothing any more.
    let me = ana.open("/me");
    let checkout = sent_to(&shop, &ana.press(&me, "/link/card", &[]));
    let second = give(&shop, &checkout, "mastercardDebit");
    let linked = ana.get(&second);
    assert!(linked.body.contains("Mastercard, ending in 8210, pays"), "{linked:?}");
    poll(|| attached(&shop), |attached| *attached == ["pm_2mastercardDebit"]);
    assert!(!ana.get(&done).body.contains("4242"));
    post(&engine, 2, 77, "#CancelKettle");
    poll(|| sold(&engine), |sold| *sold == 0);
    post(&engine, 3, 77, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    let paid_with: Vec<String> = {
        let guard = shop.stripe.shared.lock();
        guard.stage.network.intents().iter().map(|intent| intent.payment_method.clone()).collect()
    };
    assert_eq!(paid_with, ["pm_1visa", "pm_2mastercardDebit"], "each order with the card of its time");

    // Erased, also if the engine is killed right then: what Stripe keeps of her goes as well.
    let me = ana.open("/me");
    let erased = ana.press(&me, "/me/erase", &[("sure", "yes")]);
    assert_page(&erased, 200, "You are erased");
    engine.kill();
    let engine = shop.open();
    poll(|| customers(&shop), |customers| *customers == 0);
    assert_eq!(attached(&shop), [""; 0]);
    assert!(address(&engine).is_null(), "her order stays without a name");
    engine.http().wait_until_all_is_done();
    let config = shop.config();
    let reconcile = ["reconcile", "--config", &config, "--since", "2020-01-01T00:00:00Z", "--recent", "0s"];
    let found = poll(|| flashtag(reconcile), |found| found.out.contains("usd: taken 4000, returned 2000"));
    found.must(0, &["payments compared: 2", "differences: 0"]);
    engine.stop();
    flashtag(["verify", "--data", &shop.path("data").display().to_string()]).must(0, &[]);
}

/// Each row: the card, and what its owner is told.
#[test]
fn a_page_that_gives_no_card_is_answered_kindly() {
    let shop = Shop::new(&[], Account::default());
    let engine = shop.open();
    let mut ana = browser(&engine);
    let checkout = begin(&shop, &mut ana, "77");
    let id = checkout.strip_prefix("/c/pay/").unwrap();
    let done = format!("/link/done?cs={id}");
    let told = |browser: &mut Browser, path: &str, words: &str| {
        let page = browser.get(path);
        assert_page(&page, 409, "No card was linked");
        assert!(page.body.contains(words) && page.body.contains("Nothing was changed"), "{page:?}");
    };
    told(&mut ana, &done, "No card was given");
    give(&shop, &checkout, "slow");
    told(&mut ana, &done, "its bank did not agree");
    shop.stripe.shared.lock().stage.network.settle_setups();
    assert_page(&ana.get(&done), 200, "Your card is linked");
    let mut bea = browser(&engine);
    let checkout = begin(&shop, &mut bea, "78");
    let done = give(&shop, &checkout, "nameless");
    told(&mut bea, &done, "cannot be told from others");
    told(&mut bea, "/link/done?cs=cs_test_99", "time is over");
    // The shop's key is revoked: nobody is told that their card is at fault.
    let mut cleo = browser(&engine);
    let checkout = begin(&shop, &mut cleo, "79");
    let done = give(&shop, &checkout, "visa");
    shop.stripe.shared.lock().stage.network.revoke_key("rk_test_51Secret");
    assert_page(&cleo.get(&done), 502, "No card was linked");
    shop.stripe.shared.lock().stage.network.add_key("rk_test_51Secret", Account::default());
    assert_page(&cleo.get(&done), 200, "Your card is linked");
    engine.stop();
}

/// Nobody is told that these cards are linked, so nothing of them stays at Stripe, also if the engine is killed right then.
#[test]
fn what_is_not_taken_or_was_never_answered_leaves_nothing_at_stripe() {
    const HOUR_MS: i64 = 3_600_000;
    let shop = Shop::new(&["cut-after=2x@POST /v1/customers"], Account::default());
    let engine = shop.open();
    // Stripe made her a customer, and nobody heard of it. Then she is erased.
    let mut eve = browser(&engine);
    let consent = sign_in(&mut eve, "x", "66");
    assert_page(&eve.press(&consent, "/link/card", &BOXES), 502, "No card was linked");
    assert_eq!(customers(&shop), 1);
    let remove = |path: &str| exchange(engine.http().address(), &request("DELETE", path, &[], b""));
    remove("/v1/accounts/x/66/personal-data").assert_problem(404, "not_found");
    poll(|| customers(&shop), |customers| *customers == 0);

    // The card without a billing address is detached at once, and its owner is told why as long as the page is open.
    let mut ana = browser(&engine);
    let done = {
        let checkout = begin(&shop, &mut ana, "77");
        give(&shop, &checkout, "homeless")
    };
    assert!(ana.get(&done).body.contains("no billing address"));
    poll(|| attached(&shop), Vec::is_empty);
    assert!(ana.get(&done).body.contains("no billing address"));
    // This one's bank agrees an hour later, when nobody waits for it any more.
    let mut bea = browser(&engine);
    let checkout = begin(&shop, &mut bea, "78");
    give(&shop, &checkout, "slow");
    remove("/v1/accounts/x/78").assert_problem(404, "not_found");
    engine.kill();
    shop.stripe.shared.lock().stage.network.settle_setups();
    assert_eq!((attached(&shop).len(), customers(&shop)), (1, 2));
    let database = Connection::open(shop.path("data/ops.sqlite")).unwrap();
    database.execute("UPDATE link_cards SET look_at = 0, began_at = began_at - ?1", [HOUR_MS]).unwrap();
    database.execute("UPDATE card_customers SET asked_at = asked_at - ?1", [HOUR_MS]).unwrap();
    drop(database);
    let engine = shop.open();
    poll(|| (attached(&shop).len(), customers(&shop)), |left| *left == (0, 0));
    engine.stop();
}

/// She closes the browser on the page of Stripe. A look without a hint comes minutes later.
#[test]
fn a_webhook_links_the_card_of_a_page_without_return_at_once_and_changes_nothing_by_itself() {
    let shop = Shop::new(&[], Account::default());
    let engine = shop.open();
    let linked = |author: &str| engine.http().get(&format!("/v1/accounts/x/{author}"));
    let (mut ana, mut bea) = (browser(&engine), browser(&engine));
    let still_open = begin(&shop, &mut bea, "78");
    let checkout = begin(&shop, &mut ana, "77");
    let now_ms = || Clock::start().now().ms();
    let still_open = still_open.strip_prefix("/c/pay/").unwrap();
    let says = |session: &str| {
        let object = format!("{{\"id\":\"{session}\",\"status\":\"complete\"}}");
        format!(
            "{{\"id\":\"evt_9\",\"type\":\"checkout.session.completed\",\"data\":{{\"object\":{object}}}}}"
        )
    };
    // It says so of a page that is still open, of one that nobody opened here, and of none.
    let table = [(still_open, 200, "taken"), ("cs_test_99", 200, "taken"), ("7", 400, "no_event")];
    for (session, status, result) in table {
        let (answered, text) = send(&engine, &Webhook::signed(says(session), WEBHOOK_SECRET, now_ms()));
        assert_eq!((answered, text.contains(result)), (status, true), "{session}: {text}");
    }
    give(&shop, &checkout, "visa");
    let webhook = shop.stripe.shared.lock().stage.network.events()[0].webhook(WEBHOOK_SECRET, now_ms());
    let forged = Webhook::signed(webhook.body.clone(), "whsec_guessed", now_ms());
    assert_eq!(send(&engine, &forged).0, 400);
    assert_eq!(linked("77"), None, "nobody has said so who is believed");
    for _ in 0..2 {
        assert_eq!(send(&engine, &webhook), (200, "{\"result\":\"taken\"}".to_owned()));
    }
    let account = poll(|| linked("77"), Option::is_some).unwrap();
    assert_eq!(account["card"]["last4"], "4242", "{account}");
    post(&engine, 1, 77, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_eq!(shop.payments(), [("cus_C2".to_owned(), Status::Succeeded, 2000)]);
    assert_eq!(linked("78"), None, "her page gave no card");
    engine.stop();
}

#[test]
fn a_check_of_the_providers_says_what_the_card_page_lacks() {
    let rights = Account::default().without("checkout", true).without("payment_methods", true);
    let shop = Shop::new(&[], rights);
    let told = [
        "good: the key may write Customers",
        "good: the key may read Setup Intents",
        "MISSING: the key may not write Checkout Sessions",
        "MISSING: the key may not write Payment Methods",
    ];
    flashtag(["check", "--providers", "--config", &shop.config()]).must(1, &told);
    assert_eq!(customers(&shop), 0, "nothing was made");
}
