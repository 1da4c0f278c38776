//! Payments whose banks ask for their buyers: the real binary against a stand-in of Stripe with the page of a bank, over real
//! sockets, and a browser without scripts.

use std::fs;
use std::thread;

use networks::stripe::{Account, Status};
use serde_json::Value;

use super::stripe::{Shop, post, sold};
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, poll};
use crate::http::browser::{Browser, unless_broken};
use crate::http::client::{Reply, exchange, request};
use crate::http::letters::letters_to;
use crate::http::linking::assert_page;

/// Her bank asks for her.
const DORA: u64 = 4;
/// Her bank asks for her as well, and no letter reaches her.
const ELLA: u64 = 5;
/// Her card pays.
const ANA: u64 = 1;

const ADDRESS: &str = "authenticationRequired@example.com";

/// A shop with one unit, where payments wait so long for their buyers.
fn shop(within: &str, faults: &[&str]) -> Shop {
    let shop = Shop::new(faults, Account::default());
    let config = fs::read_to_string(shop.path("flashtag.toml")).unwrap();
    let config = config.replace("[http]\n", "[http]\npublic_url = \"https://shop.example\"\n");
    shop.write("flashtag.toml", &format!("{config}sca = \"link\"\nsca_within = \"{within}\"\n"));
    let offers = fs::read_to_string(shop.path("offers.toml")).unwrap();
    shop.write("offers.toml", &offers.replace("units = 5", "units = 1"));
    let accounts = fs::read_to_string(shop.path("accounts.ndjson")).unwrap();
    let ella = format!(
        "{{\"network\":\"x\",\"author_id\":\"{ELLA}\",\"card\":{{\"token\":\"cus_{ELLA}/pm_authenticationRequired\",\
         \"brand\":\"visa\",\"funding\":\"credit\",\"last4\":\"3184\"}},\"email\":\"ella@example.com\",\
         \"region\":\"US-NY\"}}\n"
    );
    shop.write("accounts.ndjson", &(accounts + &ella));
    shop
}

/// The path of the page that the one letter leads to, once it has come.
fn page_of(shop: &Shop) -> String {
    let letters = poll(|| letters_to(&shop.path("data"), ADDRESS), |letters| !letters.is_empty());
    assert_eq!(letters.len(), 1, "{letters:?}");
    let whole = letters[0].replace("=\r\n", "");
    assert!(whole.contains("Subject: Your bank asks for you: Kettle"), "{whole}");
    assert!(whole.contains("authenticate-ft-"), "its name is that of the payment: {whole}");
    let (_, rest) = whole.split_once("https://shop.example/authenticate/").expect("a link");
    let end = |ch: char| ch.is_whitespace() || "\"<".contains(ch);
    format!("/authenticate/{}", rest.split(end).next().unwrap())
}

fn browser(engine: &Engine) -> Browser {
    Browser::new(engine.http().address())
}

/// The path at the bank to which a page sends the browser.
fn bank_of(shop: &Shop, page: &Reply) -> String {
    assert_page(page, 200, "Go on to your bank");
    let address = page.header("refresh").expect("it leads on").strip_prefix("0; url=").unwrap();
    assert!(page.body.contains(&format!("href=\"{address}\"")), "and where nothing is refreshed: {page:?}");
    address.strip_prefix(&shop.stripe.base_url()).expect("to the bank and nowhere else").to_owned()
}

/// Answers the bank. Returns the path at the shop to which it sends the browser.
fn tell_bank(shop: &Shop, path: &str, answer: &str) -> String {
    let mut at_bank = Browser::new(shop.stripe.address);
    let page = at_bank.get(path);
    assert!(page.body.contains("Is it you?"), "{page:?}");
    let told = at_bank.post(path, &[("answer", answer)]);
    assert_eq!(told.status, 302, "{told:?}");
    told.header("location").unwrap().strip_prefix("https://shop.example").expect("to the shop").to_owned()
}

/// The payment of a customer, and how often it was confirmed with its buyer.
fn payment_of(shop: &Shop, customer: u64) -> Option<(Status, i64, u32)> {
    let guard = shop.stripe.shared.lock();
    let intents = guard.stage.network.intents().iter();
    let mut own = intents.filter(|intent| intent.customer == format!("cus_{customer}"));
    let first = own.next()?;
    assert!(own.next().is_none(), "a second payment of cus_{customer}");
    Some((first.status, first.amount_received, first.confirmations))
}

fn order(engine: &Engine, id: &str) -> Value {
    engine.http().get(&format!("/v1/orders/{id}")).expect("it is there")
}

fn end(shop: &Shop, engine: Engine) {
    engine.http().wait_until_all_is_done();
    engine.stop();
    flashtag(["verify", "--data", &shop.path("data").display().to_string()]).must(0, &[]);
}

/// The page is opened by a mail program first, and its button is pressed in two browsers.
#[test]
fn a_payment_that_its_buyer_authenticates_in_time_is_charged_once() {
    let shop = shop("10m", &["cut-after=1x@/confirm"]);
    let engine = shop.open();
    post(&engine, 1, DORA, "#BuyKettle");
    let page = page_of(&shop);
    let (mut dora, mut again) = (browser(&engine), browser(&engine));
    for _ in 0..2 {
        let shown = dora.get(&page);
        assert_page(&shown, 200, "Your bank asks for you");
        assert!(shown.body.contains("Kettle") && shown.body.contains("20.00 USD"), "{shown:?}");
        assert!(shown.body.contains("kettle.1") && shown.body.contains("Go on to my bank"), "{shown:?}");
    }
    assert_eq!(payment_of(&shop, DORA), Some((Status::RequiresPaymentMethod, 0, 0)), "it changed nothing");
    assert_eq!((sold(&engine), order(&engine, "kettle.1")["stage"].as_str()), (0, Some("placed")));
    // The answer to the first confirmation is lost.
    let bank = bank_of(&shop, &dora.post(&page, &[]));
    assert_eq!(bank_of(&shop, &again.post(&page, &[])), bank, "the same question, in whichever browser");
    // She comes back without an answer, whatever the address of her return says.
    let shown = dora.get(&format!("{page}/back?payment_intent=pi_1&redirect_status=succeeded"));
    assert_page(&shown, 200, "Your bank asks for you");
    assert_eq!(payment_of(&shop, DORA), Some((Status::RequiresAction, 0, 1)));
    let back = tell_bank(&shop, &bank, "yes");
    assert_page(&dora.get(&back), 200, "Your bank has agreed");
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_page(&again.post(&page, &[]), 200, "Your bank has agreed");
    assert_eq!(payment_of(&shop, DORA), Some((Status::Succeeded, 2000, 1)));
    let metrics = engine.http().metrics();
    assert!(metrics.contains("flashtag_authentications_total{result=\"asked\"} 1"), "{metrics}");
    assert!(metrics.contains("flashtag_authentications_total{result=\"begun\"} 2"), "{metrics}");
    end(&shop, engine);
}

#[test]
fn a_payment_that_its_buyer_refuses_is_declined_and_its_unit_goes_to_the_next_in_line() {
    let shop = shop("10m", &[]);
    let engine = shop.open();
    post(&engine, 1, DORA, "#BuyKettle");
    let page = page_of(&shop);
    post(&engine, 2, ANA, "#BuyKettle");
    let mut dora = browser(&engine);
    let bank = bank_of(&shop, &dora.post(&page, &[]));
    let back = tell_bank(&shop, &bank, "no");
    assert_page(&dora.get(&back), 410, "Your order is off");
    assert_page(&dora.post(&page, &[]), 410, "Your order is off");
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_eq!(order(&engine, "kettle.1")["stage"], "declined");
    assert_eq!(order(&engine, "kettle.2")["account"], "x:1");
    assert_eq!(payment_of(&shop, DORA), Some((Status::Canceled, 0, 1)));
    assert_eq!(payment_of(&shop, ANA), Some((Status::Succeeded, 2000, 0)));
    end(&shop, engine);
}

/// Stripe cancels nothing at first: until it does, the unit is handed to nobody.
#[test]
fn a_payment_that_nobody_authenticates_is_closed_and_only_then_is_its_unit_handed_on() {
    let shop = shop("1s", &["unavailable=100000x@/cancel"]);
    let engine = shop.open();
    post(&engine, 1, DORA, "#BuyKettle");
    let page = page_of(&shop);
    post(&engine, 2, ANA, "#BuyKettle");
    let mut dora = browser(&engine);
    poll(|| dora.get(&page), |page| page.status == 410);
    assert_page(&dora.get(&page), 410, "Too late");
    assert_page(&dora.post(&page, &[]), 410, "Too late");
    assert_eq!(payment_of(&shop, DORA), Some((Status::RequiresPaymentMethod, 0, 0)), "nothing began");
    poll(
        || engine.http().metrics(),
        |metrics| metrics.contains("flashtag_effect_attempts_total{kind=\"authorize\",result=\"unknown\"}"),
    );
    assert_eq!((sold(&engine), order(&engine, "kettle.1")["stage"].as_str()), (0, Some("placed")));
    shop.stripe.shared.lock().stage.faults.list.clear();
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_eq!(order(&engine, "kettle.1")["stage"], "declined");
    assert_eq!(order(&engine, "kettle.2")["account"], "x:1");
    assert_eq!(payment_of(&shop, DORA), Some((Status::Canceled, 0, 0)));
    assert_page(&dora.get(&page), 410, "Your order is off");
    end(&shop, engine);
}

/// The server is killed while the browser waits for the answer to its button.
#[test]
fn a_kill_loses_no_payment_that_waits_and_confirms_none_twice() {
    let shop = shop("10m", &["slow=1x:2000@/confirm"]);
    let engine = shop.open();
    post(&engine, 1, DORA, "#BuyKettle");
    let page = page_of(&shop);
    let mut dora = browser(&engine);
    dora.may_break = true;
    let pressed = page.clone();
    let pressing = thread::spawn(move || unless_broken(|| dora.post(&pressed, &[])));
    poll(|| payment_of(&shop, DORA), |payment| payment.is_some_and(|(.., confirmed)| confirmed == 1));
    engine.kill();
    pressing.join().expect("the browser was told, or not");
    let engine = shop.open();
    assert_eq!(page_of(&shop), page, "one letter, which leads to the same page");
    let mut dora = browser(&engine);
    assert_page(&dora.get(&page), 200, "Your bank asks for you");
    let bank = bank_of(&shop, &dora.post(&page, &[]));
    // She answers while the shop is away.
    engine.kill();
    tell_bank(&shop, &bank, "yes");
    let engine = shop.open();
    poll(|| sold(&engine), |sold| *sold == 1);
    assert_eq!(payment_of(&shop, DORA), Some((Status::Succeeded, 2000, 1)));
    end(&shop, engine);
}

#[test]
fn a_link_that_is_not_the_buyers_own_leads_nowhere() {
    let shop = shop("10m", &[]);
    let engine = shop.open();
    // No letter reaches her, so nobody waits for her.
    let unwanted = b"{\"address\":\"ella@example.com\"}\n";
    let headers = ["content-type: application/x-ndjson"];
    let kept = exchange(engine.http().address(), &request("POST", "/v1/suppressions", &headers, unwanted));
    assert_eq!(kept.status, 200, "{kept:?}");
    post(&engine, 1, ELLA, "#BuyKettle");
    let declined = || engine.http().get("/v1/orders/kettle.1");
    poll(declined, |order| order.as_ref().is_some_and(|order| order["stage"] == "declined"));
    assert_eq!(payment_of(&shop, ELLA), Some((Status::Canceled, 0, 0)));
    post(&engine, 2, DORA, "#BuyKettle");
    let page = page_of(&shop);
    let mut eve = browser(&engine);
    let (head, tail) = page.split_at(page.len() - 10);
    let changed = if tail.starts_with('A') { "B" } else { "A" };
    for path in
        [format!("{head}{changed}{}", &tail[1..]), format!("/confirm{}", &page["/authenticate".len()..])]
    {
        assert_page(&eve.get(&path), 403, "This link is not from us");
        assert_page(&eve.post(&path, &[]), 403, "This link is not from us");
    }
    assert_page(&eve.get("/authenticate/A"), 404, "There is nothing here");
    let mut foreign = browser(&engine);
    foreign.headers.push("Origin: https://evil.example".to_owned());
    assert_page(&foreign.post(&page, &[]), 403, "Press the button on our own page");
    assert_eq!(payment_of(&shop, DORA), Some((Status::RequiresPaymentMethod, 0, 0)), "nothing began");
    // She takes the order back: her link is of no use to anybody any more.
    post(&engine, 3, DORA, "#CancelKettle");
    poll(|| order(&engine, "kettle.2"), |order| order["stage"] == "taken_back");
    assert_page(&eve.get(&page), 410, "Your order is off");
    assert_page(&eve.post(&page, &[]), 410, "Your order is off");
    assert_eq!(payment_of(&shop, DORA), Some((Status::RequiresPaymentMethod, 0, 0)));
    engine.stop();
}
