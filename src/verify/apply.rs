//! Applies events to the model: adds them up as they are, without judging them. An impossible event is
//! applied as far as it can be.

use compact_str::CompactString;

use super::entries::{Holding, Live, Order, OrderStage, Parked, Stage, Waiter};
use super::limited_card::limited_card;
use super::offer_model::OfferModel;
use super::price::total;
use crate::domain::event::{Authorized, Claim, Event};
use crate::domain::id::{Account, PostId};
use crate::domain::time::Timestamp;

impl OfferModel {
    /// Applies an event. Units move as the event says. Reserved units are also counted from the claims,
    /// independently, so that the balance check can fail.
    pub(super) fn apply(&mut self, sequence: u64, at: Timestamp, event: &Event) {
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
                let live = self.new_live((**claim).clone(), *deadline, at, sequence);
                self.begin(id.ordinal, live);
            }
            Event::Promoted { id, account, units, deadline } => {
                self.available -= i64::from(*units);
                self.last_ordinal = self.last_ordinal.max(id.ordinal);
                if let Some(waiter) = self.take_from_line(account, *units) {
                    let live = self.new_live(waiter.claim, *deadline, at, sequence);
                    self.begin(id.ordinal, Live { from_line: true, ahead: waiter.ahead, ..live });
                }
            }
            Event::Prompted { id, deadline, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    (live.prompted, live.delivered, live.deadline) = (true, true, *deadline);
                }
            }
            Event::PromptMailed { id, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.mailed = true;
                }
            }
            Event::PromptMailDelivered { id, .. } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.delivered = true;
                }
            }
            Event::ReminderDue { id } => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.reminded = true;
                }
            }
            Event::Joined { id, into, .. } => self.join(id.ordinal, *into),
            Event::Confirmed { .. }
            | Event::Authorized(_)
            | Event::Sold { .. }
            | Event::Declined { .. }
            | Event::TakeBackNoted { .. }
            | Event::TakenBack { .. }
            | Event::Refunded { .. }
            | Event::OrderFinal { .. } => self.apply_to_order(sequence, at, event),
            Event::Expired { id, units, .. } | Event::Released { id, units, .. } => {
                self.available += i64::from(*units);
                self.give_back(id.ordinal);
            }
            Event::OfferPaused { .. } | Event::OfferResumed { .. } | Event::CloseOrdered { .. } => {
                self.operate(at, event);
            }
            _ => self.apply_to_line(event),
        }
    }

    /// Applies an operator's order. A resume moves the deadlines that had not passed when they were frozen.
    fn operate(&mut self, at: Timestamp, event: &Event) {
        if let (Event::OfferResumed { moved, .. }, Some((since, _))) = (event, self.operated.paused) {
            for live in self.live.values_mut().filter(|live| live.deadline > since) {
                live.deadline = live.deadline.plus(*moved);
                live.counts_from = live.counts_from.plus(*moved);
            }
        }
        self.operated.apply(at, event);
    }

    /// A new reservation, whose window is counted by the sale's clock.
    fn new_live(&self, claim: Claim, deadline: Timestamp, at: Timestamp, sequence: u64) -> Live {
        Live { counts_from: self.operated.sale_time(at), ..Live::new(claim, deadline, at, sequence) }
    }

    /// Applies an event about the waitlist, or about confirmations that came early.
    fn apply_to_line(&mut self, event: &Event) {
        match event {
            Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
                self.leave_line(&claim.account);
                self.count_card(claim, 1);
                let ticket = self.waitlist.join(&self.terms, Waiter::new((**claim).clone()));
                let holding = self.holdings.entry(claim.account.clone()).or_default();
                holding.ticket = Some(ticket);
                holding.waiting += i64::from(claim.units);
            }
            Event::Drawn { seed, .. } => {
                let window = self.terms.rules.draw.map(|rule| rule.window).unwrap_or_default();
                let ends = self.terms.opens.plus(window);
                self.entries = self.waitlist.cast_lots(&self.terms, seed, ends);
                for (ticket, waiter) in self.waitlist.iter() {
                    self.holdings.entry(waiter.claim.account.clone()).or_default().ticket = Some(ticket);
                }
                self.gathering = false;
            }
            Event::WaiterConfirmed { account, post, .. } => {
                self.unpark(account, post);
                let ticket = self.holdings.get(account).and_then(|holding| holding.ticket);
                if let Some(waiter) = ticket.and_then(|ticket| self.waitlist.get_mut(ticket)) {
                    waiter.ahead.get_or_insert_with(|| post.clone());
                }
            }
            Event::ConfirmationHeard { account, post, cid, .. } => {
                self.heard.insert((account.clone(), post.clone()), (**cid).clone());
            }
            Event::LeftLine { account, .. }
            | Event::LineEnded { account, .. }
            | Event::LineReleased { account, .. } => self.leave_line(account),
            Event::ConfirmParked { account, post, posted_at, until, .. } => {
                let parked = Parked { post: post.clone(), posted_at: *posted_at, until: *until };
                self.parked.insert(account.clone(), parked);
            }
            Event::CancelParked { account, post, posted_at, until, .. } => {
                let parked = Parked { post: post.clone(), posted_at: *posted_at, until: *until };
                self.cancels.entry(account.clone()).or_default().push(parked);
            }
            Event::ParkingEnded { account, post, .. } | Event::ClaimCancelled { account, by: post, .. } => {
                self.unpark(account, post);
            }
            _ => {}
        }
    }

    /// Applies an event about the outcome of an order.
    fn apply_to_order(&mut self, sequence: u64, at: Timestamp, event: &Event) {
        match event {
            Event::Confirmed { id, account, post, .. } => {
                self.unpark(account, post);
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.stage = Stage::Confirmed;
                    let order = Order::new(live.claim.clone(), sequence, at);
                    self.orders.entry(id.ordinal).or_insert(order);
                }
            }
            Event::Authorized(Authorized { id, reference, .. }) => {
                if let Some(live) = self.live.get_mut(&id.ordinal) {
                    live.stage = Stage::Authorized;
                }
                if let Some(order) = self.orders.get_mut(&id.ordinal) {
                    order.payment.clone_from(reference);
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
                if let Some(claim) = self.live.get(&id.ordinal).map(|live| live.claim.clone()) {
                    self.count_returning(&claim, -1);
                }
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

    /// Takes units of an order back. Before the card has answered they are free at once; units that are sold
    /// stay counted until their money is refunded.
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
        self.count_returning(&claim, 1);
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

    /// Moves the units of a reservation to another one, at the total price of both.
    fn join(&mut self, ordinal: u32, into: u32) {
        let Some(joined) = self.end(ordinal) else { return };
        let Some(kept) = self.live.get_mut(&into) else { return };
        let units = i64::from(joined.claim.units);
        kept.claim.units = kept.claim.units.saturating_add(joined.claim.units);
        kept.claim.amount = total(&self.terms, kept.claim.units, kept.claim.rate);
        self.reserved += units;
        self.holdings.entry(kept.claim.account.clone()).or_default().reserved += units;
    }

    /// Ends a reservation that leaves its account nothing.
    fn give_back(&mut self, ordinal: u32) {
        if let Some(live) = self.end(ordinal) {
            self.count_card(&live.claim, -1);
        }
    }

    fn take_from_line(&mut self, account: &Account, units: u32) -> Option<Waiter> {
        let holding = self.holdings.get_mut(account)?;
        let ticket = holding.ticket?;
        let waiter = self.waitlist.take(&self.terms, ticket, units);
        let left = self.waitlist.get(ticket);
        holding.ticket = left.map(|_| ticket);
        holding.waiting = left.map_or(0, |waiter| i64::from(waiter.claim.units));
        self.tidy(account);
        waiter
    }

    fn leave_line(&mut self, account: &Account) {
        let Some(ticket) = self.holdings.get_mut(account).and_then(|holding| holding.ticket.take()) else {
            return;
        };
        if let Some(waiter) = self.waitlist.leave(&self.terms, ticket) {
            self.count_card(&waiter.claim, -1);
            if let Some(holding) = self.holdings.get_mut(account) {
                holding.waiting -= i64::from(waiter.claim.units);
            }
        }
        self.tidy(account);
    }

    /// Counts the units of a claim against its card, where the terms limit units per card.
    fn count_card(&mut self, claim: &Claim, sign: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let card = limited_card(&claim.card);
        let units = self.by_card.entry(card.into()).or_default();
        *units += sign * i64::from(claim.units);
        if *units == 0 {
            self.by_card.remove(card);
        }
    }

    /// Counts the units of an order that wait for their refund, where the terms limit units per card.
    fn count_returning(&mut self, claim: &Claim, sign: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let card = limited_card(&claim.card);
        let units = self.returning_by_card.entry(card.into()).or_default();
        *units += sign * i64::from(claim.units);
        if *units == 0 {
            self.returning_by_card.remove(card);
        }
    }

    fn unpark(&mut self, account: &Account, post: &PostId) {
        if self.parked.get(account).is_some_and(|parked| parked.post == *post) {
            self.parked.remove(account);
        }
        if let Some(cancels) = self.cancels.get_mut(account) {
            cancels.retain(|cancel| cancel.post != *post);
            if cancels.is_empty() {
                self.cancels.remove(account);
            }
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
