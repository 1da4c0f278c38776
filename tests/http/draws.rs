//! Draws: what is published before and after.

use std::path::Path;
use std::sync::Arc;

use flashtag::config::offers::parse_offers;
use flashtag::domain::draw::Seed;
use flashtag::domain::id::Authors;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::rules::DrawRule;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::engine::Words;
use flashtag::engine::explanation::Format;
use flashtag::engine::replay::{LinkMap, Plan, Recorded, replay};
use flashtag::intake::accounts::read_accounts;
use flashtag::intake::stream::ReaderStream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::inside::Inside;
use super::served::{OFFERS, link, post};

const SEED: &str = "5eed000000000000000000000000000000000000000000000000000000000001";

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The offers of the tests, of which `kindle` has a draw: claims are gathered for `window` after the opening.
fn offers(opens: Timestamp, window: Millis) -> Vec<Terms> {
    let mut offers = parse_offers(OFFERS, "offers.toml").unwrap().offers;
    let kindle = &mut offers[0];
    kindle.opens = opens;
    kindle.rules.draw = Some(DrawRule { window, seed: SEED.parse().unwrap() });
    offers
}

#[test]
fn the_seed_is_hidden_before_the_draw() {
    let data = tempfile::tempdir().unwrap();
    let now = flashtag::clock::Clock::start().now();
    let opens = Timestamp::from_ms(now.ms() - 3_600_000);
    let offers = offers(opens, Millis::from_secs(7200));
    assert!(!format!("{offers:?}").contains(SEED), "the debug output hides the seed");
    let inside = Inside::open(data.path(), offers, 1);
    let claims = [post("1", 1, "#BuyKindle"), post("2", 2, "#BuyKindle"), post("3", 3, "#BuyPot")];
    let answers = inside.post_to("/v1/posts", &claims.join("\n"));
    assert_eq!(answers.lines()[1]["outcome"], "waitlisted", "{answers:?}");
    let expected = json!({
        "seed_hash": hex(Sha256::digest(SEED)),
        "window_ends": opens.plus(Millis::from_secs(7200)).to_string(),
        "drawn": false,
        "seed": null,
        "count": 2,
        "entries": null,
    });
    assert_eq!(inside.get("/v1/offers/kindle/draw").json(), expected);
    inside.get("/v1/offers/pot/draw").assert_problem(404, "not_found");
    inside.get("/v1/offers/nook/draw").assert_problem(404, "not_found");
    let targets = [
        "/v1/offers",
        "/v1/offers/kindle",
        "/v1/offers/kindle/draw",
        "/v1/offers/kindle/reservations",
        "/v1/accounts/x/1",
        "/metrics",
    ];
    for target in targets {
        let reply = inside.get(target);
        assert!(reply.status == 200 && !reply.body.contains(SEED), "{target}: {reply:?}");
    }
}

/// Recomputes the draw from its published rules, without code of the engine: the entries sorted by their
/// lots, the smallest first.
fn recomputed_draw(seed: &str, entries: &[&str]) -> Vec<String> {
    let mut list = entries.to_vec();
    list.sort_unstable();
    let list = hex(Sha256::digest(list.iter().map(|entry| format!("{entry}\n")).collect::<String>()));
    let mut lots: Vec<(Vec<u8>, &str)> = entries
        .iter()
        .map(|entry| (Sha256::digest(format!("{seed}\n{list}\n{entry}")).to_vec(), *entry))
        .collect();
    lots.sort();
    lots.into_iter().map(|(_, entry)| entry.to_owned()).collect()
}

/// Replays the claims of accounts 1 to 9.
fn sell(out: &Path, offers: &[Terms], claims: &str) {
    let mut links = LinkMap::default();
    let lines: String = (1..=9).map(|author| link(author) + "\n").collect();
    read_accounts(lines.as_bytes(), Authors::OfNetworks, |linked| links.insert(linked.account, linked.link))
        .unwrap();
    let plan = Plan {
        front: ShopFront::default(),
        offers: offers.iter().cloned().map(Offering::from).collect(),
        partitions: 1,
        words: Arc::new(Words::of_shop("Shop")),
        out: out.to_owned(),
    };
    let record = |catalog: &_| {
        let bad = |bad| panic!("{bad:?}");
        Ok(Recorded::read(&mut ReaderStream::new(claims.as_bytes()), Format::Flashtag, catalog, links, bad)
            .unwrap())
    };
    replay(plan, record, |_| {}).unwrap();
}

#[test]
fn the_draw_can_be_recomputed_afterwards() {
    let out = tempfile::tempdir().unwrap();
    let opens: Timestamp = "2021-06-01T12:00:00Z".parse().unwrap();
    let offers = offers(opens, Millis::from_secs(300));
    let claims: String = (1..=6)
        .map(|author| {
            let at = opens.plus(Millis::from_secs(if author == 6 { 300 } else { author }));
            let id = 100 - author;
            format!(
                r##"{{"network":"x","id":"{id}","author":{{"id":"{author}"}},"posted_at":"{at}","text":"#BuyKindle"}}"##
            ) + "\n"
        })
        .collect();
    sell(out.path(), &offers, &claims);
    // Replaying deletes the draw of another sale, and keeps other files.
    for name in ["draw-nook.json", "draw-notes.txt"] {
        std::fs::write(out.path().join(name), "older").unwrap();
    }
    sell(out.path(), &offers, &claims);
    assert!(!out.path().join("draw-nook.json").exists() && out.path().join("draw-notes.txt").exists());
    assert!(!out.path().join("draw-pot.json").exists(), "that sale has no draw");
    let left = std::fs::read_to_string(out.path().join("draw-kindle.json")).unwrap();
    let left: Value = serde_json::from_str(&left).unwrap();
    // The sixth claim came after the window.
    let entries = ["x:1 99", "x:2 98", "x:3 97", "x:4 96", "x:5 95"];
    let expected = json!({
        "seed_hash": hex(Sha256::digest(SEED)),
        "window_ends": "2021-06-01T12:05:00.000Z",
        "drawn": true,
        "seed": SEED,
        "count": 5,
        "entries": recomputed_draw(SEED, &entries),
    });
    assert_eq!(left, expected);
    let outcomes = std::fs::read_to_string(out.path().join("outcomes.ndjson")).unwrap();
    let lines = outcomes.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let promoted = lines.filter(|line| line["outcome"] == "promoted").map(|line| line["account"].clone());
    let first: Vec<Value> = promoted.take(3).collect();
    let served: Vec<_> =
        recomputed_draw(SEED, &entries).iter().take(3).map(|e| json!(e.split(' ').next())).collect();
    assert_eq!(first, served, "three units go to the first three");

    let inside = Inside::open(out.path(), offers, 1);
    assert_eq!(inside.get("/v1/offers/kindle/draw").json(), left, "the journal brings the draw back");
}

#[test]
fn a_draw_without_entries_takes_place() {
    let data = tempfile::tempdir().unwrap();
    let now = flashtag::clock::Clock::start().now();
    let opens = Timestamp::from_ms(now.ms() - 7_200_000);
    let inside = Inside::open(data.path(), offers(opens, Millis::from_secs(3600)), 1);
    let read = || inside.get("/v1/offers/kindle/draw").json();
    let draw = crate::crash::poll(read, |draw| draw["drawn"] == true);
    let seed: Seed = draw["seed"].as_str().unwrap().parse().unwrap();
    assert_eq!((draw["seed_hash"].as_str(), &draw["entries"]), (Some(seed.hash().as_str()), &json!([])));
}
