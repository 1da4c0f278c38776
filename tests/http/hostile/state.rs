//! Valid input at a server that cannot take it now.

use super::snapshot::{Scene, rejected};
use crate::http::client::{Connection, exchange, request};
use crate::http::served::{Served, post};

#[test]
fn an_overloaded_request_is_refused_whole_and_can_be_repeated() {
    let served = Served::with_limits("sessions_live = 1\nsession_idle = \"1d\"\n");
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let mut scene = Scene::of(served);
    let bytes = request("POST", "/v1/posts", &[], post("2", 2, "#BuyKindle").as_bytes());
    for name in ["the first time", "the second time"] {
        let reply = exchange(scene.served.address, &bytes);
        reply.assert_problem(503, "overloaded");
        assert_eq!(reply.header("retry-after"), Some("1"), "{reply:?}");
        scene.must_have_counted(name, &[&rejected("overloaded"), "flashtag_posts_total"]);
    }
    let both = [post("2", 2, "#BuyKindle"), post("3", 1, "#ConfirmKindle")].join("\n");
    let lines = scene.served.post(both).lines();
    assert_eq!([&lines[0]["outcome"], &lines[1]["outcome"]], ["overloaded", "confirmed"]);
}

#[test]
fn accounts_beyond_the_limit_are_not_linked() {
    let mut scene = Scene::of(Served::with_limits("accounts_most = 9\n"));
    let link = r#"{"card":{"token":"tok_50","brand":"amex","funding":"credit","last4":"1005"},"email":"a@b.example","region":"US-NY"}"#;
    let put = request("PUT", "/v1/accounts/x/50", &[], link.as_bytes());
    scene.refuses("the tenth account", &put, 507, "accounts_full");
    assert_eq!(
        scene.served.put("/v1/accounts/x/9", link).status,
        200,
        "one that is known may change its card"
    );
}

/// More connections than the limit wait; the open ones are served, and then the others.
#[test]
fn connections_beyond_the_limit_wait() {
    let mut scene = Scene::of(Served::with_limits("connections = 4\n"));
    let mut open: Vec<_> = (0..4).map(|_| Connection::open(scene.served.address)).collect();
    for connection in &mut open {
        connection.send(&request("GET", "/healthz", &[], b""));
        assert_eq!(connection.reply().unwrap().status, 200);
    }
    let mut waiting = Connection::open(scene.served.address);
    waiting.send(&request("GET", "/healthz", &[], b""));
    drop(open);
    assert_eq!(waiting.reply().unwrap().status, 200);
    drop(waiting);
    scene.must_have_counted("a crowd", &[]);
}
