//! Stock: adds units to an offer or takes units off it; each change is made once.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use compact_str::CompactString;
use serde::Deserialize;

use super::body;
use super::offers::find;
use super::problem::Problem;
use super::state::State;
use crate::domain::command::{Command, StockChange};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const KEY_BYTES_MAX: usize = 128;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    units: serde_json::Number,
}

/// `POST /v1/offers/{id}/restock`
pub(crate) async fn restock(
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    change(&id, &request, payload, &state, Command::Restock).await
}

/// `POST /v1/offers/{id}/withdraw`
pub(crate) async fn withdraw(
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    change(&id, &request, payload, &state, Command::Withdraw).await
}

async fn change(
    id: &str,
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    command: fn(StockChange) -> Command,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let listing = find(state, id)?;
    let key = key(request.headers())?;
    let body = body::read(request, payload, &state.limits).await?;
    let change = StockChange { offer: listing.offer, units: units(&body)?, key };
    let changed = state.wait(state.node.change(listing.partition, command(change)), late).await?;
    let replayed = match changed.made {
        Ok(()) => false,
        Err(Refusal::Repeated) => true,
        Err(refusal) => return Err(refused(&refusal)),
    };
    let mut response = HttpResponse::Ok().json(changed.view.ok_or_else(Problem::not_found)?);
    if replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Returns the request's only idempotency key: a change that is requested twice is made once.
fn key(headers: &HeaderMap) -> Result<CompactString, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY);
    let Some(key) = keys.next() else {
        let detail =
            "send `Idempotency-Key: <a name of your own for this change>`; send it again with the same";
        return Err(Problem::bad_request("idempotency_key_required", detail));
    };
    let good = |key: &&str| {
        (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match key.to_str().ok().filter(good) {
        Some(key) if keys.next().is_none() => Ok(CompactString::new(key)),
        _ => {
            let detail = "an Idempotency-Key is 1 to 128 visible ASCII characters, and a request has one";
            Err(Problem::bad_request("bad_idempotency_key", detail))
        }
    }
}

fn units(body: &[u8]) -> Result<u32, Problem> {
    // Serde would also accept a list of the values instead of the object.
    let object = body.trim_ascii_start().first() == Some(&b'{');
    let read = if object { serde_json::from_slice(body).ok() } else { None };
    let Some(ChangeBody { units }) = read else {
        let detail = "the body is not of the form {\"units\":5}; nothing was changed";
        return Err(Problem::bad_request("bad_json", detail));
    };
    let units = units.as_u64().and_then(|units| u32::try_from(units).ok()).filter(|units| *units > 0);
    units.ok_or_else(bad_quantity)
}

fn bad_quantity() -> Problem {
    let detail =
        "units are a whole number from 1, and no more than can be counted and paid for; nothing was changed";
    unprocessable("bad_quantity", detail)
}

fn unprocessable(code: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Committed { available } => {
            let detail = format!(
                "{available} units are available, the others are reserved or sold; nothing was changed"
            );
            unprocessable("stock_below_committed", detail)
        }
        Refusal::TooMany => bad_quantity(),
        Refusal::KeyReused => {
            let detail = "another change was made under this Idempotency-Key; nothing was changed";
            unprocessable("idempotency_key_reuse", detail)
        }
        Refusal::Because(Outcome::Closed) => {
            let detail = "the sale is over; nothing was changed";
            Problem::new(StatusCode::CONFLICT, "offer_closed", detail)
        }
        _ => Problem::not_found(),
    }
}

fn late() -> Problem {
    let detail = "the change was not durable in time, and may become so: send it again with the same key";
    Problem::try_later("answer_timeout", detail)
}
