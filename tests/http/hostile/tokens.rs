//! Which requests need a token.

use super::snapshot::Scene;
use crate::http::client::{exchange, request};
use crate::http::served::{Served, TOKEN, post};

#[test]
fn private_and_mutating_routes_need_a_token() {
    let mut scene = Scene::of(Served::with_token());
    let claim = post("1", 1, "#BuyKindle");
    let guarded = [
        ("POST", "/v1/posts", claim.as_str()),
        ("PUT", "/v1/accounts/x/1", "{}"),
        ("GET", "/v1/accounts/x/1", ""),
        ("GET", "/v1/orders/kindle.1", ""),
        ("GET", "/v1/offers/kindle/reservations", ""),
        ("POST", "/v1/transactions", "{}"),
        ("POST", "/v1/offers/kindle/restock", "{\"units\":5}"),
        ("POST", "/v1/offers/kindle/withdraw", "{\"units\":1}"),
        ("POST", "/v1/accounts/x/1/unfreeze", ""),
        ("GET", "/metrics", ""),
    ];
    let wrong: [&[&str]; 7] = [
        &[],
        &["Authorization: Bearer"],
        &["Authorization: Bearer 0123456789abcdef0123456789abcdee"],
        &["Authorization: Bearer 0123456789abcdef"],
        &["Authorization: Basic 0123456789abcdef0123456789abcdef"],
        &["Authorization: 0123456789abcdef0123456789abcdef"],
        &[TOKEN, TOKEN],
    ];
    let mut details = std::collections::BTreeSet::new();
    for (method, target, body) in guarded {
        for headers in wrong {
            let bytes = request(method, target, headers, body.as_bytes());
            let reply = scene.refuses(&format!("{method} {target} {headers:?}"), &bytes, 401, "unauthorized");
            assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            details.insert(reply.json()["detail"].clone().to_string());
        }
    }
    assert_eq!(details.len(), 1, "every failure looks the same");
}

#[test]
fn requests_from_pages_of_other_sites_are_refused() {
    let mut scene = Scene::of(Served::open());
    let claim = post("1", 1, "#BuyKindle");
    for origin in ["https://evil.example", "null", "flashtag.example", ""] {
        let header = format!("Origin: {origin}");
        for (method, target) in
            [("POST", "/v1/posts"), ("PUT", "/v1/accounts/x/1"), ("GET", "/v1/accounts/x/1")]
        {
            let bytes = request(method, target, &[&header], claim.as_bytes());
            scene.refuses(&header, &bytes, 403, "foreign_page");
        }
    }
}

#[test]
fn each_valid_token_is_accepted_on_every_route() {
    let served = Served::with_token();
    let claim = post("1", 1, "#BuyKindle");
    let tokens = [TOKEN, "authorization: bearer fedcba9876543210fedcba9876543210"];
    for token in tokens {
        let reply = exchange(served.address, &request("POST", "/v1/posts", &[token], claim.as_bytes()));
        assert_eq!(reply.lines()[0]["outcome"], "reserved", "{reply:?}");
        for target in ["/v1/accounts/x/1", "/v1/offers/kindle/reservations", "/metrics"] {
            assert_eq!(
                exchange(served.address, &request("GET", target, &[token], b"")).status,
                200,
                "{target}"
            );
        }
    }
}

#[test]
fn health_and_public_routes_need_no_token() {
    let served = Served::with_token();
    for target in ["/healthz", "/readyz", "/v1/offers", "/v1/offers/kindle"] {
        assert_eq!(served.get(target).status, 200, "{target}");
    }
}
