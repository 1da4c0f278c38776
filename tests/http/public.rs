//! What anybody may read: no revenue, and nobody's account.

use serde_json::Value;

use super::client::{exchange, request};
use super::served::{SMALL, Served, TOKEN, post};
use crate::crash::poll;

/// An offer that draws, long before its opening.
const DRAWN: &str = r#"
[[offer]]
id = "drawn"
kind = "purchase"
title = "Drawn"
tags = { buy = "BuyDrawn", confirm = "ConfirmDrawn" }
price = "10.00 USD"
units = 1
opens = "2089-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
draw_window = "5m"
draw_seed = "5eed000000000000000000000000000000000000000000000000000000000001"
"#;

/// The fields that tell what a shop earned or paid.
const REVENUE: [&str; 4] = ["captured", "credits", "credited", "reversed"];

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn public_reads_tell_no_revenue_and_no_person() {
    let mut served = Served::with_token();
    served.restart_selling(&format!("{DRAWN}{SMALL}"));
    let read =
        |target: &str, headers: &[&str]| exchange(served.address, &request("GET", target, headers, b""));
    let claim = post("1", 1, "#BuyPot");
    exchange(served.address, &request("POST", "/v1/posts", &[TOKEN], claim.as_bytes()));
    let captured = || read("/v1/offers/pot", &[TOKEN]).json()["captured"].clone();
    poll(captured, |captured| captured == "10.00 USD");
    let nobody: [&[&str]; 3] =
        [&[], &["Authorization: Bearer 0123456789abcdef0123456789abcdee"], &["Authorization: Basic Og=="]];
    for headers in nobody {
        for target in ["/v1/offers/pot", "/v1/offers/small", "/v1/offers", "/v1/offers/drawn/draw"] {
            let public = read(target, headers);
            assert_eq!(public.status, 200, "{target}: {public:?}");
            for word in REVENUE {
                assert!(!public.body.contains(&format!("\"{word}\"")), "{word} in {target}: {public:?}");
            }
            for word in ["x:1", "x:2", "example.com", "tok_", "1005", "entries"] {
                assert!(!public.body.contains(word), "{word} in {target}: {public:?}");
            }
        }
        // What is for sale is told, with its counts.
        let (public, all) = (read("/v1/offers/pot", headers).json(), read("/v1/offers/pot", &[TOKEN]).json());
        for key in keys(&all) {
            let expected = if REVENUE.contains(&key) { &Value::Null } else { &all[key] };
            assert_eq!(&public[key], expected, "{key}");
        }
        let small = read("/v1/offers/small", headers).json();
        assert_eq!(small["reward"], "5.00 USD", "{small}");
    }
    let every =
        ["/v1/offers/pot/reservations", "/v1/orders/pot.1", "/v1/accounts/x/1", "/v1/effects", "/metrics"];
    for target in every {
        read(target, &[]).assert_problem(401, "unauthorized");
    }
    assert!(keys(&read("/v1/offers/drawn/draw", &[TOKEN]).json()).contains(&"entries"));
}
