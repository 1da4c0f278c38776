//! The people of a server with Mastodon's interface, by its plain requests.

use std::cell::RefCell;
use std::collections::BTreeMap;

use flashtag::intake::format::shown_text;
use serde_json::{Value, json};

use super::town::OwnPost;
use crate::crash::server::poll;

/// A server, and the tokens of those who have an account.
pub(crate) struct Rest {
    agent: ureq::Agent,
    pub(crate) base: String,
    tokens: RefCell<BTreeMap<String, String>>,
}

impl Rest {
    pub(crate) fn new(base: String) -> Self {
        // A server may close a connection after its answer, and not say so.
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0);
        Self { agent: config.build().into(), base, tokens: RefCell::default() }
    }

    /// Lets somebody act by this token.
    pub(crate) fn add(&self, who: &str, token: &str) {
        self.tokens.borrow_mut().insert(who.to_owned(), token.to_owned());
    }

    fn bearer(&self, who: &str) -> String {
        format!("Bearer {}", self.token(who))
    }

    pub(crate) fn token(&self, who: &str) -> String {
        self.tokens.borrow().get(who).unwrap_or_else(|| panic!("nobody is called {who}")).clone()
    }

    /// Reads something as a person; `None` if the server does not answer with success.
    pub(crate) fn try_get(&self, who: &str, path: &str) -> Option<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut answer = request.header("authorization", self.bearer(who)).call().ok()?;
        answer.status().is_success().then(|| answer.body_mut().read_to_string().ok()).flatten()?.parse().ok()
    }

    pub(crate) fn get(&self, who: &str, path: &str) -> Value {
        self.try_get(who, path).unwrap_or_else(|| panic!("{path}"))
    }

    /// Does something as a person; returns what it came to, or the refusal.
    fn try_act(&self, who: &str, path: &str, body: &Value) -> Result<Value, String> {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("authorization", self.bearer(who));
        let mut answer = request.header("content-type", "application/json").send(body.to_string()).unwrap();
        let (status, text) = (answer.status(), answer.body_mut().read_to_string().unwrap());
        if status.is_success() {
            return Ok(text.parse().unwrap_or_default());
        }
        Err(format!("{path}: {status}: {text}"))
    }

    /// Sends a form that nobody signs. Returns the address that the answer leads to, and the body.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> (Option<String>, Value) {
        let mut answer =
            self.agent.post(format!("{}{path}", self.base)).send_form(fields.iter().copied()).unwrap();
        let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (location, answer.body_mut().read_to_string().unwrap().parse().unwrap_or_default())
    }

    pub(crate) fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        let mut status = json!({ "status": text, "visibility": "public", "language": "en" });
        if let Some(id) = reply_to {
            status["in_reply_to_id"] = id.into();
        }
        id_of(&self.try_act(who, "/api/v1/statuses", &status).unwrap())
    }

    pub(crate) fn repost(&self, who: &str, post: &str) -> String {
        // A server may take some time until it shows a post to others.
        let path = format!("/api/v1/statuses/{post}/reblog");
        id_of(&poll(|| self.try_act(who, &path, &json!({})), Result::is_ok).unwrap())
    }

    pub(crate) fn delete(&self, who: &str, post: &str) -> bool {
        let request = self.agent.delete(format!("{}/api/v1/statuses/{post}", self.base));
        request.header("authorization", self.bearer(who)).call().unwrap().status().is_success()
    }

    /// A person's own statuses, oldest first.
    pub(crate) fn posts_of(&self, who: &str) -> Vec<OwnPost> {
        let own = id_of(&self.get(who, "/api/v1/accounts/verify_credentials"));
        let statuses =
            self.get(who, &format!("/api/v1/accounts/{own}/statuses?exclude_reblogs=true&limit=40"));
        let post = |status: &Value| OwnPost {
            id: id_of(status),
            text: shown_text(status["content"].as_str().unwrap()),
            reply_to: status["in_reply_to_id"].as_str().map(str::to_owned),
        };
        statuses.as_array().unwrap().iter().rev().map(post).collect()
    }
}

/// The id of an entity.
pub(crate) fn id_of(entity: &Value) -> String {
    entity["id"].as_str().unwrap_or_else(|| panic!("no id: {entity}")).to_owned()
}
