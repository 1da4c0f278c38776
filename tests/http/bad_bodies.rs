//! Bodies that cannot be understood: refused with their line, and nothing changes.

use super::served::{Served, post};

#[test]
fn lines_that_are_no_posts_are_named() {
    let served = Served::open();
    let before = served.offers();
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
    for (what, body, status, code) in table {
        let reply = served.post(&body);
        assert_eq!((reply.status, &reply.json()["code"]), (status, &code.into()), "{what}: {reply:?}");
        reply.assert_problem(status, code);
        assert_eq!(reply.json()["line"], 1, "{what}");
        assert!(!reply.body.contains("BuyKindle"), "{what} is echoed: {reply:?}");
    }
    assert_eq!(served.offers(), before);
}

#[test]
fn more_posts_than_one_request_may_bring_are_refused_together() {
    let served = Served::open();
    let before = served.offers();
    let posts: Vec<_> = (1..=21).map(|id| post(&id.to_string(), 1, "#BuyKindle")).collect();
    served.post(posts.join("\n")).assert_problem(413, "too_many_posts");
    assert_eq!(served.offers(), before);
    assert_eq!(served.post(posts[1..].join("\n")).lines().len(), 20);
}

#[test]
fn long_texts_and_thousands_of_tags_are_posts_like_others() {
    let served = Served::open();
    let before = served.offers();
    for text in ["a".repeat(30_000), "#a ".repeat(5_000), "@a ".repeat(10_000), "#".repeat(30_000)] {
        let reply = served.post(post("1", 1, &text));
        assert_eq!(reply.status, 200);
        assert_eq!(reply.lines()[0]["outcome"], "not_relevant");
    }
    assert_eq!(served.offers(), before);
}

#[test]
fn links_that_are_none_are_refused() {
    let served = Served::open();
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
        ("no address", with("a@b.example", "nobody"), 422, "bad_address"),
        ("header injection", with("a@b.example", r"a@b.example\r\nBcc: all@b.example"), 422, "bad_address"),
        ("card number", with("tok_50", "4242424242424242"), 422, "pan_not_allowed"),
        ("other author", with(r#"{"card""#, r#"{"author_id":"51","card""#), 422, "account_mismatch"),
        ("other network", with(r#"{"card""#, r#"{"network":"bluesky","card""#), 422, "account_mismatch"),
    ];
    for (what, body, status, code) in table {
        let reply = served.put("/v1/accounts/x/50", &body);
        assert_eq!((reply.status, &reply.json()["code"]), (status, &code.into()), "{what}: {reply:?}");
        reply.assert_problem(status, code);
        assert!(
            !reply.body.contains("4242") && !reply.body.contains("colour"),
            "{what} is echoed: {reply:?}"
        );
    }
    served.get("/v1/accounts/x/50").assert_problem(404, "not_found");
    served.put("/v1/accounts/x/5o", good).assert_problem(400, "bad_id");
    served.put("/v1/accounts/myspace/50", good).assert_problem(404, "not_found");
}
