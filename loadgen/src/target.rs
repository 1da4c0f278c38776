//! The server under load, as the wire shows it: nothing here knows more of it than its HTTP interface.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ureq::Agent;

use crate::error::CommandError;

/// Longer than a server with its default limits waits for its own answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Shorter than a server with its default limits keeps a connection without a request.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// The bytes of an answer at most.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A server's address, the token that it asks for, and connections to it. Clones have connections of their own.
#[derive(Debug)]
pub struct Target {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// How an offer stands, as `GET /v1/offers` shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferState {
    /// The offer's id.
    pub id: String,
    /// What is sold.
    pub title: String,
    /// All units.
    pub allotment: u64,
    /// Free units.
    pub available: u64,
    /// Units kept for somebody.
    pub reserved: u64,
    /// Units paid for.
    pub sold: u64,
    /// Claims in line.
    pub waiting: u64,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<String, u64>,
}

/// A page of live reservations.
#[derive(Debug, Deserialize)]
pub(crate) struct Reservations {
    pub(crate) reservations: Vec<Reservation>,
    /// Where the next page begins; none on the last.
    pub(crate) next: Option<u32>,
}

/// A live reservation.
#[derive(Debug, Deserialize)]
pub(crate) struct Reservation {
    pub(crate) id: String,
    pub(crate) account: String,
    /// The post that claimed it.
    pub(crate) claim: String,
}

/// One line of an answer to posts.
#[derive(Debug, Deserialize)]
pub struct OutcomeLine<'a> {
    /// The post.
    #[serde(borrow)]
    pub post: Option<Cow<'a, str>>,
    /// The outcome code.
    #[serde(borrow)]
    pub outcome: Cow<'a, str>,
    /// The reservation's public id.
    #[serde(borrow)]
    pub reservation: Option<Cow<'a, str>>,
    /// Whether a repeated delivery is told its first outcome again.
    #[serde(default)]
    pub duplicate: bool,
    /// Until when a confirmation waits for its claim.
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

/// What came of sending posts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The lines of the answer.
    Answered(Vec<u8>),
    /// Nothing was decided for want of room.
    Overloaded,
    /// Nobody knows what was decided.
    Failed(String),
}

impl Target {
    /// A server at `base`, as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry the token to wherever it points, and a proxy would be measured along.
            .max_redirects(0)
            .proxy(None)
            .max_idle_age(IDLE_MAX)
            // One bound for everything would also bound the look-up of the name, for which a thread is started and
            // waited for at each request: that would be measured as the server's.
            .timeout_connect(Some(PATIENCE))
            .timeout_send_request(Some(PATIENCE))
            .timeout_send_body(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_recv_body(Some(PATIENCE));
        Self { agent: config.build().into(), base: base.trim_end_matches('/').to_owned(), token }
    }

    /// The same server on another connection.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(&self.base, self.token.clone())
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How its offers stand.
    ///
    /// # Errors
    /// When it cannot be reached, lets us not in, or is no Flashtag.
    pub fn offers(&self) -> Result<Vec<OfferState>, CommandError> {
        self.get::<Offers>("/v1/offers").map(|page| page.offers)
    }

    /// A page of live reservations behind the ordinal `after`.
    pub(crate) fn reservations(&self, offer: &str, after: u32) -> Result<Reservations, CommandError> {
        self.get(&format!("/v1/offers/{offer}/reservations?after={after}&limit=1000"))
    }

    /// The units of an offer that an account (`x:42`) holds or has bought, where no reservation is of more than one.
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
    pub(crate) fn post(&self, body: &[u8]) -> Sent {
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
            Ok((200, lines)) => Sent::Answered(lines),
            Ok((503, _)) => Sent::Overloaded,
            Ok((status, body)) => {
                let words = String::from_utf8_lossy(&body);
                Sent::Failed(format!("status {status}: {}", words.trim()))
            }
            Err(error) => Sent::Failed(error.to_string()),
        }
    }
}

/// The first token of a token file: the server's own file will do.
///
/// # Errors
/// When the file cannot be read or holds none.
pub fn read_token(path: &Path) -> Result<String, CommandError> {
    let text = std::fs::read_to_string(path).map_err(|source| CommandError::no_input(path, &source))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let token = lines.next().filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    let none =
        || CommandError::new(78, format!("{}: no token; write one on a line of its own", path.display()));
    token.map(str::to_owned).ok_or_else(none)
}
