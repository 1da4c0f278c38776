//! Payments at Stripe, as conversations: a request, its answer, and what comes of it.

mod authorizing;
mod capturing;
mod holds;
mod keys;
mod refunding;
mod requests;
mod waiting;

use std::collections::VecDeque;
use std::fmt::Write as _;

use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::id::EffectKey;
use flashtag::domain::provider_ref::{PaymentRef, ProviderRef};
use flashtag::net::{Answer, Request, Unanswered};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::{DeliveryKey, KeyPrefix, OutsideKey};
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::{Api, Paying};

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
    played(&mut Paying::new(&api, delivery), answers)
}

/// The same for an attempt that was made before.
fn played(paying: &mut Paying<'_>, answers: Vec<Result<Answer, Unanswered>>) -> String {
    let (mut told, mut answers) = (String::new(), VecDeque::from(answers));
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
const CLOSE: &str = "POST payment_intents/pi_1/cancel cancellation_reason=abandoned\n";
const LOOK: &str = "GET payment_intents/pi_1\n";
const RETURN: &str = "POST refunds KEY payment_intent=pi_1&amount=14999\n";
const REFUNDS: &str = "GET refunds?payment_intent=pi_1&limit=100\n";

type Told = (&'static str, Delivery, Vec<Result<Answer, Unanswered>>, String);

fn check(table: Vec<Told>) {
    for (name, delivery, answers, expected) in table {
        assert_eq!(told(&delivery, answers), expected, "{name}");
    }
}
