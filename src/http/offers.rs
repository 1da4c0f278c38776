//! Offers, their draws and their live reservations.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::state::State;
use crate::api::public_offer_view::{PublicDrawView, PublicOfferView};
use crate::domain::id::OfferId;
use crate::domain::listing::Listing;

/// Upper bound on reservations in one response.
const PAGE_MAX: usize = 1000;

/// Reservations in a response if the request names no limit.
const PAGE_DEFAULT: usize = 100;

#[derive(Serialize)]
struct Offers<T> {
    offers: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    #[serde(default)]
    after: u32,
    #[serde(default = "page_default")]
    limit: usize,
}

fn page_default() -> usize {
    PAGE_DEFAULT
}

/// `GET /v1/offers`
pub(crate) async fn list(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let mut offers = Vec::new();
    for partition in state.node.partitions() {
        let views = state.wait(state.node.offer_views(partition), late).await?;
        offers.extend(views);
    }
    if state.admits(request.headers()) {
        return Ok(HttpResponse::Ok().json(Offers { offers }));
    }
    let offers = offers.into_iter().map(PublicOfferView::from).collect();
    Ok(HttpResponse::Ok().json(Offers { offers }))
}

/// `GET /v1/offers/{id}`
pub(crate) async fn show(
    id: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let view = state.wait(state.node.offer_view(&listing), late).await?.ok_or_else(Problem::not_found)?;
    if state.admits(request.headers()) {
        Ok(HttpResponse::Ok().json(view))
    } else {
        Ok(HttpResponse::Ok().json(PublicOfferView::from(view)))
    }
}

/// `GET /v1/offers/{id}/draw`
pub(crate) async fn draw(
    id: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let draw = state.wait(state.node.draw_view(&listing), late).await?.ok_or_else(Problem::not_found)?;
    if state.admits(request.headers()) {
        Ok(HttpResponse::Ok().json(draw))
    } else {
        Ok(HttpResponse::Ok().json(PublicDrawView::from(draw)))
    }
}

/// `GET /v1/offers/{id}/reservations`
pub(crate) async fn reservations(
    id: web::Path<String>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let listing = find(&state, &id)?;
    let query = query(&request)?;
    let page = state.node.reservations(&listing, query.after, query.limit);
    let page = state.wait(page, late).await?;
    Ok(HttpResponse::Ok().json(page.ok_or_else(Problem::not_found)?))
}

fn query(request: &HttpRequest) -> Result<PageQuery, Problem> {
    let query = web::Query::<PageQuery>::from_query(request.query_string()).ok();
    let query = query.filter(|query| (1..=PAGE_MAX).contains(&query.limit));
    let detail = "the query takes `after`, an ordinal, and `limit`, from 1 to 1000, and nothing else";
    query.map(web::Query::into_inner).ok_or_else(|| Problem::bad_request("bad_query", detail))
}

/// Returns the listing of the offer that the path names.
pub(crate) fn find(state: &State, id: &str) -> Result<Listing, Problem> {
    let id = OfferId::parse(id).ok_or_else(Problem::not_found)?;
    state.node.catalog().named(&id).cloned().ok_or_else(Problem::not_found)
}

/// The problem for a read that the node does not answer in time.
pub(crate) fn late() -> Problem {
    Problem::try_later("answer_timeout", "the engine did not answer in time")
}
