//! Restocking and withdrawing: each change happens once, and a bad request changes nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::served::{Served, post};
use crate::crash::assert_verified;

pub(super) const RESTOCK: &str = "/v1/offers/kindle/restock";
pub(super) const WITHDRAW: &str = "/v1/offers/kindle/withdraw";

/// Path, key, body, status, whether the answer is a repetition, and the allotment afterwards.
type OneKey<'a> = (&'a str, &'a str, &'a str, u16, Option<&'a str>, u64);

pub(super) fn counts(view: &Value) -> [u64; 5] {
    ["allotment", "available", "reserved", "sold", "waiting"].map(|count| view[count].as_u64().unwrap())
}

#[test]
fn added_units_go_to_the_waitlist_first() {
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
fn a_change_is_made_once_per_key_even_across_a_crash() {
    let mut served = Served::open();
    let five = r#"{"units":5}"#;
    let longest = "!".to_owned() + &"~".repeat(127);
    let mut statuses = BTreeMap::new();
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
        // Keys are separate for each offer.
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
            statuses.insert(*target, reply.status);
        }
        assert_eq!(served.get("/v1/offers/kindle").json()["allotment"], *allotment, "row {row}");
    }
    assert_eq!(served.get("/v1/offers/pot").json()["allotment"], 1005);
    assert_eq!(statuses.len(), 3, "every path was requested");
    served.kill();
    assert_verified(&served.data(), false);
}
