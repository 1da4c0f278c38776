//! What is kept of a person: the address by request, and its end.

use super::served::{Served, link, post};
use crate::crash::{assert_verified, poll};
use crate::people::scan::assert_nowhere;

const ACCOUNT: &str = "/v1/accounts/x/50";
const DATA: &str = "/v1/accounts/x/50/personal-data";

/// The letters in the Maildir.
fn letters(served: &Served) -> Vec<String> {
    let names = std::fs::read_dir(served.data().join("mail/new")).expect("the Maildir is there");
    names.map(|name| std::fs::read_to_string(name.unwrap().path()).expect("a letter")).collect()
}

fn outcome(served: &Served, id: &str, author: u32, words: &str) -> String {
    let lines = served.post(post(id, author, words)).lines();
    lines[0]["outcome"].as_str().expect("an outcome").to_owned()
}

#[test]
fn an_address_by_request_is_shown_and_written_to_and_is_in_no_file_but_sealed() {
    let mut served = Served::open();
    assert_eq!(served.put(ACCOUNT, &link(50)).status, 200);
    served.restart();
    assert_eq!(served.get(ACCOUNT).json()["email"], "a50@example.com");
    assert_eq!(served.get(DATA).json()["email"], "a50@example.com");
    assert_eq!(outcome(&served, "1", 50, "#BuyPot"), "confirmed");
    poll(|| letters(&served), |letters| letters.len() == 1);
    assert!(letters(&served)[0].contains("To: a50@example.com"));
    // The same again changes nothing; another address is another person's letter.
    assert_eq!(served.put(ACCOUNT, &link(50)).status, 200);
    assert_eq!(served.put(ACCOUNT, &link(50).replace("a50@", "b50@")).status, 200);
    assert_eq!(served.get(ACCOUNT).json()["email"], "b50@example.com");
    // An account of the accounts file: the file has the address.
    assert_eq!(served.get("/v1/accounts/x/1").json()["email"], "a1@example.com");
    assert_eq!(served.get("/v1/accounts/x/1/personal-data").json()["email"], "a1@example.com");
    assert_nowhere(&served.data(), &["@example.com"]);
    assert_eq!(served.stop(), Some(0));
    assert_nowhere(&served.data(), &["@example.com"]);
    assert!(!served.output().contains("@example.com"), "no log has it either");
    assert_verified(&served.data(), true);
}

#[test]
fn an_erased_person_is_gone_and_comes_back_only_by_a_new_link() {
    let mut served = Served::open();
    assert_eq!(served.put(ACCOUNT, &link(50)).status, 200);
    assert_eq!(outcome(&served, "1", 50, "#BuyKindle"), "reserved");
    assert_eq!(served.delete(DATA).status, 204);
    served.get(ACCOUNT).assert_problem(404, "not_found");
    served.get(DATA).assert_problem(404, "not_found");
    assert_eq!(served.delete(DATA).status, 204, "it is erased already");
    served.delete("/v1/accounts/x/51/personal-data").assert_problem(404, "not_found");
    let counts = |served: &Served| served.get("/v1/offers/kindle").json()["available"].clone();
    assert_eq!(counts(&served), 3, "what it had not ordered is released");
    assert_eq!(outcome(&served, "2", 50, "#BuyPot"), "not_linked");
    for author in [1, 50] {
        // One of the accounts file, and one that gets into it.
        assert_eq!(served.delete(&format!("/v1/accounts/x/{author}/personal-data")).status, 204);
    }
    served.write("accounts.ndjson", &[1, 2, 50].map(|author| link(author) + "\n").concat());
    served.restart();
    for (id, author) in [("3", 1), ("4", 50)] {
        assert_eq!(outcome(&served, id, author, "#BuyPot"), "not_linked", "the file does not bring it back");
    }
    assert_eq!(served.put(ACCOUNT, &link(50).replace("a50@", "new50@")).status, 200);
    served.restart();
    assert_eq!(served.get(DATA).json()["email"], "new50@example.com");
    assert_eq!(outcome(&served, "5", 50, "#BuyPot"), "confirmed");
    poll(
        || letters(&served),
        |letters| letters.iter().any(|letter| letter.contains("To: new50@example.com")),
    );
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn a_letter_that_is_left_to_an_erased_person_ends_and_is_no_dead_letter() {
    let mut served = Served::open();
    assert_eq!(served.put(ACCOUNT, &link(50).replace("tok_50", "tok_slow_50")).status, 200);
    assert_eq!(outcome(&served, "1", 50, "#BuyPot"), "confirmed");
    // The card answers later than this.
    assert_eq!(served.delete(DATA).status, 204);
    let erased = "flashtag_replies_dropped_total{why=\"erased\"}";
    let count = |served: &Served| {
        let metrics = served.get("/metrics").body;
        metrics.lines().find_map(|line| line.strip_prefix(erased)?.trim().parse::<f64>().ok())
    };
    poll(|| count(&served), |count| *count == Some(1.0));
    assert_eq!(letters(&served), Vec::<String>::new());
    assert_eq!(served.get("/v1/effects?state=dead").json()["effects"].as_array().map(Vec::len), Some(0));
    served.restart();
    assert_eq!(served.stop(), Some(0));
    assert_verified(&served.data(), true);
    assert_nowhere(&served.data(), &["@example.com"]);
}

#[test]
fn an_erasure_that_was_interrupted_before_its_key_is_completed_by_the_next_start() {
    let mut served = Served::open();
    assert_eq!(served.put(ACCOUNT, &link(50)).status, 200);
    served.kill();
    let names = ["people.sqlite", "people.sqlite-wal", "people-keys.sqlite", "people-keys.sqlite-wal"];
    let files = names.map(|name| served.data().join(name));
    let before = files.clone().map(|file| std::fs::read(file).ok());
    served.restart();
    assert_eq!(served.delete(DATA).status, 204);
    served.kill();
    // As a copy from before the erasure would have them.
    for (file, content) in files.iter().zip(before) {
        std::fs::remove_file(file).ok();
        content.iter().for_each(|content| std::fs::write(file, content).expect("it is written"));
    }
    served.restart();
    served.get(DATA).assert_problem(404, "not_found");
    assert_eq!(served.delete(DATA).status, 204);
}

#[test]
fn a_server_that_requires_a_token_shows_and_erases_nobody_without_it() {
    let served = Served::with_token();
    served.get("/v1/accounts/x/1/personal-data").assert_problem(401, "unauthorized");
    served.delete("/v1/accounts/x/1/personal-data").assert_problem(401, "unauthorized");
}
