//! A subscriber follows real journals: live, after a stop, over trimmed records, and through failures.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flashtag::domain::key_form::KeyForm;
use flashtag::journal::{Batch, Log, LogStore, MemoryStore, Options};
use flashtag::partition::codec;
use flashtag::subscribers::error::SubscriberError;
use flashtag::subscribers::follow::{Follow, Step};
use flashtag::subscribers::memory::{MemorySubscriber, Received};
use flashtag::subscribers::positions::{DurablePositions, Slowest, SubscriberBoard, SubscriberStatus};
use flashtag::subscribers::subscriber::{SequencedRecord, Subscriber};
use flashtag::subscribers::subscriber_loop::SubscriberLoop;

use super::{record, sequenced};
use crate::crash::poll;

/// The journals of two partitions, and their writers.
struct Journals {
    stores: Vec<MemoryStore>,
    logs: Vec<<MemoryStore as LogStore>::Log>,
}

impl Journals {
    fn new() -> Self {
        let stores: Vec<MemoryStore> = (0..2).map(MemoryStore::new).collect();
        let options = Options { segment_bytes: 2_000, ..Options::default() };
        let open = |store: &MemoryStore| store.open(options, &mut |_, _| Ok(())).expect("it is sound").log;
        let logs = stores.iter().map(open).collect();
        Self { stores, logs }
    }

    fn append(&mut self, partition: u32, records: u64) {
        let log = &mut self.logs[partition as usize];
        let mut batch = Batch::new(log.next_sequence());
        for sequence in log.next_sequence()..log.next_sequence() + records {
            batch.push_with(|stored| codec::encode(KeyForm::Bare, &record(sequence), stored));
        }
        log.append(&batch).expect("it is sound");
    }

    fn last(&self) -> [u64; 2] {
        [0, 1].map(|partition: usize| self.logs[partition].durable_sequence())
    }

    fn follow(
        &self,
        subscriber: impl Subscriber + 'static,
    ) -> (Follow<MemoryStore>, Arc<DurablePositions>, Arc<SubscriberStatus>) {
        let (durable, _) = DurablePositions::new(self.last(), 0);
        let status = Arc::new(SubscriberStatus::new("test", 2));
        let (subscriber, stores) = (Box::new(subscriber), self.stores.clone());
        (Follow::new(subscriber, stores, Arc::clone(&durable), Arc::clone(&status)), durable, status)
    }
}

fn catch_up(follow: &mut Follow<MemoryStore>) {
    while follow.step().expect("nothing fails") == Step::Applied {}
}

fn assert_has(received: &[Received], last: [u64; 2]) {
    for (received, last) in received.iter().zip(last) {
        assert_eq!(received.records, sequenced(1..=last));
        assert_eq!(received.gaps, []);
    }
}

#[test]
fn it_follows_durable_records_and_resumes_after_a_stop() {
    let (mut journals, memory) = (Journals::new(), MemorySubscriber::default());
    for round in 0..5 {
        journals.append(0, 4);
        let (mut follow, durable, status) = journals.follow(memory.clone());
        catch_up(&mut follow);
        assert_has(&memory.received(), journals.last());
        journals.append(1, 3 * round);
        journals.append(0, 20);
        assert_eq!(follow.step().expect("nothing fails"), Step::CaughtUp, "no more is durable");
        durable.advance(0, journals.last()[0]);
        durable.advance(1, journals.last()[1]);
        catch_up(&mut follow);
        assert_has(&memory.received(), journals.last());
        assert_eq!(status.applied.all(), journals.last());
        follow.sync().expect("nothing fails");
        assert_eq!(status.synced.all(), journals.last());
    }
}

#[test]
fn trimmed_records_are_a_gap() {
    let (mut journals, memory) = (Journals::new(), MemorySubscriber::default());
    (0..40).for_each(|_| journals.append(0, 1));
    let (mut follow, durable, status) = journals.follow(memory.clone());
    catch_up(&mut follow);
    follow.sync().expect("nothing fails");
    drop(follow);
    (0..90).for_each(|_| journals.append(0, 1));
    journals.append(1, 2);
    let board = SubscriberBoard::new(durable, [Arc::clone(&status)], |_, _| 0);
    assert_eq!(board.slowest(0), Some(Slowest { name: "test", synced: 40, is_known: true }));
    let store = &journals.stores[0];
    let bytes = store.sealed_bytes(0).expect("it is sound");
    let dispensable = store.dispensable(40, bytes / 3).expect("it is sound");
    assert!(dispensable > 40, "{dispensable}");
    store.trim(dispensable).expect("it is sound");
    let (mut follow, ..) = journals.follow(memory.clone());
    catch_up(&mut follow);
    let received = memory.received();
    assert_eq!(received[0].gaps, [41..=dispensable]);
    assert_eq!(received[0].records, sequenced((1..=40).chain(dispensable + 1..=130)));
    assert_eq!((&received[1].records, received[1].gaps.len()), (&sequenced(1..=2), 0));
}

#[test]
fn it_never_runs_ahead_of_the_journal() {
    let (mut journals, memory) = (Journals::new(), MemorySubscriber::default());
    journals.append(0, 9);
    catch_up(&mut journals.follow(memory.clone()).0);
    // Another data directory, or a restored one.
    let mut others = Journals::new();
    others.append(0, 8);
    let refused = others.follow(memory.clone()).0.step();
    let ahead = matches!(refused, Err(SubscriberError::Ahead { partition: 0, position: 9, durable: 8 }));
    assert!(ahead, "{refused:?}");
    assert_has(&memory.received(), [9, 0]);
}

/// Fails while the flag is set.
struct Failing {
    inner: MemorySubscriber,
    fails: Arc<AtomicBool>,
}

impl Failing {
    fn check(&self) -> Result<(), SubscriberError> {
        if self.fails.load(Ordering::Relaxed) {
            Err(SubscriberError::Other("it is full".to_owned()))
        } else {
            Ok(())
        }
    }
}

impl Subscriber for Failing {
    fn name(&self) -> &'static str {
        "failing"
    }

    fn open(&mut self, durable: &[u64]) -> Result<Vec<u64>, SubscriberError> {
        self.check()?;
        self.inner.open(durable)
    }

    fn apply(&mut self, partition: u32, records: &[SequencedRecord]) -> Result<(), SubscriberError> {
        self.check()?;
        self.inner.apply(partition, records)
    }

    fn note_gap(&mut self, partition: u32, missing: RangeInclusive<u64>) -> Result<(), SubscriberError> {
        self.check()?;
        self.inner.note_gap(partition, missing)
    }

    fn sync(&mut self) -> Result<(), SubscriberError> {
        self.check()
    }
}

#[test]
fn a_failure_is_reported_and_the_next_step_resumes() {
    let (mut journals, memory) = (Journals::new(), MemorySubscriber::default());
    let fails = Arc::new(AtomicBool::new(true));
    journals.append(0, 5);
    let failing = Failing { inner: memory.clone(), fails: Arc::clone(&fails) };
    let (mut follow, durable, status) = journals.follow(failing);
    (0..3).for_each(|_| assert!(follow.step().is_err()));
    fails.store(false, Ordering::Relaxed);
    catch_up(&mut follow);
    assert_has(&memory.received(), [5, 0]);
    journals.append(0, 5);
    journals.append(1, 5);
    durable.advance(0, 10);
    durable.advance(1, 5);
    fails.store(true, Ordering::Relaxed);
    assert!(follow.step().is_err());
    assert_eq!(status.applied.all(), [5, 0]);
    fails.store(false, Ordering::Relaxed);
    catch_up(&mut follow);
    fails.store(true, Ordering::Relaxed);
    assert!(follow.sync().is_err(), "applied records that are not durable hold segments");
    assert_eq!(status.synced.all(), [5, 0]);
    fails.store(false, Ordering::Relaxed);
    catch_up(&mut follow);
    follow.sync().expect("nothing fails");
    assert_eq!(status.synced.all(), [10, 5]);
    assert_has(&memory.received(), [10, 5]);
}

#[test]
fn its_thread_wakes_resumes_after_a_failure_and_ends_complete() {
    let (mut journals, memory) = (Journals::new(), MemorySubscriber::default());
    let fails = Arc::new(AtomicBool::new(true));
    let (durable, mut woken) = DurablePositions::new([0, 0], 1);
    let status = Arc::new(SubscriberStatus::new("failing", 2));
    let failing = Box::new(Failing { inner: memory.clone(), fails: Arc::clone(&fails) });
    let follow = Follow::new(failing, journals.stores.clone(), Arc::clone(&durable), Arc::clone(&status));
    let work = SubscriberLoop::new(follow, Arc::clone(&durable), woken.remove(0));
    let thread = std::thread::spawn(move || work.run());
    journals.append(0, 7);
    durable.advance(0, 7);
    fails.store(false, Ordering::Relaxed);
    let count = || memory.received().iter().map(|received| received.records.len()).sum::<usize>();
    poll(count, |count| *count == 7);
    for _ in 0..20 {
        journals.append(1, 1);
        durable.advance(1, journals.last()[1]);
    }
    poll(count, |count| *count == 27);
    poll(|| status.synced.all(), |synced| *synced == [7, 20]);
    journals.append(0, 3);
    durable.advance(0, 10);
    durable.finish();
    thread.join().expect("it ends");
    assert_has(&memory.received(), [10, 20]);
    assert_eq!(status.synced.all(), [10, 20]);
}
