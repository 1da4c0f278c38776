//! The contract of every log and every store of snapshots, whatever holds the bytes.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use flashtag::journal::snapshot::seal::CHUNK_BYTES_MAX;
use flashtag::journal::snapshot::store::SnapshotStore;
use flashtag::journal::{
    Batch, Entry, Error, FileDisk, FileStore, Followed, Follower, Log, LogStore, MemoryStore, Opened,
    RecordFault, SnapshotFault, queue,
};

use super::*;

const PARTITION: u32 = 3;

/// An implementation: an empty store, and what must outlive it.
trait Kind {
    type Store: LogStore + SnapshotStore;

    fn store(&self) -> Self::Store;
}

struct InFiles(tempfile::TempDir);

impl Kind for InFiles {
    type Store = FileStore;

    fn store(&self) -> FileStore {
        FileStore::new(Arc::new(FileDisk), &self.0.path().join("journal"), PARTITION)
    }
}

struct Simulated(SimDisk);

impl Kind for Simulated {
    type Store = FileStore;

    fn store(&self) -> FileStore {
        FileStore::new(Arc::new(self.0.clone()), Path::new("/data/journal"), PARTITION)
    }
}

struct InMemory(MemoryStore);

impl Kind for InMemory {
    type Store = MemoryStore;

    fn store(&self) -> MemoryStore {
        self.0.clone()
    }
}

fn in_files() -> InFiles {
    InFiles(tempfile::tempdir().expect("a directory for tests"))
}

fn simulated() -> Simulated {
    Simulated(SimDisk::new())
}

fn in_memory() -> InMemory {
    InMemory(MemoryStore::new(PARTITION))
}

/// Segments of a few records.
fn small(replay_from: u64) -> Options {
    Options { replay_from, ..options(300) }
}

/// Opens the log, and returns the records from `replay_from` on.
fn open_from<S: LogStore>(store: &S, replay_from: u64) -> (Opened<S::Log>, Vec<Vec<u8>>) {
    let mut found = Vec::new();
    let opened = store.open(small(replay_from), &mut |sequence, payload| {
        assert_eq!(sequence, replay_from + found.len() as u64);
        found.push(payload.to_vec());
        Ok(())
    });
    let opened = opened.expect("a sound store");
    assert_eq!(opened.records, found.len() as u64);
    assert_eq!(opened.last_sequence + 1, opened.log.next_sequence());
    assert_eq!(opened.log.durable_sequence(), opened.last_sequence);
    assert_eq!((opened.log.partition(), opened.log.options()), (PARTITION, &small(replay_from)));
    (opened, found)
}

fn read<S: LogStore>(store: &S, replay_from: u64) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let records = store.read(small(replay_from), &mut |_, payload| {
        found.push(payload.to_vec());
        Ok(())
    });
    assert_eq!(records.expect("a sound store"), found.len() as u64);
    found
}

fn append(log: &mut impl Log, records: u64) {
    let next = log.next_sequence();
    log.append(&batch(next, records)).expect("a sound store");
    assert_eq!(log.next_sequence(), next + records);
    assert_eq!(log.durable_sequence(), next + records - 1, "durable on return");
}

fn appended_records_are_read_back(kind: &impl Kind) {
    let store = kind.store();
    let (opened, found) = open_from(&store, 1);
    assert_eq!((opened.last_sequence, found.len()), (0, 0));
    let mut log = opened.log;
    append(&mut log, 5);
    let (one, two) = (batch(6, 2), batch(8, 3));
    log.append_group([&one, &batch(8, 0), &two]).expect("a sound store");
    assert_eq!(log.durable_sequence(), 10);
    log.append_group([]).expect("nothing is to be done");
    assert_eq!(read(&store, 1), payloads(10), "a reader sees durable records");
    log.finish().expect("a sound store");
    drop(log);
    assert_eq!(open_from(&store, 1).1, payloads(10));
    assert_eq!(open_from(&kind.store(), 8).1, payloads(10)[7..]);
}

fn an_older_opener_is_fenced(kind: &impl Kind) {
    let store = kind.store();
    let mut older = open_from(&store, 1).0.log;
    append(&mut older, 3);
    let mut newer = open_from(&kind.store(), 1).0.log;
    let fenced = older.append(&batch(4, 2));
    assert!(matches!(fenced, Err(Error::Fenced { .. })), "{fenced:?}");
    assert_eq!(older.durable_sequence(), 3, "nothing was acknowledged");
    assert!(older.append(&batch(4, 2)).is_err(), "and nothing will be");
    assert!(older.finish().is_err());
    append(&mut newer, 4);
    drop(older);
    append(&mut newer, 1);
    drop(newer);
    assert_eq!(open_from(&store, 1).1, payloads(8), "the newer opener's records are whole");
}

/// A fenced log must not replace the newer opener's segment by its own.
fn an_older_opener_does_not_roll_over(kind: &impl Kind) {
    let store = kind.store();
    let mut older = open_from(&store, 1).0.log;
    append(&mut older, 3);
    let mut newer = open_from(&store, 1).0.log;
    for _ in 0..20 {
        append(&mut newer, 3);
    }
    assert!(older.append(&batch(4, 60)).is_err(), "larger than what is left of its segment");
    drop((older, newer));
    assert_eq!(open_from(&store, 1).1, payloads(63));
}

fn a_record_that_cannot_be_read_ends_the_opening(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    append(&mut log, 6);
    let newer = || RecordFault::Newer { found: 9, known: 1 };
    let refused = |sequence, _: &[u8]| if sequence == 4 { Err(newer()) } else { Ok(()) };
    let opened = store.open(small(1), &mut { refused }).err();
    assert!(
        matches!(&opened, Some(Error::Record { sequence: 4, fault, .. }) if *fault == newer()),
        "{opened:?}"
    );
    let read_only = store.read(small(1), &mut { refused }).err();
    assert!(matches!(read_only, Some(Error::Record { sequence: 4, .. })), "{read_only:?}");
    append(&mut log, 1);
    assert_eq!(read(&store, 1), payloads(7), "a refused opener fences no log");
}

fn sealed_records_are_reported_read_and_trimmed(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    let (notify, sealed) = mpsc::channel();
    log.on_sealed(Box::new(move || notify.send(()).expect("the test lives as long")));
    let mut seals = 0;
    while seals < 3 {
        append(&mut log, 4);
        seals += sealed.try_iter().count();
        assert!(log.next_sequence() < 2000, "sealed records are reported");
    }
    let (total, mut last) = (log.durable_sequence(), 0);
    let records = store.read_sealed(small(1), &mut |sequence, payload| {
        last += 1;
        assert_eq!((sequence, payload), (last, &*super::payload(sequence)));
        Ok(())
    });
    assert_eq!(records.expect("a sound store"), last);
    assert!((4..total).contains(&last), "{last} of {total} records are sealed");
    assert!(store.sealed_bytes(0).expect("a sound store") > 0);
    assert_eq!(store.sealed_bytes(last).expect("a sound store"), 0);
    assert_eq!(store.first_sequence().expect("a sound store"), 1);
    snapshot(&store, last - 1);
    store.trim(last - 1).expect("a sound store");
    let first = store.first_sequence().expect("a sound store");
    assert!((2..=last).contains(&first), "it begins with {first}");
    let rest = |records: u64| payloads(records).split_off(usize::try_from(last).expect("a few records") - 1);
    assert_eq!(read(&store, last), rest(total));
    assert!(store.read(small(1), &mut |_, _| Ok(())).is_err(), "the first record is gone");
    append(&mut log, 1);
    drop(log);
    assert_eq!(open_from(&store, last).1, rest(total + 1));
    assert!(store.open(small(first - 1), &mut |_, _| Ok(())).is_err());
}

/// Reads up to `durable`; the records must follow on `last`. Returns the last of them.
fn follow(follower: &mut dyn Follower, last: u64, durable: u64) -> u64 {
    let mut last = last;
    loop {
        let before = last;
        let found = follower.read(durable, &mut |sequence, payload| {
            last += 1;
            assert_eq!((sequence, payload), (last, &*super::payload(sequence)));
            Ok(())
        });
        assert_eq!(found.expect("a sound store"), Followed::Records(last - before));
        if last == before {
            return last;
        }
    }
}

fn a_follower_reads_only_durable_records(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    let mut follower = store.follow(1);
    assert_eq!(follow(&mut *follower, 0, 0), 0);
    append(&mut log, 5);
    assert_eq!(follow(&mut *follower, 0, 3), 3, "up to what it is told, and no further");
    let mut last = 3;
    // Over several segments, one of which is replaced by a larger one while it is empty.
    for records in [1, 4, 2, 60, 1, 9, 1, 1, 1, 7, 60, 3] {
        append(&mut log, records);
        last = follow(&mut *follower, last, log.durable_sequence());
        assert_eq!(last, log.durable_sequence());
    }
    for next in 1..=last + 1 {
        assert_eq!(follow(&mut *store.follow(next), next - 1, last), last, "begun with {next}");
    }
}

fn a_follower_reads_a_record_of_any_size(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    let sizes = [1, 128 * 1024, 700_000, 3];
    let mut all = Batch::new(1);
    sizes.iter().for_each(|size| {
        all.push(&vec![9; *size]);
    });
    log.append(&all).expect("a sound store");
    let (mut follower, mut found) = (store.follow(1), Vec::new());
    while found.len() < sizes.len() {
        let read = follower.read(4, &mut |_, payload| {
            found.push(payload.len());
            Ok(())
        });
        assert!(matches!(read, Ok(Followed::Records(1..))), "{read:?}");
    }
    assert_eq!(found, sizes);
}

fn a_follower_names_what_was_trimmed(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    let (mut behind, mut begun) = (store.follow(1), store.follow(1));
    append(&mut log, 2);
    assert_eq!(follow(&mut *begun, 0, 1), 1);
    (0..200).for_each(|_| append(&mut log, 4));
    let (total, mut sealed) = (log.durable_sequence(), 0);
    let read = store.read_sealed(small(1), &mut |sequence, _| {
        sealed = sequence;
        Ok(())
    });
    read.expect("a sound store");
    assert_eq!(store.dispensable(7, u64::MAX).expect("a sound store"), 7, "all is kept for it");
    assert_eq!(store.dispensable(total, 0).expect("a sound store"), total, "it needs nothing");
    assert_eq!(store.dispensable(7, 0).expect("a sound store"), sealed, "nothing is kept for it");
    let bytes = store.sealed_bytes(0).expect("a sound store");
    let half = store.dispensable(7, bytes / 2).expect("a sound store");
    assert!(7 < half && half < sealed, "{half} of {sealed}");
    assert!(store.sealed_bytes(half).expect("a sound store") <= bytes / 2);
    snapshot(&store, half);
    store.trim(half).expect("a sound store");
    assert_eq!(store.first_sequence().expect("a sound store"), half + 1);
    for (follower, next) in [(&mut behind, 1), (&mut store.follow(5), 5)] {
        let found = follower.read(total, &mut |sequence, _| panic!("record {sequence} is gone"));
        assert_eq!(found.expect("a sound store"), Followed::Trimmed(next..=half));
        assert_eq!(follow(&mut **follower, half, total), total, "and it goes on behind the gap");
    }
    // What it had opened before can still be read; what comes then is gone, or is there.
    let mut last = 1;
    while last < total {
        let before = last;
        let found = begun.read(total, &mut |sequence, payload| {
            last += 1;
            assert_eq!((sequence, payload), (last, &*super::payload(sequence)));
            Ok(())
        });
        match found.expect("a sound store") {
            Followed::Records(records) => assert_eq!(records, last - before),
            Followed::Trimmed(missing) => {
                assert_eq!(missing, before + 1..=half);
                last = half;
            }
        }
    }
}

fn a_follower_tries_a_record_that_was_refused_again(kind: &impl Kind) {
    let store = kind.store();
    let mut log = open_from(&store, 1).0.log;
    append(&mut log, 6);
    let mut follower = store.follow(1);
    let mut refuse = |sequence, _: &[u8]| match sequence {
        4 => Err(RecordFault::Newer { found: 9, known: 1 }),
        _ => Ok(()),
    };
    let refused = loop {
        match follower.read(6, &mut refuse) {
            Ok(Followed::Records(1..)) => {}
            other => break other,
        }
    };
    assert!(matches!(refused, Err(Error::Record { sequence: 4, .. })), "{refused:?}");
    assert_eq!(follow(&mut *follower, 3, 6), 6);
}

/// Writes a snapshot of three chunks.
fn snapshot(store: &impl SnapshotStore, sequence: u64) {
    let mut writer = store.create_snapshot(sequence, 0).expect("a sound store");
    for chunk in [payload(sequence), Vec::new(), payload(sequence + 1)] {
        writer.write(&chunk).expect("a sound store");
    }
    let seal = writer.finish(sequence * 31).expect("a sound store");
    assert_eq!(
        (seal.partition, seal.sequence, seal.digest, seal.chunks),
        (PARTITION, sequence, sequence * 31, 3)
    );
}

fn a_snapshot_is_read_complete_or_not_at_all(kind: &impl Kind) {
    let store = kind.store();
    drop(open_from(&store, 1));
    assert_eq!(store.snapshots().expect("a sound store"), [0_u64; 0]);
    [5, 30, 12].into_iter().for_each(|sequence| snapshot(&store, sequence));
    store.create_snapshot(31, 0).expect("a sound store").write(&payload(1)).expect("a sound store");
    assert_eq!(store.snapshots().expect("a sound store"), [30, 12, 5], "an unfinished one is none");
    store.discard_snapshot(31);
    let mut reader = store.open_snapshot(12).expect("it is there");
    assert_eq!(reader.seal().digest, 12 * 31);
    let mut chunk = vec![1; 9];
    for expected in [payload(12), Vec::new(), payload(13)] {
        assert!(reader.read(&mut chunk).expect("it is whole"));
        assert_eq!(chunk, expected);
    }
    assert!(!reader.read(&mut chunk).expect("it is whole"));
    let fault = reader.fault(SnapshotFault::Digest).to_string();
    assert!(fault.contains("12"), "{fault}");
    assert!(store.is_whole(12) && !store.is_whole(13));
    assert!(matches!(store.open_snapshot(31).err(), Some(Error::Snapshot { .. })));
    store.remove_snapshots_before(12).expect("a sound store");
    assert_eq!(kind.store().snapshots().expect("a sound store"), [30, 12]);
}

fn a_chunk_has_a_size_limit(kind: &impl Kind) {
    let store = kind.store();
    drop(open_from(&store, 1));
    let mut writer = store.create_snapshot(1, 0).expect("a sound store");
    let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        writer.write(&vec![0; CHUNK_BYTES_MAX + 1]).is_ok()
    }));
    assert!(written.is_err());
}

fn an_entry_is_released_once_it_is_durable(kind: &impl Kind) {
    let store = kind.store();
    let (appender, mut committer) = queue(open_from(&store, 1).0.log, 8);
    for (first, records) in [(1, 3), (4, 0), (4, 2)] {
        let entry = Entry { batch: batch(first, records), release: first + records - 1 };
        assert!(appender.try_send(entry).is_ok());
    }
    let released = AtomicU32::new(0);
    let mut tail = |last: u64| {
        assert!(read(&kind.store(), 1).len() as u64 >= last, "record {last} is not there yet");
        released.fetch_add(1, Ordering::Relaxed);
    };
    while committer.step(&mut tail).expect("a sound store") {}
    assert_eq!(released.load(Ordering::Relaxed), 3);
    assert!(appender.is_idle());
    // The next opener leaves the queue's records unwritten.
    drop(open_from(&store, 1));
    assert!(appender.try_send(Entry { batch: batch(6, 1), release: 6 }).is_ok());
    let mut never = |last: u64| panic!("record {last} was released");
    assert!(matches!(committer.step(&mut never), Err(Error::Fenced { .. })));
    assert!(!appender.is_idle(), "a waiting entry is not released");
}

macro_rules! contract {
    ($($implementation:ident: $($promise:ident)*;)*) => { $(
        mod $implementation {
            $(
                #[test]
                fn $promise() {
                    super::$promise(&super::$implementation());
                }
            )*
        }
    )* };
    ($($implementation:ident)*) => {
        contract! { $(
            $implementation:
                appended_records_are_read_back
                an_older_opener_is_fenced
                an_older_opener_does_not_roll_over
                a_record_that_cannot_be_read_ends_the_opening
                sealed_records_are_reported_read_and_trimmed
                a_follower_reads_only_durable_records
                a_follower_reads_a_record_of_any_size
                a_follower_names_what_was_trimmed
                a_follower_tries_a_record_that_was_refused_again
                a_snapshot_is_read_complete_or_not_at_all
                a_chunk_has_a_size_limit
                an_entry_is_released_once_it_is_durable;
        )* }
    };
}

contract! { in_files simulated in_memory }
