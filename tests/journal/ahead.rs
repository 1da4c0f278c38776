//! The file of the next segment is created while the current one fills, and no append waits for it.

use std::fs;
use std::thread;

use crossbeam_channel::bounded;
use flashtag::journal::{Appender, Commit, Entry, FileDisk, Full};

use super::*;

/// Sends batches of four records until `count` records were sent, or the journal has failed.
fn send(appender: &Appender<u64>, count: u64, has_failed: impl Fn() -> bool) {
    for first in (1..=count).step_by(4) {
        let mut entry = Entry { batch: batch(first, 4), release: first + 3 };
        while let Err(Full(back)) = appender.try_send(entry) {
            if has_failed() {
                return;
            }
            entry = back;
            thread::yield_now();
        }
    }
}

#[test]
fn another_thread_creates_segments_and_removes_the_unused_one() {
    let disk = SimDisk::new();
    let writer = open(&disk, options(300)).expect("a new journal").0.writer;
    let (syncs, synced) = bounded(1000);
    disk.before_sync(move || {
        let name = thread::current().name().map(str::to_owned);
        syncs.send(name.expect("the journal's threads have names")).expect("the test is there");
    });
    let (release, released) = bounded(1000);
    let tail = move |last: u64| release.send(last).expect("the test is there");
    let no_failure = Box::new(|error| panic!("{error}"));
    let (appender, commit) = Commit::start(writer, 4, tail, no_failure).expect("a thread");
    send(&appender, 400, || false);
    drop(appender);
    commit.join();
    assert_eq!(released.iter().last(), Some(400), "everything is durable");
    let segments = (2..=400).filter(|first| disk.content(&segment(*first)).is_some()).count();
    assert!(segments > 20, "{segments} segments after the first");
    let names: Vec<String> = synced.try_iter().collect();
    let made_ahead = names.iter().filter(|name| *name == "journal-3-next").count();
    // The first segment may have been replaced by one that takes the first group, and the last one not
    // needed.
    assert!((segments..=segments + 2).contains(&made_ahead), "{made_ahead} files for {segments} segments");
    assert_eq!(disk.content(&blank()), None, "one more than needed is no file of a stopped journal");
    assert_eq!(records(&disk, options(300)).expect("a sound journal"), payloads(400));
}

#[test]
fn a_segment_that_cannot_be_created_ends_the_journal_when_it_is_needed() {
    let home = tempfile::tempdir().expect("a directory for tests");
    let directory = home.path().join("journal");
    let found = |each: &mut dyn FnMut(&[u8])| {
        recover(Arc::new(FileDisk), &directory, 3, options(3000), |_, payload| {
            each(payload);
            Ok(())
        })
    };
    let writer = found(&mut |_| ()).expect("a new journal").writer;
    let in_the_way = directory.join("blank.tmp");
    fs::create_dir(&in_the_way).expect("a directory");
    let (release, released) = bounded(1000);
    let tail = move |last: u64| release.send(last).expect("the test is there");
    let (fail, failed) = bounded(1);
    let on_failure = Box::new(move |error| fail.send(error).expect("the test is there"));
    let (appender, commit) = Commit::start(writer, 4, tail, on_failure).expect("a thread");
    send(&appender, 400, || !failed.is_empty());
    commit.join();
    let error = failed.recv().expect("the journal cannot go on");
    assert!(error.to_string().contains(&in_the_way.display().to_string()), "{error}");
    let acknowledged = released.iter().last().expect("the first segment was whole");
    fs::remove_dir(&in_the_way).expect("it is empty");
    let mut records = Vec::new();
    found(&mut |payload| records.push(payload.to_vec())).expect("a sound journal");
    assert!(acknowledged < 400, "{acknowledged} records do not fit into the first segment");
    assert_eq!(records, payloads(acknowledged));
}
