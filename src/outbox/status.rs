//! What the outbox shows of itself to the rest of the engine while it runs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::queue::Outbox;
use super::queue::drop_reason::Drops;
use crate::config::replies::Ceiling;
use crate::domain::id::Network;
use crate::domain::time::Timestamp;

/// How the lane of one network stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneView {
    /// Of which network.
    pub network: Network,
    /// Prompts that wait.
    pub prompts: usize,
    /// Results of orders that wait, and announcements.
    pub results: usize,
    /// Other replies that wait.
    pub others: usize,
    /// Replies to refused posts that wait.
    pub refusals: usize,
    /// Replies under way.
    pub in_flight: usize,
    /// How many left within the time of the ceiling that is nearest, and that ceiling; none if the lane
    /// is not paced.
    pub sent: Option<(usize, Ceiling)>,
}

impl LaneView {
    /// All that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.prompts + self.results + self.others + self.refusals
    }
}

/// Where it is shown.
#[derive(Debug, Default)]
pub struct OutboxStatus {
    pending: AtomicUsize,
    /// What left the journals for the outbox.
    handed: AtomicU64,
    /// What of it the outbox had taken in when it wrote how much is pending.
    taken: AtomicU64,
    lanes: Mutex<(Vec<LaneView>, Drops)>,
}

impl OutboxStatus {
    /// A board that tells of so many effects before the outbox has written on it.
    #[must_use]
    pub fn new(pending: usize) -> Self {
        Self { pending: AtomicUsize::new(pending), ..Self::default() }
    }

    /// Notes that a journal is about to hand so many effects to the outbox.
    pub fn hand(&self, effects: usize) {
        self.handed.fetch_add(effects as u64, Ordering::Relaxed);
    }

    /// How many effects are not done, those on their way to the outbox included.
    #[must_use]
    pub fn pending(&self) -> usize {
        // In this order nothing is missed: what was taken in by now is pending, or was done.
        let taken = self.taken.load(Ordering::Acquire);
        let pending = self.pending.load(Ordering::Relaxed);
        let under_way = self.handed.load(Ordering::Relaxed).saturating_sub(taken);
        pending.saturating_add(usize::try_from(under_way).unwrap_or(usize::MAX))
    }

    /// The lanes of the networks.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneView> {
        self.lanes.lock().expect("no panic is survived").0.clone()
    }

    /// The replies that did not leave.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.lanes.lock().expect("no panic is survived").1
    }

    /// Shows how the outbox stands, which has taken so much in.
    pub(super) fn show(&self, outbox: &Outbox, taken: u64, now: Timestamp) {
        self.pending.store(outbox.pending(), Ordering::Relaxed);
        self.taken.store(taken, Ordering::Release);
        let (lanes, drops) = &mut *self.lanes.lock().expect("no panic is survived");
        lanes.clear();
        lanes.extend(outbox.lanes(now));
        *drops = outbox.drops();
    }
}
