//! Invalid bodies are refused with their line, and nothing changes.

use flashtag::clock::Clock;
use serde_json::{Value, json};

use super::snapshot::{Scene, outcome_counter, rejected};
use crate::command::verdict;
use crate::http::client::{exchange, request};
use crate::http::served::{Served, post, post_at};
use crate::http::stock::{RESTOCK, WITHDRAW, counts};
use crate::http::transactions::{enrolled, transaction};

const PAST: &str = r#"
[[offer]]
id = "past"
kind = "purchase"
title = "Past"
tags = { buy = "BuyPast" }
price = "1.00 USD"
units = 3
opens = "2020-01-01T00:00:00Z"
closes = "2021-01-01T00:00:00Z"
confirm_within = "0s"
"#;

/// Name, path, headers, body, and the status and code of the refusal.
type BadChange<'a> = (&'a str, &'a str, &'a [&'a str], &'a str, u16, &'a str);

/// A valid post with one part replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    let whole = post("1", 1, "#BuyKindle");
    assert!(whole.contains(from), "{from}");
    whole.replace(from, to).into_bytes()
}

/// Bodies that are no lines of JSON.
fn no_json() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = post("1", 1, "#BuyKindle");
    vec![
        ("no JSON", b"hello".to_vec(), "not_json"),
        ("truncated", whole.as_bytes()[..60].to_vec(), "not_json"),
        ("two on a line", format!("{whole} {whole}").into_bytes(), "not_json"),
        ("single quotes", b"{'network':'x'}".to_vec(), "not_json"),
        ("brackets that never close", vec![b'['; 30_000], "too_deep"),
        ("id twice, and then cut", br#"{"network":"x","id":"1","id":"2""#.to_vec(), "duplicate_key"),
        ("not UTF-8", [whole.as_bytes(), b"\xff"].concat(), "bad_encoding"),
        ("NUL", with("#BuyKindle", "\0#BuyKindle"), "bad_encoding"),
        ("two byte order marks", ["\u{feff}\u{feff}", &whole].concat().into_bytes(), "bad_encoding"),
        ("long line", vec![b'a'; 40_000], "too_long"),
    ]
}

/// Lines of JSON that cannot be understood, and the code of the fault.
fn unreadable() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = post("1", 1, "#BuyKindle");
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let nested = |depth: usize| format!(r#""text":"a","more":{}"#, deep(depth));
    let id = |id: &str| with(r#""id":"1","author""#, &format!(r#""id":{id},"author""#));
    vec![
        ("an array", format!("[{whole}]").into_bytes(), "bad_type"),
        ("a number", b"17".to_vec(), "bad_type"),
        ("deep", deep(15_000).into_bytes(), "too_deep"),
        ("deep within", with(r##""text":"#BuyKindle""##, &nested(40)), "too_deep"),
        ("deeper within", with(r##""text":"#BuyKindle""##, &nested(10_000)), "too_deep"),
        ("id twice", id(r#""1","id":"2""#), "duplicate_key"),
        ("id a number", id("1"), "bad_id"),
        ("id a float", id("1e30"), "bad_id"),
        ("id out of range", id("1e999"), "bad_value"),
        ("id negative", id(r#""-1""#), "bad_id"),
        ("id signed", id(r#""+1""#), "bad_id"),
        ("id with zero", id(r#""01""#), "bad_id"),
        ("id of 21 digits", id(r#""100000000000000000000""#), "bad_id"),
        ("id of 20 kB", id(&format!("\"{}\"", "1".repeat(20_000))), "bad_id"),
        ("id full-width", id(r#""１""#), "bad_id"),
        ("id empty", id(r#""""#), "bad_id"),
        ("id with half a pair", id(r#""1\ud83d""#), "bad_id"),
        ("author null", with(r#"{"id":"1"},"#, "null,"), "bad_type"),
        ("author an array", with(r#"{"id":"1"},"#, "[1],"), "bad_type"),
        (
            "name of 20 kB",
            with(r#"{"id":"1"},"#, &format!(r#"{{"id":"1","handle":"{}"}},"#, "a".repeat(20_000))),
            "too_long",
        ),
        ("text a number", with(r##""#BuyKindle""##, "7"), "bad_type"),
        ("text an object", with(r##""#BuyKindle""##, "{}"), "bad_type"),
        ("network unknown", with(r#""network":"x""#, r#""network":"myspace""#), "bad_value"),
        ("time no time", with("T", "t at "), "bad_time"),
        ("escaped NUL", with("#BuyKindle", r"\u0000#BuyKindle"), "bad_encoding"),
        ("long line", with("#BuyKindle", &"a".repeat(40_000)), "too_long"),
    ]
}

#[test]
fn a_line_that_is_no_json_refuses_its_body_with_its_number() {
    let mut scene = Scene::of(Served::open());
    let whole = post("1", 1, "#BuyKindle");
    for (name, body, code) in no_json() {
        let reply = scene.refuses(name, &request("POST", "/v1/posts", &[], &body), 400, code);
        assert_eq!(reply.json()["line"], 1, "{name}");
        reply.must_not_echo("BuyKindle");
        // A bad line between good ones refuses the whole request too.
        let around = [whole.as_bytes(), b"\n\n", &body, b"\n", whole.as_bytes()].concat();
        let reply = scene.refuses(name, &request("POST", "/v1/posts", &[], &around), 400, code);
        assert_eq!(reply.json()["line"], 3, "{name}");
    }
}

#[test]
fn a_line_of_json_never_refuses_the_lines_beside_it() {
    let mut scene = Scene::of(Served::open());
    let (before, behind) = (post("801", 1, "hello"), post("802", 2, "hello"));
    for (name, line, code) in unreadable() {
        let body = [before.as_bytes(), b"\n\n", &line, b"\r\n", behind.as_bytes(), b"\n"].concat();
        let reply = exchange(scene.served.address, &request("POST", "/v1/posts", &[], &body));
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        let lines = reply.lines();
        let shown: Vec<_> = lines.iter().map(|line| (&line["post"], &line["outcome"])).collect();
        let expected =
            [(json!("801"), "not_relevant"), (Value::Null, "unreadable"), (json!("802"), "not_relevant")];
        assert!(
            shown.iter().zip(&expected).all(|(line, (post, outcome))| *line.0 == *post && line.1 == outcome),
            "{name}: {lines:?}"
        );
        assert!(lines[1]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{name}: {lines:?}");
        assert!(lines[0].get("reason").is_none(), "{name}: {lines:?}");
        reply.must_not_echo("BuyKindle");
        let unreadable = format!("flashtag_lines_unreadable_total{{reason=\"{code}\"}}");
        scene.must_have_counted_each(name, &[(&unreadable, 1), ("flashtag_posts_total", 2)]);
    }
    // The lines beside it are decided.
    let claims = [post("811", 1, "#BuyKindle"), r#"{"id":[[]]}"#.to_owned(), post("812", 2, "#BuyKindle")];
    let outcomes: Vec<_> =
        scene.served.post(claims.join("\n")).lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["reserved", "unreadable", "reserved"]);
    let alone = scene.served.post("{}");
    assert_eq!((alone.status, &alone.lines()[0]["outcome"]), (200, &json!("unreadable")));
}

#[test]
fn a_mark_before_a_body_and_half_an_emoji_are_understood() {
    let served = Served::open();
    let marked = format!("\u{feff}{}", post("821", 1, "#BuyKindle"));
    assert_eq!(served.post(marked).lines()[0]["outcome"], "reserved");
    let cut = with("#BuyKindle", r"#BuyKindle \ud83d\ude2d\ud83d...");
    let cut = String::from_utf8(cut).unwrap().replace(r#""id":"1""#, r#""id":"2""#);
    assert_eq!(served.post(cut).lines()[0]["outcome"], "reserved");
}

#[test]
fn a_request_with_too_many_posts_is_refused_whole() {
    let mut scene = Scene::of(Served::open());
    let posts: Vec<_> = (1..=21).map(|id| post(&id.to_string(), 1, "#BuyKindle")).collect();
    let bytes = request("POST", "/v1/posts", &[], posts.join("\n").as_bytes());
    scene.refuses("21 posts", &bytes, 413, "too_many_posts");
    assert_eq!(scene.served.post(posts[1..].join("\n")).lines().len(), 20);
}

#[test]
fn long_texts_and_thousands_of_tags_are_accepted() {
    let mut scene = Scene::of(Served::open());
    for text in ["a".repeat(30_000), "#a ".repeat(5_000), "@a ".repeat(10_000), "#".repeat(30_000)] {
        let reply = scene.served.post(post("1", 1, &text));
        assert_eq!(reply.status, 200);
        assert_eq!(reply.lines()[0]["outcome"], "not_relevant");
        scene.must_have_counted(&text[..9], &["flashtag_posts_total"]);
    }
}

#[test]
fn an_invalid_link_is_refused() {
    let mut scene = Scene::of(Served::open());
    let good = r#"{"card":{"token":"tok_50","brand":"amex","funding":"credit","last4":"1005"},"email":"a@b.example","region":"US-NY"}"#;
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let deep = format!(r#"{{"card":{}1{}"#, "[".repeat(5_000), "]".repeat(5_000));
    let table = [
        ("empty", String::new(), 400, "bad_json"),
        ("no JSON", "card".to_owned(), 400, "bad_json"),
        ("deep", deep, 400, "bad_json"),
        ("unknown field", with(r#""region""#, r#""colour":"red","region""#), 400, "bad_json"),
        ("unknown field of the card", with(r#""brand""#, r#""pan":"x","brand""#), 400, "bad_json"),
        ("email twice", with(r#""region""#, r#""email":"b@b.example","region""#), 400, "bad_json"),
        ("email a number", with(r#""a@b.example""#, "7"), 400, "bad_json"),
        (
            "card null",
            with(r#"{"token":"tok_50","brand":"amex","funding":"credit","last4":"1005"}"#, "null"),
            400,
            "bad_json",
        ),
        ("not an address", with("a@b.example", "nobody"), 422, "bad_address"),
        ("header injection", with("a@b.example", r"a@b.example\r\nBcc: all@b.example"), 422, "bad_address"),
        ("card number", with("tok_50", "4242424242424242"), 422, "pan_not_allowed"),
        ("other author", with(r#"{"card""#, r#"{"author_id":"51","card""#), 422, "account_mismatch"),
        ("other network", with(r#"{"card""#, r#"{"network":"bluesky","card""#), 422, "account_mismatch"),
    ];
    for (name, body, status, code) in table {
        let put = request("PUT", "/v1/accounts/x/50", &[], body.as_bytes());
        let reply = scene.refuses(name, &put, status, code);
        reply.must_not_echo("4242");
        reply.must_not_echo("colour");
    }
    scene.refuses("still unknown", &request("GET", "/v1/accounts/x/50", &[], b""), 404, "not_found");
    let elsewhere = [("/v1/accounts/x/5o", 400, "bad_id"), ("/v1/accounts/myspace/50", 404, "not_found")];
    for (target, status, code) in elsewhere {
        scene.refuses(target, &request("PUT", target, &[], good.as_bytes()), status, code);
    }
    for (name, target) in [
        ("unfreeze an unknown account", "/v1/accounts/x/50/unfreeze"),
        ("unfreeze on an unknown network", "/v1/accounts/m/1/unfreeze"),
    ] {
        scene.refuses(name, &request("POST", target, &[], b""), 404, "not_found");
    }
}

#[test]
fn a_bad_stock_change_is_refused_and_changes_nothing() {
    let served = Served::selling(PAST);
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let mut scene = Scene::of(served);
    let key = "Idempotency-Key: k";
    let long = format!("Idempotency-Key: {}", "k".repeat(129));
    let deep = format!("{{\"units\":{}5{}}}", "[".repeat(100), "]".repeat(100));
    let five = r#"{"units":5}"#;
    let table: &[BadChange<'_>] = &[
        ("no key", RESTOCK, &[], five, 400, "idempotency_key_required"),
        ("an empty key", RESTOCK, &["Idempotency-Key: "], five, 400, "bad_idempotency_key"),
        ("a key of 129 bytes", RESTOCK, &[&long], five, 400, "bad_idempotency_key"),
        ("a key with a blank", RESTOCK, &["Idempotency-Key: a b"], five, 400, "bad_idempotency_key"),
        ("a key beyond ASCII", RESTOCK, &["Idempotency-Key: schlüssel"], five, 400, "bad_idempotency_key"),
        ("two keys", RESTOCK, &[key, "Idempotency-Key: l"], five, 400, "bad_idempotency_key"),
        ("no body", RESTOCK, &[key], "", 400, "bad_json"),
        ("half a body", RESTOCK, &[key], "{\"units\":", 400, "bad_json"),
        ("more than a body", RESTOCK, &[key], "{\"units\":5}{\"units\":5}", 400, "bad_json"),
        ("a list", RESTOCK, &[key], "[5]", 400, "bad_json"),
        ("a bare number", RESTOCK, &[key], "5", 400, "bad_json"),
        ("no units", RESTOCK, &[key], "{}", 400, "bad_json"),
        ("units in quotes", RESTOCK, &[key], r#"{"units":"5"}"#, 400, "bad_json"),
        ("units of null", RESTOCK, &[key], r#"{"units":null}"#, 400, "bad_json"),
        ("units deep down", RESTOCK, &[key], &deep, 400, "bad_json"),
        ("units twice", RESTOCK, &[key], r#"{"units":5,"units":6}"#, 400, "bad_json"),
        ("an unknown field", RESTOCK, &[key], r#"{"units":5,"price":"0.01 USD"}"#, 400, "bad_json"),
        ("no units to add", RESTOCK, &[key], r#"{"units":0}"#, 422, "bad_quantity"),
        ("less than none", RESTOCK, &[key], r#"{"units":-1}"#, 422, "bad_quantity"),
        ("half a unit", RESTOCK, &[key], r#"{"units":1.5}"#, 422, "bad_quantity"),
        ("a whole fraction", RESTOCK, &[key], r#"{"units":5.0}"#, 422, "bad_quantity"),
        ("an exponent", RESTOCK, &[key], r#"{"units":1e3}"#, 422, "bad_quantity"),
        ("more than is counted", RESTOCK, &[key], r#"{"units":100000000}"#, 422, "bad_quantity"),
        ("2 to the 32", RESTOCK, &[key], r#"{"units":4294967296}"#, 422, "bad_quantity"),
        (
            "ten to the 30",
            RESTOCK,
            &[key],
            r#"{"units":1000000000000000000000000000000}"#,
            422,
            "bad_quantity",
        ),
        ("no units to take", WITHDRAW, &[key], r#"{"units":0}"#, 422, "bad_quantity"),
        ("more units than are available", WITHDRAW, &[key], r#"{"units":3}"#, 422, "stock_below_committed"),
        ("more than all", WITHDRAW, &[key], r#"{"units":4294967295}"#, 422, "stock_below_committed"),
        ("an unknown offer", "/v1/offers/nook/restock", &[key], five, 404, "not_found"),
        ("an invalid name", "/v1/offers/Kindle%20Fire/restock", &[key], five, 404, "not_found"),
        ("a sale that is over", "/v1/offers/past/restock", &[key], five, 409, "offer_closed"),
        ("a zipped body", RESTOCK, &[key, "Content-Encoding: gzip"], five, 415, "encoding_refused"),
        ("a picture", RESTOCK, &[key, "Content-Type: image/png"], five, 415, "bad_content_type"),
        ("another site", RESTOCK, &[key, "Origin: https://evil.example"], five, 403, "foreign_page"),
    ];
    for (name, target, headers, body, status, code) in table {
        scene.refuses(name, &request("POST", target, headers, body.as_bytes()), *status, code);
    }
    for method in ["GET", "PUT", "DELETE"] {
        let bytes = request(method, RESTOCK, &[key], five.as_bytes());
        let reply = scene.refuses(method, &bytes, 405, "method_not_allowed");
        assert_eq!(reply.header("allow"), Some("POST"));
    }
    let answer = scene.served.change(WITHDRAW, "k", r#"{"units":3}"#).json();
    assert!(answer["detail"].as_str().unwrap().starts_with("2 units are available"), "{answer}");
    scene.must_have_counted("more units than are available", &[&rejected("stock_below_committed")]);
    // The key of a refused request can be used again.
    assert_eq!(counts(&scene.served.change(RESTOCK, "k", five).json()), [8, 7, 1, 0, 0]);
}

#[test]
fn a_bad_transaction_is_answered_in_its_place_and_no_json_refuses_the_request() {
    let now = Clock::start().now();
    let mut scene = Scene::of(enrolled(now));
    let good = transaction(now, "t-1 tok_1 m-1 30.00 USD 30");
    let swapped = |from: &str, to: &str| {
        assert!(good.contains(from), "{good} has no {from}");
        good.replace("t-1", "t-2").replace(from, to)
    };
    let with = |field: &str| swapped("\"id\"", &format!("{field},\"id\""));
    let table = [
        ("less than nothing", swapped("30.00", "-30.00"), "bad_value"),
        ("nothing", swapped("30.00", "0.00"), "bad_value"),
        ("a number for an amount", swapped("\"30.00 USD\"", "30.00"), "bad_type"),
        ("an unknown field", with("\"note\":1"), "unknown_field"),
        ("an amount twice", with("\"amount\":\"1.00 USD\""), "duplicate_key"),
        ("no card", swapped("\"card\":\"tok_1\",", ""), "missing_field"),
        ("a card number", swapped("tok_1", "4242424242424242"), "pan_not_allowed"),
        ("no time", swapped("\"at\":\"2", "\"at\":\"x2"), "bad_time"),
        ("a refund of nothing", with("\"kind\":\"refund\""), "missing_field"),
        ("a refund of itself", with("\"kind\":\"refund\",\"refund_of\":\"t-2\""), "bad_value"),
        ("a post", post_at(now, "2", 1, "#AmexCafe"), "unknown_field"),
    ];
    let odd = transaction(now, "t-9 tok_9 m-9 30.00 USD 27");
    for (name, bad, code) in table {
        let reply = scene.served.feed(format!("{odd}\n\n{bad}\n{odd}\n"));
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        let outcomes: Vec<_> = reply.lines().iter().map(|line| line["outcome"].clone()).collect();
        assert_eq!(outcomes, ["not_relevant", "unreadable", "not_relevant"], "{name}: {reply:?}");
        reply.must_not_echo("4242");
        let unreadable = format!("flashtag_lines_unreadable_total{{reason=\"{code}\"}}");
        scene.must_have_counted(name, &[&unreadable]);
    }
    let half = format!("{good}\n\n{}\n{good}\n", good.split_at(30).0);
    let reply = scene.refuses(
        "half a line",
        &request("POST", "/v1/transactions", &[], half.as_bytes()),
        400,
        "not_json",
    );
    assert_eq!(reply.json()["line"], 3, "{reply:?}");
    let many = request("POST", "/v1/transactions", &[], vec![good.as_str(); 21].join("\n").as_bytes());
    scene.refuses("21 transactions", &many, 413, "too_many_transactions");
    let future = outcome_counter("future");
    let odd: [(&str, &str, &[&str]); 2] = [
        ("t-9 tok_9 m-9 30.00 USD 27", "not_relevant", &[]),
        ("t-8 tok_1 m-1 30.00 USD -3600", "future", &[&future]),
    ];
    for (line, outcome, counted) in odd {
        assert_eq!(scene.served.feed(transaction(now, line)).lines()[0]["outcome"], outcome);
        scene.must_have_counted(line, counted);
    }
    let reply = scene.served.feed(&good);
    assert_eq!(verdict(&reply.lines()[0]), "cafe credited 5.00 USD (1 left)", "it had not been applied");
    assert_eq!(scene.served.feed("").body, "");
}
