//! Addresses that get no letters. They stand in bodies alone: an address in a path would be in every log on the way.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::body;
use super::intake::without_mark;
use super::problem::Problem;
use super::state::State;
use crate::api::suppressions_view::{SuppressionsChanged, SuppressionsView};
use crate::config::limits::Limits;
use crate::intake::lines::lines;
use crate::ops::{OpsDatabase, OpsError, SuppressionReason};
use crate::text::email::plain_address;

/// One address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    address: String,
    #[serde(default)]
    reason: SuppressionReason,
}

/// `GET /v1/suppressions`
pub(crate) async fn count(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let counts = with_database(&state, |database| database.count_suppressed()).await?;
    let reasons: BTreeMap<String, u64> = counts.into_iter().collect();
    Ok(HttpResponse::Ok().json(SuppressionsView { suppressed: reasons.values().sum(), reasons }))
}

/// `POST /v1/suppressions`
pub(crate) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let addresses = addresses(&request, payload, &state).await?;
    let (at, read) = (state.node.clock().now(), addresses.len());
    let changed = with_database(&state, move |database| {
        let hashed =
            addresses.iter().map(|Line { address, reason }| Ok((database.address_hash(address)?, *reason)));
        database.suppress_all(&hashed.collect::<Result<Vec<_>, OpsError>>()?, at)
    });
    answer(read, changed.await?)
}

/// `POST /v1/suppressions/remove`
pub(crate) async fn remove(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let addresses = addresses(&request, payload, &state).await?;
    let read = addresses.len();
    let changed = with_database(&state, move |database| {
        let hashed = addresses.iter().map(|line| database.address_hash(&line.address));
        database.unsuppress_all(&hashed.collect::<Result<Vec<_>, OpsError>>()?)
    });
    answer(read, changed.await?)
}

fn answer(read: usize, changed: u64) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(SuppressionsChanged { read: read as u64, changed }))
}

/// Another thread waits for the disk.
async fn with_database<T: Send + 'static>(
    state: &State,
    action: impl FnOnce(&OpsDatabase) -> Result<T, OpsError> + Send + 'static,
) -> Result<T, Problem> {
    let database = state.database.clone().ok_or_else(Problem::not_found)?;
    let done = web::block(move || action(&database)).await.map_err(|_| Problem::overloaded())?;
    done.map_err(|error| {
        let detail = format!("{error}; nothing was changed");
        Problem::new(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR, "not_stored", detail)
    })
}

/// The addresses of a body. One bad line refuses the request as a whole.
async fn addresses(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<Vec<Line>, Problem> {
    state.check_serving()?;
    let body = body::read(request, payload, &state.limits).await?;
    decode(&body, &state.limits)
}

fn decode(body: &[u8], limits: &Limits) -> Result<Vec<Line>, Problem> {
    let mut addresses = Vec::new();
    for (number, line) in lines(without_mark(body)) {
        if addresses.len() == limits.posts_per_request {
            let most = limits.posts_per_request;
            let detail = format!("a request has at most {most} addresses; send several");
            return Err(Problem::too_large("too_many_addresses", detail));
        }
        let read = serde_json::from_slice::<Line>(line).ok();
        let known = read.and_then(|line| {
            let address = plain_address(&line.address)?;
            Some(Line { address, ..line })
        });
        addresses.push(known.ok_or_else(|| bad_line().on_line(number))?);
    }
    Ok(addresses)
}

/// Does not repeat the line, which names a person.
fn bad_line() -> Problem {
    let detail = "a line is {\"address\":\"ana@example.com\",\"reason\":\"complained\"}, where the reason may be \
                  left out and is one of bounced, complained, unsubscribed, requested; nothing was changed";
    Problem::bad_request("bad_suppression", detail)
}
