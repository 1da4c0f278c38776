//! The database as a file: made, opened by one, refused when it is not ours, and whole after a kill.

use flashtag::domain::id::{Network, PostId};
use flashtag::ops::{HeardBatch, HeardBounds, NetworkState, OpsDatabase, OpsError};
use rusqlite::Connection;

use super::{Data, mode, second};

const NEWEST: i64 = flashtag::ops::MIGRATIONS.len() as i64;

/// A database with a few thousand bytes in it, closed.
fn filled() -> Data {
    let data = Data::new();
    let database = data.open();
    for number in 0..100 {
        database.store_cursor("shop-x", &format!("stream {number}"), "1811", second(0)).unwrap();
    }
    data
}

fn refused(data: &Data) -> OpsError {
    let before = std::fs::read(data.database()).unwrap();
    let names = data.names();
    let error = OpsDatabase::open(&data.database()).expect_err("the file cannot be used");
    assert_eq!(std::fs::read(data.database()).unwrap(), before, "{error}");
    assert_eq!(data.names(), names, "{error}");
    error
}

#[test]
fn it_is_made_once_for_its_owner_alone() {
    let data = Data::new();
    let database = data.open();
    database.store_cursor("shop-x", "mentions", "1811", second(0)).unwrap();
    let names = data.names();
    assert_eq!(
        names,
        ["ops.sqlite", "ops.sqlite-shm", "ops.sqlite-wal"],
        "what the database needs while it is open"
    );
    for name in names {
        assert_eq!(mode(&data.path(&name)), 0o600, "{name}");
    }
    drop(database);
    assert_eq!(data.names(), ["ops.sqlite"]);
    assert_eq!(data.open().cursor("shop-x", "mentions").unwrap().as_deref(), Some("1811"));
}

#[test]
fn one_opener_has_it_at_a_time() {
    let data = filled();
    let first = data.open();
    let second = OpsDatabase::open(&data.database()).expect_err("it is open");
    assert!(matches!(second, OpsError::InUse(_)), "{second}");
    assert_eq!(second.exit_code(), 75);
    let clone = first.clone();
    drop(first);
    assert!(OpsDatabase::open(&data.database()).is_err(), "a clone has it open");
    drop(clone);
    data.open();
}

#[test]
fn a_newer_release_s_file_is_refused_and_left_as_it_was() {
    let data = filled();
    let raw = Connection::open(data.database()).unwrap();
    raw.pragma_update(None, "user_version", NEWEST + 1).unwrap();
    drop(raw);
    let error = refused(&data);
    assert_eq!(error.exit_code(), 78);
    let words = format!("has version {}, and this release knows {NEWEST}; start the release", NEWEST + 1);
    assert!(error.to_string().contains(&words), "{error}");
}

#[test]
fn another_program_s_database_is_refused_and_left_as_it_was() {
    for statement in
        ["CREATE TABLE notes (text TEXT)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"]
    {
        let data = Data::new();
        Connection::open(data.database()).unwrap().execute_batch(statement).unwrap();
        let error = refused(&data);
        assert!(matches!(error, OpsError::Foreign(_)), "{statement}: {error}");
        assert_eq!(error.exit_code(), 78);
    }
}

#[test]
fn a_damaged_file_is_refused_with_advice_and_a_new_one_is_made_in_its_place() {
    let whole = filled();
    let bytes = std::fs::read(whole.database()).unwrap();
    let mut damages = vec![b"no database, only words; no database, only words".to_vec(), vec![0; 8192]];
    damages.extend([100, 4096, bytes.len() / 2, bytes.len() - 1].map(|length| bytes[..length].to_vec()));
    // The first bytes of a page say what it is.
    damages.extend((4096..bytes.len()).step_by(4096).map(|page| {
        let mut damaged = bytes.clone();
        damaged[page..page + 8].fill(0xff);
        damaged
    }));
    assert!(damages.len() > 10, "the file has more pages");
    for damaged in damages {
        let data = Data::new();
        std::fs::write(data.database(), &damaged).unwrap();
        let error = refused(&data);
        assert_eq!(error.exit_code(), 78, "{error}");
        if matches!(error, OpsError::Damaged { .. }) {
            assert!(error.to_string().contains("move it away"), "{error}");
            assert!(error.to_string().contains("What must survive is in the journals"), "{error}");
        }
        std::fs::remove_file(data.database()).unwrap();
        assert_eq!(data.open().cursor("shop-x", "stream 1").unwrap(), None);
    }
}

/// A flipped bit anywhere is refused, or changes a value: it never ends the process.
#[test]
fn no_flipped_byte_ends_the_process() {
    let whole = filled();
    let bytes = std::fs::read(whole.database()).unwrap();
    for at in (0..bytes.len()).step_by(97) {
        let data = Data::new();
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x81;
        std::fs::write(data.database(), &damaged).unwrap();
        if let Ok(database) = OpsDatabase::open(&data.database()) {
            database.cursor("shop-x", "stream 1").ok();
            database.store_cursor("shop-x", "stream 1", "1812", second(1)).ok();
        }
    }
}

#[test]
fn an_empty_file_of_an_interrupted_start_is_filled() {
    let data = Data::new();
    std::fs::write(data.database(), "").unwrap();
    data.open().set_network_state("shop-x", NetworkState::Paused, second(0)).unwrap();
    let state = data.open().network_state("shop-x").unwrap();
    assert_eq!(state, Some((NetworkState::Paused, second(0))));
}

/// After a kill the log holds what was committed. However much of it a power loss leaves, each batch is there as a
/// whole, with its cursor, and no batch without those before it.
#[test]
fn a_kill_leaves_whole_batches_up_to_the_last_that_returned() {
    let data = Data::new();
    let database = data.open();
    let posts = |batch: u32| {
        [batch * 2 + 1, batch * 2 + 2].map(|id| PostId::parse(Network::X, &id.to_string()).unwrap())
    };
    // What is in the log now is not copied into the file while the database is open.
    for batch in 0..5 {
        let heard = HeardBatch {
            network: "shop-x",
            kind: Network::X,
            stream: "mentions",
            cursor: Some(&batch.to_string()),
            posts: &posts(batch),
            at: second(0),
        };
        database.store_heard(&heard, HeardBounds::default()).unwrap();
    }
    let (file, log) =
        (std::fs::read(data.database()).unwrap(), std::fs::read(data.path("ops.sqlite-wal")).unwrap());
    let mut batches_left = Vec::new();
    for length in (0..=log.len()).rev().step_by(509) {
        let killed = Data::new();
        std::fs::write(killed.database(), &file).unwrap();
        std::fs::write(killed.path("ops.sqlite-wal"), &log[..length]).unwrap();
        let database = killed.open();
        let cursor = database.cursor("shop-x", "mentions").unwrap();
        let batches = cursor.map_or(0, |cursor| cursor.parse::<u32>().unwrap() + 1);
        for batch in 0..5 {
            for post in posts(batch) {
                let heard = database.heard(Network::X, &post.to_string()).unwrap();
                assert_eq!(heard.is_some(), batch < batches, "{length} bytes of the log, post {post}");
            }
        }
        batches_left.push(batches);
    }
    assert_eq!(batches_left.first(), Some(&5), "the whole log has all that returned");
    assert!(batches_left.is_sorted_by(|more, less| more >= less), "{batches_left:?}");
    batches_left.dedup();
    assert_eq!(batches_left, [5, 4, 3, 2, 1, 0], "each prefix was seen");
}
