//! The promises about units: none made up, none idle, nobody passed over, nobody with too many.

use super::book::Book;
use super::promise::Promise;
use super::tally::Page;
use crate::domain::event::Event;
use crate::domain::id::Account;

impl Book {
    /// Holds a fact that moves units or people against the book as it stands before it.
    pub(super) fn check_stock(&self, page: &mut Page<'_>, event: &Event) {
        match event {
            Event::Reserved { claim, .. } => {
                self.check_single(page, &claim.account, false);
                self.check_limit(page, &claim.account, claim.units);
                page.check(Promise::FirstComeFirstServed, self.line.is_empty(), || {
                    format!("{} was served while {} waited", claim.account, self.line.len())
                });
            }
            Event::Waitlisted { claim, place, .. } => {
                self.check_single(page, &claim.account, false);
                let behind = self.line.len() as u64 + 1;
                page.check(Promise::FirstComeFirstServed, u64::from(*place) == behind, || {
                    format!("{} was told place {place}, and has place {behind}", claim.account)
                });
            }
            Event::Promoted { account, units, .. } => {
                self.check_single(page, account, true);
                self.check_limit(page, account, *units);
                let head = self.line.values().next().map(|waiter| &waiter.claim.account);
                page.check(Promise::FirstComeFirstServed, head == Some(account), || match head {
                    Some(head) => format!("{account} was promoted, and {head} was at the head"),
                    None => format!("{account} was promoted, and nobody waited"),
                });
            }
            Event::LeftLine { account, .. } => self.check_waits(page, account),
            Event::LineEnded { account, .. } => {
                self.check_waits(page, account);
                let all_sold = self.sold == i64::from(self.terms.units);
                page.check(Promise::NeverUndersold, all_sold, || {
                    format!("{account} was sent home with {} units sold", self.sold)
                });
            }
            _ => self.check_offer_life(page, event),
        }
    }

    /// What must hold when all facts of a record are entered.
    pub(super) fn check_balance(&self, page: &mut Page<'_>) {
        let Self { available, reserved, sold, .. } = *self;
        let allotment = i64::from(self.terms.units);
        let conserved = available + reserved + sold == allotment;
        let sane = available >= 0 && reserved >= 0 && sold >= 0;
        page.check(Promise::Conservation, conserved && sane, || {
            format!("{}: {available} + {reserved} + {sold}, of {allotment}", self.terms.id)
        });
        // Nobody waits while what is asked for is there; who asks for more than is there waits on.
        let idle = self.line.values().next().filter(|head| i64::from(head.claim.units) <= available);
        page.check(Promise::NeverUndersold, idle.is_none(), || {
            let head = idle.map(|head| head.claim.account.to_string()).unwrap_or_default();
            format!("{}: {available} units idle while {head} waits", self.terms.id)
        });
    }

    fn check_single(&self, page: &mut Page<'_>, account: &Account, from_line: bool) {
        let holding = self.holdings.get(account);
        let live = holding.map_or(0, |holding| holding.live);
        let waits = holding.is_some_and(|holding| holding.ticket.is_some());
        page.check(Promise::OneLiveReservation, live == 0 && (from_line || !waits), || {
            let what = if live > 0 { "a reservation" } else { "a place in line" };
            format!("{account} had {what} of {} already", self.terms.id)
        });
    }

    fn check_limit(&self, page: &mut Page<'_>, account: &Account, units: u32) {
        let had = self.holdings.get(account).map_or(0, |holding| holding.reserved + holding.sold);
        let limit = self.terms.limit_per_account;
        page.check(Promise::LimitPerAccount, had + i64::from(units) <= i64::from(limit), || {
            format!("{account} had {had}, got {units}, and may have {limit}")
        });
    }

    fn check_waits(&self, page: &mut Page<'_>, account: &Account) {
        page.check(Promise::FirstComeFirstServed, self.waiter(account).is_some(), || {
            format!("{account} left a line in which it did not stand")
        });
    }

    fn check_offer_life(&self, page: &mut Page<'_>, event: &Event) {
        let name = &self.terms.id;
        match event {
            Event::OfferOpened { .. } => {
                let in_time = !self.opened && page.at >= self.terms.opens;
                page.check(Promise::OfferLife, in_time, || format!("{name} opened early or again"));
            }
            Event::OfferClosed { .. } => {
                let in_time = !self.closed && page.at >= self.terms.closes;
                page.check(Promise::OfferLife, in_time, || format!("{name} closed early or again"));
            }
            Event::OfferSoldOut { .. } => {
                let true_word = self.sold == i64::from(self.terms.units);
                page.check(Promise::OfferLife, true_word, || {
                    format!("{name} called sold out with {} of {} sold", self.sold, self.terms.units)
                });
            }
            _ => {}
        }
    }
}
