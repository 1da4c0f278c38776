//! A live reservation as the API shows it.

use serde::{Deserialize, Serialize};

use crate::domain::id::ReservationId;
use crate::domain::offer::Offer;
use crate::domain::order::OrderStage;
use crate::domain::reservation::{Reservation, Stage};

/// A live reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationView {
    /// Public id of the reservation.
    pub id: String,
    /// `network:author`.
    pub account: String,
    /// Units that are reserved.
    pub units: u32,
    /// Stage of the reservation.
    pub stage: ReservationStage,
    /// End of the confirmation window, RFC 3339.
    pub deadline: String,
    /// Id of the claiming post.
    pub claim: String,
    /// Stage of its order; null before the confirmation.
    pub order: Option<OrderStage>,
}

/// The stages of a live reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStage {
    /// Reserved until the deadline; not confirmed.
    Held,
    /// Ordered; the card is being authorized.
    Confirmed,
    /// The money is being captured.
    Authorized,
    /// Cancelled; the units return once the money has.
    Returning,
}

/// Live reservations, oldest first, up to the requested number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationPage {
    /// The reservations, oldest first.
    pub reservations: Vec<ReservationView>,
    /// Value of `after` for the next request; null if there are no more.
    pub next: Option<u32>,
}

impl ReservationView {
    /// The view of a reservation of the offer.
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
    /// Up to `limit` reservations of an offer, after ordinal `after`.
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
