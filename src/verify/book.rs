//! The book of one offer: the facts added up, as they say and without an opinion. The checks read it
//! before a fact is entered; a fact that cannot be true is entered as far as it goes.

use std::collections::{BTreeMap, HashMap};

use super::standing::{Holding, Live, Order, OrderStage, Parked, Stage, Takings, Waiter};
use crate::domain::event::Event;
use crate::domain::id::{Account, PostId};
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// One offer as the facts have it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) terms: Terms,
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) sold: i64,
    pub(super) opened: bool,
    pub(super) closed: bool,
    pub(super) last_ordinal: u32,
    pub(super) live: BTreeMap<u32, Live>,
    pub(super) line: BTreeMap<u64, Waiter>,
    pub(super) holdings: HashMap<Account, Holding>,
    pub(super) parked: HashMap<Account, Parked>,
    pub(super) orders: BTreeMap<u32, Order>,
    pub(super) takings: Takings,
    next_ticket: u64,
}

impl Book {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            available: i64::from(terms.units),
            reserved: 0,
            sold: 0,
            opened: false,
            closed: false,
            last_ordinal: 0,
            live: BTreeMap::new(),
            line: BTreeMap::new(),
            holdings: HashMap::new(),
            parked: HashMap::new(),
            orders: BTreeMap::new(),
            takings: Takings::default(),
            next_ticket: 0,
            terms,
        }
    }

    /// The account's place in line, if it has one.
    pub(super) fn waiter(&self, account: &Account) -> Option<&Waiter> {
        self.line.get(&self.holdings.get(account)?.ticket?)
    }

    /// Whether the offer needs no confirmation.
    pub(super) fn one_step(&self) -> bool {
        self.terms.confirm_within.ms() == 0
    }

    /// Enters a fact. Units come and go as the fact says; what is reserved is counted apart from
    /// that, by the claims, so that the balance can fail.
    pub(super) fn enter(&mut self, sequence: u64, at: Timestamp, event: &Event) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => self.closed = true,
            Event::Reserved { id, claim, deadline } => {
                self.available -= i64::from(claim.units);
                let live = Live::new(claim.clone(), *deadline, at, sequence);
                self.begin(id.ordinal, live);
            }
            Event::Promoted { id, account, units, deadline } => {
                self.available -= i64::from(*units);
                self.last_ordinal = self.last_ordinal.max(id.ordinal);
                if let Some(waiter) = self.leave_line(account) {
                    let live = Live::new(waiter.claim, *deadline, at, sequence);
                    self.begin(id.ordinal, Live { from_line: true, ahead: waiter.ahead, ..live });
                }
            }
            Event::Waitlisted { claim, .. } => {
                self.next_ticket += 1;
                self.line.insert(self.next_ticket, Waiter { claim: claim.clone(), ahead: None });
                self.holdings.entry(claim.account.clone()).or_default().ticket = Some(self.next_ticket);
            }
            Event::WaiterConfirmed { account, post, .. } => {
                self.unpark(account, post);
                let ticket = self.holdings.get(account).and_then(|holding| holding.ticket);
                if let Some(waiter) = ticket.and_then(|ticket| self.line.get_mut(&ticket)) {
                    waiter.ahead.get_or_insert_with(|| post.clone());
                }
            }
            Event::LeftLine { account, .. } | Event::LineEnded { account, .. } => {
                self.leave_line(account);
            }
            Event::ConfirmParked { account, post, posted_at, until, .. } => {
                let parked = Parked { post: post.clone(), posted_at: *posted_at, until: *until };
                self.parked.insert(account.clone(), parked);
            }
            Event::ParkingEnded { account, post, .. } => self.unpark(account, post),
            Event::Prompted { id, deadline, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    (live.prompted, live.deadline) = (true, *deadline);
                }
            }
            _ => self.enter_ending(sequence, event),
        }
    }

    /// Enters a fact about what became of a reservation.
    fn enter_ending(&mut self, sequence: u64, event: &Event) {
        match event {
            Event::Confirmed { id, account, post, .. } => {
                self.unpark(account, post);
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.stage = Stage::Confirmed;
                    let order = Order::new(&live.claim, sequence);
                    self.orders.entry(id.ordinal).or_insert(order);
                }
            }
            Event::Authorized { id, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.stage = Stage::Authorized;
                }
                self.set_order(id.ordinal, sequence, OrderStage::Authorized);
            }
            Event::Sold { id, account, units, .. } => {
                self.sold += i64::from(*units);
                self.end(id.ordinal);
                self.holdings.entry(account.clone()).or_default().sold += i64::from(*units);
                self.set_order(id.ordinal, sequence, OrderStage::Sold);
            }
            Event::Declined { id, units, .. } => {
                self.available += i64::from(*units);
                let authorized =
                    self.live.get(&id.ordinal).is_some_and(|live| live.stage == Stage::Authorized);
                self.end(id.ordinal);
                self.set_order(id.ordinal, sequence, OrderStage::Declined { authorized });
            }
            Event::Expired { id, units, .. } | Event::Released { id, units, .. } => {
                self.available += i64::from(*units);
                self.end(id.ordinal);
            }
            _ => {}
        }
    }

    fn begin(&mut self, ordinal: u32, live: Live) {
        self.end(ordinal);
        let units = i64::from(live.claim.units);
        self.reserved += units;
        self.last_ordinal = self.last_ordinal.max(ordinal);
        let holding = self.holdings.entry(live.claim.account.clone()).or_default();
        holding.live += 1;
        holding.reserved += units;
        self.live.insert(ordinal, live);
    }

    fn end(&mut self, ordinal: u32) {
        let Some(live) = self.live.remove(&ordinal) else { return };
        let units = i64::from(live.claim.units);
        self.reserved -= units;
        if let Some(holding) = self.holdings.get_mut(&live.claim.account) {
            holding.live = holding.live.saturating_sub(1);
            holding.reserved -= units;
        }
        self.tidy(&live.claim.account);
    }

    fn leave_line(&mut self, account: &Account) -> Option<Waiter> {
        let ticket = self.holdings.get_mut(account)?.ticket.take()?;
        self.tidy(account);
        self.line.remove(&ticket)
    }

    fn unpark(&mut self, account: &Account, post: &PostId) {
        if self.parked.get(account).is_some_and(|parked| parked.post == *post) {
            self.parked.remove(account);
        }
    }

    fn set_order(&mut self, ordinal: u32, sequence: u64, stage: OrderStage) {
        if let Some(order) = self.orders.get_mut(&ordinal) {
            (order.stage, order.sequence) = (stage, sequence);
        }
    }

    fn tidy(&mut self, account: &Account) {
        if self.holdings.get(account).is_some_and(|holding| *holding == Holding::default()) {
            self.holdings.remove(account);
        }
    }
}
