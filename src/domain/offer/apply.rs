//! How events change an offer.

use std::sync::Arc;

use compact_str::CompactString;

use super::{Offer, is_held, part_of};
use crate::domain::card_name::card_name;
use crate::domain::draw::{Seed, draw, entry_line};
use crate::domain::event::{Authorized, Claim, Event};
use crate::domain::holding::Holding;
use crate::domain::objection::Objection;
use crate::domain::order::{Order, OrderStage};
use crate::domain::reservation::{Next, Reservation, Stage, Step};
use crate::domain::time::{Millis, Timestamp};

impl Offer {
    /// Applies an event about this offer, recorded at `at`. `holding` belongs to the account that the event
    /// names; an event that names no account leaves it alone.
    ///
    /// # Panics
    /// Panics if the event contradicts the state: journal and rules disagree, and the count of units would be
    /// wrong.
    pub fn apply(&mut self, at: Timestamp, event: &Event, holding: &mut Holding) {
        match event {
            Event::OfferOpened { .. } => self.opened = true,
            Event::OfferClosed { .. } => (self.opened, self.closed) = (true, true),
            Event::OfferPaused { .. } | Event::CloseOrdered { .. } => self.control.apply(at, event),
            Event::OfferResumed { moved, .. } => {
                self.move_deadlines(*moved);
                self.control.apply(at, event);
            }
            Event::OfferSoldOut { .. } => self.sold_out = true,
            Event::BackOnSale { .. } => self.sold_out = false,
            Event::Restocked { units, key, .. } => self.restock(*units, key),
            Event::Withdrawn { units, key, .. } => self.withdraw(*units, key),
            Event::Reserved { id, claim, deadline } => {
                self.count_card(&claim.card, i64::from(claim.units));
                holding.lapsed.clear();
                self.reserve(at, id.ordinal, Arc::clone(claim), *deadline, holding);
            }
            Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => self.join_line(claim, holding),
            Event::WaiterConfirmed { post, .. } => {
                if let Some(ticket) = holding.ticket
                    && let Some(waiter) = self.waitlist.get_mut(ticket)
                {
                    waiter.confirmed.get_or_insert_with(|| post.clone());
                }
            }
            Event::ConfirmationHeard { post, cid, .. } => {
                if let Some(waiter) = holding.ticket.and_then(|ticket| self.waitlist.get_mut(ticket))
                    && waiter.confirmed.as_ref() == Some(post)
                {
                    waiter.cid = Some(cid.clone());
                }
            }
            Event::Drawn { seed, .. } => self.cast_lots(seed),
            Event::Promoted { id, units, deadline, .. } => {
                let claim = self.take_from_line(*units, holding);
                self.reserve(at, id.ordinal, claim, *deadline, holding);
            }
            Event::LeftLine { .. } | Event::LineEnded { .. } | Event::LineReleased { .. } => {
                let claim = self.leave_line(holding);
                self.count_card(&claim.card, -i64::from(claim.units));
            }
            Event::OfferAdded { .. }
            | Event::OfferCorrected { .. }
            | Event::CreditOfferCorrected { .. }
            | Event::ConfirmParked { .. }
            | Event::ParkingEnded { .. }
            | Event::CancelParked { .. }
            | Event::ClaimCancelled { .. }
            | Event::DeletionParked { .. }
            | Event::Delivered(_)
            | Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::MailBounced { .. }
            | Event::AccountFrozen { .. }
            | Event::AccountUnfrozen { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountOptedIn { .. }
            | Event::CreditOfferAdded { .. }
            | Event::Enrolled { .. }
            | Event::PurchaseCredited { .. }
            | Event::PurchaseNotCounted { .. }
            | Event::RefundParked { .. }
            | Event::TransactionParked { .. }
            | Event::CreditReversed { .. }
            | Event::LanePaused { .. }
            | Event::LaneProbed { .. }
            | Event::LaneResumed { .. }
            | Event::DeadLetterRetried { .. }
            | Event::DeadLetterSettled { .. } => {}
            _ => self.evolve_reservation(at, event, holding),
        }
    }

    /// Applies an event about a reservation, or about the order that it became.
    fn evolve_reservation(&mut self, at: Timestamp, event: &Event, holding: &mut Holding) {
        match event {
            Event::Prompted { id, prompt, deadline, .. } => {
                self.live(id.ordinal).prompt = Some(prompt.clone());
                self.move_deadline(id.ordinal, *deadline);
                self.forget_prompt(id.ordinal);
                self.schedule_reminder(id.ordinal);
            }
            Event::PromptMailed { id, .. } => {
                self.live(id.ordinal).mailed = true;
                self.forget_prompt(id.ordinal);
            }
            Event::PromptMailDelivered { id, .. } => self.schedule_reminder(id.ordinal),
            Event::ReminderDue { id } => self.end_reminder(id.ordinal),
            Event::Joined { id, into, .. } => self.join(id.ordinal, *into, holding),
            Event::Confirmed { id, .. } => self.place_order(id.ordinal, at, holding),
            Event::Authorized(Authorized { id, reference, .. }) => {
                self.step(id.ordinal, Step::Authorize, holding);
                let order = self.order_mut(id.ordinal);
                order.stage = OrderStage::Authorized;
                order.payment.clone_from(reference);
            }
            Event::Sold { id, units, .. } => {
                self.step(id.ordinal, Step::Sell, holding);
                holding.sold += units;
                self.order_mut(id.ordinal).stage = OrderStage::Sold;
                self.schedule_final(id.ordinal);
            }
            Event::Declined { id, .. } => {
                self.step(id.ordinal, Step::Decline, holding);
                self.order_mut(id.ordinal).stage = OrderStage::Declined;
                self.close_order(id.ordinal);
            }
            Event::Expired { id, .. } => drop(self.step(id.ordinal, Step::Expire, holding)),
            Event::Released { id, .. } => drop(self.step(id.ordinal, Step::Release, holding)),
            Event::TakeBackNoted { id, post, .. } => {
                self.order_mut(id.ordinal).taking_back = Some(post.clone());
            }
            Event::TakenBack { id, .. } => self.take_back(id.ordinal, holding),
            Event::Refunded { id, .. } => {
                self.step(id.ordinal, Step::Refund, holding);
                self.order_mut(id.ordinal).stage = OrderStage::Refunded;
            }
            Event::OrderFinal { id } => self.close_order(id.ordinal),
            Event::Disputed { id, dispute } => {
                self.note_objection(id.ordinal, Objection::Dispute((**dispute).clone()));
            }
            Event::FraudWarned { id, warning } => {
                self.note_objection(id.ordinal, Objection::FraudWarning((**warning).clone()));
            }
            _ => {}
        }
    }

    pub(super) fn live(&mut self, ordinal: u32) -> &mut Reservation {
        self.reservations.get_mut(ordinal).expect("facts name live reservations")
    }

    fn order_mut(&mut self, ordinal: u32) -> &mut Order {
        self.orders.get_mut(ordinal).expect("a confirmed reservation has its order")
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

    /// Counts the units of a card, if the offer limits cards.
    fn count_card(&mut self, token: &str, units: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let card = card_name(token);
        let had = self.by_card.get(card).copied().unwrap_or(0);
        match u32::try_from(i64::from(had) + units).expect("no card gives more back than it had") {
            0 => drop(self.by_card.remove(card)),
            left => drop(self.by_card.insert(card.into(), left)),
        }
    }

    /// Counts the units of a card that wait for their refund, if the offer limits cards.
    pub(super) fn count_returning(&mut self, token: &str, units: i64) {
        if self.terms.rules.limit_per_card.is_none() {
            return;
        }
        let card = card_name(token);
        let had = self.returning.get(card).copied().unwrap_or(0);
        match u32::try_from(i64::from(had) + units).expect("no card gets more back than it had") {
            0 => drop(self.returning.remove(card)),
            left => drop(self.returning.insert(card.into(), left)),
        }
    }

    fn reserve(
        &mut self,
        at: Timestamp,
        ordinal: u32,
        claim: Arc<Claim>,
        deadline: Timestamp,
        holding: &mut Holding,
    ) {
        let units = claim.units;
        self.available = self.available.checked_sub(units).expect("only available units are reserved");
        self.reserved += units;
        self.next_ordinal = ordinal + 1;
        holding.reservations.push(ordinal);
        holding.expired = false;
        // Without patience the window starts at once, and no prompt has to start it.
        if self.terms.prompt_patience > Millis::ZERO {
            self.prompts.push_back((at.plus(self.terms.prompt_patience), ordinal));
        }
        self.releases.insert(self.terms.released_at(deadline), ordinal);
        self.reservations.insert(ordinal, Reservation::new(claim, Stage::Held, deadline));
    }

    /// Removes a held reservation from the queue of releases, because another event ends the hold.
    fn forget_release(&mut self, ordinal: u32) {
        let held = self.reservations.get(ordinal).filter(|reservation| reservation.stage == Stage::Held);
        if let Some(release) = held.map(|held| self.terms.released_at(held.deadline)) {
            let Self { releases, reservations, terms, .. } = self;
            releases.remove(release, ordinal, |due, other| is_held(reservations, terms, due, other));
        }
    }

    /// Changes the deadline of a held reservation.
    fn move_deadline(&mut self, ordinal: u32, deadline: Timestamp) {
        let before = self.live(ordinal).deadline;
        let release = self.terms.released_at(deadline);
        // A removed entry must not be inserted again with the same deadline.
        if self.terms.released_at(before) != release {
            self.forget_release(ordinal);
            self.releases.insert(release, ordinal);
        }
        self.live(ordinal).deadline = deadline;
    }

    /// Removes a reservation from the queue of awaited prompts: its next event, whichever it is, ends the
    /// wait. The front of the queue always awaits its prompt; other entries are dropped when they come to the
    /// front.
    fn forget_prompt(&mut self, ordinal: u32) {
        if self.prompts.front().is_none_or(|(_, first)| *first != ordinal) {
            return;
        }
        self.prompts.pop_front();
        while let Some((_, next)) = self.prompts.front() {
            if self.reservations.get(*next).is_some_and(Reservation::awaits_prompt) {
                return;
            }
            self.prompts.pop_front();
        }
    }

    fn join_line(&mut self, claim: &Arc<Claim>, holding: &mut Holding) {
        self.count_card(&claim.card, i64::from(claim.units));
        self.entered += u32::from(self.is_gathering() && self.takes_part(claim.posted_at));
        let least = if self.terms.rules.partial { 1 } else { claim.units };
        holding.ticket = Some(self.waitlist.join(Arc::clone(claim), least));
    }

    /// Gives units to a waiter: the whole claim, or a part. With a part the waiter keeps the place for the
    /// rest.
    fn take_from_line(&mut self, units: u32, holding: &mut Holding) -> Arc<Claim> {
        let ticket = holding.ticket.expect("only a waiter is promoted");
        let waiter = self.waitlist.get_mut(ticket).expect("a ticket has its waiter");
        let rest = waiter.claim.units.checked_sub(units).expect("nobody gets more than was asked for");
        if rest > 0 {
            let part = part_of(&waiter.claim, units, &self.terms);
            waiter.claim = Arc::new(part_of(&waiter.claim, rest, &self.terms));
            return Arc::new(part);
        }
        holding.ticket = None;
        self.waitlist.leave(ticket).expect("found above").claim
    }

    fn leave_line(&mut self, holding: &mut Holding) -> Arc<Claim> {
        let waiter = holding.ticket.take().and_then(|ticket| self.waitlist.leave(ticket));
        let claim = waiter.expect("only a waiter leaves the line").claim;
        self.entered -= u32::from(self.is_gathering() && self.takes_part(claim.posted_at));
        claim
    }

    /// Puts the line into the order of the draw: first the entries in drawn order, then the claims after the
    /// draw's window, in the order of arrival. Each waiter in [`Self::line`] gets a new ticket.
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
        self.waitlist.reorder(order.collect::<Vec<_>>());
        self.entered = 0;
        self.drawn = Some(drawn.into_iter().map(|(_, account, post)| (account, post)).collect());
    }

    /// Moves the units of a held reservation to another one of the same claim.
    fn join(&mut self, ordinal: u32, into: u32, holding: &mut Holding) {
        self.forget_prompt(ordinal);
        self.forget_release(ordinal);
        self.forget_reminder(ordinal);
        let joined = self.reservations.remove(ordinal).expect("facts name live reservations");
        let kept = self.reservations.get_mut(into).expect("facts name live reservations");
        assert_eq!((joined.stage, kept.stage), (Stage::Held, Stage::Held), "only what is held is joined");
        assert_eq!(joined.claim.post, kept.claim.post, "only parts of one claim are joined");
        kept.claim = Arc::new(part_of(&kept.claim, kept.claim.units + joined.claim.units, &self.terms));
        holding.reservations.retain(|live| *live != ordinal);
        self.joined.insert(ordinal, into);
    }

    fn place_order(&mut self, ordinal: u32, at: Timestamp, holding: &mut Holding) {
        let claim = self.step(ordinal, Step::Confirm, holding);
        if self.terms.rules.take_back.is_some() {
            self.revocable.entry(claim.account.clone()).or_default().push(ordinal);
        }
        let (stage, payment, taking_back) = (OrderStage::Placed, None, None);
        let order = Order { claim, placed_at: at, stage, payment, taking_back };
        self.orders.insert(ordinal, order);
    }

    fn schedule_final(&mut self, ordinal: u32) {
        let placed_at = self.order_mut(ordinal).placed_at;
        if let Some(until) = self.revocable_until(placed_at) {
            self.finals.set(&ordinal, Some(until));
        }
    }

    /// Makes an order final: it cannot be taken back any more.
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

    fn take_back(&mut self, ordinal: u32, holding: &mut Holding) {
        self.close_order(ordinal);
        let order = self.order_mut(ordinal);
        if order.stage == OrderStage::Placed {
            order.stage = OrderStage::TakenBack;
            self.step(ordinal, Step::TakeBack, holding);
            return;
        }
        assert_eq!(order.stage, OrderStage::Sold, "only what is captured is refunded");
        order.stage = OrderStage::Returning;
        let claim = order.claim.clone();
        self.count_returning(&claim.card, i64::from(claim.units));
        self.sold -= claim.units;
        self.reserved += claim.units;
        holding.sold -= claim.units;
        holding.reservations.push(ordinal);
        self.reservations.insert(ordinal, Reservation::new(claim, Stage::Returning, Timestamp::MIN));
    }

    /// Moves a reservation to its next stage. Where it ends, its units are counted as sold or available.
    /// Returns its claim.
    fn step(&mut self, ordinal: u32, step: Step, holding: &mut Holding) -> Arc<Claim> {
        self.forget_prompt(ordinal);
        self.forget_release(ordinal);
        self.forget_reminder(ordinal);
        let reservation = self.live(ordinal);
        let next = reservation.stage.after(step).expect("facts are legal transitions");
        if let Next::Stage(next) = next {
            reservation.stage = next;
            return Arc::clone(&reservation.claim);
        }
        let ended = self.reservations.remove(ordinal).expect("just found");
        let claim = &ended.claim;
        self.reserved -= claim.units;
        match next {
            Next::Sold => self.sold += claim.units,
            _ => {
                self.available += claim.units;
                self.count_card(&claim.card, -i64::from(claim.units));
                if step == Step::Refund {
                    self.count_returning(&claim.card, -i64::from(claim.units));
                }
            }
        }
        holding.reservations.retain(|live| *live != ordinal);
        if step == Step::Expire {
            holding.expired = true;
            holding.lapsed.extend(ended.prompt);
        }
        ended.claim
    }
}
