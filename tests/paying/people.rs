//! What people do besides buying: operators, and those with a login at Stripe.

use flashtag::domain::dead_letter::Settlement;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::domain::time::Millis;
use flashtag::outbox::instance::Instance;

use super::order::Stage;
use super::shop::Shop;

/// How far a clock is set ahead: from a few minutes to a year that is wrong.
const AHEAD_SECS: [u32; 5] = [120, 3 * 3600, 30 * 3600, 20 * 86_400, 400 * 86_400];

/// How long the machine is off while its clock is set right.
const OFF_SECS: [u32; 4] = [0, 0, 3600, 40 * 3600];

/// How often a page of payments is made elsewhere: what looks for a payment reads five pages.
const ELSEWHERE_MOST: u32 = 3;

impl Shop {
    /// Somebody clicks in Stripe's dashboard.
    pub(super) fn capture_by_hand(&mut self) {
        let ids: Vec<String> = self.line.stripe.intents().iter().map(|intent| intent.id.clone()).collect();
        if !ids.is_empty() {
            let id = self.rng.pick(&ids).clone();
            self.line.stripe.capture_by_hand(&id);
        }
    }

    /// A buyer pays so often elsewhere with the same account of Stripe that the lists have more than one page.
    pub(super) fn others_pay(&mut self) {
        self.paid_elsewhere += 1;
        if self.paid_elsewhere > ELSEWHERE_MOST {
            return;
        }
        let customer = format!("cus_{}", self.rng.below(4));
        (0..101).for_each(|_| self.line.pay_elsewhere(&customer, self.clock.real));
    }

    /// An operator lets what was given up be tried again.
    pub(super) fn retry(&mut self) {
        if self.books.dead.is_empty() {
            return;
        }
        let key = self.books.dead.remove(self.rng.below(self.books.dead.len()));
        let order = &mut self.books.orders[self.books.asked[&key]];
        if let Some(stage) = order.given_up_in.take() {
            order.stage = stage;
        }
        self.retried += 1;
        self.record(vec![Event::DeadLetterRetried { key }], vec![]);
    }

    /// An operator says of a payment without a result that the card did not pay. It may have paid in spite of that, so
    /// what is held is let go.
    pub(super) fn settle_as_declined(&mut self) {
        let is_it = |key: &&EffectKey| {
            self.books.orders[self.books.asked[*key]].given_up_in == Some(Stage::Authorizing)
        };
        let Some(key) = self.books.dead.iter().find(is_it).copied() else { return };
        self.books.dead.retain(|dead| *dead != key);
        let index = self.books.asked[&key];
        let order = &mut self.books.orders[index];
        (order.stage, order.given_up_in) = (Stage::Voiding, None);
        let payment = order.payment();
        let settlement = Settlement::Declined { reason: "not paid".into() };
        self.record(vec![Event::DeadLetterSettled { key, settlement }], vec![(index, Effect::Void(payment))]);
    }

    /// The machine starts with another clock.
    pub(super) fn step_clock(&mut self) {
        if self.rng.below(2) == 0 {
            let by = *self.rng.pick(&AHEAD_SECS);
            self.clock.set_ahead(Millis::from_secs(by));
        } else {
            let off = *self.rng.pick(&OFF_SECS);
            self.clock.set_right(Millis::from_secs(off));
            self.line.deliver_late(self.clock.real);
        }
        self.restart();
    }

    /// An operator restores the last copy: what happened since is forgotten, and Stripe remembers it.
    pub(super) fn restore(&mut self) {
        let Some(copy) = self.copy.take() else { return };
        let later = std::mem::replace(&mut self.books, copy);
        let known = self.books.orders.len();
        for (order, now) in self.books.orders.iter_mut().zip(&later.orders) {
            order.is_torn = now.is_torn || (now.stage, now.given_up_in) != (order.stage, order.given_up_in);
        }
        self.forgotten.extend(later.orders.into_iter().skip(known).map(|order| order.paid_under));
        self.instance = Instance { epoch: self.instance.epoch + 1, ..self.instance };
        self.restored += 1;
        self.throw_letters_away();
        self.restart();
    }
}
