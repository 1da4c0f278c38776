//! `flashtag verify` finds whatever of a person is readable in a data directory, and says where, not what.

use std::fs;
use std::io::Write;
use std::path::Path;

use flashtag::domain::id::Account;
use flashtag::ops::KeyPlace;
use flashtag::people::{People, Person, ShipTo};

use crate::crash::server::{Server, run};
use crate::crash::shop::{Sale, Shop};

/// Runs `verify`. Returns the exit code, and what it said.
fn verify(data: &Path) -> (Option<i32>, String) {
    let output = run(&["verify"], data);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn assert_found(data: &Path, file: &str, text: &str, what: &str) {
    let (code, said) = verify(data);
    assert_eq!(code, Some(1), "{file}: {said}");
    let line =
        said.lines().find(|line| line.starts_with("VIOLATED nobody_in_plain_text")).expect("it is told");
    assert!(line.contains(file) && line.contains(what) && !said.contains(text), "{said}");
}

/// A data directory in which a sale was, with somebody in it whose address, name and street are sealed.
fn sold() -> Shop {
    let shop = Shop::open(&[Sale::new("kindle", 5, 900)], 1, ["tok_1".to_owned()]);
    let config = fs::read_to_string(shop.config()).expect("it is there");
    fs::write(shop.config(), format!("{config}\n[subscribers]\nhistory = \"history.ndjson\"\n"))
        .expect("it is written");
    let server = Server::start(&shop.config());
    assert!(server.http().link(2));
    let mastodon = r#"{"network":"mastodon","id":"5","author":{"id":"https://social.shop.example/users/ana","handle":"ana@social.shop.example"},"#;
    let posted_at = flashtag::clock::Clock::start().now();
    let post = format!("{mastodon}\"posted_at\":\"{posted_at}\",\"text\":\"#Buykindle\"}}");
    server.http().post(&post).expect("an answer");
    server.stop();
    let data = shop.data();
    let ship_to =
        ShipTo { name: "Ana Perez Garcia".into(), lines: vec!["Calle Mayor 17".into()], ..ShipTo::default() };
    let person = Person {
        name: Some("Ana P. Garcia".into()),
        ship_to: Some(ship_to),
        ..Person::with_email("ana@shop.example")
    };
    let account: Account = "x:2".parse().expect("an account");
    let people = People::open(&data, &KeyPlace::find(None, None, &data)).expect("people");
    super::store(&people, &account, &person);
    drop(people);
    let (code, said) = verify(&data);
    assert_eq!(code, Some(0), "{said}");
    shop
}

#[test]
fn a_directory_that_a_server_wrote_is_clean_and_a_planted_text_is_found() {
    let shop = sold();
    let data = shop.data();
    let segment = fs::read_dir(data.join("journal/control")).expect("it is there");
    let segment = segment
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|ending| ending == "seg"));
    let segment = segment.expect("a segment");
    let segment = segment.strip_prefix(&data).expect("it is within").to_str().expect("letters");
    let address = "looks like an e-mail address";
    for (file, text, what) in [
        (segment, "ben@shop.example", address),
        ("journal/partition-0/00000000000000000001.old", "ben@shop.example", address),
        ("history.ndjson", "ben@shop.example", address),
        ("replies.ndjson", "ben@shop.example", address),
        ("server.log", "ben@shop.example", address),
        ("secrets/notes", "ben@shop.example", address),
        ("server.log", "Ana P. Garcia", "what is sealed of a person"),
        ("server.log", "Calle Mayor 17", "what is sealed of a person"),
        // An order as it is recorded, which has the token of the card alone.
        (
            "history.ndjson",
            "{\"ship_to\":\"tok_1\",\"lines\":\"Calle Mayor 17\"}",
            "what is sealed of a person",
        ),
    ] {
        let path = data.join(file);
        let before = fs::read(&path).ok();
        fs::create_dir_all(path.parent().expect("it is within")).expect("a directory");
        let mut opened = fs::OpenOptions::new().append(true).create(true).open(&path).expect("a file");
        opened.write_all(format!("\0{text}\0").as_bytes()).expect("it is written");
        assert_found(&data, file, text, what);
        match before {
            Some(bytes) => fs::write(&path, bytes).expect("it is written"),
            None => fs::remove_file(&path).expect("it was made"),
        }
    }
    // The relay's letters, orders for the merchant, and an account of Mastodon, are where they belong.
    let order = r#"{"key":"0/9/0","ship_to":"tok_1","address":{"name":"Ana Perez Garcia","lines":["Calle Mayor 17"]}}"#;
    fs::write(data.join("shipped.ndjson"), order).expect("it is written");
    fs::create_dir_all(data.join("letters/new")).expect("a directory");
    fs::create_dir_all(data.join("letters/cur")).expect("a directory");
    fs::write(data.join("letters/new/1"), "To: ben@shop.example").expect("it is written");
    let (code, said) = verify(&data);
    assert_eq!(code, Some(0), "{said}");
}
