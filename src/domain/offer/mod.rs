//! An offer: its units, who holds them, and who waits. The only judge of its stock.
//!
//! Invariant, asserted after every event: `available + reserved + sold = allotment`, and no claim waits that
//! could be served with what is available (once lots are drawn, where the opening is drawn).

mod apply;
mod ask;
mod deadlines;
mod decide;
mod decision_builder;
mod give_back;
mod provider_report;
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
use super::order::Order;
use super::reservation::{Reservation, Stage};
use super::terms::Terms;
use super::time::Timestamp;
use super::waitlist::{Ticket, Waiter, Waitlist};
use crate::collections::block_queue::BlockQueue;
use crate::collections::deadline_map::DeadlineMap;
use crate::collections::deadline_queue::DeadlineQueue;
use crate::collections::paged_vec::PagedVec;
use crate::collections::unordered_hash::hash_all;

/// Reservations that one decision lets expire, waiters that it serves, or sends home; the rest follow
/// in the next, so that a record of the journal has a bound.
pub const DUE_PER_DECISION: usize = 256;

/// The counts of an offer's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    /// All units of the offer.
    pub allotment: u32,
    /// Units that can be reserved.
    pub available: u32,
    /// Units that are reserved, or ordered and not yet captured.
    pub reserved: u32,
    /// Units whose money was captured.
    pub sold: u32,
    /// Claims in line.
    pub waiting: u32,
}

/// One offer's state.
#[derive(Debug, Clone)]
pub struct Offer {
    no: OfferNo,
    terms: Terms,
    /// The units of the terms, with those added and without those withdrawn since.
    allotment: u32,
    available: u32,
    reserved: u32,
    sold: u32,
    opened: bool,
    closed: bool,
    /// Whether the last announcement of the stock was the sell-out.
    sold_out: bool,
    next_ordinal: u32,
    reservations: PagedVec<Reservation>,
    orders: PagedVec<Order>,
    waitlist: Waitlist,
    /// When each held reservation is released unless it is confirmed: its deadline and the late grace of the terms.
    releases: DeadlineQueue<Timestamp, u32>,
    /// When a prompt that is not delivered goes by e-mail, in the order of the reservations.
    prompts: BlockQueue<(Timestamp, u32)>,
    /// Units of each card, reserved, sold and in line; kept only where cards have a limit.
    by_card: HashMap<CompactString, u32, foldhash::quality::RandomState>,
    /// When the time to take an order back is over; kept only where there is such a time.
    finals: DeadlineMap<Timestamp, u32>,
    /// The orders of each account that can still be taken back.
    revocable: HashMap<Account, SmallVec<[u32; 2]>, foldhash::quality::RandomState>,
    /// The entries of the draw in their drawn order, once lots were drawn.
    drawn: Option<Vec<(Account, PostId)>>,
    /// The changes of the allotment, by their keys.
    changes: BTreeMap<CompactString, i64>,
}

impl Offer {
    /// An offer that was just added.
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
            waitlist: Waitlist::default(),
            releases: DeadlineQueue::default(),
            prompts: BlockQueue::default(),
            by_card: HashMap::default(),
            finals: DeadlineMap::default(),
            revocable: HashMap::default(),
            drawn: None,
            changes: BTreeMap::new(),
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

    /// The order that a reservation became.
    #[must_use]
    pub fn order(&self, ordinal: u32) -> Option<&Order> {
        self.orders.get(ordinal)
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

    /// The claims by which a holding has a reservation that is not confirmed, or a place in line.
    pub fn claims_of<'o>(&'o self, holding: &'o Holding) -> impl Iterator<Item = &'o Claim> {
        let held = self.live_of(holding).filter(|(_, reservation)| reservation.stage == Stage::Held);
        let waiting = holding.ticket.and_then(|ticket| self.waitlist.get(ticket));
        held.map(|(_, reservation)| &*reservation.claim).chain(waiting.map(|waiter| &*waiter.claim))
    }

    /// The place in line of a holding, from 1; none before lots are drawn.
    #[must_use]
    pub fn place_of(&self, holding: &Holding) -> Option<u32> {
        let ticket = holding.ticket.filter(|_| !self.is_gathering())?;
        Some(self.waitlist.place(ticket))
    }

    /// Who waits, the head of the line first, and with which ticket.
    pub fn line(&self) -> impl Iterator<Item = (Ticket, &Waiter)> {
        let mut turns = self.waitlist.turns();
        std::iter::from_fn(move || turns.next_within(u32::MAX))
    }

    /// The chances of a claim in line: reservations that may end, and when the first does.
    #[must_use]
    pub fn wait_estimate(&self) -> About {
        let reserved = u32::try_from(self.reservations.len()).unwrap_or(u32::MAX);
        About::Line { reserved, earliest: self.next_release() }
    }

    /// Whether claims are being gathered for the draw of the opening.
    #[must_use]
    pub fn is_gathering(&self) -> bool {
        self.terms.rules.draw.is_some() && self.drawn.is_none()
    }

    /// The entries of the draw in their drawn order, the first served first, once lots were drawn.
    #[must_use]
    pub fn drawn(&self) -> Option<&[(Account, PostId)]> {
        self.drawn.as_deref()
    }

    /// When [`Ask::ExpireDue`] is next due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let release = self.next_release();
        let opening = (!self.opened).then_some(self.terms.opens);
        let closing = (!self.closed || self.line_is_over()).then(|| self.terms.ends());
        let prompt = self.prompts.front().map(|(due, _)| *due);
        let last_word = self.finals.first().map(|(due, _)| due);
        let draw = self.terms.draws_at().filter(|_| self.is_gathering());
        let line = self.line_is_due().then_some(Timestamp::MIN);
        [release, opening, closing, prompt, last_word, draw, line].into_iter().flatten().min()
    }

    /// Whether something is under way that time or a provider will end.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.reserved > 0
            || self.line_is_over()
            || !self.finals.is_empty()
            || (self.is_gathering() && !self.waitlist.is_empty())
    }

    /// Whether a claim in line can be served now. Then nothing else is due before it.
    fn line_is_due(&self) -> bool {
        !self.is_gathering() && self.waitlist.least_need().is_some_and(|least| least <= self.available)
    }

    /// Whether people wait though no unit can come back.
    fn line_is_over(&self) -> bool {
        self.closed && self.reserved == 0 && !self.waitlist.is_empty()
    }

    fn id(&self, ordinal: u32) -> ReservationId {
        ReservationId { offer: self.no, ordinal }
    }

    /// When the first of the held reservations is released, unless it is confirmed.
    fn next_release(&self) -> Option<Timestamp> {
        self.releases.first().map(|(due, _)| due)
    }

    /// The held reservations, in the order in which they are released.
    fn releases(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        self.releases.iter(|due, ordinal| is_held(&self.reservations, &self.terms, due, ordinal))
    }

    /// Until when an order that was placed then can be taken back, arrival included.
    fn revocable_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }

    /// Asserts that units are conserved, and that none is idle while a claim waits that could have it, unless `more_is_due`:
    /// the rest follows in the next decision. Called when all events of a decision are applied.
    ///
    /// # Panics
    /// When the promise is broken.
    pub fn assert_conserved(&self, more_is_due: bool) {
        let counted = u64::from(self.available) + u64::from(self.reserved) + u64::from(self.sold);
        assert_eq!(counted, u64::from(self.allotment), "units of {} are not conserved", self.terms.id);
        assert!(more_is_due || !self.line_is_due(), "a unit of {} lies idle", self.terms.id);
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        let counts = (self.allotment, self.available, self.reserved, self.sold, self.next_ordinal);
        let said = (self.opened, self.closed, self.sold_out);
        (self.no, self.terms.id.as_str(), counts, said).hash(hasher);
        (&self.reservations, &self.orders, &self.waitlist, &self.drawn, &self.changes).hash(hasher);
        hash_all(self.by_card.iter(), hasher);
        hash_all(self.revocable.iter(), hasher);
    }
}

/// Whether the reservation is held, and is released then.
fn is_held(reservations: &PagedVec<Reservation>, terms: &Terms, due: Timestamp, ordinal: u32) -> bool {
    let held = reservations.get(ordinal).filter(|reservation| reservation.stage == Stage::Held);
    held.is_some_and(|held| terms.released_at(held.deadline) == due)
}

/// A part of a claim, at the price and tax that were agreed.
fn part_of(claim: &Claim, units: u32, terms: &Terms) -> Claim {
    let amount = terms.total_at(units, claim.rate).expect("a part of what could be counted can be");
    Claim { units, amount, ..claim.clone() }
}
