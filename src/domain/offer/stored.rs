//! The stored form of an offer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Offer, is_held};
use crate::collections::deadline_map::DeadlineMap;
use crate::collections::deadline_queue::DeadlineQueue;
use crate::collections::paged_vec::PagedVec;
use crate::collections::stored::{Put, Take};
use crate::domain::event::Claim;
use crate::domain::id::PostId;
use crate::domain::objection::Objection;
use crate::domain::order::{Order, OrderStage};
use crate::domain::provider_ref::PaymentRef;
use crate::domain::reservation::{Reservation, Stage};
use crate::domain::time::Timestamp;
use crate::domain::waitlist::Waitlist;

/// The stored form of an order. The claim is left out if its live reservation has it.
#[derive(Serialize, Deserialize)]
struct StoredOrder {
    claim: Option<Claim>,
    placed_at: Timestamp,
    stage: OrderStage,
    taking_back: Option<PostId>,
    #[serde(default)]
    payment: Option<PaymentRef>,
    /// The reservations that joined it.
    #[serde(default)]
    joined: Vec<u32>,
    /// What was objected to its payment.
    #[serde(default)]
    objections: Vec<Objection>,
}

impl StoredOrder {
    fn of(
        order: &Order,
        reservation: Option<&Reservation>,
        joined: Vec<u32>,
        objections: &[Objection],
    ) -> Self {
        let Order { claim, placed_at, stage, payment, taking_back } = order;
        let shared = reservation.is_some_and(|reservation| Arc::ptr_eq(&reservation.claim, claim));
        let claim = (!shared).then(|| Claim::clone(claim));
        let (taking_back, payment) = (taking_back.clone(), payment.clone());
        let (placed_at, stage, objections) = (*placed_at, *stage, objections.to_vec());
        Self { claim, placed_at, stage, taking_back, payment, joined, objections }
    }

    fn order(self, reservation: Option<&Reservation>) -> Order {
        let Self { claim, placed_at, stage, taking_back, payment, joined: _, objections: _ } = self;
        let shared = || Arc::clone(&reservation.expect("an order without a claim has a reservation").claim);
        Order { claim: claim.map_or_else(shared, Arc::new), placed_at, stage, payment, taking_back }
    }
}

impl Offer {
    /// Writes the offer.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { no, terms, allotment, available, reserved, sold, opened, closed, sold_out, .. } = self;
        let Self { next_ordinal, reservations, orders, joined, waitlist, releases, prompts, .. } = self;
        // Found anew when it is read: the entries of the draw, the units that wait for their refund, and the times of the
        // reminders.
        let Self { by_card, finals, revocable, drawn, changes, control, .. } = self;
        let Self { entered: _, returning: _, reminders: _, .. } = self;
        out.put(no)?;
        out.put(terms)?;
        out.put(&(allotment, available, reserved, sold, opened, closed, sold_out, next_ordinal))?;
        out.put_paged_vec(reservations, |_, reservation| reservation)?;
        let mut joined_to = BTreeMap::<u32, Vec<u32>>::new();
        joined.iter().for_each(|(&ordinal, &into)| joined_to.entry(into).or_default().push(ordinal));
        out.put_paged_vec(orders, |no, order| {
            let joined = joined_to.get(&no).cloned().unwrap_or_default();
            StoredOrder::of(order, reservations.get(no), joined, self.objections_to(no))
        })?;
        waitlist.store(out)?;
        releases.store(out, |due, ordinal| is_held(reservations, terms, due, ordinal))?;
        out.put_queue(prompts)?;
        out.put_all(by_card.iter())?;
        finals.store(out)?;
        out.put_all(revocable.iter())?;
        out.put(&drawn.is_some())?;
        out.put_all(drawn.as_deref().unwrap_or_default().iter())?;
        out.put_all(changes.iter())?;
        out.put(control)
    }

    /// Reads an offer that `store` wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let (no, terms) = (from.take()?, from.take()?);
        let (allotment, available, reserved, sold, opened, closed, sold_out, next_ordinal) = from.take()?;
        let reservations: PagedVec<Reservation> = from.take_list()?.into_iter().collect();
        let orders: Vec<(u32, StoredOrder)> = from.take_list()?;
        let joined = orders.iter().flat_map(|(no, order)| order.joined.iter().map(|ordinal| (*ordinal, *no)));
        let joined = joined.collect();
        let objected = orders.iter().filter(|(_, order)| !order.objections.is_empty());
        let objections = objected.map(|(no, order)| (*no, order.objections.clone())).collect();
        let order = |(no, order): (u32, StoredOrder)| (no, order.order(reservations.get(no)));
        let orders = orders.into_iter().map(order).collect();
        let mut offer = Self {
            no,
            terms,
            allotment,
            available,
            reserved,
            sold,
            opened,
            closed,
            sold_out,
            next_ordinal,
            reservations,
            orders,
            joined,
            objections,
            waitlist: Waitlist::restore(from)?,
            releases: DeadlineQueue::restore(from)?,
            prompts: from.take_queue()?,
            reminders: DeadlineMap::default(),
            by_card: from.take_map()?,
            finals: DeadlineMap::restore(from)?,
            revocable: from.take_map()?,
            drawn: {
                let were_drawn: bool = from.take()?;
                let drawn = from.take_list()?;
                were_drawn.then_some(drawn)
            },
            changes: from.take_sorted()?,
            control: from.take_since(6)?,
            entered: 0,
            returning: HashMap::default(),
        };
        if offer.is_gathering() {
            offer.entered = offer.count_entries();
        }
        let returning = offer.reservations.iter().filter(|(_, held)| held.stage == Stage::Returning);
        let returning: Vec<_> = returning.map(|(_, held)| Arc::clone(&held.claim)).collect();
        returning.iter().for_each(|claim| offer.count_returning(&claim.card, i64::from(claim.units)));
        offer.schedule_reminders();
        Ok(offer)
    }
}
