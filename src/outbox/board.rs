//! What the outbox shows of itself to the rest of the engine while it runs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lapse::Drops;
use super::queue::Outbox;
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
pub struct Board {
    pending: AtomicUsize,
    lanes: Mutex<(Vec<LaneView>, Drops)>,
}

impl Board {
    /// A board that tells of so many effects before the outbox has written on it.
    #[must_use]
    pub fn new(pending: usize) -> Self {
        Self { pending: AtomicUsize::new(pending), lanes: Mutex::default() }
    }

    /// How many effects are not done.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
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

    pub(super) fn show(&self, outbox: &Outbox, now: Timestamp) {
        self.pending.store(outbox.pending(), Ordering::Relaxed);
        let (lanes, drops) = &mut *self.lanes.lock().expect("no panic is survived");
        lanes.clear();
        lanes.extend(outbox.lanes(now));
        *drops = outbox.drops();
    }
}
