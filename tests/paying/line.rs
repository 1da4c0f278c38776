//! The way to Stripe, and Stripe.

use std::collections::BTreeMap;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Method, Request, Unanswered};
use networks::Network;
use networks::stripe::{Account, Trouble, World};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::fate::Fate;
use crate::test_rng::TestRng;

/// The shop's key.
const KEY: &str = "rk_test_shop";

/// How long a request without an answer is waited for.
const WAIT_MS: i64 = 30_000;

/// Minutes after which a late request arrives at most.
const LATE_MOST: usize = 10;

/// The process is killed.
pub(super) struct Killed;

pub(super) struct Line {
    pub(super) stripe: World,
    pub(super) rng: TestRng,
    /// How far Stripe's clock is ahead of the shop's.
    pub(super) skew_ms: i64,
    /// Until when nothing comes through.
    pub(super) dark_until: Timestamp,
    /// Until when the key is not accepted.
    pub(super) revoked_until: Timestamp,
    pub(super) is_calm: bool,
    pub(super) fates: BTreeMap<Fate, u64>,
    /// Requests that are still on their way.
    late: Vec<(Timestamp, Request)>,
}

impl Line {
    pub(super) fn new(rng: TestRng) -> Self {
        let mut stripe = World::new();
        stripe.add_key(KEY, Account::default());
        let never = Timestamp::from_ms(0);
        Self {
            stripe,
            rng,
            skew_ms: 0,
            dark_until: never,
            revoked_until: never,
            is_calm: false,
            fates: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    /// Makes a request. The shop's clock goes on meanwhile.
    pub(super) fn exchange(
        &mut self,
        request: &Request,
        now: &mut Timestamp,
    ) -> Result<Result<Answer, Unanswered>, Killed> {
        self.deliver_late(*now);
        let fate = self.fate(*now);
        *self.fates.entry(fate).or_default() += 1;
        let quick = Millis::from_ms(5 + self.rng.below(200) as i64);
        let slow = Millis::from_ms(WAIT_MS);
        let lost = || Err(Unanswered::Unknown("no answer in time".into()));
        if request.method == Method::Post
            && let Some(trouble) = trouble_of(fate, &mut self.rng)
        {
            self.stripe.trouble(trouble);
        }
        *now = now.plus(match fate {
            Fate::LostBefore | Fate::LostAfter | Fate::Late | Fate::Busy => slow,
            _ => quick,
        });
        Ok(match fate {
            Fate::KilledBefore => return Err(Killed),
            Fate::KilledAfter => {
                self.arrive(request, *now);
                return Err(Killed);
            }
            Fate::NotSent => Err(Unanswered::NotSent("no route".into())),
            Fate::LostBefore => lost(),
            Fate::Late => {
                let minutes = 1 + self.rng.below(LATE_MOST) as u32;
                self.late.push((now.plus(Millis::from_secs(60 * minutes)), request.clone()));
                lost()
            }
            Fate::LostAfter | Fate::Busy => {
                self.arrive(request, *now);
                lost()
            }
            Fate::ProxyBefore => Ok(page(502)),
            Fate::ProxyAfter => {
                self.arrive(request, *now);
                Ok(page(503))
            }
            Fate::RateLimited => Ok(answer_of(&self.stripe.refusal(429, now.ms()))),
            Fate::Twice => {
                self.arrive(request, *now);
                Ok(self.arrive(request, *now))
            }
            Fate::Damaged => {
                let mut answer = self.arrive(request, *now);
                answer.body.truncate(answer.body.len() / 2);
                Ok(answer)
            }
            Fate::Arrives | Fate::FailsBefore | Fate::FailsAfter | Fate::Locked => {
                Ok(self.arrive(request, *now))
            }
        })
    }

    /// Lets those arrive that are due.
    pub(super) fn deliver_late(&mut self, now: Timestamp) {
        let (due, late) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = late;
        let due: Vec<(Timestamp, Request)> = due;
        for (at, request) in due {
            self.arrive(&request, at);
        }
    }

    fn fate(&mut self, now: Timestamp) -> Fate {
        if now < self.dark_until {
            return *self.rng.pick(&[Fate::NotSent, Fate::LostBefore]);
        }
        if self.is_calm || self.rng.below(3) > 0 {
            return Fate::Arrives;
        }
        *self.rng.pick(&Fate::ALL)
    }

    fn arrive(&mut self, request: &Request, now: Timestamp) -> Answer {
        let mut made = networks::Request::new(request.body.clone());
        *made.method_mut() = request.method.name().parse().unwrap();
        *made.uri_mut() = request.url.parse().unwrap();
        for (name, value) in &request.headers {
            let name = match name.as_str() {
                "content-type" => "content-type",
                "idempotency-key" => "idempotency-key",
                name => panic!("no such header is sent: {name}"),
            };
            made.headers_mut().insert(name, value.parse().unwrap());
        }
        let key = if now < self.revoked_until { "rk_test_none" } else { KEY };
        made.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
        let at = now.ms() + self.skew_ms;
        answer_of(&self.stripe.handle(&made, at, &mut StdRng::seed_from_u64(7)))
    }
}

fn trouble_of(fate: Fate, rng: &mut TestRng) -> Option<Trouble> {
    match fate {
        Fate::Busy => Some(Trouble::Busy { ms: 60_000 * (1 + rng.below(5) as i64) }),
        Fate::FailsBefore => Some(Trouble::Fails { acts: false }),
        Fate::FailsAfter => Some(Trouble::Fails { acts: true }),
        Fate::Locked => Some(Trouble::Locked),
        _ => None,
    }
}

/// What a machine between says.
fn page(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: b"<html>Bad gateway</html>".to_vec() }
}

fn answer_of(answer: &networks::Response) -> Answer {
    let header = |(name, value): (&_, &_)| {
        let (name, value): (&str, &[u8]) = (AsRef::as_ref(name), AsRef::as_ref(value));
        (name.into(), String::from_utf8_lossy(value).into_owned())
    };
    let headers = answer.headers().iter().map(header).collect();
    Answer { status: answer.status().as_u16(), headers, body: answer.body().clone() }
}
