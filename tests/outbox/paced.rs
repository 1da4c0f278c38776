//! No request leaves that a network has said it does not want, whichever of the shop's providers makes it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::network::exchange;
use flashtag::outbox::provider::paced::{LearningHttp, Paced, Requests};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::resend_safety::ResendSafety;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{attempt, reply, terms};

/// 2026-11-30T15:00:00Z.
const NOW: i64 = 1_796_050_800;

fn at(second: i64) -> Timestamp {
    Timestamp::from_ms((NOW + second) * 1000)
}

/// Answers in turn, with these headers.
struct Script(Mutex<VecDeque<Answer>>);

impl Http for Script {
    fn exchange(&self, _: &Request) -> Result<Answer, Unanswered> {
        Ok(self.0.lock().unwrap().pop_front().expect("no more requests are expected"))
    }
}

/// Reads what is answered, where its network wants that, and posts; or looks up.
struct Simple {
    http: Arc<dyn Http>,
    reads: bool,
    made: RefCell<Vec<&'static str>>,
}

impl Provider for Simple {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            let get = Request::get("https://network.example/read".to_owned()).signed();
            let post = Request::post_json("https://network.example/post".to_owned(), &1).signed();
            let requests = match (delivery.attempt.look_up, self.reads) {
                (true, _) => vec![("read", get)],
                (false, true) => vec![("read", get), ("post", post)],
                (false, false) => vec![("post", post)],
            };
            for (name, request) in requests {
                self.made.borrow_mut().push(name);
                let answer = exchange(&self.http, request).await.unwrap();
                if answer.status == 429 {
                    return AttemptResult::Throttled { until: delivery.at.plus(Millis::from_secs(1)) };
                }
            }
            AttemptResult::Done { reference: None, at: delivery.at }
        }
        .boxed_local()
    }
}

/// A network's answer: status and headers.
type Said = (u16, &'static [(&'static str, &'static str)]);

const FINE: Said = (200, &[]);

/// The attempts at these seconds and what they ask; returns the requests, and until which second each attempt waits.
fn play(
    requests: Requests,
    said: &[Said],
    attempts: &[(i64, bool)],
) -> (Vec<&'static str>, Vec<Option<i64>>) {
    let answer = |(status, headers): &Said| Answer {
        status: *status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect(),
        body: Vec::new(),
    };
    let script: Arc<dyn Http> = Arc::new(Script(Mutex::new(said.iter().map(answer).collect())));
    let now = Arc::new(Mutex::new(at(0)));
    let tells = Arc::clone(&now);
    let learnt = Arc::new(LearningHttp::new(script, Box::new(move || *tells.lock().unwrap())));
    let http = Arc::clone(&learnt) as Arc<dyn Http>;
    let reads = requests == Requests::ReadsAndPosts;
    let simple = Rc::new(Simple { http, reads, made: RefCell::default() });
    let paced = Paced::new(Rc::clone(&simple) as Rc<dyn Provider>, learnt, requests);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut waits = Vec::new();
    for (second, look_up) in attempts {
        *now.lock().unwrap() = at(*second);
        let mut attempt = attempt(1, reply(Outcome::Reserved, 1));
        attempt.look_up = *look_up;
        let delivery = Delivery { attempt, offering: terms().into(), at: at(*second), address: None };
        waits.push(match runtime.block_on(paced.deliver(&delivery)) {
            AttemptResult::Throttled { until } => Some(until.since(at(0)).ms() / 1000),
            _ => None,
        });
    }
    (simple.made.take(), waits)
}

/// A case; which requests an attempt makes; the answers; the attempts with their seconds, and whether they look up; the
/// requests that are made; and until when each attempt waits.
type Case = (
    &'static str,
    Requests,
    &'static [Said],
    &'static [(i64, bool)],
    &'static [&'static str],
    &'static [Option<i64>],
);

#[test]
fn no_request_leaves_that_the_network_does_not_want() {
    const X: Requests = Requests::PostsOrReads;
    const OTHERS: Requests = Requests::ReadsAndPosts;
    let table: [Case; 7] = [
        (
            "X: after the last post that it takes, none leaves until the period ends",
            X,
            &[(201, &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1796050900")]), FINE],
            &[(0, false), (1, false), (99, false), (100, false)],
            &["post", "post"],
            &[None, Some(100), Some(100), None],
        ),
        (
            "X: posts and look-ups are counted apart",
            X,
            &[(201, &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1796050900")]), FINE],
            &[(0, false), (1, true)],
            &["post", "read"],
            &[None, None],
        ),
        (
            "X: the day of the account is over",
            X,
            &[(429, &[("x-user-limit-24hour-remaining", "0"), ("x-user-limit-24hour-reset", "1796090000")])],
            &[(0, false), (60, false)],
            &["post"],
            &[Some(39_200), Some(39_200)],
        ),
        (
            "Bluesky: what reads are left counts as well",
            OTHERS,
            &[(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1796050830")]), FINE, FINE, FINE],
            &[(0, false), (1, false), (30, false)],
            &["read", "post", "read", "post"],
            &[None, Some(30), None],
        ),
        (
            "Mastodon: refused, with the end in ISO 8601",
            OTHERS,
            &[FINE, (429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2026-11-30T15:05:00Z")])],
            &[(0, false), (299, false)],
            &["read", "post"],
            &[Some(300), Some(300)],
        ),
        (
            "refused without a word: each time twice as long",
            X,
            &[(429, &[]), (429, &[]), FINE],
            &[(0, false), (15, false), (30, false), (45, false)],
            &["post", "post", "post"],
            &[Some(15), Some(45), Some(45), None],
        ),
        (
            "there is room, whatever else is said: the shop's own ceilings alone hold",
            OTHERS,
            &[(200, &[("ratelimit-remaining", "5"), ("ratelimit-reset", "1796050830")]), FINE, FINE, FINE],
            &[(0, false), (0, false)],
            &["read", "post", "read", "post"],
            &[None, None],
        ),
    ];
    for (case, requests, said, attempts, made, waits) in table {
        assert_eq!(play(requests, said, attempts), (made.to_vec(), waits.to_vec()), "{case}");
    }
}
