//! The identity of a data directory: who gets one, who keeps it, and what is refused without it.

use std::fs;

use serde_json::Value;

use super::serve::{CONFIG, Running, post_by, serve, shop_with};
use super::{Ran, Sale, flashtag, ndjson, text};
use crate::books;
use crate::crash::poll;

/// The prefix of keys that the identity file of a sale asks for, read by a second reader of its form.
pub(crate) fn prefix(instance: &str) -> String {
    let line = |name: &str| instance.lines().find_map(|line| line.strip_prefix(name)).expect("its line");
    format!("ft-{}-{}-", line("id "), line("epoch "))
}

fn instance(sale: &Sale) -> String {
    fs::read_to_string(sale.path("data/instance")).expect("the directory has an identity")
}

fn keys(sale: &Sale, file: &str) -> Vec<String> {
    books::lines(&sale.path(file)).iter().map(|line| text(line, "key").to_owned()).collect()
}

/// Sells the one unit to ana.
fn sell(engine: &Running, sale: &Sale) {
    for (id, words) in [(1, "#BuyKindle"), (2, "#ConfirmKindle")] {
        assert_eq!(engine.post(&post_by(42, "ana", id, words)).0, 200);
    }
    poll(|| keys(sale, "data/orders.ndjson").len(), |orders| *orders == 1);
}

/// The keys of the effects in a history, of that kind.
fn journal_keys(sale: &Sale, kind: &str) -> Vec<String> {
    let data = sale.path("data").display().to_string();
    let history = flashtag(["history", "--data", &data]).must(0, &[]).out;
    let effects = ndjson(&history).into_iter().flat_map(|record| record["effects"].as_array().cloned());
    let of_kind = effects.flatten().filter(|effect: &Value| effect.get(kind).is_some());
    of_kind.map(|effect| text(&effect, "key").to_owned()).collect()
}

#[test]
fn what_a_server_sends_has_the_identity_of_its_directory_and_what_the_journal_says_has_not() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    sell(&engine, &sale);
    assert_eq!(engine.stop("-TERM").0, Some(0));
    let first = instance(&sale);
    let prefix = prefix(&first);
    assert!(first.contains("\nepoch 1\n"), "{first}");
    for (kind, file) in
        [("authorize", "cards"), ("capture", "cards"), ("reply", "replies"), ("order", "orders")]
    {
        let asked = journal_keys(&sale, kind);
        let sent = keys(&sale, &format!("data/{file}.ndjson"));
        assert!(
            !asked.is_empty() && asked.iter().all(|key| sent.contains(&format!("{prefix}{key}"))),
            "{kind}"
        );
        assert!(sent.iter().all(|key| key.starts_with(&prefix)), "{kind}: {sent:?}");
    }
    let letters = fs::read_dir(sale.path("data/mail/new")).expect("letters left");
    let letters: Vec<_> = letters.map(|letter| letter.expect("a letter").path()).collect();
    assert!(!letters.is_empty());
    for letter in letters {
        let message = fs::read_to_string(&letter).expect("UTF-8");
        let id = message.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("its id");
        assert!(id.starts_with(&prefix), "{id}");
    }
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--data", &data]).must(0, &["0 violated", "1 sold"]);
    let engine = Running::start(&sale);
    assert_eq!(engine.stop("-TERM").0, Some(0));
    assert_eq!(instance(&sale), first, "a directory keeps its identity");
    let other = shop_with(CONFIG);
    assert_eq!(Running::start(&other).stop("-TERM").0, Some(0));
    assert_ne!(instance(&other), first, "another directory has another one");
}

#[test]
fn a_start_is_refused_where_effects_wait_and_their_identity_is_gone() {
    // The letter to ana waits for ever.
    let deaf = "\n[providers]\nemail = \"smtp://127.0.0.1:9\"\nemail_from = \"sales@shop.example\"\n";
    let sale = shop_with(&format!("{CONFIG}{deaf}"));
    let engine = Running::start(&sale);
    sell(&engine, &sale);
    assert_eq!(engine.stop("-TERM").0, Some(0));
    let (path, whole) = (sale.path("data/instance"), instance(&sale));
    let refused = |words: &[&str]| -> Ran { serve(&sale, &[]).must(78, words) };
    fs::remove_file(&path).expect("it is there");
    refused(&["instance is missing", "restore it from a copy of this data directory"]);
    let digit = whole.find("id ").expect("its line") + 3;
    let other = if whole.as_bytes()[digit] == b'0' { "1" } else { "0" };
    let mut wrong = whole.clone();
    wrong.replace_range(digit..=digit, other);
    for damaged in ["", "flashtag instance", &whole[..whole.len() - 1], &wrong, &format!("{whole}\n")] {
        fs::write(&path, damaged).expect("it is written");
        refused(&["instance is damaged", "restore it from a copy of this data directory"]);
    }
    fs::write(&path, whole.replace("flashtag instance 1", "flashtag instance 2")).expect("it is written");
    refused(&["has version 2", "start the release that wrote it"]);
    fs::write(&path, &whole).expect("it is written");
    assert_eq!(Running::start(&sale).stop("-TERM").0, Some(0), "it is unchanged");
}

#[test]
fn a_replay_and_a_pipe_have_bare_keys_and_no_identity() {
    let sale = Sale::new(super::OFFERS, super::ACCOUNTS, super::POSTS);
    for clock in ["posts", "wall"] {
        let out = sale.path(clock).display().to_string();
        let (offers, accounts, posts) =
            (sale.path("offers.toml"), sale.path("accounts.ndjson"), sale.path("posts.ndjson"));
        let arguments = ["sell", "--offers", &offers.display().to_string()].map(ToOwned::to_owned);
        let others = ["--accounts", &accounts.display().to_string(), "--posts", &posts.display().to_string()];
        let others = others.into_iter().chain(["--clock", clock, "--out", &out]).map(ToOwned::to_owned);
        flashtag(arguments.into_iter().chain(others)).must(0, &[]);
        assert!(!sale.path(clock).join("instance").exists(), "{clock}");
        let effects = fs::read_to_string(sale.path(clock).join("effects.ndjson")).expect("it is there");
        let sent = ndjson(&effects);
        assert!(sent.iter().all(|line| text(line, "key").starts_with("0/")), "{clock}: {effects}");
        assert!(clock == "wall" || !sent.is_empty(), "{clock}: nothing left");
    }
}

/// The text of an identity file.
fn identity_of(id: &str, epoch: u32) -> String {
    let content = format!("flashtag instance 1\nid {id}\nepoch {epoch}\n");
    let sum = crc32c::crc32c(content.as_bytes());
    format!("{content}crc32c {sum:08x}\n")
}

#[test]
fn a_copy_under_another_identity_is_not_taken_for_its_original() {
    let shared = tempfile::tempdir().expect("a temporary directory");
    let ledger = shared.path().join("cards.ndjson");
    let config = format!("{CONFIG}\n[providers]\ncards = \"sandbox:{}\"\n", ledger.display());
    let original = shop_with(&config);
    assert_eq!(Running::start(&original).stop("-TERM").0, Some(0));
    let first = instance(&original);
    let id = first.lines().find_map(|line| line.strip_prefix("id ")).expect("its line");
    assert_eq!(first, identity_of(id, 1));
    let mut prefixes = vec![prefix(&first)];
    let identities = [identity_of(id, 2), identity_of("01234567-89ab-4def-8011-223344556677", 1)];
    let copies = identities.map(|identity| {
        let copy = shop_with(&config);
        let mut cp = std::process::Command::new("cp");
        let copied = cp.arg("-r").args([original.path("data"), copy.path("data")]);
        assert!(copied.status().expect("cp runs").success());
        copy.write("data/instance", &identity);
        prefixes.push(prefix(&identity));
        copy
    });
    // One card provider serves them all, one after the other.
    for sale in [&original].into_iter().chain(&copies) {
        let engine = Running::start(sale);
        sell(&engine, sale);
        assert_eq!(engine.stop("-TERM").0, Some(0));
    }
    let lines = books::lines(&ledger);
    assert!(lines.iter().all(|line| text(line, "result") == "approved"), "{lines:?}");
    for operation in ["authorize", "capture"] {
        let keys =
            lines.iter().filter(|line| text(line, "operation") == operation).map(|line| text(line, "key"));
        let from = keys.map(|key| key.rsplit_once('-').expect("a prefix").0.to_owned() + "-");
        assert_eq!(from.collect::<Vec<_>>(), prefixes, "{operation}: each asked for its own money");
    }
}
