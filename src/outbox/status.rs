//! The state of the outbox, as the rest of the engine sees it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::dead_letters::DeadLetters;
use super::lane_status::LaneStatus;
use super::queue::Outbox;
use super::queue::breaker::BreakerState;
use super::queue::drop_reason::Drops;
use super::queue::lane_view::LaneView;
use crate::domain::lane::Lane;
use crate::domain::time::{Millis, Timestamp};

/// How often the lanes' statuses are published, unless a breaker moves.
const STATUS_INTERVAL: Millis = Millis::from_secs(2);

/// Pending effects for which the interval grows by a millisecond. A look at an effect takes some 60 ns, and each status
/// looks at all of them: so at most 0.6 % of a core.
const LOOKS_PER_MS: usize = 100;

/// The state of the outbox, published for other threads.
#[derive(Debug, Default)]
pub struct OutboxStatus {
    pending: AtomicUsize,
    /// Number of effects that the journals handed over.
    handed: AtomicU64,
    /// Number of effects that the outbox had taken in when it wrote `pending`.
    taken: AtomicU64,
    /// Number of reports that are not recorded yet.
    reports: AtomicUsize,
    lanes: Mutex<(Vec<LaneView>, Drops)>,
    dead_letters: DeadLetters,
    statuses: Mutex<(Timestamp, Vec<LaneStatus>)>,
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

    /// Reports that are on their way to the journals: none yet.
    #[must_use]
    pub fn no_reports(self: &Arc<Self>) -> ReportsUnderWay {
        ReportsUnderWay { status: Arc::clone(self), count: 0 }
    }

    /// Number of effects that are not done, those on their way to the outbox included, and of reports that are not recorded:
    /// they may bring more effects.
    #[must_use]
    pub fn pending(&self) -> usize {
        // In this order nothing is missed that moves on meanwhile: what was taken in by now is pending, or is reported, or its
        // report brought effects that are handed over.
        let taken = self.taken.load(Ordering::Acquire);
        let pending = self.pending.load(Ordering::Acquire);
        let reports = self.reports.load(Ordering::Acquire);
        let under_way = self.handed.load(Ordering::Relaxed).saturating_sub(taken);
        pending.saturating_add(reports).saturating_add(usize::try_from(under_way).unwrap_or(usize::MAX))
    }

    /// The state of the networks' lanes.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneView> {
        self.lanes.lock().expect("no panic is survived").0.clone()
    }

    /// The state of every lane.
    #[must_use]
    pub fn lane_statuses(&self) -> Vec<LaneStatus> {
        self.statuses.lock().expect("no panic is survived").1.clone()
    }

    /// Publishes the state of the lanes, if a breaker moved or some time has passed. Logs what moved.
    fn show_lanes(&self, outbox: &Outbox, now: Timestamp) {
        let (shown_at, shown) = &mut *self.statuses.lock().expect("no panic is survived");
        let before = |lane| shown.iter().find(|status: &&LaneStatus| status.lane == lane)?.paused_since;
        let since = |lane| match outbox.breaker(lane) {
            BreakerState::Open(since) => Some(since),
            BreakerState::Closed => None,
        };
        let mut moved = shown.is_empty();
        for lane in Lane::all() {
            match (before(lane), since(lane)) {
                (None, Some(since)) => {
                    tracing::warn!(%lane, %since, "a provider gives no answers, and its lane is paused; nothing is lost");
                    moved = true;
                }
                (Some(since), None) => {
                    tracing::info!(%lane, %since, "the provider answers again, and its lane goes on");
                    moved = true;
                }
                _ => {}
            }
        }
        let looks = Millis::from_ms(i64::try_from(outbox.pending() / LOOKS_PER_MS).unwrap_or(i64::MAX));
        // The clock may have been set back.
        if moved || now.since(*shown_at) >= STATUS_INTERVAL.plus(looks) || now < *shown_at {
            (*shown_at, *shown) = (now, outbox.lane_statuses());
        }
    }

    /// The dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }

    /// How many replies were dropped, by reason.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.lanes.lock().expect("no panic is survived").1
    }

    /// Publishes the state of the outbox, which has taken in `taken` effects.
    pub fn show(&self, outbox: &Outbox, taken: u64, now: Timestamp) {
        self.pending.store(outbox.pending(), Ordering::Release);
        self.taken.store(taken, Ordering::Release);
        self.show_lanes(outbox, now);
        let (lanes, drops) = &mut *self.lanes.lock().expect("no panic is survived");
        lanes.clear();
        lanes.extend(outbox.lanes(now));
        *drops = outbox.drops();
    }
}

/// Reports on their way to a journal. They count as pending until this is dropped, which is when what they bring is handed over.
#[derive(Debug)]
pub struct ReportsUnderWay {
    status: Arc<OutboxStatus>,
    count: usize,
}

impl ReportsUnderWay {
    /// Counts one more.
    pub fn add(&mut self) {
        self.count += 1;
        self.status.reports.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for ReportsUnderWay {
    fn drop(&mut self) {
        self.status.reports.fetch_sub(self.count, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_pending_until_what_it_brings_is_handed_over() {
        let status = Arc::new(OutboxStatus::default());
        let mut reports = status.no_reports();
        assert_eq!(status.pending(), 0);
        reports.add();
        reports.add();
        assert_eq!(status.pending(), 2);
        status.hand(1);
        drop(reports);
        assert_eq!(status.pending(), 1, "the effect is on its way");
    }
}
