//! Requests and answers, and how answers are made.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

/// A whole request: its address holds path and query.
pub type Request = http::Request<Vec<u8>>;

/// A whole answer.
pub type Response = http::Response<Vec<u8>>;

/// What stands at a place of a value, such as `/reply/root`; nothing if there is no such place.
pub(crate) fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

/// Answers with JSON.
pub(crate) fn json(status: u16, body: &Value) -> Response {
    body_of(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}

/// Answers with a page.
pub(crate) fn html(status: u16, page: &str) -> Response {
    body_of(status, "text/html; charset=utf-8", page.as_bytes().to_vec())
}

/// Answers with plain text.
pub(crate) fn text(status: u16, words: &str) -> Response {
    body_of(status, "text/plain; charset=utf-8", words.as_bytes().to_vec())
}

/// Sends the browser elsewhere.
pub(crate) fn redirect(location: &str) -> Response {
    with_header(text(302, ""), "location", location)
}

/// Adds a header. A value that no header can hold is left out.
pub(crate) fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

fn body_of(status: u16, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
