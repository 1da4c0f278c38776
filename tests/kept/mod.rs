//! Data directories written by earlier releases: opened, replayed, verified and continued.
//!
//! These tests must not depend on the current day: a reservation of a kept directory may have expired, and
//! its draw may be over. `README.md` in this directory describes the kept directories and how to add one.

mod directory;
mod engine;
mod going_on;
mod moving;
mod power;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::directory::Copy;
use self::engine::Engine;

/// The accounts that the tests query.
const ACCOUNTS: [&str; 6] = ["x/1", "x/8", "x/10", "x/11", "x/21", "bluesky/did:plc:ana"];

/// The answers of a server that opened the copy, as far as they do not depend on the day.
fn opened(copy: &Copy) -> Value {
    let engine = Engine::start(&copy.config());
    let offers = engine.get("/v1/offers");
    let constant = |offer: &Value| {
        let fields = ["id", "kind", "title", "price", "opens", "closes", "allotment"];
        fields.map(|field| (field, offer[field].clone())).into_iter().collect::<BTreeMap<_, _>>()
    };
    let offers: Vec<_> = offers["offers"].as_array().expect("a list").iter().map(constant).collect();
    let account = |path: &str| {
        let mut account = engine.get(&format!("/v1/accounts/{path}"));
        account.as_object_mut().expect("an object").remove("offers");
        account
    };
    let accounts: Vec<Value> = ACCOUNTS.iter().map(|path| account(path)).collect();
    engine.kill();
    json!({"offers": offers, "accounts": accounts})
}

/// A verdict without its wording: each kept promise, each offer, and the end.
fn verdict(text: &str) -> Vec<String> {
    let promise = |line: &str| {
        let name = line.strip_prefix("ok ")?.split_whitespace().next()?;
        Some(format!("ok {name}"))
    };
    let kept = |line: &str| {
        line.starts_with("offer ") || line.starts_with("exit ") || line.contains("is a dead letter")
    };
    text.lines().filter_map(|line| promise(line).or_else(|| kept(line).then(|| line.to_owned()))).collect()
}

#[test]
fn each_kept_directory_reads_unchanged() {
    for name in directory::names() {
        let copy = Copy::of(&name);
        let history = engine::history(&copy.data());
        let kept = moving::without_addresses(&copy.read("history.ndjson"));
        for (kept, found) in kept.lines().zip(history.lines()) {
            assert_eq!(kept, found, "{name}");
        }
        assert_eq!(kept.len(), history.len(), "{name}");
        let (kept, found) = (verdict(&copy.read("verify.txt")), verdict(&engine::verify(&copy.data())));
        let missing: Vec<&String> = kept.iter().filter(|line| !found.contains(line)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{name}: {found:#?}");
        // Reading changes nothing.
        assert_eq!(engine::history(&copy.data()), history, "{name}");
    }
}

#[test]
fn each_kept_directory_is_opened_with_its_state() {
    for name in directory::names() {
        let copy = Copy::of(&name);
        let kept: Value = serde_json::from_str(&copy.read("opened.json")).expect("JSON");
        assert_eq!(opened(&copy), kept, "{name}");
    }
}

/// The keys of the dead letters in a history whose effects are in it as well.
fn dead_letters(history: &str) -> BTreeSet<String> {
    let records = crate::command::ndjson(history);
    let effects = records.iter().flat_map(|record| record["effects"].as_array().expect("a list"));
    let known: BTreeSet<&str> = effects.filter_map(|effect| effect["key"].as_str()).collect();
    let events = records.iter().flat_map(|record| record["events"].as_array().expect("a list"));
    let dead = events.map(|event| &event["dead_lettered"]["key"]).filter(|key| key.is_object());
    let dead = dead.map(|key| format!("{}/{}/{}", key["partition"], key["sequence"], key["index"]));
    let named = |dead: String| {
        known
            .iter()
            .find(|key| **key == dead || key.ends_with(&format!("-{dead}")))
            .map(|key| (*key).to_owned())
    };
    dead.filter_map(named).collect()
}

#[test]
fn the_dead_letters_of_each_kept_directory_are_listed_retried_and_settled() {
    for name in directory::names() {
        let copy = Copy::of(&name);
        let expected = dead_letters(&copy.read("history.ndjson"));
        assert!(!expected.is_empty(), "{name}");
        let engine = Engine::start(&copy.config());
        let listed = || {
            let page = engine.get("/v1/effects?state=dead");
            let effects = page["effects"].as_array().expect("a list").clone();
            effects
                .iter()
                .map(|effect| effect["key"].as_str().expect("a key").to_owned())
                .collect::<BTreeSet<_>>()
        };
        // Where a release had given the directory an identity, its prefix stands before the keys.
        let bare = |key: &String| key.rsplit('-').next().expect("a key").to_owned();
        assert_eq!(listed().iter().map(bare).collect::<BTreeSet<_>>(), expected, "{name}");
        for key in &expected {
            let settle = json!({"as": "declined", "reason": "the address is gone"}).to_string();
            assert_eq!(engine.status(&format!("/v1/effects/{key}/settle"), &settle), 200, "{name} {key}");
            assert_eq!(engine.status(&format!("/v1/effects/{key}/settle"), &settle), 409, "{name} {key}");
            assert_eq!(engine.status(&format!("/v1/effects/{key}/retry"), ""), 409, "{name} {key}");
        }
        assert_eq!(listed(), BTreeSet::new(), "{name}");
        engine.kill();
        let engine = Engine::start(&copy.config());
        assert!(
            engine.get("/v1/effects?state=dead")["effects"].as_array().expect("a list").is_empty(),
            "{name}"
        );
        engine.kill();
    }
}

#[test]
fn each_kept_directory_continues() {
    for name in directory::names() {
        going_on::go_on(&name);
    }
}

#[test]
fn write_kept_directories() {
    match std::env::var("FLASHTAG_KEPT") {
        Ok(release) => writer::write(&release),
        Err(_) => {
            eprintln!("SKIPPED: set FLASHTAG_KEPT to the release that writes them; see tests/kept/README.md");
        }
    }
}
