//! Pausing, resuming and closing sales: at once, once, and across a crash.

use serde_json::Value;

use super::client::Reply;
use super::served::{Served, link, post};
use crate::crash::assert_verified;

fn order(served: &Served, target: &str, body: &str) -> Reply {
    served.change(target, "unused", body)
}

fn outcome(served: &Served, author: u32, words: &str, id: &str) -> Value {
    served.post(post(id, author, words)).lines()[0]["outcome"].clone()
}

#[test]
fn a_paused_sale_takes_no_claims_until_it_is_resumed_even_across_a_crash() {
    let mut served = Served::open();
    assert_eq!(outcome(&served, 1, "#BuyKindle", "100"), "reserved");
    let paused =
        order(&served, "/v1/offers/kindle/pause", r#"{"deadlines":"freeze","reason":"wrong price"}"#);
    assert_eq!((paused.status, &paused.json()["paused"]["deadlines"]), (200, &"freeze".into()));
    let again = order(&served, "/v1/offers/kindle/pause", r#"{"deadlines":"freeze"}"#);
    assert_eq!((again.status, again.json()), (200, paused.json()), "paused already: nothing changes");
    assert_eq!(outcome(&served, 2, "#BuyKindle", "200"), "paused");
    assert_eq!(outcome(&served, 1, "#ConfirmKindle", "101"), "confirmed", "confirmations go on");
    assert_eq!(outcome(&served, 2, "#BuyPot", "201"), "confirmed", "the other offer sells on");
    served.restart();
    assert_eq!(served.get("/v1/offers/kindle").json()["paused"], paused.json()["paused"]);
    assert_eq!(outcome(&served, 3, "#BuyKindle", "300"), "paused");
    let resumed = order(&served, "/v1/offers/kindle/resume", "");
    assert_eq!((resumed.status, &resumed.json()["paused"]), (200, &Value::Null));
    assert_eq!(outcome(&served, 3, "#BuyKindle", "301"), "reserved");
    let closed = order(&served, "/v1/offers/kindle/close", r#"{"waitlist":"release"}"#);
    assert!(closed.status == 200 && closed.json()["closed_at"].is_string(), "{closed:?}");
    assert_eq!(outcome(&served, 4, "#BuyKindle", "400"), "closed");
    order(&served, "/v1/offers/kindle/pause", "").assert_problem(409, "offer_closed");
    assert_eq!(order(&served, "/v1/offers/kindle/close", "").status, 200, "closed already");
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn all_sales_are_paused_and_resumed_with_one_request() {
    let mut served = Served::open();
    order(&served, "/v1/offers/pot/close", "");
    let paused = order(&served, "/v1/pause", "").json();
    let ids: Vec<_> = paused["offers"].as_array().unwrap().iter().map(|offer| offer["id"].clone()).collect();
    assert_eq!(ids, ["kindle", "pot"]);
    assert_eq!(paused["offers"][0]["paused"]["deadlines"], "run");
    assert_eq!(paused["offers"][1]["paused"], Value::Null, "what is over stays as it is");
    assert_eq!(outcome(&served, 2, "#BuyKindle", "200"), "paused");
    assert_eq!(order(&served, "/v1/resume", "").status, 200);
    assert_eq!(outcome(&served, 2, "#BuyKindle", "201"), "reserved");
    assert_eq!(order(&served, "/v1/close", "").status, 200);
    assert_eq!(outcome(&served, 3, "#BuyKindle", "300"), "closed");
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn a_bad_order_changes_nothing() {
    let served = Served::open();
    for (target, body) in [
        ("/v1/offers/kindle/pause", r#"{"deadlines":"stop"}"#),
        ("/v1/offers/kindle/pause", r#"{"waitlist":"serve"}"#),
        ("/v1/offers/kindle/pause", r#"["freeze"]"#),
        ("/v1/offers/kindle/resume", r#"{"deadlines":"run"}"#),
        ("/v1/offers/kindle/close", r#"{"waitlist":7}"#),
        ("/v1/pause", "now"),
        ("/v1/pause", &format!(r#"{{"reason":"{}"}}"#, "x".repeat(257))),
    ] {
        order(&served, target, body).assert_problem(400, "bad_json");
    }
    order(&served, "/v1/offers/nook/pause", "").assert_problem(404, "not_found");
    served.get("/v1/offers/kindle/pause").assert_problem(405, "method_not_allowed");
    assert_eq!(outcome(&served, 1, "#BuyKindle", "100"), "reserved");
    let guarded = Served::with_token();
    order(&guarded, "/v1/pause", "").assert_problem(401, "unauthorized");
}

#[test]
fn an_order_is_carried_out_while_posts_are_refused_as_overloaded() {
    // The payments of the slow card wait for seconds, and nothing more is admitted behind two pending effects.
    let served = Served::with_limits("outbox_pending = 1\n");
    for author in 1..=4 {
        let slow = link(author).replace("tok_", "tok_slow_");
        assert_eq!(served.put(&format!("/v1/accounts/x/{author}"), &slow).status, 200);
    }
    let orders: Vec<_> = (1..=4).map(|author| post(&author.to_string(), author, "#BuyPot")).collect();
    served.post(orders.join("\n"));
    served.post(post("5", 5, "#BuyKindle")).assert_problem(503, "overloaded");
    assert_eq!(order(&served, "/v1/pause", "").status, 200);
    assert!(served.get("/v1/offers/kindle").json()["paused"].is_object());
}
