//! Orders: what confirmed reservations became.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::offers::{find, late};
use super::problem::Problem;
use super::state::State;
use crate::domain::id::{OfferId, ReservationId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderStage};
use crate::partition::state::PartitionState;

/// An order as it is shown outside.
#[derive(Serialize)]
struct OrderView {
    id: String,
    account: String,
    offer: OfferId,
    units: u32,
    /// The total with tax.
    amount: Money,
    stage: OrderStage,
    placed_at: String,
}

impl OrderView {
    fn new(id: ReservationId, offer: &OfferId, order: &Order) -> Self {
        Self {
            id: id.public(offer),
            account: order.claim.account.to_string(),
            offer: offer.clone(),
            units: order.claim.units,
            amount: order.claim.amount,
            stage: order.stage,
            placed_at: order.placed_at.to_string(),
        }
    }
}

/// `GET /v1/orders/{id}`
pub(crate) async fn show(id: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let (offer, ordinal) = ReservationId::split_public(&id).ok_or_else(Problem::not_found)?;
    let listing = find(&state, offer.as_str())?;
    let id = ReservationId { offer: listing.offer, ordinal };
    let look = move |partition: &PartitionState| {
        let order = partition.offer(id.offer)?.order(id.ordinal)?;
        Some(OrderView::new(id, &offer, order))
    };
    let order = state.wait(state.engine.read(listing.partition, look), late).await?;
    Ok(HttpResponse::Ok().json(order.ok_or_else(Problem::not_found)?))
}
