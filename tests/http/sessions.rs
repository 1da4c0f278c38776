//! Sessions: bounded, put to rest when idle, and not forgotten by that.

use flashtag::clock::Clock;

use super::served::{Served, post};

/// How long a session may take to be put to rest, in microseconds: many times what it needs.
const PATIENCE_US: u64 = 20_000_000;

#[test]
fn idle_sessions_rest_and_what_was_said_is_remembered() {
    let served = Served::with_limits("session_idle = \"1s\"\nsessions_live = 3\n");
    let buyer = post("1", 1, "#BuyKindle");
    let strangers: Vec<_> = (21..=23).map(|author| post(&author.to_string(), author, "#BuyKindle")).collect();
    let lines = served.post(format!("{buyer}\n{}", strangers.join("\n"))).lines();
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["reserved", "not_linked", "not_linked", "overloaded"]);

    // The strangers hold nothing and rest; the buyer holds a unit and does not.
    let clock = Clock::start();
    while live(&served) != "1" {
        assert!(clock.elapsed_us() < PATIENCE_US, "{} sessions are live", live(&served));
    }
    let again = served.post(strangers.join("\n")).lines();
    let told =
        |line: usize| (again[line]["outcome"].as_str().unwrap(), again[line]["duplicate"].is_boolean());
    assert_eq!(told(0), ("not_linked", true));
    assert_eq!(told(1), ("not_linked", true));
    assert_eq!(again[2]["outcome"], "overloaded", "two of the three have their sessions again");
    assert_eq!(served.get("/v1/offers/kindle").json()["reserved"], 1);
}

fn live(served: &Served) -> String {
    let metrics = served.get("/metrics").body;
    let value = metrics.lines().find_map(|line| line.strip_prefix("flashtag_sessions_live "));
    value.unwrap_or("no").to_owned()
}
