//! How an operator pauses, resumes and closes the sale.

use super::Offer;
use super::decision_builder::DecisionBuilder;
use crate::collections::deadline_queue::DeadlineQueue;
use crate::domain::decision::Decision;
use crate::domain::effect::Announcement;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::Stage;
use crate::domain::sale_control::SaleControl;
use crate::domain::sale_order::{SaleChange, SaleOrder};
use crate::domain::terms::Terms;
use crate::domain::time::{Millis, Timestamp};

impl Offer {
    /// What an operator decided about the sale.
    #[must_use]
    pub fn control(&self) -> &SaleControl {
        &self.control
    }

    pub(super) fn judge_order(&self, now: Timestamp, order: &SaleOrder) -> Result<Decision, Refusal> {
        let mut builder = DecisionBuilder::new(self, now);
        self.control.decide(now, self.closed, order)?.into_iter().for_each(|event| builder.push(event));
        match order.change {
            SaleChange::Close(_) => builder.announce(Announcement::Closing),
            // Units that came back during the pause were not announced then.
            SaleChange::Resume if self.sold_out && self.available > 0 && !self.closed => {
                builder.announce_units(self.available);
            }
            SaleChange::Pause(_) | SaleChange::Resume => {}
        }
        Ok(builder.decision)
    }

    /// Checks that the terms may be replaced by these at `now`: the sale has not opened.
    ///
    /// # Errors
    /// `closed` if the sale has opened or is over; too many units if the changes of the allotment so far do not fit
    /// the corrected one.
    pub fn check_correction(&self, now: Timestamp, terms: &Terms) -> Result<(), Refusal> {
        if self.opened || self.closed || now >= self.terms.opens {
            return Err(Outcome::Closed.into());
        }
        self.corrected_allotment(terms).map(drop).ok_or(Refusal::TooMany)
    }

    /// Replaces the terms of a sale that has not opened. Changes of its allotment stay.
    ///
    /// # Panics
    /// When the sale has opened: claims were decided by the earlier terms.
    pub(in crate::domain) fn correct(&mut self, terms: Terms) {
        assert!(!self.opened && !self.closed, "{} has opened, and its terms are fixed", self.terms.id);
        let allotment = self.corrected_allotment(&terms).expect("the decision counted them");
        (self.allotment, self.available, self.terms) = (allotment, allotment, terms);
        // All units may have been withdrawn, and the correction brought new ones.
        self.sold_out &= allotment == 0;
    }

    fn corrected_allotment(&self, terms: &Terms) -> Option<u32> {
        let changed: i64 = self.changes.values().sum();
        u32::try_from(i64::from(terms.units).checked_add(changed)?).ok()
    }

    /// Whether the sale takes no claims any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.closed || now >= self.ends()
    }

    /// Moves the deadlines that had not passed when they were frozen.
    pub(super) fn move_deadlines(&mut self, by: Millis) {
        let Some(pause) = self.control.pause().filter(|_| by > Millis::ZERO) else { return };
        let ordinals: Vec<u32> = self.reservations.iter().map(|(ordinal, _)| ordinal).collect();
        let mut releases = Vec::with_capacity(ordinals.len());
        for ordinal in ordinals {
            let Some(held) = self.reservations.get_mut(ordinal).filter(|held| held.stage == Stage::Held)
            else {
                continue;
            };
            if held.deadline > pause.since {
                held.deadline = held.deadline.plus(by);
            }
            releases.push((self.terms.released_at(held.deadline), ordinal));
        }
        releases.sort_unstable();
        self.releases = DeadlineQueue::default();
        for (due, ordinal) in releases {
            self.releases.insert(due, ordinal);
        }
        self.schedule_reminders();
    }
}
