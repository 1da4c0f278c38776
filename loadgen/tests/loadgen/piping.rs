//! A scenario's posts as lines: in order, the same for one seed, and a recording that sells.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use flashtag::config::offers::parse_offers;
use flashtag::domain::id::Authors;
use flashtag::domain::time::Timestamp;
use flashtag::engine::Words;
use flashtag::engine::live::Format;
use flashtag::engine::replay::{LinkMap, Plan, Recorded, read_accounts, replay};
use flashtag::intake::stream::ReaderStream;
use loadgen::clock::Clock;
use loadgen::pipe::{Playback, pipe};
use loadgen::population::Population;
use loadgen::scenario::Scenario;
use loadgen::self_host;
use serde_json::Value;

use super::steady;

/// With all that a network does to posts.
const TROUBLED: &str = "noise_per_claim = 1.0\n[late]\nshare = 0.3\nmost_ms = 500\n[outage]\nfrom_s = 0.5\n\
                        for_s = 0.5\nbacklog_per_s = 1000.0\n[bots]\naccounts = 5\naccounts_per_card = 1\n\
                        posts_per_s = 20.0\nconfirm_ms = 10\n[crowd.habits]\nconfirm_median_ms = 300";

fn recording(scenario: &Scenario, begins_at_ms: i64) -> Vec<u8> {
    let population = Population::new(scenario).unwrap();
    let (mut out, stop) = (Vec::new(), AtomicBool::new(false));
    let pace = Playback::AtOnce { begins_at_ms };
    let posts = pipe(scenario, &population, pace, &mut out, &stop, |_| ()).unwrap();
    assert_eq!(posts, out.iter().filter(|byte| **byte == b'\n').count() as u64);
    out
}

fn word<'a>(post: &'a Value, key: &str) -> &'a str {
    post[key].as_str().unwrap()
}

#[test]
fn a_recording_is_in_the_order_of_arrival_and_people_confirm_after_they_claim() {
    let scenario = steady(TROUBLED);
    let lines = recording(&scenario, 1_800_000_000_000);
    assert_eq!(lines, recording(&scenario, 1_800_000_000_000), "a seed repeats it");
    let posts: Vec<Value> =
        serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
    let arrived = |post: &Value| word(post, "arrived_at").parse::<Timestamp>().unwrap();
    assert!(posts.is_sorted_by_key(arrived));
    let mut claimed_at = HashMap::new();
    let (mut confirmed, mut late) = (0, 0);
    for post in &posts {
        let (author, text) = (post["author"]["id"].as_str().unwrap(), word(post, "text"));
        late += usize::from(word(post, "posted_at") != word(post, "arrived_at"));
        if text.contains("#BuyKindleFireHD") {
            claimed_at.entry(author).or_insert_with(|| word(post, "arrived_at"));
        } else if text.contains("#ConfirmKindleFireHD") && claimed_at.contains_key(author) {
            confirmed += 1;
        }
    }
    let ids: HashSet<&str> = posts.iter().map(|post| word(post, "id")).collect();
    assert!(confirmed > 50 && late > 50 && ids.len() > 200, "{confirmed}, {late}, {}", ids.len());
}

#[test]
fn a_recording_sells_out() {
    let scenario = steady(TROUBLED);
    let place = tempfile::tempdir().unwrap();
    let population = Population::new(&scenario).unwrap();
    self_host::prepare(&scenario, &population, place.path(), "127.0.0.1:0").unwrap();
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    let file = parse_offers(&read("offers.toml"), "offers.toml").unwrap();
    let posts = recording(&scenario, Clock::start().started_at_ms());
    let mut links = LinkMap::default();
    read_accounts(read("accounts.ndjson").as_bytes(), Authors::OfNetworks, |linked| {
        links.insert(linked.account, linked.link)
    })
    .unwrap();
    let plan = Plan {
        front: file.shop.front(),
        offers: file.offerings(),
        partitions: 1,
        words: Arc::new(Words::of_shop("Loadgen")),
        out: place.path().join("sale"),
    };
    let record = |catalog: &_| {
        let bad = |bad| panic!("{bad:?}");
        Ok(Recorded::read(&mut ReaderStream::new(posts.as_slice()), Format::Flashtag, catalog, links, bad)
            .unwrap())
    };
    let summary = serde_json::to_value(replay(plan, record, |_| {}).unwrap()).unwrap();
    let offer = &summary["offers"][0];
    assert_eq!((&offer["sold"], &offer["available"]), (&20.into(), &0.into()), "{summary}");
}
