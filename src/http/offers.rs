//! Offers and their live reservations.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::state::State;
use crate::api::view::OfferView;
use crate::domain::id::{OfferId, OfferNo, ReservationId};
use crate::domain::listing::Listing;
use crate::domain::offer::Offer;
use crate::domain::order::OrderStage;
use crate::domain::reservation::{Reservation, Stage};
use crate::partition::state::PartitionState;

/// Reservations on one page.
const PAGE_MAX: usize = 1000;

/// Reservations on a page whose reader does not say how many.
const PAGE_DEFAULT: usize = 100;

#[derive(Serialize)]
struct Offers {
    offers: Vec<OfferView>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(default)]
    after: u32,
    #[serde(default = "page_default")]
    limit: usize,
}

fn page_default() -> usize {
    PAGE_DEFAULT
}

/// A page of live reservations, the oldest first.
#[derive(Serialize)]
struct PageBounds {
    reservations: Vec<ReservationView>,
    /// What `after` must be for the next page; null on the last.
    next: Option<u32>,
}

/// A live reservation as it is shown outside.
#[derive(Serialize)]
pub(crate) struct ReservationView {
    id: String,
    account: String,
    units: u32,
    stage: &'static str,
    /// When the confirmation window ends.
    deadline: String,
    /// The post that claimed it.
    claim: String,
    /// Where its order stands; null before the confirmation.
    order: Option<OrderStage>,
}

impl ReservationView {
    pub(crate) fn new(offer: &Offer, id: ReservationId, reservation: &Reservation) -> Self {
        let stage = match reservation.stage {
            Stage::Held => "held",
            Stage::Confirmed => "confirmed",
            Stage::Authorized => "authorized",
            Stage::Returning => "returning",
        };
        Self {
            id: id.public(&offer.terms().id),
            account: reservation.claim.account.to_string(),
            units: reservation.claim.units,
            stage,
            deadline: reservation.deadline.to_string(),
            claim: reservation.claim.post.to_string(),
            order: offer.order(id.ordinal).map(|order| order.stage),
        }
    }
}

/// `GET /v1/offers`
pub(crate) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let mut offers = Vec::new();
    for partition in state.engine.partitions() {
        let views = state.wait(state.engine.read(partition, OfferView::all), late).await?;
        offers.extend(views);
    }
    Ok(HttpResponse::Ok().json(Offers { offers }))
}

/// `GET /v1/offers/{id}`
pub(crate) async fn show(id: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let view = state.wait(state.engine.look(listing), late).await?;
    Ok(HttpResponse::Ok().json(view.ok_or_else(Problem::not_found)?))
}

/// `GET /v1/offers/{id}/draw`
pub(crate) async fn draw(id: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let draw = state.wait(state.engine.draw(listing), late).await?;
    Ok(HttpResponse::Ok().json(draw.ok_or_else(Problem::not_found)?))
}

/// `GET /v1/offers/{id}/reservations`
pub(crate) async fn reservations(
    id: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let query = query(&request)?;
    let offer = listing.offer;
    let look = move |partition: &PartitionState| page(partition, offer, &query);
    let page = state.wait(state.engine.read(listing.partition, look), late).await?;
    Ok(HttpResponse::Ok().json(page.ok_or_else(Problem::not_found)?))
}

fn query(request: &HttpRequest) -> Result<Query, Problem> {
    let query = web::Query::<Query>::from_query(request.query_string()).ok();
    let query = query.filter(|query| (1..=PAGE_MAX).contains(&query.limit));
    let detail = "the query takes `after`, an ordinal, and `limit`, from 1 to 1000, and nothing else";
    query.map(web::Query::into_inner).ok_or_else(|| Problem::bad_request("bad_query", detail))
}

fn page(partition: &PartitionState, offer: OfferNo, query: &Query) -> Option<PageBounds> {
    let offer = partition.offer(offer)?;
    let mut rest = offer.reservations_after(query.after).peekable();
    let mut last = None;
    let view = |(id, reservation): (ReservationId, &Reservation)| {
        last = Some(id.ordinal);
        ReservationView::new(offer, id, reservation)
    };
    let reservations = rest.by_ref().take(query.limit).map(view).collect();
    Some(PageBounds { reservations, next: last.filter(|_| rest.peek().is_some()) })
}

/// The listing of the offer that an address names.
pub(crate) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Listing, Problem> {
    let id = OfferId::parse(id).ok_or_else(Problem::not_found)?;
    state.engine.catalog().named(&id).ok_or_else(Problem::not_found)
}

/// What readers are told when the engine takes too long.
pub(crate) fn late() -> Problem {
    Problem::try_later("answer_timeout", "the engine did not answer in time")
}
