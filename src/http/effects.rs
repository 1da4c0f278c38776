//! Effects that were given up: listed, retried and settled.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::body;
use super::problem::Problem;
use super::state::State;
use crate::api::dead_letter_view::{DeadLetterPage, DeadLetterView};
use crate::domain::command::Command;
use crate::domain::dead_letter::{SettleDeadLetter, Settlement};
use crate::domain::effect::Effect;
use crate::domain::id::EffectKey;
use crate::domain::provider_ref::PaymentRef;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::outbox::dead_letters::Listed;
use crate::outbox::delivery_key::OutsideKey;

/// Upper bound on effects in one response.
const PAGE_MAX: usize = 1000;

/// Characters of an operator's reason that are kept.
const REASON_CHARS_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    state: Option<String>,
    after: Option<String>,
    #[serde(default = "page_default")]
    limit: usize,
}

fn page_default() -> usize {
    100
}

/// How an operator settles an effect.
#[derive(Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
enum SettleBody {
    Done { reference: Option<String> },
    Declined { reason: Option<String> },
}

/// `GET /v1/effects?state=dead`
pub(crate) async fn list(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let query = web::Query::<ListQuery>::from_query(request.query_string()).ok().map(web::Query::into_inner);
    let known = |query: &ListQuery| {
        (1..=PAGE_MAX).contains(&query.limit) && query.state.as_deref().is_none_or(|state| state == "dead")
    };
    let detail =
        "the query takes `state=dead`, `after`, a key, and `limit`, from 1 to 1000, and nothing else";
    let bad = || Problem::bad_request("bad_query", detail);
    let query = query.filter(known).ok_or_else(bad)?;
    let after = match &query.after {
        Some(after) => Some(after.parse::<OutsideKey>().map_err(|_| bad())?.effect),
        None => None,
    };
    let listed = state.node.dead_letters().page(after, query.limit + 1);
    let more = listed.len() > query.limit;
    let effects: Vec<_> = listed.iter().take(query.limit).map(|listed| view(&state, listed)).collect();
    let next = effects.last().filter(|_| more).map(|last| last.key.clone());
    Ok(HttpResponse::Ok().json(DeadLetterPage { effects, next }))
}

/// `GET /v1/effects/{key}`
pub(crate) async fn show(key: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let key = parse(&key)?;
    let listed = state.node.dead_letters().get(key.effect).filter(|listed| fits(listed, key));
    Ok(HttpResponse::Ok().json(view(&state, &listed.ok_or_else(Problem::not_found)?)))
}

/// `POST /v1/effects/{key}/retry`
pub(crate) async fn retry(key: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let listed = find(&state, &key)?;
    change(&state, &listed, Command::RetryDeadLetter(listed.outside.effect), "pending").await
}

/// `POST /v1/effects/{key}/settle`
pub(crate) async fn settle(
    key: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let body = body::read(&request, payload, &state.limits).await?;
    let settlement = settlement(&body)?;
    let listed = find(&state, &key)?;
    let (key, effect) = (listed.outside.effect, listed.letter.effect.clone());
    let command = Command::SettleDeadLetter(Box::new(SettleDeadLetter { key, effect, settlement }));
    change(&state, &listed, command, "settled").await
}

fn settlement(body: &[u8]) -> Result<Settlement, Problem> {
    let detail = "the body is {\"as\":\"done\",\"reference\":\"pi_3\"} or {\"as\":\"declined\",\"reason\":\"...\"}; \
                  nothing was changed";
    let bad = || Problem::bad_request("bad_json", detail);
    match serde_json::from_slice(body).map_err(|_| bad())? {
        SettleBody::Done { reference: None } => Ok(Settlement::Done { reference: None }),
        SettleBody::Done { reference: Some(reference) } => {
            let detail = "a reference is the provider's id: visible ASCII characters without blanks";
            let reference = PaymentRef::parse(&reference)
                .map_err(|_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_reference", detail))?;
            Ok(Settlement::Done { reference: Some(reference) })
        }
        SettleBody::Declined { reason } => {
            let reason = reason.unwrap_or_else(|| "settled_as_declined".to_owned());
            Ok(Settlement::Declined {
                reason: reason.chars().take(REASON_CHARS_MAX).collect::<String>().into(),
            })
        }
    }
}

/// Changes a dead letter, and answers with its new state.
async fn change(
    state: &State,
    listed: &Listed,
    command: Command,
    then: &str,
) -> Result<HttpResponse, Problem> {
    let changed = state.wait(state.node.change(listed.outside.effect.partition, command), late).await?;
    changed.made.map_err(|refusal| refused(&refusal))?;
    state.node.dead_letters().hide(listed.outside.effect);
    let view = DeadLetterView { state: then.to_owned(), ..view(state, listed) };
    Ok(HttpResponse::Ok().json(view))
}

fn find(state: &State, key: &str) -> Result<Listed, Problem> {
    let key = parse(key)?;
    let listed = state.node.dead_letters().get(key.effect).filter(|listed| fits(listed, key));
    listed.ok_or_else(|| refused(&Refusal::NotDead))
}

/// Whether a key names that dead letter: by the key of its provider, or without the prefix.
fn fits(listed: &Listed, key: OutsideKey) -> bool {
    key.prefix.is_none() || key == listed.outside
}

fn parse(key: &str) -> Result<OutsideKey, Problem> {
    key.parse().map_err(|_| Problem::not_found())
}

fn view(state: &State, listed: &Listed) -> DeadLetterView {
    let EffectKey { partition, .. } = listed.outside.effect;
    let catalog = state.node.catalog();
    let listing = catalog.listing(partition, listed.letter.effect.offer());
    let view = DeadLetterView::new(
        listed.outside.to_string(),
        &listed.letter,
        listing.map(|listing| listing.offering.id()),
    );
    let held_until = held_until(state, &listed.letter.effect).map(|until| until.to_string());
    DeadLetterView { held_until, ..view }
}

/// Until when the money of a capture is held at least, if that is known.
fn held_until(state: &State, effect: &Effect) -> Option<Timestamp> {
    let Effect::Capture(payment) = effect else { return None };
    state.holds.as_ref()?.until(&payment.reference.as_ref()?.to_string())
}

fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NotDead => {
            let detail =
                "the effect is no dead letter: it was never given up, is tried again, or was settled";
            Problem::new(StatusCode::CONFLICT, "not_a_dead_letter", detail)
        }
        Refusal::Unsettled(why) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_settled", *why),
        _ => Problem::not_found(),
    }
}

fn late() -> Problem {
    Problem::try_later(
        "answer_timeout",
        "the change was not durable in time, and may become so: list the effects",
    )
}
