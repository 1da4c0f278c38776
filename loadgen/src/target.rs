//! The server under load, known by its HTTP interface only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ureq::Agent;

use crate::error::CommandError;

/// Request timeout, longer than the answer timeout of a server with default limits.
const PATIENCE: Duration = Duration::from_secs(40);

/// Idle time of a connection, shorter than the idle timeout of a server with default limits.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Upper bound on the bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A server's address and token, with its own connections.
#[derive(Debug)]
pub struct Target {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// The state of an offer, as in `GET /v1/offers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferState {
    /// The offer's id.
    pub id: String,
    /// Title of the product.
    pub title: String,
    /// Number of all units.
    pub allotment: u64,
    /// Available units.
    pub available: u64,
    /// Reserved units.
    pub reserved: u64,
    /// Sold units.
    pub sold: u64,
    /// Claims on the waitlist.
    pub waiting: u64,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<String, u64>,
}

/// A page of live reservations.
#[derive(Debug, Deserialize)]
pub(crate) struct Reservations {
    pub(crate) reservations: Vec<Reservation>,
    /// Cursor of the next page; none on the last.
    pub(crate) next: Option<u32>,
}

/// A live reservation.
#[derive(Debug, Deserialize)]
pub(crate) struct Reservation {
    pub(crate) id: String,
    pub(crate) account: String,
    /// Id of the claiming post.
    pub(crate) claim: String,
}

/// One line of the answer to posts.
#[derive(Debug, Deserialize)]
pub struct OutcomeLine<'a> {
    /// Id of the post.
    #[serde(borrow)]
    pub post: Option<Cow<'a, str>>,
    /// The outcome code.
    #[serde(borrow)]
    pub outcome: Cow<'a, str>,
    /// The reservation's public id.
    #[serde(borrow)]
    pub reservation: Option<Cow<'a, str>>,
    /// Whether it repeats the first outcome for a repeated delivery.
    #[serde(default)]
    pub duplicate: bool,
    /// Instant until which a confirmation waits for its claim.
    #[serde(borrow)]
    pub parked_until: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Offers {
    offers: Vec<OfferState>,
}

#[derive(Deserialize)]
struct Account {
    offers: Vec<Holding>,
}

#[derive(Deserialize)]
struct Holding {
    offer: String,
    reservation: Option<serde::de::IgnoredAny>,
    sold: u64,
}

/// The response to a request with posts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PostResponse {
    /// The lines of the answer.
    Answered(Vec<u8>),
    /// The server refused the request for overload; no post was decided.
    Overloaded,
    /// The request failed; the outcomes are unknown.
    Failed(String),
}

impl Target {
    /// Makes the target of a server at `base`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would send the token elsewhere, and a proxy would be part of the measurement.
            .max_redirects(0)
            .proxy(None)
            .max_idle_age(IDLE_MAX)
            // A global timeout would also bound name resolution, which then takes a new thread for each
            // request: its cost would be measured as the server's.
            .timeout_connect(Some(PATIENCE))
            .timeout_send_request(Some(PATIENCE))
            .timeout_send_body(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_recv_body(Some(PATIENCE));
        Self { agent: config.build().into(), base: base.trim_end_matches('/').to_owned(), token }
    }

    /// Returns the same server with new connections.
    #[must_use]
    pub fn reconnected(&self) -> Self {
        Self::new(&self.base, self.token.clone())
    }

    /// Returns the server's address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Reads the offers.
    ///
    /// # Errors
    /// If the server cannot be reached, refuses the token, or is not Flashtag.
    pub fn offers(&self) -> Result<Vec<OfferState>, CommandError> {
        self.get::<Offers>("/v1/offers").map(|page| page.offers)
    }

    /// Reads a page of live reservations after the ordinal `after`.
    pub(crate) fn reservations(&self, offer: &str, after: u32) -> Result<Reservations, CommandError> {
        self.get(&format!("/v1/offers/{offer}/reservations?after={after}&limit=1000"))
    }

    /// Counts the units of an offer that an account (`x:42`) holds or has bought. Assumes one unit per
    /// reservation.
    pub(crate) fn held(&self, account: &str, offer: &str) -> Result<u64, CommandError> {
        let account: Account = self.get(&format!("/v1/accounts/{}", account.replacen(':', "/", 1)))?;
        let of_offer = account.offers.iter().filter(|holding| holding.offer == offer);
        Ok(of_offer.map(|holding| holding.sold + u64::from(holding.reservation.is_some())).sum())
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CommandError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.get(&url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| self.unreached(&error))?;
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| self.unreached(&error))?;
        match response.status().as_u16() {
            200 => serde_json::from_slice(&body)
                .map_err(|_| CommandError::unavailable(format!("{url} answers, but not as Flashtag does"))),
            401 | 403 => Err(CommandError::new(
                77,
                format!("{url} asks for another token; name its file by --token-file"),
            )),
            status => Err(CommandError::unavailable(format!("{url} answered with status {status}"))),
        }
    }

    fn unreached(&self, error: &ureq::Error) -> CommandError {
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                CommandError::usage(format!("{} is no server's address: {error}", self.base))
            }
            _ => CommandError::unavailable(format!("{} cannot be reached: {error}", self.base)),
        }
    }

    /// Sends lines of posts and waits for their outcomes.
    pub(crate) fn post(&self, body: &[u8]) -> PostResponse {
        let mut request = self.agent.post(format!("{}/v1/posts", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = request.content_type("application/x-ndjson").send(body);
        let answered = sent.and_then(|mut response| {
            let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
            Ok((response.status().as_u16(), body))
        });
        match answered {
            Ok((200, lines)) => PostResponse::Answered(lines),
            Ok((503, _)) => PostResponse::Overloaded,
            Ok((status, body)) => {
                let words = String::from_utf8_lossy(&body);
                PostResponse::Failed(format!("status {status}: {}", words.trim()))
            }
            Err(error) => PostResponse::Failed(error.to_string()),
        }
    }
}

/// Reads the first token of a token file, such as the server's.
///
/// # Errors
/// If the file cannot be read or holds no token.
pub fn read_token(path: &Path) -> Result<String, CommandError> {
    let text = std::fs::read_to_string(path).map_err(|source| CommandError::no_input(path, &source))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let token = lines.next().filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    let none =
        || CommandError::new(78, format!("{}: no token; write one on a line of its own", path.display()));
    token.map(str::to_owned).ok_or_else(none)
}
