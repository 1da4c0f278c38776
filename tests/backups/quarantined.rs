//! What is made of a backup sends nothing until it is opened, and then each thing once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{BackedUp, buy, flashtag, post, text};
use crate::books;
use crate::crash::server::{Server, assert_verified, poll};

/// What leaves a data directory: the letters, and the books of the providers.
fn left(data: &Path) -> Vec<String> {
    let mut left = Vec::new();
    for name in ["cards.ndjson", "credits.ndjson", "replies.ndjson", "orders.ndjson"] {
        let text = books::text(&data.join(name));
        left.extend(text.lines().map(|line| format!("{name}: {line}")));
    }
    let letters = fs::read_dir(data.join("mail/new")).into_iter().flatten();
    left.extend(letters.map(|letter| letter.expect("an entry").path().display().to_string()));
    left
}

/// Restores a backup beside the shop, and returns the data directory with what was said.
fn restored(own: &BackedUp, backup: &Path, what: &str, name: &str) -> (PathBuf, Value) {
    let to = own.shop.config().with_file_name(name);
    let said = flashtag(["restore", "--as", what, "--backup", text(backup), "--to", text(&to)]);
    let said = said.must(0, &["not in", "what was recorded behind record", "nothing leaves it"]).json();
    (to, said)
}

/// Sells a unit in a directory in quarantine, over a restart, and returns what has left it.
fn sell_in_quarantine(config: &Path, data: &Path, what: &str, author: u32) -> Vec<String> {
    let before = left(data);
    let server = Server::start(config);
    let http = server.http();
    let (status, ready) = http.readiness();
    assert!(status == 200 && ready.contains(&format!("quarantine: restored as {what}")), "{status} {ready}");
    assert!(http.metrics().contains("flashtag_quarantined 1"), "it is in quarantine");
    assert!(http.link(author));
    assert_eq!(post(&http, author * 10, author, "#Buykindle"), "reserved");
    assert_eq!(post(&http, author * 10 + 1, author, "#Confirmkindle"), "confirmed");
    let pending = http.metrics();
    assert!(!pending.contains("flashtag_outbox_pending 0\n"), "what was decided waits: {pending}");
    // To stop is to finish what can be finished.
    server.stop();
    assert_eq!(left(data), before, "nothing left");
    let server = Server::start(config);
    assert!(server.http().readiness().1.contains("quarantine: "), "a restart opens nothing");
    server.stop();
    assert_eq!(left(data), before, "nothing left");
    assert_verified(data, false);
    before
}

/// Opens a directory, and asserts that what waited leaves once.
fn opened_leaves_once(config: &Path, data: &Path, before: &[String]) {
    flashtag(["open", "--config", text(config)]).must(0, &["not in this directory: what was", "opened"]);
    flashtag(["open", "--config", text(config)]).must(0, &["it is in no quarantine"]);
    let server = Server::start(config);
    assert!(!server.http().readiness().1.contains("quarantine"), "{:?}", server.http().readiness());
    assert!(server.http().metrics().contains("flashtag_quarantined 0"));
    // An authorization, a capture, and what follows from it: a reply, an order and a letter.
    let first = poll(|| left(data), |left| left.len() >= before.len() + 5);
    server.stop();
    // A second start sends nothing again.
    let server = Server::start(config);
    server.http().wait_until_all_is_done();
    server.stop();
    assert_eq!(left(data), first);
    assert_eq!(first.len(), before.len() + 5, "each has left once: {first:?}");
    for operation in ["authorize", "capture"] {
        let book = books::lines(&data.join("cards.ndjson"));
        let lines: Vec<_> = book.iter().filter(|line| line["operation"] == operation).collect();
        let keys: BTreeSet<_> = lines.iter().map(|line| line["key"].to_string()).collect();
        assert_eq!((lines.len(), keys.len()), (2, 2), "{operation}: one for each of the two sales");
    }
    for name in ["replies.ndjson", "orders.ndjson"] {
        let keys: Vec<_> =
            books::lines(&data.join(name)).iter().map(|line| line["key"].to_string()).collect();
        let unique: BTreeSet<_> = keys.iter().collect();
        assert!(!keys.is_empty() && unique.len() == keys.len(), "{name}: {keys:?}");
    }
    assert_verified(data, false);
}

/// A shop that sold a unit to author 201, with its backup.
fn sold() -> (BackedUp, PathBuf) {
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    buy(&server.http(), 201);
    let backup = own.back_up(&server.http());
    server.stop();
    (own, backup)
}

#[test]
fn a_copy_is_another_directory_and_sends_nothing_until_it_is_opened() {
    let (own, backup) = sold();
    let (data, said) = restored(&own, &backup, "copy", "copy");
    let (_, other) = restored(&own, &backup, "copy", "other");
    let original = fs::read_to_string(own.shop.data().join("instance")).expect("it is there");
    for (one, another) in [(&said, &other), (&other, &said)] {
        let id = one["instance"].as_str().expect("an id");
        assert!(!original.contains(id) && another["instance"] != one["instance"], "{one}");
    }
    // It is not the directory of these backups, and has none of its own before it is opened.
    flashtag(["serve", "--config", text(&own.config_for(&data))]).must(78, &["another data directory"]);
    let backups = own.shop.config().with_file_name("backups-of-copy");
    flashtag(["backup", "--data", text(&data), "--to", text(&backups)]).must(77, &["is not opened"]);
    let config = own.config_beside(&data);
    let before = sell_in_quarantine(&config, &data, "copy", 206);
    opened_leaves_once(&config, &data, &before);
    flashtag(["backup", "--data", text(&data), "--to", text(&backups)]).must(0, &["positions"]);
}

#[test]
fn what_goes_on_sends_nothing_until_it_is_opened() {
    let (own, backup) = sold();
    let (data, said) = restored(&own, &backup, "continue", "restored");
    let original = fs::read_to_string(own.shop.data().join("instance")).expect("it is there");
    assert!(original.contains(said["instance"].as_str().expect("an id")), "the same shop goes on");
    assert_eq!(said["epoch"], 2);
    let config = own.config_for(&data);
    let before = sell_in_quarantine(&config, &data, "continue", 206);
    opened_leaves_once(&config, &data, &before);
}

#[test]
fn a_copy_of_a_live_shop_is_never_opened_and_a_damaged_quarantine_opens_nothing() {
    let (own, backup) = sold();
    let (data, _) = restored(&own, &backup, "copy", "copy");
    let config = own.config_beside(&data);
    let written = fs::read_to_string(&config).expect("it is there");
    fs::write(data.join("mode"), "live\n").expect("it is written");
    // As far as opening is concerned, the mode is that of the configuration, and Stripe takes the money of a live shop.
    let live = format!("mode = \"live\"\n{written}");
    fs::write(&config, &live).expect("it is written");
    flashtag(["open", "--config", text(&config)]).must(78, &["the card sandbox only pretends"]);
    fs::write(&config, format!("{live}[providers]\ncards = \"stripe\"\n")).expect("it is written");
    flashtag(["open", "--config", text(&config)]).must(77, &["is a copy of a live shop"]);
    assert!(data.join("quarantine").exists());
    fs::write(data.join("mode"), "test\n").expect("it is written");
    fs::write(&config, written).expect("it is written");
    flashtag(["open", "--config", text(&config), "--adopt", "pi_1"])
        .must(65, &["pi_1", "nothing was changed"]);
    fs::write(data.join("quarantine"), "{}").expect("it is written");
    flashtag(["open", "--config", text(&config)]).must(78, &["restore the backup again"]);
    flashtag(["serve", "--config", text(&config)]).must(78, &["restore the backup again"]);
}
