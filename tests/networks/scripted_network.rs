//! A network whose tokens end, are revoked and are lost, and an account that signs in there.

use std::sync::{Arc, Mutex, MutexGuard};

use compact_str::format_compact;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Net, NotOpened, Opening, Request, Unanswered, Wire};
use flashtag::networks::{Keep, NotKept, Renewal, SignIn, SignInFault};
use flashtag::ops::Secret;

/// How long a token is good.
pub(super) const LIFE: Millis = Millis::from_secs(3_600);
/// How long before its end a token is renewed.
pub(super) const EARLY: Millis = Millis::from_secs(600);

const RENEW: &str = "https://network.example/renew";

/// What the network does with renewals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RenewalFate {
    Works,
    NoAnswer,
    Overloaded,
    SignsOut,
    /// It gives a token that it does not accept.
    GivesBad,
}

/// The state of the network, the disk and the clock, which a test looks at and changes.
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) renewal: RenewalFate,
    pub(super) disk_fails: bool,
    /// The number of the newest token, which is `token-N`.
    newest: u64,
    /// The token that the network accepts, and until when.
    accepted: Option<(u64, Timestamp)>,
    /// The token that is durable.
    durable: Option<u64>,
    renewals: u64,
    /// Requests that the network carried out.
    done: u64,
    refused: u64,
    pub(super) signed_out: Vec<String>,
    /// What a request must never do.
    pub(super) faults: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Script(Arc<Mutex<World>>);

impl Script {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(World {
            now: Timestamp::from_ms(1_787_400_000_000),
            renewal: RenewalFate::Works,
            disk_fails: false,
            newest: 0,
            accepted: None,
            durable: None,
            renewals: 0,
            done: 0,
            refused: 0,
            signed_out: Vec::new(),
            faults: Vec::new(),
        })))
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no holder panicked")
    }

    /// Renewals, refused requests and requests that were carried out.
    pub(super) fn counts(&self) -> (u64, u64, u64) {
        let world = self.world();
        (world.renewals, world.refused, world.done)
    }

    pub(super) fn revoke(&self) {
        self.world().accepted = None;
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }
}

impl World {
    fn renewed(&mut self) -> Result<Answer, Unanswered> {
        self.renewals += 1;
        match self.renewal {
            RenewalFate::NoAnswer => return Err(Unanswered::Unknown("cut".into())),
            RenewalFate::Overloaded => return Ok(Script::answer(503, "")),
            RenewalFate::SignsOut => return Ok(Script::answer(401, "revoked")),
            RenewalFate::Works => self.accepted = Some((self.newest + 1, self.now.plus(LIFE))),
            RenewalFate::GivesBad => self.accepted = None,
        }
        self.newest += 1;
        Ok(Script::answer(200, &self.newest.to_string()))
    }

    fn request(&mut self, request: &Request) -> Answer {
        let token =
            request.header_value("authorization").and_then(|value| value.strip_prefix("Bearer token-"));
        let token = token.and_then(|number| number.parse::<u64>().ok());
        if request.signed && token.is_none() {
            self.faults.push(format!("a signed request without a token: {request:?}"));
        }
        if token > self.durable {
            self.faults
                .push(format!("token {token:?} was used before it was durable, which is {:?}", self.durable));
        }
        let is_good = self.accepted.is_some_and(|(good, until)| token == Some(good) && self.now < until);
        if !request.signed || is_good {
            self.done += 1;
            Script::answer(201, "done")
        } else {
            self.refused += 1;
            Script::answer(401, "the token has expired")
        }
    }
}

impl Http for Script {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let mut world = self.world();
        if request.url == RENEW { world.renewed() } else { Ok(world.request(request)) }
    }
}

impl Net for Script {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        let (Opening::Lines(request) | Opening::WebSocket(request)) = opening;
        let answer = self.world().request(request);
        if answer.is_success() { Ok(Box::new(Quiet)) } else { Err(NotOpened::Refused(answer)) }
    }
}

struct Quiet;

impl Wire for Quiet {
    fn receive(&mut self, _wait: Millis) -> flashtag::net::Received<'_> {
        flashtag::net::Received::Nothing
    }

    fn send(&mut self, _text: &str) {}
}

impl Keep for Script {
    fn kept(&self) -> Result<Option<Secret>, NotKept> {
        Ok(self.world().durable.map(|token| Secret::from(&*token.to_string())))
    }

    fn keep(&self, renewed: &Secret, _at: Timestamp) -> Result<(), NotKept> {
        let mut world = self.world();
        if world.disk_fails {
            return Err(NotKept("the disk is full".into()));
        }
        world.durable = Some(number(renewed.expose()));
        Ok(())
    }

    fn signed_out(&self, reason: &str, _at: Timestamp) {
        self.world().signed_out.push(reason.to_owned());
    }
}

fn number(bytes: &[u8]) -> u64 {
    str::from_utf8(bytes).expect("text").parse().expect("a number")
}

/// The account's side: it renews early, and where the network refuses its token.
#[derive(Default)]
pub(super) struct Account {
    token: Option<String>,
    ends_at: Timestamp,
    is_refused: bool,
}

impl SignIn for Account {
    fn access_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    fn renewal(&self, now: Timestamp) -> Renewal {
        let is_good = self.token.is_some() && !self.is_refused && now.plus(EARLY) < self.ends_at;
        if is_good { Renewal::NotNeeded } else { Renewal::Ask(Request::get(RENEW)) }
    }

    fn renewed(&mut self, answer: &Answer, now: Timestamp) -> Result<Vec<u8>, SignInFault> {
        match answer.status {
            200 => {
                self.token = Some(format!("token-{}", number(&answer.body)));
                self.ends_at = now.plus(LIFE);
                self.is_refused = false;
                Ok(answer.body.clone())
            }
            401 => Err(SignInFault::SignedOut("the network revoked the account".into())),
            status => Err(SignInFault::Later(format_compact!("the network answers {status}"))),
        }
    }

    fn restore(&mut self, kept: &[u8]) {
        self.token = Some(format!("token-{}", number(kept)));
    }

    fn is_refused(&mut self, answer: &Answer) -> bool {
        let refused = answer.status == 401;
        self.is_refused |= refused;
        refused
    }
}
