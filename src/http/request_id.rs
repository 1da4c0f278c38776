//! A request's id: every response carries it, and so do the problem document of a failure and the log.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName};
use compact_str::CompactString;
use serde::{Serialize, Serializer};

/// The header of the id, in requests and responses.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Upper bound on the bytes of an id that a client gave.
const GIVEN_BYTES_MAX: usize = 128;

/// An id that connects a client's complaint with the log.
#[derive(Debug, Clone)]
pub(crate) enum RequestId {
    /// The client's own, such as the one that a proxy gave the request.
    Given(CompactString),
    /// Made here.
    Made(u64),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(id) => f.write_str(id),
            Self::Made(number) => write!(f, "{number:016x}"),
        }
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes ids. They count from a random start, so that the ids of two runs differ.
#[derive(Debug)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn start() -> Self {
        Self(AtomicU64::new(rand::random()))
    }

    /// Keeps the id that the request has, if it is one that every log can hold; else makes one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        match given(headers) {
            Some(id) => RequestId::Given(CompactString::new(id)),
            None => RequestId::Made(self.0.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn given(headers: &HeaderMap) -> Option<&str> {
    let mut ids = headers.get_all(X_REQUEST_ID);
    let (id, None) = (ids.next()?.to_str().ok()?, ids.next()) else { return None };
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte);
    ((1..=GIVEN_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_safe)).then_some(id)
}
