//! Requests with the shop's key, in the pinned version.

use super::api::VERSION;
use super::key::StripeKey;
use crate::net::{Answer, Http, Request, Unanswered};

/// Signs requests, and leaves those that ask for no signature as they are.
#[derive(Debug, Clone)]
pub struct KeyedHttp<H> {
    http: H,
    key: StripeKey,
}

impl<H> KeyedHttp<H> {
    /// Signs the requests of `http` with `key`.
    #[must_use]
    pub const fn new(http: H, key: StripeKey) -> Self {
        Self { http, key }
    }
}

impl<H: Http> Http for KeyedHttp<H> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        if !request.signed {
            return self.http.exchange(request);
        }
        let signed = request.clone().header("authorization", self.key.bearer());
        self.http.exchange(&signed.header("stripe-version", VERSION))
    }
}
