//! Valid posts: one outcome line each, in order.

use super::client::{exchange, request};
use super::served::{Served, post};
use crate::books;
use crate::crash::poll;

#[test]
fn every_line_except_blank_ones_is_answered_in_order() {
    let served = Served::open();
    let lines = [
        post("101", 1, "#BuyKindle please"),
        post("102", 2, "good morning"),
        String::new(),
        post("103", 99, "#BuyKindle"),
        "  \r".to_owned(),
        post("104", 9001, "#BuyKindle from the shop"),
        post("105", 1, "#ConfirmKindle"),
        post("101", 1, "#BuyKindle please"),
    ];
    let reply = served.post(lines.join("\n"));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/x-ndjson")));
    let outcomes: Vec<_> =
        reply.lines().iter().map(|line| (line["post"].clone(), line["outcome"].clone())).collect();
    let expected = [
        ("101", "reserved"),
        ("102", "not_relevant"),
        ("103", "not_linked"),
        ("104", "own_post"),
        ("105", "confirmed"),
        ("101", "reserved"),
    ];
    assert_eq!(outcomes, expected.map(|(post, outcome)| (post.into(), outcome.into())));
    let first = &reply.lines()[0];
    assert_eq!((&first["account"], &first["offer"]), (&"x:1".into(), &"kindle".into()));
    assert_eq!((&first["reservation"], &first["units"]), (&"kindle.1".into(), &1.into()));
    let unrelated = &reply.lines()[1];
    assert_eq!((&unrelated["account"], unrelated["offer"].is_null()), (&"x:2".into(), true));
    assert_eq!(reply.lines()[5]["duplicate"], true);
}

#[test]
fn a_look_alike_tag_is_answered_and_takes_no_unit() {
    let served = Served::open();
    let before = served.get("/v1/offers/kindle").json()["available"].clone();
    let reply = served.post(post("111", 1, "#BuyKind1e x2"));
    let line = &reply.lines()[0];
    assert_eq!((&line["outcome"], &line["offer"]), (&"look_alike_tag".into(), &"kindle".into()), "{line}");
    assert_eq!(served.get("/v1/offers/kindle").json()["available"], before);
}

#[test]
fn redacted_card_numbers_are_counted() {
    let served = Served::open();
    served.post([post("121", 2, "4242 4242 4242 4242"), post("122", 2, "4242 4242 4242 4241")].join("\n"));
    let metrics = served.get("/metrics").body;
    let line = "flashtag_card_numbers_redacted_total 1";
    assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
}

#[test]
fn one_line_that_is_no_json_refuses_the_whole_request() {
    let served = Served::open();
    let before = served.offers();
    let good = post("201", 1, "#BuyKindle");
    for bad in ["{", "]", "nul", "{\"network\":\"x\""] {
        let reply = served.post(format!("{good}\n\n{bad}\n{good}\n"));
        assert_eq!(reply.status, 400, "{bad}: {reply:?}");
        assert_eq!(reply.json()["line"], 3, "{bad}: {reply:?}");
    }
    assert_eq!(served.offers(), before);
    assert_eq!(served.post(good).lines()[0]["outcome"], "reserved", "the refused request was not applied");
}

#[test]
fn a_live_post_arrives_now_whatever_it_states() {
    let served = Served::open();
    // This arrival time, if believed, would make a post of 2020 count.
    let old = r##"{"network":"x","id":"301","author":{"id":"1"},"posted_at":"2020-06-01T00:00:00Z","text":"#BuyKindle","arrived_at":"2020-06-01T00:00:00Z"}"##;
    assert_eq!(served.post(old).lines()[0]["outcome"], "stale");
}

#[test]
fn what_another_server_claims_makes_no_post_earlier() {
    let served = Served::open();
    let ana = "/v1/accounts/mastodon/https%3A%2F%2Fown.example%2Fusers%2Fana";
    let card = r#"{"card":{"token":"tok_50","brand":"amex","funding":"credit","last4":"1005"},"email":"a@b.example","region":"US-NY"}"#;
    assert_eq!(served.put(ana, card).status, 200);
    assert_eq!(served.get(ana).json()["author_id"], "https://own.example/users/ana");
    let number = served.put("/v1/accounts/mastodon/42", card);
    assert_eq!((number.status, number.json()["code"].as_str()), (422, Some("bad_id")), "{number:?}");
    for (id, acct, outcome) in [("501", "ana", "stale"), ("502", "ana@own.example", "reserved")] {
        let line = format!(
            r##"{{"id":"{id}","created_at":"2020-06-01T00:00:00Z","content":"<p>#BuyKindle</p>","account":{{"id":"1","acct":"{acct}","uri":"https://own.example/users/ana"}}}}"##
        );
        let bytes = request("POST", "/v1/posts?format=mastodon", &[], line.as_bytes());
        assert_eq!(exchange(served.address, &bytes).lines()[0]["outcome"], outcome, "{acct}");
    }
}

#[test]
fn the_query_names_the_format() {
    let served = Served::open();
    let send =
        |target: &str, body: &str| exchange(served.address, &request("POST", target, &[], body.as_bytes()));
    let status = r#"{"id":"401","created_at":"2026-01-01T00:00:00.000Z","content":"<p>hi</p>","account":{"id":"7","acct":"ana","uri":"https://m.example/users/ana"}}"#;
    let reply = send("/v1/posts?format=mastodon", status);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.lines()[0]["account"], "mastodon:https://m.example/users/ana");
    let heartbeat =
        send("/v1/posts?format=bluesky", r#"{"kind":"identity","did":"did:plc:abc","time_us":1}"#);
    assert_eq!(heartbeat.status, 200, "{heartbeat:?}");
    let line = &heartbeat.lines()[0];
    assert_eq!((line["post"].is_null(), line["account"].is_null()), (true, true));
    assert_eq!(line["outcome"], "not_relevant");
    send("/v1/posts?format=rss", "{}").assert_problem(400, "bad_query");
    send("/v1/posts?format=x&x=y", "{}").assert_problem(400, "bad_query");
    send("/v1/posts?format=x&format=x", "{}").assert_problem(400, "bad_query");
}

#[test]
fn every_common_client_is_accepted() {
    let served = Served::open();
    let kinds = [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/x-ndjson",
        "text/plain",
        "application/x-www-form-urlencoded",
    ];
    let body = post("501", 2, "hello");
    for kind in kinds {
        let header = format!("Content-Type: {kind}");
        let headers = [header.as_str(), "Content-Encoding: identity", "Expect: 100-continue"];
        let reply = exchange(served.address, &request("POST", "/v1/posts", &headers, body.as_bytes()));
        assert_eq!(reply.status, 200, "{kind}: {reply:?}");
    }
    let reply = exchange(served.address, &request("POST", "/v1/posts", &[], body.as_bytes()));
    assert_eq!(reply.status, 200, "no content type: {reply:?}");
    let mut chunked =
        b"POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for part in body.as_bytes().chunks(10) {
        chunked.extend_from_slice(
            format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part)).as_bytes(),
        );
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let reply = exchange(served.address, &chunked);
    assert_eq!((reply.status, reply.lines().len()), (200, 1), "{reply:?}");
    let empty = served.post("");
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
}

#[test]
fn an_offer_that_is_open_at_the_first_start_is_announced() {
    let served = Served::open();
    let read = || books::text(&served.data().join("replies.ndjson"));
    let replies = poll(read, |replies| replies.lines().count() == 2);
    for tag in ["#BuyKindle", "#BuyPot"] {
        assert!(replies.lines().any(|line| line.contains(tag)), "{tag} is not announced: {replies}");
    }
}
