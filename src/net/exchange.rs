//! One request, and its answer.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or asks for an action.
    Post,
    /// Puts a whole value at its address.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to another machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Headers, with names in small letters. They may hold secrets, so `Debug` shows the names only.
    pub headers: Vec<(CompactString, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Whether it is made in the name of the shop's account: who sends it adds the account's access token, and
    /// renews the token where the answer says that it has expired.
    pub signed: bool,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new(), signed: false }
    }

    /// A request that reads.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    /// A request that posts JSON.
    #[must_use]
    pub fn post_json(url: impl Into<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("requests are plain values");
        Self { body, ..Self::new(Method::Post, url) }.header("content-type", "application/json")
    }

    /// A request that posts a form.
    #[must_use]
    pub fn post_form(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        let kind = "application/x-www-form-urlencoded";
        Self { body, ..Self::new(Method::Post, url) }.header("content-type", kind)
    }

    /// Adds a header; `name` is in small letters.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Makes it in the name of the shop's account.
    #[must_use]
    pub fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// The value of a header.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses without their query, which may hold a token.
        let address = self.url.split(['?', '#']).next().unwrap_or_default();
        write!(f, "{} {address}", self.method.name())
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, with names in small letters.
    pub headers: Vec<(CompactString, String)>,
    /// The body, of bounded length.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        200 <= self.status && self.status < 300
    }

    /// The value of a header; `name` is in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads the body.
    ///
    /// # Errors
    /// When the body is not JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NotJson> {
        serde_json::from_slice(&self.body).map_err(|error| NotJson(error.to_string().into()))
    }
}

/// The body of an answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be read: {0}")]
pub struct NotJson(CompactString);

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nothing of the request left this machine.
    #[error("not sent: {0}")]
    NotSent(CompactString),
    /// The request may have arrived.
    #[error("no answer: {0}")]
    Unknown(CompactString),
}

/// Makes requests, one at a time, and waits for the answer.
pub trait Http: Send + Sync {
    /// Makes a request. Redirects are not followed: an answer with one is returned as it is.
    ///
    /// # Errors
    /// When no answer comes.
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered>;
}

/// Several accounts share one client.
impl<T: Http + ?Sized> Http for Arc<T> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        T::exchange(self, request)
    }
}
