//! The status of a node: its gauges, reply lanes and dropped replies.

use super::handle::Node;
use crate::api::readiness::Readiness;
use crate::outbox::queue::drop_reason::Drops;
use crate::outbox::queue::lane_view::LaneView;
use crate::telemetry::{replies_dropped, reply_lane_waiting};

impl Node {
    /// Whether posts should be sent here, and what is wrong. Each part of the node adds its reasons.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let mut readiness = Readiness::default();
        self.notices().into_iter().for_each(|notice| readiness.degrade(notice));
        readiness
    }

    /// What an operator should know of the offers on sale.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.parts.notices.current(self.clock().now())
    }

    /// Publishes the gauges that only the node knows.
    pub fn publish(&self) {
        let in_flight = self.parts.limits.posts_in_flight.saturating_sub(self.budget.available_permits());
        self.gauges.posts_in_flight.set(in_flight as f64);
        self.gauges.outbox_pending.set(self.outbox_pending() as f64);
        for lane in self.lanes() {
            reply_lane_waiting(lane.network).set(lane.waiting() as f64);
        }
        for (why, count) in self.drops().each() {
            replies_dropped(why).absolute(count);
        }
    }

    /// The reply lanes of the networks.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneView> {
        self.parts.outbox.lanes()
    }

    /// The number of effects that are not done yet.
    #[must_use]
    pub fn outbox_pending(&self) -> usize {
        self.parts.outbox.pending()
    }

    /// The replies that were dropped, counted by reason.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.parts.outbox.drops()
    }
}
