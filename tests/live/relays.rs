//! Relays that lie, and authors' servers that are away: before a card is asked, the posts that an order rests on are read
//! where only their author can put them.

use std::fs;

use networks::Fault;
use networks::bluesky::World;

use super::shop::{OFFERS, Shop, Wanted};
use crate::books;
use crate::crash::server::{assert_verified, poll};

type Bluesky = Shop<World>;

/// What the authors' servers answer about posts.
const READINGS: &str = "GET /xrpc/com.atproto.repo.getRecord";

/// The letters to a buyer.
fn letters(shop: &Bluesky, buyer: &str) -> Vec<String> {
    let mail = fs::read_dir(shop.path("data/mail/new")).into_iter().flatten().map_while(Result::ok);
    let read = |entry: fs::DirEntry| fs::read_to_string(entry.path()).expect("a letter is text");
    mail.map(read).filter(|letter| letter.contains(&format!("{buyer}@example.com"))).collect()
}

/// Waits for the letter that an order is off. Returns its lines as one text.
fn wait_until_it_is_off(shop: &Bluesky, buyer: &str) -> String {
    let is_off = |letters: &Vec<String>| letters.iter().any(|letter| letter.contains("Your order is off"));
    let found = poll(|| letters(shop, buyer), is_off);
    let letter = found.into_iter().find(|letter| letter.contains("Your order is off")).expect("just found");
    letter.replace("=\r\n", "").replace("=\n", "")
}

/// The operations that the card provider was asked for.
fn asked_of_cards(shop: &Bluesky) -> Vec<String> {
    let ledger = books::lines(&shop.path("data/cards.ndjson"));
    ledger.iter().map(|line| line["operation"].as_str().expect("a text").to_owned()).collect()
}

fn forge(shop: &Bluesky, who: &str, text: &str) -> String {
    let now_ms = shop.network.shared.now_ms();
    let forged = shop.network.shared.lock().stage.network.forge(who, text, now_ms);
    forged.expect("the account is there")
}

fn wait_until_reserved(shop: &Bluesky, units: u64) {
    poll(|| shop.offer(), |offer| offer["reserved"] == units);
}

/// The posts are invented, by one who runs the stream that the shop reads.
fn nothing_that_is_invented_is_charged(read: &str) {
    let shop = Bluesky::open(read, &["ana", "ben", "cleo"], Vec::new());
    // Both posts are invented.
    forge(&shop, "ana", "@shop I want it! #BuyKettle");
    wait_until_reserved(&shop, 1);
    forge(&shop, "ana", "@shop #ConfirmKettle");
    let letter = wait_until_it_is_off(&shop, "ana");
    assert!(letter.contains("does not have the post as it reached us"), "{letter}");
    assert!(letter.contains("nothing was charged"), "{letter}");

    // The claim is genuine, and its author never confirmed it.
    let claim = shop.post("ben", "@shop #BuyKettle", None);
    shop.wait_for_reply(&claim);
    forge(&shop, "ben", "@shop #ConfirmKettle");
    wait_until_it_is_off(&shop, "ben");

    // A genuine post says something else.
    let chat = shop.post("cleo", "What a day", None);
    let now_ms = shop.network.shared.now_ms();
    let over = shop.network.shared.lock().stage.network.forge_over(&chat, "@shop #BuyKettle", now_ms);
    assert_eq!(over.as_ref(), Some(&chat));
    wait_until_reserved(&shop, 1);
    shop.post("cleo", "@shop #ConfirmKettle", None);
    wait_until_it_is_off(&shop, "cleo");

    poll(|| shop.offer(), |offer| offer["reserved"] == 0);
    let offer = shop.offer();
    assert_eq!((&offer["sold"], &offer["available"]), (&0.into(), &3.into()), "{offer}");
    assert_eq!(asked_of_cards(&shop), [""; 0], "no card was asked");

    // It keeps nobody from buying.
    let claim = shop.post("ben", "@shop #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    shop.post("ben", "@shop #ConfirmKettle", Some(&prompt.id));
    shop.wait_until_sold(1);
    assert_eq!(asked_of_cards(&shop), ["authorize", "capture"]);
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

#[test]
fn what_a_jetstream_invents_is_charged_to_nobody() {
    nothing_that_is_invented_is_charged("jetstream");
}

#[test]
fn what_a_second_jetstream_invents_is_charged_to_nobody() {
    nothing_that_is_invented_is_charged("jetstream2");
}

#[test]
fn what_a_relay_of_repositories_invents_is_charged_to_nobody() {
    nothing_that_is_invented_is_charged("repositories");
}

fn set_faults(shop: &Bluesky, faults: &[&str]) {
    let faults = faults.iter().map(|fault| Fault::parse(fault).expect("a fault"));
    shop.network.shared.lock().stage.faults.list = faults.collect();
}

/// Claims, and confirms while the author's server is away.
fn order_while_the_server_is_away(shop: &Bluesky) {
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    set_faults(shop, &[&format!("unavailable=1@{READINGS}")]);
    shop.post("ana", "@shop #ConfirmKettle", Some(&prompt.id));
    let unreachable = "flashtag_effect_attempts_total{kind=\"attest\",result=\"unreachable\"}";
    poll(|| shop.engine.http().metrics(), |metrics| metrics.contains(unreachable));
    assert_eq!(asked_of_cards(shop), [""; 0], "the card waits for the posts");
}

#[test]
fn an_authors_server_that_comes_back_sells_once() {
    let shop = Bluesky::open("jetstream", &["ana"], Vec::new());
    order_while_the_server_is_away(&shop);
    let (_, text) = shop.engine.http().readiness();
    assert!(!text.contains("cards"), "the card provider is not to blame: {text}");
    // A restart in between changes nothing.
    let shop = shop.restart();
    assert_eq!(shop.offer()["sold"], 0);
    set_faults(&shop, &[]);
    shop.wait_until_sold(1);
    assert_eq!(asked_of_cards(&shop), ["authorize", "capture"]);
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

#[test]
fn an_authors_server_that_stays_away_is_told_and_not_charged() {
    let offers = OFFERS.replace("\"15m\"", "\"10s\"\nlate_grace = \"1s\"\nprompt_patience = \"10s\"");
    let buyers = ["ana".to_owned()];
    let (units, proxy, tables) = (3, None, "");
    let wanted = Wanted { read: "jetstream", buyers: &buyers, faults: Vec::new(), units, proxy, tables };
    let shop = Bluesky::open_selling(&offers, wanted);
    order_while_the_server_is_away(&shop);
    let letter = wait_until_it_is_off(&shop, "ana");
    assert!(letter.contains("did not show us your post in time"), "{letter}");
    poll(|| shop.offer(), |offer| offer["reserved"] == 0);
    assert_eq!(shop.offer()["available"], 3);
    assert_eq!(asked_of_cards(&shop), [""; 0]);
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}
