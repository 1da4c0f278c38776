//! The body of a request: bounded in bytes and in time, as it was sent.

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::bounds::Bounds;
use super::problem::Problem;

/// The content types of JSON lines. `curl --data-binary @posts.ndjson` calls everything a form unless
/// told otherwise, and other clients name no type at all; the body is never read as a form.
const TYPES: [&str; 5] = [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "text/plain",
    "application/x-www-form-urlencoded",
];

/// Reads the body. What can be refused by the head is refused before a byte of the body is read.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    bounds: &Bounds,
) -> Result<Vec<u8>, Problem> {
    let length = announced(request.headers()).unwrap_or(0);
    if length > bounds.body_bytes {
        return Err(too_large(bounds));
    }
    check_form(request.headers())?;
    let reading = gather(payload, length, bounds);
    tokio::time::timeout(bounds.body_timeout.std(), reading).await.unwrap_or_else(|_| {
        let detail = format!("the body did not arrive within {}", bounds.body_timeout);
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail))
    })
}

async fn gather(mut payload: web::Payload, length: usize, bounds: &Bounds) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::with_capacity(length);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(&error, bounds))?;
        if body.len() + chunk.len() > bounds.body_bytes {
            return Err(too_large(bounds));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses what is not plain JSON lines.
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

fn too_large(bounds: &Bounds) -> Problem {
    let detail = format!("a body has at most {} bytes; send several requests", bounds.body_bytes);
    Problem::too_large("body_too_large", detail)
}

fn broken(error: &PayloadError, bounds: &Bounds) -> Problem {
    match error {
        PayloadError::Overflow => too_large(bounds),
        _ => Problem::bad_request("bad_framing", "the body ended early or is framed wrongly"),
    }
}
