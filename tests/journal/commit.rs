//! The commit thread: one group in flight, releases in order, nothing released after a failure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use flashtag::journal::frame::{self, Decoded};
use flashtag::journal::{Appender, Commit, DiskFault, Entry, Full, queue};

use super::*;

/// Upper bound on a wait, so that a failing test does not hang; no passing test takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A commit thread on a disk whose syncs wait for a message.
struct Rig {
    disk: SimDisk,
    appender: Appender<&'static str>,
    commit: Commit,
    /// A message for each sync that has begun.
    begun: Receiver<()>,
    /// A message lets one sync proceed; dropping the channel lets all proceed.
    proceed: Sender<()>,
    released: Receiver<&'static str>,
    failed: Receiver<Error>,
    next_sequence: u64,
    syncs_before: u64,
}

impl Rig {
    fn new(options: Options, entries_max: usize) -> Self {
        let disk = SimDisk::new();
        let writer = open(&disk, options).expect("a new journal").0.writer;
        let (began, begun) = bounded(100);
        let (proceed, word) = bounded(100);
        disk.before_sync(move || {
            let _ = began.send(());
            let _ = word.recv();
        });
        let (release, released) = bounded(100);
        let tail = move |name| release.send(name).expect("the test is there");
        let (fail, failed) = bounded(1);
        let on_failure = Box::new(move |error| fail.send(error).expect("the test is there"));
        let (appender, commit) = Commit::start(writer, entries_max, tail, on_failure).expect("a thread");
        let syncs_before = disk.syncs();
        Self { disk, appender, commit, begun, proceed, released, failed, next_sequence: 1, syncs_before }
    }

    fn try_send(&mut self, name: &'static str, records: u64) -> Result<(), Full<&'static str>> {
        let batch = batch(self.next_sequence, records);
        self.appender.try_send(Entry { batch, release: name })?;
        self.next_sequence += records;
        Ok(())
    }

    fn send(&mut self, name: &'static str, records: u64) {
        self.try_send(name, records).expect("room");
    }

    /// Sends one entry and waits until its sync is in progress.
    fn send_and_hold(&mut self, name: &'static str) {
        self.send(name, 1);
        self.begun.recv_timeout(PATIENCE).expect("a sync");
    }

    /// Lets all syncs proceed and returns the disk, the releases and the number of syncs.
    fn finish(self) -> (SimDisk, Vec<&'static str>, u64) {
        drop((self.appender, self.proceed));
        self.commit.join();
        let syncs = self.disk.syncs() - self.syncs_before;
        (self.disk, self.released.iter().collect(), syncs)
    }
}

#[test]
fn entries_queued_while_a_group_is_in_flight_share_one_sync() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("first");
    for name in ["a", "b", "c", "d"] {
        rig.send(name, 2);
    }
    assert!(rig.released.is_empty(), "released before the sync returned");
    let (disk, released, syncs) = rig.finish();
    assert_eq!(released, ["first", "a", "b", "c", "d"]);
    assert_eq!(syncs, 2);
    assert_eq!(records(&disk, options(4096)).expect("a sound journal"), payloads(9));
}

#[test]
fn positions_count_through_the_whole_group() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("first");
    rig.send("a", 2);
    rig.send("b", 3);
    let (disk, ..) = rig.finish();
    let content = disk.content(&segment(1)).expect("the segment");
    let positions: Vec<_> = (1..=6)
        .map(|sequence| match frame::decode(&content[offset(1, sequence)..]) {
            Decoded::Record(record) => (record.sequence, record.position),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(positions, [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3), (6, 4)]);
}

#[test]
fn a_group_is_bounded_in_bytes() {
    let two = batch(2, 2).bytes();
    let mut rig = Rig::new(Options { group_bytes: two + 1, ..options(4096) }, 16);
    rig.send_and_hold("first");
    for name in ["a", "b", "c", "d"] {
        rig.send(name, 2);
    }
    let (_, released, syncs) = rig.finish();
    assert_eq!(released, ["first", "a", "b", "c", "d"]);
    assert_eq!(syncs, 3, "two entries a group, after the first");
}

#[test]
fn an_entry_without_records_waits_for_earlier_ones_and_writes_nothing() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("winner");
    rig.send("refused", 0);
    rig.send("asked", 0);
    assert!(rig.released.is_empty(), "a refusal overtook the decision before it");
    let writes = rig.disk.writes();
    let (disk, released, syncs) = rig.finish();
    assert_eq!(released, ["winner", "refused", "asked"]);
    assert_eq!(syncs, 1);
    assert_eq!(disk.writes() - writes, 1, "only the watermark of the first");
}

#[test]
fn an_entry_without_records_is_released_at_once_if_the_queue_is_empty() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send("refused", 0);
    assert_eq!(rig.released.recv_timeout(PATIENCE), Ok("refused"));
    assert_eq!(rig.finish().2, 0);
}

#[test]
fn a_queue_is_idle_once_every_entry_is_released() {
    let disk = SimDisk::new();
    let (appender, mut committer) = queue(open(&disk, options(4096)).expect("a new journal").0.writer, 2);
    assert!(appender.is_idle());
    for (first, records) in [(1, 1), (2, 0)] {
        appender.try_send(Entry { batch: batch(first, records), release: records }).expect("room");
        assert!(!appender.is_idle());
    }
    appender.try_send(Entry { batch: batch(2, 1), release: 1 }).expect_err("the queue holds two");
    let mut released = Vec::new();
    let mut tail = |records| {
        assert!(!appender.is_idle(), "a release in progress is not done");
        released.push(records);
    };
    assert!(committer.step(&mut tail).expect("a sound disk"));
    assert_eq!(released, [1, 0]);
    assert!(appender.is_idle());
    disk.inject(DiskFault::SyncFails { nth: 1, errno: EIO });
    appender.try_send(Entry { batch: batch(2, 1), release: 1 }).expect("room");
    committer.step(&mut |_| panic!("released though it failed")).expect_err("the sync failed");
    assert!(!appender.is_idle(), "a failed entry is never released");
}

#[test]
fn a_full_queue_returns_the_entry() {
    let mut rig = Rig::new(options(4096), 2);
    rig.send_and_hold("first");
    rig.send("a", 1);
    assert!(rig.appender.has_room());
    rig.send("b", 1);
    assert!(!rig.appender.has_room());
    assert_eq!(rig.appender.room(), 0);
    let Full(entry) = rig.try_send("c", 1).expect_err("the queue holds two");
    assert_eq!((entry.release, entry.batch.first_sequence()), ("c", 4));
    assert_eq!(rig.finish().1, ["first", "a", "b"]);
}

#[test]
fn nothing_is_released_after_a_failed_sync() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("first");
    rig.disk.inject(DiskFault::SyncFails { nth: 2, errno: EIO });
    for name in ["a", "b", "refused"] {
        rig.send(name, u64::from(name != "refused"));
    }
    let failed = rig.failed.clone();
    let (_, released, syncs) = rig.finish();
    assert_eq!((released, syncs), (vec!["first"], 2));
    assert!(matches!(failed.recv(), Ok(Error::Io { action: "sync", .. })));
}

#[test]
fn nothing_is_released_after_a_failed_write() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("first");
    // The next write is the watermark of the first group, which is durable but not yet released.
    rig.disk.inject(DiskFault::WriteFails { nth: 2, errno: ENOSPC });
    rig.send("a", 1);
    let failed = rig.failed.clone();
    assert_eq!(rig.finish().1, ["first"]);
    assert!(matches!(failed.recv(), Ok(Error::Io { action: "write", .. })));
}

#[test]
fn a_queue_whose_thread_failed_has_no_room() {
    let mut rig = Rig::new(options(4096), 16);
    rig.send_and_hold("first");
    rig.disk.inject(DiskFault::SyncFails { nth: 1, errno: EIO });
    rig.proceed.send(()).expect("the disk is there");
    rig.failed.recv_timeout(PATIENCE).expect("the failure");
    rig.commit.join();
    let entry = Entry { batch: batch(2, 1), release: "late" };
    rig.appender.try_send(entry).expect_err("the thread has failed");
}

#[test]
fn dropping_the_appender_drains_and_syncs_the_queue() {
    let mut rig = Rig::new(at_end(4096), 16);
    for name in ["a", "b", "c"] {
        rig.send(name, 3);
    }
    let (disk, released, syncs) = rig.finish();
    assert_eq!((released, syncs), (vec!["a", "b", "c"], 1));
    disk.crash(|_| 0);
    assert_eq!(records(&disk, at_end(4096)).expect("a sound journal"), payloads(9));
}

/// A power loss at the moment of a release, even one that loses all unsynced data, keeps the released record.
#[test]
fn a_released_record_survives_a_power_loss_at_that_moment() {
    let disk = SimDisk::new();
    let writer = open(&disk, options(300)).expect("a new journal").0.writer;
    let looked = Arc::new(AtomicU64::new(0));
    let tail = {
        let looked = Arc::clone(&looked);
        move |last: u64| {
            let dark = disk.fork();
            dark.crash(|_| 0);
            let found = records(&dark, options(300)).expect("a sound journal");
            assert!(found.len() as u64 >= last, "record {last} was released but not durable");
            looked.fetch_add(1, Ordering::Relaxed);
        }
    };
    let on_failure = Box::new(|error: Error| panic!("{error}"));
    let (appender, commit) = Commit::start(writer, 64, tail, on_failure).expect("a thread");
    let mut next = 1;
    for count in [1, 4, 0, 2, 7, 0, 0, 3, 1, 9] {
        let mut batch = appender.batch(next);
        for sequence in next..next + count {
            batch.push(&payload(sequence));
        }
        next += count;
        appender.try_send(Entry { batch, release: next - 1 }).expect("room");
    }
    drop(appender);
    commit.join();
    assert_eq!(looked.load(Ordering::Relaxed), 10);
}

/// A waiter may take a dropped release for an answer, so a failure must end the process before that.
#[test]
fn a_failure_is_reported_before_waiting_entries_are_dropped() {
    #[derive(Debug)]
    struct Waiting(Sender<&'static str>);
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.send("dropped").expect("the test is there");
        }
    }
    let disk = SimDisk::new();
    let writer = open(&disk, options(300)).expect("a new journal").0.writer;
    disk.inject(DiskFault::WriteFails { nth: 1, errno: EIO });
    let (sender, receiver) = bounded(10);
    let on_failure = {
        let sender = sender.clone();
        Box::new(move |_| sender.send("failed").expect("the test is there"))
    };
    let tail = |_: Waiting| unreachable!("nothing is durable");
    let (appender, commit) = Commit::start(writer, 4, tail, on_failure).expect("a thread");
    let entry = Entry { batch: batch(1, 1), release: Waiting(sender) };
    appender.try_send(entry).expect("room");
    drop(appender);
    commit.join();
    assert_eq!(receiver.iter().collect::<Vec<_>>(), ["failed", "dropped"]);
}
