//! Opens a kept directory, carries out pending effects, sells on, kills the server, opens the directory again
//! and verifies it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::directory::Copy;
use super::engine::{Engine, Post, history, verify};
use super::moving::without_addresses;
use super::writer::transaction;
use crate::command::ndjson;
use crate::crash::poll;

/// The first id of new posts, unused in all kept directories.
const FIRST_ID: u64 = 9_000_000;

/// Effects that move money: they do not expire, and all must be carried out.
const MONEY: [&str; 6] = ["authorize", "capture", "void", "refund", "credit", "reverse_credit"];

/// The card provider's ledger.
struct Ledger(Vec<Value>);

impl Ledger {
    fn read(copy: &Copy) -> Self {
        Self(copy.book("cards"))
    }

    /// The keys under which an operation was approved for an order.
    fn approved(&self, operation: &str, order: &str) -> Vec<&str> {
        let is = |line: &&Value| {
            line["operation"] == operation && line["order"] == order && line["result"] == "approved"
        };
        self.0.iter().filter(is).map(|line| text(&line["key"])).collect()
    }

    /// Asserts that an order is captured at most once and that no key has two answers.
    fn assert_nothing_twice(&self) {
        let mut seen = BTreeSet::new();
        for line in &self.0 {
            assert!(seen.insert(text(&line["key"])), "a key was used twice: {line}");
            let captured = self.approved("capture", text(&line["order"])).len();
            assert!(captured <= 1, "captured {captured} times: {line}");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The keys of the effects in a history: of those that move money, and of all.
fn keys(history: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut money, mut all) = (BTreeSet::new(), BTreeSet::new());
    for record in ndjson(history) {
        for effect in record["effects"].as_array().expect("a list") {
            let key = text(&effect["key"]).to_owned();
            if MONEY.iter().any(|kind| effect.get(kind).is_some()) {
                money.insert(key.clone());
            }
            all.insert(key);
        }
    }
    (money, all)
}

/// Opens the copy and waits until all pending effects and their consequences are carried out.
fn open(copy: &Copy) -> Engine {
    let engine = Engine::start(&copy.config());
    for order in ["held.1", "held.4"] {
        poll(|| Ledger::read(copy).approved("capture", order).len(), |captures| *captures > 0);
    }
    settle(&engine);
    engine
}

fn settle(engine: &Engine) {
    poll(|| engine.metric("flashtag_outbox_pending"), |pending| *pending == 0.0);
}

/// Posts texts of accounts, and asserts the outcomes.
fn post_all(engine: &Engine, first_id: u64, words: &[(&str, &str, &str)]) {
    let posts: Vec<Post<'_>> =
        (first_id..).zip(words).map(|(id, (account, text, _))| Post { account, id, text }).collect();
    let wanted: Vec<&str> = words.iter().map(|(.., outcome)| *outcome).collect();
    assert_eq!(engine.post(&posts), wanted);
}

/// The account with an unconfirmed reservation of an offer, and the reservation.
fn holder(engine: &Engine, offer: &str) -> (String, String) {
    let read = || engine.get(&format!("/v1/offers/{offer}/reservations"));
    let held = |list: &Value| {
        let reservations = list["reservations"].as_array().expect("a list");
        reservations.iter().find(|one| one["stage"] == "held").cloned()
    };
    // Expired reservations are handed on at the clock's first tick.
    let list = poll(read, |list| held(list).is_some());
    let held = held(&list).expect("an account holds a unit");
    (text(&held["account"]).to_owned(), text(&held["id"]).to_owned())
}

/// Asserts that pending effects are carried out, under their old keys: bare, if the directory had no identity then.
fn assert_done(copy: &Copy) {
    let (money, all) = keys(&copy.read("history.ndjson"));
    let ledger = Ledger::read(copy);
    ledger.assert_nothing_twice();
    let asked: BTreeSet<String> = ledger.0.iter().map(|line| text(&line["key"]).to_owned()).collect();
    let outside = |keys: BTreeSet<String>| keys.iter().map(|key| copy.outside(key)).collect::<BTreeSet<_>>();
    let (money, all) = (outside(money), outside(all));
    let forgotten: Vec<&String> = money.difference(&asked).collect();
    assert_eq!(forgotten, Vec::<&String>::new(), "payments without a request");
    for name in ["replies", "orders"] {
        let lines = copy.book(name);
        let sent: Vec<&str> = lines.iter().map(|line| text(&line["key"])).collect();
        let distinct: BTreeSet<&str> = sent.iter().copied().collect();
        assert_eq!(distinct.len(), sent.len(), "{name}: an effect was sent twice");
        assert!(
            name == "orders" || sent.iter().any(|key| all.contains(*key)),
            "{name}: no effect of the kept directory was sent"
        );
    }
    // The capture whose answer was lost was sent under its old key only.
    let lost = ndjson(&copy.read("history.ndjson")).into_iter().find_map(|record| {
        let effects = record["effects"].as_array()?.clone();
        effects.into_iter().find(|effect| effect["capture"]["card"] == "tok_timeout_after_1")
    });
    let lost = copy.outside(text(&lost.expect("a capture")["key"]));
    assert_eq!(ledger.approved("capture", "held.1"), [lost.as_str()]);
}

/// Asserts that the undelivered prompt was sent under its key, unless its reservation has expired since.
fn assert_prompted(copy: &Copy, holder: &str) {
    let prompt = ndjson(&copy.read("history.ndjson")).into_iter().find_map(|record| {
        let effects = record["effects"].as_array()?.clone();
        let asks = |reply: &Value| reply["account"]["author"] == "2" && reply["outcome"] == "reserved";
        effects.into_iter().find(|effect| asks(&effect["reply"]))
    });
    let prompt = prompt.expect("a prompt");
    let replies = copy.book("replies");
    let key = copy.outside(text(&prompt["key"]));
    let sent = replies.iter().filter(|line| line["key"] == key).count();
    assert!(sent == 1 || holder != "x:2", "{prompt} was sent {sent} times");
}

/// Asserts that effects recorded since left under the directory's identity, and none under a bare key.
fn assert_identified(copy: &Copy) {
    let (_, kept) = keys(&copy.read("history.ndjson"));
    let (_, now) = keys(&history(&copy.data()));
    let (since, prefix): (Vec<&String>, _) = (now.difference(&kept).collect(), copy.prefix_now());
    for name in ["cards", "replies", "orders"] {
        let lines = copy.book(name);
        let sent: BTreeSet<&str> = lines.iter().map(|line| text(&line["key"])).collect();
        let identified = since.iter().filter(|key| sent.contains(&*format!("{prefix}{key}"))).count();
        assert!(identified > 0, "{name}: no new effect was sent");
        let bare: Vec<&&String> = since.iter().filter(|key| sent.contains(key.as_str())).collect();
        assert_eq!(bare, Vec::<&&String>::new(), "{name}");
    }
}

/// Asserts that the records of the kept directory are unchanged to the byte.
fn assert_history_unchanged(copy: &Copy) {
    let now = history(&copy.data());
    let lines: BTreeSet<&str> = now.lines().collect();
    for line in without_addresses(&copy.read("history.ndjson")).lines() {
        assert!(lines.contains(line), "missing: {line}");
    }
    let events: Vec<Value> =
        ndjson(&now).into_iter().flat_map(|record| record["events"].as_array().cloned()).flatten().collect();
    let parking_ended = |event: &Value| event["parking_ended"]["account"]["author"] == "13";
    assert!(events.iter().any(parking_ended), "a confirmation waits for ever");
}

/// Runs all steps for one kept directory.
pub(super) fn go_on(name: &str) {
    let copy = Copy::of(name);
    copy.remove_reply_paces();
    let engine = open(&copy);
    assert_done(&copy);
    assert_eq!(engine.get("/v1/orders/held.1")["units"], 1);
    post_all(
        &engine,
        FIRST_ID,
        &[
            ("x:6", "#BuyFlash", "confirmed"),
            ("x:22", "#BuyFlash", "confirmed"),
            ("bluesky:did:plc:dan", "#BuyFlash", "confirmed"),
            ("x:10", "#BuyFlash", "confirmed"),
            ("x:11", "#BuyFlash", "frozen"),
            ("x:98", "#BuyFlash", "not_linked"),
            ("x:2", "#BuyFlash", "limit_reached"),
            ("x:8", "#KeptCoffee", "already_enrolled"),
            ("x:13", "#BuyHeld", "waitlisted"),
        ],
    );
    let (account, held) = holder(&engine, "held");
    assert_prompted(&copy, &account);
    post_all(&engine, FIRST_ID + 100, &[(&account, "#ConfirmHeld", "confirmed")]);
    // Its refund came long ago.
    assert_eq!(engine.transact(&[transaction("t-9", "tok_8", "40.00 USD", None)]), ["credited"]);
    let done = || Ledger::read(&copy).approved("reverse_credit", "coffee:t-9").len();
    poll(done, |reversed| *reversed > 0);
    poll(|| Ledger::read(&copy).approved("capture", &held).len(), |captures| *captures > 0);
    engine.kill();
    let engine = open(&copy);
    post_all(
        &engine,
        FIRST_ID + 200,
        &[("x:6", "#BuyFlash", "limit_reached"), ("x:12", "#BuyFlash", "confirmed")],
    );
    settle(&engine);
    engine.stop();
    Ledger::read(&copy).assert_nothing_twice();
    assert_identified(&copy);
    assert_history_unchanged(&copy);
    let (kept, found) = (copy.read("verify.txt"), verify(&copy.data()));
    assert_eq!(kept.lines().last(), found.lines().last(), "{name}: {found}");
}
