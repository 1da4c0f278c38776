//! The promises about the draw at an opening.

use super::checks::RecordChecks;
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::Event;

impl OfferModel {
    /// Checks an event against the draw of the opening, if the offer has one.
    pub(super) fn check_draw(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::Entered { claim, .. } => {
                checks.check(Promise::DrawnBeforeServed, self.gathering, || {
                    format!("{} entered a draw that was over", claim.account)
                });
            }
            Event::Drawn { seed, .. } => {
                let committed = self.terms.rules.draw.is_some_and(|rule| rule.seed == *seed);
                checks.check(Promise::DrawFollowsItsSeed, committed, || {
                    format!("{} was drawn by a seed whose hash was not told", self.terms.id)
                });
                let window = self.terms.rules.draw.map(|rule| rule.window).unwrap_or_default();
                let due = self.terms.opens.plus(window).plus(self.terms.late_grace);
                checks.check(Promise::DrawnBeforeServed, self.gathering && checks.at >= due, || {
                    format!("{} was drawn again, or before {due}", self.terms.id)
                });
            }
            Event::Reserved { .. } | Event::Waitlisted { .. } | Event::Promoted { .. }
                if self.terms.rules.draw.is_some() =>
            {
                checks.check(Promise::DrawnBeforeServed, !self.gathering, || {
                    let who = event.account().map(ToString::to_string).unwrap_or_default();
                    format!("{who} was served before lots were drawn")
                });
            }
            _ => {}
        }
    }
}
