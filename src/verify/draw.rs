//! The promises about the draw of an opening.

use super::book::Book;
use super::promise::Promise;
use super::tally::RecordChecks;
use crate::domain::event::Event;

impl Book {
    /// Holds a fact against the draw of the opening, if there is one.
    pub(super) fn check_draw(&self, page: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::Entered { claim, .. } => {
                page.check(Promise::DrawnBeforeServed, self.gathering, || {
                    format!("{} entered a draw that was over", claim.account)
                });
            }
            Event::Drawn { seed, .. } => {
                let committed = self.terms.rules.draw.is_some_and(|rule| rule.seed == *seed);
                page.check(Promise::DrawFollowsItsSeed, committed, || {
                    format!("{} was drawn by a seed whose hash was not told", self.terms.id)
                });
                let window = self.terms.rules.draw.map(|rule| rule.window).unwrap_or_default();
                let due = self.terms.opens.plus(window).plus(self.terms.late_grace);
                page.check(Promise::DrawnBeforeServed, self.gathering && page.at >= due, || {
                    format!("{} was drawn again, or before {due}", self.terms.id)
                });
            }
            Event::Reserved { .. } | Event::Waitlisted { .. } | Event::Promoted { .. }
                if self.terms.rules.draw.is_some() =>
            {
                page.check(Promise::DrawnBeforeServed, !self.gathering, || {
                    let who = event.account().map(ToString::to_string).unwrap_or_default();
                    format!("{who} was served before lots were drawn")
                });
            }
            _ => {}
        }
    }
}
