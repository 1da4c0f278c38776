//! Payments at Stripe, as conversations: a request, its answer, and what comes of it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use flashtag::config::serve::Mode;
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::id::EffectKey;
use flashtag::domain::provider_ref::{PaymentRef, ProviderRef};
use flashtag::domain::time::Millis;
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::networks::NoteKind;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::{DeliveryKey, KeyPrefix, OutsideKey};
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::{
    Api, CardToken, KeyFault, KeyedHttp, Paying, RESEND_SAFETY, StripeKey, VERSION, probe,
};
use flashtag::outbox::resend_safety::LookUp;

use super::{at, payment, terms};

const KEY: &str = "ft-07070707-0707-0707-0707-070707070707-1-0/12/0";
/// The same before a restore.
const OLDER_KEY: &str = "ft-07070707-0707-0707-0707-070707070707-0-0/12/0";
const KEY_ENCODED: &str = "ft-07070707-0707-0707-0707-070707070707-1-0%2F12%2F0";

fn order(reference: Option<&str>) -> Payment {
    let reference = reference.map(|id| PaymentRef::parse(id).unwrap());
    Payment { reference, ..payment(17, "cus_Ana/pm_Ana") }
}

fn delivery(effect: Effect) -> Delivery {
    let prefix = Some(KeyPrefix { instance: [7; 16].into(), epoch: 1 });
    let effect_key = EffectKey { partition: 0, sequence: 12, index: 0 };
    let key = DeliveryKey::Effect(OutsideKey { prefix, effect: effect_key });
    let attempt = Attempt { key, effect, number: 1, look_up: false, recorded_at: at(0), text: None };
    Delivery { attempt, offering: terms().into(), at: at(5_000), address: None }
}

fn looked_up(effect: Effect) -> Delivery {
    let mut delivery = delivery(effect);
    delivery.attempt.look_up = true;
    delivery
}

fn answer(status: u16, body: &str) -> Result<Answer, Unanswered> {
    let headers = vec![("request-id".into(), "req_1".to_owned())];
    Ok(Answer { status, headers, body: body.as_bytes().to_vec() })
}

fn lost() -> Result<Answer, Unanswered> {
    Err(Unanswered::Unknown("no answer in time".into()))
}

fn intent(status: &str, received: i64) -> String {
    format!(
        r#"{{"id":"pi_1","object":"payment_intent","amount":14999,"amount_received":{received},"currency":"usd",
        "status":"{status}","metadata":{{"key":"{KEY}","reservation":"kindle-fire-hd.17",
        "instance":"07070707-0707-0707-0707-070707070707"}},"last_payment_error":null}}"#
    )
}

fn failed_intent() -> String {
    let error = r#"{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}"#;
    intent("requires_payment_method", 0)
        .replace("\"last_payment_error\":null", &format!("\"last_payment_error\":{error}"))
}

fn list(items: &[String], has_more: bool) -> String {
    format!(r#"{{"object":"list","data":[{}],"has_more":{has_more}}}"#, items.join(","))
}

fn refund(status: &str) -> String {
    format!(
        r#"{{"id":"re_1","object":"refund","amount":14999,"currency":"usd","status":"{status}","payment_intent":"pi_1",
        "failure_reason":"lost_or_stolen_card","metadata":{{"key":"{KEY}"}}}}"#
    )
}

fn error(kind: &str, code: &str) -> String {
    format!(r#"{{"error":{{"type":"{kind}","code":"{code}","message":"Stripe's words."}}}}"#)
}

fn decline(left: &str) -> String {
    format!(
        r#"{{"error":{{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds",
        "advice_code":"try_again_later","payment_intent":{{"id":"pi_1","status":"{left}"}}}}}}"#
    )
}

/// Plays an attempt with these answers, and tells it in lines: the requests, then the result.
fn told(delivery: &Delivery, answers: Vec<Result<Answer, Unanswered>>) -> String {
    let api = Api::new("https://stripe.example/");
    let (mut told, mut answers) = (String::new(), VecDeque::from(answers));
    let mut paying = Paying::new(&api, delivery);
    let result = loop {
        match paying.next() {
            Turn::Over(result) => break result,
            Turn::Ask(request) => {
                writeln!(told, "{}", line(&request)).unwrap();
                paying.answered(answers.pop_front().expect("one more request than answers"));
            }
        }
    };
    assert!(answers.is_empty(), "answers that nobody asked for after {told}");
    told + &ended(&result)
}

/// The request without the fields that say whose it is.
fn line(request: &Request) -> String {
    assert!(request.signed, "every request is the shop's");
    let path = request.url.strip_prefix("https://stripe.example/v1/").unwrap();
    let key = request.header_value("idempotency-key").map(|key| key.replace(KEY, "KEY"));
    let (key, body) = (key.unwrap_or_default(), String::from_utf8(request.body.clone()).unwrap());
    let body = body.split("&metadata").next().unwrap().to_owned();
    let written = format!("{} {path} {key} {body}", request.method.name());
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn ended(result: &AttemptResult) -> String {
    let after = |until: &flashtag::domain::time::Timestamp| until.since(at(5_000)).to_string();
    match result {
        AttemptResult::Done { reference: Some(ProviderRef::Payment(id)), at: done } => {
            assert_eq!(*done, at(5_000));
            format!("done {id}")
        }
        AttemptResult::Declined { reason } => format!("declined: {reason}"),
        AttemptResult::Throttled { until } => format!("lane rests {}", after(until)),
        AttemptResult::InProgress { until } => format!("in progress, again in {}", after(until)),
        AttemptResult::Failed { error, permanent: true } => format!("given up: {error}"),
        other => other.name().to_owned(),
    }
}

const PAY: &str = "POST payment_intents KEY amount=14999&currency=usd&customer=cus_Ana&payment_method=pm_Ana\
                   &payment_method_types%5B%5D=card&capture_method=manual&confirm=true&off_session=true\n";
const TIDY: &str = "POST payment_intents/pi_1/cancel KEY-leftover cancellation_reason=abandoned\n";
const FIND: &str = "GET payment_intents?customer=cus_Ana&limit=100\n";
const TAKE: &str = "POST payment_intents/pi_1/capture KEY amount_to_capture=14999\n";
const LET_GO: &str = "POST payment_intents/pi_1/cancel KEY cancellation_reason=requested_by_customer\n";
const LOOK: &str = "GET payment_intents/pi_1\n";
const RETURN: &str = "POST refunds KEY payment_intent=pi_1&amount=14999\n";
const REFUNDS: &str = "GET refunds?payment_intent=pi_1&limit=100\n";

type Told = (&'static str, Delivery, Vec<Result<Answer, Unanswered>>, String);

fn check(table: Vec<Told>) {
    for (name, delivery, answers, expected) in table {
        assert_eq!(told(&delivery, answers), expected, "{name}");
    }
}

#[test]
fn an_authorization_holds_the_money_or_says_why_not() {
    let authorize = || delivery(Effect::Authorize(order(None)));
    let table = [
        ("held", answer(200, &intent("requires_capture", 0)), "done pi_1"),
        ("the bank is slow", answer(200, &intent("processing", 0)), "in progress, again in 5s"),
        ("no answer", lost(), "unknown"),
        ("nothing left", Err(Unanswered::NotSent("no route".into())), "failed"),
        ("damaged", answer(200, "{\"id\":\"pi_1\""), "unknown"),
        ("a page of a proxy", answer(200, "<html>"), "unknown"),
        ("Stripe fails", answer(500, &error("api_error", "x")), "unknown"),
        ("a proxy fails", answer(502, "<html>"), "unknown"),
        ("a dependency fails", answer(424, &error("api_error", "x")), "unknown"),
        (
            "the first request is under way",
            answer(409, &error("invalid_request_error", "idempotency_key_in_use")),
            "in progress, again in 5s",
        ),
        ("too many requests", answer(429, &error("invalid_request_error", "rate_limit")), "lane rests 2s"),
        (
            "another request has the customer",
            answer(429, &error("invalid_request_error", "lock_timeout")),
            "lane rests 2s",
        ),
        ("the key was revoked", answer(401, &error("invalid_request_error", "x")), "shut_out"),
        ("the key lacks a permission", answer(403, &error("invalid_request_error", "x")), "shut_out"),
        ("declined, damaged", answer(402, "{\"error\":{\"type\":\"card"), "unknown"),
        (
            "declined, nothing left behind",
            answer(402, &error("card_error", "expired_card")),
            "declined: expired_card",
        ),
    ];
    for (name, given, result) in table {
        assert_eq!(told(&authorize(), vec![given]), format!("{PAY}{result}"), "{name}");
    }
    check(vec![
        (
            "declined, and what is left is tidied away",
            authorize(),
            vec![answer(402, &decline("requires_payment_method")), answer(200, &intent("canceled", 0))],
            format!("{PAY}{TIDY}declined: insufficient_funds, advice try_again_later"),
        ),
        (
            "declined, and nobody tidies",
            authorize(),
            vec![answer(402, &decline("requires_payment_method")), lost()],
            format!("{PAY}{TIDY}declined: insufficient_funds, advice try_again_later"),
        ),
        (
            "the bank wants the buyer",
            authorize(),
            vec![answer(200, &intent("requires_action", 0)), answer(200, &intent("canceled", 0))],
            format!("{PAY}{TIDY}declined: authentication_required"),
        ),
        (
            "a wrong request of which nothing came",
            authorize(),
            vec![
                answer(400, &error("invalid_request_error", "parameter_missing")),
                answer(200, &list(&[], false)),
            ],
            format!("{PAY}{FIND}given up: parameter_missing: Stripe's words."),
        ),
        (
            "the key came with another body, and the payment is there",
            authorize(),
            vec![
                answer(400, r#"{"error":{"type":"idempotency_error"}}"#),
                answer(200, &list(&[intent("requires_capture", 0)], false)),
            ],
            format!("{PAY}{FIND}done pi_1"),
        ),
        (
            "the key came with another body, and no payment is there",
            authorize(),
            vec![answer(400, r#"{"error":{"type":"idempotency_error"}}"#), answer(200, &list(&[], false))],
            format!("{PAY}{FIND}given up: idempotency_error"),
        ),
        (
            "the payment is over another amount",
            authorize(),
            vec![answer(200, &intent("requires_capture", 0).replace("14999", "15000"))],
            format!("{PAY}given up: pi_1 is over 15000 usd"),
        ),
    ]);
}

#[test]
fn an_authorization_is_looked_up_in_the_list_of_the_buyers_payments() {
    let look = || looked_up(Effect::Authorize(order(None)));
    let other = intent("succeeded", 14_999).replace(KEY, "another");
    let page = vec![other; 100];
    let table = [
        ("held", intent("requires_capture", 0), "done pi_1"),
        ("taken by hand", intent("succeeded", 14_999), "done pi_1"),
        ("the hold ended, or was ended by hand", intent("canceled", 0), "declined: canceled"),
        ("the request is under way", intent("requires_confirmation", 0), "in progress, again in 5s"),
        ("the request has just begun", intent("requires_payment_method", 0), "in progress, again in 5s"),
        ("the bank is slow", intent("processing", 0), "in progress, again in 5s"),
    ];
    for (name, found, result) in table {
        assert_eq!(
            told(&look(), vec![answer(200, &list(&[found], false))]),
            format!("{FIND}{result}"),
            "{name}"
        );
    }
    let late = || Delivery { at: at(0).plus(Millis::from_secs(605)), ..look() };
    let unconfirmed = || answer(200, &list(&[intent("requires_confirmation", 0)], false));
    let confirmed = error("invalid_request_error", "payment_intent_unexpected_state");
    check(vec![
        ("nothing", look(), vec![answer(200, &list(&[], false))], format!("{FIND}not_found")),
        (
            "declined",
            look(),
            vec![answer(200, &list(&[failed_intent()], false)), answer(200, &intent("canceled", 0))],
            format!("{FIND}{TIDY}declined: insufficient_funds"),
        ),
        (
            "never confirmed",
            late(),
            vec![unconfirmed(), answer(200, &intent("canceled", 0))],
            format!("{FIND}{TIDY}declined: not_confirmed"),
        ),
        (
            "confirmed before it is canceled",
            late(),
            vec![unconfirmed(), answer(400, &confirmed)],
            format!("{FIND}{TIDY}in progress, again in 10m 5s"),
        ),
        (
            "nobody knows whether it is canceled",
            late(),
            vec![unconfirmed(), Err(Unanswered::Unknown("no answer in time".into()))],
            format!("{FIND}{TIDY}unknown"),
        ),
        (
            "on the second page",
            look(),
            vec![
                answer(200, &list(&page, true)),
                answer(200, &list(&[intent("requires_capture", 0)], false)),
            ],
            format!("{FIND}{}&starting_after=pi_1\ndone pi_1", FIND.trim_end()),
        ),
        ("the list is damaged", look(), vec![answer(200, "{\"data\":[")], format!("{FIND}unknown")),
        ("the list fails", look(), vec![answer(503, "")], format!("{FIND}unknown")),
        ("the key was revoked", look(), vec![answer(401, "")], format!("{FIND}shut_out")),
    ]);
}

#[test]
fn a_capture_takes_the_money_or_finds_out_why_not() {
    let capture = || delivery(Effect::Capture(order(Some("pi_1"))));
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let state = |state: &str, received| vec![refused(), answer(200, &intent(state, received))];
    check(vec![
        ("taken", capture(), vec![answer(200, &intent("succeeded", 14_999))], format!("{TAKE}done")),
        ("taken earlier", capture(), state("succeeded", 14_999), format!("{TAKE}{LOOK}done")),
        ("the hold ended", capture(), state("canceled", 0), format!("{TAKE}{LOOK}declined: capture_lost")),
        (
            "somebody took less by hand",
            capture(),
            state("succeeded", 9_000),
            format!("{TAKE}{LOOK}given up: pi_1 has taken 9000 instead of 14999"),
        ),
        (
            "refused, and still held",
            capture(),
            state("requires_capture", 0),
            format!("{TAKE}{LOOK}given up: payment_intent_unexpected_state: Stripe's words."),
        ),
        (
            "the bank declines",
            capture(),
            vec![answer(402, &decline("requires_capture"))],
            format!("{TAKE}declined: insufficient_funds, advice try_again_later"),
        ),
        ("no answer", capture(), vec![lost()], format!("{TAKE}unknown")),
        (
            "refused, and the state is not told",
            capture(),
            vec![refused(), lost()],
            format!("{TAKE}{LOOK}unknown"),
        ),
    ]);
    let look = || looked_up(Effect::Capture(order(Some("pi_1"))));
    let table = [
        ("succeeded", 14_999, "done"),
        ("requires_capture", 0, "not_found"),
        ("canceled", 0, "declined: capture_lost"),
        ("expired", 0, "declined: capture_lost"),
        ("requires_reauthorization", 0, "declined: capture_lost"),
        ("processing", 0, "in progress, again in 5s"),
    ];
    for (state, received, result) in table {
        let given = vec![answer(200, &intent(state, received))];
        assert_eq!(told(&look(), given), format!("{LOOK}{result}"), "{state}");
    }
}

#[test]
fn a_void_lets_the_money_go_and_a_captured_payment_is_refunded() {
    let void = || delivery(Effect::Void(order(Some("pi_1"))));
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let of_order = "GET payment_intents?customer=cus_Ana&limit=100\n";
    let unknown = || delivery(Effect::Void(order(None)));
    check(vec![
        ("let go", void(), vec![answer(200, &intent("canceled", 0))], format!("{LET_GO}done")),
        (
            "let go earlier",
            void(),
            vec![refused(), answer(200, &intent("canceled", 0))],
            format!("{LET_GO}{LOOK}done"),
        ),
        (
            "taken already",
            void(),
            vec![refused(), answer(200, &intent("succeeded", 14_999))],
            format!("{LET_GO}{LOOK}declined: already_captured"),
        ),
        (
            "another payment has its name, from before the directory was restored",
            unknown(),
            vec![answer(200, &list(&[intent("requires_capture", 0).replace(KEY, OLDER_KEY)], false))],
            format!(
                "{of_order}given up: pi_1 of that order was made before the directory was restored: look whose it is"
            ),
        ),
        (
            "its payment was never recorded, and is there",
            unknown(),
            vec![
                answer(200, &list(&[intent("requires_capture", 0)], false)),
                answer(200, &intent("canceled", 0)),
            ],
            format!("{of_order}{LET_GO}done"),
        ),
        (
            "its payment was never recorded, and nothing is held",
            unknown(),
            vec![answer(200, &list(&[intent("canceled", 0)], false))],
            format!("{of_order}done"),
        ),
        (
            "another data directory has an order of that name",
            unknown(),
            vec![answer(
                200,
                &list(&[intent("requires_capture", 0).replace("07070707-", "08080808-")], false),
            )],
            format!("{of_order}done"),
        ),
    ]);
    // A hold that is not among the newest payments of a buyer is not taken for let go.
    let page = || {
        answer(200, &list(&vec![intent("succeeded", 14_999).replace("fire-hd.17", "fire-hd.3"); 100], true))
    };
    let more = format!("{}&starting_after=pi_1\n", of_order.trim_end()).repeat(4);
    let cut = told(&unknown(), std::iter::repeat_with(page).take(5).collect());
    assert_eq!(
        cut,
        format!(
            "{of_order}{more}given up: the buyer has more payments than are read: look which is the order's"
        )
    );
    let look = || looked_up(Effect::Void(order(Some("pi_1"))));
    let table = [
        ("canceled", "done"),
        ("expired", "done"),
        ("requires_capture", "not_found"),
        ("succeeded", "declined: already_captured"),
    ];
    for (state, result) in table {
        assert_eq!(told(&look(), vec![answer(200, &intent(state, 0))]), format!("{LOOK}{result}"), "{state}");
    }
}

#[test]
fn a_refund_returns_the_money_once() {
    let give_back = || delivery(Effect::Refund(order(Some("pi_1"))));
    let again = || answer(400, &error("invalid_request_error", "charge_already_refunded"));
    let by_hand = refund("succeeded").replace(KEY, "by hand");
    check(vec![
        ("returned", give_back(), vec![answer(200, &refund("succeeded"))], format!("{RETURN}done")),
        (
            "it waits",
            give_back(),
            vec![answer(200, &refund("pending"))],
            format!("{RETURN}in progress, again in 10m"),
        ),
        (
            "it fails",
            give_back(),
            vec![answer(200, &refund("failed"))],
            format!("{RETURN}given up: refund_failed: lost_or_stolen_card"),
        ),
        (
            "returned earlier by this effect",
            give_back(),
            vec![again(), answer(200, &list(&[refund("succeeded")], false))],
            format!("{RETURN}{REFUNDS}done"),
        ),
        (
            "returned by hand",
            give_back(),
            vec![again(), answer(200, &list(&[by_hand], false))],
            format!("{RETURN}{REFUNDS}given up: charge_already_refunded: Stripe's words."),
        ),
        ("no answer", give_back(), vec![lost()], format!("{RETURN}unknown")),
    ]);
    let look = || looked_up(Effect::Refund(order(Some("pi_1"))));
    let table = [
        ("succeeded", "done"),
        ("pending", "in progress, again in 10m"),
        ("failed", "given up: refund_failed: lost_or_stolen_card"),
    ];
    for (state, result) in table {
        let given = vec![answer(200, &list(&[refund(state)], false))];
        assert_eq!(told(&look(), given), format!("{REFUNDS}{result}"), "{state}");
    }
    assert_eq!(told(&look(), vec![answer(200, &list(&[], false))]), format!("{REFUNDS}not_found"));
}

#[test]
fn a_part_of_a_payment_is_refunded_by_its_own_amount() {
    let part = Payment { amount: "20.00 USD".parse().unwrap(), ..order(Some("pi_1")) };
    let told = told(
        &delivery(Effect::Refund(part)),
        vec![answer(200, &refund("succeeded").replace("14999", "2000"))],
    );
    assert_eq!(told, "POST refunds KEY payment_intent=pi_1&amount=2000\ndone");
}

/// Stripe refuses a key with another body, so nothing of today goes into it.
#[test]
fn a_repeated_request_has_the_same_bytes() {
    let api = Api::new("https://stripe.example");
    let effects = [
        Effect::Authorize(order(None)),
        Effect::Capture(order(Some("pi_1"))),
        Effect::Void(order(Some("pi_1"))),
        Effect::Refund(order(Some("pi_1"))),
    ];
    for effect in effects {
        let first = delivery(effect.clone());
        let mut later = delivery(effect);
        later.attempt.number = 7;
        later.at = at(80_000_000);
        let mut changed = terms();
        (changed.title, changed.price) = ("Another title".into(), "1.00 USD".parse().unwrap());
        later.offering = changed.into();
        let asked = [&first, &later].map(|delivery| Paying::new(&api, delivery).next());
        assert_eq!(asked[0], asked[1]);
        let Turn::Ask(request) = &asked[0] else { panic!("it asks") };
        assert_eq!(request.header_value("idempotency-key"), Some(KEY));
    }
}

#[test]
fn a_payment_says_whose_order_it_is_and_shows_nothing_of_the_card_in_its_key() {
    let api = Api::new("https://stripe.example");
    let Turn::Ask(request) = Paying::new(&api, &delivery(Effect::Authorize(order(None)))).next() else {
        panic!("it asks")
    };
    let body = String::from_utf8(request.body).unwrap();
    let metadata = format!(
        "&metadata%5Bkey%5D={KEY_ENCODED}&metadata%5Breservation%5D=kindle-fire-hd.17\
         &metadata%5Binstance%5D=07070707-0707-0707-0707-070707070707"
    );
    assert!(body.ends_with(&metadata), "{body}");
}

#[test]
fn what_is_not_stripes_is_asked_of_nobody() {
    let bare = |effect| {
        let mut delivery = delivery(effect);
        delivery.attempt.key = EffectKey { partition: 0, sequence: 12, index: 0 }.into();
        delivery
    };
    let sandbox = Payment { card: "tok_1".into(), ..order(None) };
    let table = [
        (bare(Effect::Authorize(order(None))), "before the data directory had an identity"),
        (delivery(Effect::Authorize(sandbox)), "the card was not linked at Stripe"),
        (delivery(Effect::Capture(order(Some("17")))), "the payment is not Stripe's: 17"),
        (delivery(Effect::Capture(order(Some("pi_1/../x")))), "the payment is not Stripe's"),
        (delivery(super::email()), "another provider's effect"),
    ];
    for (delivery, words) in table {
        let told = told(&delivery, Vec::new());
        assert!(told.starts_with("given up: ") && told.contains(words), "{told}");
    }
    for token in
        ["cus_Ana", "cus_/pm_1", "cus_A/pm_", "pm_1/cus_A", "cus_A/pm_1/x", "cus_A?x/pm_1", "cus_A/pm_1&x"]
    {
        assert_eq!(CardToken::parse(token), None, "{token}");
    }
    let with_fingerprint = CardToken::parse("cus_A/pm_1#fp9").unwrap();
    assert_eq!((with_fingerprint.customer, with_fingerprint.payment_method), ("cus_A", "pm_1"));
    assert_eq!(CardToken::parse("cus_A/pm_1").map(|token| token.to_string()).as_deref(), Some("cus_A/pm_1"));
}

#[test]
fn a_key_is_forgotten_an_hour_early_and_an_absent_payment_proves_nothing() {
    assert_eq!(RESEND_SAFETY.key_remembered, Millis::from_secs(23 * 3600));
    assert_eq!(RESEND_SAFETY.look_up, LookUp::Inconclusive);
}

#[test]
fn a_key_is_restricted_and_of_the_shops_mode() {
    let table = [
        ("rk_test_51Abc", Mode::Test, None),
        (" rk_live_51Abc\n", Mode::Live, None),
        ("rk_live_51Abc", Mode::Test, Some(KeyFault::LiveInTest)),
        ("rk_test_51Abc", Mode::Live, Some(KeyFault::TestInLive)),
        ("sk_test_51Abc", Mode::Test, Some(KeyFault::Unrestricted)),
        ("sk_live_51Abc", Mode::Live, Some(KeyFault::Unrestricted)),
        ("pk_test_51Abc", Mode::Test, Some(KeyFault::NotAKey)),
        ("rk_test_", Mode::Test, Some(KeyFault::NotAKey)),
        ("rk_test_51\r\nx: y", Mode::Test, Some(KeyFault::NotAKey)),
        ("", Mode::Test, Some(KeyFault::NotAKey)),
    ];
    for (text, mode, fault) in table {
        let read = StripeKey::parse(text, mode);
        assert_eq!(read.as_ref().err().copied(), fault, "{text}");
        if let Some(fault) = fault {
            assert!(!fault.to_string().contains("51"), "a fault shows nothing of the key");
        }
        if let Ok(key) = read {
            assert!(!format!("{key:?}").contains("51Abc"));
        }
    }
}

/// Answers by the path, and keeps what was asked.
struct Scripted {
    answers: Vec<(&'static str, u16)>,
    asked: Mutex<Vec<Request>>,
}

impl Http for Scripted {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        self.asked.lock().unwrap().push(request.clone());
        let place = format!("{} {}", request.method.name(), request.url);
        let status =
            self.answers.iter().find(|(part, _)| place.contains(part)).map_or(404, |(_, status)| *status);
        Ok(Answer { status, headers: Vec::new(), body: Vec::new() })
    }
}

#[test]
fn requests_are_signed_and_in_the_pinned_version() {
    let scripted = Arc::new(Scripted { answers: Vec::new(), asked: Mutex::default() });
    let http = KeyedHttp::new(Arc::clone(&scripted), StripeKey::parse("rk_test_51Abc", Mode::Test).unwrap());
    http.exchange(&Request::get("https://stripe.example/v1/refunds").signed()).unwrap();
    http.exchange(&Request::get("https://elsewhere.example/")).unwrap();
    let asked = scripted.asked.lock().unwrap();
    assert_eq!(asked[0].header_value("authorization"), Some("Bearer rk_test_51Abc"));
    assert_eq!(asked[0].header_value("stripe-version"), Some(VERSION));
    assert!(asked[1].headers.is_empty(), "the key is Stripe's alone");
    assert!(!format!("{:?} {http:?}", asked[0]).contains("51Abc"), "the key is shown nowhere");
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

#[test]
fn a_check_says_which_permission_is_missing() {
    let all = vec![("limit=1", 200)];
    let no_refunds = vec![("POST https://stripe.example/v1/refunds", 403), ("limit=1", 200)];
    let no_captures =
        vec![("capture", 403), ("GET https://stripe.example/v1/refunds", 403), ("limit=1", 200)];
    let no_events = vec![("GET https://stripe.example/v1/events", 403), ("limit=1", 200)];
    let no_disputes = vec![("GET https://stripe.example/v1/disputes", 403), ("limit=1", 200)];
    let no_warnings = vec![("/v1/radar/early_fraud_warnings", 403), ("limit=1", 200)];
    let table = [
        (all, ""),
        (no_warnings, "the key may not read Radar Early Fraud Warnings"),
        (no_refunds, "the key may not write Refunds"),
        (no_captures, "the key may not write Payment Intents"),
        (no_events, "the key may not read Events"),
        (no_disputes, "the key may not read Disputes"),
        (vec![("limit=1", 401)], "Stripe does not accept the key"),
        (vec![("limit=1", 503)], "is not known: Stripe answers 503"),
    ];
    for (answers, words) in table {
        let http = Scripted { answers, asked: Mutex::default() };
        let notes = probe(&Api::new("https://stripe.example"), &http);
        let missing: Vec<_> = notes.iter().filter(|note| note.kind == NoteKind::Missing).collect();
        assert_eq!(missing.is_empty(), words.is_empty(), "{notes:?}");
        if !words.is_empty() {
            assert!(missing.iter().any(|note| note.text.contains(words)), "{notes:?}");
        }
        let asked = http.asked.lock().unwrap();
        let changing = asked.iter().filter(|request| request.method.name() == "POST");
        for request in changing {
            let whole = format!("{}{}", request.url, String::from_utf8_lossy(&request.body));
            assert!(whole.contains("_flashtag0check0nobody0has"), "nothing is changed: {whole}");
        }
    }
}
