//! The rights of the shop's key in all tests: those that `check --providers` asks for and no others.
//!
//! A request of the engine that the check does not ask about is refused, and its test fails.

use std::collections::BTreeSet;
use std::sync::Mutex;

use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::provider::stripe::{Api, probe};

/// Keeps the right that each request needs, and answers that its object does not exist.
#[derive(Default)]
struct Listener(Mutex<BTreeSet<(String, bool)>>);

impl Http for Listener {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let path = request.url.split("/v1/").nth(1).expect("a path of the API");
        let resource = path.split(['/', '?']).next().unwrap_or_default().to_owned();
        self.0.lock().unwrap().insert((resource, request.method.name() != "GET"));
        Ok(Answer { status: 404, headers: Vec::new(), body: Vec::new() })
    }
}

/// What a key must be allowed to do: a resource, and whether to write it.
pub(super) fn asked_rights() -> BTreeSet<(String, bool)> {
    let listener = Listener::default();
    drop(probe(&Api::new("https://stripe.example"), &listener));
    listener.0.into_inner().unwrap()
}
