//! The way between the shop and its network: each request may go wrong on it.

use std::sync::{Arc, Mutex, MutexGuard};

use compact_str::CompactString;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Net, NotOpened, Opening, Request, Unanswered, Wire};
use networks::Opened;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::authors::Away;
use super::connection::Connection;
use super::faults::{Fault, OF_OPENINGS, OF_REFRESHES, OF_REQUESTS, Weather};
use super::peer::Peer;
use super::time::Time;

/// How long a client waits for an answer.
const PATIENCE: Millis = Millis::from_secs(30);
/// Upper bound on the time that a request takes, in milliseconds.
const LATENCY_MS: usize = 400;

/// Both ends of the way, shared by all who send.
pub(super) struct Ends<P> {
    pub(super) peer: P,
    pub(super) weather: Weather,
    pub(super) time: Time,
    random: StdRng,
    /// Requests that arrive after their senders gave up.
    late: Vec<(Timestamp, Request)>,
    /// The bodies of requests to post that came late: a network without keys may carry them out once more.
    pub(super) posted_late: Vec<String>,
    /// The servers of authors that are away.
    pub(super) away: Away,
}

/// The way. Cheap to clone.
pub(super) struct Line<P>(Arc<Mutex<Ends<P>>>);

impl<P> Clone for Line<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Peer> Line<P> {
    pub(super) fn new(peer: P, weather: Weather, time: Time, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        let (late, posted_late, away) = (Vec::new(), Vec::new(), Away::default());
        Self(Arc::new(Mutex::new(Ends { peer, weather, time, random, late, posted_late, away })))
    }

    /// Both ends, which stand still as long as they are held.
    pub(super) fn ends(&self) -> MutexGuard<'_, Ends<P>> {
        self.0.lock().expect("no holder panics")
    }
}

impl<P: Peer> Ends<P> {
    pub(super) fn now_ms(&self) -> i64 {
        self.time.network().ms()
    }

    fn pass(&mut self, ms: usize) {
        self.time.pass(Millis::from_ms(ms as i64));
    }

    /// Lets requests arrive that are late.
    pub(super) fn deliver_late(&mut self) {
        let now = self.time.network();
        while let Some(index) = self.late.iter().position(|(at, _)| *at <= now) {
            let (_, request) = self.late.swap_remove(index);
            let answer = self.answer(&request);
            if answer.is_success() && request.method.name() == "POST" {
                self.posted_late.push(String::from_utf8_lossy(&request.body).into_owned());
            }
        }
    }

    fn exchange(&mut self, request: &Request) -> Result<Answer, Unanswered> {
        self.deliver_late();
        let is_refresh =
            ["oauth2/token", "refreshSession", "createSession"].iter().any(|part| request.url.contains(part));
        let fault = self.weather.strike(if is_refresh { OF_REFRESHES } else { OF_REQUESTS });
        let latency = 5 + self.weather.below(LATENCY_MS);
        self.pass(latency);
        let Some(fault) = fault else { return Ok(self.answer(request)) };
        let unanswered = |ends: &mut Self, why: &'static str| {
            ends.time.pass(PATIENCE);
            Err(Unanswered::Unknown(CompactString::const_new(why)))
        };
        match fault {
            Fault::NotSent => Err(Unanswered::NotSent("connection refused".into())),
            Fault::LostRequest => unanswered(self, "no answer in time"),
            Fault::LateRequest => {
                let delay = PATIENCE.ms() + self.weather.below(60_000) as i64;
                self.late.push((self.time.network().plus(Millis::from_ms(delay)), request.clone()));
                unanswered(self, "no answer in time")
            }
            Fault::LostAnswer => {
                self.answer(request);
                unanswered(self, "no answer in time")
            }
            Fault::CutAnswer => {
                self.answer(request);
                Err(Unanswered::Unknown("the connection was cut".into()))
            }
            Fault::RepeatedRequest => {
                self.answer(request);
                Ok(self.answer(request))
            }
            Fault::DamagedAnswer => {
                let mut answer = self.answer(request);
                answer.body.truncate(answer.body.len() / 2);
                answer.body.push(0xff);
                Ok(answer)
            }
            Fault::FailedAfter => {
                self.answer(request);
                Ok(self.refusal(500))
            }
            Fault::TokenExpired => {
                let now_ms = self.now_ms();
                self.peer.expire_tokens(now_ms);
                Ok(self.answer(request))
            }
            Fault::RefreshRefused => {
                Ok(bare(400, br#"{"error":"invalid_grant","message":"it was revoked"}"#))
            }
            fault => Ok(self.refused(fault)),
        }
    }

    /// What the network answers.
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let (made, now_ms) = (made(request), self.now_ms());
        read(&self.peer.handle(&made, now_ms, &mut self.random))
    }

    fn refusal(&self, status: u16) -> Answer {
        read(&self.peer.refusal(status, self.now_ms()))
    }

    /// The answer of a fault that has no effect.
    fn refused(&self, fault: Fault) -> Answer {
        match fault {
            Fault::Limited => self.refusal(429),
            Fault::LimitedBare => bare(429, b""),
            Fault::Unavailable => self.refusal(503),
            _ => bare(502, b"<html><body>Bad gateway</body></html>"),
        }
    }
}

fn bare(status: u16, body: &[u8]) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_vec() }
}

/// A request as the network reads it.
fn made(request: &Request) -> networks::Request {
    let url = request.url.replacen("wss://", "https://", 1);
    let mut made = ureq::http::Request::builder().method(request.method.name()).uri(url);
    for (name, value) in &request.headers {
        made = made.header(name.as_str(), value);
    }
    made.body(request.body.clone()).expect("a request has an address and headers")
}

/// An answer as the client tells it.
fn read(response: &networks::Response) -> Answer {
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (CompactString::from(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(header).collect(),
        body: response.body().clone(),
    }
}

impl<P: Peer> Http for Line<P> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        self.ends().exchange(request)
    }
}

impl<P: Peer> Net for Line<P> {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        let (Opening::Lines(request) | Opening::WebSocket(request)) = opening;
        let mut ends = self.ends();
        ends.deliver_late();
        let fault = ends.weather.strike(OF_OPENINGS);
        let latency = 5 + ends.weather.below(LATENCY_MS);
        ends.pass(latency);
        match fault {
            None => {}
            Some(Fault::NotSent) => {
                return Err(NotOpened::Unanswered(Unanswered::NotSent("connection refused".into())));
            }
            Some(Fault::LostRequest) => {
                ends.time.pass(PATIENCE);
                return Err(NotOpened::Unanswered(Unanswered::Unknown("no answer in time".into())));
            }
            Some(Fault::TokenExpired) => {
                let now_ms = ends.now_ms();
                ends.peer.expire_tokens(now_ms);
            }
            Some(fault) => return Err(NotOpened::Refused(ends.refused(fault))),
        }
        let now_ms = ends.now_ms();
        match ends.peer.open(&made(request), now_ms) {
            Opened::Stream(id, kind) => {
                drop(ends);
                Ok(Box::new(Connection::new(self.clone(), id, kind)))
            }
            Opened::Refused(response) => Err(NotOpened::Refused(read(&response))),
            Opened::NotAStream => Err(NotOpened::Refused(ends.answer(request))),
        }
    }
}
