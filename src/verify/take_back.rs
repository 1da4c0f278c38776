//! The promises about orders that are taken back: they are taken back in time or not at all, the money is
//! refunded, and nothing is shipped that may still come back.

use super::checks::RecordChecks;
use super::entries::{Live, Order, OrderStage, Stage};
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::Event;
use crate::domain::id::{Account, ReservationId};

impl OfferModel {
    /// Checks an event about an order that is taken back, or has become final, against the model.
    pub(super) fn check_take_back(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::TakeBackNoted { id, account, units, .. } => {
                let fits = |live: &Live| live.stage == Stage::Authorized && is_of(live, account, *units);
                self.check_step(checks, *id, "taken back", fits);
                let noted = self.orders.get(&id.ordinal).is_some_and(|order| order.taking_back.is_some());
                checks.check(Promise::TakenBackInTime, !noted, || format!("{account} took it back before"));
                self.check_in_time(checks, *id);
            }
            Event::TakenBack { id, account, units, post, noted } => {
                self.check_taken_back(checks, *id, account, *units);
                if !noted {
                    return self.check_in_time(checks, *id);
                }
                let order = self.orders.get(&id.ordinal);
                let before = order.and_then(|order| order.taking_back.as_ref()) == Some(post);
                let at_once = order.is_some_and(|order| order.sequence == checks.sequence);
                checks.check(Promise::RefundsFollowTakeBacks, before && at_once, || {
                    format!("post {post} of {account} was not noted before, or not applied with the sale")
                });
            }
            Event::Refunded { id, account, units, amount, .. } => {
                let fits = |live: &Live| live.stage == Stage::Returning && is_of(live, account, *units);
                if let Some(live) = self.check_step(checks, *id, "refunded", fits) {
                    checks.check(Promise::EveryReservationEnds, true, String::new);
                    let captured = live.claim.amount;
                    checks.check(Promise::RefundsFollowTakeBacks, *amount == captured, || {
                        format!("{amount} went back to {account}, and {captured} was captured")
                    });
                }
            }
            Event::Disputed { id, .. } | Event::FraudWarned { id, .. } => {
                checks.check(Promise::ReservationLife, self.orders.contains_key(&id.ordinal), || {
                    format!("the payment of {} is objected to, and was no order", id.public(&self.terms.id))
                });
            }
            Event::OrderFinal { id } => {
                let order = self.orders.get(&id.ordinal);
                let sold = order.filter(|order| order.stage == OrderStage::Sold && !order.is_final);
                checks.check(Promise::ReservationLife, sold.is_some(), || {
                    format!("{} is final, and was not a sold order", id.public(&self.terms.id))
                });
                let until = order.and_then(|order| self.take_back_until(order.placed_at));
                checks.check(
                    Promise::ShippedOnlyWhenFinal,
                    until.is_some_and(|until| checks.at >= until),
                    || {
                        let until = until.map(|until| until.to_string()).unwrap_or_default();
                        format!(
                            "{} was called final, and could be taken back until {until}",
                            id.public(&self.terms.id)
                        )
                    },
                );
            }
            _ => {}
        }
    }

    /// Only two kinds of orders are taken back: those whose card has not answered, and those that are sold
    /// and not final.
    fn check_taken_back(
        &self,
        checks: &mut RecordChecks<'_>,
        id: ReservationId,
        account: &Account,
        units: u32,
    ) {
        if self.live.contains_key(&id.ordinal) {
            let fits = |live: &Live| live.stage == Stage::Confirmed && is_of(live, account, units);
            self.check_step(checks, id, "taken back", fits);
            checks.check(Promise::EveryReservationEnds, true, String::new);
            return;
        }
        let fits = |order: &Order| {
            let own = order.claim.account == *account && order.claim.units == units;
            order.stage == OrderStage::Sold && !order.is_final && own
        };
        checks.check(Promise::ReservationLife, self.orders.get(&id.ordinal).is_some_and(fits), || {
            format!("{} was taken back, and was not a sold order of {account}", id.public(&self.terms.id))
        });
    }

    fn check_in_time(&self, checks: &mut RecordChecks<'_>, id: ReservationId) {
        let Some(order) = self.orders.get(&id.ordinal) else { return };
        let (at, until) = (checks.at, self.take_back_until(order.placed_at));
        checks.check(Promise::TakenBackInTime, until.is_some_and(|until| at < until), || {
            let name = id.public(&self.terms.id);
            match until {
                Some(until) => format!("{name} was taken back at {at}, and could be until {until}"),
                None => format!("{name} was taken back, and no order of the offer can be"),
            }
        });
    }
}

fn is_of(live: &Live, account: &Account, units: u32) -> bool {
    live.claim.account == *account && live.claim.units == units
}
