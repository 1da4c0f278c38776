//! A kill at any moment of a backup or a restore: there is none, or a whole one, and the next one works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BackedUp, flashtag, text};
use crate::crash::server::{Server, binary};
use crate::crash::strace;
use crate::run_budget;

const RIG: &str = "killed backups";

/// Runs a command that is killed at the `n`-th call of a kind. Returns whether it ended by itself.
fn killed_at(call: &str, n: usize, words: &[&str]) -> bool {
    let runner = strace::inject(&format!("{call}:signal=KILL:when={n}"));
    let (name, arguments) = runner.split_first().expect("a command");
    let output =
        Command::new(name).args(arguments).arg(binary()).args(words).output().expect("strace is here");
    match output.status.code() {
        Some(0) => true,
        None => false,
        Some(code) => panic!("{code}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The names of the whole backups, and of the copies of keys.
fn names(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("an entry").path());
    names
        .filter(|path| path.file_name().is_some_and(|name| text(Path::new(name)).starts_with("20")))
        .collect()
}

#[test]
fn a_kill_at_any_moment_leaves_no_backup_or_a_whole_one() {
    if let Err(why) = strace::check_available() {
        return run_budget::report(RIG, &format!("SKIPPED: {RIG} need strace ({why})"));
    }
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    server.stop();
    let (data, backups) = (own.shop.data(), own.backups());
    let mut killed = 0;
    for call in ["fsync", "/^rename"] {
        for n in 1.. {
            let ended = killed_at(call, n, &["backup", "--data", text(&data), "--to", text(&backups)]);
            let whole = names(&backups);
            flashtag(["verify", "--data", text(&data), "--backups", text(&backups)]).must(0, &["0 violated"]);
            if ended {
                assert_eq!(whole.len(), 1, "one backup is there");
                assert_eq!(
                    names(&backups.join("keys")).len(),
                    1,
                    "with its keys, and what was left of others is gone"
                );
            }
            for backup in whole {
                let to = own.shop.config().with_file_name("restored");
                flashtag(["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&to)])
                    .must(0, &[]);
                fs::remove_dir_all(&to).expect("it was made");
                // So that the next one is told from it.
                fs::remove_dir_all(&backup).expect("it was made");
            }
            if ended {
                break;
            }
            killed += 1;
        }
    }
    run_budget::report(RIG, &format!("{killed} {RIG}, none of which left a part of a backup"));
    assert!(killed > 20, "only {killed} were killed");
}

#[test]
fn a_kill_at_any_moment_of_a_restore_leaves_no_data_directory_or_a_whole_one() {
    if strace::check_available().is_err() {
        return;
    }
    let own = BackedUp::open();
    let server = Server::start(&own.shop.config());
    assert!(server.http().link(201));
    let backup = own.back_up(&server.http());
    flashtag(["accounts", "erase", "--server", server.http().base(), "--account", "x:201"]).must(0, &[]);
    server.stop();
    let to = own.shop.config().with_file_name("restored");
    for call in ["fsync", "/^rename"] {
        for n in 1.. {
            let ended = killed_at(
                call,
                n,
                &["restore", "--as", "continue", "--backup", text(&backup), "--to", text(&to)],
            );
            assert!(!ended || to.exists());
            if to.exists() {
                flashtag(["verify", "--data", text(&to)]).must(0, &["0 violated"]);
                Server::start(&own.config_for(&to)).kill();
                fs::remove_dir_all(&to).expect("it was made");
            }
            if ended {
                break;
            }
        }
    }
}
