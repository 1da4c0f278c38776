//! How far the journals and their subscribers are. The journals' threads, the subscribers' threads and the
//! thread of the snapshots share it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::telemetry::SubscriberMeters;

/// A sequence for each partition. It only grows, unless a subscriber loses records that were not durable.
#[derive(Debug)]
pub struct Sequences(Box<[AtomicU64]>);

impl Sequences {
    /// Creates the positions with these sequences, one for each partition.
    #[must_use]
    pub fn new(sequences: impl IntoIterator<Item = u64>) -> Self {
        Self(sequences.into_iter().map(AtomicU64::new).collect())
    }

    /// The sequence of a partition; 0 if there is no such partition.
    #[must_use]
    pub fn of(&self, partition: u32) -> u64 {
        self.0.get(partition as usize).map_or(0, |sequence| sequence.load(Ordering::Acquire))
    }

    /// Sets the sequence of a partition.
    pub fn set(&self, partition: u32, sequence: u64) {
        if let Some(place) = self.0.get(partition as usize) {
            place.store(sequence, Ordering::Release);
        }
    }

    /// All sequences, in the order of the partitions.
    #[must_use]
    pub fn all(&self) -> Vec<u64> {
        self.0.iter().map(|sequence| sequence.load(Ordering::Acquire)).collect()
    }
}

/// The last durable record of each partition. Subscribers are woken when one follows.
#[derive(Debug)]
pub struct DurablePositions {
    last: Sequences,
    wakers: Vec<Sender<()>>,
    finishing: AtomicBool,
}

impl DurablePositions {
    /// Creates the positions, with a channel that wakes each of `subscribers`.
    #[must_use]
    pub fn new(last: impl IntoIterator<Item = u64>, subscribers: usize) -> (Arc<Self>, Vec<Receiver<()>>) {
        let (wakers, woken) = (0..subscribers).map(|_| bounded(1)).unzip();
        let last = Sequences::new(last);
        (Arc::new(Self { last, wakers, finishing: AtomicBool::new(false) }), woken)
    }

    /// The last durable record of each partition.
    #[must_use]
    pub fn last(&self) -> &Sequences {
        &self.last
    }

    /// Notes that a record is durable; never waits.
    pub fn advance(&self, partition: u32, sequence: u64) {
        self.last.set(partition, sequence);
        self.wake();
    }

    /// Lets subscribers end once they have applied all that is durable. Nothing becomes durable any more.
    pub fn finish(&self) {
        self.finishing.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether nothing becomes durable any more.
    #[must_use]
    pub fn is_finishing(&self) -> bool {
        self.finishing.load(Ordering::Acquire)
    }

    /// One wake-up that still waits is enough, because a subscriber looks at every partition.
    fn wake(&self) {
        for waker in &self.wakers {
            waker.try_send(()).ok();
        }
    }
}

/// The progress of a subscriber.
pub struct SubscriberStatus {
    name: &'static str,
    /// The last applied record.
    pub applied: Sequences,
    /// The last durably applied record; later ones may be needed again.
    pub synced: Sequences,
    /// Whether an opening succeeded or failed; before, its positions are unknown.
    tried: AtomicBool,
    /// Its metrics.
    pub meters: SubscriberMeters,
}

impl SubscriberStatus {
    /// Creates the status of a subscriber that has not been opened yet.
    #[must_use]
    pub fn new(name: &'static str, partitions: usize) -> Self {
        let none = || Sequences::new(std::iter::repeat_n(0, partitions));
        let (tried, meters) = (AtomicBool::new(false), SubscriberMeters::new(name));
        Self { name, applied: none(), synced: none(), tried, meters }
    }

    /// The subscriber's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Notes that it was opened, or could not be.
    pub fn note_tried(&self) {
        self.tried.store(true, Ordering::Release);
    }
}

/// The subscriber that is furthest behind in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowest {
    /// Its name.
    pub name: &'static str,
    /// The last durably applied record.
    pub synced: u64,
    /// Whether its position is known; right after a start it counts as 0.
    pub is_known: bool,
}

/// The status of every subscriber.
#[derive(Clone)]
pub struct SubscriberBoard {
    durable: Arc<DurablePositions>,
    subscribers: Arc<[Arc<SubscriberStatus>]>,
    /// The bytes of sealed records of a partition after a sequence.
    sealed_bytes: Arc<dyn Fn(u32, u64) -> u64 + Send + Sync>,
}

impl SubscriberBoard {
    /// Creates the board. `sealed_bytes` measures the sealed records of a partition after a sequence.
    #[must_use]
    pub fn new(
        durable: Arc<DurablePositions>,
        subscribers: impl IntoIterator<Item = Arc<SubscriberStatus>>,
        sealed_bytes: impl Fn(u32, u64) -> u64 + Send + Sync + 'static,
    ) -> Self {
        let subscribers = subscribers.into_iter().collect();
        Self { durable, subscribers, sealed_bytes: Arc::new(sealed_bytes) }
    }

    /// Publishes the lag of each subscriber.
    pub fn publish(&self) {
        let durable = self.durable.last().all();
        for subscriber in &*self.subscribers {
            let (mut records, mut bytes) = (0, 0);
            for (partition, last) in (0..).zip(&durable) {
                let applied = subscriber.applied.of(partition);
                records += last.saturating_sub(applied);
                bytes += (self.sealed_bytes)(partition, applied);
            }
            subscriber.meters.behind_records.set(records as f64);
            subscriber.meters.behind_bytes.set(bytes as f64);
        }
    }

    /// The subscriber that is furthest behind in a partition; `None` without subscribers.
    #[must_use]
    pub fn slowest(&self, partition: u32) -> Option<Slowest> {
        let each = self.subscribers.iter().map(|status| {
            // Asked before the position, which may be read for the first time between the two.
            let is_known = status.tried.load(Ordering::Acquire);
            Slowest { name: status.name, synced: status.synced.of(partition), is_known }
        });
        each.min_by_key(|slowest| slowest.synced)
    }
}
