//! A data directory that was made of a backup is in quarantine until an operator opens it.

use std::collections::BTreeSet;

use super::Outbox;
use crate::domain::command::Report;

impl Outbox {
    /// Lets nothing leave. Must be called before anything is recovered.
    #[must_use]
    pub fn quarantined(self) -> Self {
        Self { quarantined: Some(BTreeSet::new()), ..self }
    }

    pub(super) const fn is_quarantined(&self) -> bool {
        self.quarantined.is_some()
    }

    /// Lets the partitions record the pause of each lane in which something waits: so the start that lets things leave knows what
    /// has not left. A lane that was paused before is recorded as such already.
    pub(super) fn pause_quarantined_lanes(&mut self) {
        let Some(paused) = &mut self.quarantined else { return };
        for (lane, queue) in &self.lanes {
            if queue.first().is_some() && queue.breaker.is_closed() && paused.insert(*lane) {
                let reports = (0..self.partitions).map(|partition| (partition, Report::LanePaused(*lane)));
                self.lane_reports.extend(reports);
            }
        }
    }
}
