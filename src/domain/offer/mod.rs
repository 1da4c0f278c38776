//! An offer: its units, their holders, and the waiters. Nothing else decides its stock.
//!
//! Invariants, asserted after every decision: `available + reserved + sold = allotment`, and no claim waits
//! that the available units could serve (after the draw, if the opening is drawn).

mod apply;
mod ask;
mod confirmation;
mod deadlines;
mod decide;
mod decision_builder;
mod give_back;
mod objections;
mod operated;
mod provider_report;
mod reminders;
mod stock;
mod stored;

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

use compact_str::CompactString;
use smallvec::SmallVec;

pub use ask::Ask;

use super::effect::About;
use super::event::Claim;
use super::holding::Holding;
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::objection::Objection;
use super::order::Order;
use super::outcome::Outcome;
use super::reservation::{Reservation, Stage};
use super::sale_control::SaleControl;
use super::terms::Terms;
use super::time::Timestamp;
use super::waitlist::{Ticket, Waiter, Waitlist};
use crate::collections::block_queue::BlockQueue;
use crate::collections::deadline_map::DeadlineMap;
use crate::collections::deadline_queue::DeadlineQueue;
use crate::collections::paged_vec::PagedVec;
use crate::collections::unordered_hash::hash_all;

/// Upper bound on the reservations that expire, the waiters that are served and the waiters that are sent
/// home in one decision. The rest follows in the next decisions, so that a journal record stays small.
pub const DUE_PER_DECISION: usize = 256;

/// The counts of an offer's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    /// All units of the offer.
    pub allotment: u32,
    /// Units that can be reserved.
    pub available: u32,
    /// Units that are reserved, or ordered and not captured yet.
    pub reserved: u32,
    /// Units whose payment was captured.
    pub sold: u32,
    /// Claims in line.
    pub waiting: u32,
}

/// The state of one offer.
#[derive(Debug, Clone)]
pub struct Offer {
    no: OfferNo,
    terms: Terms,
    /// The units of the terms, plus those added and minus those withdrawn since.
    allotment: u32,
    available: u32,
    reserved: u32,
    sold: u32,
    opened: bool,
    closed: bool,
    /// Whether the last announcement about the stock was the sell-out.
    sold_out: bool,
    next_ordinal: u32,
    reservations: PagedVec<Reservation>,
    orders: PagedVec<Order>,
    /// The reservations that became part of an order under another reservation, each with that one.
    joined: BTreeMap<u32, u32>,
    /// What banks object to the payments of orders. Kept apart, because hardly an order has any.
    objections: BTreeMap<u32, Vec<Objection>>,
    waitlist: Waitlist,
    /// The number of claims in line that take part in the draw; 0 after it.
    entered: u32,
    /// When each held reservation is released unless it is confirmed: its deadline plus the late grace of the
    /// terms.
    releases: DeadlineQueue<Timestamp, u32>,
    /// When an undelivered prompt goes by e-mail instead, in the order of the reservations.
    prompts: BlockQueue<(Timestamp, u32)>,
    /// When the holder of each reservation is reminded. Empty if the offer reminds nobody.
    reminders: DeadlineMap<Timestamp, u32>,
    /// Units of each card: reserved, sold and in line. Kept only if the offer limits cards.
    by_card: HashMap<CompactString, u32, foldhash::quality::RandomState>,
    /// The part of these units that is taken back and waits for its refund: it does not count against a claim.
    returning: HashMap<CompactString, u32, foldhash::quality::RandomState>,
    /// When each order can no longer be taken back. Kept only if orders can be taken back.
    finals: DeadlineMap<Timestamp, u32>,
    /// The orders of each account that can still be taken back.
    revocable: HashMap<Account, SmallVec<[u32; 2]>, foldhash::quality::RandomState>,
    /// The entries in drawn order; `None` before the draw.
    drawn: Option<Vec<(Account, PostId)>>,
    /// The changes of the allotment, by idempotency key.
    changes: BTreeMap<CompactString, i64>,
    /// Whether an operator paused the sale, or closed it before its time.
    control: SaleControl,
}

impl Offer {
    /// Creates an offer that was just added.
    #[must_use]
    pub fn new(no: OfferNo, terms: Terms) -> Self {
        Self {
            no,
            allotment: terms.units,
            available: terms.units,
            reserved: 0,
            sold: 0,
            opened: false,
            closed: false,
            sold_out: false,
            next_ordinal: 1,
            reservations: PagedVec::default(),
            orders: PagedVec::default(),
            joined: BTreeMap::new(),
            objections: BTreeMap::new(),
            waitlist: Waitlist::default(),
            entered: 0,
            releases: DeadlineQueue::default(),
            prompts: BlockQueue::default(),
            reminders: DeadlineMap::default(),
            by_card: HashMap::default(),
            returning: HashMap::default(),
            finals: DeadlineMap::default(),
            revocable: HashMap::default(),
            drawn: None,
            changes: BTreeMap::new(),
            control: SaleControl::default(),
            terms,
        }
    }

    /// The offer's number.
    #[must_use]
    pub fn no(&self) -> OfferNo {
        self.no
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The counts of the units.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            allotment: self.allotment,
            available: self.available,
            reserved: self.reserved,
            sold: self.sold,
            waiting: self.waitlist.len(),
        }
    }

    /// The number of live reservations.
    #[must_use]
    pub fn reservations_len(&self) -> usize {
        self.reservations.len()
    }

    /// The live reservations, the oldest first.
    pub fn reservations(&self) -> impl Iterator<Item = (ReservationId, &Reservation)> {
        self.reservations_after(0)
    }

    /// The live reservations after that ordinal, the oldest first.
    pub fn reservations_after(&self, ordinal: u32) -> impl Iterator<Item = (ReservationId, &Reservation)> {
        let later = self.reservations.from(ordinal).filter(move |(no, _)| *no > ordinal);
        later.map(|(ordinal, reservation)| (self.id(ordinal), reservation))
    }

    /// Whether a reservation is kept for its confirmation.
    #[must_use]
    pub fn awaits_confirmation(&self, ordinal: u32) -> bool {
        self.reservations.get(ordinal).is_some_and(|reservation| reservation.stage == Stage::Held)
    }

    /// The order that a reservation became.
    #[must_use]
    pub fn order(&self, ordinal: u32) -> Option<&Order> {
        self.orders.get(ordinal)
    }

    /// The reservation under whose id the units of a reservation were ordered: itself, unless it joined
    /// another one.
    #[must_use]
    pub fn ordered_under(&self, ordinal: u32) -> u32 {
        self.joined.get(&ordinal).copied().unwrap_or(ordinal)
    }

    /// The oldest live reservation of a holding.
    #[must_use]
    pub fn reservation_of<'o>(&'o self, holding: &'o Holding) -> Option<(ReservationId, &'o Reservation)> {
        self.reservations_of(holding).next()
    }

    /// The live reservations of a holding, the oldest first.
    pub fn reservations_of<'o>(
        &'o self,
        holding: &'o Holding,
    ) -> impl Iterator<Item = (ReservationId, &'o Reservation)> {
        self.live_of(holding).map(|(ordinal, reservation)| (self.id(ordinal), reservation))
    }

    /// The claims of a holding that are reserved and not confirmed, or in line.
    pub fn claims_of<'o>(&'o self, holding: &'o Holding) -> impl Iterator<Item = &'o Claim> {
        let held = self.live_of(holding).filter(|(_, reservation)| reservation.stage == Stage::Held);
        let waiting = holding.ticket.and_then(|ticket| self.waitlist.get(ticket));
        held.map(|(_, reservation)| &*reservation.claim).chain(waiting.map(|waiter| &*waiter.claim))
    }

    /// The claims of all reservations, orders and waiters. A claim may be named several times.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        let reserved = self.reservations.iter().map(|(_, held)| &*held.claim);
        let ordered = self.orders.iter().map(|(_, order)| &*order.claim);
        reserved.chain(ordered).chain(self.waitlist.iter().map(|waiter| &*waiter.claim))
    }

    /// The place in line of a holding, from 1; `None` before the draw.
    #[must_use]
    pub fn place_of(&self, holding: &Holding) -> Option<u32> {
        let ticket = holding.ticket.filter(|_| !self.is_gathering())?;
        Some(self.waitlist.place(ticket))
    }

    /// The waiters with their tickets, the head of the line first.
    pub fn line(&self) -> impl Iterator<Item = (Ticket, &Waiter)> {
        let mut turns = self.waitlist.turns();
        std::iter::from_fn(move || turns.next_within(u32::MAX))
    }

    /// Estimates the wait of a claim in line: the live reservations, and when the first one may end.
    #[must_use]
    pub fn wait_estimate(&self) -> About {
        let reserved = u32::try_from(self.reservations.len()).unwrap_or(u32::MAX);
        About::Line { reserved, earliest: self.next_release() }
    }

    /// What the reply to a refused post of that account reports in addition to the outcome: the wait of an
    /// account in line, and the order of one that has ordered already.
    #[must_use]
    pub fn about_refusal(&self, holding: &Holding, outcome: Outcome, place: Option<u32>) -> Option<About> {
        let stages = || self.live_of(holding).map(|(_, reservation)| reservation.stage);
        let is_held = || stages().any(|stage| stage == Stage::Held);
        let is_ordered = || stages().any(|stage| matches!(stage, Stage::Confirmed | Stage::Authorized));
        match outcome {
            Outcome::AlreadyWaiting => place.map(|_| self.wait_estimate()),
            Outcome::AlreadyReserved | Outcome::NothingToConfirm if !is_held() && is_ordered() => {
                Some(About::UnderWay)
            }
            Outcome::NothingToConfirm if holding.sold > 0 => Some(About::Bought),
            Outcome::NothingToConfirm | Outcome::ConfirmLate => self.ended_early(),
            _ => None,
        }
    }

    /// What a reply that invites to claim again must tell instead, if an operator ended the sale before its time.
    fn ended_early(&self) -> Option<About> {
        self.control.closed_at().map(|_| About::EndedEarly)
    }

    /// Whether claims are being collected for the draw of the opening.
    #[must_use]
    pub fn is_gathering(&self) -> bool {
        self.terms.rules.draw.is_some() && self.drawn.is_none()
    }

    /// The entries in drawn order, the first served first; `None` before the draw.
    #[must_use]
    pub fn drawn(&self) -> Option<&[(Account, PostId)]> {
        self.drawn.as_deref()
    }

    /// When [`Ask::ExpireDue`] is next due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let release = self.next_release();
        let opening = (!self.opened && self.control.pause().is_none()).then_some(self.terms.opens);
        let closing = (!self.closed || self.line_is_over()).then(|| self.ends());
        let prompt = self.prompts.front().map(|(due, _)| *due);
        let last_word = self.finals.first().map(|(due, _)| due);
        let draw = self.terms.draws_at().filter(|_| self.is_gathering());
        let line = self.line_is_due().then_some(Timestamp::MIN);
        let reminder = self.next_reminder();
        [release, opening, closing, prompt, last_word, draw, line, reminder].into_iter().flatten().min()
    }

    /// Whether time or a provider still has to end something.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.reserved > 0
            || self.line_is_over()
            || !self.finals.is_empty()
            || (self.is_gathering() && !self.waitlist.is_empty())
    }

    /// Whether an account waits for the offer: for a step of time or of a provider, or in line for its end.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.is_pending() || !self.waitlist.is_empty()
    }

    /// Whether a claim in line can be served now. Nothing else is due before it.
    fn line_is_due(&self) -> bool {
        let is_served = !self.is_gathering() && !self.control.releases_line();
        is_served && self.waitlist.least_need().is_some_and(|least| least <= self.available)
    }

    /// Whether claims wait that get nothing any more: no unit can become available, or the operator released
    /// the line.
    fn line_is_over(&self) -> bool {
        // An order that can still be taken back may return its units.
        let no_order_returns = self.reserved == 0 && self.finals.is_empty();
        let no_unit_comes = self.closed && no_order_returns && !self.is_gathering();
        (no_unit_comes || self.control.releases_line()) && !self.waitlist.is_empty()
    }

    /// The instant at which the offer stops taking claims, late ones included.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.control.closed_at().unwrap_or_else(|| self.terms.ends())
    }

    fn id(&self, ordinal: u32) -> ReservationId {
        ReservationId { offer: self.no, ordinal }
    }

    /// When the first of the held reservations is released, unless it is confirmed.
    fn next_release(&self) -> Option<Timestamp> {
        self.releases.first().filter(|_| !self.control.is_frozen()).map(|(due, _)| due)
    }

    /// The held reservations, in the order in which they are released.
    fn releases(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        self.releases.iter(|due, ordinal| is_held(&self.reservations, &self.terms, due, ordinal))
    }

    /// Until when an order placed at `placed_at` can be taken back, late grace included.
    fn revocable_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }

    /// Asserts that units are conserved, and that no unit is idle while a claim waits that it could serve.
    /// With `more_is_due` the second check is left out: the next decision serves the claim. Called after all
    /// events of a decision.
    ///
    /// # Panics
    /// Panics if an invariant is broken.
    pub fn assert_conserved(&self, more_is_due: bool) {
        let counted = u64::from(self.available) + u64::from(self.reserved) + u64::from(self.sold);
        assert_eq!(counted, u64::from(self.allotment), "units of {} are not conserved", self.terms.id);
        assert!(more_is_due || !self.line_is_due(), "a unit of {} lies idle", self.terms.id);
    }

    /// Feeds the state to a hasher in an order that does not depend on the state's history.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        let counts = (self.allotment, self.available, self.reserved, self.sold, self.next_ordinal);
        let said = (self.opened, self.closed, self.sold_out);
        (self.no, self.terms.id.as_str(), counts, said).hash(hasher);
        (&self.reservations, &self.orders, &self.joined, &self.waitlist).hash(hasher);
        (&self.drawn, &self.changes).hash(hasher);
        // As before there were any, so that what earlier releases hashed stays comparable.
        if !self.objections.is_empty() {
            self.objections.hash(hasher);
        }
        hash_all(self.by_card.iter(), hasher);
        hash_all(self.revocable.iter(), hasher);
        self.control.hash(hasher);
    }
}

/// Whether the reservation is held and its release is at `due`.
fn is_held(reservations: &PagedVec<Reservation>, terms: &Terms, due: Timestamp, ordinal: u32) -> bool {
    let held = reservations.get(ordinal).filter(|reservation| reservation.stage == Stage::Held);
    held.is_some_and(|held| terms.released_at(held.deadline) == due)
}

/// A part of a claim, at the agreed price and tax rate.
fn part_of(claim: &Claim, units: u32, terms: &Terms) -> Claim {
    let amount = terms.total_at(units, claim.rate).expect("a part of what could be counted can be");
    Claim { units, amount, ..claim.clone() }
}
