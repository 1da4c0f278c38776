//! The promises about units: none is invented, none lies idle, and no waiter is passed over.

use super::checks::RecordChecks;
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::{Claim, Event};
use crate::domain::id::{Account, PostId};

/// Upper bound on events in a record: a record with this many may leave the rest of the due work to the next
/// one.
const FACTS_PER_RECORD: usize = 256;

impl OfferModel {
    /// Checks an event that moves units or waiters against the model. Must run before the event is applied.
    pub(super) fn check_stock(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::Reserved { claim, .. } => {
                self.check_single(checks, &claim.account, None);
                self.check_not_waiting(checks, &claim.account);
                let first = self.waitlist.first_within(self.available).filter(|_| !self.gathering);
                checks.check(Promise::FirstComeFirstServed, first.is_none(), || {
                    let first = first.map(|waiter| waiter.claim.account.to_string()).unwrap_or_default();
                    format!("{} was served while {first} waited", claim.account)
                });
            }
            Event::Waitlisted { claim, place, .. } => {
                let rest = self.is_rest(checks.sequence, claim).then_some(&claim.post);
                self.check_single(checks, &claim.account, rest);
                self.check_not_waiting(checks, &claim.account);
                let behind = self.waitlist.len() + 1;
                checks.check(Promise::FirstComeFirstServed, u64::from(*place) == behind, || {
                    format!("{} was told place {place}, and has place {behind}", claim.account)
                });
            }
            Event::Entered { claim, .. } => {
                self.check_single(checks, &claim.account, None);
                self.check_not_waiting(checks, &claim.account);
            }
            Event::WaiterConfirmed { account, place, .. } => self.check_place(checks, account, *place),
            Event::Promoted { account, units, .. } => {
                let claim = self.waiter(account).map(|waiter| &waiter.claim.post);
                self.check_single(checks, account, claim);
                self.check_turn(checks, account, *units);
            }
            Event::LeftLine { account, units, .. } => self.check_waits(checks, account, *units),
            Event::LineEnded { account, units, .. } => {
                self.check_waits(checks, account, *units);
                self.check_dismissed(checks, account);
            }
            Event::LineReleased { account, units, .. } => self.check_waits(checks, account, *units),
            Event::BackOnSale { units, .. } => self.check_back_on_sale(checks, *units),
            Event::Restocked { units, key, .. } | Event::Withdrawn { units, key, .. } => {
                let taken = matches!(event, Event::Withdrawn { .. });
                let (name, new) = (&self.terms.id, !self.changes.contains(key));
                let fits = new && (!taken || i64::from(*units) <= self.available);
                checks.check(Promise::StockChangesFit, fits, || {
                    let (known, available) = (if new { "new" } else { "used" }, self.available);
                    format!("{units} units of {name} under the {known} key {key}, {available} available")
                });
                let on_sale = !self.closed && checks.at < self.terms.ends();
                checks.check(Promise::StockChangesFit, taken || on_sale, || {
                    format!("{name} was restocked when its sale was over")
                });
            }
            _ => {}
        }
    }

    /// Whether a claim that joins the waitlist is the rest of one that got part of its units in the same
    /// record.
    pub(super) fn is_rest(&self, sequence: u64, claim: &Claim) -> bool {
        let part = |post: &PostId, made_in| *post == claim.post && made_in == sequence;
        self.terms.rules.partial
            && self.live_of(&claim.account).any(|live| part(&live.claim.post, live.made_in))
    }

    /// Checks what must hold after all events of a record are applied. Where the record is one step of
    /// several, the next record serves the rest of the waitlist.
    pub(super) fn check_balance(&self, checks: &mut RecordChecks<'_>, facts: &[Event]) {
        let Self { available, reserved, sold, allotment, .. } = *self;
        let conserved = available + reserved + sold == allotment;
        let sane = available >= 0 && reserved >= 0 && sold >= 0;
        checks.check(Promise::Conservation, conserved && sane, || {
            format!("{}: {available} + {reserved} + {sold}, of {allotment}", self.terms.id)
        });
        let goes_on =
            facts.len() >= FACTS_PER_RECORD || facts.iter().any(|fact| matches!(fact, Event::Drawn { .. }));
        let idle = self.idle().filter(|_| !goes_on);
        checks.check(Promise::NeverUndersold, idle.is_none(), || idle.unwrap_or_default());
    }

    /// Describes a waiter who could be served from free units, if there is one.
    pub(super) fn idle(&self) -> Option<String> {
        let served = !self.gathering && !self.operated.line_released;
        let first = self.waitlist.first_within(self.available).filter(|_| served)?;
        let (name, available) = (&self.terms.id, self.available);
        Some(format!("{name}: {available} units idle while {} waits", first.claim.account))
    }

    /// Everything that an account has and has not given back belongs to one claim.
    fn check_single(&self, checks: &mut RecordChecks<'_>, account: &Account, claim: Option<&PostId>) {
        let mut kept = self.live_of(account).filter(|live| live.is_kept());
        let held = kept.find(|live| claim != Some(&live.claim.post));
        checks.check(Promise::OneLiveReservation, held.is_none(), || {
            format!("{account} had a reservation of {} already", self.terms.id)
        });
    }

    fn check_not_waiting(&self, checks: &mut RecordChecks<'_>, account: &Account) {
        checks.check(Promise::OneLiveReservation, self.waiter(account).is_none(), || {
            format!("{account} had a place in line of {} already", self.terms.id)
        });
    }

    fn check_place(&self, checks: &mut RecordChecks<'_>, account: &Account, place: u32) {
        if self.waiter(account).is_none() {
            return;
        }
        let within = (1..=self.waitlist.len()).contains(&u64::from(place));
        let right = if self.gathering { place == 0 } else { within };
        checks.check(Promise::FirstComeFirstServed, right, || {
            format!("{account} was told place {place} of {}", self.waitlist.len())
        });
    }

    /// Units go to the first waiter who can be served, and a partial claim gets as many as it can.
    fn check_turn(&self, checks: &mut RecordChecks<'_>, account: &Account, units: u32) {
        let first = self.waitlist.first_within(self.available);
        let in_turn = first.is_some_and(|first| first.claim.account == *account);
        let by_lot = first.zip(self.waiter(account)).is_some_and(|(first, own)| first.drawn && own.drawn);
        let promise = if by_lot { Promise::DrawFollowsItsSeed } else { Promise::FirstComeFirstServed };
        checks.check(promise, in_turn, || match first {
            Some(first) => format!("{account} was promoted, and it was the turn of {}", first.claim.account),
            None => format!("{account} was promoted, and nobody waited who could be served"),
        });
        let Some(waiter) = self.waiter(account) else { return };
        let asked = i64::from(waiter.claim.units);
        let most = if self.terms.rules.partial { asked.min(self.available) } else { asked };
        checks.check(Promise::FirstComeFirstServed, !in_turn || i64::from(units) == most, || {
            format!("{account} got {units} units, and not {most} of {asked}")
        });
    }

    fn check_waits(&self, checks: &mut RecordChecks<'_>, account: &Account, units: u32) {
        let waiter = self.waiter(account);
        let fits = waiter.is_some_and(|waiter| waiter.claim.units == units);
        checks.check(Promise::FirstComeFirstServed, fits, || match waiter {
            Some(waiter) => format!("{account} waited for {} units, not {units}", waiter.claim.units),
            None => format!("{account} left a line in which it did not stand"),
        });
    }

    /// No waiter is dismissed while reserved units may still come back, or free units can serve a waiter.
    fn check_dismissed(&self, checks: &mut RecordChecks<'_>, account: &Account) {
        let over = self.closed && self.reserved == 0;
        let served = self.waitlist.first_within(self.available).is_some();
        checks.check(Promise::NeverUndersold, over && !served, || {
            let Self { available, reserved, .. } = *self;
            format!("{account} was dismissed with {available} units available and {reserved} reserved")
        });
    }

    fn check_back_on_sale(&self, checks: &mut RecordChecks<'_>, units: u32) {
        let (name, available) = (&self.terms.id, self.available);
        let on_sale = self.opened && !self.closed && checks.at < self.terms.closes.after();
        let free = units > 0 && i64::from(units) == available;
        let waited_for = self.waitlist.first_within(available).is_some();
        checks.check(Promise::BackOnSale, self.sold_out && on_sale && free && !waited_for, || {
            format!("{name}: {units} units called back on sale, {available} available")
        });
    }
}
