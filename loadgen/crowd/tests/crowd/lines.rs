//! Every line is in the wire form, and the same seed writes the same bytes.

use crate::{OPENING_MS, crowd, line, parsed, sale, tags, text};
use crowd::{Arrival, ArrivalKind, PostKind, PostPlan};
use serde_json::{Map, Value, json};

fn keys(map: &Map<String, Value>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

#[test]
fn the_seed_decides_every_byte() {
    for seed in 0..10 {
        let bytes = sale(seed);
        assert_eq!(bytes, sale(seed));
        assert_ne!(bytes, sale(seed + 1));
    }
}

#[test]
fn every_line_of_a_sale_has_the_fields_of_its_kind() {
    for whole in sale(11).split_inclusive(|byte| *byte == b'\n') {
        let value = parsed(whole);
        let fields = value.as_object().unwrap();
        assert_eq!(fields["network"], "x");
        if fields.contains_key("author_id") {
            assert_eq!(keys(fields), ["author_id", "card", "email", "network", "region"]);
            let card = fields["card"].as_object().unwrap();
            assert_eq!(keys(card), ["brand", "funding", "last4", "token"]);
            let last4 = card["last4"].as_str().unwrap();
            assert!(last4.len() == 4 && last4.bytes().all(|byte| byte.is_ascii_digit()));
            assert!(fields["email"].as_str().unwrap().ends_with("@example.com"));
            continue;
        }
        let mut optional = keys(fields);
        optional.retain(|key| *key != "repost_of");
        assert_eq!(optional, ["author", "id", "network", "posted_at", "text"]);
        assert_eq!(keys(fields["author"].as_object().unwrap()), ["handle", "id"]);
        for id in [&fields["id"], &fields["author"]["id"]] {
            assert!(id.as_str().unwrap().parse::<u64>().is_ok());
        }
        let posted_at: jiff::Timestamp = fields["posted_at"].as_str().unwrap().parse().unwrap();
        assert!((OPENING_MS..OPENING_MS + 60_000).contains(&posted_at.as_millisecond()));
        assert!(fields["text"].as_str().unwrap().chars().count() <= 280);
    }
}

#[test]
fn accounts_and_posts_agree_on_the_authors() {
    let crowd = crowd(300, 5);
    for person in 0..300 {
        let mut post = Vec::new();
        crowd.write_claim(&mut post, person, 0, 1, OPENING_MS);
        let author = parsed(&post)["author"].clone();
        let author_id = crowd.author_id(person);
        assert_eq!(author["id"], json!(author_id.to_string()));
        assert_eq!(crowd.person(author_id), Some(person));
        let mut account = Vec::new();
        assert_eq!(crowd.write_account(&mut account, person), crowd.is_linked(person));
        assert_eq!(account.is_empty(), !crowd.is_linked(person));
        if crowd.is_linked(person) {
            let account = parsed(&account);
            assert_eq!(account["author_id"], author["id"]);
            assert_eq!(account["email"], format!("{}@example.com", author["handle"].as_str().unwrap()));
            let token = account["card"]["token"].as_str().unwrap();
            assert!(token.starts_with("tok_") && token.ends_with(&format!("_{person}")), "{token}");
        }
    }
    assert_eq!(crowd.person(crowd.author_id(0) - 1), None);
    assert_eq!(crowd.person(crowd.author_id(300)), None);
}

#[test]
fn a_post_carries_the_tag_of_its_kind_and_no_other() {
    let crowd = crowd(2_000, 3);
    let noise = crowd::Noise::new(&[], 3);
    for person in 0..2_000 {
        let target = crowd.wanted_target(person, 0);
        let live = crowd.plan().targets[target].clone();
        let claimant = (person + 1) % 2_000;
        let claim_id = 77;
        for (kind, tag) in [
            (PostKind::Claim, &live.buy),
            (PostKind::ClaimAgain, &live.buy),
            (PostKind::Confirm, &live.confirm),
            (PostKind::Cancel, &live.cancel),
            (PostKind::Repost { claimant, claim_id }, &live.buy),
            (PostKind::ManualRt { claimant }, &live.buy),
        ] {
            let what = ArrivalKind::Post(PostPlan { person, target, kind });
            let arrival = Arrival { at_ms: 0, posted_at_ms: OPENING_MS, post_id: 5, what };
            let written = line(&crowd, &noise, &arrival);
            let text = text(&written);
            let found = tags(&text);
            assert!(found.len() == 1 && found[0].eq_ignore_ascii_case(tag), "{text}");
            assert_eq!(text.starts_with("RT @"), matches!(kind, PostKind::ManualRt { .. }));
            let repost_of = parsed(&written).get("repost_of").cloned();
            let is_repost = matches!(kind, PostKind::Repost { .. });
            assert_eq!(repost_of, is_repost.then(|| json!("77")));
        }
    }
}

#[test]
fn the_second_claim_is_in_other_words() {
    let crowd = crowd(2_000, 8);
    let noise = crowd::Noise::new(&[], 8);
    for person in 0..2_000 {
        let says = |kind| {
            let what = ArrivalKind::Post(PostPlan { person, target: 0, kind });
            text(&line(&crowd, &noise, &Arrival { at_ms: 0, posted_at_ms: 0, post_id: 1, what }))
        };
        assert_ne!(says(PostKind::Claim), says(PostKind::ClaimAgain));
    }
}
