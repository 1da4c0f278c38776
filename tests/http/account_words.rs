//! STOP, START and FREEZE hold everywhere: in a partition that is added later, and for an account that is
//! linked later.

use serde_json::{Value, json};

use super::served::{Served, post};
use crate::crash::{assert_verified, poll};

/// Offers of separate campaigns, so that each of several partitions sells some of them.
fn more_offers() -> String {
    let offer = |no: u32| {
        format!(
            "\n[[offer]]\nid = \"more-{no}\"\nkind = \"purchase\"\ntitle = \"More {no}\"\n\
             tags = {{ buy = \"BuyMore{no}\" }}\nprice = \"10.00 USD\"\nunits = 5\n\
             opens = \"2020-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\nconfirm_within = \"0s\"\n"
        )
    };
    (1..=8).map(offer).collect()
}

fn outcome(served: &Served, line: &str) -> Value {
    served.post(line).lines()[0]["outcome"].clone()
}

fn body(author: u32) -> String {
    json!({"card": {"token": format!("tok_{author}"), "brand": "amex", "funding": "credit", "last4": "1005"},
        "email": "a@example.com", "region": "US-NY"})
    .to_string()
}

fn link(served: &Served, author: u32) {
    let reply = served.put(&format!("/v1/accounts/x/{author}"), &body(author));
    assert_eq!(reply.status, 200, "{reply:?}");
}

fn metric(served: &Served, series: &str) -> f64 {
    let metrics = served.get("/metrics").body;
    let line = metrics.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}

fn partitions(served: &Served) -> usize {
    let names = std::fs::read_dir(served.data().join("journal")).unwrap();
    let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("partition-")).count()
}

#[test]
fn a_frozen_account_is_frozen_in_a_partition_that_is_added_later() {
    let mut served = Served::open();
    assert_eq!(outcome(&served, &post("1", 1, "@Shop FREEZE")), "frozen");
    assert_eq!(outcome(&served, &post("2", 3, "@Shop FREEZE")), "frozen");
    assert_eq!(served.change("/v1/accounts/x/3/unfreeze", "k", "").status, 200);
    served.restart_with("partitions = 4", &more_offers());
    assert_eq!(partitions(&served), 4);
    let buy = |first_id: u32, author: u32| -> Vec<Value> {
        let lines = (1..=8).map(|no| post(&(first_id + no).to_string(), author, &format!("#BuyMore{no}")));
        let reply = served.post(lines.collect::<Vec<_>>().join("\n"));
        reply.lines().iter().map(|line| line["outcome"].clone()).collect()
    };
    assert_eq!(buy(100, 1), vec![json!("frozen"); 8]);
    assert_eq!(buy(200, 2), vec![json!("confirmed"); 8], "it is nobody else's matter");
    assert_eq!(buy(300, 3), vec![json!("confirmed"); 8], "it was unfrozen before");
    // A repeated freeze undoes nothing in the new partitions either.
    assert_eq!(outcome(&served, &post("2", 3, "@Shop FREEZE")), "stale");
    assert_eq!(served.get("/v1/accounts/x/3").json()["frozen"], false);
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn words_of_an_account_hold_from_its_later_link_on() {
    let mut served = Served::open();
    assert_eq!(outcome(&served, &post("1", 50, "@Shop STOP")), "opted_out");
    assert_eq!(outcome(&served, &post("2", 51, "@Shop FREEZE")), "frozen");
    assert_eq!(outcome(&served, &post("3", 52, "@Shop STOP")), "opted_out");
    assert_eq!(outcome(&served, &post("4", 52, "@Shop START")), "opted_in");
    served.get("/v1/accounts/x/50").assert_problem(404, "not_found");
    for author in [50, 51, 52] {
        link(&served, author);
    }
    let status = |served: &Served, author: u32| {
        let account = served.get(&format!("/v1/accounts/x/{author}")).json();
        (account["frozen"].clone(), account["silent"].clone())
    };
    let expected = [(50, (false, true)), (51, (true, false)), (52, (false, false))];
    for (author, (frozen, silent)) in expected {
        assert_eq!(status(&served, author), (json!(frozen), json!(silent)), "x:{author}");
    }
    assert_eq!(outcome(&served, &post("5", 51, "#BuyKindle")), "frozen");
    assert_eq!(outcome(&served, &post("6", 50, "#BuyKindle")), "reserved");
    // The prompt of an account that opted out is not a reply.
    let dropped = || metric(&served, "flashtag_replies_dropped_total{why=\"silent\"}");
    poll(dropped, |dropped| *dropped > 0.0);
    served.restart();
    for (author, (frozen, silent)) in expected {
        assert_eq!(status(&served, author), (json!(frozen), json!(silent)), "x:{author} after kill -9");
    }
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn an_unlinked_account_that_opted_out_gets_no_reply_even_after_kill_9() {
    let mut served = Served::open();
    let dropped = |served: &Served| metric(served, "flashtag_replies_dropped_total{why=\"silent\"}");
    assert_eq!(outcome(&served, &post("1", 60, "@Shop STOP")), "opted_out");
    assert_eq!(outcome(&served, &post("2", 60, "#BuyKindle")), "not_linked");
    poll(|| dropped(&served), |dropped| *dropped == 1.0);
    served.restart();
    assert_eq!(dropped(&served), 0.0, "nothing was dropped since the start");
    assert_eq!(outcome(&served, &post("3", 60, "#BuyPot")), "not_linked");
    poll(|| dropped(&served), |dropped| *dropped == 1.0);
    assert_eq!(outcome(&served, &post("1", 60, "@Shop STOP")), "opted_out");
    assert_eq!(served.post(post("1", 60, "@Shop STOP")).lines()[0]["duplicate"], true);
}

#[test]
fn words_of_unlinked_accounts_are_bounded_and_counted() {
    let served = Served::with_limits("unlinked_accounts = 2\n");
    for author in [70, 71] {
        assert_eq!(outcome(&served, &post(&author.to_string(), author, "@Shop STOP")), "opted_out");
    }
    assert_eq!(outcome(&served, &post("72", 72, "@Shop FREEZE")), "rate_limited");
    assert_eq!(outcome(&served, &post("80", 70, "@Shop START")), "opted_in", "it is one of the two");
    assert_eq!(outcome(&served, &post("1", 1, "@Shop STOP")), "opted_out", "linked accounts are not bounded");
    let of = |result: &str| metric(&served, &format!("flashtag_unlinked_words_total{{result=\"{result}\"}}"));
    assert_eq!((of("recorded"), of("refused"), of("repeated")), (3.0, 1.0, 0.0));
    // A link frees a place.
    link(&served, 70);
    assert_eq!(outcome(&served, &post("73", 72, "@Shop FREEZE")), "frozen");
}
