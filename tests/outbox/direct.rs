//! Direct messages in the place of letters.

use std::cell::Cell;
use std::rc::Rc;

use flashtag::domain::effect::{About, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Millis;
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::direct::DirectFirst;
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::outbox::resend_safety::ResendSafety;
use flashtag::words::renderer::Renderer;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{AcceptBare, account, at, attempt, key, reply_request, terms, words};

/// Gives one answer to everything, and counts.
pub(super) struct Counting {
    result: AttemptResult,
    pub(super) asked: Cell<u32>,
}

impl Counting {
    pub(super) fn new(result: AttemptResult) -> Rc<Self> {
        Rc::new(Self { result, asked: Cell::new(0) })
    }
}

impl Provider for Counting {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.asked.set(self.asked.get() + 1);
        async { self.result.clone() }.boxed_local()
    }
}

const ANA: &str = "mastodon:https://m.example/users/ana";

/// An account that no server has.
const SANDBOX: &str = "mastodon:sandbox:ana";

/// A letter that reminds an account.
fn reminder(account: Account) -> Effect {
    let (about, deadline) = (Some(About::Reminder), Some(at(900_000)));
    let request = ReplyRequest { account, about, deadline, ..reply_request(Outcome::Reserved, Some(17)) };
    Effect::Email { to: "ana@example.com".into(), request }
}

#[test]
fn a_message_takes_the_place_of_a_letter_and_what_is_refused_leaves_as_one() {
    let done = || AttemptResult::Done { reference: None, at: at(1) };
    let sleeps = || AttemptResult::Throttled { until: at(60_000) };
    // The account, whether there is a text, the attempt, whether it looks up; what the network answers; how often the
    // network and the mail server are asked, and the result.
    let table = [
        ("it arrives", ANA, true, 1, false, done(), (1, 0), "done"),
        ("refused for good", ANA, true, 1, false, AttemptResult::impossible("blocked"), (1, 1), "done"),
        ("it was not sent", ANA, true, 1, false, AttemptResult::failed("no route"), (1, 1), "done"),
        ("the limit is used up", ANA, true, 1, false, sleeps(), (1, 1), "done"),
        ("nobody knows", ANA, true, 1, false, AttemptResult::unknown("no answer"), (1, 0), "unknown"),
        ("still nobody knows", ANA, true, 2, false, AttemptResult::unknown("no answer"), (1, 1), "done"),
        ("who opted out has no text", ANA, false, 1, false, done(), (0, 1), "done"),
        ("a look at the letters", ANA, true, 2, true, done(), (0, 1), "done"),
        ("a sandbox account is not there", SANDBOX, true, 1, false, done(), (0, 1), "done"),
        ("no messages on X", "x:42", true, 1, false, done(), (0, 1), "done"),
    ];
    for (case, account, has_text, number, look_up, answer, asked, expected) in table {
        let (direct, letters) = (Counting::new(answer), Counting::new(done()));
        let direct_of: Rc<dyn Provider> = Rc::<Counting>::clone(&direct);
        let provider =
            DirectFirst::new([(Network::Mastodon, direct_of)], Rc::<Counting>::clone(&letters) as _);
        let mut attempt = attempt(3, reminder(account.parse().unwrap()));
        attempt.text = has_text.then(|| "Not confirmed yet".into());
        (attempt.number, attempt.look_up) = (number, look_up);
        let delivery = Delivery { attempt, offering: terms().into(), at: at(0), address: None };
        let result = provider.deliver(&delivery).now_or_never().expect("nothing waits");
        assert_eq!((direct.asked.get(), letters.asked.get()), asked, "{case}");
        assert_eq!(result.name(), expected, "{case}");
    }
}

#[test]
fn the_outbox_has_a_message_ready_unless_the_account_opted_out() {
    let policy = RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 3 };
    for is_opted_out in [false, true] {
        let (words, terms) = (words().with_direct_messages(vec![Network::X]), terms().into());
        let renderer = Renderer::new(move |_, effect, now| words.post_text(effect, &terms, now));
        let mut outbox = Outbox::new(policy, Bounds::default(), 7, renderer);
        if is_opted_out {
            outbox.opt_out(account(42));
        }
        // A prompt by e-mail goes to who opted out of replies as well, by e-mail alone.
        let mut prompt = reminder(account(42));
        if let Effect::Email { request, .. } = &mut prompt {
            request.about = None;
        }
        outbox.accept_bare(at(0), key(1), at(0), prompt);
        let attempt = outbox.take_due(at(0), Lane::Emails).unwrap();
        assert_eq!(attempt.text.is_none(), is_opted_out);
    }
}

#[test]
fn a_message_says_how_to_confirm_in_public() {
    let signer = |_, _: &_, _, _: &_| Some("https://shop.example/c?r=17".to_owned());
    let words = words().with_signer(Box::new(signer)).with_direct_messages(vec![Network::Mastodon]);
    let text = |effect: &Effect| words.post_text(effect, &terms().into(), at(0));
    assert_eq!(
        text(&reminder(ANA.parse().unwrap())).as_deref(),
        Some(
            "Not confirmed yet: Kindle Fire HD, until 12:15 EST\n\nTo buy, open this address by 12:15 EST:\n\n\
             https://shop.example/c?r=17\n\nOr publicly post #ConfirmKindleFireHD. Do nothing, and your reservation ends; \
             nothing is charged then."
        )
    );
    assert_eq!(text(&reminder(account(42))), None, "the shop sends none on X");
    let sold = Effect::Email {
        to: "ana@example.com".into(),
        request: ReplyRequest { account: ANA.parse().unwrap(), ..reply_request(Outcome::Sold, Some(17)) },
    };
    assert_eq!(text(&sold), None, "a result is a letter");
}
