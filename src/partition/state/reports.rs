//! How a partition takes in the reports of its effects.

use super::PartitionState;
use crate::domain::campaign::Campaign;
use crate::domain::command::{Command, Report};
use crate::domain::decision::Decision;
use crate::domain::id::ReservationId;
use crate::domain::time::Timestamp;
use crate::partition::decision_batch::DecisionBatch;

impl PartitionState {
    /// Whether a reservation is kept for its confirmation.
    #[must_use]
    pub fn awaits_confirmation(&self, id: ReservationId) -> bool {
        self.offer(id.offer).is_some_and(|offer| offer.awaits_confirmation(id.ordinal))
    }

    /// Handles a provider's report: the offer of its order decides. A report that nothing waits for is
    /// recorded as well: its effect is done, and must not be taken up again.
    pub(super) fn take_report(
        &mut self,
        now: Timestamp,
        report: &Report,
        command: &Command,
        batch: &mut DecisionBatch,
    ) {
        // A lane belongs to no campaign.
        if let Some(event) = report.lane_event() {
            return self.record(now, Decision::of(event), batch);
        }
        let offer = report.reservation().map(|id| id.offer);
        let campaign = offer.and_then(|no| self.campaign_of(no)).unwrap_or(0);
        let decide = self.handlers.report;
        let by_offer = |deciding: &mut Campaign| match offer.and_then(|no| deciding.offer_mut(no)) {
            Some(offer) => decide(offer, now, report),
            None => deciding.decide(now, command),
        };
        if self.decide_by(campaign, now, by_offer, batch).is_err() {
            let done = Command::Report(Report::Delivered(report.as_delivered()));
            self.decide(campaign, now, &done, batch).ok();
        }
    }
}
