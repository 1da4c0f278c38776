//! An offer: its units, who holds them, and who waits. The only judge of its stock.
//!
//! Invariant, asserted after every fact: `available + reserved + sold = allotment`, and nobody waits
//! while a unit is available.

mod decide;

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::Bound;

pub use decide::Ask;

use super::agenda::Agenda;
use super::event::{Claim, Event};
use super::id::{Account, OfferNo, ReservationId};
use super::order::{Order, OrderStage};
use super::reservation::{Next, Reservation, Stage, Step};
use super::terms::Terms;
use super::time::Timestamp;
use super::waitlist::Waitlist;

/// What one account has of an offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Holding {
    reservation: Option<u32>,
    ticket: Option<u64>,
    sold: u32,
    /// When its last reservation expired, if nothing came after.
    expired_at: Option<Timestamp>,
}

/// How the units of an offer stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    /// All of them.
    pub allotment: u32,
    /// Free to be reserved.
    pub available: u32,
    /// Kept for somebody.
    pub reserved: u32,
    /// Paid for.
    pub sold: u32,
    /// How many claims wait in line.
    pub waiting: u32,
}

/// One offer's state.
#[derive(Debug, Clone)]
pub struct Offer {
    no: OfferNo,
    terms: Terms,
    available: u32,
    reserved: u32,
    sold: u32,
    opened: bool,
    closed: bool,
    next_ordinal: u32,
    reservations: BTreeMap<u32, Reservation>,
    orders: BTreeMap<u32, Order>,
    waitlist: Waitlist,
    holdings: HashMap<Account, Holding, foldhash::quality::RandomState>,
    /// When each held reservation is released, unless it is confirmed.
    releases: Agenda<u32>,
}

impl Offer {
    /// An offer that was just added.
    #[must_use]
    pub fn new(no: OfferNo, terms: Terms) -> Self {
        Self {
            no,
            available: terms.units,
            reserved: 0,
            sold: 0,
            opened: false,
            closed: false,
            next_ordinal: 1,
            reservations: BTreeMap::new(),
            orders: BTreeMap::new(),
            waitlist: Waitlist::default(),
            holdings: HashMap::default(),
            releases: Agenda::default(),
            terms,
        }
    }

    /// What was agreed.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How the units stand.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            allotment: self.terms.units,
            available: self.available,
            reserved: self.reserved,
            sold: self.sold,
            waiting: self.waitlist.len(),
        }
    }

    /// The live reservations, the oldest first.
    pub fn reservations(&self) -> impl Iterator<Item = (ReservationId, &Reservation)> {
        self.reservations_after(0)
    }

    /// The live reservations after that ordinal, the oldest first.
    pub fn reservations_after(&self, ordinal: u32) -> impl Iterator<Item = (ReservationId, &Reservation)> {
        let later = (Bound::Excluded(ordinal), Bound::Unbounded);
        self.reservations.range(later).map(|(&ordinal, reservation)| (self.id(ordinal), reservation))
    }

    /// The order that a reservation became.
    #[must_use]
    pub fn order(&self, ordinal: u32) -> Option<&Order> {
        self.orders.get(&ordinal)
    }

    /// The account's live reservation.
    #[must_use]
    pub fn reservation_of(&self, account: &Account) -> Option<(ReservationId, &Reservation)> {
        let ordinal = self.holdings.get(account)?.reservation?;
        Some((self.id(ordinal), self.reservations.get(&ordinal)?))
    }

    /// The claim by which the account holds a reservation or a place in line.
    #[must_use]
    pub fn claim_of(&self, account: &Account) -> Option<&Claim> {
        let holding = self.holdings.get(account)?;
        let reserved = holding.reservation.and_then(|ordinal| self.reservations.get(&ordinal));
        let waiting = holding.ticket.and_then(|ticket| self.waitlist.get(ticket));
        reserved.map(|reservation| &reservation.claim).or_else(|| waiting.map(|waiter| &waiter.claim))
    }

    /// The account's place in line, from 1.
    #[must_use]
    pub fn place_of(&self, account: &Account) -> Option<u32> {
        self.holdings.get(account)?.ticket.map(|ticket| self.waitlist.place(ticket))
    }

    /// How many units the account bought.
    #[must_use]
    pub fn sold_to(&self, account: &Account) -> u32 {
        self.holdings.get(account).map_or(0, |holding| holding.sold)
    }

    /// When the shell must next say that time has come.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let release = self.releases.first().map(|(due, _)| due);
        let opening = (!self.opened).then_some(self.terms.opens);
        let closing = (!self.closed || self.line_is_over()).then(|| self.terms.ends());
        [release, opening, closing].into_iter().flatten().min()
    }

    /// Whether something is under way that time or a provider will end.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.reserved > 0 || self.line_is_over()
    }

    /// Whether people wait though no unit can come back.
    fn line_is_over(&self) -> bool {
        self.closed && self.reserved == 0 && !self.waitlist.is_empty()
    }

    fn id(&self, ordinal: u32) -> ReservationId {
        ReservationId { offer: self.no, ordinal }
    }

    /// Applies a fact about this offer, recorded at `at`.
    ///
    /// # Panics
    /// When the fact contradicts the state: the journal and the rules then disagree, and to go on
    /// would be to sell on a wrong count.
    pub fn evolve(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => (self.opened, self.closed) = (true, true),
            Event::Reserved { id, claim, deadline } => self.reserve(id.ordinal, claim.clone(), *deadline),
            Event::Waitlisted { claim, .. } => {
                let ticket = self.waitlist.join(claim.clone());
                self.holding(&claim.account).ticket = Some(ticket);
            }
            Event::WaiterConfirmed { account, post, .. } => {
                if let Some(ticket) = self.holding(account).ticket {
                    self.waitlist.confirm(ticket, post.clone());
                }
            }
            Event::Promoted { id, account, deadline, .. } => {
                let claim = self.leave_line(account);
                self.reserve(id.ordinal, claim, *deadline);
            }
            Event::Prompted { id, prompt, deadline, .. } => {
                let reservation =
                    self.reservations.get_mut(&id.ordinal).expect("a prompt has its reservation");
                reservation.prompt = Some(prompt.clone());
                reservation.deadline = *deadline;
                self.releases.set(&id.ordinal, Some(deadline.plus(self.terms.late_grace)));
            }
            Event::Confirmed { id, .. } => self.place_order(id.ordinal, at),
            Event::Authorized { id, .. } => {
                self.step(id.ordinal, Step::Authorize);
                self.set_order(id.ordinal, OrderStage::Authorized);
            }
            Event::Sold { id, account, units, .. } => {
                self.step(id.ordinal, Step::Sell);
                self.holding(account).sold += units;
                self.set_order(id.ordinal, OrderStage::Sold);
            }
            Event::Declined { id, .. } => {
                self.step(id.ordinal, Step::Decline);
                self.set_order(id.ordinal, OrderStage::Declined);
            }
            Event::Expired { id, account, .. } => {
                self.step(id.ordinal, Step::Expire);
                self.holding(account).expired_at = Some(at);
            }
            Event::Released { id, .. } => self.step(id.ordinal, Step::Release),
            Event::LeftLine { account, .. } | Event::LineEnded { account, .. } => {
                self.leave_line(account);
            }
            Event::OfferAdded { .. }
            | Event::OfferSoldOut { .. }
            | Event::ConfirmParked { .. }
            | Event::ParkingEnded { .. }
            | Event::Delivered { .. }
            | Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountHeard { .. } => {}
        }
    }

    /// Asserts the promise that no unit is lost or made up, and that none lies idle while somebody waits.
    /// To be called when all facts of one decision are applied.
    ///
    /// # Panics
    /// When the promise is broken.
    pub fn assert_conserved(&self) {
        let counted = u64::from(self.available) + u64::from(self.reserved) + u64::from(self.sold);
        assert_eq!(counted, u64::from(self.terms.units), "units of {} are not conserved", self.terms.id);
        assert!(self.available == 0 || self.waitlist.is_empty(), "a unit of {} lies idle", self.terms.id);
    }

    fn holding(&mut self, account: &Account) -> &mut Holding {
        self.holdings.entry(account.clone()).or_default()
    }

    fn reserve(&mut self, ordinal: u32, claim: Claim, deadline: Timestamp) {
        let units = claim.units;
        self.available = self.available.checked_sub(units).expect("only available units are reserved");
        self.reserved += units;
        self.next_ordinal = ordinal + 1;
        let holding = self.holding(&claim.account);
        holding.reservation = Some(ordinal);
        holding.expired_at = None;
        self.releases.set(&ordinal, Some(deadline.plus(self.terms.late_grace)));
        let reservation = Reservation { claim, stage: Stage::Held, deadline, prompt: None };
        self.reservations.insert(ordinal, reservation);
    }

    fn leave_line(&mut self, account: &Account) -> Claim {
        let ticket = self.holding(account).ticket.take();
        let waiter = ticket.and_then(|ticket| self.waitlist.leave(ticket));
        self.tidy(account);
        waiter.expect("only a waiter leaves the line").claim
    }

    fn place_order(&mut self, ordinal: u32, at: Timestamp) {
        self.step(ordinal, Step::Confirm);
        let claim = &self.reservations.get(&ordinal).expect("the step found it").claim;
        let order = Order {
            account: claim.account.clone(),
            units: claim.units,
            amount: claim.amount,
            placed_at: at,
            stage: OrderStage::Placed,
        };
        self.orders.insert(ordinal, order);
    }

    fn set_order(&mut self, ordinal: u32, stage: OrderStage) {
        self.orders.get_mut(&ordinal).expect("a confirmed reservation has its order").stage = stage;
    }

    /// Takes a step in the life of a reservation; where it ends, its units go where they belong.
    fn step(&mut self, ordinal: u32, step: Step) {
        let reservation = self.reservations.get_mut(&ordinal).expect("facts name live reservations");
        let next = reservation.stage.after(step).expect("facts are legal transitions");
        self.releases.set(&ordinal, None);
        if let Next::Stage(stage) = next {
            reservation.stage = stage;
            return;
        }
        let ended = self.reservations.remove(&ordinal).expect("found above").claim;
        self.reserved -= ended.units;
        match next {
            Next::Sold => self.sold += ended.units,
            _ => self.available += ended.units,
        }
        self.holding(&ended.account).reservation = None;
        self.tidy(&ended.account);
    }

    /// Drops what says nothing any more.
    fn tidy(&mut self, account: &Account) {
        if self.holdings.get(account).is_some_and(|holding| *holding == Holding::default()) {
            self.holdings.remove(account);
        }
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        let counts = (self.available, self.reserved, self.sold, self.opened, self.closed, self.next_ordinal);
        (self.no, self.terms.id.as_str(), counts).hash(hasher);
        (&self.reservations, &self.orders, &self.waitlist).hash(hasher);
        let holdings: BTreeMap<_, _> = self.holdings.iter().collect();
        holdings.hash(hasher);
    }
}
