//! Authorizations: the money is held, or the reason why not is told.

use flashtag::domain::effect::Effect;
use flashtag::domain::time::Millis;
use flashtag::net::Unanswered;
use flashtag::outbox::provider::Delivery;

use super::super::at;
use super::{
    CLOSE, FIND, KEY, LOOK, PAY, TIDY, answer, check, decline, delivery, error, failed_intent, intent, list,
    looked_up, lost, order, told,
};

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
            vec![
                answer(200, &intent("requires_action", 0)),
                answer(200, &intent("requires_action", 0)),
                answer(200, &intent("canceled", 0)),
            ],
            format!("{PAY}{LOOK}{CLOSE}declined: authentication_required"),
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
