//! Builds a decision of an offer: reservations, sales, promotions and replies.

use std::sync::Arc;

use super::confirmation::Confirmation;
use super::{DUE_PER_DECISION, Offer, part_of};
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::effect::{About, Announcement, Effect, Payment, ReplyRequest};
use crate::domain::event::{Claim, Event, Way};
use crate::domain::heard_posts::{HeardPosts, Unattested};
use crate::domain::id::{Account, EffectKey, PostId, ReservationId};
use crate::domain::left::Left;
use crate::domain::order::{Order, OrderStage};
use crate::domain::order_details::OrderDetails;
use crate::domain::outcome::Outcome;
use crate::domain::reservation::Reservation;
use crate::domain::session::Parked;
use crate::domain::time::Timestamp;
use crate::domain::waitlist::{Ticket, Waiter};

/// A payment that the card processor does not know yet.
fn payment(id: ReservationId, claim: &Claim, heard: Option<Box<HeardPosts>>) -> Payment {
    let (account, card, amount) = (claim.account.clone(), claim.card.clone(), claim.amount);
    Payment { id, account, card, amount, reference: None, details: None, heard }
}

/// A decision under construction.
pub(super) struct DecisionBuilder<'a> {
    offer: &'a Offer,
    pub(super) now: Timestamp,
    ordinal: u32,
    /// The ticket of the waiter who leaves the line in this decision.
    pub(super) left: Option<Ticket>,
    pub(super) decision: Decision,
}

impl<'a> DecisionBuilder<'a> {
    pub(super) fn new(offer: &'a Offer, now: Timestamp) -> Self {
        Self { offer, now, ordinal: offer.next_ordinal, left: None, decision: Decision::default() }
    }

    pub(super) fn push(&mut self, event: Event) {
        self.decision.events.push(event);
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    fn next_id(&mut self) -> ReservationId {
        let id = self.offer.id(self.ordinal);
        self.ordinal += 1;
        id
    }

    fn deadline(&self) -> Timestamp {
        self.offer
            .control
            .sale_time(self.now)
            .plus(self.offer.terms.prompt_patience)
            .plus(self.offer.terms.confirm_within)
    }

    /// Reserves the units of a claim, and places its order if it is confirmed already. `rest` units of it
    /// wait.
    pub(super) fn reserve(&mut self, claim: Arc<Claim>, rest: u32, parked: Option<&Parked>) {
        let (id, deadline) = (self.next_id(), self.deadline());
        self.push(Event::Reserved { id, claim: Arc::clone(&claim), deadline });
        let ahead = if self.offer.terms.one_step() {
            Some((&claim.post, None, Way::OneStep))
        } else {
            parked.map(|parked| (&parked.post, parked.cid.as_deref(), Way::Parked))
        };
        let outcome = if ahead.is_some() { Outcome::Confirmed } else { Outcome::Reserved };
        if let Some((post, cid, way)) = ahead {
            self.confirm(id.ordinal, &claim, &Confirmation { post, cid, way, deadline });
            if rest == 0 {
                // The result of the payment is the reply.
                return;
            }
        }
        let request = self.reply_request(&claim, outcome, Some(id.ordinal));
        let waits = (rest > 0).then(|| (self.offer.waitlist.len() + 1, About::Rest { units: rest }));
        let (place, about) = waits.unzip();
        let left = self.left_after(claim.units);
        self.effect(Effect::Reply(ReplyRequest { place, about, left, ..request }));
    }

    /// Reserves the available part of a claim and puts the rest in line.
    pub(super) fn reserve_part(&mut self, claim: &Claim, part: u32, rest: u32, parked: Option<&Parked>) {
        let terms = &self.offer.terms;
        self.reserve(Arc::new(part_of(claim, part, terms)), rest, parked);
        if rest > 0 {
            let place = self.offer.waitlist.len() + 1;
            let claim = Arc::new(part_of(claim, rest, terms));
            self.push(Event::Waitlisted { offer: self.offer.no, claim, place });
        }
    }

    pub(super) fn wait(&mut self, claim: Arc<Claim>, parked: Option<&Parked>) {
        let (offer, place) = (self.offer.no, self.offer.waitlist.len() + 1);
        let request = self.reply_request(&claim, Outcome::Waitlisted, None);
        let about = Some(self.offer.wait_estimate());
        let account = claim.account.clone();
        self.push(Event::Waitlisted { offer, claim, place });
        self.effect(Effect::Reply(ReplyRequest { place: Some(place), about, ..request }));
        self.confirm_ahead(account, parked, place);
    }

    /// Enters a claim in the draw.
    pub(super) fn enter(&mut self, claim: Arc<Claim>, parked: Option<&Parked>) {
        let offer = self.offer.no;
        let request = self.reply_request(&claim, Outcome::Waitlisted, None);
        let about = self.offer.terms.draws_at().map(|at| About::Draw { at });
        let account = claim.account.clone();
        self.push(Event::Entered { offer, claim });
        self.effect(Effect::Reply(ReplyRequest { about, ..request }));
        self.confirm_ahead(account, parked, 0);
    }

    /// Lets the confirmation that came before the claim count for its place in line.
    fn confirm_ahead(&mut self, account: Account, parked: Option<&Parked>, place: u32) {
        let Some(Parked { post, cid, .. }) = parked else { return };
        let (offer, post) = (self.offer.no, post.clone());
        let heard = cid.clone().map(|cid| Event::ConfirmationHeard {
            offer,
            account: account.clone(),
            post: post.clone(),
            cid,
        });
        self.push(Event::WaiterConfirmed { offer, account, post, place });
        self.decision.events.extend(heard);
    }

    /// Joins other reservations of a claim to the one that is confirmed. Returns the whole claim, if there is
    /// anything to join.
    pub(super) fn join<'o>(
        &mut self,
        ordinal: u32,
        others: impl Iterator<Item = (u32, &'o Reservation)>,
    ) -> Option<Claim> {
        let kept = &self.offer.reservations.get(ordinal)?.claim;
        let mut units = kept.units;
        for (other, Reservation { claim, .. }) in others {
            let (id, account) = (self.offer.id(other), claim.account.clone());
            units += claim.units;
            self.push(Event::Joined { id, account, units: claim.units, into: ordinal });
        }
        (units > kept.units).then(|| part_of(kept, units, &self.offer.terms))
    }

    pub(super) fn confirm(&mut self, ordinal: u32, claim: &Claim, confirmation: &Confirmation<'_>) {
        let (id, account, units) = (self.offer.id(ordinal), claim.account.clone(), claim.units);
        let (post, way) = (confirmation.post.clone(), confirmation.way);
        let posts = confirmation.heard_posts(claim);
        self.push(Event::Confirmed { id, account, post, units, way });
        let until = || self.released_at(confirmation.deadline);
        let heard = (!posts.is_empty()).then(|| Box::new(HeardPosts { posts, until: until() }));
        self.effect(Effect::Authorize(payment(id, claim, heard)));
    }

    /// When a reservation with that deadline would be released, by the clock that does not stand still in a pause.
    fn released_at(&self, deadline: Timestamp) -> Timestamp {
        let Offer { terms, control, .. } = self.offer;
        terms.released_at(deadline).plus(self.now.since(control.sale_time(self.now)))
    }

    /// Calls an order off whose posts are not attested. Its buyer is told by e-mail, and by reply where there is a post to
    /// answer.
    pub(super) fn call_off(&mut self, id: ReservationId, claim: &Claim, key: EffectKey, why: Unattested) {
        let (account, units) = (claim.account.clone(), claim.units);
        self.push(Event::Declined { id, account, units, reason: why.reason().into(), key });
        let about = Some(About::Unattested(why));
        let request =
            ReplyRequest { about, ..self.reply_request(claim, Outcome::Declined, Some(id.ordinal)) };
        if why != Unattested::Gone {
            self.effect(Effect::Reply(request.clone()));
        }
        self.effect(Effect::Email { to: claim.email.clone(), request });
        self.hand_on(units);
    }

    /// Sells the captured units, or refunds them if their buyer took the order back during the capture.
    pub(super) fn sell(&mut self, id: ReservationId, claim: &Claim, key: EffectKey, order: &Order) {
        let (account, units, amount) = (claim.account.clone(), claim.units, claim.amount);
        self.push(Event::Sold { id, account: account.clone(), units, amount, key });
        if let Some(post) = order.taking_back.clone() {
            self.push(Event::TakenBack { id, account, units, post, noted: true });
            self.effect(Effect::Refund(order.payment(id)));
            return;
        }
        let left = self.left_after(0);
        let request = ReplyRequest { left, ..self.reply_request(claim, Outcome::Sold, Some(id.ordinal)) };
        let about = (!claim.email.is_yes()).then_some(About::NoLetter);
        self.effect(Effect::Reply(ReplyRequest { about, ..request.clone() }));
        let terms = &self.offer.terms;
        let about = Some(About::Order(Box::new(OrderDetails::new(terms, claim))));
        self.effect(Effect::Email { to: claim.email.clone(), request: ReplyRequest { about, ..request } });
        if terms.rules.take_back.is_none() {
            self.effect(Effect::Order(order.for_merchant(id, terms)));
        }
        if self.offer.sold + units == self.offer.allotment && !self.offer.sold_out {
            self.sell_out();
        }
    }

    pub(super) fn sell_out(&mut self) {
        self.push(Event::OfferSoldOut { offer: self.offer.no });
        self.announce(Announcement::SoldOut);
    }

    pub(super) fn take_back(&mut self, ordinal: u32, order: &Order, post: PostId) {
        let (id, account, units) = (self.offer.id(ordinal), order.claim.account.clone(), order.claim.units);
        match order.stage {
            OrderStage::Authorized => self.push(Event::TakeBackNoted { id, account, units, post }),
            OrderStage::Sold => {
                self.push(Event::TakenBack { id, account, units, post, noted: false });
                self.effect(Effect::Refund(order.payment(id)));
            }
            _ => {
                self.push(Event::TakenBack { id, account, units, post, noted: false });
                self.reply(&order.claim, Outcome::Released, Some(ordinal));
                self.hand_on(units);
            }
        }
    }

    pub(super) fn refund(&mut self, id: ReservationId, claim: &Claim, key: EffectKey) {
        let (account, units, amount) = (claim.account.clone(), claim.units, claim.amount);
        self.push(Event::Refunded { id, account, units, amount, key });
        let request = self.reply_request(claim, Outcome::Refunded, Some(id.ordinal));
        self.effect(Effect::Reply(request.clone()));
        self.effect(Effect::Email { to: claim.email.clone(), request });
        self.hand_on(units);
    }

    /// Sends the prompt by e-mail, because it could not be delivered as a reply in time or at all.
    pub(super) fn mail_prompt(&mut self, ordinal: u32, held: &Reservation, key: Option<EffectKey>) {
        self.push(Event::PromptMailed { id: self.offer.id(ordinal), key });
        let request = self.reply_request(&held.claim, Outcome::Reserved, Some(ordinal));
        let about = self.offer.terms.reminded_at(held.deadline).map(|_| About::ReminderFollows);
        let left = self.left_after(0);
        let request = ReplyRequest { deadline: Some(held.deadline), about, left, ..request };
        self.effect(Effect::Email { to: held.claim.email.clone(), request });
    }

    /// Sends the prompt as a reply, because the e-mail with it reached nobody.
    pub(super) fn prompt_by_reply(&mut self, ordinal: u32, held: &Reservation, key: EffectKey) {
        self.push(Event::MailBounced { keys: vec![key] });
        let request = self.reply_request(&held.claim, Outcome::Reserved, Some(ordinal));
        // A reply names a deadline that counts from its delivery, until the patience is over. It is over, so the deadline
        // that it comes to is the one that holds.
        let first = Timestamp::from_ms(held.deadline.ms() - self.offer.terms.prompt_patience.ms());
        let (deadline, left) = (Some(first), self.left_after(0));
        self.effect(Effect::Reply(ReplyRequest { deadline, left, ..request }));
    }

    /// Reminds of a reservation. In its late grace a reminder is of no use any more.
    pub(super) fn remind(&mut self, ordinal: u32, held: &Reservation) {
        self.push(Event::ReminderDue { id: self.offer.id(ordinal) });
        if self.now >= held.deadline {
            return;
        }
        let request = self.reply_request(&held.claim, Outcome::Reserved, Some(ordinal));
        let (deadline, about) = (Some(held.deadline), Some(About::Reminder));
        let request = ReplyRequest { deadline, about, left: self.left_after(0), ..request };
        let letter = Effect::Email { to: held.claim.email.clone(), request };
        self.effect(letter);
    }

    /// How few units others can claim once this decision reserves `units`. In a draw nobody is told: the claims of its
    /// window are not served in their order.
    fn left_after(&self, units: u32) -> Left {
        let Offer { available, terms, .. } = self.offer;
        if terms.rules.draw.is_some() { Left::Untold } else { Left::of(available.saturating_sub(units)) }
    }

    /// Gives freed or added units to the first waiters who can be served, in this same decision. Units that
    /// nobody waits for are announced, after a sell-out or if the shop added some.
    pub(super) fn hand_on(&mut self, units_freed: u32) {
        let gathering = self.offer.is_gathering();
        let mut free = self.offer.available + units_freed;
        let mut turns = self.offer.waitlist.turns();
        for _ in 0..DUE_PER_DECISION {
            if free == 0 || gathering || self.offer.control.releases_line() {
                break;
            }
            let Some((ticket, waiter)) = turns.next_within(free) else { break };
            if self.left == Some(ticket) {
                continue;
            }
            let units = waiter.claim.units.min(free);
            free -= units;
            if units == waiter.claim.units {
                self.promote(&waiter.claim, waiter);
            } else {
                self.promote(&part_of(&waiter.claim, units, &self.offer.terms), waiter);
            }
        }
        // While the sale is paused nobody can claim them: they are announced when it is resumed.
        let is_paused = self.offer.control.pause().is_some();
        if free > 0 && units_freed > 0 && !is_paused && turns.next_within(free).is_none() {
            self.announce_units(free);
        }
    }

    /// Tells the holders of expired units that those went to the next in line, as far as they did.
    pub(super) fn tell_who_was_next(&mut self) {
        let Decision { events, effects } = &mut self.decision;
        let promoted =
            events.iter().map(|event| if let Event::Promoted { units, .. } = event { *units } else { 0 });
        let mut promoted: u32 = promoted.sum();
        for effect in effects {
            if let Effect::Reply(request) = effect
                && request.outcome == Outcome::Expired
                && promoted > 0
            {
                promoted = promoted.saturating_sub(request.units);
                request.about = Some(About::HandedOn);
            }
        }
    }

    /// Tells a waiter that the sale is over, and the wait with it.
    pub(super) fn dismiss(&mut self, claim: &Claim) {
        let request = self.reply_request(claim, Outcome::SoldOut, None);
        self.effect(Effect::Reply(ReplyRequest { about: Some(About::LineOver), ..request }));
    }

    /// Announces available units, after a sell-out or if the shop added some.
    pub(super) fn announce_units(&mut self, units: u32) {
        // Units that come back after an operator closed the sale are on sale no more.
        let goes_on = self.offer.control.closed_at().is_none() && self.now < self.offer.terms.closes.after();
        let on_sale = self.offer.opened && goes_on;
        if !on_sale || !(self.offer.sold_out || self.restocks()) {
            return;
        }
        if self.offer.sold_out {
            self.push(Event::BackOnSale { offer: self.offer.no, units });
        }
        self.announce(Announcement::Restock { units });
    }

    fn restocks(&self) -> bool {
        self.decision.events.iter().any(|event| matches!(event, Event::Restocked { .. }))
    }

    /// Reserves units for a waiter's claim, or for a part of it.
    fn promote(&mut self, claim: &Claim, waiter: &Waiter) {
        let (id, deadline) = (self.next_id(), self.deadline());
        let (account, units) = (claim.account.clone(), claim.units);
        self.push(Event::Promoted { id, account, units, deadline });
        let ahead = waiter.confirmed.as_ref().map(|post| (post, waiter.cid.as_deref()));
        match ahead.or_else(|| self.offer.terms.one_step().then_some((&claim.post, None))) {
            Some((post, cid)) => {
                self.confirm(id.ordinal, claim, &Confirmation { post, cid, way: Way::Waiting, deadline });
            }
            None => self.reply(claim, Outcome::Promoted, Some(id.ordinal)),
        }
    }

    fn reply_request(&self, claim: &Claim, outcome: Outcome, reservation: Option<u32>) -> ReplyRequest {
        let prompt = matches!(outcome, Outcome::Reserved | Outcome::Promoted);
        let invites = matches!(outcome, Outcome::Expired | Outcome::Declined | Outcome::Released);
        ReplyRequest {
            account: claim.account.clone(),
            post: claim.post.clone(),
            offer: self.offer.no,
            outcome,
            reservation,
            place: None,
            deadline: prompt.then(|| self.now.plus(self.offer.terms.confirm_within)),
            amount: Some(claim.amount),
            units: claim.units,
            about: self.offer.ended_early().filter(|_| invites),
            left: Left::Untold,
        }
    }

    /// Replies to the claim's post. Parts of one claim that come to the same end are one reply: a post is
    /// answered once. Prompts stay apart, because the window of each reservation starts with its own.
    pub(super) fn reply(&mut self, claim: &Claim, outcome: Outcome, reservation: Option<u32>) {
        let request = self.reply_request(claim, outcome, reservation);
        let merges = outcome != Outcome::Promoted;
        let earlier = self.decision.effects.iter_mut().find_map(|effect| match effect {
            Effect::Reply(earlier)
                if merges && earlier.outcome == outcome && earlier.post == request.post =>
            {
                Some(earlier)
            }
            _ => None,
        });
        match earlier {
            Some(earlier) => {
                earlier.units += request.units;
                earlier.reservation = earlier.reservation.or(reservation);
                earlier.amount =
                    earlier.amount.zip(request.amount).and_then(|(one, other)| one.checked_add(other));
            }
            None => self.effect(Effect::Reply(request)),
        }
    }

    /// Tells the holder or waiter that the claim was passed on. After a freeze it is `frozen`: the account cannot
    /// claim again. Who was unlinked is told why.
    pub(super) fn released(&mut self, claim: &Claim, command: &PostCommand, reservation: Option<u32>) {
        let frozen = command.intent == Intent::Freeze;
        let outcome = if frozen { Outcome::Frozen } else { Outcome::Released };
        self.reply(claim, outcome, reservation);
        if command.intent != Intent::Unlink {
            return;
        }
        for effect in &mut self.decision.effects {
            if let Effect::Reply(told) = effect
                && told.post == claim.post
            {
                told.about = Some(About::Unlinked);
            }
        }
    }

    pub(super) fn announce(&mut self, announcement: Announcement) {
        let offer = self.offer.no;
        for &network in &self.offer.terms.networks {
            self.effect(Effect::Announce { network, offer, announcement });
        }
    }
}
