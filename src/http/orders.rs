//! Orders: the outcomes of confirmed reservations.

use actix_web::{HttpResponse, web};

use super::offers::{find, late};
use super::problem::Problem;
use super::state::State;
use crate::api::parcel_view::ParcelView;
use crate::domain::id::{Account, ReservationId};
use crate::people::ShipTo;
use crate::telemetry::personal;

/// `GET /v1/orders/{id}`. It unseals where the order is shipped to, and the log says who was read.
pub(crate) async fn show(id: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let (offer, ordinal) = ReservationId::split_public(&id).ok_or_else(Problem::not_found)?;
    let listing = find(&state, offer.as_str())?;
    let order = state.wait(state.node.order_view(&listing, ordinal), late).await?;
    let mut order = order.ok_or_else(Problem::not_found)?;
    if let Ok(account) = order.account.parse::<Account>() {
        order.address = state.node.person_of(&account).await?.and_then(|person| person.ship_to).map(parcel);
    }
    if order.address.is_some() {
        personal::read(&order.account, "order");
    }
    Ok(HttpResponse::Ok().json(order))
}

fn parcel(to: ShipTo) -> ParcelView {
    let ShipTo { name, lines, postal_code, city, state, country } = to;
    ParcelView { name, lines, postal_code, city, state, country }
}
