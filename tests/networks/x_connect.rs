//! Connecting an account at X.

use flashtag::domain::time::Timestamp;
use flashtag::net::Answer;
use flashtag::networks::x::{AUTHORIZE, Api, Client, ConnectFault, Connecting, Tokens};
use sha2::{Digest, Sha256};
use url::Url;

const BACK: &str = "http://127.0.0.1:8080/network/x";

fn connecting() -> Connecting {
    Connecting::new(BACK, &[7; 32], &[250; 32])
}

fn client() -> Client {
    Client::new("app".to_owned(), Some("secret".to_owned()))
}

fn fields(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

/// The state of the attempt, as its address shows it.
fn state() -> String {
    let address = Url::parse(&connecting().address(AUTHORIZE, &client())).unwrap();
    field(&fields(address.query().unwrap()), "state")
}

#[test]
fn the_address_asks_for_the_four_scopes_with_a_challenge() {
    let address = connecting().address(AUTHORIZE, &client());
    assert!(address.starts_with("https://x.com/i/oauth2/authorize?response_type=code&client_id=app&"));
    assert!(address.contains("scope=tweet.read%20tweet.write%20users.read%20offline.access&"), "{address}");
    let query = fields(Url::parse(&address).unwrap().query().unwrap());
    assert_eq!(field(&query, "redirect_uri"), BACK);
    assert_eq!(field(&query, "code_challenge_method"), "S256");
    // 32 bytes are 43 characters; the verifier may have 43 to 128, the state up to 500.
    assert_eq!((field(&query, "state").len(), field(&query, "code_challenge").len()), (43, 43));
}

#[test]
fn the_code_is_exchanged_with_the_verifier_of_the_challenge() {
    let returned = format!("{BACK}?state={}&code=c%2F1", state());
    let request = connecting().exchange(&Api::new("https://x.example"), &client(), &returned).unwrap();
    assert_eq!(request.url, "https://x.example/2/oauth2/token");
    assert_eq!(request.header_value("authorization"), Some("Basic YXBwOnNlY3JldA=="));
    let form = fields(std::str::from_utf8(&request.body).unwrap());
    assert_eq!(field(&form, "grant_type"), "authorization_code");
    assert_eq!((field(&form, "code"), field(&form, "redirect_uri")), ("c/1".to_owned(), BACK.to_owned()));
    let address = Url::parse(&connecting().address(AUTHORIZE, &client())).unwrap();
    let challenge = field(&fields(address.query().unwrap()), "code_challenge");
    let hash = Sha256::digest(field(&form, "code_verifier").as_bytes());
    let hash = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, hash);
    assert_eq!(hash, challenge);
}

#[test]
fn only_the_return_of_this_attempt_is_taken() {
    let state = state();
    let table = [
        ("nothing", String::new(), ConnectFault::NotTheReturn),
        ("no query", BACK.to_owned(), ConnectFault::NotTheReturn),
        ("no state", format!("{BACK}?code=c"), ConnectFault::NotTheReturn),
        ("no code", format!("{BACK}?state={state}"), ConnectFault::NotTheReturn),
        ("another state", format!("{BACK}?state={state}x&code=c"), ConnectFault::OtherAttempt),
        ("an empty state", format!("{BACK}?state=&code=c"), ConnectFault::OtherAttempt),
        (
            "refused",
            format!("{BACK}?error=access_denied&state={state}"),
            ConnectFault::Refused("access_denied".into()),
        ),
    ];
    for (case, returned, expected) in table {
        let fault = connecting().exchange(&Api::default(), &client(), &returned).unwrap_err();
        assert_eq!(fault, expected, "{case}");
    }
}

#[test]
fn tokens_that_cannot_be_renewed_are_not_taken() {
    let body = r#"{"expires_in":7200,"access_token":"a","refresh_token":"r"}"#;
    let tokens = Connecting::exchanged(&answer(200, body), Timestamp::from_ms(0)).unwrap();
    let expires_at = Timestamp::from_ms(7_200_000);
    assert_eq!(tokens, Tokens { access: "a".to_owned(), refresh: "r".to_owned(), expires_at, scope: None });
    let table = [
        (200, r#"{"access_token":"a"}"#, ConnectFault::NoRefreshToken),
        (200, "<html>", ConnectFault::NoRefreshToken),
        (400, r#"{"error":"invalid_grant"}"#, ConnectFault::Refused("X answered 400: invalid_grant".into())),
    ];
    for (status, body, expected) in table {
        let fault = Connecting::exchanged(&answer(status, body), Timestamp::from_ms(0)).unwrap_err();
        assert_eq!(fault, expected, "{body}");
    }
}

#[test]
fn the_account_must_be_the_configured_one() {
    let tokens = Tokens {
        access: "a".to_owned(),
        refresh: "r".to_owned(),
        expires_at: Timestamp::from_ms(0),
        scope: None,
    };
    let request = Connecting::whose(&Api::new("https://x.example"), &tokens);
    assert_eq!(request.url, "https://x.example/2/users/me");
    assert_eq!((request.header_value("authorization"), request.signed), (Some("Bearer a"), false));
    let me = answer(200, r#"{"data":{"id":"2244000001","name":"Amara T","username":"amara_t"}}"#);
    assert_eq!(Connecting::is_account(&me, "2244000001").unwrap(), "amara_t");
    let other = Connecting::is_account(&me, "2244000002").unwrap_err();
    let words = "this is the account 2244000001 (@amara_t), and the configuration names 2244000002";
    assert_eq!(other.to_string(), words);
    assert!(matches!(Connecting::is_account(&answer(401, ""), "1"), Err(ConnectFault::Refused(_))));
    assert!(matches!(Connecting::is_account(&answer(200, "{}"), "1"), Err(ConnectFault::Refused(_))));
}
