//! An offer: its units, who holds them, and who waits. The only judge of its stock.
//!
//! Invariant, asserted after every fact: `available + reserved + sold = allotment`, and nobody waits who
//! could be served with what is available (once lots are drawn, where the opening is drawn).

mod decide;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::ops::Bound;

use compact_str::CompactString;
use smallvec::SmallVec;

pub use decide::{Ask, DUE_PER_DECISION};

use super::agenda::Agenda;
use super::draw::{Seed, draw, entry_line};
use super::effect::About;
use super::event::{Claim, Event};
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::order::{Order, OrderStage};
use super::reservation::{Next, Reservation, Stage, Step};
use super::terms::Terms;
use super::time::{Millis, Timestamp};
use super::waitlist::{Ticket, Waitlist};

/// What one account has of an offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Holding {
    /// Live reservations, the oldest first. There are several where a claim got its units in parts, and
    /// where an order that was taken back waits for its refund.
    reservations: SmallVec<[u32; 2]>,
    ticket: Option<Ticket>,
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
    /// What the terms say, and what was added and withdrawn since.
    allotment: u32,
    available: u32,
    reserved: u32,
    sold: u32,
    opened: bool,
    closed: bool,
    /// Whether the last that was said of the stock is that there is none.
    sold_out: bool,
    next_ordinal: u32,
    reservations: BTreeMap<u32, Reservation>,
    orders: BTreeMap<u32, Order>,
    waitlist: Waitlist,
    holdings: HashMap<Account, Holding, foldhash::quality::RandomState>,
    /// When each held reservation is released, unless it is confirmed.
    releases: Agenda<u32>,
    /// When a prompt that is not delivered goes by e-mail, in the order of the reservations.
    prompts: VecDeque<(Timestamp, u32)>,
    /// Units of each card, reserved, sold and in line; kept only where cards have a limit.
    by_card: HashMap<CompactString, u32, foldhash::quality::RandomState>,
    /// When the time to take an order back is over; kept only where there is such a time.
    finals: Agenda<u32>,
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
            reservations: BTreeMap::new(),
            orders: BTreeMap::new(),
            waitlist: Waitlist::default(),
            holdings: HashMap::default(),
            releases: Agenda::default(),
            prompts: VecDeque::new(),
            by_card: HashMap::default(),
            finals: Agenda::default(),
            revocable: HashMap::default(),
            drawn: None,
            changes: BTreeMap::new(),
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
            allotment: self.allotment,
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

    /// The account's oldest live reservation.
    #[must_use]
    pub fn reservation_of(&self, account: &Account) -> Option<(ReservationId, &Reservation)> {
        self.reservations_of(account).next()
    }

    /// The account's live reservations, the oldest first.
    pub fn reservations_of(&self, account: &Account) -> impl Iterator<Item = (ReservationId, &Reservation)> {
        let ordinals = self.holdings.get(account).into_iter().flat_map(|holding| &holding.reservations);
        ordinals.filter_map(|&ordinal| Some((self.id(ordinal), self.reservations.get(&ordinal)?)))
    }

    /// The claims by which the account holds a reservation that is not confirmed, or a place in line.
    pub fn claims_of(&self, account: &Account) -> impl Iterator<Item = &Claim> {
        let held = self.reservations_of(account).filter(|(_, reservation)| reservation.stage == Stage::Held);
        let ticket = self.holdings.get(account).and_then(|holding| holding.ticket);
        let waiting = ticket.and_then(|ticket| self.waitlist.get(ticket)).map(|waiter| &waiter.claim);
        held.map(|(_, reservation)| &reservation.claim).chain(waiting)
    }

    /// Whether the account has a live reservation or a place in line.
    #[must_use]
    pub fn is_held_by(&self, account: &Account) -> bool {
        let holding = self.holdings.get(account);
        holding.is_some_and(|holding| !holding.reservations.is_empty() || holding.ticket.is_some())
    }

    /// The account's place in line, from 1; before lots are drawn nobody has one.
    #[must_use]
    pub fn place_of(&self, account: &Account) -> Option<u32> {
        let ticket = self.holdings.get(account)?.ticket.filter(|_| !self.is_gathering())?;
        Some(self.waitlist.place(ticket))
    }

    /// What somebody who waits may hope for.
    #[must_use]
    pub fn outlook(&self) -> About {
        let reserved = u32::try_from(self.reservations.len()).unwrap_or(u32::MAX);
        About::Line { reserved, earliest: self.releases.first().map(|(due, _)| due) }
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

    /// Whether somebody waits who can be served now. Then that is the next that happens.
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

    /// Applies a fact about this offer, recorded at `at`.
    ///
    /// # Panics
    /// When the fact contradicts the state: the journal and the rules then disagree, and to go on
    /// would be to sell on a wrong count.
    pub fn evolve(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => (self.opened, self.closed) = (true, true),
            Event::OfferSoldOut { .. } => self.sold_out = true,
            Event::BackOnSale { .. } => self.sold_out = false,
            Event::Restocked { units, key, .. } => self.restock(*units, key),
            Event::Withdrawn { units, key, .. } => self.withdraw(*units, key),
            Event::Reserved { id, claim, deadline } => {
                self.count_card(&claim.card, i64::from(claim.units));
                self.reserve(at, id.ordinal, claim.clone(), *deadline);
            }
            Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => self.join_line(claim),
            Event::WaiterConfirmed { account, post, .. } => {
                if let Some(ticket) = self.holding(account).ticket
                    && let Some(waiter) = self.waitlist.get_mut(ticket)
                {
                    waiter.confirmed.get_or_insert_with(|| post.clone());
                }
            }
            Event::Drawn { seed, .. } => self.cast_lots(seed),
            Event::Promoted { id, account, units, deadline } => {
                let claim = self.take_from_line(account, *units);
                self.reserve(at, id.ordinal, claim, *deadline);
            }
            Event::LeftLine { account, .. } | Event::LineEnded { account, .. } => {
                let claim = self.leave_line(account);
                self.count_card(&claim.card, -i64::from(claim.units));
            }
            Event::OfferAdded { .. }
            | Event::ConfirmParked { .. }
            | Event::ParkingEnded { .. }
            | Event::Delivered { .. }
            | Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::AccountFrozen { .. }
            | Event::AccountUnfrozen { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountHeard { .. }
            | Event::CreditOfferAdded { .. }
            | Event::Enrolled { .. }
            | Event::PurchaseCredited { .. }
            | Event::PurchaseNotCounted { .. }
            | Event::RefundParked { .. }
            | Event::CreditReversed { .. } => {}
            _ => self.evolve_reservation(at, event),
        }
        self.forget_prompts();
    }

    /// Applies a fact about a reservation, or the order that it became.
    fn evolve_reservation(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Prompted { id, prompt, deadline, .. } => {
                let grace = self.terms.late_grace;
                let reservation = self.live(id.ordinal);
                reservation.prompt = Some(prompt.clone());
                reservation.deadline = *deadline;
                self.releases.set(&id.ordinal, Some(deadline.plus(grace)));
            }
            Event::PromptMailed { id, .. } => self.live(id.ordinal).mailed = true,
            Event::Confirmed { id, .. } => self.place_order(id.ordinal, at),
            Event::Authorized { id, .. } => {
                self.step(id.ordinal, Step::Authorize);
                self.order_mut(id.ordinal).stage = OrderStage::Authorized;
            }
            Event::Sold { id, account, units, .. } => {
                self.step(id.ordinal, Step::Sell);
                self.holding(account).sold += units;
                self.order_mut(id.ordinal).stage = OrderStage::Sold;
                self.await_last_word(id.ordinal);
            }
            Event::Declined { id, .. } => {
                self.step(id.ordinal, Step::Decline);
                self.order_mut(id.ordinal).stage = OrderStage::Declined;
                self.close_order(id.ordinal);
            }
            Event::Expired { id, account, .. } => {
                self.step(id.ordinal, Step::Expire);
                self.holding(account).expired_at = Some(at);
            }
            Event::Released { id, .. } => self.step(id.ordinal, Step::Release),
            Event::TakeBackNoted { id, post, .. } => {
                self.order_mut(id.ordinal).taking_back = Some(post.clone());
            }
            Event::TakenBack { id, .. } => self.take_back(id.ordinal),
            Event::Refunded { id, .. } => {
                self.step(id.ordinal, Step::Refund);
                self.order_mut(id.ordinal).stage = OrderStage::Refunded;
            }
            Event::OrderFinal { id } => self.close_order(id.ordinal),
            _ => {}
        }
    }

    /// Asserts the promise that no unit is lost or made up, and that none lies idle while somebody waits
    /// who could have it; unless so many are due that the rest follows in the next decision. To be called
    /// when all facts of one decision are applied.
    ///
    /// # Panics
    /// When the promise is broken.
    pub fn assert_conserved(&self, more_is_due: bool) {
        let counted = u64::from(self.available) + u64::from(self.reserved) + u64::from(self.sold);
        assert_eq!(counted, u64::from(self.allotment), "units of {} are not conserved", self.terms.id);
        assert!(more_is_due || !self.line_is_due(), "a unit of {} lies idle", self.terms.id);
    }

    fn holding(&mut self, account: &Account) -> &mut Holding {
        self.holdings.entry(account.clone()).or_default()
    }

    fn live(&mut self, ordinal: u32) -> &mut Reservation {
        self.reservations.get_mut(&ordinal).expect("facts name live reservations")
    }

    fn order_mut(&mut self, ordinal: u32) -> &mut Order {
        self.orders.get_mut(&ordinal).expect("a confirmed reservation has its order")
    }

    fn restock(&mut self, units: u32, key: &CompactString) {
        self.allotment = self.allotment.checked_add(units).expect("the decision counted them");
        self.available += units;
        self.changes.insert(key.clone(), i64::from(units));
    }

    fn withdraw(&mut self, units: u32, key: &CompactString) {
        self.available = self.available.checked_sub(units).expect("only available units are withdrawn");
        self.allotment -= units;
        self.changes.insert(key.clone(), -i64::from(units));
    }

    /// Counts units of a card, where cards have a limit.
    fn count_card(&mut self, card: &CompactString, units: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let had = self.by_card.get(card).copied().unwrap_or(0);
        match u32::try_from(i64::from(had) + units).expect("no card gives more back than it had") {
            0 => drop(self.by_card.remove(card)),
            left => drop(self.by_card.insert(card.clone(), left)),
        }
    }

    fn reserve(&mut self, at: Timestamp, ordinal: u32, claim: Claim, deadline: Timestamp) {
        let units = claim.units;
        self.available = self.available.checked_sub(units).expect("only available units are reserved");
        self.reserved += units;
        self.next_ordinal = ordinal + 1;
        let holding = self.holding(&claim.account);
        holding.reservations.push(ordinal);
        holding.expired_at = None;
        self.releases.set(&ordinal, Some(deadline.plus(self.terms.late_grace)));
        // Without patience the window has begun: there is nothing that the prompt could start any more.
        if self.terms.prompt_patience > Millis::ZERO {
            self.prompts.push_back((at.plus(self.terms.prompt_patience), ordinal));
        }
        let (stage, prompt, mailed) = (Stage::Held, None, false);
        self.reservations.insert(ordinal, Reservation { claim, stage, deadline, prompt, mailed });
    }

    /// Strikes out the first of those whose prompts are waited for, as far as nobody waits any more.
    fn forget_prompts(&mut self) {
        while let Some((_, ordinal)) = self.prompts.front() {
            let reservation = self.reservations.get(ordinal);
            if reservation.is_some_and(Reservation::awaits_prompt) {
                return;
            }
            self.prompts.pop_front();
        }
    }

    fn join_line(&mut self, claim: &Claim) {
        self.count_card(&claim.card, i64::from(claim.units));
        let least = if self.terms.rules.partial { 1 } else { claim.units };
        let ticket = self.waitlist.join(claim.clone(), least);
        self.holding(&claim.account).ticket = Some(ticket);
    }

    /// Gives a waiter units: the whole claim, or a part, and the waiter keeps the place for the rest.
    fn take_from_line(&mut self, account: &Account, units: u32) -> Claim {
        let ticket = self.holding(account).ticket.expect("only a waiter is promoted");
        let waiter = self.waitlist.get_mut(ticket).expect("a ticket has its waiter");
        let rest = waiter.claim.units.checked_sub(units).expect("nobody gets more than was asked for");
        if rest == 0 {
            return self.leave_line(account);
        }
        let part = part_of(&waiter.claim, units, &self.terms);
        waiter.claim = part_of(&waiter.claim, rest, &self.terms);
        part
    }

    fn leave_line(&mut self, account: &Account) -> Claim {
        let ticket = self.holding(account).ticket.take();
        let waiter = ticket.and_then(|ticket| self.waitlist.leave(ticket));
        self.tidy(account);
        waiter.expect("only a waiter leaves the line").claim
    }

    /// Puts the line into the order of the draw: first the entries by their lots, then who came after the
    /// window, in the order of arrival.
    fn cast_lots(&mut self, seed: &Seed) {
        let ends = self.terms.draw_window_ends().expect("only an offer with a draw draws lots");
        let mut entries = Vec::new();
        let (mut entered, mut behind) = (Vec::new(), Vec::new());
        for (place, waiter) in self.waitlist.iter().enumerate() {
            if waiter.claim.posted_at < ends {
                entries.push(entry_line(&waiter.claim.account, &waiter.claim.post));
                entered.push((place, waiter.claim.account.clone(), waiter.claim.post.clone()));
            } else {
                behind.push(place);
            }
        }
        let drawn: Vec<_> =
            draw(seed, &entries).into_iter().filter_map(|lot| entered.get(lot).cloned()).collect();
        let order = drawn.iter().map(|(place, ..)| *place).chain(behind);
        let tickets = self.waitlist.reorder(order.collect::<Vec<_>>());
        for ticket in tickets {
            let account = self.waitlist.get(ticket).expect("just given").claim.account.clone();
            self.holding(&account).ticket = Some(ticket);
        }
        self.drawn = Some(drawn.into_iter().map(|(_, account, post)| (account, post)).collect());
    }

    fn place_order(&mut self, ordinal: u32, at: Timestamp) {
        self.step(ordinal, Step::Confirm);
        let claim = self.live(ordinal).claim.clone();
        if self.terms.rules.take_back.is_some() {
            self.revocable.entry(claim.account.clone()).or_default().push(ordinal);
        }
        let order = Order { claim, placed_at: at, stage: OrderStage::Placed, taking_back: None };
        self.orders.insert(ordinal, order);
    }

    /// Until when an order that was placed then can be taken back, arrival included.
    fn revocable_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }

    fn await_last_word(&mut self, ordinal: u32) {
        let placed_at = self.order_mut(ordinal).placed_at;
        if let Some(until) = self.revocable_until(placed_at) {
            self.finals.set(&ordinal, Some(until));
        }
    }

    /// An order that cannot be taken back any more.
    fn close_order(&mut self, ordinal: u32) {
        self.finals.set(&ordinal, None);
        let account = self.order_mut(ordinal).claim.account.clone();
        if let Some(orders) = self.revocable.get_mut(&account) {
            orders.retain(|order| *order != ordinal);
            if orders.is_empty() {
                self.revocable.remove(&account);
            }
        }
    }

    fn take_back(&mut self, ordinal: u32) {
        self.close_order(ordinal);
        let order = self.order_mut(ordinal);
        if order.stage == OrderStage::Placed {
            order.stage = OrderStage::TakenBack;
            self.step(ordinal, Step::TakeBack);
            return;
        }
        assert_eq!(order.stage, OrderStage::Sold, "only what is captured is refunded");
        order.stage = OrderStage::Returning;
        let claim = order.claim.clone();
        self.sold -= claim.units;
        self.reserved += claim.units;
        let holding = self.holding(&claim.account);
        holding.sold -= claim.units;
        holding.reservations.push(ordinal);
        let (stage, deadline) = (Stage::Returning, Timestamp::MIN);
        self.reservations
            .insert(ordinal, Reservation { claim, stage, deadline, prompt: None, mailed: false });
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
            _ => {
                self.available += ended.units;
                self.count_card(&ended.card, -i64::from(ended.units));
            }
        }
        self.holding(&ended.account).reservations.retain(|live| *live != ordinal);
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
        let counts = (self.allotment, self.available, self.reserved, self.sold, self.next_ordinal);
        let said = (self.opened, self.closed, self.sold_out);
        (self.no, self.terms.id.as_str(), counts, said).hash(hasher);
        (&self.reservations, &self.orders, &self.waitlist, &self.drawn, &self.changes).hash(hasher);
        let holdings: BTreeMap<_, _> = self.holdings.iter().collect();
        let cards: BTreeMap<_, _> = self.by_card.iter().collect();
        let revocable: BTreeMap<_, _> = self.revocable.iter().collect();
        (holdings, cards, revocable).hash(hasher);
    }
}

/// A part of a claim, at the price and tax that were agreed.
fn part_of(claim: &Claim, units: u32, terms: &Terms) -> Claim {
    let amount = terms.total_at(units, claim.rate).expect("a part of what could be counted can be");
    Claim { units, amount, ..claim.clone() }
}
