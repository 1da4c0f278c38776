//! The client: requests and open connections over sockets.

use std::sync::Arc;
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use ureq::config::Config;
use ureq::http;
use ureq::{Agent, Body, Error, Timeout};
use url::Url;

use super::dialer::Dialer;
use super::egress::Egress;
use super::exchange::{Answer, Http, Method, Request, Unanswered};
use super::lines::Lines;
use super::opening::{Net, NotOpened, Opening, Wire};
use super::transport::{Connect, Lease, NoResolver, NothingSent};
use super::trust::{Trust, TrustFault};
use super::websocket;
use crate::clock::Clock;
use crate::config::serve::ServeConfig;
use crate::domain::time::Millis;
use crate::telemetry;
use crate::text::grouped::grouped;

/// What the client says it is.
const USER_AGENT: &str = concat!("flashtag/", env!("CARGO_PKG_VERSION"));

/// Connections that wait for the next request: in all, to one host, and how long.
const IDLE_MAX: usize = 32;
const IDLE_PER_HOST_MAX: usize = 8;
const IDLE_AGE_MAX: Duration = Duration::from_secs(10);

/// What requests and connections may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How long resolving, connecting and agreeing on TLS may take.
    pub connect: Millis,
    /// How long a whole exchange may take.
    pub answer: Millis,
    /// The bytes of an answer's body.
    pub body_bytes: usize,
    /// The bytes of a line of an answer without end.
    pub line_bytes: usize,
    /// The bytes of a message on a WebSocket.
    pub message_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Millis::from_secs(10),
            answer: Millis::from_secs(30),
            body_bytes: 8 << 20,
            line_bytes: 1 << 20,
            message_bytes: 8 << 20,
        }
    }
}

/// Why an attempt at a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// Whether something of the request may have left this machine.
    pub maybe_sent: bool,
    /// What failed, without what the request holds.
    pub text: CompactString,
}

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The request cannot be made: its address or one of its headers is none.
    Request,
    /// It took too long.
    Late,
    /// Anything else.
    Other,
}

impl Failure {
    fn of_request(text: &str) -> Self {
        Self { kind: FailureKind::Request, maybe_sent: false, text: text.into() }
    }
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        if failure.maybe_sent { Self::Unknown(failure.text) } else { Self::NotSent(failure.text) }
    }
}

/// Makes requests and opens connections over sockets. Connections are kept for the next request to the same host.
#[derive(Debug, Clone)]
pub struct Client {
    dialer: Dialer,
    bounds: Bounds,
    agent: Agent,
}

impl Client {
    /// The client of a shop, as it is configured.
    ///
    /// # Errors
    /// When the file of trusted certificates cannot be used.
    pub fn of_shop(config: &ServeConfig, clock: Clock) -> Result<Self, TrustFault> {
        let trust = Trust::load(config.peers.ca_file.as_deref())?;
        let egress = Egress::new(config.mode, config.peers.egress_allow.clone());
        Ok(Self::new(Dialer::new(egress, trust, clock), Bounds::default()))
    }

    /// A client that connects through `dialer`.
    #[must_use]
    pub fn new(dialer: Dialer, bounds: Bounds) -> Self {
        let agent = agent(&dialer, &bounds, None);
        Self { dialer, bounds, agent }
    }

    /// Makes a request, and tells failures apart.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn attempt(&self, request: &Request) -> Result<Answer, Failure> {
        let answer = self.answered(request);
        telemetry::requests(match &answer {
            Ok(_) => "answered",
            Err(failure) if failure.maybe_sent => "unknown",
            Err(_) => "not_sent",
        })
        .increment(1);
        answer
    }

    fn answered(&self, request: &Request) -> Result<Answer, Failure> {
        let host = host_of(request, &["http", "https"])?;
        let response = send(&self.agent, request, &request.url).map_err(|error| failure(&host, error))?;
        self.answer(response).map_err(|error| self.unread(&host, error))
    }

    /// Reads the whole answer.
    fn answer(&self, response: http::Response<Body>) -> Result<Answer, Error> {
        let (parts, mut body) = response.into_parts();
        let body = body.with_config().limit(self.bounds.body_bytes as u64).read_to_vec()?;
        Ok(Answer { status: parts.status.as_u16(), headers: headers_of(&parts.headers), body })
    }

    /// The failure to read an answer to a request that has arrived.
    fn unread(&self, host: &str, error: Error) -> Failure {
        if let Error::BodyExceedsLimit(_) = error {
            let most = grouped(self.bounds.body_bytes as u64);
            let text = format_compact!("{host}: the answer is longer than {most} bytes");
            return Failure { kind: FailureKind::Other, maybe_sent: true, text };
        }
        Failure { maybe_sent: true, ..failure(host, error) }
    }

    fn not_opened(&self, host: &str, error: Error) -> NotOpened {
        NotOpened::Unanswered(failure(host, error).into())
    }

    /// An answer that opens no connection.
    fn refused(&self, host: &str, response: http::Response<Body>, lease: &Lease) -> NotOpened {
        // The answer has an end, and so has the wait for it.
        let wait_us = u64::try_from(self.bounds.answer.std().as_micros()).unwrap_or(u64::MAX);
        lease.read_until(self.dialer.clock().elapsed_us().saturating_add(wait_us));
        match self.answer(response) {
            Ok(answer) => NotOpened::Refused(answer),
            Err(error) => NotOpened::Unanswered(self.unread(host, error).into()),
        }
    }

    fn open_lines(&self, request: &Request) -> Result<Box<dyn Wire>, NotOpened> {
        let host =
            host_of(request, &["http", "https"]).map_err(|failure| NotOpened::Unanswered(failure.into()))?;
        let lease = Arc::new(Lease::default());
        let agent = agent(&self.dialer, &self.bounds, Some(Arc::clone(&lease)));
        let response = send(&agent, request, &request.url).map_err(|error| self.not_opened(&host, error))?;
        if !response.status().is_success() {
            return Err(self.refused(&host, response, &lease));
        }
        let body = response.into_body().into_reader();
        Ok(Box::new(Lines::new(Box::new(body), lease, self.dialer.clock().clone(), self.bounds.line_bytes)))
    }

    fn open_websocket(&self, request: &Request) -> Result<Box<dyn Wire>, NotOpened> {
        let unsent = |failure: Failure| NotOpened::Unanswered(failure.into());
        let host = host_of(request, &["ws", "wss"]).map_err(unsent)?;
        let (asked, key) = websocket::upgrade(request);
        let lease = Arc::new(Lease::default());
        let agent = agent(&self.dialer, &self.bounds, Some(Arc::clone(&lease)));
        // `ws` and `wss` are `http` and `https` until the connection is upgraded.
        let url = request.url.replacen("ws", "http", 1);
        let response = send(&agent, &asked, &url).map_err(|error| self.not_opened(&host, error))?;
        if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refused(&host, response, &lease));
        }
        let agreed = websocket::agrees(&headers_of(response.headers()), &key);
        drop(response);
        drop(agent);
        match lease.take().filter(|_| agreed) {
            Some((socket, rest)) => Ok(websocket::open(socket, rest, self.bounds.message_bytes)),
            None => {
                let text = format_compact!("{host}: it upgrades the connection to something else");
                Err(NotOpened::Unanswered(Unanswered::Unknown(text)))
            }
        }
    }
}

impl Http for Client {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        self.attempt(request).map_err(Unanswered::from)
    }
}

impl Net for Client {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        let opened = match opening {
            Opening::Lines(request) => self.open_lines(request),
            Opening::WebSocket(request) => self.open_websocket(request),
        };
        telemetry::openings(match &opened {
            Ok(_) => "opened",
            Err(NotOpened::Refused(_)) => "refused",
            Err(NotOpened::Unanswered(_)) => "unanswered",
        })
        .increment(1);
        opened
    }
}

/// The HTTP client. With a lease it makes one connection, which is not kept for another request.
fn agent(dialer: &Dialer, bounds: &Bounds, lease: Option<Arc<Lease>>) -> Agent {
    let idle = if lease.is_some() { 0 } else { IDLE_MAX };
    let whole = Some(bounds.answer.std());
    let config: Config = Agent::config_builder()
        .user_agent(USER_AGENT)
        .http_status_as_error(false)
        // A redirect would send a secret to another address, and an effect twice.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy of the environment would connect where we cannot judge.
        .proxy(None)
        .timeout_connect(Some(bounds.connect.std()))
        .timeout_send_request(whole)
        .timeout_send_body(whole)
        .timeout_recv_response(whole)
        // An answer without end has no time at which all of it is there.
        .timeout_global(if lease.is_some() { None } else { whole })
        .timeout_per_read(whole)
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle.min(IDLE_PER_HOST_MAX))
        .max_idle_age(IDLE_AGE_MAX)
        .build();
    Agent::with_parts(config, Connect { dialer: dialer.clone(), lease }, NoResolver)
}

/// Makes a request to `url`, with the method, headers and body of `request`.
fn send(agent: &Agent, request: &Request, url: &str) -> Result<http::Response<Body>, Error> {
    let mut head = http::Request::builder().method(request.method.name()).uri(url);
    for (name, value) in &request.headers {
        head = head.header(name.as_str(), value);
    }
    let takes_body = matches!(request.method, Method::Post | Method::Put);
    if takes_body || !request.body.is_empty() {
        agent.run(head.body(request.body.as_slice())?)
    } else {
        agent.run(head.body(())?)
    }
}

/// The host of a request's address, which may have one of these schemes.
fn host_of(request: &Request, schemes: &[&str]) -> Result<CompactString, Failure> {
    let url = Url::parse(&request.url).map_err(|_| Failure::of_request("the address is none"))?;
    if !schemes.contains(&url.scheme()) || !request.url.starts_with(url.scheme()) {
        return Err(Failure::of_request("the address has another scheme"));
    }
    url.host_str().map(CompactString::from).ok_or_else(|| Failure::of_request("the address has no host"))
}

fn headers_of(headers: &http::HeaderMap) -> Vec<(CompactString, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().into(), text(value))).collect()
}

/// Says what failed. The client's own texts may repeat an address with its query, so only those without are used.
fn failure(host: &str, error: Error) -> Failure {
    let (kind, maybe_sent, text) = match error {
        Error::Other(inner) => match inner.downcast::<NothingSent>() {
            Ok(fault) if fault.late => (FailureKind::Late, false, fault.text),
            Ok(fault) => (FailureKind::Other, false, fault.text),
            Err(_) => (FailureKind::Other, true, "the connection failed".into()),
        },
        Error::BadUri(_) | Error::Http(_) => {
            (FailureKind::Request, false, "the address or a header cannot be sent".into())
        }
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            (FailureKind::Late, false, "no connection in time".into())
        }
        Error::Timeout(_) => (FailureKind::Late, true, "no answer in time".into()),
        Error::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            (FailureKind::Late, true, "no answer in time".into())
        }
        Error::Io(error) => (FailureKind::Other, true, format_compact!("{error}")),
        Error::LargeResponseHeader(..) => (FailureKind::Other, true, "the answer's head is too long".into()),
        Error::Protocol(_) => (FailureKind::Other, true, "the answer is no HTTP".into()),
        _ => (FailureKind::Other, true, "the exchange failed".into()),
    };
    Failure { kind, maybe_sent, text: format_compact!("{host}: {text}") }
}
