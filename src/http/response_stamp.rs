//! The outermost middleware: gives each request an id, turns every failure into a problem that names it, or into a page for people, and sets the
//! headers that all responses share.

use std::future::poll_fn;
use std::task::Poll;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::body_drain::{DrainedBody, UnreadBody};
use super::connection_guard::RequestInProgress;
use super::html::is_page;
use super::problem::Problem;
use super::problem_page::Reader;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::state::State;

/// Upper bound on the bytes of a request target, path and query together. Ids have at most 512 bytes.
const TARGET_BYTES_MAX: usize = 8192;

/// How long a browser that came by TLS comes by TLS alone. Other names below the host are not the server's to promise for.
const ONE_YEAR_OF_TLS: &str = "max-age=31536000";

/// Wraps every handler and every other middleware.
pub(crate) async fn stamp_response(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<DrainedBody>, Error> {
    let id = state.ids.of(request.headers());
    let in_progress = RequestInProgress::begin(request.request());
    let unread = UnreadBody::of(&mut request);
    let reader = Reader::of(&request, &state);
    yield_once().await;
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let response = if target > TARGET_BYTES_MAX {
        let problem =
            Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "the address is longer than 8192 bytes");
        request.error_response(problem)
    } else if let Err(problem) = state.hosts.check(request.request(), state.has_tokens()) {
        request.error_response(problem)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let problem = problem_of(&response);
    state.log.answered(&response, problem.as_ref().map(Problem::code), &id, state.node.clock().now());
    let is_by_tls = state.hosts.is_reached_by_tls(response.request());
    let mut response = match (problem.filter(|_| !is_page(&response)), reader) {
        (Some(problem), Some(reader)) => response.into_response(reader.page(&problem, &state)),
        (Some(problem), None) => response.into_response(problem.response(&id)),
        (None, _) => response,
    };
    set_shared_headers(response.headers_mut(), id);
    if is_by_tls {
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONE_YEAR_OF_TLS));
    }
    Ok(response.map_body(|_, body| DrainedBody::new(body, unread, in_progress)))
}

/// Yields once. actix decodes further pipelined requests only while a handler waits. Without this, when the
/// last decoded request is answered at once, the rest stays in its buffer until the client sends more or the
/// connection is closed as idle.
async fn yield_once() {
    let mut waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn problem_of(response: &ServiceResponse) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    Some(problem.cloned().unwrap_or_else(|| Problem::of_status(status)))
}

fn set_shared_headers(headers: &mut HeaderMap, id: RequestId) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(X_REQUEST_ID, id);
    }
    // Stock changes by the millisecond and accounts are personal, so no cache may store a response.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
