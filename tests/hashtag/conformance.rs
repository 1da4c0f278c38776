//! Runs the conformance data of twitter-text, which is read from outside the project because it is not ours.
//!
//! `FLASHTAG_CONFORMANCE` names its directory, `../shared/conformance` by default. Without the data these
//! tests say so and pass. Every accepted difference is listed with its reason; one more fails the test.

use std::env;
use std::fs;
use std::path::PathBuf;

use flashtag::domain::id::Network;
use flashtag::text::hashtag::hashtags;
use flashtag::text::hashtag::url::urls;
use flashtag::text::length::weighted_length;
use serde_json::Value;

/// Reads one file of the data; `None`, with a line that says so, if there is none.
fn data(file: &str) -> Option<String> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance").into();
    let path: PathBuf = PathBuf::from(env::var_os("FLASHTAG_CONFORMANCE").unwrap_or_else(default)).join(file);
    let read = fs::read_to_string(&path);
    if read.is_err() {
        eprintln!("SKIPPED: no conformance data at {} (set FLASHTAG_CONFORMANCE)", path.display());
    }
    read.ok()
}

/// The cases of one group of a YAML file.
fn group(file: &str, name: &str) -> Vec<Value> {
    let Some(text) = data(file) else {
        return Vec::new();
    };
    let all: Value = serde_norway::from_str(&text).expect("the conformance file is YAML");
    all["tests"][name].as_array().expect("the group exists").clone()
}

fn edges() -> Vec<Value> {
    let text = data("hashtag_edges.jsonl").unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("the edge file is NDJSON")).collect()
}

/// Runs `judge` over the cases and reports every difference that `explained` does not list.
fn check(name: &str, cases: &[Value], explained: &[&str], judge: impl Fn(&Value) -> Option<String>) {
    let mut differences = Vec::new();
    let mut accepted = 0;
    for case in cases {
        let Some(difference) = judge(case) else {
            continue;
        };
        let label = case["description"].as_str().unwrap_or("?");
        if explained.contains(&label) {
            accepted += 1;
            eprintln!("explained: {name}: {label}: {difference}");
        } else {
            differences.push(format!("{label}: {:?}: {difference}", case["text"].as_str().unwrap_or("?")));
        }
    }
    eprintln!("{name}: {} cases, {accepted} explained differences", cases.len());
    assert!(differences.is_empty(), "{name}: {} unexplained\n{}", differences.len(), differences.join("\n"));
    assert!(
        cases.is_empty() || accepted == explained.len(),
        "{name}: the list of explained cases is too long"
    );
}

fn text(case: &Value) -> &str {
    case["text"].as_str().expect("each case has a text")
}

fn difference(found: &Value, expected: &Value) -> Option<String> {
    (found != expected).then(|| format!("found {found}, expected {expected}"))
}

fn found_tags(text: &str) -> Value {
    hashtags(text).map(|tag| tag.tag).collect::<Vec<_>>().into()
}

fn found_tags_with_indices(text: &str) -> Value {
    hashtags(text)
        .map(|tag| serde_json::json!({"hashtag": tag.tag, "indices": [tag.start, tag.end]}))
        .collect()
}

fn found_urls(text: &str) -> Value {
    urls(text).iter().map(|url| text[url.byte_range()].to_owned()).collect::<Vec<_>>().into()
}

fn found_urls_with_indices(text: &str) -> Value {
    let points = |byte: usize| text[..byte].chars().count();
    let found = urls(text);
    found
        .iter()
        .map(|url| serde_json::json!({"url": text[url.byte_range()], "indices": [points(url.start), points(url.end)]}))
        .collect()
}

#[test]
fn hashtags_are_those_of_twitter_text() {
    for name in ["hashtags", "hashtags_from_astral"] {
        check(name, &group("extract.yml", name), &[], |case| {
            difference(&found_tags(text(case)), &case["expected"])
        });
    }
    check("hashtags_with_indices", &group("extract.yml", "hashtags_with_indices"), &[], |case| {
        difference(&found_tags_with_indices(text(case)), &case["expected"])
    });
}

#[test]
fn a_text_is_one_hashtag_when_twitter_text_says_so() {
    check("validate hashtags", &group("validate.yml", "hashtags"), &[], |case| {
        let text = text(case);
        let mut chars = text.chars();
        chars.next();
        let valid = hashtags(text).map(|tag| tag.tag).eq([chars.as_str()]);
        difference(&valid.into(), &case["expected"])
    });
}

#[test]
fn edge_cases_have_the_hashtags_of_twitter_text() {
    // Letters newer than the tables of twitter-text's JavaScript edition.
    let explained = ["Unicode 13 Yezidi", "Unicode 7+ later CJK ext G"];
    check("edges: hashtags", &edges(), &explained, |case| {
        difference(&found_tags_with_indices(text(case)), &case["expected"])
    });
}

#[test]
fn edge_cases_have_the_urls_of_twitter_text() {
    check("edges: urls", &edges(), &[], |case| {
        difference(&found_urls_with_indices(text(case)), &case["urls"])
    });
}

#[test]
fn edge_cases_have_the_length_of_twitter_text() {
    // A family and a smiley joined: no such picture exists, so twemoji counts the family, the joiner and the
    // smiley.
    check("edges: weighted length", &edges(), &["fuzz 890"], |case| {
        difference(&weighted_length(text(case)).into(), &case["weighted_length_v3"]).or_else(|| {
            difference(&Network::X.facts().post_length.fits(text(case)).into(), &case["valid_v3"])
        })
    });
}

#[test]
fn urls_are_those_of_twitter_text() {
    for name in ["urls", "tco_urls_with_params"] {
        check(name, &group("extract.yml", name), &[], |case| {
            difference(&found_urls(text(case)), &case["expected"])
        });
    }
    for name in ["urls_with_indices", "urls_with_directional_markers"] {
        check(name, &group("extract.yml", name), &[], |case| {
            difference(&found_urls_with_indices(text(case)), &case["expected"])
        });
    }
}

#[test]
fn lengths_are_those_of_twitter_text() {
    // The first group is of configuration v2, which counts each code point of an emoji by itself.
    let old_emoji = [
        "Count a mix of single byte single word, and double word unicode characters",
        "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers",
    ];
    for (name, explained) in [
        ("WeightedTweetsCounterTest", &old_emoji[..]),
        ("WeightedTweetsWithDiscountedEmojiCounterTest", &[]),
        ("UnicodeDirectionalMarkerCounterTest", &[]),
    ] {
        check(name, &group("validate.yml", name), explained, |case| {
            difference(&weighted_length(text(case)).into(), &case["expected"]["weightedLength"]).or_else(
                || {
                    difference(
                        &Network::X.facts().post_length.fits(text(case)).into(),
                        &case["expected"]["valid"],
                    )
                },
            )
        });
    }
}

/// twitter-text's lists are of 2020. What has left the root zone since, or never was in it (`.onion`,
/// reserved country codes), is not known here; the numbers may grow when the `tld` crate is updated.
#[test]
fn top_level_domains_that_differ_have_left_the_root_zone() {
    for (name, most) in [("country", 7), ("generic", 140)] {
        let cases = group("tlds.yml", name);
        let differ = cases.iter().filter(|case| found_urls(text(case)) != case["expected"]);
        let names: Vec<_> = differ.map(|case| text(case).rsplit('.').next().unwrap_or_default()).collect();
        eprintln!("tlds {name}: {} cases, {} differ: {}", cases.len(), names.len(), names.join(" "));
        assert!(names.len() <= most, "{name}: {} differ", names.len());
    }
}
