//! Signed requests: no token is used before it is durable, a refusal renews once, callers share a renewal, and an account
//! that is signed out burns nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Net, NotOpened, Opening, Request, Unanswered, Wire};
use flashtag::networks::{Keep, SignedNet, Standing};
use proptest::prelude::*;

use super::scripted_network::{Account, RenewalFate, Script};

type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

fn signed_by<N: Net>(net: N, script: &Script) -> SignedNet<N, Script, Clock> {
    let time = script.clone();
    let now: Clock = Box::new(move || time.world().now);
    SignedNet::new(net, Box::new(Account::default()), script.clone(), now).expect("what was kept can be read")
}

fn signed(script: &Script) -> SignedNet<Script, Script, Clock> {
    signed_by(script.clone(), script)
}

fn post() -> Request {
    Request::post_json("https://network.example/post", &"hello").signed()
}

fn status(sent: &Result<Answer, Unanswered>) -> String {
    match sent {
        Ok(answer) => answer.status.to_string(),
        Err(fault) => fault.to_string(),
    }
}

fn pass(script: &Script, seconds: u32) {
    let mut world = script.world();
    world.now = world.now.plus(Millis::from_secs(seconds));
}

#[test]
fn a_token_is_fetched_once_and_renewed_before_it_ends() {
    let script = Script::new();
    let net = signed(&script);
    for _ in 0..3 {
        assert_eq!(status(&net.exchange(&post())), "201");
    }
    assert_eq!(script.counts(), (1, 0, 3));
    pass(&script, 3_000);
    assert_eq!(status(&net.exchange(&post())), "201");
    assert_eq!(script.counts(), (2, 0, 4));
}

#[test]
fn an_unsigned_request_has_no_token() {
    let script = Script::new();
    let net = signed(&script);
    assert_eq!(status(&net.exchange(&Request::get("https://network.example/public"))), "201");
    assert!(net.open(&Opening::Lines(Request::get("https://network.example/public"))).is_ok());
    assert_eq!(script.counts(), (0, 0, 2));
}

#[test]
fn a_refused_token_is_renewed_and_the_request_made_again() {
    let script = Script::new();
    let net = signed(&script);
    net.exchange(&post()).unwrap();
    script.revoke();
    assert_eq!(status(&net.exchange(&post())), "201");
    script.revoke();
    assert!(net.open(&Opening::WebSocket(Request::get("wss://network.example/stream").signed())).is_ok());
    assert_eq!(script.counts(), (3, 2, 3));
}

#[test]
fn what_was_kept_is_used_after_a_restart() {
    let script = Script::new();
    signed(&script).exchange(&post()).unwrap();
    script.world().renewal = RenewalFate::NoAnswer;
    // The new process cannot renew, and has a token that is good.
    assert_eq!(status(&signed(&script).exchange(&post())), "201");
}

#[test]
fn a_token_that_is_not_durable_is_not_used() {
    let script = Script::new();
    let net = signed(&script);
    script.world().disk_fails = true;
    for _ in 0..3 {
        let sent = status(&net.exchange(&post()));
        assert_eq!(sent, "not sent: not signed in: the new access token is not durable: the disk is full");
    }
    assert_eq!(script.counts(), (1, 0, 0), "the token is not asked for again");
    script.world().disk_fails = false;
    assert_eq!(status(&net.exchange(&post())), "201");
    assert_eq!(script.counts(), (1, 0, 1));
}

#[test]
fn a_renewal_that_fails_is_tried_later_and_the_old_token_serves_meanwhile() {
    let script = Script::new();
    let net = signed(&script);
    net.exchange(&post()).unwrap();
    pass(&script, 3_100);
    for (next, reason) in
        [(RenewalFate::NoAnswer, "no answer: cut"), (RenewalFate::Overloaded, "the network answers 503")]
    {
        script.world().renewal = next;
        assert_eq!(status(&net.exchange(&post())), "201");
        assert_eq!(net.standing(), Standing::Waiting(reason.into()));
        let (renewals, ..) = script.counts();
        assert_eq!(status(&net.exchange(&post())), "201");
        assert_eq!(script.counts().0, renewals, "no renewal within the wait");
        pass(&script, 10);
    }
    script.world().renewal = RenewalFate::Works;
    assert_eq!(status(&net.exchange(&post())), "201");
    assert_eq!(net.standing(), Standing::SignedIn);
    assert_eq!(script.counts(), (4, 0, 6));
}

#[test]
fn renewals_that_fail_grow_rare_while_the_old_token_serves() {
    let script = Script::new();
    let net = signed(&script);
    net.exchange(&post()).unwrap();
    pass(&script, 3_100);
    script.world().renewal = RenewalFate::Overloaded;
    for _ in 0..60 {
        assert_eq!(status(&net.exchange(&post())), "201");
        pass(&script, 1);
    }
    // After 0, 1, 3, 7, 15 and 31 seconds.
    assert_eq!(script.counts(), (1 + 6, 0, 61));
}

#[test]
fn without_any_token_requests_wait_for_the_renewal() {
    let script = Script::new();
    let net = signed(&script);
    script.world().renewal = RenewalFate::Overloaded;
    let mut waits = Vec::new();
    for attempt in 1..=12 {
        let mut waited = 0;
        loop {
            let sent = net.exchange(&post());
            assert_eq!(status(&sent), "not sent: not signed in: the network answers 503");
            if script.counts().0 == attempt {
                break;
            }
            pass(&script, 1);
            waited += 1;
        }
        waits.push(waited);
    }
    assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(script.counts(), (12, 0, 0));
}

#[test]
fn a_fresh_token_that_is_refused_is_not_renewed_in_a_loop() {
    let script = Script::new();
    let net = signed(&script);
    script.world().renewal = RenewalFate::GivesBad;
    for _ in 0..20 {
        let sent = status(&net.exchange(&post()));
        assert_eq!(sent, "not sent: not signed in: the network refuses a fresh access token");
    }
    // One for the first request, one for its refusal; all others wait.
    assert_eq!(script.counts(), (2, 2, 0));
    pass(&script, 1);
    script.world().renewal = RenewalFate::Works;
    assert_eq!(status(&net.exchange(&post())), "201");
}

#[test]
fn an_account_that_is_signed_out_burns_nothing_until_it_is_connected_again() {
    let script = Script::new();
    let net = signed(&script);
    net.exchange(&post()).unwrap();
    script.revoke();
    script.world().renewal = RenewalFate::SignsOut;
    for _ in 0..5 {
        let sent = net.exchange(&post());
        assert_eq!(sent, Err(Unanswered::NotSent("signed out: the network revoked the account".into())));
        pass(&script, 10_000);
    }
    let opened = net.open(&Opening::Lines(post()));
    assert!(matches!(opened, Err(NotOpened::Unanswered(Unanswered::NotSent(_)))));
    assert_eq!(net.standing(), Standing::SignedOut("the network revoked the account".into()));
    assert_eq!(script.counts(), (2, 1, 1));
    assert_eq!(script.world().signed_out, ["the network revoked the account"]);
    script.world().renewal = RenewalFate::Works;
    net.sign_in_by(Box::new(Account::default()));
    assert_eq!(net.standing(), Standing::SignedIn);
    assert_eq!(status(&net.exchange(&post())), "201");
}

/// A network that answers the requests with the first token only when all callers have made theirs.
struct Gathering {
    script: Script,
    gate: Barrier,
    is_closed: AtomicBool,
}

impl Http for Gathering {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let is_first = request.header_value("authorization") == Some("Bearer token-1");
        if is_first && self.is_closed.load(Ordering::SeqCst) {
            self.gate.wait();
        }
        self.script.exchange(request)
    }
}

impl Net for &Gathering {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        self.script.open(opening)
    }
}

impl Http for &Gathering {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        (*self).exchange(request)
    }
}

#[test]
fn callers_whose_token_is_refused_share_one_renewal() {
    const CALLERS: usize = 8;
    let script = Script::new();
    let network =
        Gathering { script: script.clone(), gate: Barrier::new(CALLERS), is_closed: AtomicBool::new(false) };
    let net = signed_by(&network, &script);
    net.exchange(&post()).unwrap();
    script.revoke();
    network.is_closed.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| assert_eq!(status(&net.exchange(&post())), "201"));
        }
    });
    assert_eq!(script.counts(), (2, CALLERS as u64, CALLERS as u64 + 1));
    assert_eq!(script.world().faults, Vec::<String>::new());
}

#[test]
fn callers_that_come_together_share_one_renewal() {
    const CALLERS: usize = 8;
    let script = Script::new();
    let start = Arc::new(Barrier::new(CALLERS));
    let net = signed(&script);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            let (net, start) = (&net, Arc::clone(&start));
            scope.spawn(move || {
                start.wait();
                assert_eq!(status(&net.exchange(&post())), "201");
            });
        }
    });
    assert_eq!(script.counts(), (1, 0, CALLERS as u64));
}

#[derive(Debug, Clone)]
enum Step {
    Send,
    Open,
    Pass(u32),
    Revoke,
    Next(RenewalFate),
    Disk(bool),
    Restart,
    Connect,
}

fn step() -> impl Strategy<Value = Step> {
    let next = prop_oneof![
        Just(RenewalFate::Works),
        Just(RenewalFate::NoAnswer),
        Just(RenewalFate::Overloaded),
        Just(RenewalFate::SignsOut),
        Just(RenewalFate::GivesBad),
    ];
    prop_oneof![
        8 => Just(Step::Send),
        2 => Just(Step::Open),
        4 => (0..4_000_u32).prop_map(Step::Pass),
        2 => Just(Step::Revoke),
        3 => next.prop_map(Step::Next),
        2 => any::<bool>().prop_map(Step::Disk),
        1 => Just(Step::Restart),
        1 => Just(Step::Connect),
    ]
}

proptest! {
    /// In every order of expiry, revocation, failure, full disk and restart.
    #[test]
    fn no_token_is_used_before_it_is_durable_and_a_refusal_renews_once(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let script = Script::new();
        let mut net = signed(&script);
        for step in steps {
            let before = script.counts();
            match step {
                Step::Send | Step::Open => {
                    let sent = match step {
                        Step::Send => net.exchange(&post()),
                        _ => match net.open(&Opening::Lines(post())) {
                            Ok(_) => Ok(Answer { status: 201, headers: Vec::new(), body: Vec::new() }),
                            Err(NotOpened::Refused(answer)) => Ok(answer),
                            Err(NotOpened::Unanswered(fault)) => Err(fault),
                        },
                    };
                    let after = script.counts();
                    let (renewals, refused, done) = (after.0 - before.0, after.1 - before.1, after.2 - before.2);
                    prop_assert!(refused <= 2, "a request is made at most twice");
                    // One before it leaves, and one for its refusal.
                    prop_assert!(renewals <= 1 + refused.min(1), "{renewals} renewals, {refused} refusals");
                    match sent {
                        Ok(answer) => prop_assert_eq!((answer.status, done), (201, 1)),
                        Err(Unanswered::NotSent(_)) => prop_assert_eq!(done, 0),
                        Err(unknown) => prop_assert!(false, "{}", unknown),
                    }
                }
                Step::Pass(seconds) => pass(&script, seconds),
                Step::Revoke => script.revoke(),
                Step::Next(next) => script.world().renewal = next,
                Step::Disk(fails) => script.world().disk_fails = fails,
                Step::Restart => net = signed(&script),
                Step::Connect => net.sign_in_by(Box::new(Account::default())),
            }
            let world = script.world();
            prop_assert!(world.faults.is_empty(), "{:?}", world.faults);
        }
        // Whatever happened, the account works again once it is connected and the world is well.
        {
            let mut world = script.world();
            world.disk_fails = false;
            world.renewal = RenewalFate::Works;
        }
        net.sign_in_by(Box::new(Account::default()));
        prop_assert_eq!(status(&net.exchange(&post())), "201");
    }
}

/// What a restart finds is what was kept.
#[test]
fn what_is_kept_is_the_newest_token_that_was_used() {
    let script = Script::new();
    let net = signed(&script);
    for kept in ["1", "2", "3"] {
        net.exchange(&post()).unwrap();
        assert_eq!(script.kept().unwrap().unwrap().expose(), kept.as_bytes());
        script.revoke();
    }
}
