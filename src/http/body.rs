//! Reads a request body, bounded in bytes and in time. Only unencoded JSON lines are accepted.

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::problem::Problem;
use crate::config::limits::Limits;

/// The content types accepted as JSON lines. `curl --data-binary @posts.ndjson` sends a form type by default,
/// and other clients send none; the body is never parsed as a form.
const TYPES: [&str; 5] = [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "text/plain",
    "application/x-www-form-urlencoded",
];

/// The largest initial capacity, in bytes; most bodies fit.
const CAPACITY_FIRST: usize = 64 * 1024;

/// Reads the body. Refuses what the head alone rules out before any byte of the body is read.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limits: &Limits,
) -> Result<Vec<u8>, Problem> {
    let length = announced(request.headers()).unwrap_or(0);
    if length > limits.body_bytes {
        return Err(too_large(limits));
    }
    check_form(request.headers())?;
    let reading = gather(payload, length, limits);
    tokio::time::timeout(limits.body_timeout.std(), reading).await.unwrap_or_else(|_| {
        let detail = format!("the body did not arrive within {}", limits.body_timeout);
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail))
    })
}

async fn gather(mut payload: web::Payload, length: usize, limits: &Limits) -> Result<Vec<u8>, Problem> {
    // The announced length is not trusted: memory grows with what arrives.
    let mut body = Vec::with_capacity(length.min(CAPACITY_FIRST));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(&error, limits))?;
        if body.len() + chunk.len() > limits.body_bytes {
            return Err(too_large(limits));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses any body but unencoded JSON lines.
fn check_form(headers: &HeaderMap) -> Result<(), Problem> {
    let plain = |coding: &header::HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(header::CONTENT_ENCODING).all(plain) {
        let detail = "bodies are taken only as they are: send the body without Content-Encoding";
        return Err(Problem::unsupported("encoding_refused", detail));
    }
    let known = |value: &header::HeaderValue| {
        let named = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        TYPES.iter().any(|known| named.eq_ignore_ascii_case(known))
    };
    if !headers.get_all(header::CONTENT_TYPE).all(known) {
        let detail = "send `Content-Type: application/x-ndjson` (or application/json, or text/plain)";
        return Err(Problem::unsupported("bad_content_type", detail));
    }
    Ok(())
}

fn too_large(limits: &Limits) -> Problem {
    let detail = format!("a body has at most {} bytes; send several requests", limits.body_bytes);
    Problem::too_large("body_too_large", detail)
}

fn broken(error: &PayloadError, limits: &Limits) -> Problem {
    match error {
        PayloadError::Overflow => too_large(limits),
        _ => Problem::bad_request("bad_framing", "the body ended early or is framed wrongly"),
    }
}
