//! Invalid bodies are refused with their line, and nothing changes.

use flashtag::clock::Clock;

use super::snapshot::{Scene, outcome_counter, rejected};
use crate::command::verdict;
use crate::http::client::request;
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

#[test]
fn an_invalid_post_is_refused_with_its_line() {
    let mut scene = Scene::of(Served::open());
    let whole = post("1", 1, "#BuyKindle");
    let with = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        whole.replace(from, to).into_bytes()
    };
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let nested = |depth: usize| format!(r#""text":"a","more":{}{}"#, "[".repeat(depth), "]".repeat(depth));
    let table: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("no JSON", b"hello".to_vec(), 400, "not_json"),
        ("truncated", whole.as_bytes()[..60].to_vec(), 400, "not_json"),
        ("two on a line", format!("{whole} {whole}").into_bytes(), 400, "not_json"),
        ("single quotes", b"{'network':'x'}".to_vec(), 400, "not_json"),
        ("an array", format!("[{whole}]").into_bytes(), 400, "bad_type"),
        ("deep", deep.into_bytes()[..30_000].to_vec(), 400, "too_deep"),
        ("deep within", with(r##""text":"#BuyKindle""##, &nested(40)), 400, "too_deep"),
        ("id twice", with(r#""id":"1","author""#, r#""id":"1","id":"2","author""#), 400, "duplicate_key"),
        ("id a number", with(r#""id":"1","author""#, r#""id":1,"author""#), 400, "bad_id"),
        ("id a float", with(r#""id":"1","author""#, r#""id":1e30,"author""#), 400, "bad_id"),
        ("id negative", with(r#""id":"1","author""#, r#""id":"-1","author""#), 400, "bad_id"),
        ("id signed", with(r#""id":"1","author""#, r#""id":"+1","author""#), 400, "bad_id"),
        ("id with zero", with(r#""id":"1","author""#, r#""id":"01","author""#), 400, "bad_id"),
        (
            "id of 21 digits",
            with(r#""id":"1","author""#, r#""id":"100000000000000000000","author""#),
            400,
            "bad_id",
        ),
        ("id full-width", with(r#""id":"1","author""#, r#""id":"１","author""#), 400, "bad_id"),
        ("id empty", with(r#""id":"1","author""#, r#""id":"","author""#), 400, "bad_id"),
        ("author null", with(r#"{"id":"1"},"#, "null,"), 400, "bad_type"),
        ("author an array", with(r#"{"id":"1"},"#, "[1],"), 400, "bad_type"),
        ("text a number", with(r##""#BuyKindle""##, "7"), 400, "bad_type"),
        ("text an object", with(r##""#BuyKindle""##, "{}"), 400, "bad_type"),
        ("network unknown", with(r#""network":"x""#, r#""network":"myspace""#), 400, "bad_value"),
        ("time no time", with("T", "t at "), 400, "bad_time"),
        ("not UTF-8", [whole.as_bytes(), b"\xff"].concat(), 400, "bad_encoding"),
        ("lone surrogate", with("#BuyKindle", r"\ud83d#BuyKindle"), 400, "bad_encoding"),
        ("NUL", with("#BuyKindle", "\0#BuyKindle"), 400, "bad_encoding"),
        ("escaped NUL", with("#BuyKindle", r"\u0000#BuyKindle"), 400, "bad_encoding"),
        ("byte order mark", [b"\xef\xbb\xbf", whole.as_bytes()].concat(), 400, "bad_encoding"),
        ("long line", with("#BuyKindle", &"a".repeat(40_000)), 400, "too_long"),
    ];
    for (name, body, status, code) in table {
        let reply = scene.refuses(name, &request("POST", "/v1/posts", &[], &body), status, code);
        assert_eq!(reply.json()["line"], 1, "{name}");
        reply.must_not_echo("BuyKindle");
        // A bad line between good ones refuses the whole request too.
        let around = [whole.as_bytes(), b"\n\n", &body, b"\n", whole.as_bytes()].concat();
        let reply = scene.refuses(name, &request("POST", "/v1/posts", &[], &around), status, code);
        assert_eq!(reply.json()["line"], 3, "{name}");
    }
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
fn one_bad_transaction_refuses_the_whole_request_with_its_line() {
    let now = Clock::start().now();
    let mut scene = Scene::of(enrolled(now));
    let good = transaction(now, "t-1 tok_1 m-1 30.00 USD 30");
    let swapped = |from: &str, to: &str| {
        assert!(good.contains(from), "{good} has no {from}");
        good.replace("t-1", "t-2").replace(from, to)
    };
    let with = |field: &str| swapped("\"id\"", &format!("{field},\"id\""));
    let table = [
        ("half a line", good.split_at(30).0.to_owned(), "not_json"),
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
    for (name, bad, code) in table {
        let body = format!("{good}\n\n{bad}\n{good}\n");
        let reply =
            scene.refuses(name, &request("POST", "/v1/transactions", &[], body.as_bytes()), 400, code);
        assert_eq!(reply.json()["line"], 3, "{name}: {reply:?}");
        reply.must_not_echo("4242");
    }
    let many = request("POST", "/v1/transactions", &[], vec![good.as_str(); 21].join("\n").as_bytes());
    scene.refuses("21 transactions", &many, 413, "too_many_transactions");
    let future = outcome_counter("future");
    let odd: [(&str, &str, &[&str]); 2] = [
        ("t-9 tok_9 m-1 30.00 USD 27", "not_relevant", &[]),
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
