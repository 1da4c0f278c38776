//! The ids of requests: the client's own where it is well-formed, else one of the server's, in the response, in the
//! problem and in the log.

use super::client::{exchange, request};
use super::served::Served;
use crate::crash::poll;

#[test]
fn a_well_formed_id_of_the_client_is_kept() {
    let served = Served::open();
    let long = "a".repeat(128);
    let table: [(&[&str], Option<&str>); 13] = [
        (&["X-Request-Id: 5f3a-1"], Some("5f3a-1")),
        (
            &["x-request-id: 0190b0a4-8a9c-7cc3-9d1b-4f4a6f2f1c11"],
            Some("0190b0a4-8a9c-7cc3-9d1b-4f4a6f2f1c11"),
        ),
        (&["X-Request-Id: Root=1-67891233:a/b+c_d.e="], Some("Root=1-67891233:a/b+c_d.e=")),
        (&[&format!("X-Request-Id: {long}")], Some(&long)),
        (&[], None),
        (&["X-Request-Id:"], None),
        (&[&format!("X-Request-Id: {long}a")], None),
        (&["X-Request-Id: a b"], None),
        (&["X-Request-Id: a\"b"], None),
        (&["X-Request-Id: ana@example.com"], None),
        (&["X-Request-Id: <script>"], None),
        (&["X-Request-Id: \u{e9}"], None),
        (&["X-Request-Id: one", "X-Request-Id: two"], None),
    ];
    let mut made = std::collections::BTreeSet::new();
    for (headers, kept) in table {
        for (target, status) in [("/v1/offers", 200), ("/nowhere", 404)] {
            let reply = exchange(served.address, &request("GET", target, headers, b""));
            assert_eq!(reply.status, status, "{headers:?}: {reply:?}");
            let id = reply.header("x-request-id").unwrap().to_owned();
            if status == 404 {
                reply.assert_problem(404, "not_found");
            }
            match kept {
                Some(kept) => assert_eq!(id, kept, "{headers:?}"),
                None => {
                    assert!(
                        id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
                        "{headers:?}: {id}"
                    );
                    assert!(made.insert(id), "an id was made twice");
                }
            }
        }
    }
}

#[test]
fn the_log_tells_an_operators_order_with_the_id_of_its_request() {
    let served = Served::open();
    let pause = request("POST", "/v1/offers/kindle/pause", &["X-Request-Id: ops-4711"], b"");
    assert_eq!(exchange(served.address, &pause).status, 200);
    let told = poll(|| served.output(), |output| output.contains("ops-4711"));
    let line = told.lines().find(|line| line.contains("ops-4711")).unwrap();
    assert!(line.contains("INFO") && line.contains("/v1/offers/kindle/pause"), "{line}");
}
