//! The status of a node: its gauges, reply lanes and dropped replies.

use super::handle::Node;
use crate::api::readiness::Readiness;
use crate::domain::time::Millis;
use crate::outbox::dead_letters::DeadLetters;
use crate::outbox::lane_status::LaneStatus;
use crate::outbox::queue::drop_reason::Drops;
use crate::outbox::queue::lane_view::LaneView;
use crate::telemetry::{LaneGauges, dead_letters_waiting, replies_dropped, reply_lane_waiting};

/// The silence of a provider that is told although its lane is open: too few effects wait to pause it.
const SILENT_LONG: Millis = Millis::from_secs(10);

impl Node {
    /// The effects that were given up, and that no operator retried or settled.
    #[must_use]
    pub fn dead_letters(&self) -> &DeadLetters {
        self.parts.outbox.dead_letters()
    }

    /// Whether posts should be sent here, and what is wrong. Each part of the node adds its reasons.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let mut readiness = Readiness::default();
        self.notices().into_iter().for_each(|notice| readiness.degrade(notice));
        let now = self.parts.clock.now();
        for LaneStatus { lane, paused_since, silent_since, .. } in self.parts.outbox.lane_statuses() {
            if let Some(since) = paused_since {
                readiness.degrade(format!("{lane}: paused since {since}, its provider gives no answers"));
            } else if let Some(since) = silent_since.filter(|since| now.since(*since) >= SILENT_LONG) {
                readiness.degrade(format!("{lane}: its provider has given no answer since {since}"));
            }
        }
        match self.dead_letters().len() {
            0 => {}
            1 => readiness.degrade("dead letters: 1 waits for an operator"),
            several => readiness.degrade(format!("dead letters: {several} wait for an operator")),
        }
        self.judge_clock(&mut readiness);
        readiness
    }

    /// What an operator should know of the offers on sale.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.parts.notices.current(self.clock().now())
    }

    /// Posts should go to a node whose time is right. A difference that an operator accepted is only told.
    fn judge_clock(&self, readiness: &mut Readiness) {
        let difference = self.parts.clock.difference();
        if difference.is_in_step() {
            return;
        }
        let (far, way) = (Millis::from_ms(difference.ahead_ms.abs()), difference.ahead_ms > 0);
        let fact = format!(
            "clock: journal time is {far} {} the machine's clock",
            if way { "ahead of" } else { "behind" }
        );
        match (difference.accepted, difference.heals) {
            (true, _) => readiness.degrade(format!("{fact}; accepted, and being levelled")),
            (false, true) => readiness.refuse(format!("{fact}; being levelled")),
            (false, false) => readiness.refuse(format!(
                "{fact}; set the machine's clock right, or accept it by `flashtag clock accept`"
            )),
        }
    }

    /// Publishes the gauges that only the node knows.
    pub fn publish(&self) {
        let in_flight = self.parts.limits.posts_in_flight.saturating_sub(self.budget.available_permits());
        self.gauges.posts_in_flight.set(in_flight as f64);
        self.gauges.outbox_pending.set(self.outbox_pending() as f64);
        for lane in self.lanes() {
            reply_lane_waiting(lane.network).set(lane.waiting() as f64);
        }
        let now = self.parts.clock.now();
        for LaneStatus { lane, paused_since, oldest, .. } in self.parts.outbox.lane_statuses() {
            let gauges = LaneGauges::new(lane.to_string());
            gauges.paused.set(if paused_since.is_some() { 1.0 } else { 0.0 });
            let age = oldest.map_or(0, |oldest| now.since(oldest).ms());
            gauges.oldest_seconds.set(age as f64 / 1000.0);
        }
        dead_letters_waiting().set(self.dead_letters().len() as f64);
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
