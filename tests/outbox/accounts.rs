//! Several accounts of the shop at one network: one that cannot be used holds up its own replies alone.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use flashtag::domain::effect::Effect;
use flashtag::domain::id::{Account, Network, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::networks::{ShopAccount, Standing};
use flashtag::ops::NetworkState;
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::accounts::{Replier, ShopAccounts};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::resend_safety::ResendSafety;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{at, attempt, reply, terms};

/// Posts, and notes in whose name.
struct Posts(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Provider for Posts {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.1.borrow_mut().push(self.0);
        let done = AttemptResult::Done { reference: None, at: delivery.at };
        async { done }.boxed_local()
    }
}

fn account(name: &str, wanted: NetworkState) -> Arc<ShopAccount> {
    let own = Account::parse(Network::X, "77").unwrap();
    Arc::new(ShopAccount::new(name.to_owned(), own, "https://x.example".to_owned(), true, wanted))
}

/// A reply to that post.
fn answering(post: &str) -> Delivery {
    let Effect::Reply(mut request) = reply(Outcome::Reserved, 1) else { panic!("it is a reply") };
    request.post = PostId::parse_reference(post).unwrap();
    let attempt = attempt(1, Effect::Reply(request));
    Delivery { attempt, offering: terms().into(), at: at(0), address: None }
}

#[test]
fn an_account_that_cannot_be_used_holds_up_its_own_replies_alone() {
    let until = at(0).plus(Millis::from_secs(10));
    let done = AttemptResult::Done { reference: None, at: at(0) };
    let waits = AttemptResult::Deferred { left_at: at(0), until };
    let all_wait = AttemptResult::Throttled { until };
    let (on, off, gone) = (NetworkState::Connected, NetworkState::Paused, NetworkState::Disconnected);
    // Post 1 was heard by the first account, and post 2 by the second. Their states; the answered post; the result, and in
    // whose name it is posted.
    let table = [
        (on, on, "1", done.clone(), vec!["first"]),
        (on, on, "2", done.clone(), vec!["second"]),
        (on, off, "1", done.clone(), vec!["first"]),
        (on, off, "2", waits.clone(), vec![]),
        (gone, on, "1", waits, vec![]),
        (gone, on, "2", done, vec!["second"]),
        (off, gone, "1", all_wait.clone(), vec![]),
        (off, gone, "2", all_wait, vec![]),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (first, second, post, expected, names) in table {
        let posted = Rc::new(RefCell::new(Vec::new()));
        let replier = |name, wanted| Replier {
            account: account(name, wanted),
            provider: Rc::new(Posts(name, Rc::clone(&posted))),
        };
        let heard = |post: &PostId| Some(if post.to_string() == "1" { "first" } else { "second" }.to_owned());
        let others = vec![replier("second", second)];
        let accounts = ShopAccounts::new(replier("first", first), others, Rc::new(heard), Rc::new(|| ()));
        let result = runtime.block_on(accounts.deliver(&answering(post)));
        assert_eq!((&result, &*posted.borrow()), (&expected, &names), "{first:?} {second:?} {post}");
    }
}

/// An account whose token is found dead at an attempt.
struct Refused;

impl Provider for Refused {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async { AttemptResult::failed("signed out") }.boxed_local()
    }
}

#[test]
fn one_account_alone_closes_its_lane_and_the_attempt_that_finds_its_token_dead_costs_nothing() {
    let until: Timestamp = at(0).plus(Millis::from_secs(10));
    // What an operator wants; whether the network accepts the token; and the result.
    let table = [
        (NetworkState::Paused, true, AttemptResult::Throttled { until }),
        (NetworkState::Connected, false, AttemptResult::Throttled { until }),
        (NetworkState::Connected, true, AttemptResult::failed("signed out")),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (wanted, is_accepted, expected) in table {
        let account = account("first", wanted);
        let alone = Replier { account: Arc::clone(&account), provider: Rc::new(Refused) };
        let standing = if is_accepted { Standing::SignedIn } else { Standing::SignedOut("revoked".into()) };
        let noted = Rc::new(move || account.note_standing(&standing));
        let accounts = ShopAccounts::new(alone, Vec::new(), Rc::new(|_: &PostId| None), noted);
        let result = runtime.block_on(accounts.deliver(&answering("1")));
        assert_eq!(result, expected, "{wanted:?} {is_accepted}");
    }
}
