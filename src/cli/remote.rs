//! The client of the operator's commands: calls a running server.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fail::Fail;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::journal::private::{SecretFault, read_secret};
use crate::net::{Bounds, Client, Dialer, Egress, Failure, FailureKind, Method, Request, Trust};

/// Upper bound on the wait for an answer. It is longer than a server with its default limits takes.
const PATIENCE: Millis = Millis::from_secs(40);

/// The same for what copies the whole data directory.
const LONG_PATIENCE: Millis = Millis::from_secs(6 * 3_600);

/// Upper bound on the bytes of an answer: a list is the longest.
const BODY_BYTES_MAX: usize = 64 << 20;

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
        let request =
            Request { body: body.as_bytes().to_vec(), ..Request::new(Method::Post, self.url(path)) };
        let request = request.header("content-type", "application/json");
        self.send(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
    }

    /// Sends a `POST` request whose answer takes as long as the disks of the server do.
    pub(crate) fn post_and_wait(&self, path: &str) -> Result<Answer, Fail> {
        self.send_within(Request::new(Method::Post, self.url(path)), LONG_PATIENCE)
    }

    /// Sends a `DELETE` request to a path of the server.
    pub(crate) fn delete(&self, path: &str) -> Result<Answer, Fail> {
        self.send(Request::new(Method::Delete, self.url(path)))
    }

    /// Sends a `GET` request to a path of the server.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, Fail> {
        self.send(Request::new(Method::Get, self.url(path)))
    }

    fn send(&self, request: Request) -> Result<Answer, Fail> {
        self.send_within(request, PATIENCE)
    }

    fn send_within(&self, request: Request, patience: Millis) -> Result<Answer, Fail> {
        let request = match self.authorization()? {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        let answer = self.client(patience)?.attempt(&request).map_err(|failure| self.unreached(&failure))?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status {
            200 | 204 => Ok(Answer { body, replayed: answer.header("idempotency-replayed").is_some() }),
            300..=399 => {
                Err(Fail::new(69, format!("{} sends us elsewhere; name the address itself", self.server)))
            }
            status => Err(refused(status, &body)),
        }
    }

    /// A client that calls the server wherever it is: the operator names it.
    fn client(&self, patience: Millis) -> Result<Client, Fail> {
        let egress = Egress::only(&self.server)
            .map_err(|error| Fail::new(2, format!("{} is no server's address: {error}", self.server)))?;
        let trust = Trust::load(None).map_err(|fault| Fail::config(fault.to_string()))?;
        let bounds = Bounds { answer: patience, body_bytes: BODY_BYTES_MAX, ..Bounds::default() };
        Ok(Client::new(Dialer::new(egress, trust, Clock::start()), bounds))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.trim_end_matches('/'))
    }

    fn authorization(&self) -> Result<Option<String>, Fail> {
        self.token_file.as_deref().map(|path| Ok(format!("Bearer {}", token(path)?))).transpose()
    }

    fn unreached(&self, failure: &Failure) -> Fail {
        let (code, what) = match failure.kind {
            FailureKind::Request => (2, "is no server's address"),
            FailureKind::Late => (75, "did not answer in time"),
            FailureKind::Other => (69, "cannot be reached"),
        };
        Fail::new(code, format!("{} {what}: {}", self.server, failure.text))
    }
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

fn refused(status: u16, body: &str) -> Fail {
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
