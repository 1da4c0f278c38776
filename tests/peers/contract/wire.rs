//! The client of the adapters, over sockets, with the shop's token.

use std::cell::RefCell;
use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::config::serve::Mode;
use flashtag::domain::effect::{Effect, ReplyRequest};
use flashtag::domain::id::{Account, EffectKey, OfferNo, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, Bounds, Client, Dialer, Egress, Http, Net, Opening, Received, Request, Trust};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::network::{Exchanges, Turn};

use crate::peers::town::Town;

/// Upper bound on the wait for a stream.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes requests in the shop's name.
pub(super) struct Wire {
    dialer: Dialer,
    clock: Clock,
    pub(super) token: RefCell<Option<String>>,
}

impl Wire {
    /// A client that may call the servers of a town.
    pub(super) fn to(town: &impl Town) -> Self {
        let clock = Clock::start();
        let allow = town.egress().iter().map(|peer| peer.parse().unwrap()).collect();
        let dialer = Dialer::new(Egress::new(Mode::Test, allow), Trust::load(None).unwrap(), clock.clone());
        Self { dialer, clock, token: RefCell::default() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes a request, with the token if it is one of the shop's.
    pub(super) fn exchange(&self, request: &Request) -> Answer {
        self.client().exchange(&self.with_token(request)).unwrap()
    }

    /// Each request has a connection of its own: a server may close one after its answer, and not say so.
    fn client(&self) -> Client {
        Client::new(self.dialer.clone(), Bounds::default())
    }

    fn signed(&self, opening: Opening) -> Opening {
        match opening {
            Opening::Lines(request) => Opening::Lines(self.with_token(&request)),
            Opening::WebSocket(request) => Opening::WebSocket(self.with_token(&request)),
        }
    }

    fn with_token(&self, request: &Request) -> Request {
        match &*self.token.borrow() {
            Some(token) if request.signed => {
                request.clone().header("authorization", format!("Bearer {token}"))
            }
            _ => request.clone(),
        }
    }

    /// Makes an attempt of the outbox.
    pub(super) fn carry_out(&self, attempt: &mut dyn Exchanges) -> AttemptResult {
        loop {
            match attempt.next() {
                Turn::Over(result) => return result,
                Turn::Ask(request) => attempt.answered(Ok(self.exchange(&request))),
            }
        }
    }
}

/// A first attempt at a reply to that post of `author`.
pub(super) fn reply_attempt(
    author: Account,
    post: PostId,
    sequence: u64,
    recorded_at: Timestamp,
    text: &str,
) -> Attempt {
    Attempt {
        key: EffectKey { partition: 0, sequence, index: 0 }.into(),
        effect: Effect::Reply(ReplyRequest::new(author, post, OfferNo(0), Outcome::Reserved)),
        number: 1,
        look_up: false,
        recorded_at,
        text: Some(text.into()),
    }
}

/// Whether two attempts came to the same post.
pub(super) fn sameness(again: &AttemptResult, first: &AttemptResult) -> &'static str {
    match (again, first) {
        (
            AttemptResult::Done { reference: Some(again), .. },
            AttemptResult::Done { reference: Some(first), .. },
        ) if again == first => ", the same",
        _ => ", another",
    }
}

/// A source that is read, and its connection.
pub(super) struct Reader<'a, S> {
    wire: &'a Wire,
    pub(super) source: S,
    open: Option<Box<dyn flashtag::net::Wire>>,
}

impl<'a, S: LiveSource> Reader<'a, S> {
    pub(super) fn new(wire: &'a Wire, source: S) -> Self {
        Self { wire, source, open: None }
    }

    /// Reads until `enough` holds of what was told: each post as `ID TEXT`, `ID reposts ID` or `ID is deleted`. `idle` is
    /// called whenever nothing came for a moment.
    pub(super) fn until(
        &mut self,
        mut idle: impl FnMut(),
        enough: impl Fn(&[String], &S) -> bool,
    ) -> Vec<String> {
        let (clock, mut told) = (self.wire.clock.clone(), Vec::new());
        let began = clock.elapsed_us();
        while !enough(&told, &self.source) {
            let waited = Duration::from_micros(clock.elapsed_us() - began);
            assert!(waited < PATIENCE, "in vain: {told:#?}, {:?}", self.source.health());
            let mut lines = Vec::new();
            if self.step(&mut lines) {
                idle();
            }
            let (format, lines) = (self.source.format(), String::from_utf8(lines).unwrap());
            told.extend(lines.lines().filter_map(|line| shown(format, line)));
        }
        told
    }

    /// Does what the source wants next. Returns whether nothing came.
    fn step(&mut self, lines: &mut Vec<u8>) -> bool {
        let (wire, now) = (self.wire, self.wire.now());
        match self.source.next(now) {
            Step::Open(opening) => {
                let opened = wire.client().open(&wire.signed(opening)).map(|open| self.open = Some(open));
                self.source.opened(opened, wire.now());
            }
            Step::Receive(wait) => {
                let open = self.open.as_mut().expect("it is open");
                let received = open.receive(wait.min(Millis::from_ms(100)));
                let is_idle = matches!(received, Received::Nothing);
                self.source.received(received, wire.now(), lines);
                return is_idle;
            }
            Step::Exchange(request) => {
                let answer = wire.client().exchange(&wire.with_token(&request));
                self.source.answered(answer, wire.now(), lines);
            }
            Step::Send(text) => self.open.as_mut().expect("it is open").send(&text),
            Step::Wait(until) => {
                let wait = until.since(now).min(Millis::from_ms(100));
                std::thread::sleep(wait.std());
                return true;
            }
            Step::Close => self.open = None,
        }
        false
    }
}

fn shown(format: Format, line: &str) -> Option<String> {
    let Ok(Decoded::Post(post)) = format.decode(line.as_bytes()) else { return None };
    Some(match &post.repost_of {
        Some(of) => format!("{} reposts {of}", post.id),
        None if post.deleted => format!("{} is deleted", post.id),
        None => format!("{} {}", post.id, post.text),
    })
}
