//! From one form of the database to the next: a file of an older release keeps its content, and a copy of it stays.

use flashtag::domain::id::Network;
use flashtag::domain::time::Timestamp;
use flashtag::ops::{Expense, MIGRATIONS, Migration, NetworkState, OpsDatabase, Spent, TokenState, UtcDay};
use rusqlite::Connection;

use super::{Data, START_MS, mode, second};

/// A database as release 1 wrote it.
const VERSION_1: &str = include_str!("version_1.sql");

const LIKES: Migration =
    Migration { sql: "CREATE TABLE likes (post TEXT); INSERT INTO likes VALUES ('1811');" };
const FAILS: Migration = Migration { sql: "CREATE TABLE likes (post TEXT); INSERT INTO nowhere VALUES (1);" };

fn version_1() -> Data {
    let data = Data::new();
    flashtag::journal::private::write(&data.database(), "").unwrap();
    Connection::open(data.database()).unwrap().execute_batch(VERSION_1).unwrap();
    data
}

fn steps(more: &[Migration]) -> Vec<Migration> {
    [&MIGRATIONS[..1], more].concat()
}

fn version(path: &std::path::Path) -> i64 {
    let raw = Connection::open(path).unwrap();
    raw.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// The tables, without their comments and blanks.
fn tables(path: &std::path::Path) -> Vec<String> {
    let raw = Connection::open(path).unwrap();
    let mut statement =
        raw.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|sql| sql.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_version_1_held_is_there_after_every_migration() {
    let data = version_1();
    let database = data.open();
    assert_eq!(database.cursor("shop-x", "mentions").unwrap().as_deref(), Some("1811"));
    assert_eq!(database.heard(Network::X, "1811").unwrap().as_deref(), Some("shop-x"));
    let signed_in = TokenState { renewed_at: Some(second(0)), signed_out: None };
    assert_eq!(database.token_state("shop-x").unwrap(), signed_in);
    let reason = (second(60), "the app password was revoked".to_owned());
    assert_eq!(database.token_state("shop-bsky").unwrap().signed_out, Some(reason));
    let spent = database.spent("shop-x", UtcDay::of(Timestamp::from_ms(START_MS)), Expense::Sent).unwrap();
    assert_eq!(spent, Spent { count: 12, micros: 120_000 });
    let address = database.address_hash(" Ana@shop.example").unwrap();
    assert_eq!(database.suppressed(&address).unwrap(), Some(("bounced".to_owned(), second(0))));
    assert_eq!(database.network_state("shop-x").unwrap(), Some((NetworkState::Paused, second(0))));
}

/// A step that a release has must never change: files of that release would not have the change.
#[test]
fn the_first_step_makes_what_version_1_had() {
    let (old, new) = (version_1(), Data::new());
    drop(OpsDatabase::open_with(&new.database(), &steps(&[])).unwrap());
    assert_eq!(tables(&new.database()), tables(&old.database()));
}

#[test]
fn a_migration_keeps_a_private_copy_of_the_file_before_it() {
    let data = version_1();
    let second_step = Migration { sql: "CREATE TABLE more (post TEXT)" };
    drop(OpsDatabase::open_with(&data.database(), &steps(&[LIKES, second_step])).unwrap());
    assert_eq!(data.names(), ["ops.sqlite", "ops.sqlite.before-2", "ops.sqlite.before-3"]);
    let versions = data.names().iter().map(|name| version(&data.path(name))).collect::<Vec<_>>();
    assert_eq!(versions, [3, 1, 2]);
    for name in data.names() {
        assert_eq!(mode(&data.path(&name)), 0o600, "{name}");
    }
    // The way back.
    std::fs::rename(data.path("ops.sqlite.before-2"), data.database()).unwrap();
    let back = OpsDatabase::open_with(&data.database(), &steps(&[])).unwrap();
    assert_eq!(back.cursor("shop-x", "mentions").unwrap().as_deref(), Some("1811"));
}

#[test]
fn a_new_database_and_an_up_to_date_one_are_not_copied() {
    let data = Data::new();
    for _ in 0..2 {
        drop(OpsDatabase::open_with(&data.database(), &steps(&[LIKES])).unwrap());
        assert_eq!(data.names(), ["ops.sqlite"]);
        assert_eq!(version(&data.database()), 2);
    }
}

#[test]
fn a_migration_that_fails_changes_nothing_and_is_tried_again() {
    let data = version_1();
    let before = tables(&data.database());
    for _ in 0..2 {
        OpsDatabase::open_with(&data.database(), &steps(&[FAILS])).expect_err("there is no such table");
        assert_eq!((version(&data.database()), tables(&data.database())), (1, before.clone()));
    }
    drop(OpsDatabase::open_with(&data.database(), &steps(&[LIKES])).unwrap());
    assert_eq!(version(&data.database()), 2);
}

/// Each state that a kill between copy and migration leaves.
#[test]
fn an_interrupted_copy_is_made_again() {
    let copied = version_1();
    OpsDatabase::open_with(&copied.database(), &steps(&[FAILS])).expect_err("the copy was made before");
    let whole = std::fs::read(copied.path("ops.sqlite.before-2")).unwrap();
    let states: [(&str, &[u8]); 4] = [
        ("ops.sqlite.before-2.new", b""),
        ("ops.sqlite.before-2.new", &whole[..whole.len() / 2]),
        ("ops.sqlite.before-2.new", &whole),
        ("ops.sqlite.before-2", &whole),
    ];
    for (name, content) in states {
        let data = version_1();
        std::fs::write(data.path(name), content).unwrap();
        drop(OpsDatabase::open_with(&data.database(), &steps(&[LIKES])).unwrap());
        assert_eq!(data.names(), ["ops.sqlite", "ops.sqlite.before-2"], "{name}");
        assert_eq!((version(&data.database()), version(&data.path("ops.sqlite.before-2"))), (2, 1), "{name}");
    }
}
