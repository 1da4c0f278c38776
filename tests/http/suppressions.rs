//! Addresses that get no letters: named by operators, counted, and taken back.

use serde_json::json;

use super::client::{exchange, request};
use super::served::{Served, TOKEN};

const ADD: &str = "/v1/suppressions";
const REMOVE: &str = "/v1/suppressions/remove";

fn line(address: &str, reason: &str) -> String {
    json!({"address": address, "reason": reason}).to_string()
}

#[test]
fn addresses_are_added_counted_and_removed_and_survive_a_kill() {
    let mut served = Served::open();
    let post = |served: &Served, target: &str, body: &str| {
        let reply = exchange(served.address, &request("POST", target, &[], body.as_bytes()));
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    };
    assert_eq!(served.get(ADD).json(), json!({"suppressed": 0, "reasons": {}}));
    let three = [
        line("ana@example.com", "complained"),
        line("ben@example.com", "bounced"),
        line("cat@example.com", "unsubscribed"),
    ];
    assert_eq!(post(&served, ADD, &three.join("\n")), json!({"read": 3, "changed": 3}));
    // The first reason stays, and an address has letters of any case.
    let again = line("Ana@Example.com", "requested") + "\n\n" + r#"{"address":"dan@example.com"}"#;
    assert_eq!(post(&served, ADD, &again), json!({"read": 2, "changed": 1}));
    let reasons = json!({"bounced": 1, "complained": 1, "requested": 1, "unsubscribed": 1});
    assert_eq!(served.get(ADD).json(), json!({"suppressed": 4, "reasons": reasons}));
    served.restart();
    assert_eq!(served.get(ADD).json()["suppressed"], 4);
    assert_eq!(post(&served, REMOVE, &again), json!({"read": 2, "changed": 2}));
    assert_eq!(post(&served, REMOVE, &again), json!({"read": 2, "changed": 0}));
    assert_eq!(served.get(ADD).json()["suppressed"], 2);
    assert_eq!(post(&served, ADD, ""), json!({"read": 0, "changed": 0}));
}

#[test]
fn one_bad_line_changes_nothing_and_is_not_repeated() {
    let served = Served::open();
    let good = line("ana@example.com", "complained");
    let bad = [
        "nonsense",
        "[]",
        r#""ben@example.com""#,
        r#"{"address":"ben"}"#,
        r#"{"address":"ben@example.com","reason":"dislike"}"#,
        r#"{"address":"ben@example.com","name":"Ben"}"#,
        r#"{"address":"ben@example.com,cat@example.com"}"#,
        r#"{"reason":"bounced"}"#,
    ];
    for target in [ADD, REMOVE] {
        for line in bad {
            let body = format!("{good}\n{line}\n{good}");
            let reply = exchange(served.address, &request("POST", target, &[], body.as_bytes()));
            reply.assert_problem(400, "bad_suppression");
            assert_eq!(reply.json()["line"], 2, "{reply:?}");
            reply.must_not_echo("ben");
        }
        let many = format!("{good}\n").repeat(21);
        let reply = exchange(served.address, &request("POST", target, &[], many.as_bytes()));
        reply.assert_problem(413, "too_many_addresses");
    }
    assert_eq!(served.get(ADD).json()["suppressed"], 0);
    served.delete(ADD).assert_problem(405, "method_not_allowed");
}

#[test]
fn only_who_has_the_token_names_addresses() {
    let served = Served::with_token();
    for (method, target) in [("GET", ADD), ("POST", ADD), ("POST", REMOVE)] {
        exchange(served.address, &request(method, target, &[], b"")).assert_problem(401, "unauthorized");
        let reply = exchange(served.address, &request(method, target, &[TOKEN], b""));
        assert_eq!(reply.status, 200, "{method} {target}: {reply:?}");
    }
}
