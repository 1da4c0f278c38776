//! Webhooks of the card processor. The signature is the authorization, and what a webhook says changes nothing: it is a hint
//! that an event is to be read.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::body;
use super::problem::Problem;
use super::state::State;
use crate::config::limits::Limits;
use crate::outbox::provider::stripe::{Forged, Received};

/// Webhooks by what became of them, `result`.
pub const CARD_WEBHOOKS_TOTAL: &str = "flashtag_card_webhooks_total";

/// Bytes of a body at most. An event has an object, which is some kilobytes.
const BODY_BYTES_MOST: usize = 256 * 1024;

#[derive(Serialize)]
struct Told {
    result: &'static str,
}

/// `POST /v1/webhooks/stripe`
pub(crate) async fn stripe(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let endpoint = state.card_webhooks.as_ref().ok_or_else(Problem::not_found)?;
    state.check_serving()?;
    let limits = Limits { body_bytes: BODY_BYTES_MOST.min(state.limits.body_bytes), ..state.limits.clone() };
    let body = body::read(&request, payload, &limits).await.inspect_err(|_| count("unread"))?;
    let signature = request.headers().get("stripe-signature").and_then(|value| value.to_str().ok());
    let received = endpoint.receive(signature.unwrap_or_default(), &body, state.node.clock().arrival().at);
    count(received.name());
    match received {
        Received::Forged(why) => Err(refused(why)),
        Received::Unreadable => {
            Err(Problem::bad_request("no_event", "the body is signed, and is no event; nothing was changed"))
        }
        taken => Ok(HttpResponse::Ok().json(Told { result: taken.name() })),
    }
}

fn count(result: &'static str) {
    metrics::counter!(CARD_WEBHOOKS_TOTAL, "result" => result).increment(1);
}

fn refused(why: Forged) -> Problem {
    let (code, detail) = match why {
        Forged::Unsigned => (
            "signature_missing",
            "the header Stripe-Signature has no time and signature of scheme v1; nothing was changed",
        ),
        Forged::Untimely => (
            "signature_untimely",
            "the signature is more than five minutes old or ahead: check the clock; nothing was changed",
        ),
        Forged::Unknown => (
            "signature_unknown",
            "no secret of the endpoint made the signature of this body: check webhook_secret_file; nothing was changed",
        ),
    };
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
}
