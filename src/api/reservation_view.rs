//! A live reservation as the API shows it.

use serde::{Deserialize, Serialize};

use crate::domain::id::ReservationId;
use crate::domain::offer::Offer;
use crate::domain::order::OrderStage;
use crate::domain::reservation::{Reservation, Stage};

/// A live reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationView {
    /// The public id.
    pub id: String,
    /// `network:author`.
    pub account: String,
    /// The units that are kept.
    pub units: u32,
    /// How far the reservation has come.
    pub stage: ReservationStage,
    /// When the confirmation window ends.
    pub deadline: String,
    /// The post that claimed it.
    pub claim: String,
    /// Where its order stands; null before the confirmation.
    pub order: Option<OrderStage>,
}

/// How far a reservation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStage {
    /// Kept until the deadline; not confirmed.
    Held,
    /// Ordered; the card is being authorized.
    Confirmed,
    /// The money is being captured.
    Authorized,
    /// Taken back; the units return after the money.
    Returning,
}

/// Live reservations, the oldest first, as many as were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationPage {
    /// The reservations.
    pub reservations: Vec<ReservationView>,
    /// What `after` must be for the next page; null on the last.
    pub next: Option<u32>,
}

impl ReservationView {
    /// The view of a reservation of that offer.
    #[must_use]
    pub fn new(offer: &Offer, id: ReservationId, reservation: &Reservation) -> Self {
        Self {
            id: id.public(&offer.terms().id),
            account: reservation.claim.account.to_string(),
            units: reservation.claim.units,
            stage: reservation.stage.into(),
            deadline: reservation.deadline.to_string(),
            claim: reservation.claim.post.to_string(),
            order: offer.order(id.ordinal).map(|order| order.stage),
        }
    }
}

impl From<Stage> for ReservationStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Held => Self::Held,
            Stage::Confirmed => Self::Confirmed,
            Stage::Authorized => Self::Authorized,
            Stage::Returning => Self::Returning,
        }
    }
}

impl ReservationPage {
    /// Up to `limit` reservations of an offer, after that ordinal.
    #[must_use]
    pub fn new(offer: &Offer, after: u32, limit: usize) -> Self {
        let mut rest = offer.reservations_after(after).peekable();
        let mut last = None;
        let view = |(id, reservation): (ReservationId, &Reservation)| {
            last = Some(id.ordinal);
            ReservationView::new(offer, id, reservation)
        };
        let reservations = rest.by_ref().take(limit).map(view).collect();
        Self { reservations, next: last.filter(|_| rest.peek().is_some()) }
    }
}
