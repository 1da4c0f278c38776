//! What banks object to the payments of an offer's orders. It changes no unit.

use super::Offer;
use crate::domain::decision::Decision;
use crate::domain::event::Event;
use crate::domain::id::ReservationId;
use crate::domain::objection::{NoteObjection, OBJECTIONS_MOST, Objection};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;

impl Offer {
    /// What was objected to the payment of an order, the oldest first.
    #[must_use]
    pub fn objections_to(&self, ordinal: u32) -> &[Objection] {
        self.objections.get(&ordinal).map(Vec::as_slice).unwrap_or_default()
    }

    /// What was objected to payments of the offer, by order.
    pub fn objections(&self) -> impl Iterator<Item = (u32, &Objection)> {
        self.objections.iter().flat_map(|(ordinal, all)| all.iter().map(|objection| (*ordinal, objection)))
    }

    pub(super) fn judge_objection(&self, note: &NoteObjection) -> Result<Decision, Refusal> {
        let NoteObjection { id, payment, objection } = note;
        let order = self.orders.get(id.ordinal).ok_or(Outcome::NotRelevant)?;
        // Another payment may carry the order's name: one that a person made by hand.
        if order.payment.as_ref().is_some_and(|own| own != payment) {
            return Err(Outcome::NotRelevant.into());
        }
        let known = self.objections_to(id.ordinal);
        match known.iter().find(|known| known.reference() == objection.reference()) {
            Some(known) if known == objection => Err(Outcome::Duplicate.into()),
            None if known.len() >= OBJECTIONS_MOST => Err(Outcome::LimitReached.into()),
            _ => Ok(Decision::of(noted(*id, objection.clone()))),
        }
    }

    /// Takes the place of what was known of the same objection.
    pub(super) fn note_objection(&mut self, ordinal: u32, objection: Objection) {
        let all = self.objections.entry(ordinal).or_default();
        match all.iter_mut().find(|known| known.reference() == objection.reference()) {
            Some(known) => *known = objection,
            None => all.push(objection),
        }
    }
}

fn noted(id: ReservationId, objection: Objection) -> Event {
    match objection {
        Objection::Dispute(dispute) => Event::Disputed { id, dispute: Box::new(dispute) },
        Objection::FraudWarning(warning) => Event::FraudWarned { id, warning: Box::new(warning) },
    }
}
