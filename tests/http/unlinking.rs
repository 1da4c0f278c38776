//! Unlinking: by request, and by the accounts file.

use serde_json::{Value, json};

use super::served::{Served, link, post};
use super::stock::counts;
use crate::crash::{assert_verified, poll};

const OPTION: &str = "--unlink-missing";

fn outcome(served: &Served, id: &str, author: u32, words: &str) -> Value {
    served.post(post(id, author, words)).lines()[0]["outcome"].clone()
}

#[test]
fn unlinking_releases_what_is_not_ordered_and_beats_the_accounts_file() {
    let mut served = Served::open();
    for author in 1..=4 {
        outcome(&served, &author.to_string(), author, "#BuyKindle");
    }
    assert_eq!(outcome(&served, "20", 2, "#ConfirmKindle"), "confirmed");
    assert_eq!(served.delete("/v1/accounts/x/1").status, 204);
    // Account 4 waited, and got the unit that account 1 gave up; the order of account 2 stays.
    assert_eq!(served.get("/v1/accounts/x/4").json()["offers"][0]["reservation"]["units"], 1);
    assert_eq!(served.delete("/v1/accounts/x/2").status, 204);
    poll(|| counts(&served.get("/v1/offers/kindle").json()), |counts| counts[1..] == [0, 2, 1, 0]);
    assert_eq!(served.delete("/v1/accounts/x/1").status, 204, "it is unlinked already");
    served.get("/v1/accounts/x/1").assert_problem(404, "not_found");
    served.delete("/v1/accounts/x/99").assert_problem(404, "not_found");
    assert_eq!(outcome(&served, "10", 1, "#BuyPot"), "not_linked");
    // The file still has both.
    served.restart();
    assert_eq!(outcome(&served, "11", 1, "#BuyPot"), "not_linked");
    assert_eq!(outcome(&served, "12", 1, "@Shop FREEZE"), "frozen");
    assert_eq!(served.put("/v1/accounts/x/1", &link(1)).status, 200);
    assert_eq!(outcome(&served, "13", 1, "#BuyPot"), "frozen", "a freeze outlives the link");
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn a_freeze_of_a_linked_account_outlives_its_unlinking() {
    let mut served = Served::open();
    assert_eq!(outcome(&served, "1", 1, "@Shop FREEZE"), "frozen");
    assert_eq!(served.delete("/v1/accounts/x/1").status, 204);
    served.restart();
    assert_eq!(served.put("/v1/accounts/x/1", &link(1)).status, 200);
    assert_eq!(outcome(&served, "2", 1, "#BuyPot"), "frozen");
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn a_start_releases_what_accounts_without_a_link_hold_only_if_it_is_told_to() {
    let mut served = Served::open();
    for author in 1..=4 {
        outcome(&served, &author.to_string(), author, "#BuyKindle");
    }
    let without_1: String = (2..=9).map(|author| link(author) + "\n").collect();
    served.write("accounts.ndjson", &without_1);
    let (code, said) = served.refused_start();
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("1 of 4 reservations") && said.contains("--unlink-missing"), "{said}");
    served.restart_with_options(&[OPTION]);
    assert!(
        served.output().contains("1 holdings of accounts without a link released"),
        "{}",
        served.output()
    );
    assert_eq!(served.get("/v1/accounts/x/4").json()["offers"][0]["reservation"]["units"], 1);
    assert_eq!(counts(&served.get("/v1/offers/kindle").json()), [3, 0, 3, 0, 0]);
    assert_eq!(outcome(&served, "12", 1, "#BuyPot"), "not_linked");
    // Nothing is left to release, so the next start needs no option.
    served.restart();
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn one_holding_in_a_hundred_is_released_without_being_told() {
    let offer = "\n[[offer]]\nid = \"many\"\nkind = \"purchase\"\ntitle = \"Many\"\n\
                 tags = { buy = \"BuyMany\", confirm = \"ConfirmMany\" }\nprice = \"10.00 USD\"\nunits = 500\n\
                 opens = \"2020-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\n";
    let mut served = Served::selling(offer);
    let all = |first: u32| (first..=100).map(|author| link(author) + "\n").collect::<String>();
    served.write("accounts.ndjson", &all(1));
    served.restart();
    let claims: Vec<_> = (1..=100).map(|author| post(&author.to_string(), author, "#BuyMany")).collect();
    for claims in claims.chunks(20) {
        assert_eq!(served.post(claims.join("\n")).status, 200);
    }
    served.write("accounts.ndjson", &all(2));
    served.restart();
    assert_eq!(counts(&served.get("/v1/offers/many").json()), [500, 401, 99, 0, 0]);
    served.write("accounts.ndjson", &all(4));
    assert_eq!(served.refused_start().0, Some(78), "two of 99 are more than one in a hundred");
}

#[test]
fn a_server_that_requires_a_token_unlinks_nobody_without_it() {
    let served = Served::with_token();
    served.delete("/v1/accounts/x/1").assert_problem(401, "unauthorized");
    assert_eq!(json!(served.get("/healthz").status), json!(200));
}
