//! Snapshots of the real binary: taken during a sale, used at a start, and their effect on the history.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::serve::{CONFIG, Running, now, shop_with};
use super::{Sale, flashtag, listing, ndjson};
use crate::crash::poll;

/// Claims in one request.
const CLAIMS: u32 = 3000;

fn config(retain: &str) -> String {
    format!(
        "retain = \"{retain}\"\n{CONFIG}[replies]\nx = \"unpaced\"\n[limits]\nsegment_bytes = \"1 MiB\"\n\
         group_bytes = \"64 KiB\"\nsnapshot_every = \"1 MiB\"\n"
    )
}

/// A shop with enough units, and long card tokens for long records.
fn shop(retain: &str) -> Sale {
    let sale = shop_with(&config(retain));
    sale.write("offers.toml", sale.read("offers.toml").replace("units = 1\n", "units = 20000\n"));
    let mut accounts = String::new();
    for author in 1..=3 * CLAIMS {
        let card = json!({"token": format!("tok_{author}_{}", "a".repeat(90)), "brand": "amex",
            "funding": "credit", "last4": "1005"});
        let account = json!({"network": "x", "author_id": author.to_string(), "card": card,
            "email": format!("{author}@example.com"), "region": "US-NY"});
        writeln!(accounts, "{account}").expect("writing to a string does not fail");
    }
    sale.write("accounts.ndjson", accounts);
    sale
}

/// One claim by each of the next `CLAIMS` accounts.
fn claim(engine: &Running, first: u32) {
    let now = now();
    let mut posts = String::new();
    for id in first..first + CLAIMS {
        let post = json!({"network": "x", "id": id.to_string(), "author": {"id": id.to_string()},
            "posted_at": now, "text": "#BuyKindle"});
        writeln!(posts, "{post}").expect("writing to a string does not fail");
    }
    let (status, answer) = engine.post(&posts);
    assert_eq!(status, 200, "{answer}");
    assert!(ndjson(&answer).iter().all(|line| line["outcome"] == "reserved"), "{answer}");
}

/// The offers as the API shows them, once nothing is pending.
fn offers(engine: &Running) -> Value {
    let get = |target: &str| {
        let mut answer = ureq::get(format!("{}{target}", engine.address)).call().expect("the engine answers");
        answer.body_mut().read_to_string().expect("text")
    };
    poll(|| get("/metrics"), |metrics| metrics.lines().any(|line| line == "flashtag_outbox_pending 0"));
    serde_json::from_str(&get("/v1/offers")).expect("JSON")
}

/// The numbers in the names of the partition's files with that ending, in order.
fn files(sale: &Sale, ending: &str) -> Vec<u64> {
    let names = listing(&sale.path("data/journal/partition-0"));
    let numbers = names.iter().filter_map(|name| name.strip_suffix(ending)?.parse().ok());
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

/// Sells, is killed, starts again, sells, and is stopped. Returns the state of the offers.
fn sell(sale: &Sale) -> Value {
    let engine = Running::start(sale);
    claim(&engine, 1);
    claim(&engine, 1 + CLAIMS);
    let expected = offers(&engine);
    // The first full segment is worth a snapshot; it is taken during the sale.
    poll(|| files(sale, ".snap"), |snapshots| !snapshots.is_empty());
    drop(engine);
    let engine = Running::start(sale);
    assert!(engine.words.contains("a snapshot read, "), "{}", engine.words);
    assert_eq!(offers(&engine), expected, "after a kill");
    claim(&engine, 1 + 2 * CLAIMS);
    let expected = offers(&engine);
    assert_eq!(expected["offers"][0]["reserved"], 3 * CLAIMS, "{expected}");
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    expected
}

fn assert_starts_from_a_snapshot(sale: &Sale, expected: &Value) {
    let engine = Running::start(sale);
    assert!(engine.words.contains("a snapshot read, 0 records replayed"), "{}", engine.words);
    assert_eq!(offers(&engine), *expected, "after a stop");
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
}

#[test]
fn an_engine_starts_from_snapshots_and_keeps_its_whole_history() {
    let sale = shop("history");
    let expected = sell(&sale);
    assert_starts_from_a_snapshot(&sale, &expected);
    assert_eq!(files(&sale, ".snap").len(), 2, "older ones are removed");
    assert_eq!(files(&sale, ".seg").first(), Some(&1));
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--data", &data]).must(0, &["0 violated", "9000 reserved"]);
}

#[test]
fn a_pruned_history_states_where_it_begins() {
    let sale = shop("2 snapshots");
    let expected = sell(&sale);
    let [older, _] = files(&sale, ".snap")[..] else { panic!("{:?}", files(&sale, ".snap")) };
    let first = files(&sale, ".seg")[0];
    assert!(1 < first && first <= older + 1, "it begins with {first}, and there is a snapshot of {older}");
    assert_starts_from_a_snapshot(&sale, &expected);
    let first = files(&sale, ".seg")[0];
    let data = sale.path("data").display().to_string();
    let begins = format!("begins with record {first}");
    flashtag(["verify", "--data", &data])
        .must(65, &[&begins, "cannot be verified from the start", "history"]);
    let history = flashtag(["history", "--data", &data]).must(0, &[&begins]);
    assert_eq!(ndjson(&history.out)[0]["sequence"], first);
    // Without a snapshot there is no starting point.
    for sequence in files(&sale, ".snap") {
        let path = sale.path(&format!("data/journal/partition-0/{sequence:020}.snap"));
        std::fs::write(path, "no snapshot").expect("a file is written");
    }
    let mut command = super::binary();
    command.arg("serve").arg("--config").arg(sale.path("flashtag.toml"));
    let refused = super::Ran::of(command.output().expect("the binary runs"));
    refused.must(78, &["records from 1 on are missing", ".snap cannot be used", "nothing was changed"]);
}
