//! The same recording gives the same bytes, and the number of partitions changes no total.

use std::fmt::Write as _;

use crowd::{
    ArrivalKind, Burst, BurstPlan, Crowd, CrowdPlan, Noise, PostIds, PostKind, PromptKind, precedent,
};
use serde_json::{Value, json};

use super::Sale;

const OPENS_MS: i64 = 1_360_774_800_000;
const PEOPLE: u64 = 1_500;
const UNITS: usize = 150;

/// A crowd that claims; most confirm whatever the answer.
fn crowded() -> Sale {
    let crowd = Crowd::new(CrowdPlan { accounts: PEOPLE, ..CrowdPlan::default() }, 7).expect("a sound plan");
    let noise = Noise::new(&crowd.plan().targets, 7);
    let storm = BurstPlan { claims: PEOPLE, span_ms: 20_000, noise_per_claim: 1.0, ..BurstPlan::default() };
    let (mut accounts, mut posts) = (Vec::new(), Vec::new());
    for person in (0..PEOPLE).filter(|person| crowd.is_linked(*person)) {
        crowd.write_account(&mut accounts, person);
    }
    let mut ids = PostIds::snowflake(2);
    for arrival in Burst::new(&crowd, &storm, OPENS_MS, PostIds::snowflake(1)) {
        let ArrivalKind::Post(post) = arrival.what else {
            noise.write(&mut posts, arrival.post_id, arrival.posted_at_ms);
            continue;
        };
        crowd.write_post(&mut posts, &post, arrival.post_id, arrival.posted_at_ms);
        let claims = matches!(post.kind, PostKind::Claim);
        let reaction =
            claims.then(|| crowd.reaction(post.person, post.target, PromptKind::Reserved)).flatten();
        if let Some((delay_ms, answer)) = reaction {
            let at_ms = arrival.posted_at_ms.saturating_add_unsigned(delay_ms);
            crowd.write_post(&mut posts, &answer, ids.next(at_ms), at_ms);
        }
    }
    Sale::new(offers(), accounts, posts)
}

fn offers() -> String {
    let mut file =
        format!("[shop]\nname = \"Shop\"\naccounts = {{ x = \"{}\" }}\n", precedent::SHOP_AUTHOR_ID);
    for offer in precedent::OFFERS {
        let (id, title, price) = (offer.id, json!(offer.title), offer.price);
        let (buy, confirm, cancel) = (offer.buy, offer.confirm, offer.cancel);
        write!(
            file,
            r#"
[[offer]]
id = "{id}"
kind = "purchase"
title = {title}
tags = {{ buy = "{buy}", confirm = "{confirm}", cancel = "{cancel}" }}
price = "{price}"
units = {UNITS}
opens = "2013-02-13T17:00:00Z"
closes = "2013-02-13T20:00:00Z"
"#
        )
        .expect("texts can be written");
    }
    file
}

const RESULTS: [&str; 4] = ["outcomes.ndjson", "effects.ndjson", "cards.ndjson", "summary.json"];

fn sell_into(sale: &Sale, out: &str, partitions: &str) {
    let path = sale.path(out).display().to_string();
    sale.sell_with(&["--out", &path, "--partitions", partitions]).must(0, &["concerned an offer"]);
}

/// The summary of each offer by name; its position depends on its partition.
fn totals(sale: &Sale, out: &str) -> Vec<Value> {
    let summary: Value = serde_json::from_str(&sale.read(&format!("{out}/summary.json"))).expect("JSON");
    let mut offers = summary["offers"].as_array().expect("offers").clone();
    offers.sort_by_key(|offer| offer["id"].to_string());
    offers
}

#[test]
fn a_crowd_gets_the_same_outcomes_in_every_run_and_number_of_partitions() {
    let sale = crowded();
    for (out, partitions) in [("one", "1"), ("again", "1"), ("four", "4"), ("four-again", "4")] {
        sell_into(&sale, out, partitions);
    }
    for (first, second) in [("one", "again"), ("four", "four-again")] {
        for name in RESULTS {
            let (first, second) =
                (sale.read(&format!("{first}/{name}")), sale.read(&format!("{second}/{name}")));
            assert!(first == second, "{name} differs from one run to the next");
        }
    }
    assert_eq!(totals(&sale, "one"), totals(&sale, "four"), "partitions changed a total");
    let sold: u64 = totals(&sale, "one").iter().filter_map(|offer| offer["sold"].as_u64()).sum();
    assert!(sold > 300, "only {sold} were sold: the crowd is too small");
    for out in ["one", "four"] {
        let data = sale.path(out).display().to_string();
        super::flashtag(["verify", "--data", &data, "--strict"]).must(0, &["0 violated"]);
    }
}
