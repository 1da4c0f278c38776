//! How an offer decides claims and confirmations. The other requests are delegated from here.

use std::sync::Arc;

use super::ask::Ask;
use super::confirmation::Confirmation;
use super::decision_builder::DecisionBuilder;
use super::{Offer, part_of};
use crate::domain::card_name::card_name;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::event::{Claim, Event, Way};
use crate::domain::holding::Holding;
use crate::domain::link::{Billing, Last4, Link, Region};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::{Reservation, Stage};
use crate::domain::session::Parked;
use crate::domain::time::Timestamp;
use crate::domain::waitlist::Ticket;

impl Offer {
    /// Decides a request at `now`. Reads the state and changes nothing.
    ///
    /// # Errors
    /// Returns the reason of a refusal.
    pub fn decide(&self, now: Timestamp, ask: Ask<'_>) -> Result<Decision, Refusal> {
        match ask {
            Ask::Claim { command, holding, parked } => self.judge_claim(now, command, holding, parked),
            Ask::Confirm { command, holding } => self.judge_confirm(now, command, holding),
            Ask::Cancel { command, holding } => self.judge_cancel(now, command, holding),
            Ask::Restock(units, key) => self.judge_restock(now, units, key),
            Ask::Withdraw(units, key) => self.judge_withdrawal(now, units, key),
            Ask::Operate(order) => self.judge_order(now, order),
            Ask::Object(note) => self.judge_objection(note),
            Ask::ExpireDue => Ok(self.expire_due(now)),
        }
    }

    fn judge_claim(
        &self,
        now: Timestamp,
        command: &PostCommand,
        holding: &Holding,
        parked: Option<&Parked>,
    ) -> Result<Decision, Refusal> {
        let link = command.link.as_ref().ok_or(Outcome::NotLinked)?;
        self.admit(now, command, holding, link)?;
        // Built only for claims that get something: for the many that come too late nothing is copied, and
        // the billing region is not even read.
        let claim = || -> Result<Arc<Claim>, Refusal> {
            let Billing { region, last4, token, has_address } = link.billing();
            let rate = self.terms.tax.rate(region);
            let amount = self.terms.total_at(command.units, rate).ok_or(Outcome::LimitReached)?;
            Ok(Arc::new(Claim {
                post: command.post.clone(),
                posted_at: command.posted_at.min(now),
                account: command.account.clone(),
                units: command.units,
                amount,
                rate,
                card: token.into(),
                email: has_address.into(),
                region: Region::new(region),
                last4: Last4::new(last4),
                handle: Some(command.handle.clone()).filter(|handle| !handle.is_empty()),
                cid: command.cid.clone(),
            }))
        };
        let mut builder = DecisionBuilder::new(self, now);
        let room = self.terms.waitlist && self.waitlist.len() < self.terms.waitlist_max;
        if self.is_gathering() {
            // The bound is for those who wait after the draw: every claim of the window takes part.
            let takes_part = self.takes_part(command.posted_at.min(now));
            if !takes_part && self.waitlist.len() - self.entries() >= self.terms.waitlist_max {
                return Err(Outcome::FullyReserved.into());
            }
            builder.enter(claim()?, parked);
            return Ok(builder.decision);
        }
        // Units that the line is about to get are not available to new claims.
        let free = if self.line_is_due() { 0 } else { self.available };
        let partial = self.terms.rules.partial;
        let reachable = self.available + self.reserved;
        if free >= command.units {
            builder.reserve(claim()?, 0, parked);
        } else if free > 0 && partial {
            let rest = if room { command.units - free } else { 0 };
            builder.reserve_part(&*claim()?, free, rest, parked);
        } else if reachable == 0 || (!partial && command.units > reachable) {
            return Err(Outcome::SoldOut.into());
        } else if !room {
            return Err(Outcome::FullyReserved.into());
        } else {
            builder.wait(claim()?, parked);
        }
        Ok(builder.decision)
    }

    /// Checks everything about a claim but the stock and the total: who may buy, when, and how much.
    fn admit(
        &self,
        now: Timestamp,
        command: &PostCommand,
        holding: &Holding,
        link: &Link,
    ) -> Result<(), Refusal> {
        if !self.terms.accepts(link) {
            return Err(Outcome::CardIneligible.into());
        }
        self.check_account_age(now, command)?;
        let posted_at = command.posted_at.min(now);
        if posted_at < self.terms.opens {
            return Err(Outcome::NotOpen.into());
        }
        let over_from = self.terms.closes.after();
        if posted_at >= over_from || now >= self.ends() {
            return Err(Outcome::Closed.into());
        }
        if self.control.pause().is_some() {
            return Err(Outcome::Paused.into());
        }
        let units = command.units;
        // An order that was taken back does not count against another claim.
        if self.live_of(holding).any(|(_, reservation)| reservation.stage != Stage::Returning) {
            return Err(Outcome::AlreadyReserved.into());
        }
        if let Some(ticket) = holding.ticket {
            return Err(Refusal::AlreadyWaiting { place: self.reported_place(ticket) });
        }
        if holding.sold.saturating_add(units) > self.terms.limit_per_account {
            return Err(Outcome::LimitReached.into());
        }
        if let Some(limit) = self.terms.rules.limit_per_card {
            // As for an account: what was taken back does not count.
            let card = card_name(link.token());
            let had = self.by_card.get(card).copied().unwrap_or(0);
            let had = had.saturating_sub(self.returning.get(card).copied().unwrap_or(0));
            if had.saturating_add(units) > limit {
                return Err(Outcome::LimitReached.into());
            }
        }
        Ok(())
    }

    /// Checks the age of the author's account, if the post carries it.
    fn check_account_age(&self, now: Timestamp, command: &PostCommand) -> Result<(), Refusal> {
        let asked = self.terms.rules.account_age.zip(command.account_since);
        match asked {
            Some((age, since)) if command.posted_at.min(now).since(since) < age => {
                Err(Outcome::AccountTooNew.into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn live_of<'o>(
        &'o self,
        holding: &'o Holding,
    ) -> impl Iterator<Item = (u32, &'o Reservation)> {
        let ordinals = holding.reservations.iter();
        ordinals.filter_map(|&ordinal| Some((ordinal, self.reservations.get(ordinal)?)))
    }

    /// The place in line that the answer gives; 0 before the draw.
    pub(super) fn reported_place(&self, ticket: Ticket) -> u32 {
        if self.is_gathering() { 0 } else { self.waitlist.place(ticket) }
    }

    /// Confirms the reservation that the post names, or else the oldest one whose window is open, together
    /// with everything else that its claim holds: one confirmation places one order.
    fn judge_confirm(
        &self,
        now: Timestamp,
        command: &PostCommand,
        holding: &Holding,
    ) -> Result<Decision, Refusal> {
        let posted_at = command.posted_at.min(now);
        let mut refused = None;
        for (ordinal, reservation) in self.live_of(holding) {
            if reservation.stage != Stage::Held || !names(command, ordinal, reservation) {
                continue;
            }
            match self.in_window(reservation, posted_at) {
                // While deadlines are frozen, nothing is released. What was due before, because the delivery of its prompt
                // was reported late, is due for release and not for sale.
                Ok(()) if self.terms.released_at(reservation.deadline) <= self.control.sale_time(now) => {
                    refused = refused.or(Some(Outcome::ConfirmLate.into()));
                }
                Ok(()) => {
                    let mut builder = DecisionBuilder::new(self, now);
                    let way = if matches!(command.intent, Intent::Accept(_)) { Way::Link } else { Way::Post };
                    let claim = builder.join(ordinal, self.held_besides(holding, ordinal, posted_at));
                    let (post, cid) = (&command.post, command.cid.as_deref());
                    let confirmation = Confirmation { post, cid, way, deadline: reservation.deadline };
                    builder.confirm(ordinal, claim.as_ref().unwrap_or(&reservation.claim), &confirmation);
                    if let Some(heard) = command.heard(self.no) {
                        builder.push(heard);
                    }
                    return Ok(builder.decision);
                }
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        if matches!(command.intent, Intent::Accept(_)) {
            return Err(Outcome::NothingToConfirm.into());
        }
        if let Some(ticket) = holding.ticket {
            return self.judge_confirm_ahead(command, posted_at, ticket);
        }
        let late = holding.expired && holding.reservations.is_empty();
        Err(if late { Outcome::ConfirmLate } else { Outcome::NothingToConfirm }.into())
    }

    /// The other reservations of the same claim whose windows are open at `posted_at`.
    pub(super) fn held_besides<'o>(
        &'o self,
        holding: &'o Holding,
        ordinal: u32,
        posted_at: Timestamp,
    ) -> impl Iterator<Item = (u32, &'o Reservation)> {
        let claim = self.reservations.get(ordinal).map(|named| &named.claim.post);
        self.live_of(holding).filter(move |(other, held)| {
            *other != ordinal && Some(&held.claim.post) == claim && self.in_window(held, posted_at).is_ok()
        })
    }

    /// The claim that a confirmation of that reservation orders: everything that its claim holds and whose
    /// windows are open at `posted_at`.
    #[must_use]
    pub fn whole_claim(&self, holding: &Holding, ordinal: u32, posted_at: Timestamp) -> Option<Claim> {
        let named = &self.reservations.get(ordinal)?.claim;
        let besides = self.held_besides(holding, ordinal, posted_at).map(|(_, held)| held.claim.units);
        Some(part_of(named, besides.fold(named.units, u32::saturating_add), &self.terms))
    }

    fn judge_confirm_ahead(
        &self,
        command: &PostCommand,
        posted_at: Timestamp,
        ticket: Ticket,
    ) -> Result<Decision, Refusal> {
        let place = self.reported_place(ticket);
        let waiter = self.waitlist.get(ticket).ok_or(Outcome::NothingToConfirm)?;
        if waiter.confirmed.is_some() {
            return Err(Refusal::AlreadyWaiting { place });
        }
        if posted_at < waiter.claim.posted_at {
            return Err(Outcome::NothingToConfirm.into());
        }
        let (offer, account, post) = (self.no, command.account.clone(), command.post.clone());
        let mut decision = Decision::of(Event::WaiterConfirmed { offer, account, post, place });
        decision.events.extend(command.heard(offer));
        Ok(decision)
    }

    /// Whether a confirmation that found nothing is parked for its claim. It is not if the account has a
    /// reservation or a place in line: then the claim has already arrived. Nor if the claim would be refused
    /// whenever it came: accounts that cannot buy must not fill the journal.
    #[must_use]
    pub fn may_precede_claim(&self, now: Timestamp, command: &PostCommand, holding: &Holding) -> bool {
        !self.terms.one_step() && self.awaits_claim(now, command, holding)
    }

    /// Whether a claim of the post's author, published before the post, may still arrive and get something.
    #[must_use]
    pub fn awaits_claim(&self, now: Timestamp, command: &PostCommand, holding: &Holding) -> bool {
        let free = !holding.is_live() && holding.sold < self.terms.limit_per_account;
        let eligible = command.link.as_ref().is_none_or(|link| self.terms.accepts(link));
        let on_sale = now < self.ends() && self.control.pause().is_none() && self.sold < self.allotment;
        free && eligible && on_sale && command.posted_at >= self.terms.opens
    }

    /// The only comparison with a deadline: the post's own time must be before it, by the sale's clock.
    fn in_window(&self, reservation: &Reservation, posted_at: Timestamp) -> Result<(), Refusal> {
        if reservation.stage != Stage::Held || posted_at < reservation.claim.posted_at {
            Err(Outcome::NothingToConfirm.into())
        } else if self.control.sale_time(posted_at) >= reservation.deadline {
            Err(Outcome::ConfirmLate.into())
        } else {
            Ok(())
        }
    }
}

/// Whether a confirmation is for that reservation: a signed link and a repost each name one.
fn names(command: &PostCommand, ordinal: u32, reservation: &Reservation) -> bool {
    match &command.intent {
        Intent::Accept(id) => id.ordinal == ordinal,
        Intent::Repost { of, .. } => reservation.prompt.as_ref() == Some(of),
        _ => true,
    }
}
