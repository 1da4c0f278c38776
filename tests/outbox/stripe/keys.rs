//! The shop's key: which one it may be, what is signed with it, and what it may do.

use std::sync::{Arc, Mutex};

use flashtag::config::serve::Mode;
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::networks::NoteKind;
use flashtag::outbox::provider::stripe::{Api, KeyFault, KeyedHttp, StripeKey, VERSION, probe};

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
