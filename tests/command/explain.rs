//! `explain`: the tags of each post with their positions, and the outcome that follows from the post alone.

use serde_json::{Value, json};

use super::{OFFERS, Ran, Sale, must_have_fields};

fn explain(sale: Option<&Sale>, posts: &[u8]) -> Ran {
    let offers = sale.map(|sale| sale.path("offers.toml").display().to_string());
    let options = offers.iter().flat_map(|path| ["--offers", path]);
    super::flashtag_fed(["explain"].into_iter().chain(options), posts)
}

fn post(more: Value) -> String {
    let mut post = json!({"network": "x", "id": "1", "author": {"id": "42", "handle": "ana"},
        "posted_at": "2013-02-13T12:00:00Z", "text": ""});
    for (field, value) in more.as_object().expect("an object") {
        post[field] = value.clone();
    }
    format!("{post}\n")
}

fn explained(more: Value) -> Value {
    let sale = Sale::new(OFFERS, "", "");
    let ran = explain(Some(&sale), post(more).as_bytes()).must(0, &[]);
    let lines = super::ndjson(&ran.out);
    assert_eq!(lines.len(), 1, "{}", ran.out);
    lines.into_iter().next().expect("a line")
}

#[test]
fn a_line_has_the_tags_the_offer_and_the_outcome() {
    let line = explained(json!({"text": "I want to #BuyKindle now"}));
    must_have_fields(&line, &["post", "account", "tags", "offer", "face", "units"]);
    assert_eq!(
        line,
        json!({"post": "1", "account": "x:42", "offer": "kindle", "face": "buy", "units": 1,
            "tags": [{"tag": "BuyKindle", "start": 10, "end": 20, "offer": "kindle", "role": "buy"}]})
    );
}

#[test]
fn positions_count_code_points() {
    let table = [
        ("a plain text", "a #BuyKindle", 2),
        ("an emoji of four bytes", "🔥 #BuyKindle", 2),
        ("a family of seven code points", "👨‍👩‍👧‍👦 #BuyKindle", 8),
        ("letters beyond the first plane", "𝒜𝒷 #BuyKindle", 3),
        ("a letter and its mark", "e\u{301} #BuyKindle", 3),
        ("the full-width hash sign", "買う ＃BuyKindle", 3),
    ];
    for (sentence, text, start) in table {
        let line = explained(json!({"text": text}));
        let tag = &line["tags"][0];
        assert_eq!((&tag["start"], &tag["end"]), (&json!(start), &json!(start + 10)), "{sentence}: {line}");
    }
}

#[test]
fn the_outcome_of_each_post_is_named() {
    let table = [
        (json!({"text": "#BuyKindle"}), "buy"),
        (json!({"text": "#confirmkindle"}), "confirm"),
        (json!({"text": "#CancelKindle"}), "cancel"),
        (json!({"text": "#BuyKindleFireHD"}), "not_relevant"),
        (json!({"text": "no tag"}), "not_relevant"),
        (json!({"text": "RT @bob: #BuyKindle"}), "manual_repost"),
        (json!({"text": "#BuyKindle", "quote_of": "7"}), "buy"),
        (json!({"text": "“@bob: #BuyKindle”"}), "manual_repost"),
        (json!({"text": "#BuyKindle", "edited": true}), "edited"),
        (json!({"text": "#BuyKindle", "author": {"id": "9001"}}), "own_post"),
        (json!({"text": "#BuyKindle", "repost_of": "7"}), "repost"),
        (json!({"text": "", "repost_of": "7"}), "repost"),
        (json!({"text": "#BuyKindle", "deleted": true}), "delete"),
        (json!({"text": "#BuyKindle x0"}), "not_relevant"),
        (json!({"text": "#BuyKind1e"}), "look_alike_tag"),
        (json!({"text": "#BuyKind1e", "edited": true}), "not_relevant"),
        (json!({"text": "@AmexSync stop"}), "stop"),
        (json!({"text": "@AmexSync START"}), "start"),
        (json!({"text": "@AmexSync Freeze!"}), "freeze"),
        (json!({"text": "STOP 🙏 @AmexSync"}), "stop"),
        (json!({"text": "@AmexSync stop it"}), "not_relevant"),
    ];
    for (more, face) in table {
        let line = explained(more);
        assert_eq!(line["face"], face, "{line}");
    }
}

#[test]
fn only_a_claim_shows_units() {
    let table = [
        ("#BuyKindle", json!(1)),
        ("#BuyKindle x2", json!(2)),
        ("3x #BuyKindle", json!(1)),
        ("#BuyKindle, (x 3)", json!(3)),
        ("#BuyKindle x2.5", json!(1)),
        ("#ConfirmKindle x2", Value::Null),
        ("#BuyKind1e x2", Value::Null),
    ];
    for (text, units) in table {
        let line = explained(json!({"text": text}));
        assert_eq!(line["units"], units, "{text}: {line}");
    }
}

#[test]
fn a_look_alike_tag_is_not_the_offers_but_the_post_names_the_offer() {
    let line = explained(json!({"text": "#BuуKindle"}));
    assert_eq!((&line["offer"], &line["tags"][0]["offer"]), (&json!("kindle"), &Value::Null), "{line}");
}

#[test]
fn without_offers_tags_are_found_and_belong_to_none() {
    let ran = explain(None, post(json!({"text": "#BuyKindle #two"})).as_bytes()).must(0, &[]);
    let line = super::ndjson(&ran.out).remove(0);
    assert_eq!(line["tags"].as_array().map(Vec::len), Some(2));
    assert_eq!((&line["tags"][0]["offer"], &line["face"]), (&Value::Null, &json!("not_relevant")));
}

#[test]
fn an_invalid_line_has_an_error_line() {
    let mut input = post(json!({"text": "#BuyKindle"})).into_bytes();
    input.extend(b"nonsense\n{\"id\":1}\n\xff\xfe\n");
    input.extend(post(json!({"text": "#BuyKindle"})).bytes());
    let ran = explain(None, &input).must(0, &[]);
    let faces: Vec<Value> = super::ndjson(&ran.out).iter().map(|line| line["face"].clone()).collect();
    assert_eq!(faces, ["not_relevant", "not_a_post", "not_a_post", "not_a_post", "not_relevant"]);
    for (line, number) in super::ndjson(&ran.out).iter().zip(1..).filter(|(line, _)| line["post"].is_null()) {
        assert!(super::text(line, "error").starts_with(&format!("line {number}: ")), "{line}");
    }
}

#[test]
fn a_file_is_read_like_standard_input() {
    let sale = Sale::new(OFFERS, "", post(json!({"text": "#BuyKindle"})));
    let path = sale.path("posts.ndjson").display().to_string();
    let named = super::flashtag(["explain", &path]).must(0, &[]);
    assert_eq!(named.out, explain(None, sale.read("posts.ndjson").as_bytes()).out);
    super::flashtag(["explain", "no-such-file"]).must(66, &["cannot open no-such-file"]);
}
