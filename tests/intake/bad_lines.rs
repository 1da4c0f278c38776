//! Every kind of bad line, and the name of its fault.

use flashtag::intake::format::{Decoded, Format};

use super::{bluesky_v1, mastodon_frame, mastodon_status, verdict, x_line};

const POSTS: &str = "app.bsky.feed.post";

/// A valid line in Flashtag's format with one part replaced.
fn flashtag(good: &str, bad: &str) -> String {
    let line = r#"{"network":"x","id":"170","author":{"id":"42","handle":"ana"},"posted_at":"2013-02-13T17:00:00Z","text":"a #BuyPot","repost_of":"5","deleted":false}"#;
    assert!(line.contains(good), "{good} is no part of the line");
    line.replace(good, bad)
}

#[test]
fn flashtag_lines() {
    let author = r#"{"id":"42","handle":"ana"}"#;
    let at = "2013-02-13T17:00:00Z";
    let table = [
        ("{", "", "not_json"),
        (":false}", ":fal", "not_json"),
        (":false}", ":false", "not_json"),
        (":false}", ":false}x", "not_json"),
        (":false}", ":false}{}", "not_json"),
        ("a #BuyPot", "a \n #BuyPot", "not_json"),
        ("a #BuyPot", "a \\x #BuyPot", "not_json"),
        ("a #BuyPot", "a \\ud83d #BuyPot", "post"),
        ("a #BuyPot", "a \\ude00 #BuyPot", "post"),
        ("a #BuyPot", "a \\ud83d\\u0041 #BuyPot", "post"),
        ("\"repost_of\"", "\"more\":[\"\\ud83d\"],\"repost_of\"", "post"),
        ("\"repost_of\"", "\"\\ud83d\":1,\"repost_of\"", "post"),
        ("\"170\"", "\"17\\ud83d0\"", "bad_id"),
        ("\"170\"", "1e999", "bad_value"),
        ("a #BuyPot", "a \\u0000 #BuyPot", "bad_encoding"),
        ("a #BuyPot", "a \0 #BuyPot", "bad_encoding"),
        ("{\"network", "\u{feff}{\"network", "bad_encoding"),
        ("\"170\"", "\"17\\u00000\"", "bad_id"),
        ("ana", "a\\u0000", "bad_encoding"),
        ("\"id\":\"170\"", "\"id\":\"170\",\"id\":\"170\"", "duplicate_key"),
        ("\"id\":\"170\"", "\"id\":\"170\",\"\\u0069d\":\"171\"", "duplicate_key"),
        ("\"handle\"", "\"id\":\"43\",\"handle\"", "duplicate_key"),
        ("\"network\":\"x\",", "", "missing_field"),
        ("\"id\":\"170\",", "", "missing_field"),
        ("\"id\":\"42\",", "", "missing_field"),
        ("\"text\":\"a #BuyPot\",", "", "missing_field"),
        ("\"posted_at\":\"2013-02-13T17:00:00Z\",", "", "missing_field"),
        ("\"x\"", "\"myspace\"", "bad_value"),
        ("\"x\"", "\"X\"", "bad_value"),
        ("\"x\"", "7", "bad_type"),
        (author, "null", "bad_type"),
        (author, "\"42\"", "bad_type"),
        // Serde alone would also read the author's fields from an array.
        (author, r#"["42","ana"]"#, "bad_type"),
        ("\"a #BuyPot\"", "null", "bad_type"),
        ("\"a #BuyPot\"", "[\"a\"]", "bad_type"),
        ("\"a #BuyPot\"", "{\"a\":1}", "bad_type"),
        ("\"a #BuyPot\"", "12", "bad_type"),
        ("\"ana\"", "{}", "bad_type"),
        ("\"ana\"", "\"ana\",\"created_at\":\"long ago\"", "bad_time"),
        ("\"ana\"", "\"ana\",\"created_at\":1360774800", "bad_type"),
        ("false", "\"false\"", "bad_type"),
        ("false", "0", "bad_type"),
        ("\"170\"", "170", "bad_id"),
        ("\"170\"", "9007199254740993", "bad_id"),
        ("\"170\"", "1.7e2", "bad_id"),
        ("\"170\"", "null", "bad_id"),
        ("\"170\"", "\"\"", "bad_id"),
        ("\"170\"", "\"-170\"", "bad_id"),
        ("\"170\"", "\"+170\"", "bad_id"),
        ("\"170\"", "\"0170\"", "bad_id"),
        ("\"170\"", "\"1.5\"", "bad_id"),
        ("\"170\"", "\"123456789012345678901\"", "bad_id"),
        ("\"170\"", "\"１７０\"", "bad_id"),
        ("\"42\"", "42", "bad_id"),
        ("\"42\"", "\"ana\"", "bad_id"),
        ("\"5\"", "5", "bad_id"),
        ("\"5\"", "\"\"", "bad_id"),
        ("\"5\"", "\"5 6\"", "bad_id"),
        (at, "9999-12-31T23:59:59Z", "bad_time"),
        (at, "9999-01-01T00:00:00Z", "bad_time"),
        (at, "1969-12-31T23:59:59Z", "bad_time"),
        (at, "2013-02-30T17:00:00Z", "bad_time"),
        (at, "2013-02-13T25:00:00Z", "bad_time"),
        (at, "2013-02-13T17:00:00", "bad_time"),
        (at, "2013-02-13", "bad_time"),
        (at, "1360774800", "bad_time"),
        (at, "", "bad_time"),
        ("\"2013-02-13T17:00:00Z\"", "1360774800", "bad_type"),
        ("\"deleted\"", "\"arrived_at\":\"soon\",\"deleted\"", "bad_time"),
    ];
    assert_eq!(verdict(Format::Flashtag, flashtag("x", "x").as_bytes()), "post");
    for (good, bad, code) in table {
        let line = flashtag(good, bad);
        assert_eq!(verdict(Format::Flashtag, line.as_bytes()), code, "{line}");
    }
}

#[test]
fn a_line_that_is_not_an_object_is_refused_in_every_format() {
    let table: [(&[u8], &str); 11] = [
        (b"null", "bad_type"),
        (b"true", "bad_type"),
        (b"17", "bad_type"),
        (b"1.5", "bad_type"),
        (b"\"text\"", "bad_type"),
        (br#"["x","1",{"id":"42"},"2013-02-13T17:00:00Z","a"]"#, "bad_type"),
        (b"BuyPot", "not_json"),
        (b"{'network':'x'}", "not_json"),
        (b"{\"a\":1e}", "not_json"),
        (b"{\"text\":\"\xff\"}", "bad_encoding"),
        (b"{\"text\":\"\xed\xa0\x80\"}", "bad_encoding"),
    ];
    for (line, code) in table {
        for format in Format::ALL {
            assert_eq!(verdict(format, line), code, "{format}: {}", String::from_utf8_lossy(line));
        }
    }
}

#[test]
fn deep_nesting_is_refused_without_using_the_stack() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [33, 127, 10_000, 1_000_000] {
        let unclosed = format!("{{\"a\":{}", "{\"a\":[".repeat(depth));
        let lines = [deep(depth), format!("{{\"a\":{}}}", deep(depth)), unclosed];
        for (format, line) in
            Format::ALL.into_iter().flat_map(|format| lines.iter().map(move |line| (format, line)))
        {
            assert_eq!(verdict(format, line.as_bytes()), "too_deep", "{format} at {depth}");
        }
    }
    // The line is flat, but the frame inside it is nested.
    let payload = mastodon_status(&format!(r#""content":"a","x":{}"#, deep(10_000)));
    assert_eq!(verdict(Format::Mastodon, mastodon_frame("update", &payload).as_bytes()), "too_deep");
    let fine = mastodon_status(&format!(r#""content":"a","x":{}"#, deep(31)));
    assert_eq!(verdict(Format::Mastodon, fine.as_bytes()), "post");
    assert_eq!(verdict(Format::Mastodon, mastodon_frame("update", &fine).as_bytes()), "post");
}

#[test]
fn long_texts_are_refused_and_texts_with_many_tags_are_not() {
    let text = |text: &str| flashtag("a #BuyPot", text);
    let table = [
        (text(&"a".repeat(100_000)), "post"),
        (text(&"a".repeat(100_001)), "too_long"),
        (text(&"a".repeat(10_000_000)), "too_long"),
        (text(&"\\u0041".repeat(100_001)), "too_long"),
        (text(&"#a ".repeat(5_000)), "post"),
        (text(&"@a ".repeat(10_000)), "post"),
        (flashtag("ana", &"a".repeat(513)), "too_long"),
        (flashtag("170", &"a".repeat(513)), "bad_id"),
        ("{".to_owned() + &" ".repeat(10_000_000), "not_json"),
        ("a".repeat(10_000_000), "not_json"),
    ];
    for (line, code) in table {
        let start: String = line.chars().take(80).collect();
        assert_eq!(verdict(Format::Flashtag, line.as_bytes()), code, "{start}... of {} bytes", line.len());
    }
    let html = mastodon_status(&format!(r#""content":"{}""#, "<p>".repeat(100_000)));
    assert_eq!(verdict(Format::Mastodon, html.as_bytes()), "post");
}

#[test]
fn x_lines() {
    let line = |fields: &str| x_line(&format!(r#""created_at":"2026-11-30T15:00:01Z",{fields}"#));
    let table = [
        (line(r#""id":"1","text":"a""#), "post"),
        (line(r#""id":1,"text":"a""#), "bad_id"),
        (line(r#""id":"1a","text":"a""#), "bad_id"),
        (line(r#""text":"a""#), "missing_field"),
        (line(r#""id":"1""#), "missing_field"),
        (line(r#""id":"1","text":null"#), "bad_type"),
        (line(r#""id":"1","text":"a","text":"b""#), "duplicate_key"),
        (line(r#""id":"1","text":"a","author_id":"43""#), "duplicate_key"),
        (line(r#""id":"1","text":"a","note_tweet":"b""#), "bad_type"),
        (line(r#""id":"1","text":"a","note_tweet":{}"#), "missing_field"),
        (line(r#""id":"1","text":"a","referenced_tweets":{}"#), "bad_type"),
        (line(r#""id":"1","text":"a","referenced_tweets":["7"]"#), "bad_type"),
        (line(r#""id":"1","text":"a","referenced_tweets":[{"type":"quoted","id":7}]"#), "bad_id"),
        (line(r#""id":"1","text":"a","referenced_tweets":[{"id":"7"}]"#), "missing_field"),
        (line(r#""id":"1","text":"a","edit_history_tweet_ids":"1""#), "bad_type"),
        (x_line(r#""id":"1","text":"a""#), "missing_field"),
        (x_line(r#""id":"1","text":"a","created_at":"9999-12-31T00:00:00Z""#), "bad_time"),
        (r#"{"data":{"id":"1","text":"a","created_at":"2026-11-30T15:00:01Z"}}"#.to_owned(), "missing_field"),
        (r#"{"data":["1","a","2"]}"#.to_owned(), "bad_type"),
        (r#"{"data":{},"data":{}}"#.to_owned(), "duplicate_key"),
    ];
    for (line, code) in table {
        assert_eq!(verdict(Format::X, line.as_bytes()), code, "{line}");
    }
}

#[test]
fn bluesky_lines() {
    let good = bluesky_v1("create", POSTS, r#"{"text":"a"}"#);
    let broken = |good_part: &str, bad: &str| {
        assert!(good.contains(good_part));
        good.replace(good_part, bad)
    };
    let table = [
        (good.clone(), "post"),
        (broken("\"did:plc:ana\"", "\"ana\""), "bad_id"),
        (broken("\"did:plc:ana\"", "5"), "bad_id"),
        (broken("did:plc:ana", "did:plc:a/b"), "bad_id"),
        (broken("did:plc:ana", "did:plc:a b"), "bad_id"),
        (broken("3k2a", "a/../b"), "bad_id"),
        (broken("3k2a", ""), "bad_id"),
        (broken("3k2a", &"a".repeat(600)), "bad_id"),
        (broken("1796050801204137", "1.5"), "bad_type"),
        (broken("1796050801204137", "\"1\""), "bad_type"),
        (broken("1796050801204137", "-1"), "bad_time"),
        (broken("1796050801204137", "253402300799000000"), "bad_time"),
        (broken("1796050801204137", "9223372036854775807"), "bad_time"),
        (broken("1796050801204137", "18446744073709551615"), "bad_type"),
        (broken("\"time_us\":1796050801204137,", ""), "missing_field"),
        (broken("\"did\":\"did:plc:ana\",", ""), "missing_field"),
        (broken("{\"text\":\"a\"}", "null"), "bad_type"),
        (broken("\"record\":{\"text\":\"a\"},", ""), "missing_field"),
        (broken("\"text\":\"a\"", "\"text\":[]"), "bad_type"),
        (broken("\"text\":\"a\"", ""), "missing_field"),
        (broken("\"text\":\"a\"", "\"text\":\"a\",\"reply\":\"b\""), "bad_type"),
        (broken("\"text\":\"a\"", "\"text\":\"a\",\"reply\":{}"), "missing_field"),
        (broken("\"operation\"", "\"operation\":\"create\",\"operation\""), "duplicate_key"),
        (r#"{"kind":"commit","time_us":1,"did":"did:plc:a"}"#.to_owned(), "missing_field"),
        (r#"{"$type":"message"}"#.to_owned(), "missing_field"),
        (bluesky_v1("create", "app.bsky.feed.repost", r#"{"subject":"at://a"}"#), "bad_type"),
    ];
    for (line, code) in table {
        assert_eq!(verdict(Format::Bluesky, line.as_bytes()), code, "{line}");
    }
}

#[test]
fn mastodon_lines() {
    let good = mastodon_status(r#""content":"a""#);
    let broken = |good_part: &str, bad: &str| {
        assert!(good.contains(good_part));
        good.replace(good_part, bad)
    };
    let table = [
        (good.clone(), "post"),
        (broken("\"1177\"", "1177"), "bad_id"),
        (broken("\"1177\"", "\"\""), "bad_id"),
        (broken("\"1129\"", "1129"), "post"),
        (broken("\"https://a.example/users/ana\"", "\"1129\""), "bad_id"),
        (broken("\"https://a.example/users/ana\"", "1129"), "bad_id"),
        (broken("\"https://a.example/users/ana\"", "null"), "bad_id"),
        (broken("\"uri\":\"https://a.example/users/ana\",", ""), "missing_field"),
        (broken("https://a.example/users/ana", "https:///users/ana"), "bad_id"),
        (broken("\"visibility\":\"public\",", ""), "post"),
        (broken("\"content\":\"a\"", "\"content\":null"), "bad_type"),
        (broken("\"content\":\"a\"", "\"content\":\"a\",\"reblog\":\"b\""), "bad_type"),
        (broken("\"content\":\"a\"", "\"content\":\"a\",\"reblog\":{}"), "missing_field"),
        (broken("\"content\":\"a\"", "\"content\":\"a\",\"in_reply_to_id\":7"), "bad_id"),
        (broken("2026-11-30T15:00:01.204Z", "soon"), "bad_time"),
        (broken("\"content\":\"a\"", "\"content\":\"a\\u0000\""), "bad_encoding"),
        (mastodon_frame("update", ""), "not_json"),
        (mastodon_frame("update", "5"), "bad_type"),
        (mastodon_frame("update", "\u{feff}{}"), "bad_encoding"),
        (mastodon_frame("update", &broken("\"1177\"", "1177")), "bad_id"),
        (r#"{"event":"update"}"#.to_owned(), "missing_field"),
        (r#"{"event":"update","payload":{"id":"1"}}"#.to_owned(), "bad_type"),
        ("data: {".to_owned(), "not_json"),
        ("{}".to_owned(), "missing_field"),
    ];
    for (line, code) in table {
        assert_eq!(verdict(Format::Mastodon, line.as_bytes()), code, "{line}");
    }
}

#[test]
fn faults_repeat_no_values() {
    let secret = "4242424242424242";
    for (good, bad) in [
        ("\"170\"", secret),
        ("\"170\"", "\"4242424242424242x\""),
        ("\"x\"", "\"4242424242424242\""),
        ("2013-02-13T17:00:00Z", secret),
        ("false", secret),
        ("{\"network\"", "4242424242424242{"),
    ] {
        let fault = match Format::Flashtag.decode(flashtag(good, bad).as_bytes()) {
            Err(fault) => fault.to_string(),
            Ok(Decoded::Post(_) | Decoded::Ignored(_)) => panic!("{bad} was accepted"),
        };
        assert!(
            !fault.contains("4242") && fault.chars().all(|ch| !ch.is_uppercase() || "JSONUTF".contains(ch)),
            "{fault}"
        );
    }
}

#[test]
fn half_an_emoji_is_replaced_in_every_format() {
    let text = r"#BuyPot \ud83d\ude2d\ud83d...";
    let lines = [
        (Format::Flashtag, flashtag("a #BuyPot", text)),
        (Format::X, x_line(&format!(r#""id":"1","created_at":"2026-11-30T15:00:01Z","text":"{text}""#))),
        (Format::Bluesky, bluesky_v1("create", POSTS, &format!(r#"{{"text":"{text}"}}"#))),
        (Format::Mastodon, mastodon_status(&format!(r#""content":"{text}""#))),
        (Format::Mastodon, mastodon_frame("update", &mastodon_status(&format!(r#""content":"{text}""#)))),
    ];
    for (format, line) in lines {
        match format.decode(line.as_bytes()) {
            Ok(Decoded::Post(post)) => assert_eq!(post.text, "#BuyPot 😭\u{fffd}...", "{format}: {line}"),
            other => panic!("{format}: {other:?}: {line}"),
        }
    }
}

#[test]
fn json_is_told_from_what_is_none() {
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let table = [
        ("{}".to_owned(), true),
        (" [1, 2.5e999, \"\\ud83d\", null] ".to_owned(), true),
        (r#"{"id":1,"id":2}"#.to_owned(), true),
        (deep("[", "]", 1_000_000), true),
        (format!("{}1{}", "{\"a\":[".repeat(500_000), "]}".repeat(500_000)), true),
        ("[".repeat(1_000_000), false),
        (deep("[", "}", 50), false),
        (String::new(), false),
        ("{} {}".to_owned(), false),
        ("{'a':1}".to_owned(), false),
        ("\"\0\"".to_owned(), false),
        ("\u{feff}{}".to_owned(), false),
    ];
    for (line, json) in table {
        let start: String = line.chars().take(40).collect();
        for format in Format::ALL {
            assert_eq!(format.is_json(line.as_bytes()), json, "{format}: {start}");
        }
    }
    assert!(!Format::X.is_json(b"\"\xff\""));
    assert!(Format::Mastodon.is_json(b"data: {\"id\":1}") && !Format::X.is_json(b"data: {\"id\":1}"));
    assert!(!Format::Mastodon.is_json(b"data: {"));
}
