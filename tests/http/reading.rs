//! The read API, and the linking of accounts.

use super::client::{exchange, request};
use super::served::{SMALL, Served, post};
use crate::command::credits_on_sale;
use crate::crash::poll;

#[test]
fn offers_show_their_counts() {
    let served = Served::open();
    let claims: Vec<_> = (1..=4).map(|author| post(&author.to_string(), author, "#BuyKindle")).collect();
    assert_eq!(served.post(claims.join("\n")).lines()[3]["outcome"], "waitlisted");
    let offers = served.offers();
    let names: Vec<_> =
        offers["offers"].as_array().unwrap().iter().map(|offer| offer["id"].clone()).collect();
    assert_eq!(names, ["kindle", "pot"]);
    let kindle = served.get("/v1/offers/kindle");
    assert_eq!(kindle.json(), offers["offers"][0]);
    let counts =
        [("allotment", 3), ("available", 0), ("reserved", 3), ("sold", 0), ("waiting", 1), ("claims", 4)];
    for (count, expected) in counts {
        assert_eq!(kindle.json()[count], expected, "{count}");
    }
    assert_eq!(kindle.header("cache-control"), Some("no-store"));
    let head = exchange(served.address, &request("HEAD", "/v1/offers", &[], b""));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

/// Offer numbers count all kinds, so each offer must be shown by its own name.
#[test]
fn a_single_offer_is_shown_as_in_the_list() {
    let pan = r#"
[[offer]]
id = "pan"
kind = "purchase"
tags = { buy = "BuyPan", confirm = "ConfirmPan" }
title = "Pan"
price = "5.00 USD"
units = 7
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
"#;
    let mut served = Served::selling(&credits_on_sale());
    served.restart_selling(pan);
    assert_eq!(served.post(post("1", 1, "#BuyPan")).lines()[0]["outcome"], "reserved");
    let offers = served.offers();
    let offers = offers["offers"].as_array().unwrap();
    let names: Vec<_> = offers.iter().map(|offer| offer["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["kindle", "pot", "cafe", "books", "pan"]);
    for (name, listed) in names.iter().zip(offers) {
        let alone = served.get(&format!("/v1/offers/{name}"));
        assert_eq!((alone.status, &alone.json()), (200, listed), "{name}");
    }
    let restocked = served.change("/v1/offers/pan/restock", "k", r#"{"units":1}"#).json();
    assert_eq!((&restocked["id"], &restocked["allotment"]), (&"pan".into(), &8.into()));
    // A statement-credit offer has no reservations.
    served.change("/v1/offers/cafe/restock", "k", r#"{"units":1}"#).assert_problem(404, "not_found");
}

#[test]
fn live_reservations_are_paged() {
    let served = Served::open();
    let mut posts: Vec<_> = (1..=4).map(|author| post(&author.to_string(), author, "#BuyKindle")).collect();
    posts.push(post("10", 2, "#ConfirmKindle"));
    posts.push(post("11", 1, "#CancelKindle"));
    served.post(posts.join("\n"));
    // A sold reservation is not live any more, and one is about to be sold.
    poll(|| served.get("/v1/orders/kindle.2").json(), |order| order["stage"] == "sold");
    let first = served.get("/v1/offers/kindle/reservations?limit=1").json();
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let rows = page["reservations"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let Some(after) = first["next"].as_u64() else { panic!("{first} has a next page") };
    let rest = served.get(&format!("/v1/offers/kindle/reservations?after={after}&limit=1000")).json();
    assert!(rest["next"].is_null());
    let all = served.get("/v1/offers/kindle/reservations").json();
    assert_eq!([ids(&first), ids(&rest)].concat(), ids(&all));
    let last = all["reservations"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["id"], &last["account"]), (&"kindle.4".into(), &"x:4".into()));
    assert_eq!((&last["stage"], &last["claim"], &last["units"]), (&"held".into(), &"4".into(), &1.into()));
    assert!(last["order"].is_null() && last["deadline"].is_string());
}

#[test]
fn orders_are_found_by_their_reservation() {
    let served = Served::open();
    let reply = served.post([post("1", 1, "#BuyKindle"), post("2", 1, "#ConfirmKindle")].join("\n"));
    assert_eq!(reply.lines()[1]["outcome"], "confirmed", "{reply:?}");
    let order = served.get("/v1/orders/kindle.1").json();
    assert_eq!((&order["id"], &order["offer"]), (&"kindle.1".into(), &"kindle".into()));
    assert_eq!((&order["account"], &order["units"]), (&"x:1".into(), &1.into()));
    assert_eq!(order["amount"], "149.99 USD");
    assert!(order["placed_at"].is_string());
    assert!(["placed", "authorized", "sold"].map(Into::into).contains(&order["stage"]), "{order}");
}

#[test]
fn accounts_are_linked_and_shown_without_the_token() {
    let served = Served::open();
    let body = r#"{"card":{"token":"tok_secret","brand":"Amex","funding":"credit","last4":"1005"},"email":"a@b.example","region":"US-NY"}"#;
    served.get("/v1/accounts/x/50").assert_problem(404, "not_found");
    assert_eq!(served.post(post("1", 50, "#BuyKindle")).lines()[0]["outcome"], "not_linked");
    let linked = served.put("/v1/accounts/x/50", body);
    assert_eq!(linked.status, 200, "{linked:?}");
    let named = body.replace(r#"{"card""#, r#"{"network":"x","author_id":"50","card""#);
    assert_eq!(served.put("/v1/accounts/x/50", &named).body, linked.body);
    assert_eq!(served.post(post("2", 50, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let shown = served.get("/v1/accounts/x/50");
    assert!(!shown.body.contains("tok_secret") && !linked.body.contains("tok_secret"));
    let shown = shown.json();
    assert_eq!((&shown["network"], &shown["author_id"]), (&"x".into(), &"50".into()));
    assert_eq!(shown["card"], serde_json::json!({"brand": "amex", "funding": "credit", "last4": "1005"}));
    let holding = &shown["offers"][0];
    assert_eq!((&holding["offer"], &holding["reservation"]["id"]), (&"kindle".into(), &"kindle.1".into()));
    assert_eq!((holding["place"].is_null(), &holding["sold"]), (true, &0.into()));
}

#[test]
fn ids_of_every_network_fit_into_a_path() {
    let served = Served::open();
    let body = r#"{"card":{"token":"tok_9","brand":"amex","funding":"debit","last4":"1005"},"email":"a@b.example","region":"DE"}"#;
    for target in
        ["/v1/accounts/bluesky/did:plc:abc", "/v1/accounts/mastodon/https%3A%2F%2Fa.example%2Fu%2F1"]
    {
        assert_eq!(served.put(target, body).status, 200, "{target}");
        assert_eq!(served.get(target).status, 200, "{target}");
    }
    let unsent = exchange(served.address, &request("GET", "/v1/accounts/bluesky/did%3Aplc%3Aabc", &[], b""));
    assert_eq!(unsent.json()["author_id"], "did:plc:abc");
}

#[test]
fn the_server_is_alive_and_ready() {
    let served = Served::open();
    for (target, body) in [("/healthz", "alive\n"), ("/readyz", "ready\nmode: test\n")] {
        let reply = served.get(target);
        assert_eq!((reply.status, reply.body.as_str()), (200, body));
    }
}

#[test]
fn accounts_are_shown_with_their_cards_enrollments() {
    let served = Served::selling(SMALL);
    let enrollments = || served.get("/v1/accounts/x/1").json()["enrollments"].clone();
    assert_eq!(enrollments(), serde_json::json!([]));
    assert_eq!(served.post(post("1", 1, "#LoadSmall")).lines()[0]["outcome"], "enrolled");
    assert_eq!(enrollments(), serde_json::json!([{"offer": "small", "uses_left": 2}]));
}
