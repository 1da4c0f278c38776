//! The drill: sale, backup, erasure, more sale, loss of the machine, restore.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flashtag::domain::id::Account;
use flashtag::ops::KeyPlace;
use flashtag::people::{Held, People};

use super::{BackedUp, buy, flashtag, post, text};
use crate::books;
use crate::crash::server::{Server, assert_verified};
use crate::people::scan::assert_nowhere;

fn held(data: &Path, account: &str) -> Held {
    let people =
        People::open(data, &KeyPlace::find(None, None, data)).unwrap_or_else(|error| panic!("{error}"));
    let account: Account = account.parse().expect("an account");
    people.held(&account).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that no order has two captures under different keys, in all books together.
fn assert_nobody_paid_twice(books: &[&Path]) {
    let mut keys = BTreeMap::<(String, String), String>::new();
    for line in books.iter().flat_map(|path| books::lines(path)) {
        if line["operation"] == "capture" && line["result"] == "approved" {
            let (order, card) = (line["order"].to_string(), line["card"].to_string());
            let key = line["key"].to_string();
            let first = keys.entry((order.clone(), card)).or_insert_with(|| key.clone());
            assert_eq!(*first, key, "order {order} is paid under two keys");
        }
    }
    assert!(!keys.is_empty(), "somebody paid");
}

#[test]
fn who_is_erased_after_a_backup_stays_erased_in_what_is_restored() {
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    let http = server.http();
    for author in 201..=204 {
        assert!(http.link(author));
    }
    buy(&http, 201);
    buy(&http, 204);
    assert_eq!(post(&http, 1, 202, "#Buykindle"), "reserved");
    let backup = own.back_up(&http);
    // One of them bought, one holds a unit, and one has nothing but a link from before.
    for account in ["x:201", "x:202", "x:203"] {
        flashtag(["accounts", "erase", "--server", http.base(), "--account", account])
            .must(0, &["erased", account]);
    }
    // Linked again after the erasure, and lost with the machine: the person who was erased is no more readable for that.
    assert!(http.link(203));
    assert!(http.link(205));
    buy(&http, 205);
    server.kill();

    let data = own.shop.config().with_file_name("restored");
    let restored = flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&data)]);
    let restored = restored
        .must(0, &["compares it with the books of the card processor", "record", "of partition-0"])
        .json();
    assert_eq!((&restored["epoch"], &restored["erased"]), (&2.into(), &3.into()), "{restored}");
    for account in ["x:201", "x:202", "x:203"] {
        assert_eq!(held(&data, account), Held::Erased, "{account}, before any start");
    }
    assert!(matches!(held(&data, "x:204"), Held::Known(_)), "nobody else is erased");
    assert_nowhere(&data, &["201@example.com", "202@example.com", "203@example.com", "204@example.com"]);
    flashtag(["verify", "--data", text(&data), "--backups", text(&own.backups())]).must(0, &["0 violated"]);

    let server = own.open_restored(&data);
    let http = server.http();
    for author in 201..=203 {
        assert!(http.get(&format!("/v1/accounts/x/{author}/personal-data")).is_none(), "{author}");
        assert!(http.get(&format!("/v1/accounts/x/{author}")).is_none(), "{author} has no link");
        assert_eq!(post(&http, 1_000 + author, author, "#Buykindle"), "not_linked");
    }
    let ana = http.get("/v1/accounts/x/204/personal-data").expect("she was not erased");
    assert_eq!(ana["email"], "204@example.com");
    // What the erased one held went back; what was sold stays sold; and the sale goes on, under keys of the new epoch.
    http.wait_for(|offers| offers.iter().all(|kindle| kindle["reserved"] == 0 && kindle["sold"] == 2));
    assert!(http.link(206));
    buy(&http, 206);
    server.stop();
    assert_verified(&data, false);
    let keys: Vec<String> =
        books::lines(&data.join("cards.ndjson")).iter().map(|line| line["key"].to_string()).collect();
    assert!(keys.iter().any(|key| key.contains("-2-0/")), "{keys:?}");
    assert_nobody_paid_twice(&[&own.shop.data().join("cards.ndjson"), &data.join("cards.ndjson")]);
    // A third directory shares no key with the second.
    let third = own.shop.config().with_file_name("third");
    let again = flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&third)])
        .must(0, &[])
        .json();
    assert_eq!(again["epoch"], 3);
}

#[test]
fn a_stopped_directory_is_backed_up_as_a_running_one() {
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    buy(&server.http(), 201);
    let (data, backups) = (own.shop.data(), own.backups());
    flashtag(["backup", "--data", text(&data), "--to", text(&backups)])
        .must(75, &["another flashtag process"]);
    // As a kill leaves it, with a tail that no shutdown has closed.
    server.kill();
    let backup = own.back_up_stopped();
    assert_verified(&backup.join("data"), false);
    let to = own.shop.config().with_file_name("restored");
    flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&to)]).must(0, &[]);
    assert!(matches!(held(&to, "x:201"), Held::Known(_)));
    let server = Server::start(&own.config_for(&to));
    assert_eq!(server.http().offers().remove(0)["sold"], 1);
    server.stop();
}

#[test]
fn nothing_is_overwritten_and_no_damaged_backup_is_restored() {
    let own = BackedUp::open();
    let never = own.shop.config().with_file_name("never");
    let backups = own.backups();
    flashtag(["backup", "--data", text(&never), "--to", text(&backups)]).must(66, &["no data directory"]);
    fs::create_dir(&never).expect("a directory");
    flashtag(["backup", "--data", text(&never), "--to", text(&backups)]).must(66, &["start it once"]);
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    let backup = own.back_up(&server.http());
    server.stop();
    let data = own.shop.data();
    flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&data)])
        .must(73, &["nothing is overwritten"]);
    flashtag(["restore", "--as", "continue", "--backup", text(&data), "--to", "elsewhere"])
        .must(65, &["not the directory of a backup"]);
    // A backup of another directory does not come between these.
    let other = BackedUp::open();
    Server::start(&other.shop.config()).stop();
    flashtag(["backup", "--data", text(&other.shop.data()), "--to", text(&backups)])
        .must(78, &["another data directory"]);
    // Any changed file is told, and nothing is made of the backup.
    let to = own.shop.config().with_file_name("restored");
    let file = backup.join("data/people.sqlite");
    let mut bytes = fs::read(&file).expect("it is there");
    *bytes.last_mut().expect("it has bytes") ^= 1;
    fs::write(&file, bytes).expect("it is written");
    flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&to)])
        .must(65, &["people.sqlite", "not as it was copied"]);
    flashtag(["verify", "--data", text(&data), "--backups", text(&backups)])
        .must(1, &["not as it was copied"]);
    assert!(!to.exists());
}

#[test]
fn a_server_without_a_directory_for_backups_says_so() {
    let own = BackedUp::open();
    let config = fs::read_to_string(own.shop.config()).expect("it is there");
    fs::write(own.shop.config(), config.replace("backups = \"backups\"\n", "")).expect("it is written");
    let server = Server::start(&own.shop.config());
    flashtag(["backup", "--server", server.http().base()]).must(65, &["no_backup_directory", "backups = "]);
    server.stop();
}

/// Everything that was answered before a backup began is in it, whatever is sold meanwhile.
#[test]
fn a_backup_of_a_busy_sale_is_a_whole_sale() {
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    let http = server.http();
    for author in 300..340 {
        assert!(http.link(author));
    }
    let mut made = Vec::new();
    std::thread::scope(|scope| {
        let posting = http.clone();
        let busy = scope.spawn(move || {
            for author in 300..340 {
                assert_eq!(post(&posting, author * 10, author, "#Buykindle"), "reserved");
                assert_eq!(post(&posting, author * 10 + 1, author, "#Confirmkindle"), "confirmed");
            }
        });
        while made.len() < 3 || !busy.is_finished() {
            let before = http.offers().remove(0);
            made.push((before, own.back_up(&http)));
        }
        busy.join().expect("everybody bought");
    });
    server.kill();
    for (index, (before, backup)) in made.iter().enumerate() {
        let data = own.shop.config().with_file_name(format!("restored-{index}"));
        flashtag(["restore", "--as", "continue", "--backup", text(backup), "--to", text(&data)]).must(0, &[]);
        assert_verified(&data, false);
        let taken =
            |kindle: &serde_json::Value| kindle["allotment"].as_u64().zip(kindle["available"].as_u64());
        let server = Server::start(&own.config_for(&data));
        let after = server.http().offers().remove(0);
        let (Some((_, available_before)), Some((_, available))) = (taken(before), taken(&after)) else {
            panic!("{before} {after}");
        };
        assert!(available <= available_before, "{before} {after}");
        server.kill();
    }
}
