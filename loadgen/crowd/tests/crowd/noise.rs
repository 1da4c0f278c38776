//! Noise comes near the live tags and never hits one.

use crate::{OPENING_MS, parsed, tags, text};
use crowd::{Firehose, Noise, Target, precedent};
use serde_json::Value;

fn lines(targets: &[Target], seed: u64, count: u64) -> Vec<Vec<u8>> {
    let noise = Noise::new(targets, seed);
    let write = |post_id| {
        let mut out = Vec::new();
        noise.write(&mut out, post_id, OPENING_MS);
        out
    };
    (1..=count).map(write).collect()
}

fn live(targets: &[Target]) -> Vec<String> {
    targets.iter().flat_map(|target| [&target.buy, &target.confirm, &target.cancel]).cloned().collect()
}

#[test]
fn no_text_has_a_live_tag() {
    for seed in 0..20 {
        let targets = precedent::targets();
        for line in lines(&targets, seed, 3_000) {
            let text = text(&line);
            for tag in tags(&text) {
                assert!(!live(&targets).iter().any(|live| live.eq_ignore_ascii_case(&tag)), "{text}");
            }
        }
    }
}

#[test]
fn tags_of_ordinary_talk_may_be_on_sale() {
    let target = Target {
        buy: "COFFEE".to_owned(),
        confirm: "Buy".to_owned(),
        cancel: "BuySomethingNice".to_owned(),
        popularity: None,
    };
    let targets = [target];
    for line in lines(&targets, 1, 10_000) {
        let text = text(&line);
        assert!(
            tags(&text).iter().all(|tag| !live(&targets).iter().any(|live| live.eq_ignore_ascii_case(tag)))
        );
    }
}

#[test]
fn it_is_varied_and_comes_near() {
    let targets = precedent::targets();
    let lines = lines(&targets, 5, 10_000);
    let texts: Vec<String> = lines.iter().map(|line| text(line)).collect();
    let of_texts = |test: &dyn Fn(&str) -> bool| texts.iter().filter(|text| test(text)).count();
    assert!(of_texts(&|text| live(&targets).iter().any(|tag| text.contains(tag.as_str()))) > 300);
    assert!(of_texts(&|text| tags(text).iter().any(|tag| tag == "BuyXbox")) > 10);
    assert!(of_texts(&|text| text.contains("/sale#")) > 20);
    assert!(of_texts(&|text| text.contains('@')) > 300);
    assert!(of_texts(&|text| !text.is_ascii()) > 1_000);
    assert!(of_texts(&|text| text.contains('"') && text.contains('\\')) > 100);
    assert!(of_texts(&|text| !tags(text).is_empty()) > 2_000);
    assert!(of_texts(&|text| text.chars().count() > 200) > 500);
    assert!(of_texts(&|text| text.chars().count() < 120) > 500);
    assert!(lines.iter().filter(|line| line.windows(6).any(|bytes| bytes == br"\u0023")).count() > 100);
    let authors: std::collections::HashSet<String> =
        lines.iter().map(|line| parsed(line)["author"]["id"].as_str().unwrap().to_owned()).collect();
    assert!(authors.len() > 9_000);
}

#[test]
fn a_firehose_has_as_many_tagged_posts_as_it_says_and_lists_their_tags() {
    let noise = Noise::new(&precedent::targets(), 7);
    for per_mille in [0, 1, 10, 500, 1000] {
        let firehose = Firehose::new(&noise, "BuyThing0", per_mille, 400_000, OPENING_MS);
        let bytes = firehose.bytes.len();
        assert!((400_000..402_000).contains(&bytes), "{bytes} bytes");
        let lines: Vec<Value> = firehose
            .bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(lines.len() as u64, firehose.posts);
        let listed = |line: &&Value| {
            let tags = line["data"]["entities"]["hashtags"].as_array().unwrap();
            tags.iter().any(|tag| tag["tag"] == "BuyThing0")
        };
        let is_tagged = |line: &&Value| line["data"]["text"].as_str().unwrap().ends_with(" #BuyThing0");
        assert_eq!(lines.iter().filter(is_tagged).count() as u64, firehose.tagged);
        assert_eq!(lines.iter().filter(listed).count() as u64, firehose.tagged);
        assert!(firehose.tagged.abs_diff(firehose.posts * per_mille / 1000) <= 1, "{per_mille} of 1000");
    }
}
