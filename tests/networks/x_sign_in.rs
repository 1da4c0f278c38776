//! Staying signed in at X, as a table of moments and answers.

use flashtag::domain::time::Timestamp;
use flashtag::net::{Answer, Request};
use flashtag::networks::x::{Api, AppBearer, Client, Tokens, XSignIn};
use flashtag::networks::{Renewal, SignIn, SignInFault};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1000)
}

fn sign_in() -> XSignIn {
    let client = Client::new("app".to_owned(), Some("secret".to_owned()));
    let mut sign_in = XSignIn::new(Api::new("https://x.example"), client);
    let tokens =
        Tokens { access: "a1".to_owned(), refresh: "r1".to_owned(), expires_at: at(7200), scope: None };
    sign_in.restore(&tokens.to_kept());
    sign_in
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

fn asked(sign_in: &XSignIn, seconds: i64) -> Option<Request> {
    match sign_in.renewal(at(seconds)) {
        Renewal::Ask(request) => Some(request),
        Renewal::NotNeeded => None,
        Renewal::Impossible(reason) => panic!("{reason}"),
    }
}

#[test]
fn a_token_is_renewed_ten_minutes_before_its_end() {
    let sign_in = sign_in();
    for (seconds, expected) in [(0, false), (6599, false), (6600, true), (7200, true), (9999, true)] {
        assert_eq!(asked(&sign_in, seconds).is_some(), expected, "{seconds}");
    }
}

#[test]
fn a_renewal_proves_the_app_and_spends_the_refresh_token() {
    let request = asked(&sign_in(), 7000).unwrap();
    assert_eq!((request.method.name(), request.url.as_str()), ("POST", "https://x.example/2/oauth2/token"));
    // The app's id and secret, `app:secret`, in Base64.
    assert_eq!(request.header_value("authorization"), Some("Basic YXBwOnNlY3JldA=="));
    assert_eq!(request.body, b"grant_type=refresh_token&refresh_token=r1");
    assert!(!request.signed);
    let mut public = XSignIn::new(Api::default(), Client::new("app".to_owned(), None));
    public.restore(
        &Tokens { access: "a".to_owned(), refresh: "r 1".to_owned(), expires_at: at(0), scope: None }
            .to_kept(),
    );
    let request = asked(&public, 0).unwrap();
    assert_eq!(request.header_value("authorization"), None);
    assert_eq!(request.body, b"grant_type=refresh_token&refresh_token=r+1&client_id=app");
}

#[test]
fn the_next_refresh_token_is_in_what_must_be_durable() {
    let mut sign_in = sign_in();
    let body =
        r#"{"token_type":"bearer","expires_in":3600,"access_token":"a2","scope":"s","refresh_token":"r2"}"#;
    let kept = sign_in.renewed(&answer(200, body), at(7000)).unwrap();
    let expected = Tokens {
        access: "a2".to_owned(),
        refresh: "r2".to_owned(),
        expires_at: at(10_600),
        scope: Some("s".to_owned()),
    };
    assert_eq!(Tokens::from_kept(&kept), Some(expected));
    assert_eq!(sign_in.access_token(), Some("a2"));
    let mut restarted = XSignIn::new(Api::default(), Client::new("app".to_owned(), None));
    restarted.restore(&kept);
    assert_eq!(restarted.access_token(), Some("a2"));
    assert_eq!(restarted.renewal(at(7000)), Renewal::NotNeeded);
    // Without a new one, the old one stays in force.
    let kept = sign_in.renewed(&answer(200, r#"{"access_token":"a3"}"#), at(0)).unwrap();
    let expected = Tokens {
        access: "a3".to_owned(),
        refresh: "r2".to_owned(),
        expires_at: at(7200),
        scope: Some("s".to_owned()),
    };
    assert_eq!(Tokens::from_kept(&kept), Some(expected));
}

#[test]
fn a_refusal_signs_out_and_a_fault_keeps_the_old_refresh_token() {
    let table = [
        (400, r#"{"error":"invalid_grant"}"#, true),
        (
            400,
            r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#,
            true,
        ),
        (401, r#"{"error":"unauthorized_client"}"#, true),
        (401, "", false),
        (401, r#"{"error":"unauth"#, false),
        (400, "<html>", false),
        (403, "<html>", false),
        (429, "{}", false),
        (500, "", false),
        (503, r#"{"error":"server_error"}"#, false),
        (200, "<html>", false),
        (200, r#"{"access_token":""}"#, false),
    ];
    for (status, body, signed_out) in table {
        let mut sign_in = sign_in();
        let fault = sign_in.renewed(&answer(status, body), at(7000)).unwrap_err();
        assert_eq!(matches!(fault, SignInFault::SignedOut(_)), signed_out, "{status} {body}");
        if signed_out {
            assert!(matches!(sign_in.renewal(at(7000)), Renewal::Impossible(_)), "{status} {body}");
        } else {
            let again = asked(&sign_in, 7000).unwrap();
            assert_eq!(again.body, b"grant_type=refresh_token&refresh_token=r1", "{status} {body}");
        }
    }
}

#[test]
fn a_refused_token_is_renewed_before_its_time_and_connecting_again_heals() {
    let mut sign_in = sign_in();
    assert!(!sign_in.is_refused(&answer(403, "")) && !sign_in.is_refused(&answer(429, "")));
    assert!(asked(&sign_in, 0).is_none());
    assert!(sign_in.is_refused(&answer(401, "")));
    assert!(asked(&sign_in, 0).is_some());
    sign_in.renewed(&answer(401, r#"{"error":"unauthorized_client"}"#), at(0)).unwrap_err();
    assert!(matches!(sign_in.renewal(at(0)), Renewal::Impossible(_)));
    sign_in.restore(b"no tokens");
    assert!(matches!(sign_in.renewal(at(0)), Renewal::Impossible(_)), "nothing was restored");
    let tokens =
        Tokens { access: "a9".to_owned(), refresh: "r9".to_owned(), expires_at: at(7200), scope: None };
    sign_in.restore(&tokens.to_kept());
    assert_eq!(sign_in.renewal(at(0)), Renewal::NotNeeded);
}

#[test]
fn an_account_that_was_never_connected_has_no_token() {
    let sign_in = XSignIn::new(Api::default(), Client::new("app".to_owned(), None));
    assert_eq!(sign_in.access_token(), None);
    assert!(matches!(sign_in.renewal(at(0)), Renewal::Impossible(_)));
}

#[test]
fn no_secret_is_shown() {
    let client = Client::new("app".to_owned(), Some("hidden-secret".to_owned()));
    let mut sign_in = XSignIn::new(Api::default(), client);
    let tokens = Tokens {
        access: "hidden-a".to_owned(),
        refresh: "hidden-r".to_owned(),
        expires_at: at(0),
        scope: None,
    };
    sign_in.restore(&tokens.to_kept());
    let request = asked(&sign_in, 0);
    let shown = format!("{sign_in:?} {tokens:?} {request:?} {:?}", AppBearer::new("hidden-b".to_owned()));
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn the_app_s_own_token_is_good_until_it_is_refused() {
    let mut bearer = AppBearer::new("b1".to_owned());
    assert_eq!((bearer.access_token(), bearer.renewal(at(0))), (Some("b1"), Renewal::NotNeeded));
    assert!(!bearer.is_refused(&answer(403, "")));
    assert!(bearer.is_refused(&answer(401, "")));
    assert!(matches!(bearer.renewal(at(0)), Renewal::Impossible(_)));
}
