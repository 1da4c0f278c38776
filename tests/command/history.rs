//! `history`: the journal as text, complete and in order.

use std::process::Stdio;
use std::sync::Arc;

use flashtag::journal::{Batch, FileDisk, FileStore, LogStore, Options};
use serde_json::json;

use super::{ACCOUNTS, OFFERS, POSTS, Sale, binary, flashtag, must_have_fields, ndjson};

#[test]
fn every_record_has_a_line() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let data = sale.path("out").display().to_string();
    let ran = flashtag(["history", "--data", &data]).must(0, &[]);
    let records = ndjson(&ran.out);
    for (record, sequence) in records.iter().zip(1..) {
        must_have_fields(record, &["partition", "sequence", "at", "events", "effects"]);
        assert_eq!((&record["partition"], &record["sequence"]), (&json!(0), &json!(sequence)));
        assert!(!record["events"].as_array().expect("events").is_empty(), "{record}");
    }
    // The effects that left are those in the records, under the same keys.
    let recorded = records.iter().flat_map(|record| record["effects"].as_array().expect("effects"));
    let mut recorded: Vec<&str> = recorded.map(|effect| super::text(effect, "key")).collect();
    let effects = sale.lines("out/effects.ndjson");
    let mut left: Vec<&str> = effects.iter().map(|effect| super::text(effect, "key")).collect();
    recorded.sort_unstable();
    left.sort_unstable();
    assert_eq!(recorded, left);
}

#[test]
fn a_record_of_a_newer_release_is_refused_with_a_remedy() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let journal = sale.path("out/journal/partition-0");
    let store = FileStore::new(Arc::new(FileDisk), &journal, 0);
    let mut log = store.open(Options::default(), &mut |_, _| Ok(())).expect("a sound journal").log;
    let mut batch = Batch::new(log.next_sequence());
    batch.push(&[0x7f, 0, 0]);
    log.append(&batch).expect("a sound disk");
    log.finish().expect("a sound disk");
    drop(log);
    let segments =
        |names: Vec<String>| names.into_iter().filter(|name| name.ends_with(".seg")).collect::<Vec<_>>();
    let before = segments(super::listing(&journal));
    let data = sale.path("out").display().to_string();
    for command in ["history", "verify"] {
        let words = ["a newer release wrote it", "record format 127", "start the release that wrote it"];
        flashtag([command, "--data", &data]).must(78, &words);
    }
    assert_eq!(segments(super::listing(&journal)), before, "nothing was changed");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let data = sale.path("out").display().to_string();
    let (offers, posts) = (sale.path("offers.toml").display().to_string(), sale.path("posts.ndjson"));
    let posts = posts.display().to_string();
    let commands: [&[&str]; 6] = [
        &["history", "--data", &data],
        &["verify", "--data", &data],
        &["check", "--offers", &offers],
        &["explain", &posts],
        &["serve", "--print-config"],
        &["--help"],
    ];
    for arguments in commands {
        let mut child = binary();
        child.args(arguments).stdin(Stdio::null()).stdout(closed_pipe()).stderr(Stdio::piped());
        let ran = super::Ran::of(child.output().expect("the binary runs"));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// The write end of a pipe without a reader.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}
