//! Problems: every failure as an RFC 9457 document. A problem never echoes the client's input.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::refusal_count::count_refusal;
use super::request_id::RequestId;
use crate::actors::control::NotErased;
use crate::actors::node::NoPerson;
use crate::actors::port::Overloaded;
use crate::api::readiness::Readiness;
use crate::control::processor::NotLinked;

/// Why a request was refused.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    line: Option<usize>,
    header: Option<(HeaderName, &'static str)>,
}

/// The document as it is serialized.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    request_id: &'a RequestId,
}

impl Problem {
    /// Creates a problem with this status and code; the detail tells the client's operator what to do.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), line: None, header: None }
    }

    /// The problem's name in the document, the counter and the log.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What the client's operator can do.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The header that the answer has besides.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        self.header.clone().map(|(name, value)| (name, HeaderValue::from_static(value)))
    }

    /// Adds the line of the body at which the problem was found, counted from 1.
    pub(crate) fn on_line(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    fn with(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn too_large(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, detail)
    }

    pub(crate) fn unsupported(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let detail = "this address does not know that method; the Allow header names those it knows";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).with(header::ALLOW, allow)
    }

    /// The same problem for every kind of invalid token.
    pub(crate) fn unauthorized() -> Self {
        let detail = "send `Authorization: Bearer <token>` with a token of the server's token file";
        let challenge = "Bearer realm=\"flashtag\"";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail).with(header::WWW_AUTHENTICATE, challenge)
    }

    pub(crate) fn overloaded() -> Self {
        Self::try_later("overloaded", "more is asked than can be queued; nothing was decided")
    }

    pub(crate) fn foreign_page() -> Self {
        let detail = "a web page of another site made this request; speak to the server directly";
        Self::new(StatusCode::FORBIDDEN, "foreign_page", detail)
    }

    /// The server's name in the request is not one of its own.
    pub(crate) fn foreign_host() -> Self {
        let detail = "the server does not go by the name in `Host`; address it as localhost, or add the name to \
                      `allowed_hosts` of [http]";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", detail)
    }

    pub(crate) fn bad_host() -> Self {
        Self::bad_request(
            "bad_host",
            "a request names the server once, in `Host`, as a name with or without a port",
        )
    }

    pub(crate) fn accounts_full() -> Self {
        let detail = "as many accounts are linked as `limits.accounts_most` of the configuration allows";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "accounts_full", detail)
    }

    pub(crate) fn stopping() -> Self {
        Self::try_later("stopping", "the server is stopping; nothing was decided")
    }

    /// Posts should be sent elsewhere, for these reasons.
    pub(crate) fn not_ready(readiness: &Readiness) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", readiness.to_string())
            .with(header::RETRY_AFTER, "1")
    }

    /// Creates a 503 problem: the same request may succeed a little later.
    pub(crate) fn try_later(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with(header::RETRY_AFTER, "1")
    }

    /// Returns the problem for a failure that actix reports by its status alone.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            status if status.is_client_error() => {
                Self::new(status, "bad_request", "the request cannot be understood")
            }
            status => Self::new(status, "internal_error", "the server failed; its log says more"),
        }
    }

    /// Counts the refusal and returns it as a response.
    pub(crate) fn response(&self, request_id: &RequestId) -> HttpResponse {
        count_refusal(self.code);
        let document = Document {
            r#type: format!("urn:flashtag:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            line: self.line,
            request_id,
        };
        let body = serde_json::to_vec(&document).expect("problems are plain values");
        let mut response = HttpResponse::build(self.status);
        if let Some(header) = self.header() {
            response.insert_header(header);
        }
        response.insert_header((header::CONTENT_TYPE, "application/problem+json")).body(body)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

/// A handler's error becomes a response in the outermost middleware, which knows the request's id.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }
}

impl From<Overloaded> for Problem {
    fn from(_: Overloaded) -> Self {
        Self::overloaded()
    }
}

impl From<NotLinked> for Problem {
    fn from(fault: NotLinked) -> Self {
        match fault {
            NotLinked::Busy => Self::overloaded(),
            NotLinked::Full => Self::accounts_full(),
            NotLinked::PersonNotStored => Self::try_later("person_not_stored", fault.to_string()),
        }
    }
}

impl From<NotErased> for Problem {
    fn from(fault: NotErased) -> Self {
        match fault {
            NotErased::Overloaded => Self::overloaded(),
            NotErased::KeyLeft => Self::try_later("key_not_destroyed", fault.to_string()),
            NotErased::NotNoted => Self::try_later("erasure_not_noted", fault.to_string()),
        }
    }
}

impl From<NoPerson> for Problem {
    fn from(fault: NoPerson) -> Self {
        Self::try_later("person_not_read", fault.to_string())
    }
}
