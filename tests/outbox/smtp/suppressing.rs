//! Addresses that bounced or complained get no letter, from then on and after a restart.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;

use flashtag::ops::{OpsDatabase, SuppressionReason};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::suppressing::Suppressing;
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::resend_safety::ResendSafety;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::super::files::delivery;
use super::super::{at, attempt, email};
use super::run;

/// Answers as it is told to, and notes to whom letters went.
#[derive(Default)]
struct Letters {
    answers: RefCell<VecDeque<AttemptResult>>,
    sent: RefCell<Vec<String>>,
}

impl Provider for Letters {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async move {
            self.sent.borrow_mut().push(delivery.address.as_deref().expect("a letter").to_owned());
            let answer = self.answers.borrow_mut().pop_front();
            answer.unwrap_or_else(|| delivery.attempt.delivered(delivery.at))
        }
        .boxed_local()
    }
}

fn letter_to(address: &str) -> Delivery {
    Delivery { address: Some(address.into()), ..delivery(attempt(1, email()), 7) }
}

fn open(directory: &Path) -> OpsDatabase {
    OpsDatabase::open(&directory.join("ops.sqlite")).unwrap()
}

#[test]
fn a_bounce_is_kept_and_nothing_else_is() {
    // What the mail server answers to the first letter, and whether a second one leaves.
    let table = [
        (AttemptResult::bounced("RCPT: 550 no such user"), false),
        (AttemptResult::impossible("the end of the text: 554 spam"), true),
        (AttemptResult::failed("RCPT: 450 later"), true),
        (AttemptResult::unknown("the end of the text: no answer in time"), true),
        (AttemptResult::shut_out("AUTH: 535 who are you?"), true),
        (AttemptResult::Done { reference: None, at: at(7) }, true),
    ];
    for (answer, leaves) in table {
        run(async {
            let place = tempfile::tempdir().unwrap();
            let letters = Rc::new(Letters::default());
            letters.answers.borrow_mut().push_back(answer.clone());
            let provider = Suppressing::new(Rc::clone(&letters) as Rc<dyn Provider>, open(place.path()));
            assert_eq!(provider.deliver(&letter_to("ana@example.com")).await, answer);
            drop(provider);
            // A restart, and the same address in other letters.
            let provider = Suppressing::new(Rc::clone(&letters) as Rc<dyn Provider>, open(place.path()));
            let again = provider.deliver(&letter_to("Ana@Example.com")).await;
            assert_eq!(again == AttemptResult::Suppressed, !leaves, "{answer:?}: {again:?}");
            assert_eq!(letters.sent.borrow().len(), if leaves { 2 } else { 1 }, "{answer:?}");
            provider.deliver(&letter_to("ben@example.com")).await;
            assert_eq!(letters.sent.borrow().last().unwrap(), "ben@example.com", "others are not concerned");
        });
    }
}

#[test]
fn an_operators_word_counts_at_once_and_can_be_taken_back() {
    run(async {
        let place = tempfile::tempdir().unwrap();
        let (letters, database) = (Rc::new(Letters::default()), open(place.path()));
        let provider = Suppressing::new(Rc::clone(&letters) as Rc<dyn Provider>, database.clone());
        let ana = database.address_hash("ana@example.com").unwrap();
        let ben = database.address_hash("ben@example.com").unwrap();
        let both = [(ana.clone(), SuppressionReason::Complained), (ben, SuppressionReason::Complained)];
        assert_eq!(database.suppress_all(&both, at(1)).unwrap(), 2);
        assert_eq!(database.suppress_all(&both, at(2)).unwrap(), 0, "once is enough");
        assert_eq!(database.count_suppressed().unwrap(), [("complained".to_owned(), 2)]);
        assert_eq!(provider.deliver(&letter_to("ana@example.com")).await, AttemptResult::Suppressed);
        assert_eq!(database.unsuppress_all(&[ana]).unwrap(), 1);
        let answer = provider.deliver(&letter_to("ana@example.com")).await;
        assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
        assert_eq!(provider.deliver(&letter_to("ben@example.com")).await, AttemptResult::Suppressed);
        assert_eq!(*letters.sent.borrow(), ["ana@example.com"]);
    });
}
