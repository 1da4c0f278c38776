//! Bluesky's sign-in: the password is used as seldom as possible, and what ends a session is told from what ends an
//! account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::networks::bluesky::{AppPassword, BlueskySignIn};
use flashtag::networks::{Renewal, SignIn, SignInFault};

use super::{answer, shown};

const START: &str = "2026-11-30T15:00:00Z";

fn at(seconds: u32) -> Timestamp {
    START.parse::<Timestamp>().unwrap().plus(Millis::from_secs(seconds))
}

fn account() -> BlueskySignIn {
    let server = "https://pds.example/".to_owned();
    BlueskySignIn::new(AppPassword { server, did: "did:plc:shop".into(), password: "abcd-efgh".to_owned() })
}

/// A token that says it ends then.
fn token(ends: Timestamp) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"scope":"x","exp":{}}}"#, ends.ms() / 1000));
    format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")
}

/// An answer with a session whose access token ends then.
fn session(access: &str, refresh: &str) -> String {
    format!(
        r#"200 | {{"accessJwt":"{access}","refreshJwt":"{refresh}","handle":"shop.example","did":"did:plc:shop","active":true}}"#
    )
}

fn asks(sign_in: &BlueskySignIn, now: Timestamp) -> String {
    match sign_in.renewal(now) {
        Renewal::Ask(request) => shown(&request),
        Renewal::NotNeeded => "nothing".to_owned(),
        Renewal::Impossible(reason) => format!("impossible: {reason}"),
    }
}

const SIGNS_IN: &str = r#"POST https://pds.example/xrpc/com.atproto.server.createSession {"identifier":"did:plc:shop","password":"abcd-efgh"}"#;

fn refreshes(token: &str) -> String {
    format!("POST https://pds.example/xrpc/com.atproto.server.refreshSession Bearer {token}")
}

#[test]
fn a_session_is_renewed_before_its_end_and_kept_over_a_restart() {
    let mut sign_in = account();
    assert_eq!(sign_in.access_token(), None);
    assert_eq!(asks(&sign_in, at(0)), SIGNS_IN);
    let (first, second) = (token(at(7200)), token(at(14_000)));
    let kept = sign_in.renewed(&answer(&session(&first, "r1")), at(0)).unwrap();
    assert_eq!(sign_in.access_token(), Some(first.as_str()));

    let mut restarted = account();
    restarted.restore(&kept);
    for sign_in in [&sign_in, &restarted] {
        assert_eq!(asks(sign_in, at(6899)), "nothing", "the token is good for five minutes more");
        assert_eq!(asks(sign_in, at(6900)), refreshes("r1"));
    }
    restarted.renewed(&answer(&session(&second, "r2")), at(6900)).unwrap();
    assert_eq!(restarted.access_token(), Some(second.as_str()));
    assert_eq!(asks(&restarted, at(6901)), "nothing");

    let mut unreadable = account();
    unreadable.restore(b"no session");
    assert_eq!(asks(&unreadable, at(0)), SIGNS_IN, "what cannot be read is treated as absent");
}

#[test]
fn how_long_a_token_is_used() {
    // The life of a token that came at 0, and when it is renewed, in seconds.
    let table = [
        (7200, 6900),
        (400, 300),
        // Its server's clock is behind: it would be renewed at each request.
        (0, 60),
        (30, 60),
    ];
    for (life, renewed) in table {
        let mut sign_in = account();
        sign_in.renewed(&answer(&session(&token(at(life)), "r1")), at(0)).unwrap();
        assert_eq!(asks(&sign_in, at(renewed - 1)), "nothing", "a life of {life} s");
        assert_eq!(asks(&sign_in, at(renewed)), refreshes("r1"), "a life of {life} s");
    }
    let mut opaque = account();
    opaque.renewed(&answer(&session("opaque", "r1")), at(0)).unwrap();
    assert_eq!(asks(&opaque, at(1_000_000)), "nothing", "used until it is refused");
}

#[test]
fn which_answers_refuse_the_token() {
    let table = [
        (r#"400 | {"error":"ExpiredToken","message":"Token has expired"}"#, true),
        (r#"400 | {"error":"InvalidToken","message":"Token could not be verified"}"#, true),
        (r#"401 | {"error":"AuthMissing","message":"Authentication Required"}"#, true),
        (r#"401 | {"error":"AccountTakedown","message":"x"}"#, true),
        (r#"400 | {"error":"InvalidRequest","message":"x"}"#, false),
        (r#"401 | {"error":"AuthenticationRequired","message":"another's repository"}"#, false),
        (r#"429 | {"error":"RateLimitExceeded","message":"x"}"#, false),
        ("500 | ExpiredToken", false),
        (r#"200 | {"error":"ExpiredToken"}"#, false),
    ];
    for (text, refuses) in table {
        let mut sign_in = account();
        sign_in.renewed(&answer(&session(&token(at(7200)), "r1")), at(0)).unwrap();
        assert_eq!(sign_in.is_refused(&answer(text)), refuses, "{text}");
        let expected = if refuses { refreshes("r1") } else { "nothing".to_owned() };
        assert_eq!(asks(&sign_in, at(1)), expected, "{text}");
    }
}

#[test]
fn what_a_refused_renewal_leaves() {
    let later = |text: &str| Err(SignInFault::Later(text.into()));
    let signed_out = |text: &str| Err(SignInFault::SignedOut(text.into()));
    // Whether there was a session; the answer; what is told; what is asked next.
    let table = [
        (
            true,
            r#"400 | {"error":"ExpiredToken","message":"Token has expired"}"#,
            later("the session ended: 400 ExpiredToken: Token has expired"),
            SIGNS_IN.to_owned(),
        ),
        (
            true,
            r#"401 | {"error":"AccountTakedown","message":"Account has been taken down"}"#,
            signed_out("401 AccountTakedown: Account has been taken down"),
            "impossible: 401 AccountTakedown: Account has been taken down".to_owned(),
        ),
        (true, "401 | ", later("the session ended: 401 : "), SIGNS_IN.to_owned()),
        (true, "502 | <html>", later("502 : "), "nothing".to_owned()),
        (true, "403 | <html>", later("403 : "), "nothing".to_owned()),
        (true, "408 | ", later("408 : "), "nothing".to_owned()),
        (
            true,
            "200 | <html>",
            later("the answer cannot be read: expected value at line 1 column 1"),
            "nothing".to_owned(),
        ),
        (
            false,
            r#"401 | {"error":"AuthenticationRequired","message":"Invalid identifier or password"}"#,
            signed_out("401 AuthenticationRequired: Invalid identifier or password"),
            "impossible: 401 AuthenticationRequired: Invalid identifier or password".to_owned(),
        ),
        (
            false,
            "429 ratelimit-reset: 1796051100; retry-after: 289 | {}",
            later("too many sign-ins until 2026-11-30T15:05:00.000Z"),
            SIGNS_IN.to_owned(),
        ),
        (false, "404 | ", later("404 : "), SIGNS_IN.to_owned()),
        // The page of a firewall, and an answer that was damaged on its way.
        (false, "403 | <html>", later("403 : "), SIGNS_IN.to_owned()),
        (false, r#"401 | {"error":"Authenti"#, later("401 : "), SIGNS_IN.to_owned()),
        (false, "500 | ", later("500 : "), SIGNS_IN.to_owned()),
        (
            false,
            r#"200 | {"accessJwt":"a","refreshJwt":"r","did":"did:plc:other"}"#,
            signed_out("the password is of another account, did:plc:other"),
            "impossible: the password is of another account, did:plc:other".to_owned(),
        ),
        (
            false,
            r#"200 | {"accessJwt":"a","refreshJwt":"r","did":"did:plc:shop","active":false,"status":"deactivated"}"#,
            signed_out("the account is deactivated"),
            "impossible: the account is deactivated".to_owned(),
        ),
    ];
    for (has_session, text, expected, next) in table {
        let mut sign_in = account();
        if has_session {
            sign_in.renewed(&answer(&session("opaque", "r1")), at(0)).unwrap();
        }
        assert_eq!(sign_in.renewed(&answer(text), at(0)), expected, "{text}");
        assert_eq!(asks(&sign_in, at(1)), next, "{text}");
    }
}
