//! The state of the outbox, as the rest of the engine sees it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::queue::Outbox;
use super::queue::drop_reason::Drops;
use super::queue::lane_view::LaneView;
use crate::domain::time::Timestamp;

/// The state of the outbox, published for other threads.
#[derive(Debug, Default)]
pub struct OutboxStatus {
    pending: AtomicUsize,
    /// Number of effects that the journals handed over.
    handed: AtomicU64,
    /// Number of effects that the outbox had taken in when it wrote `pending`.
    taken: AtomicU64,
    lanes: Mutex<(Vec<LaneView>, Drops)>,
}

impl OutboxStatus {
    /// Reports `pending` effects until the outbox runs.
    #[must_use]
    pub fn new(pending: usize) -> Self {
        Self { pending: AtomicUsize::new(pending), ..Self::default() }
    }

    /// Counts `effects` that a journal is about to hand over.
    pub fn hand(&self, effects: usize) {
        self.handed.fetch_add(effects as u64, Ordering::Relaxed);
    }

    /// Number of effects that are not done, those on their way to the outbox included.
    #[must_use]
    pub fn pending(&self) -> usize {
        // This order misses nothing: what was taken in by now is pending, or was done.
        let taken = self.taken.load(Ordering::Acquire);
        let pending = self.pending.load(Ordering::Relaxed);
        let under_way = self.handed.load(Ordering::Relaxed).saturating_sub(taken);
        pending.saturating_add(usize::try_from(under_way).unwrap_or(usize::MAX))
    }

    /// The state of the networks' lanes.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneView> {
        self.lanes.lock().expect("no panic is survived").0.clone()
    }

    /// How many replies were dropped, by reason.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.lanes.lock().expect("no panic is survived").1
    }

    /// Publishes the state of the outbox, which has taken in `taken` effects.
    pub fn show(&self, outbox: &Outbox, taken: u64, now: Timestamp) {
        self.pending.store(outbox.pending(), Ordering::Relaxed);
        self.taken.store(taken, Ordering::Release);
        let (lanes, drops) = &mut *self.lanes.lock().expect("no panic is survived");
        lanes.clear();
        lanes.extend(outbox.lanes(now));
        *drops = outbox.drops();
    }
}
