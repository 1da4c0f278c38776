//! The stamp: gives each request an id, turns every failure into a problem that names it, and sets the
//! headers that all answers share.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use serde::{Serialize, Serializer};

use super::body_drain::{Answer, Rest};
use super::connection_guard::Running;
use super::html::is_page;
use super::problem::Problem;
use super::state::State;

/// The longest request target, path and query together. Ids are at most 512 bytes.
const TARGET_BYTES_MAX: usize = 8192;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id: by it, a client's complaint and the log are brought together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Counts from a random start, so that ids of two runs are not confused.
#[derive(Debug)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn start() -> Self {
        Self(AtomicU64::new(rand::random()))
    }

    fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The outermost middleware.
pub(crate) async fn stamp(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Answer>, Error> {
    let id = state.ids.next();
    let running = Running::begin(request.request());
    let rest = Rest::of(&mut request);
    look_up().await;
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let response = if target > TARGET_BYTES_MAX {
        let problem =
            Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "the address is longer than 8192 bytes");
        request.error_response(problem)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let mut response = match problem_of(&response).filter(|_| !is_page(&response)) {
        Some(problem) => response.into_response(problem.response(&id)),
        None => response,
    };
    mark(response.headers_mut(), id);
    Ok(response.map_body(|_, body| Answer::new(body, rest, running)))
}

/// Waits once, for nothing. actix decodes further pipelined requests only while a handler waits: where
/// the last of those it had decoded was answered at once, the rest would lie in its buffer until the
/// client sent more, or the connection was closed as idle.
async fn look_up() {
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

fn mark(headers: &mut HeaderMap, id: RequestId) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(X_REQUEST_ID, id);
    }
    // Stock changes by the millisecond, and accounts are personal: nobody in between keeps a copy.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
