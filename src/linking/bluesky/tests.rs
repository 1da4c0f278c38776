//! A sign-in at Bluesky against a network that answers by a script.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::asked::script::Script;
use super::super::identity::{Back, IdentityProvider, Leaving, SignInFault, Started};
use super::super::ticket::Ticket;
use super::{BlueskyIdentity, ShopClient};
use crate::domain::time::Timestamp;
use crate::net::Http;
use crate::networks::bluesky::Directory;
use crate::ops::SigningKey;

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const CALLBACK: &str = "https://shop.example/link/cb/bluesky";
const ISSUER: &str = "https://auth.example";
const NOW: Timestamp = Timestamp::MIN;

fn resolved() -> (u16, String) {
    (200, json!({"did": DID}).to_string())
}

fn document(handle: &str, pds: &str) -> (u16, String) {
    let service =
        json!([{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}]);
    (200, json!({"id": DID, "alsoKnownAs": [format!("at://{handle}")], "service": service}).to_string())
}

fn resource(servers: &[&str]) -> (u16, String) {
    (200, json!({"resource": "https://pds.example", "authorization_servers": servers}).to_string())
}

fn server(change: impl FnOnce(&mut Value)) -> (u16, String) {
    let mut server = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "pushed_authorization_request_endpoint": format!("{ISSUER}/oauth/par"),
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
    });
    change(&mut server);
    (200, server.to_string())
}

fn pushed() -> (u16, String) {
    (201, json!({"request_uri": "urn:ietf:params:oauth:request_uri:req-1", "expires_in": 299}).to_string())
}

fn wants_nonce() -> (u16, String) {
    (
        400,
        json!({"error": "use_dpop_nonce", "error_description": "Authorization server requires nonce"})
            .to_string(),
    )
}

/// Everything on the way to the server of sign-ins.
fn way() -> Vec<(u16, String)> {
    vec![
        resolved(),
        document("ana.example", "https://pds.example"),
        resource(&[ISSUER]),
        server(|_| {}),
        pushed(),
    ]
}

fn provider(net: &Arc<Script>) -> BlueskyIdentity {
    let net: Arc<dyn Http> = Arc::clone(net) as _;
    let client = ShopClient::new("Shop", Some("https://shop.example"), SigningKey::random());
    let count = AtomicU8::new(0);
    let random = Box::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
    let places = (Directory::default(), "https://own.example".to_owned());
    BlueskyIdentity::new(net, places, Arc::new(client), random, false)
}

fn start_at(net: &Arc<Script>, typed: &str, callback: &str) -> Result<Started, SignInFault> {
    let state = Ticket::new(&[1; 32]);
    let leaving = Leaving { typed, callback, state: &state, verifier: "verifier", now: NOW };
    provider(net).start(&leaving)
}

fn start(net: &Arc<Script>, typed: &str) -> Result<Started, SignInFault> {
    start_at(net, typed, CALLBACK)
}

/// The claims of a signed token.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn the_request_is_pushed_with_both_proofs_and_once_more_with_the_nonce() {
    let mut answers = way();
    answers.insert(4, wants_nonce());
    let net = Arc::new(Script::new(answers).with_header(4, "dpop-nonce", "nonce-1"));
    let started = start(&net, "@Ana.example").unwrap();
    assert_eq!(started.issuer, ISSUER);
    assert_eq!(
        started.go_to,
        "https://auth.example/oauth/authorize?client_id=https%3A%2F%2Fshop.example%2Flink%2Fclient-metadata.json&\
         request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Areq-1"
    );
    let asked = net.asked();
    let places: Vec<&str> = asked.iter().map(|asked| asked.split(' ').nth(1).unwrap()).collect();
    assert_eq!(
        places,
        [
            "https://own.example/xrpc/com.atproto.identity.resolveHandle?handle=ana.example",
            &format!("https://plc.directory/{DID}"),
            "https://pds.example/.well-known/oauth-protected-resource",
            "https://auth.example/.well-known/oauth-authorization-server",
            "https://auth.example/oauth/par",
            "https://auth.example/oauth/par",
        ]
    );
    for part in ["scope=atproto", "code_challenge_method=S256", "login_hint=ana.example", "client_assertion="]
    {
        assert!(asked[5].contains(part), "{part} is not in {}", asked[5]);
    }
    assert!(!asked[5].contains("verifier&"), "the verifier stays here");
    let proofs = [4, 5].map(|at| claims(&net.header(at, "dpop").unwrap()));
    assert_eq!((&proofs[0]["nonce"], &proofs[1]["nonce"]), (&Value::Null, &json!("nonce-1")));
    assert_eq!(
        (&proofs[1]["htm"], &proofs[1]["htu"]),
        (&json!("POST"), &json!("https://auth.example/oauth/par"))
    );
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"], "each proof is used once");
}

/// Each row: what is typed or answered, and why nobody gets to a sign-in.
#[test]
fn who_answers_is_found_both_ways_or_not_at_all() {
    type Is = fn(&SignInFault) -> bool;
    type Row = (&'static str, &'static str, Vec<(u16, String)>, Is);
    let typed: Is = |fault| matches!(fault, SignInFault::Typed(_));
    let theirs: Is = |fault| matches!(fault, SignInFault::NotTheirs(_));
    let refused: Is = |fault| matches!(fault, SignInFault::Refused(_));
    let unanswered: Is = |fault| matches!(fault, SignInFault::Unanswered(_));
    let known = || vec![resolved(), document("ana.example", "https://pds.example")];
    let then = |more: Vec<(u16, String)>| [known(), more].concat();
    let table: Vec<Row> = vec![
        ("no handle", "ana", vec![], typed),
        ("an address", "https://ana.example", vec![], typed),
        ("a path", "ana.example/x", vec![], typed),
        ("a DID of another method", "did:web:127.0.0.1:8080", vec![], typed),
        ("nobody knows the handle", "ana.example", vec![(400, "{}".into()), (404, String::new())], typed),
        (
            "a handle that somebody else's account takes",
            "ana.example",
            vec![resolved(), document("eve.example", "https://pds.example")],
            theirs,
        ),
        (
            "the directory has no such DID",
            DID,
            vec![(410, json!({"message": format!("DID not available: {DID}")}).to_string())],
            refused,
        ),
        ("a page in front of the directory says so", DID, vec![(410, "{}".into())], unanswered),
        (
            "a server that is none",
            "ana.example",
            vec![resolved(), document("ana.example", "ftp://pds.example")],
            refused,
        ),
        ("nobody signs people in", "ana.example", then(vec![resource(&[])]), theirs),
        ("two do", "ana.example", then(vec![resource(&[ISSUER, "https://evil.example"])]), theirs),
        ("without TLS", "ana.example", then(vec![resource(&["http://auth.example"])]), theirs),
        ("below a path", "ana.example", then(vec![resource(&["https://auth.example/evil"])]), theirs),
        (
            "one that goes by another name",
            "ana.example",
            then(vec![
                resource(&[ISSUER]),
                server(|server| server["issuer"] = json!("https://evil.example")),
            ]),
            theirs,
        ),
        (
            "one that takes the code without TLS",
            "ana.example",
            then(vec![
                resource(&[ISSUER]),
                server(|server| server["token_endpoint"] = json!("http://auth.example/token")),
            ]),
            theirs,
        ),
        (
            "one that sends the browser to a script",
            "ana.example",
            then(vec![
                resource(&[ISSUER]),
                server(|server| server["authorization_endpoint"] = json!("javascript:alert(1)")),
            ]),
            theirs,
        ),
    ];
    for (what, typed, answers, is_expected) in table {
        let started = start(&Arc::new(Script::new(answers)), typed);
        assert!(started.as_ref().is_err_and(is_expected), "{what}: {started:?}");
    }
    let started = start(&Arc::new(Script::new(way().split_off(1))), DID).unwrap();
    assert_eq!(started.issuer, ISSUER, "a DID is found as well");
    let elsewhere = start_at(&Arc::default(), "ana.example", "http://localhost:8080/link/cb/bluesky");
    assert!(
        elsewhere.is_err_and(|fault| typed(&fault)),
        "no server sends a browser back to a name of this machine"
    );
    let here =
        start_at(&Arc::new(Script::new(way())), "ana.example", "http://127.0.0.1:8080/link/cb/bluesky");
    assert!(here.unwrap().go_to.contains("client_id=http%3A%2F%2Flocalhost%3Fredirect_uri"));
}

/// Each row: the server's answer to the code, and what comes of it.
#[test]
fn only_the_account_that_was_typed_signs_in() {
    let token = |kind: &str, sub: &str| {
        (
            200,
            json!({"access_token": "t0ken", "token_type": kind, "sub": sub, "scope": "atproto"}).to_string(),
        )
    };
    let other = "did:plc:z72i7hdynmk6r22z27h6tvur";
    let refused = (400, json!({"error": "invalid_grant", "error_description": "Code was used"}).to_string());
    let table = [
        ("good", token("DPoP", DID), Ok(format!("bluesky:{DID}"))),
        (
            "another account",
            token("DPoP", other),
            Err(SignInFault::NotTheirs(
                "another account signed in than the one that was typed; type the one that is yours"
                    .to_owned(),
            )),
        ),
        (
            "a token for anybody",
            token("Bearer", DID),
            Err(SignInFault::NotTheirs("the server gave a token that anybody could use".to_owned())),
        ),
        ("a used code", refused, Err(SignInFault::Refused("Code was used".to_owned()))),
    ];
    for (what, answer, expected) in table {
        let begun = Arc::new(Script::new(way()).with_header(4, "dpop-nonce", "nonce-1"));
        let kept = start(&begun, "ana.example").unwrap().kept;
        let is_refused = answer.0 == 400;
        let net = Arc::new(Script::new([answer, (200, "{}".to_owned())]));
        let back = Back {
            code: "c0de",
            callback: CALLBACK,
            verifier: "verifier",
            issuer: ISSUER,
            kept: &kept,
            now: NOW,
        };
        let proven = provider(&net).finish(&back).map(|proven| proven.account.to_string());
        assert_eq!(proven, expected, "{what}");
        let asked = net.asked();
        assert!(
            asked[0].starts_with(
                "POST https://auth.example/oauth/token grant_type=authorization_code&code=c0de&"
            )
        );
        assert!(asked[0].contains("code_verifier=verifier&"), "{}", asked[0]);
        let proof = claims(&net.header(0, "dpop").unwrap());
        assert_eq!(proof["nonce"], "nonce-1", "the nonce is kept");
        // Good or not, a token is revoked at once.
        assert_eq!(asked.len(), if is_refused { 1 } else { 2 });
        if !is_refused {
            assert!(
                asked[1].starts_with("POST https://auth.example/oauth/revoke token=t0ken&"),
                "{}",
                asked[1]
            );
        }
    }
}

#[test]
fn the_metadata_says_what_the_servers_ask_of_a_confidential_client() {
    let key = SigningKey::random();
    let metadata = ShopClient::new("Shop", Some("https://shop.example"), key).metadata().unwrap();
    let table = [
        ("client_id", json!("https://shop.example/link/client-metadata.json")),
        ("redirect_uris", json!([CALLBACK])),
        ("scope", json!("atproto")),
        ("dpop_bound_access_tokens", json!(true)),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_signing_alg", json!("ES256")),
        ("application_type", json!("web")),
    ];
    for (name, expected) in table {
        assert_eq!(metadata[name], expected, "{name}");
    }
    let key = &metadata["jwks"]["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&json!("EC"), &json!("P-256")));
    assert!(key["d"].is_null(), "the private half stays here");
    for url in [None, Some("http://shop.example")] {
        assert_eq!(ShopClient::new("Shop", url, SigningKey::random()).metadata(), None, "{url:?}");
    }
}
