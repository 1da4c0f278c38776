//! An order as the API shows it.

use serde::{Deserialize, Serialize};

use crate::domain::id::{OfferId, ReservationId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderStage};

/// An order: a confirmed reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The public id of its reservation.
    pub id: String,
    /// `network:author`.
    pub account: String,
    /// Id of the offer.
    pub offer: OfferId,
    /// The units ordered.
    pub units: u32,
    /// The total with tax.
    pub amount: Money,
    /// Stage of the order.
    pub stage: OrderStage,
    /// The card processor's id of the payment; null before it is authorized.
    pub payment: Option<String>,
    /// Time of the order by the journal, RFC 3339.
    pub placed_at: String,
}

impl OrderView {
    /// The view of an order of the offer of that name.
    #[must_use]
    pub fn new(id: ReservationId, offer: &OfferId, order: &Order) -> Self {
        Self {
            id: id.public(offer),
            account: order.claim.account.to_string(),
            offer: offer.clone(),
            units: order.claim.units,
            amount: order.claim.amount,
            stage: order.stage,
            payment: order.payment.as_ref().map(ToString::to_string),
            placed_at: order.placed_at.to_string(),
        }
    }
}
