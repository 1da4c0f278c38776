//! The way to Stripe, and Stripe.

use std::collections::BTreeMap;
use std::sync::Mutex;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Method, Request, Unanswered};
use flashtag::outbox::provider::stripe::{Api, BookedPayment, books};
use networks::Network;
use networks::stripe::{Account, Status, Trouble, World};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::clock::ShopClock;
use super::fate::Fate;
use crate::test_rng::TestRng;

/// The shop's key.
const KEY: &str = "rk_test_shop";

/// How long a request without an answer is waited for.
const WAIT_MS: i64 = 30_000;

/// Minutes after which a late request arrives at most.
const LATE_MOST: usize = 10;

/// What requests meet in an outage: each outage is of one kind.
const OUTAGES: [&[Fate]; 3] = [&[Fate::NotSent], &[Fate::LostBefore], &[Fate::NotSent, Fate::LostBefore]];

/// The process is killed.
pub(super) struct Killed;

/// What befalls one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) fate: Fate,
    /// Hours of outage behind it.
    pub(super) outage_hours: u32,
}

pub(super) struct Line {
    pub(super) stripe: World,
    pub(super) rng: TestRng,
    /// How far Stripe's clock is ahead of the shop's.
    pub(super) skew_ms: i64,
    /// Until when nothing comes through, and what becomes of requests until then.
    dark: (Timestamp, &'static [Fate]),
    /// Whether an outage begins behind the next look for a payment: a request is still on its way that the look cannot find.
    is_brewing: bool,
    /// The fate of one request, by its number from 0, and the hours of outage behind it.
    pub(super) cut: Option<Cut>,
    /// Requests that were made.
    pub(super) made: usize,
    /// Until when the key is not accepted.
    pub(super) revoked_until: Timestamp,
    pub(super) is_calm: bool,
    pub(super) fates: BTreeMap<Fate, u64>,
    /// The request before which the buyers at their banks agree, by its number from 0.
    pub(super) agreed_before: Option<usize>,
    /// Requests that are still on their way.
    late: Vec<(Timestamp, Request)>,
}

impl Line {
    pub(super) fn new(rng: TestRng) -> Self {
        let mut stripe = World::new();
        stripe.add_key(KEY, Account::default());
        stripe.set_base_url("https://stripe.example");
        let never = Timestamp::from_ms(0);
        Self {
            stripe,
            rng,
            skew_ms: 0,
            dark: (never, OUTAGES[0]),
            is_brewing: false,
            cut: None,
            made: 0,
            revoked_until: never,
            is_calm: false,
            fates: BTreeMap::new(),
            agreed_before: None,
            late: Vec::new(),
        }
    }

    /// An outage begins.
    pub(super) fn go_dark(&mut self, now: Timestamp, hours: u32) {
        let kind = *self.rng.pick(&OUTAGES);
        self.dark = (now.plus(Millis::from_secs(3600 * hours)), kind);
    }

    /// When the last outage ends.
    pub(super) fn dark_until(&self) -> Timestamp {
        self.dark.0
    }

    /// The next request arrives late, and an outage begins behind the next look for a payment.
    pub(super) fn brew(&mut self) {
        self.cut = Some(Cut { at: self.made, fate: Fate::Late, outage_hours: 0 });
        self.is_brewing = true;
    }

    /// The next request is lost.
    pub(super) fn lose(&mut self) {
        self.cut = Some(Cut { at: self.made, fate: Fate::LostBefore, outage_hours: 0 });
    }

    /// All faults end.
    pub(super) fn heal(&mut self, now: Timestamp) {
        (self.is_calm, self.is_brewing) = (true, false);
        self.dark.0 = now;
        self.revoked_until = now;
    }

    /// Whether a request is still on its way.
    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Makes a request. The time goes on meanwhile.
    pub(super) fn exchange(
        &mut self,
        request: &Request,
        clock: &mut ShopClock,
    ) -> Result<Result<Answer, Unanswered>, Killed> {
        self.deliver_late(clock.real);
        self.buyers_agree(clock.real);
        let fate = self.fate(request, clock.real);
        *self.fates.entry(fate).or_default() += 1;
        let quick = 5 + self.rng.below(200) as i64;
        let slow = WAIT_MS;
        let lost = || Err(Unanswered::Unknown("no answer in time".into()));
        if request.method == Method::Post
            && let Some(trouble) = trouble_of(fate, &mut self.rng)
        {
            self.stripe.trouble(trouble);
        }
        clock.pass(match fate {
            Fate::LostBefore | Fate::LostAfter | Fate::Late | Fate::Busy => slow,
            _ => quick,
        });
        let now = clock.real;
        Ok(match fate {
            Fate::KilledBefore => return Err(Killed),
            Fate::KilledAfter => {
                self.arrive(request, now);
                return Err(Killed);
            }
            Fate::NotSent => Err(Unanswered::NotSent("no route".into())),
            Fate::LostBefore => lost(),
            Fate::Late => {
                self.delay(request, now);
                self.is_brewing |= !self.is_calm && self.rng.below(3) == 0;
                lost()
            }
            Fate::Again => {
                self.delay(request, now);
                Ok(self.arrive(request, now))
            }
            Fate::LostAfter | Fate::Busy => {
                self.arrive(request, now);
                lost()
            }
            Fate::ProxyBefore => Ok(page(502)),
            Fate::ProxyAfter => {
                self.arrive(request, now);
                Ok(page(503))
            }
            Fate::RateLimited => Ok(answer_of(&self.stripe.refusal(429, now.ms()))),
            Fate::Twice | Fate::Overlaps => {
                self.arrive(request, now);
                Ok(self.arrive(request, now))
            }
            Fate::Damaged => {
                let mut answer = self.arrive(request, now);
                answer.body.truncate(answer.body.len() / 2);
                Ok(answer)
            }
            Fate::Arrives | Fate::FailsBefore | Fate::FailsAfter | Fate::Locked => {
                Ok(self.arrive(request, now))
            }
        })
    }

    /// A buyer answers the bank, if it asks.
    pub(super) fn answer_bank(&mut self, intent: &str, agrees: bool, now: Timestamp) {
        let answer = if agrees { "yes" } else { "no" };
        let page = format!("https://stripe.example/c/challenge/{intent}");
        self.arrive(&Request::post_form(page, &[("answer", answer)]), now);
    }

    /// Buyers who are at their banks agree in the middle of an attempt.
    fn buyers_agree(&mut self, now: Timestamp) {
        let asked = self.stripe.intents().iter().filter(|intent| intent.status == Status::RequiresAction);
        let asked: Vec<String> = asked.map(|intent| intent.id.clone()).collect();
        let is_now = self.agreed_before == Some(self.made);
        for intent in asked {
            if is_now || (!self.is_calm && self.rng.below(20) == 0) {
                self.answer_bank(&intent, true, now);
            }
        }
    }

    /// Lets a request arrive minutes later.
    fn delay(&mut self, request: &Request, now: Timestamp) {
        let minutes = 1 + self.rng.below(LATE_MOST) as u32;
        self.late.push((now.plus(Millis::from_secs(60 * minutes)), request.clone()));
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

    /// A customer pays in another shop of the same account.
    pub(super) fn pay_elsewhere(&mut self, customer: &str, now: Timestamp) {
        let fields = [
            ("amount", "500"),
            ("currency", "usd"),
            ("customer", customer),
            ("payment_method", "pm_elsewhere"),
            ("payment_method_types[]", "card"),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("off_session", "true"),
        ];
        let request = Request::post_form("https://stripe.example/v1/payment_intents".to_owned(), &fields);
        self.arrive(&request, now);
    }

    /// Stripe's books, as `flashtag reconcile` reads them.
    pub(super) fn books(&mut self, now: Timestamp) -> Vec<BookedPayment> {
        let ever = (Timestamp::from_ms(0), now.plus(Millis::from_secs(86_400)));
        books(&Api::new("https://stripe.example"), &self.undisturbed(now), ever)
            .expect("nothing is in its way")
    }

    /// A way on which nothing is lost. The time stands still.
    pub(super) fn undisturbed(&mut self, now: Timestamp) -> Undisturbed<'_> {
        Undisturbed(Mutex::new((self, now)))
    }

    fn fate(&mut self, request: &Request, now: Timestamp) -> Fate {
        let number = self.made;
        self.made += 1;
        if let Some(Cut { at, fate, outage_hours }) = self.cut
            && at == number
        {
            if outage_hours > 0 {
                self.dark = (now.plus(Millis::from_secs(3600 * outage_hours)), OUTAGES[0]);
            }
            return fate;
        }
        if now < self.dark.0 {
            return *self.rng.pick(self.dark.1);
        }
        if self.is_brewing && request.method == Method::Get {
            self.is_brewing = false;
            let hours = 20 + self.rng.below(60) as u32;
            self.dark = (now.plus(Millis::from_secs(3600 * hours)), OUTAGES[0]);
            return Fate::Arrives;
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

/// A way on which nothing is lost.
pub(super) struct Undisturbed<'a>(Mutex<(&'a mut Line, Timestamp)>);

impl Http for Undisturbed<'_> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let mut guard = self.0.lock().unwrap();
        let (line, now) = &mut *guard;
        Ok(line.arrive(request, *now))
    }
}

fn trouble_of(fate: Fate, rng: &mut TestRng) -> Option<Trouble> {
    match fate {
        Fate::Busy | Fate::Overlaps => Some(Trouble::Busy { ms: 60_000 * (1 + rng.below(5) as i64) }),
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

pub(super) fn answer_of(answer: &networks::Response) -> Answer {
    let header = |(name, value): (&_, &_)| {
        let (name, value): (&str, &[u8]) = (AsRef::as_ref(name), AsRef::as_ref(value));
        (name.into(), String::from_utf8_lossy(value).into_owned())
    };
    let headers = answer.headers().iter().map(header).collect();
    Answer { status: answer.status().as_u16(), headers, body: answer.body().clone() }
}
