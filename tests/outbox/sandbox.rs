//! The card sandbox: the behaviour of each token, and that nothing happens twice even across restarts.

use std::fs;
use std::path::Path;

use compact_str::CompactString;
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::money::Money;
use flashtag::domain::provider_ref::{PaymentRef, ProviderRef};
use flashtag::domain::time::Millis;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::sandbox::ledger::{LedgerLine, LedgerResult, Operation};
use flashtag::outbox::provider::sandbox::{Sandbox, SandboxAnswer};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;

use super::{AcceptBare, at, attempt, key, payment};

const ORDER: &str = "kindle-fire-hd.17";
const CARDS: [&str; 9] = [
    "tok_1",
    "tok_decline_1",
    "tok_capture_decline_1",
    "tok_timeout_before_1",
    "tok_timeout_after_1",
    "tok_error_1",
    "tok_error_after_1",
    "tok_slow_1",
    "tok_timeout_aft",
];

fn ledger(path: &Path) -> Vec<LedgerLine> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn approved(path: &Path) -> Vec<Operation> {
    let lines = ledger(path).into_iter().filter(|line| line.result == LedgerResult::Approved);
    lines.map(|line| line.operation).collect()
}

/// The card and the amount.
fn money(payment: &Payment) -> (&CompactString, Money) {
    (&payment.card, payment.amount)
}

#[test]
fn each_token_behaves_as_its_name_says() {
    use SandboxAnswer::{Approved, Declined, ServerError, Throttled, TimedOut};
    let no = || Declined("card_declined".into());
    // First and second request of one authorization, the look-up between them, the wait.
    let table = [
        ("tok_1", Approved, Some(Approved), Approved, 0),
        ("tok_decline_1", no(), Some(no()), no(), 0),
        ("tok_capture_decline_1", Approved, Some(Approved), Approved, 0),
        ("tok_timeout_before_1", TimedOut, None, Approved, 10_000),
        ("tok_timeout_after_1", TimedOut, Some(Approved), Approved, 10_000),
        ("tok_error_1", ServerError, None, Approved, 0),
        ("tok_error_after_1", ServerError, Some(Approved), Approved, 0),
        ("tok_throttle_1", Throttled(at(2000)), None, Approved, 0),
        ("tok_slow_1", Approved, Some(Approved), Approved, 3000),
    ];
    for (card, first, found, second, latency) in table {
        let mut sandbox = Sandbox::open(None, false).unwrap();
        let mut ask =
            || sandbox.request(at(0), key(1), Operation::Authorize, money(&payment(17, card)), ORDER);
        let response = ask();
        assert_eq!((&response.answer, response.latency.ms(), response.replayed), (&first, latency, false));
        let replayed = ask();
        assert_eq!((replayed.answer, replayed.replayed), (second, found.is_some()), "{card}");
        let mut sandbox = Sandbox::open(None, false).unwrap();
        sandbox.request(at(0), key(1), Operation::Authorize, money(&payment(17, card)), ORDER);
        assert_eq!(sandbox.look_up(key(1)), found, "{card}");
    }
}

/// Attempts that show that an effect would be tried for ever.
const ATTEMPTS: u32 = 9;

/// Drives one effect through the outbox until it ends, or until it has been tried often, with a newly opened sandbox for each attempt if
/// `restarts`. Returns the number of attempts and whether it was done.
fn carry_out(path: &Path, sequence: u64, effect: &Effect, restarts: bool) -> (u32, bool) {
    let policy = RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(9), attempts_most: 9 };
    let mut outbox = super::before_gateway(Outbox::new(policy, Bounds::default(), 1, super::renderer()));
    let mut sandbox = Sandbox::open(Some(path), false).unwrap();
    outbox.accept_bare(at(0), key(sequence), at(0), effect.clone());
    for number in 1..=ATTEMPTS {
        let now = outbox.next_due().unwrap();
        let attempt = outbox.take_due(now, Lane::Cards).unwrap();
        if restarts {
            sandbox = Sandbox::open(Some(path), false).unwrap();
        }
        let (latency, attempted) = sandbox.serve(now, &attempt, ORDER);
        let done = matches!(attempted, AttemptResult::Done { .. });
        if outbox.settle(now.plus(latency), &attempt.key, attempted).is_some() {
            return (number, done);
        }
    }
    (ATTEMPTS, false)
}

#[test]
fn no_card_is_charged_twice_whatever_fails_and_whenever_the_gateway_restarts() {
    for card in CARDS {
        for restarts in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("ledger.ndjson");
            let pay = payment(17, card);
            let steps = [Effect::Authorize(pay.clone()), Effect::Capture(pay.clone()), Effect::Refund(pay)];
            let mut done = Vec::new();
            for (effect, sequence) in steps.iter().zip(1..) {
                let (attempts, ok) = carry_out(&path, sequence, effect, restarts);
                // Repeats in mid-flight: the same key must have no second effect.
                let again = carry_out(&path, sequence, effect, true);
                assert_eq!(again.1, ok, "{card} {effect:?}");
                let most = if ok { 3 } else { 9 };
                assert!(attempts <= most, "{card} {effect:?} {attempts}");
                if !ok {
                    break;
                }
                done.push(effect.kind());
            }
            let expected: &[&str] = match card {
                "tok_decline_1" => &[],
                "tok_capture_decline_1" => &["authorize"],
                // A failure before the effect that recurs with every restart lasts forever.
                "tok_timeout_before_1" | "tok_error_1" if restarts => &[],
                _ => &["authorize", "capture", "refund"],
            };
            assert_eq!(done, expected, "{card} {restarts}");
            assert_eq!(approved(&path).len(), expected.len(), "{card} {restarts}");
        }
    }
}

#[test]
fn an_order_accepts_only_operations_of_its_state() {
    use Operation::{Authorize, Capture, Refund, Void};
    let no = |reason: &str| SandboxAnswer::Refused(reason.into());
    let other = || Payment { amount: "150.00 USD".parse().unwrap(), ..payment(17, "tok_1") };
    let foreign = || Payment { amount: "149.99 EUR".parse().unwrap(), ..payment(17, "tok_1") };
    let same = || payment(17, "tok_1");
    let mut sandbox = Sandbox::open(None, false).unwrap();
    let steps = [
        (1, Capture, same(), no("not_authorized")),
        (2, Void, same(), no("not_authorized")),
        (3, Refund, same(), no("more_than_captured")),
        (4, Authorize, same(), SandboxAnswer::Approved),
        (5, Capture, other(), no("other_amount")),
        (5, Capture, foreign(), no("other_currency")),
        (6, Void, same(), SandboxAnswer::Approved),
        (7, Capture, same(), no("not_authorized")),
        (8, Authorize, same(), SandboxAnswer::Approved),
        // A refused request has no effect, and its key can be used again.
        (5, Capture, same(), SandboxAnswer::Approved),
        (9, Capture, same(), no("already_captured")),
        (10, Void, same(), no("already_captured")),
        (11, Refund, other(), no("more_than_captured")),
        (12, Refund, same(), SandboxAnswer::Approved),
        (13, Refund, same(), no("more_than_captured")),
    ];
    for (sequence, operation, payment, answer) in steps {
        let response = sandbox.request(at(0), key(sequence), operation, money(&payment), ORDER);
        assert_eq!(response.answer, answer, "{sequence} {operation:?}");
    }
}

#[test]
fn a_reused_key_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.ndjson");
    let mut sandbox = Sandbox::open(Some(&path), true).unwrap();
    let authorize = |sandbox: &mut Sandbox, payment: &Payment, order: &str| {
        sandbox.request(at(0), key(1), Operation::Authorize, money(payment), order).answer
    };
    assert_eq!(authorize(&mut sandbox, &payment(17, "tok_1"), ORDER), SandboxAnswer::Approved);
    let other = Payment { amount: "1.00 USD".parse().unwrap(), ..payment(17, "tok_1") };
    let mismatch = SandboxAnswer::Refused("the key was used for something else".into());
    for mut sandbox in [sandbox, Sandbox::open(Some(&path), true).unwrap()] {
        assert_eq!(authorize(&mut sandbox, &other, ORDER), mismatch);
        assert_eq!(authorize(&mut sandbox, &payment(17, "tok_2"), ORDER), mismatch);
        assert_eq!(authorize(&mut sandbox, &payment(17, "tok_1"), "kindle-fire-hd.18"), mismatch);
        let capture = sandbox.request(at(0), key(1), Operation::Capture, money(&payment(17, "tok_1")), ORDER);
        assert_eq!(capture.answer, mismatch);
        assert_eq!(authorize(&mut sandbox, &payment(17, "tok_1"), ORDER), SandboxAnswer::Approved);
        let attempt = attempt(1, Effect::Capture(payment(17, "tok_1")));
        let (_, attempted) = sandbox.serve(at(0), &attempt, ORDER);
        assert!(matches!(attempted, AttemptResult::Failed { permanent: true, .. }), "{attempted:?}");
    }
    assert_eq!(approved(&path), [Operation::Authorize]);
}

#[test]
fn the_ledger_restores_the_state_without_its_torn_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.ndjson");
    let pay = payment(17, "tok_1");
    let mut sandbox = Sandbox::open(Some(&path), true).unwrap();
    sandbox.request(at(0), key(1), Operation::Authorize, money(&pay), ORDER);
    sandbox.request(at(5), key(2), Operation::Capture, money(&pay), ORDER);
    drop(sandbox);
    let whole = fs::read(&path).unwrap();
    let first_ends = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in first_ends..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut sandbox = Sandbox::open(Some(&path), true).unwrap();
        assert_eq!(sandbox.look_up(key(1)), Some(SandboxAnswer::Approved));
        assert_eq!(sandbox.look_up(key(2)), None, "cut at {cut}");
        let again = sandbox.request(at(5), key(2), Operation::Capture, money(&pay), ORDER);
        assert_eq!((again.answer, again.replayed), (SandboxAnswer::Approved, false));
        assert_eq!(fs::read(&path).unwrap(), whole, "the ledger is restored");
    }
    let text = String::from_utf8(whole).unwrap();
    let expected = concat!(
        r#"{"at":"2013-02-13T17:00:00.000Z","key":"0/1/0","operation":"authorize","#,
        r#""order":"kindle-fire-hd.17","card":"tok_1","amount":"149.99 USD","result":"approved","reason":null}"#
    );
    assert_eq!(text.lines().next(), Some(expected));
    fs::write(&path, format!("not a line\n{text}")).unwrap();
    let error = Sandbox::open(Some(&path), true).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
}

#[test]
fn only_payments_are_accepted() {
    let mut sandbox = Sandbox::open(None, false).unwrap();
    let attempt = Attempt { look_up: true, ..attempt(1, super::email()) };
    let (_, attempted) = sandbox.serve(at(0), &attempt, ORDER);
    assert!(matches!(attempted, AttemptResult::Failed { permanent: true, .. }));
    let unseen = Attempt { look_up: true, ..super::attempt(1, Effect::Void(payment(17, "tok_1"))) };
    assert_eq!(sandbox.serve(at(0), &unseen, ORDER).1, AttemptResult::NotFound);
}

/// An attempt at a payment of an order, and its result.
fn serve(sandbox: &mut Sandbox, attempt: &Attempt, order: &str) -> AttemptResult {
    sandbox.serve(at(0), attempt, order).1
}

/// The id of the payment in the result.
fn paid(result: AttemptResult) -> Option<PaymentRef> {
    let AttemptResult::Done { reference, .. } = result else { panic!("not done: {result:?}") };
    reference.and_then(ProviderRef::into_payment)
}

#[test]
fn a_payment_keeps_its_id_and_is_not_taken_for_another_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cards.ndjson");
    let mut sandbox = Sandbox::open(Some(&path), false).unwrap();
    let authorizes = |sequence, ordinal| attempt(sequence, Effect::Authorize(payment(ordinal, "tok_1")));
    let first = paid(serve(&mut sandbox, &authorizes(1, 17), "shop.17"));
    let second = paid(serve(&mut sandbox, &authorizes(2, 18), "shop.18"));
    assert!(first.is_some() && second.is_some() && first != second, "{first:?} {second:?}");
    for _ in 0..2 {
        let again = authorizes(1, 17);
        assert_eq!(paid(serve(&mut sandbox, &again, "shop.17")), first, "asked again");
        assert_eq!(
            paid(serve(&mut sandbox, &Attempt { look_up: true, ..again }, "shop.17")),
            first,
            "looked up"
        );
        sandbox = Sandbox::open(Some(&path), false).unwrap();
    }
    let naming =
        |reference: &Option<PaymentRef>| Payment { reference: reference.clone(), ..payment(17, "tok_1") };
    let wrong = attempt(3, Effect::Capture(naming(&second)));
    let refused = AttemptResult::impossible("refused: other_payment");
    assert_eq!(serve(&mut sandbox, &wrong, "shop.17"), refused);
    let captures = attempt(4, Effect::Capture(naming(&first)));
    assert_eq!(paid(serve(&mut sandbox, &captures, "shop.17")), None, "a capture creates no payment");
    // What was authorized before payments had ids names none.
    let unnamed = attempt(5, Effect::Capture(payment(18, "tok_1")));
    assert_eq!(paid(serve(&mut sandbox, &unnamed, "shop.18")), None);
}
