//! The client of the operator's commands: calls a running server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use ureq::Agent;
use ureq::http::Response;

use super::fail::Fail;
use crate::journal::private::{SecretFault, read_secret};

/// Upper bound on the wait for an answer. It is longer than a server with its default limits takes.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Debug, clap::Args)]
pub(crate) struct Remote {
    /// The server's address
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// The file of the token that the server asks for
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// The server's answer.
pub(crate) struct Answer {
    /// The body of the response.
    pub(crate) body: String,
    /// Whether an earlier request with the same key was already answered.
    pub(crate) replayed: bool,
}

/// The fields of a problem (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl Remote {
    /// Sends a `POST` request to a path of the server.
    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &str) -> Result<Answer, Fail> {
        let mut request = agent().post(self.url(path)).content_type("application/json");
        if let Some(token) = self.authorization()? {
            request = request.header("Authorization", token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        self.answer(request.send(body))
    }

    /// Sends a `GET` request to a path of the server.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, Fail> {
        let mut request = agent().get(self.url(path));
        if let Some(token) = self.authorization()? {
            request = request.header("Authorization", token);
        }
        self.answer(request.call())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.trim_end_matches('/'))
    }

    fn authorization(&self) -> Result<Option<String>, Fail> {
        self.token_file.as_deref().map(|path| Ok(format!("Bearer {}", token(path)?))).transpose()
    }

    fn answer(&self, sent: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, Fail> {
        let mut response = sent.map_err(|error| self.unreached(&error))?;
        let replayed = response.headers().contains_key("idempotency-replayed");
        let body = response.body_mut().read_to_string().map_err(|error| self.unreached(&error))?;
        if response.status().as_u16() == 200 {
            Ok(Answer { body, replayed })
        } else {
            Err(refused(&response, &body))
        }
    }

    fn unreached(&self, error: &ureq::Error) -> Fail {
        let (code, what) = match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => (2, "is no server's address"),
            ureq::Error::Timeout(_) => (75, "did not answer in time"),
            ureq::Error::TooManyRedirects => (69, "sends us elsewhere; name the address itself"),
            _ => (69, "cannot be reached"),
        };
        Fail::new(code, format!("{} {what}: {error}", self.server))
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A redirect would send the token to another address.
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build();
    Agent::from(config)
}

/// Returns the first token of a token file, so the server's own file can be used.
fn token(path: &Path) -> Result<String, Fail> {
    let text = read_secret(path).map_err(|fault| match fault {
        SecretFault::Unread(source) => Fail::no_input(path, &source),
        SecretFault::Exposed(exposed) => Fail::config(format!("the token file {exposed}")),
    })?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let token = lines.next().filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    let none = || Fail::config(format!("{}: no token; write one on a line of its own", path.display()));
    token.map(str::to_owned).ok_or_else(none)
}

fn refused<T>(response: &Response<T>, body: &str) -> Fail {
    let status = response.status().as_u16();
    let code = match status {
        401 | 403 | 421 => 77,
        404 => 66,
        503 => 75,
        400..=499 => 65,
        _ => 69,
    };
    match serde_json::from_str::<Problem>(body) {
        Ok(Problem { code: name, detail }) => Fail::new(code, format!("refused: {name}: {detail}")),
        // The answer is not a problem document, so the server is not Flashtag.
        Err(_) => Fail::new(69, format!("the server answered with status {status} and no reason")),
    }
}
