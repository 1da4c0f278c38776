//! Orders: the outcomes of confirmed reservations.

use actix_web::{HttpResponse, web};

use super::offers::{find, late};
use super::problem::Problem;
use super::state::State;
use crate::domain::id::ReservationId;

/// `GET /v1/orders/{id}`
pub(crate) async fn show(id: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let (offer, ordinal) = ReservationId::split_public(&id).ok_or_else(Problem::not_found)?;
    let listing = find(&state, offer.as_str())?;
    let order = state.wait(state.node.order_view(&listing, ordinal), late).await?;
    Ok(HttpResponse::Ok().json(order.ok_or_else(Problem::not_found)?))
}
