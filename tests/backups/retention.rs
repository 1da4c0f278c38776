//! How long copies of keys are kept: what opens people goes with its time, and is told while it is overdue.

use std::fs;
use std::path::{Path, PathBuf};

use super::{BackedUp, flashtag, text};
use crate::crash::server::{Server, poll};

/// A backup as it was made 36 days before it was.
fn aged(backup: &Path) -> PathBuf {
    let old = backup.with_file_name("2025-01-01T00-00-00.000Z");
    let keys = backup.with_file_name("keys");
    fs::rename(backup, &old).expect("it is there");
    fs::rename(keys.join(backup.file_name().expect("a name")), keys.join("2025-01-01T00-00-00.000Z"))
        .expect("its keys");
    old
}

fn keys_of(backup: &Path) -> PathBuf {
    backup.with_file_name("keys").join(backup.file_name().expect("a name"))
}

#[test]
fn keys_go_when_their_time_is_over() {
    let own = BackedUp::open();
    let (data, backups) = (own.shop.data(), own.backups());
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    let first = own.back_up(&server.http());
    server.stop();
    let judge = || flashtag(["verify", "--data", text(&data), "--backups", text(&backups)]);
    let check = || flashtag(["check", "--config", text(&own.shop.config())]);
    judge().must(0, &["0 violated"]);
    assert!(
        keys_of(&first).join("people-keys.sqlite").exists()
            && !first.join("data/people-keys.sqlite").exists()
    );

    // Overdue, and told.
    let first = aged(&first);
    judge().must(1, &["older than backup_retention (35 days)"]);
    assert!(check().must(0, &["older than backup_retention (35 days)"]).out.contains("warning"));
    // A longer retention is the operator's to choose.
    flashtag(["verify", "--data", text(&data), "--backups", text(&backups), "--retention", "999d"])
        .must(0, &[]);

    // The next backup removes them. The older backup is still there, and opens with the newer keys.
    let second = own.back_up_stopped();
    assert!(!keys_of(&first).exists() && first.exists());
    judge().must(0, &["0 violated"]);
    let to = own.shop.config().with_file_name("restored");
    flashtag(["restore", "--as", "continue", "--backup", text(&first), "--to", text(&to)]).must(0, &[]);
    let restored = Server::start(&own.config_for(&to));
    let ana = restored.http().get("/v1/accounts/x/201/personal-data").expect("she is there");
    assert_eq!(ana["email"], "201@example.com");
    restored.stop();
    fs::remove_dir_all(&first).expect("it is there");

    // So does a running server, with no backup made.
    let second = aged(&second);
    let server = Server::start(&own.shop.config());
    poll(|| keys_of(&second).exists(), |exists| !exists);
    server.stop();
    // Without any keys there are no people; the rest is there.
    let to = own.shop.config().with_file_name("without-people");
    let restored = flashtag(["restore", "--as", "continue", "--backup", text(&second), "--to", text(&to)]);
    assert!(restored.must(0, &["no copy of the people's keys is left"]).json()["keys_of"].is_null());
    let server = Server::start(&own.config_for(&to));
    assert!(server.http().get("/v1/accounts/x/201").is_some(), "the link is there");
    assert!(server.http().get("/v1/accounts/x/201/personal-data").is_none(), "the person is not");
    server.stop();
}

/// What must be written down first cannot be left out because a disk is gone.
#[test]
fn nobody_is_erased_while_the_ledger_cannot_be_written() {
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    let ledger = own.backups().join("erasures.ndjson");
    assert!(ledger.exists());
    flashtag(["accounts", "unlink", "--server", server.http().base(), "--account", "x:1"])
        .must(0, &["unlinked", "x:1"]);
    assert_eq!(fs::read_to_string(&ledger).expect("it is there"), "", "who is unlinked is not erased");
    flashtag(["accounts", "erase", "--server", server.http().base(), "--account", "x:201"])
        .must(0, &["erased", "x:201"]);
    let text = fs::read_to_string(&ledger).expect("it is there");
    assert!(text.contains("x:201") && !text.contains('@') && text.lines().count() == 1, "{text}");
    server.stop();
}
