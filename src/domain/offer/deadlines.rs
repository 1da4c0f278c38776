//! What an offer decides when time passes: openings, draws, late prompts, reminders, expiries, final orders, closings.

use super::decision_builder::DecisionBuilder;
use super::{DUE_PER_DECISION, Offer};
use crate::domain::decision::Decision;
use crate::domain::effect::{Announcement, Effect};
use crate::domain::event::Event;
use crate::domain::outcome::Outcome;
use crate::domain::reservation::Reservation;
use crate::domain::time::Timestamp;

impl Offer {
    pub(super) fn expire_due(&self, now: Timestamp) -> Decision {
        let mut builder = DecisionBuilder::new(self, now);
        // A paused sale is opened, and announced, when it is resumed.
        if !self.opened && self.control.pause().is_none() && now >= self.terms.opens && now < self.ends() {
            builder.push(Event::OfferOpened { offer: self.no });
            builder.announce(Announcement::Opening);
        }
        if let Some(rule) = self.terms.rules.draw
            && self.is_gathering()
            && self.terms.draws_at().is_some_and(|at| at <= now)
        {
            builder.push(Event::Drawn { offer: self.no, seed: rule.seed });
            builder.announce(Announcement::Drawn { entries: self.entries() });
            // Applying this event reorders the line; the next decision serves it.
            return builder.decision;
        }
        self.mail_prompts(&mut builder);
        self.remind(&mut builder);
        let freed = self.expire_reservations(&mut builder);
        builder.hand_on(freed);
        builder.tell_who_was_next();
        for &ordinal in self.finals.due(now).take(DUE_PER_DECISION) {
            let Some(order) = self.orders.get(ordinal) else { continue };
            let id = self.id(ordinal);
            builder.push(Event::OrderFinal { id });
            builder.effect(Effect::Order(order.for_merchant(id, &self.terms)));
        }
        if !self.closed && now >= self.ends() {
            builder.push(Event::OfferClosed { offer: self.no });
            builder.announce(Announcement::Closing);
        }
        if self.line_is_over() && !self.line_is_due() {
            for waiter in self.waitlist.iter().take(DUE_PER_DECISION) {
                let (offer, account, units) = (self.no, waiter.claim.account.clone(), waiter.claim.units);
                if self.control.releases_line() {
                    builder.push(Event::LineReleased { offer, account, units });
                    builder.reply(&waiter.claim, Outcome::Closed, None);
                } else {
                    builder.push(Event::LineEnded { offer, account, units });
                    builder.dismiss(&waiter.claim);
                }
            }
        }
        builder.decision
    }

    /// The number of claims in line that take part in the draw, before it takes place.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.entered
    }

    /// Whether a claim of that time takes part in the draw.
    pub(super) fn takes_part(&self, posted_at: Timestamp) -> bool {
        self.terms.draw_window_ends().is_some_and(|ends| posted_at < ends)
    }

    /// Counts the entries anew.
    pub(super) fn count_entries(&self) -> u32 {
        let entries = self.waitlist.iter().filter(|waiter| self.takes_part(waiter.claim.posted_at));
        u32::try_from(entries.count()).unwrap_or(u32::MAX)
    }

    fn mail_prompts(&self, builder: &mut DecisionBuilder<'_>) {
        let (now, sale_time) = (builder.now, self.control.sale_time(builder.now));
        let due = self.prompts.iter().take_while(|(due, _)| *due <= now).take(DUE_PER_DECISION);
        for &(_, ordinal) in due {
            // A reservation that is due for release is not prompted any more.
            let late = |held: &&Reservation| {
                held.awaits_prompt() && self.terms.released_at(held.deadline) > sale_time
            };
            if let Some(held) = self.reservations.get(ordinal).filter(late) {
                builder.mail_prompt(ordinal, held, None);
            }
        }
    }

    fn expire_reservations(&self, builder: &mut DecisionBuilder<'_>) -> u32 {
        let (mut freed, now) = (0, builder.now);
        if self.control.is_frozen() {
            return freed;
        }
        let due = self.releases().take_while(|(due, _)| *due <= now).take(DUE_PER_DECISION);
        for (_, ordinal) in due {
            let Some(reservation) = self.reservations.get(ordinal) else { continue };
            let claim = &reservation.claim;
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            builder.push(Event::Expired { id, account, units });
            builder.reply(claim, Outcome::Expired, Some(ordinal));
            freed += units;
        }
        freed
    }
}
