//! The book of one offer: the facts added up, as they say and without an opinion. The checks read it
//! before a fact is entered; a fact that cannot be true is entered as far as it goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;

use super::line::Line;
use super::standing::{Holding, Live, Order, OrderStage, Parked, Stage, Takings, Waiter};
use crate::domain::event::{Claim, Event};
use crate::domain::id::{Account, PostId};
use crate::domain::money::Currency;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// One offer as the facts have it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) terms: Terms,
    /// What the terms say, and what was added and withdrawn since.
    pub(super) allotment: i64,
    /// What it came to from which record on, for the ledger.
    pub(super) allotments: Vec<(u64, i64)>,
    /// The keys of its changes.
    pub(super) changes: BTreeSet<CompactString>,
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) sold: i64,
    pub(super) opened: bool,
    pub(super) closed: bool,
    /// Whether the last that was said of the stock is that there is none.
    pub(super) sold_out: bool,
    /// Whether lots are still to be drawn, and among how many they were.
    pub(super) gathering: bool,
    pub(super) entries: u32,
    pub(super) last_ordinal: u32,
    pub(super) live: BTreeMap<u32, Live>,
    pub(super) line: Line,
    pub(super) holdings: HashMap<Account, Holding>,
    /// Units of each card, reserved, sold, in line and on their way back.
    pub(super) by_card: HashMap<CompactString, i64>,
    pub(super) parked: HashMap<Account, Parked>,
    pub(super) orders: BTreeMap<u32, Order>,
    pub(super) takings: Takings,
}

impl Book {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            allotment: i64::from(terms.units),
            allotments: Vec::new(),
            changes: BTreeSet::new(),
            available: i64::from(terms.units),
            reserved: 0,
            sold: 0,
            opened: false,
            closed: false,
            sold_out: false,
            gathering: terms.rules.draw.is_some(),
            entries: 0,
            last_ordinal: 0,
            live: BTreeMap::new(),
            line: Line::default(),
            holdings: HashMap::new(),
            by_card: HashMap::new(),
            parked: HashMap::new(),
            orders: BTreeMap::new(),
            takings: Takings::default(),
            terms,
        }
    }

    /// The account's place in line, if it has one.
    pub(super) fn waiter(&self, account: &Account) -> Option<&Waiter> {
        self.line.get(self.holdings.get(account)?.ticket?)
    }

    /// The account's live reservations.
    pub(super) fn live_of(&self, account: &Account) -> impl Iterator<Item = &Live> {
        let ordinals = self.holdings.get(account).into_iter().flat_map(|holding| &holding.live);
        ordinals.filter_map(|ordinal| self.live.get(ordinal))
    }

    /// The claims by which the account has something that it has not confirmed.
    pub(super) fn open_claims(&self, account: &Account) -> impl Iterator<Item = &Claim> {
        let held = self.live_of(account).filter(|live| live.stage == Stage::Held).map(|live| &live.claim);
        held.chain(self.waiter(account).map(|waiter| &waiter.claim))
    }

    /// What the account would pay for what it has not confirmed, in that currency.
    pub(super) fn open_amount(&self, account: &Account, currency: Currency) -> i128 {
        let amounts = self.open_claims(account).map(|claim| claim.amount);
        amounts.filter(|amount| amount.currency == currency).map(|amount| i128::from(amount.minor)).sum()
    }

    /// Whether the offer needs no confirmation.
    pub(super) fn one_step(&self) -> bool {
        self.terms.confirm_within.ms() == 0
    }

    /// Until when an order of that time can be taken back, arrival included.
    pub(super) fn take_back_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }

    /// Enters a fact. Units come and go as the fact says; what is reserved is counted apart from
    /// that, by the claims, so that the balance can fail.
    pub(super) fn enter(&mut self, sequence: u64, at: Timestamp, event: &Event) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => self.closed = true,
            Event::OfferSoldOut { .. } => self.sold_out = true,
            Event::BackOnSale { .. } => self.sold_out = false,
            Event::Restocked { units, key, .. } => self.change(sequence, i64::from(*units), key),
            Event::Withdrawn { units, key, .. } => self.change(sequence, -i64::from(*units), key),
            Event::Reserved { id, claim, deadline } => {
                self.available -= i64::from(claim.units);
                self.count_card(claim, 1);
                let live = Live::new(claim.clone(), *deadline, at, sequence);
                self.begin(id.ordinal, live);
            }
            Event::Promoted { id, account, units, deadline } => {
                self.available -= i64::from(*units);
                self.last_ordinal = self.last_ordinal.max(id.ordinal);
                if let Some(waiter) = self.take_from_line(account, *units) {
                    let live = Live::new(waiter.claim, *deadline, at, sequence);
                    self.begin(id.ordinal, Live { from_line: true, ahead: waiter.ahead, ..live });
                }
            }
            Event::Prompted { id, deadline, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    (live.prompted, live.deadline) = (true, *deadline);
                }
            }
            Event::PromptMailed { id, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.mailed = true;
                }
            }
            Event::Confirmed { .. }
            | Event::Authorized { .. }
            | Event::Sold { .. }
            | Event::Declined { .. }
            | Event::TakeBackNoted { .. }
            | Event::TakenBack { .. }
            | Event::Refunded { .. }
            | Event::OrderFinal { .. } => self.enter_order(sequence, at, event),
            Event::Expired { id, units, .. } | Event::Released { id, units, .. } => {
                self.available += i64::from(*units);
                self.give_back(id.ordinal);
            }
            _ => self.enter_line(event),
        }
    }

    /// Enters a fact about the line, or about words that were said ahead.
    fn enter_line(&mut self, event: &Event) {
        match event {
            Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
                self.leave_line(&claim.account);
                self.count_card(claim, 1);
                let ticket = self.line.join(&self.terms, Waiter::new(claim.clone()));
                let holding = self.holdings.entry(claim.account.clone()).or_default();
                holding.ticket = Some(ticket);
                holding.waiting += i64::from(claim.units);
            }
            Event::Drawn { seed, .. } => {
                let window = self.terms.rules.draw.map(|rule| rule.window).unwrap_or_default();
                let ends = self.terms.opens.plus(window);
                self.entries = self.line.cast_lots(&self.terms, seed, ends);
                for (ticket, waiter) in self.line.iter() {
                    self.holdings.entry(waiter.claim.account.clone()).or_default().ticket = Some(ticket);
                }
                self.gathering = false;
            }
            Event::WaiterConfirmed { account, post, .. } => {
                self.unpark(account, post);
                let ticket = self.holdings.get(account).and_then(|holding| holding.ticket);
                if let Some(waiter) = ticket.and_then(|ticket| self.line.get_mut(ticket)) {
                    waiter.ahead.get_or_insert_with(|| post.clone());
                }
            }
            Event::LeftLine { account, .. } | Event::LineEnded { account, .. } => self.leave_line(account),
            Event::ConfirmParked { account, post, posted_at, until, .. } => {
                let parked = Parked { post: post.clone(), posted_at: *posted_at, until: *until };
                self.parked.insert(account.clone(), parked);
            }
            Event::ParkingEnded { account, post, .. } => self.unpark(account, post),
            _ => {}
        }
    }

    /// Enters a fact about what became of an order.
    fn enter_order(&mut self, sequence: u64, at: Timestamp, event: &Event) {
        match event {
            Event::Confirmed { id, account, post, .. } => {
                self.unpark(account, post);
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.stage = Stage::Confirmed;
                    let order = Order::new(live.claim.clone(), sequence, at);
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
                self.give_back(id.ordinal);
                self.set_order(id.ordinal, sequence, OrderStage::Declined { authorized });
            }
            Event::TakeBackNoted { id, post, .. } => {
                if let Some(order) = self.orders.get_mut(&id.ordinal) {
                    order.taking_back.get_or_insert_with(|| post.clone());
                }
            }
            Event::TakenBack { id, units, .. } => self.take_back(id.ordinal, *units, sequence, at),
            Event::Refunded { id, units, .. } => {
                self.available += i64::from(*units);
                self.give_back(id.ordinal);
                self.set_order(id.ordinal, sequence, OrderStage::Refunded);
            }
            Event::OrderFinal { id } => {
                if let Some(order) = self.orders.get_mut(&id.ordinal) {
                    (order.is_final, order.sequence) = (true, sequence);
                }
            }
            _ => {}
        }
    }

    /// What is taken back before the card has answered comes back at once; what is sold is kept until
    /// its money is back.
    fn take_back(&mut self, ordinal: u32, units: u32, sequence: u64, at: Timestamp) {
        if self.live.contains_key(&ordinal) {
            self.available += i64::from(units);
            self.give_back(ordinal);
            self.set_order(ordinal, sequence, OrderStage::TakenBack);
            return;
        }
        self.sold -= i64::from(units);
        let Some(order) = self.orders.get(&ordinal) else { return };
        let claim = order.claim.clone();
        if let Some(holding) = self.holdings.get_mut(&claim.account) {
            holding.sold -= i64::from(units);
        }
        let live = Live::new(claim, Timestamp::MIN, at, sequence);
        self.begin(ordinal, Live { stage: Stage::Returning, ..live });
        self.set_order(ordinal, sequence, OrderStage::Returning);
    }

    fn change(&mut self, sequence: u64, units: i64, key: &CompactString) {
        self.allotment += units;
        self.available += units;
        self.allotments.push((sequence, self.allotment));
        self.changes.insert(key.clone());
    }

    fn begin(&mut self, ordinal: u32, live: Live) {
        self.end(ordinal);
        let units = i64::from(live.claim.units);
        self.reserved += units;
        self.last_ordinal = self.last_ordinal.max(ordinal);
        let holding = self.holdings.entry(live.claim.account.clone()).or_default();
        holding.live.push(ordinal);
        if live.is_kept() {
            holding.reserved += units;
        }
        self.live.insert(ordinal, live);
    }

    fn end(&mut self, ordinal: u32) -> Option<Live> {
        let live = self.live.remove(&ordinal)?;
        let units = i64::from(live.claim.units);
        self.reserved -= units;
        if let Some(holding) = self.holdings.get_mut(&live.claim.account) {
            holding.live.retain(|own| *own != ordinal);
            if live.is_kept() {
                holding.reserved -= units;
            }
        }
        self.tidy(&live.claim.account);
        Some(live)
    }

    /// Ends a reservation of which nothing stays with its account.
    fn give_back(&mut self, ordinal: u32) {
        if let Some(live) = self.end(ordinal) {
            self.count_card(&live.claim, -1);
        }
    }

    fn take_from_line(&mut self, account: &Account, units: u32) -> Option<Waiter> {
        let holding = self.holdings.get_mut(account)?;
        let ticket = holding.ticket?;
        let waiter = self.line.take(&self.terms, ticket, units);
        let left = self.line.get(ticket);
        holding.ticket = left.map(|_| ticket);
        holding.waiting = left.map_or(0, |waiter| i64::from(waiter.claim.units));
        self.tidy(account);
        waiter
    }

    fn leave_line(&mut self, account: &Account) {
        let Some(ticket) = self.holdings.get_mut(account).and_then(|holding| holding.ticket.take()) else {
            return;
        };
        if let Some(waiter) = self.line.leave(&self.terms, ticket) {
            self.count_card(&waiter.claim, -1);
            if let Some(holding) = self.holdings.get_mut(account) {
                holding.waiting -= i64::from(waiter.claim.units);
            }
        }
        self.tidy(account);
    }

    /// Counts the units of a claim for its card, where cards have a limit.
    fn count_card(&mut self, claim: &Claim, sign: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let units = self.by_card.entry(claim.card.clone()).or_default();
        *units += sign * i64::from(claim.units);
        if *units == 0 {
            self.by_card.remove(&claim.card);
        }
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
