//! The contract of [`Subscriber`], which every implementation runs: where it resumes, repeated records, gaps
//! and failures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{Disk, DiskFault, FileDisk, SimDisk};
use flashtag::subscribers::error::SubscriberError;
use flashtag::subscribers::history::HistoryFile;
use flashtag::subscribers::memory::MemorySubscriber;
use flashtag::subscribers::subscriber::Subscriber;
use flashtag::verify::{HistoryFault, read_history};

use super::{ENOSPC, record, sequenced};

/// The last durable records of two partitions.
const DURABLE: [u64; 2] = [40, 40];

/// The items of a partition that a subscriber has, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Record(u64),
    Gap(u64, u64),
}

fn items(sequences: impl IntoIterator<Item = u64>) -> Vec<Item> {
    sequences.into_iter().map(Item::Record).collect()
}

/// A subscriber and its destination.
trait World {
    /// Creates the subscriber, as a process that just started does.
    fn start(&self) -> Box<dyn Subscriber>;

    /// The items that it has of a partition; each record must be the right one.
    fn has(&self, partition: u32) -> Vec<Item>;

    /// Makes the next write fail. Returns `false` if no write can fail here.
    fn fill_up(&self) -> bool;
}

struct InMemory(MemorySubscriber);

impl World for InMemory {
    fn start(&self) -> Box<dyn Subscriber> {
        Box::new(self.0.clone())
    }

    fn has(&self, partition: u32) -> Vec<Item> {
        let received = self.0.received();
        let Some(received) = received.get(partition as usize) else { return Vec::new() };
        let mut items = Vec::new();
        for kept in &received.records {
            assert_eq!(kept.record, record(kept.sequence));
            items.push((kept.sequence, Item::Record(kept.sequence)));
        }
        items.extend(received.gaps.iter().map(|gap| (*gap.start(), Item::Gap(*gap.start(), *gap.end()))));
        items.sort_by_key(|(first, _)| *first);
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn fill_up(&self) -> bool {
        false
    }
}

/// The history in a file, on a disk.
struct InFile<D> {
    disk: D,
    path: PathBuf,
    _place: Option<tempfile::TempDir>,
    fill_up: fn(&D) -> bool,
}

impl<D: Disk + Clone + 'static> World for InFile<D> {
    fn start(&self) -> Box<dyn Subscriber> {
        Box::new(HistoryFile::new(Arc::new(self.disk.clone()), self.path.clone()))
    }

    fn has(&self, partition: u32) -> Vec<Item> {
        let mut bytes = Vec::new();
        self.disk.read(&self.path, &mut bytes).expect("the file is there");
        let mut items = Vec::new();
        for line in String::from_utf8(bytes).expect("text").lines() {
            match read_history(line) {
                Ok((of, sequence, found)) if of == partition => {
                    assert_eq!(found, record(sequence));
                    items.push(Item::Record(sequence));
                }
                Err(HistoryFault::Missing { partition: of, first, last }) if of == partition => {
                    items.push(Item::Gap(first, last));
                }
                other => assert!(other.is_ok() || partition == 1 || line.contains("missing"), "{other:?}"),
            }
        }
        items
    }

    fn fill_up(&self) -> bool {
        (self.fill_up)(&self.disk)
    }
}

fn in_memory() -> InMemory {
    InMemory(MemorySubscriber::default())
}

fn in_a_file() -> InFile<FileDisk> {
    let place = tempfile::tempdir().expect("a directory for tests");
    let path = place.path().join("history.ndjson");
    InFile { disk: FileDisk, path, _place: Some(place), fill_up: |_| false }
}

fn in_a_simulated_file() -> InFile<SimDisk> {
    let fill_up = |disk: &SimDisk| {
        disk.inject(DiskFault::WriteFails { nth: 1, errno: ENOSPC });
        true
    };
    let path = Path::new("/data/history.ndjson").to_owned();
    InFile { disk: SimDisk::new(), path, _place: None, fill_up }
}

fn it_begins_at_position_zero(world: &dyn World) {
    let mut subscriber = world.start();
    assert!(!subscriber.name().is_empty());
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [0, 0]);
    assert_eq!(subscriber.open(&DURABLE).expect("and again"), [0, 0]);
    subscriber.sync().expect("there is nothing to do");
    subscriber.apply(0, &[]).expect("there is nothing to do");
    assert_eq!(world.has(0), []);
}

/// After each prefix another process continues, twice: with the next records, and with repeated ones followed
/// by the next.
fn it_resumes_after_each_prefix(world: &dyn World) {
    let mut last = 0;
    for records in [1, 2, 7, 1, 1, 4, 9, 1, 3] {
        let mut subscriber = world.start();
        assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [last, 0]);
        // The last applied record is repeated, as after every start.
        subscriber.apply(0, &sequenced(last.max(1)..=last + records)).expect("it applies");
        last += records;
        assert_eq!(world.has(0), items(1..=last));
        subscriber.sync().expect("it is durable");
    }
    assert_eq!(world.has(1), []);
}

fn repeated_records_change_nothing(world: &dyn World) {
    let mut subscriber = world.start();
    subscriber.open(&DURABLE).expect("it opens");
    subscriber.apply(0, &sequenced(1..=6)).expect("it applies");
    subscriber.apply(0, &sequenced(1..=6)).expect("it has them all");
    subscriber.apply(0, &sequenced(3..=9)).expect("it has some");
    assert_eq!(world.has(0), items(1..=9));
    subscriber.apply(1, &sequenced(1..=2)).expect("the partitions are apart");
    subscriber.apply(0, &sequenced(10..=11)).expect("it applies");
    subscriber.sync().expect("it is durable");
    let mut subscriber = world.start();
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [11, 2]);
    subscriber.apply(0, &sequenced(2..=12)).expect("it has some");
    subscriber.apply(1, &sequenced(2..=3)).expect("it has some");
    assert_eq!((world.has(0), world.has(1)), (items(1..=12), items(1..=3)));
}

fn a_gap_is_named_and_passed(world: &dyn World) {
    let mut subscriber = world.start();
    subscriber.open(&DURABLE).expect("it opens");
    subscriber.note_gap(0, 1..=7).expect("it notes it");
    subscriber.sync().expect("it is durable");
    let mut subscriber = world.start();
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [7, 0], "the gap is passed");
    subscriber.apply(0, &sequenced(8..=9)).expect("it continues");
    subscriber.apply(1, &sequenced(1..=2)).expect("it continues");
    subscriber.note_gap(1, 3..=3).expect("it notes it");
    subscriber.apply(1, &sequenced(4..=4)).expect("it continues");
    subscriber.note_gap(0, 10..=20).expect("it notes it");
    subscriber.sync().expect("it is durable");
    let mut subscriber = world.start();
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [20, 4]);
    subscriber.apply(0, &sequenced(21..=21)).expect("it continues");
    let expected =
        [Item::Gap(1, 7), Item::Record(8), Item::Record(9), Item::Gap(10, 20), Item::Record(21)].to_vec();
    assert_eq!(world.has(0), expected);
    assert_eq!(world.has(1), [Item::Record(1), Item::Record(2), Item::Gap(3, 3), Item::Record(4)]);
}

fn a_skipped_record_is_refused(world: &dyn World) {
    let mut subscriber = world.start();
    subscriber.open(&DURABLE).expect("it opens");
    subscriber.apply(0, &sequenced(1..=3)).expect("it applies");
    subscriber.sync().expect("it is durable");
    let refused = subscriber.apply(0, &sequenced(5..=6));
    assert!(
        matches!(refused, Err(SubscriberError::Order { partition: 0, expected: 4, found: 5 })),
        "{refused:?}"
    );
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [3, 0]);
    assert!(subscriber.note_gap(0, 5..=6).is_err());
    assert_eq!(subscriber.open(&DURABLE).expect("it opens"), [3, 0]);
    subscriber.apply(0, &sequenced(4..=4)).expect("it continues");
    assert_eq!(world.has(0), items(1..=4));
}

fn a_failure_names_a_remedy_and_loses_nothing(world: &dyn World) {
    let mut subscriber = world.start();
    subscriber.open(&DURABLE).expect("it opens");
    subscriber.apply(0, &sequenced(1..=3)).expect("it applies");
    subscriber.sync().expect("it is durable");
    subscriber.apply(0, &sequenced(4..=5)).expect("it applies");
    if !world.fill_up() {
        return;
    }
    let failed = subscriber.apply(0, &sequenced(6..=8)).expect_err("it is full").to_string();
    assert!(failed.contains("cannot write to /data/history.ndjson"), "{failed}");
    assert!(failed.contains("No space left"), "{failed}");
    assert!(failed.ends_with("make room on its disk"), "{failed}");
    let mut last = subscriber.open(&DURABLE).expect("it opens")[0];
    assert!((3..=5).contains(&last), "{last}: durable records stay");
    for _ in 0..3 {
        world.fill_up();
        subscriber.apply(0, &sequenced(last + 1..=8)).expect_err("it is full");
        last = subscriber.open(&DURABLE).expect("it opens")[0];
    }
    subscriber.apply(0, &sequenced(last + 1..=8)).expect("there is room again");
    assert_eq!(world.has(0), items(1..=8));
}

macro_rules! contract {
    ($($world:ident: $($promise:ident)*;)*) => { $(
        mod $world {
            $(
                #[test]
                fn $promise() {
                    super::$promise(&super::$world());
                }
            )*
        }
    )* };
    ($($world:ident)*) => {
        contract! { $(
            $world:
                it_begins_at_position_zero
                it_resumes_after_each_prefix
                repeated_records_change_nothing
                a_gap_is_named_and_passed
                a_skipped_record_is_refused
                a_failure_names_a_remedy_and_loses_nothing;
        )* }
    };
}

contract! { in_memory in_a_file in_a_simulated_file }
