//! The promises about the draw of an opening, with the lots drawn once more.

use sha2::{Digest, Sha256};

use super::book::Book;
use super::promise::Promise;
use super::tally::RecordChecks;
use crate::domain::event::{Claim, Event};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The order of the entries, by their places before: that of the digests of the seed, the digest of the
/// sorted list of all entries, and the entry, each on a line of its own.
pub(super) fn lots<'c>(seed: &str, claims: impl Iterator<Item = &'c Claim>) -> Vec<usize> {
    let line = |claim: &Claim| format!("{} {}", claim.account, claim.post);
    let entries: Vec<String> = claims.map(line).collect();
    let mut list = entries.clone();
    list.sort();
    let list: String = list.into_iter().map(|entry| entry + "\n").collect();
    let list = hex(&Sha256::digest(list));
    let lot = |entry: &String| hex(&Sha256::digest(format!("{seed}\n{list}\n{entry}")));
    let mut lots: Vec<(String, usize)> = entries.iter().map(lot).zip(0..).collect();
    lots.sort();
    lots.into_iter().map(|(_, place)| place).collect()
}

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
