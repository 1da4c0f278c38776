//! Invalid input: it is named, left out, and does no harm.

use super::{ACCOUNTS, OFFERS, POSTS, Sale};

fn post_with(more: &str) -> String {
    format!(
        r##"{{"network":"x","author":{{"id":"43","handle":"bob"}},"posted_at":"2013-02-13T12:00:30Z","text":"#BuyKindle",{more}}}"##
    )
}

/// Invalid lines, and the message about each.
fn bad_lines() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let base = || post_with(r#""id":"3""#);
    let swapped = |from: &str, to: &str| {
        let line = base();
        assert!(line.contains(from), "{line} has no {from}");
        line.replace(from, to).into_bytes()
    };
    let deep =
        |n: usize| post_with(&format!(r#""id":"3","deep":{}{}"#, "[".repeat(n), "]".repeat(n))).into_bytes();
    vec![
        ("no JSON", b"#BuyKindle".to_vec(), "not JSON"),
        ("half a line", base().split_at(40).0.as_bytes().to_vec(), "not JSON"),
        ("a list", b"[1,2,3]".to_vec(), "posts.ndjson:2: "),
        ("a number for an id", swapped("\"id\":\"3\"", "\"id\":3"), "an id must be a string"),
        ("an id with letters", swapped("\"id\":\"3\"", "\"id\":\"3x#\""), "not a decimal number"),
        ("an empty id", swapped("\"id\":\"3\"", "\"id\":\"\""), "the id is empty"),
        (
            "an id of 600 digits",
            swapped("\"id\":\"3\"", &format!("\"id\":\"{}\"", "3".repeat(600))),
            "longer than 512",
        ),
        ("an author with a sign", swapped("\"id\":\"43\"", "\"id\":\"-43\""), "author"),
        ("no id", swapped("\"id\":\"3\"", "\"x\":1"), "`id` is missing"),
        ("a field twice", swapped("\"id\":\"3\"", "\"id\":\"3\",\"id\":\"4\""), "there twice"),
        ("another network", swapped("\"x\"", "\"myspace\""), "x, bluesky, mastodon"),
        (
            "the year 10000",
            swapped("2013-02-13T12:00:30Z", "10000-01-01T00:00:00Z"),
            "`posted_at` is not an instant",
        ),
        (
            "the last hour of 9999",
            swapped("2013-02-13T12:00:30Z", "9999-12-31T23:59:59Z"),
            "`posted_at` is not an instant",
        ),
        ("a time without a zone", swapped("12:00:30Z", "12:00:30"), "`posted_at` is not an instant"),
        ("a number for a time", swapped("\"2013-02-13T12:00:30Z\"", "1360756830"), "`posted_at`"),
        ("depth 10,000", deep(10_000), "nested more than 32 deep"),
        (
            "invalid UTF-8",
            swapped("bob", "bo?").iter().map(|&b| if b == b'?' { 0xff } else { b }).collect(),
            "not plain UTF-8",
        ),
        ("a NUL", swapped("bob", "bo\0"), "not plain UTF-8"),
        ("an escaped NUL in the text", swapped("#BuyKindle", "#BuyKindle \\u0000"), "not plain UTF-8"),
        (
            "a line of 10 MB",
            swapped("#BuyKindle", &format!("#BuyKindle {}", "a".repeat(10_000_000))),
            "longer than",
        ),
        (
            "a text of 200 kB",
            swapped("#BuyKindle", &format!("#BuyKindle {}", "a".repeat(200_000))),
            "longer than ",
        ),
    ]
}

#[test]
fn a_bad_line_is_named_and_skipped() {
    let (claim, confirmation) = POSTS.split_once('\n').expect("two lines");
    for (sentence, line, message) in bad_lines() {
        println!("{sentence}");
        let posts = [claim.as_bytes(), b"\n", &line, b"\n", confirmation.as_bytes()].concat();
        let sale = Sale::new(OFFERS, ACCOUNTS, posts);
        let ran = sale.sell().must(0, &["posts.ndjson:2: left out: ", message]);
        assert!(ran.err.len() < 2_000, "{sentence}: the line itself is not repeated");
        let outcomes = sale.lines("out/outcomes.ndjson");
        let outcomes: Vec<&str> = outcomes.iter().map(|line| super::text(line, "outcome")).collect();
        assert_eq!(outcomes, ["reserved", "confirmed", "sold"], "{sentence}");
        assert!(sale.read("out/summary.json").contains("\"bad_lines\": 1"), "{sentence}");
    }
}

#[test]
fn many_bad_lines_are_counted_and_ten_are_named() {
    let sale = Sale::new(OFFERS, ACCOUNTS, "nonsense\n".repeat(1000) + POSTS);
    let ran = sale.sell().must(0, &["posts.ndjson:10: ", "1000 lines were left out"]);
    assert!(!ran.err.contains("posts.ndjson:11: "), "{}", ran.err);
}

#[test]
fn unusual_but_valid_posts_are_judged_normally() {
    let far = r#""id":"3","arrived_at":"9998-12-30T00:00:00Z""#;
    let early = r#""id":"4","arrived_at":"1970-01-01T00:00:00Z""#;
    let table = [
        ("a name of control characters", post_with(r#""id":"3","nothing":"\u001b[31m""#), "not_linked"),
        ("an arrival at the end of time", post_with(far), "stale"),
        ("an arrival at its beginning", post_with(early), "future"),
        ("half an emoji", post_with(r#""id":"3","name":"\ud83d""#), "not_linked"),
        ("an id of twenty digits", post_with(r#""id":"18446744073709551616""#), "not_linked"),
    ];
    for (sentence, line, outcome) in table {
        println!("{sentence}");
        let sale = Sale::new(OFFERS, ACCOUNTS, line);
        sale.sell().must(0, &[]);
        let outcomes = sale.lines("out/outcomes.ndjson");
        assert!(!outcomes.is_empty(), "{sentence}");
        println!("{outcomes:?}");
        assert!(
            outcomes.iter().any(|line| super::text(line, "outcome") == outcome),
            "{sentence}: {outcomes:?}"
        );
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
    }
}

#[test]
fn a_bad_account_is_named_by_its_line_and_no_account_is_linked() {
    let swapped = |from: &str, to: &str| {
        assert!(ACCOUNTS.contains(from), "{from}");
        ACCOUNTS.replace(from, to).into_bytes()
    };
    let table = [
        ("no JSON", b"ana\n".to_vec(), "not JSON"),
        (
            "a card number for a token",
            swapped("tok_ana", "4111111111111111"),
            "`card.token` holds a card number",
        ),
        ("an invalid address", swapped("ana@example.com", "ana"), "`email` is not a plain e-mail address"),
        (
            "an address that begins a header",
            swapped("ana@example.com", "ana@example.com\\nBcc: x@y.example"),
            "`email` is not",
        ),
        ("an unknown funding", swapped("\"credit\"", "\"gold\""), "`card.funding` is not"),
        ("five last digits", swapped("1005", "10055"), "`card.last4` is not"),
        ("an unknown field", swapped("\"region\"", "\"cvc\":\"123\",\"region\""), "`cvc` is no field"),
        ("no region", swapped(",\"region\":\"US-NY\"", ""), "`region` is missing"),
        ("two addresses", swapped("ana@example.com", "ana@example.com, bob@example.com"), "`email` is not"),
        (
            "the same account again",
            ACCOUNTS.replace("tok_ana", "tok_ana2").into_bytes(),
            "x:42 is linked twice",
        ),
        ("invalid UTF-8", b"{\"network\":\"\xff\"}\n".to_vec(), "not plain UTF-8"),
    ];
    for (sentence, line, message) in table {
        println!("{sentence}");
        let accounts = [ACCOUNTS.as_bytes(), &line].concat();
        let sale = Sale::new(OFFERS, accounts, POSTS);
        let ran = sale.sell().must(65, &["accounts.ndjson: line 2: ", message]);
        assert!(!ran.err.contains("4111111111111111"), "a card number was repeated");
        assert!(!sale.path("out").exists(), "{sentence}: something was begun");
    }
}

#[test]
fn missing_files_are_named() {
    for (option, code) in [("--offers", 78), ("--accounts", 66), ("--posts", 66)] {
        let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
        sale.sell_with(&[option, "/no/such/file"]).must(code, &["/no/such/file", "No such file"]);
        assert!(!sale.path("out").exists(), "{option}: something was begun");
        let here = sale.path(".").display().to_string();
        let ran = sale.sell_with(&[option, &here]);
        assert!(
            matches!(ran.code, Some(65 | 66 | 74 | 78)) && ran.err.contains("directory"),
            "{option}: {ran:?}"
        );
    }
}

#[test]
fn files_with_a_byte_order_mark_are_read() {
    let marked = |text: &str| format!("\u{feff}{text}");
    let sale = Sale::new(marked(OFFERS), marked(ACCOUNTS), marked(POSTS));
    sale.write("tx.ndjson", marked(""));
    let ran = sale.sell_with(&["--transactions", &sale.path("tx.ndjson").display().to_string()]);
    let ran = ran.must(0, &["lines read"]);
    assert!(!ran.err.contains("left out"), "{}", ran.err);
    let outcomes = sale.lines("out/outcomes.ndjson");
    let outcomes: Vec<&str> = outcomes.iter().map(|line| super::text(line, "outcome")).collect();
    assert_eq!(outcomes, ["reserved", "confirmed", "sold"]);
}

#[test]
fn an_input_that_has_no_lines_is_refused_with_advice() {
    let utf16 =
        |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let array = format!("[{}]", POSTS.trim().replace('\n', ","));
    let spread = format!("[\n{}\n]\n", POSTS.trim().replace('\n', ",\n"));
    let table = [
        ("UTF-16 with a mark", utf16(&format!("\u{feff}{POSTS}"), u16::to_le_bytes), "iconv"),
        ("UTF-16, big end first", utf16(&format!("\u{feff}{POSTS}"), u16::to_be_bytes), "iconv"),
        ("UTF-16 without a mark", utf16(POSTS, u16::to_le_bytes), "iconv"),
        ("an array", array.into_bytes(), "jq -c"),
        ("an array over many lines", spread.into_bytes(), "jq -c"),
        ("another format", b"id,text\n1,#BuyKindle\n".to_vec(), "not one of its 2 lines"),
    ];
    for (sentence, posts, advice) in table {
        println!("{sentence}");
        let sale = Sale::new(OFFERS, ACCOUNTS, posts.as_slice());
        sale.sell().must(65, &["posts.ndjson", advice]);
        let ran = sale.sell_with(&["--clock", "wall"]).must(65, &[advice]);
        assert!(!ran.err.contains("panic"), "{}", ran.err);
    }
    let sale = Sale::new(OFFERS, format!("[{}]", ACCOUNTS.trim()), POSTS);
    sale.sell().must(65, &["accounts.ndjson", "jq -c"]);
}
