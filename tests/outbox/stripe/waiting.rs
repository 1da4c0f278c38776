//! Authorizations at Stripe that wait for their buyers, as conversations in a time of their own; and what their buyers are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use flashtag::domain::effect::Effect;
use flashtag::domain::id::OfferId;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::Millis;
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::stripe::{Api, NotTold, OnSession, Paying, Standing};
use flashtag::words::Challenge;

use super::super::at;
use super::{
    CLOSE, FIND, LOOK, PAY, TIDY, answer, delivery, error, intent, list, looked_up, lost, order, played,
};

/// How long payments wait. Attempts are made five seconds after their record.
const WITHIN: Millis = Millis::from_secs(10);

type Answers = Vec<Result<Answer, Unanswered>>;

fn authorize() -> Delivery {
    delivery(Effect::Authorize(order(None)))
}

fn look() -> Delivery {
    looked_up(Effect::Authorize(order(None)))
}

/// The same attempt at the end of the wait.
fn late(mut delivery: Delivery) -> Delivery {
    delivery.attempt.recorded_at = at(5_000).minus(WITHIN);
    delivery
}

/// The payment after its card failed for that reason.
fn failed(code: &str) -> String {
    let error = format!(r#"{{"type":"card_error","code":"{code}","decline_code":"{code}"}}"#);
    let card = format!("\"last_payment_error\":{error}");
    intent("requires_payment_method", 0).replace("\"last_payment_error\":null", &card)
}

/// The answer to a request after which the bank asks for the buyer.
fn asks() -> Result<Answer, Unanswered> {
    answer(
        402,
        r#"{"error":{"type":"card_error","code":"authentication_required","decline_code":"authentication_required",
        "payment_intent":{"id":"pi_1","status":"requires_payment_method"}}}"#,
    )
}

fn found(intent: String) -> Result<Answer, Unanswered> {
    answer(200, &list(&[intent], false))
}

fn is(status: &str) -> Result<Answer, Unanswered> {
    answer(200, &intent(status, 0))
}

fn check(table: Vec<(&str, Delivery, Answers, String)>) {
    let api = Api::new("https://stripe.example/");
    for (name, delivery, answers, expected) in table {
        let mut paying = Paying::patient(&api, &delivery, Some(WITHIN));
        assert_eq!(played(&mut paying, answers), expected, "{name}");
        assert_eq!(paying.waiting().is_some(), expected.contains("in progress, again in 5s"), "{name}");
    }
}

#[test]
fn a_payment_waits_for_its_buyer_and_counts_once_it_is_authenticated() {
    let waits = "in progress, again in 5s";
    check(vec![
        ("the bank asks for the buyer", authorize(), vec![asks()], format!("{PAY}{waits}")),
        ("nobody came yet", look(), vec![found(failed("authentication_required"))], format!("{FIND}{waits}")),
        (
            "the buyer is at the bank",
            look(),
            vec![found(intent("requires_action", 0))],
            format!("{FIND}{waits}"),
        ),
        ("the buyer agreed", look(), vec![found(intent("requires_capture", 0))], format!("{FIND}done pi_1")),
        (
            "late, and found held",
            late(look()),
            vec![found(intent("requires_capture", 0))],
            format!("{FIND}done pi_1"),
        ),
        (
            "late by the answer, and authenticated by then",
            late(authorize()),
            vec![asks(), is("requires_capture")],
            format!("{PAY}{LOOK}done pi_1"),
        ),
        (
            "late, and authenticated between the two readings",
            late(look()),
            vec![found(intent("requires_action", 0)), is("requires_capture")],
            format!("{FIND}{LOOK}done pi_1"),
        ),
        (
            "late, and authenticated before it was closed",
            late(look()),
            vec![
                found(intent("requires_action", 0)),
                is("requires_action"),
                answer(400, &error("invalid_request_error", "payment_intent_unexpected_state")),
                is("requires_capture"),
            ],
            format!("{FIND}{LOOK}{CLOSE}{LOOK}done pi_1"),
        ),
    ]);
}

#[test]
fn a_payment_is_declined_once_it_is_closed_and_not_before() {
    let off = "declined: authentication_required";
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let waiting = || found(failed("authentication_required"));
    let still = || answer(200, &failed("authentication_required"));
    let closing = format!("{FIND}{LOOK}{CLOSE}");
    check(vec![
        ("never opened", late(look()), vec![waiting(), still(), is("canceled")], format!("{closing}{off}")),
        (
            "left at the bank",
            late(look()),
            vec![found(intent("requires_action", 0)), is("requires_action"), is("canceled")],
            format!("{closing}{off}"),
        ),
        (
            "the buyer refused",
            look(),
            vec![
                found(failed("payment_intent_authentication_failure")),
                answer(200, &failed("payment_intent_authentication_failure")),
                is("canceled"),
            ],
            format!("{closing}declined: payment_intent_authentication_failure"),
        ),
        ("no answer", late(look()), vec![waiting(), still(), lost()], format!("{closing}unknown")),
        (
            "Stripe fails",
            late(look()),
            vec![waiting(), still(), answer(500, "")],
            format!("{closing}unknown"),
        ),
        ("its state is not told", late(look()), vec![waiting(), lost()], format!("{FIND}{LOOK}unknown")),
        ("closed before", late(look()), vec![waiting(), is("canceled")], format!("{FIND}{LOOK}{off}")),
        (
            "closed by hand meanwhile",
            late(look()),
            vec![waiting(), still(), refused(), is("canceled")],
            format!("{closing}{LOOK}{off}"),
        ),
    ]);
    // The payment was made, whatever becomes of the look at it: an attempt that counted as nothing would be made again.
    let gone = || Err(Unanswered::NotSent("no route".into()));
    check(vec![
        ("away behind the payment", late(authorize()), vec![asks(), gone()], format!("{PAY}{LOOK}unknown")),
        (
            "shut out behind it",
            late(authorize()),
            vec![asks(), answer(401, "")],
            format!("{PAY}{LOOK}unknown"),
        ),
        (
            "asked for fewer requests behind it",
            late(authorize()),
            vec![asks(), answer(429, "")],
            format!("{PAY}{LOOK}in progress, again in 2s"),
        ),
    ]);
    let (api, look) = (Api::new("https://stripe.example/"), late(look()));
    let mut paying = Paying::patient(&api, &look, Some(WITHIN));
    let undecided = vec![found(intent("requires_action", 0)), is("processing"), refused(), is("processing")];
    assert_eq!(played(&mut paying, undecided), format!("{closing}{LOOK}in progress, again in 5s"));
    assert_eq!(paying.waiting(), None, "the bank decides, and no buyer");
}

#[test]
fn a_payment_whose_buyer_cannot_be_asked_is_closed_at_once() {
    let (api, authorize) = (Api::new("https://stripe.example/"), authorize());
    let mut paying = Paying::patient(&api, &authorize, Some(WITHIN));
    assert_eq!(played(&mut paying, vec![asks()]), format!("{PAY}in progress, again in 5s"));
    assert_eq!(paying.waiting(), Some("pi_1"));
    paying.give_up_waiting();
    let told = played(&mut paying, vec![is("requires_payment_method"), is("canceled")]);
    assert_eq!(told, format!("{LOOK}{CLOSE}declined: authentication_required"));
    assert_eq!(paying.waiting(), None);
}

/// Where payments do not wait, what is left of one is tidied away.
#[test]
fn a_payment_does_not_wait_where_the_shop_does_not_ask_for_buyers() {
    let (api, authorize, look) = (Api::new("https://stripe.example/"), authorize(), look());
    let mut paying = Paying::new(&api, &authorize);
    let told = played(&mut paying, vec![asks(), is("canceled")]);
    assert_eq!(told, format!("{PAY}{TIDY}declined: authentication_required"));
    // The option was taken back while a payment waited, whose buyer may be at the bank.
    let at_bank = || found(intent("requires_action", 0));
    let table = [
        (vec![at_bank(), is("requires_action"), is("canceled")], "declined: authentication_required"),
        (vec![at_bank(), is("requires_action"), lost()], "unknown"),
    ];
    for (answers, expected) in table {
        let told = played(&mut Paying::new(&api, &look), answers);
        assert_eq!(told, format!("{FIND}{LOOK}{CLOSE}{expected}"));
    }
}

/// Answers requests one after the other, and keeps them.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<Answer, Unanswered>>>,
    asked: Mutex<Vec<Request>>,
}

impl Http for Scripted {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        self.asked.lock().unwrap().push(request.clone());
        self.answers.lock().unwrap().pop_front().expect("one more request than answers")
    }
}

fn challenge() -> Challenge {
    Challenge {
        offer: OfferId::parse("kindle-fire-hd").unwrap(),
        ordinal: 17,
        account: "x:42".parse().unwrap(),
        payment: PaymentRef::parse("pi_1").unwrap(),
        until: at(600_000),
    }
}

/// Tells a buyer of a payment with these answers: what is told, and the requests in lines.
fn told(is_begun: bool, answers: Answers) -> (String, String) {
    let http = Arc::new(Scripted { answers: Mutex::new(answers.into()), ..Scripted::default() });
    let (api, instance) = (Api::new("https://stripe.example/"), "07070707-0707-0707-0707-070707070707");
    let payments = OnSession::new(api, Arc::clone(&http) as Arc<dyn Http>, instance.to_owned());
    let told = if is_begun {
        payments.begin(&challenge(), "https://shop.example/authenticate/t/back")
    } else {
        payments.look(&challenge())
    };
    assert!(http.answers.lock().unwrap().is_empty(), "answers that nobody asked for");
    let told = match told {
        Ok(Standing::Waits) => "waits".to_owned(),
        Ok(Standing::AtBank(bank)) => format!("at {bank}"),
        Ok(Standing::Held) => "held".to_owned(),
        Ok(Standing::Over) => "over".to_owned(),
        Ok(Standing::UnderWay) => "under way".to_owned(),
        Err(NotTold::NotTheirs) => "not theirs".to_owned(),
        Err(NotTold::Unread(why)) => why.to_string(),
    };
    let requests = http.asked.lock().unwrap().iter().map(super::line).collect::<Vec<_>>().join("\n");
    (told, requests + "\n")
}

/// The payment while the bank asks at that address.
fn asked_at(url: &str) -> String {
    let action =
        format!(r#"{{"type":"redirect_to_url","redirect_to_url":{{"url":"{url}","return_url":"x"}}}}"#);
    let named = format!("\"next_action\":{action},\"status\":");
    intent("requires_action", 0).replace("\"status\":", &named)
}

/// The payment after its bank asked for the buyer, with the card that failed.
fn waiting_intent() -> String {
    let card = r#""payment_method":{"id":"pm_Ana"},"type":"card_error""#;
    failed("authentication_required").replace("\"type\":\"card_error\"", card)
}

#[test]
fn a_buyer_is_told_how_the_payment_stands_at_stripe_and_sent_to_a_bank_alone() {
    let table = [
        ("it waits", waiting_intent(), "waits"),
        ("the bank asks", asked_at("https://bank.example/3ds?x=1"), "at https://bank.example/3ds?x=1"),
        ("a script", asked_at("javascript:alert(1)"), "under way"),
        ("a plain address", asked_at("http://bank.example/"), "under way"),
        ("two headers", asked_at("https://bank.example/\\r\\nSet-Cookie: a"), "under way"),
        ("an address that only a script opens", intent("requires_action", 0), "under way"),
        ("held", intent("requires_capture", 0), "held"),
        ("taken", intent("succeeded", 14_999), "held"),
        ("refused", failed("payment_intent_authentication_failure"), "over"),
        ("declined", failed("insufficient_funds"), "over"),
        ("canceled", intent("canceled", 0), "over"),
        ("the bank is slow", intent("processing", 0), "under way"),
        ("a state of a later time", intent("requires_patience", 0), "over"),
        ("another order's", waiting_intent().replace("hd.17", "hd.18"), "not theirs"),
        ("another shop's", waiting_intent().replace("0707\"", "0708\""), "not theirs"),
        ("damaged", "{\"id\":".to_owned(), "Stripe's books cannot be read"),
    ];
    for (name, found, expected) in table {
        let (told, requests) = told(false, vec![answer(200, &found)]);
        assert!(told.starts_with(expected), "{name}: {told}");
        assert_eq!(requests, LOOK, "{name}");
    }
    assert_eq!(told(false, vec![answer(404, "")]).0, "not theirs");
    assert!(told(false, vec![lost()]).0.starts_with("Stripe's books cannot be read"));
}

#[test]
fn a_payment_is_confirmed_with_its_buyer_by_one_request_whatever_is_lost() {
    const BEGIN: &str = "POST payment_intents/pi_1/confirm KEY-on-session payment_method=pm_Ana&off_session=false\
                         &return_url=https%3A%2F%2Fshop.example%2Fauthenticate%2Ft%2Fback\n";
    let bank = || answer(200, &asked_at("https://bank.example/"));
    let waits = || answer(200, &waiting_intent());
    let at_bank = "at https://bank.example/";
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let table: Vec<(&str, Answers, &str, String)> = vec![
        ("the bank asks", vec![waits(), bank()], at_bank, format!("{LOOK}{BEGIN}")),
        ("the bank asks nothing", vec![waits(), is("requires_capture")], "held", format!("{LOOK}{BEGIN}")),
        ("pressed again", vec![bank()], at_bank, LOOK.to_owned()),
        (
            "pressed in two browsers",
            vec![waits(), refused(), bank()],
            at_bank,
            format!("{LOOK}{BEGIN}{LOOK}"),
        ),
        ("the answer is lost", vec![waits(), lost(), bank()], at_bank, format!("{LOOK}{BEGIN}{LOOK}")),
        (
            "the answer is damaged",
            vec![waits(), answer(200, "{"), bank()],
            at_bank,
            format!("{LOOK}{BEGIN}{LOOK}"),
        ),
        (
            "the bank declines",
            vec![waits(), answer(402, "{}"), answer(200, &failed("lost_card"))],
            "over",
            format!("{LOOK}{BEGIN}{LOOK}"),
        ),
        (
            "it is closed meanwhile",
            vec![waits(), refused(), is("canceled")],
            "over",
            format!("{LOOK}{BEGIN}{LOOK}"),
        ),
        (
            "nothing began",
            vec![waits(), answer(500, ""), waits()],
            "Stripe's books",
            format!("{LOOK}{BEGIN}{LOOK}"),
        ),
        ("it is over", vec![is("canceled")], "over", LOOK.to_owned()),
        ("it is held", vec![is("requires_capture")], "held", LOOK.to_owned()),
    ];
    for (name, answers, expected, requests) in table {
        let (told, asked) = told(true, answers);
        assert!(told.starts_with(expected), "{name}: {told}");
        assert_eq!(asked, requests, "{name}");
    }
}
