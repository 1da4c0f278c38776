//! Restocking and withdrawing: each change once, and no change by a request that is wrong.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::{exchange, request};
use super::served::{Served, post};
use crate::crash::assert_verified;

const RESTOCK: &str = "/v1/offers/kindle/restock";
const WITHDRAW: &str = "/v1/offers/kindle/withdraw";

const PAST: &str = r#"
[[offer]]
id = "past"
kind = "purchase"
title = "Past"
tags = { buy = "BuyPast" }
price = "1.00 USD"
units = 3
opens = "2020-01-01T00:00:00Z"
closes = "2021-01-01T00:00:00Z"
confirm_within = "0s"
"#;

/// What is wrong, the address, the headers, the body, and the status and code of the refusal.
type BadChange<'a> = (&'a str, &'a str, &'a [&'a str], &'a str, u16, &'a str);

/// The address, the key, the body, the status, whether it was told before, and the allotment after it.
type OneKey<'a> = (&'a str, &'a str, &'a str, u16, Option<&'a str>, u64);

fn counts(view: &Value) -> [u64; 5] {
    ["allotment", "available", "reserved", "sold", "waiting"].map(|count| view[count].as_u64().unwrap())
}

#[test]
fn each_bad_change_is_refused_and_changes_nothing() {
    let served = Served::selling(PAST);
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let before = served.offers();
    let key = "Idempotency-Key: k";
    let long = format!("Idempotency-Key: {}", "k".repeat(129));
    let deep = format!("{{\"units\":{}5{}}}", "[".repeat(100), "]".repeat(100));
    let five = r#"{"units":5}"#;
    let table: &[BadChange<'_>] = &[
        ("no key", RESTOCK, &[], five, 400, "idempotency_key_required"),
        ("an empty key", RESTOCK, &["Idempotency-Key: "], five, 400, "bad_idempotency_key"),
        ("a key of 129 bytes", RESTOCK, &[&long], five, 400, "bad_idempotency_key"),
        ("a key with a blank", RESTOCK, &["Idempotency-Key: a b"], five, 400, "bad_idempotency_key"),
        ("a key beyond ASCII", RESTOCK, &["Idempotency-Key: schlüssel"], five, 400, "bad_idempotency_key"),
        ("two keys", RESTOCK, &[key, "Idempotency-Key: l"], five, 400, "bad_idempotency_key"),
        ("no body", RESTOCK, &[key], "", 400, "bad_json"),
        ("half a body", RESTOCK, &[key], "{\"units\":", 400, "bad_json"),
        ("more than a body", RESTOCK, &[key], "{\"units\":5}{\"units\":5}", 400, "bad_json"),
        ("a list", RESTOCK, &[key], "[5]", 400, "bad_json"),
        ("a bare number", RESTOCK, &[key], "5", 400, "bad_json"),
        ("no units", RESTOCK, &[key], "{}", 400, "bad_json"),
        ("units in quotes", RESTOCK, &[key], r#"{"units":"5"}"#, 400, "bad_json"),
        ("units of null", RESTOCK, &[key], r#"{"units":null}"#, 400, "bad_json"),
        ("units deep down", RESTOCK, &[key], &deep, 400, "bad_json"),
        ("units twice", RESTOCK, &[key], r#"{"units":5,"units":6}"#, 400, "bad_json"),
        ("an unknown field", RESTOCK, &[key], r#"{"units":5,"price":"0.01 USD"}"#, 400, "bad_json"),
        ("no units to add", RESTOCK, &[key], r#"{"units":0}"#, 422, "bad_quantity"),
        ("less than none", RESTOCK, &[key], r#"{"units":-1}"#, 422, "bad_quantity"),
        ("half a unit", RESTOCK, &[key], r#"{"units":1.5}"#, 422, "bad_quantity"),
        ("a whole fraction", RESTOCK, &[key], r#"{"units":5.0}"#, 422, "bad_quantity"),
        ("an exponent", RESTOCK, &[key], r#"{"units":1e3}"#, 422, "bad_quantity"),
        ("more than is counted", RESTOCK, &[key], r#"{"units":100000000}"#, 422, "bad_quantity"),
        ("2 to the 32", RESTOCK, &[key], r#"{"units":4294967296}"#, 422, "bad_quantity"),
        (
            "ten to the 30",
            RESTOCK,
            &[key],
            r#"{"units":1000000000000000000000000000000}"#,
            422,
            "bad_quantity",
        ),
        ("no units to take", WITHDRAW, &[key], r#"{"units":0}"#, 422, "bad_quantity"),
        ("more than nobody has", WITHDRAW, &[key], r#"{"units":3}"#, 422, "stock_below_committed"),
        ("more than all", WITHDRAW, &[key], r#"{"units":4294967295}"#, 422, "stock_below_committed"),
        ("an offer of nobody", "/v1/offers/nook/restock", &[key], five, 404, "not_found"),
        ("a name of nobody", "/v1/offers/Kindle%20Fire/restock", &[key], five, 404, "not_found"),
        ("a sale that is over", "/v1/offers/past/restock", &[key], five, 409, "offer_closed"),
        ("a zipped body", RESTOCK, &[key, "Content-Encoding: gzip"], five, 415, "encoding_refused"),
        ("a picture", RESTOCK, &[key, "Content-Type: image/png"], five, 415, "bad_content_type"),
        ("another site", RESTOCK, &[key, "Origin: https://evil.example"], five, 403, "foreign_page"),
    ];
    for (what, target, headers, body, status, code) in table {
        println!("{what}");
        let reply = exchange(served.address, &request("POST", target, headers, body.as_bytes()));
        reply.assert_problem(*status, code);
        assert_eq!(served.offers(), before, "{what}");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let reply = exchange(served.address, &request(method, RESTOCK, &[key], five.as_bytes()));
        reply.assert_problem(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), Some("POST"));
    }
    let told = served.change(WITHDRAW, "k", r#"{"units":3}"#).json();
    assert!(told["detail"].as_str().unwrap().starts_with("2 units are available"), "{told}");
    assert_eq!(served.offers(), before);
    // The key of a request that was refused is as good as new.
    assert_eq!(counts(&served.change(RESTOCK, "k", five).json()), [8, 7, 1, 0, 0]);
}

#[test]
fn units_that_are_added_go_to_the_line_first() {
    let served = Served::open();
    let claims: Vec<_> = (1..=5).map(|author| post(&author.to_string(), author, "#BuyKindle")).collect();
    served.post(claims.join("\n"));
    assert_eq!(counts(&served.get("/v1/offers/kindle").json()), [3, 0, 3, 0, 2]);
    let restocked = served.change(RESTOCK, "more", r#"{"units":3}"#);
    assert_eq!((restocked.status, counts(&restocked.json())), (200, [6, 1, 5, 0, 0]));
    assert_eq!(restocked.json(), served.get("/v1/offers/kindle").json());
    let withdrawn = served.change(WITHDRAW, "less", r#"{"units":1}"#);
    assert_eq!((withdrawn.status, counts(&withdrawn.json())), (200, [5, 0, 5, 0, 0]));
}

#[test]
fn a_change_is_made_once_under_one_key_also_over_a_crash() {
    let mut served = Served::open();
    let five = r#"{"units":5}"#;
    let longest = "!".to_owned() + &"~".repeat(127);
    let mut told = BTreeMap::new();
    let table: &[OneKey<'_>] = &[
        (RESTOCK, "k1", five, 200, None, 8),
        (RESTOCK, "k1", five, 200, Some("true"), 8),
        (RESTOCK, "k1", r#" {"units" : 5} "#, 200, Some("true"), 8),
        (RESTOCK, "k1", r#"{"units":6}"#, 422, None, 8),
        (WITHDRAW, "k1", five, 422, None, 8),
        (RESTOCK, "k2", five, 200, None, 13),
        (WITHDRAW, &longest, five, 200, None, 8),
        (WITHDRAW, &longest, five, 200, Some("true"), 8),
        (RESTOCK, &longest, five, 422, None, 8),
        // Keys are an offer's own.
        ("/v1/offers/pot/restock", "k1", five, 200, None, 8),
        ("crash", "", "", 0, None, 8),
        (RESTOCK, "k1", five, 200, Some("true"), 8),
        (RESTOCK, "k1", r#"{"units":6}"#, 422, None, 8),
        (WITHDRAW, &longest, five, 200, Some("true"), 8),
        ("/v1/offers/pot/restock", "k1", five, 200, Some("true"), 8),
    ];
    for (row, (target, key, body, status, replayed, allotment)) in table.iter().enumerate() {
        if *target == "crash" {
            served.restart();
        } else {
            let reply = served.change(target, key, body);
            assert_eq!(
                (reply.status, reply.header("idempotency-replayed")),
                (*status, *replayed),
                "row {row}: {reply:?}"
            );
            if *status == 422 {
                reply.assert_problem(422, "idempotency_key_reuse");
            }
            told.insert(*target, reply.status);
        }
        assert_eq!(served.get("/v1/offers/kindle").json()["allotment"], *allotment, "row {row}");
    }
    assert_eq!(served.get("/v1/offers/pot").json()["allotment"], 1005);
    assert_eq!(told.len(), 3, "every address was asked");
    served.kill();
    assert_verified(&served.data(), false);
}
