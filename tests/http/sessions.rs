//! Live sessions: bounded, passivated when idle, and then not forgotten.

use flashtag::clock::Clock;

use super::served::{Served, post};

/// Upper bound on the time until a session is passivated, in microseconds: many times what it needs.
const PATIENCE_US: u64 = 20_000_000;

#[test]
fn an_idle_session_is_passivated_and_its_answers_are_remembered() {
    let served = Served::with_limits("session_idle = \"1s\"\nsessions_live = 2\n");
    let outcomes = |posts: &[String]| -> Vec<(String, bool)> {
        let lines = served.post(posts.join("\n")).lines();
        let outcomes = lines.iter().map(|line| (line["outcome"].as_str(), line["duplicate"].is_boolean()));
        outcomes.map(|(outcome, again)| (outcome.unwrap().to_owned(), again)).collect()
    };
    let expected = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
        all.iter().map(|&(outcome, again)| (outcome.to_owned(), again)).collect()
    };
    // An unlinked account gets no session. The third account finds no free session.
    let stranger = post("10", 21, "#BuyKindle");
    let (keeper, quitter, third) =
        (post("1", 1, "#BuyKindle"), post("2", 2, "#BuyKindle"), post("4", 3, "#BuyKindle"));
    let first =
        outcomes(&[stranger.clone(), keeper, quitter.clone(), post("3", 2, "#CancelKindle"), third.clone()]);
    let refused = ("not_linked", false);
    let expect =
        [refused, ("reserved", false), ("reserved", false), ("released", false), ("overloaded", false)];
    assert_eq!(first, expected(&expect));

    // An account that cancelled holds nothing and is passivated; one that holds a unit is not.
    let clock = Clock::start();
    while live(&served) != "1" {
        assert!(clock.elapsed_us() < PATIENCE_US, "{} sessions are live", live(&served));
    }
    let again = outcomes(&[stranger, quitter, third]);
    assert_eq!(again, expected(&[("not_linked", true), ("reserved", true), ("reserved", false)]));
    assert_eq!(live(&served), "2");
    assert_eq!(served.get("/v1/offers/kindle").json()["reserved"], 2);
}

/// After a restart no session is live until its account posts. Then more accounts may hold something than
/// sessions may be live.
#[test]
fn at_the_session_limit_only_accounts_that_hold_nothing_are_refused() {
    let mut served = Served::with_limits("session_idle = \"1d\"\nsessions_live = 2\n");
    let outcomes = |served: &Served, posts: &[String]| -> Vec<String> {
        let lines = served.post(posts.join("\n")).lines();
        lines.iter().map(|line| line["outcome"].as_str().unwrap().to_owned()).collect()
    };
    let claims = [post("1", 1, "#BuyKindle"), post("2", 2, "#BuyKindle"), post("3", 3, "#BuyKindle")];
    assert_eq!(outcomes(&served, &claims), ["reserved", "reserved", "overloaded"]);

    served.restart();
    assert_eq!(live(&served), "0");
    let claims = [post("4", 3, "#BuyKindle"), post("5", 4, "#BuyKindle"), post("6", 5, "#BuyKindle")];
    assert_eq!(outcomes(&served, &claims), ["reserved", "waitlisted", "overloaded"]);
    assert_eq!(live(&served), "2");
    let posts = [post("7", 1, "#ConfirmKindle"), post("8", 2, "#CancelKindle"), post("9", 6, "#BuyKindle")];
    assert_eq!(outcomes(&served, &posts), ["confirmed", "released", "overloaded"]);
    // Who has no link can begin nothing, whether there is a place or not.
    let before = live(&served);
    let strangers = [post("10", 21, "#BuyKindle"), post("11", 22, "#ConfirmKindle")];
    assert_eq!(outcomes(&served, &strangers), ["not_linked", "not_linked"]);
    assert_eq!(live(&served), before);
}

fn live(served: &Served) -> String {
    let metrics = served.get("/metrics").body;
    let value = metrics.lines().find_map(|line| line.strip_prefix("flashtag_sessions_live "));
    value.unwrap_or("no").to_owned()
}
