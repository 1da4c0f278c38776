//! Valid lines of each format, and the post that each one is.

use flashtag::domain::id::Network;
use flashtag::domain::post::{Markup, Post};
use flashtag::intake::format::Format;

use super::{
    bluesky_v1, bluesky_v2, decoded_post, mastodon_frame, mastodon_status, pointer, post, verdict, x_line,
};

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";
const SERVER_TIME: &str = "2026-11-30T15:00:01.204Z";
const BLUESKY_ID: &str = "at://did:plc:ana/app.bsky.feed.post/3k2a";

#[test]
fn flashtag_lines_have_their_documented_meaning() {
    let whole = r#"{"network":"x","id":"1700000000000000001","author":{"id":"42","handle":"ana","created_at":"2012-05-06T07:08:09Z"},"posted_at":"2013-02-13T17:00:00.123Z","text":"I want to #BuyPot","in_reply_to":"5","repost_of":"0/7/1","quote_of":"6","arrived_at":"2013-02-13T17:00:02Z","edited":true,"deleted":true}"#;
    let plain =
        post(Network::X, "1700000000000000001", "42", "2013-02-13T17:00:00.123Z", "I want to #BuyPot");
    let expected = Post {
        handle: "ana".into(),
        author_since: Some("2012-05-06T07:08:09Z".parse().unwrap()),
        in_reply_to: pointer("5"),
        repost_of: pointer("0/7/1"),
        quote_of: pointer("6"),
        arrived_at: Some("2013-02-13T17:00:02Z".parse().unwrap()),
        edited: true,
        deleted: true,
        ..plain.clone()
    };
    assert_eq!(decoded_post(Format::Flashtag, whole), expected);

    let nulls = r#" {"text":"I want to #BuyPot","posted_at":"2013-02-13T17:00:00.123Z","author":{"id":"42","handle":null,"created_at":null,"age":[1]},"id":"1700000000000000001","network":"x","in_reply_to":null,"repost_of":null,"quote_of":null,"arrived_at":null,"edited":null,"deleted":null,"likes":{"n":-1.5e3}} "#;
    assert_eq!(decoded_post(Format::Flashtag, nulls), plain);
}

#[test]
fn a_deletion_need_not_repeat_the_text() {
    for text in ["", r#","text":"""#, r#","text":null"#] {
        let line = format!(
            r#"{{"network":"mastodon","id":"a-1","author":{{"id":"m1"}},"posted_at":"2026-01-01T00:00:00Z","deleted":true{text}}}"#
        );
        let expected = post(Network::Mastodon, "a-1", "m1", "2026-01-01T00:00:00Z", "");
        assert_eq!(decoded_post(Format::Flashtag, &line), Post { deleted: true, ..expected });
    }
}

#[test]
fn an_x_id_gives_the_millisecond_if_it_agrees_with_created_at() {
    // 2127417370152103936 >> 22, and the epoch of these ids, is 2026-11-30T15:00:01.204Z.
    let table = [
        ("2127417370152103936", "2026-11-30T15:00:01.000Z", "2026-11-30T15:00:01.204Z"),
        ("2127417370152103936", "2026-12-01T14:59:00Z", "2026-11-30T15:00:01.204Z"),
        ("2127417370152103936", "2026-12-01T15:00:02Z", "2026-12-01T15:00:02Z"),
        ("2127417370152103936", "2013-02-13T17:00:00Z", "2013-02-13T17:00:00Z"),
        ("20", "2006-03-21T20:50:14Z", "2006-03-21T20:50:14Z"),
        ("5000001", "2013-02-13T17:00:00.123Z", "2013-02-13T17:00:00.123Z"),
        ("99999999999999999999", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("18446744073709551615", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ];
    for (id, created_at, posted_at) in table {
        let line = x_line(&format!(r#""id":"{id}","created_at":"{created_at}","text":"hello""#));
        let expected = Post { handle: "ana".into(), ..post(Network::X, id, "42", posted_at, "hello") };
        assert_eq!(decoded_post(Format::X, &line), expected);
    }
}

#[test]
fn every_field_of_x_lines_is_read() {
    let at = "2013-02-13T17:00:00Z";
    let plain = Post { handle: "ana".into(), ..post(Network::X, "77", "42", at, "a & b #BuyPot") };
    let line =
        |more: &str| x_line(&format!(r#""id":"77","created_at":"{at}","text":"a &amp; b #BuyPot"{more}"#));
    let table = [
        ("", plain.clone()),
        (r#","edit_history_tweet_ids":["77"],"entities":{"hashtags":[{"tag":"Other"}]}"#, plain.clone()),
        (r#","edit_history_tweet_ids":null,"referenced_tweets":null,"note_tweet":null"#, plain.clone()),
        (r#","edit_history_tweet_ids":["70","77"]"#, Post { edited: true, ..plain.clone() }),
        (r#","edit_history_tweet_ids":["70"]"#, plain.clone()),
        // The first version, delivered again after an edit, is still the first version.
        (r#","edit_history_tweet_ids":["77","78"]"#, plain.clone()),
        (
            r#","referenced_tweets":[{"type":"replied_to","id":"5"},{"type":"quoted","id":"6"},{"type":"new","id":"8"}]"#,
            Post { in_reply_to: pointer("5"), quote_of: pointer("6"), ..plain.clone() },
        ),
        (
            r#","referenced_tweets":[{"type":"retweeted","id":"0/3/0"}]"#,
            Post { repost_of: pointer("0/3/0"), ..plain.clone() },
        ),
        (
            r#","note_tweet":{"text":"the whole &lt;text&gt; &#35;x #BuyPot","entities":{}}"#,
            Post { text: "the whole <text> &#35;x #BuyPot".to_owned(), ..plain.clone() },
        ),
    ];
    for (more, expected) in table {
        assert_eq!(decoded_post(Format::X, &line(more)), expected, "{more}");
    }
    let nameless = line("").replace(r#""username":"ana""#, r#""username":7"#);
    assert_eq!(decoded_post(Format::X, &nameless), Post { handle: "".into(), ..plain });
}

#[test]
fn the_age_of_an_account_is_read_where_a_line_has_it() {
    let at = "2013-02-13T17:00:00Z";
    let x = |created_at: &str| {
        let line = x_line(&format!(r#""id":"77","created_at":"{at}","text":"a""#));
        (Format::X, line.replace(r#""username":"ana""#, &format!(r#""username":"ana"{created_at}"#)))
    };
    let mastodon = |created_at: &str| {
        let line = mastodon_status(r#""content":"a""#);
        (Format::Mastodon, line.replace(r#""username":"ana""#, &format!(r#""username":"ana"{created_at}"#)))
    };
    let created_at = ",\"created_at\":\"2009-03-04T05:06:07.000Z\"";
    let table = [
        (x(created_at), Some("2009-03-04T05:06:07Z")),
        (mastodon(created_at), Some("2009-03-04T05:06:07Z")),
        (x(""), None),
        (mastodon(""), None),
        // These fields are not guaranteed, so a bad one refuses no post.
        (x(",\"created_at\":\"long ago\""), None),
        (x(",\"created_at\":1236143167"), None),
        (x(",\"created_at\":null"), None),
        (mastodon(",\"created_at\":\"0001-01-01T00:00:00Z\""), None),
        (mastodon(",\"created_at\":[]"), None),
        ((Format::Bluesky, bluesky_v1("create", POSTS, r#"{"text":"a"}"#)), None),
    ];
    for ((format, line), since) in table {
        let expected = since.map(|since| since.parse().unwrap());
        assert_eq!(decoded_post(format, &line).author_since, expected, "{line}");
    }
    // The user with another id is not the author.
    let (_, line) = x("");
    let other = line.replace(r#""username":"nobody""#, &format!(r#""username":"nobody"{created_at}"#));
    assert_eq!(decoded_post(Format::X, &other).author_since, None);
}

#[test]
fn both_versions_of_bluesky_frames_give_the_same_posts() {
    let plain = post(Network::Bluesky, BLUESKY_ID, "did:plc:ana", SERVER_TIME, "so #BuyPot");
    let target = "at://did:plc:shop/app.bsky.feed.post/9z";
    let of = |embed: &str| {
        format!(r#"{{"createdAt":"1999-01-01T00:00:00Z","text":"so #BuyPot","embed":{embed}}}"#)
    };
    let quoting = Post { quote_of: pointer(target), ..plain.clone() };
    let table = [
        ("create", r#"{"text":"so #BuyPot","createdAt":"2030-01-01T00:00:00Z"}"#.to_owned(), plain.clone()),
        ("update", r#"{"text":"so #BuyPot"}"#.to_owned(), Post { edited: true, ..plain.clone() }),
        ("delete", "null".to_owned(), Post { deleted: true, text: String::new(), ..plain.clone() }),
        (
            "create",
            format!(r#"{{"text":"so #BuyPot","reply":{{"root":{{"uri":"at://x","cid":"c"}},"parent":{{"uri":"{target}"}}}}}}"#),
            Post { in_reply_to: pointer(target), ..plain.clone() },
        ),
        ("create", of(&format!(r#"{{"$type":"app.bsky.embed.record","record":{{"uri":"{target}"}}}}"#)), quoting.clone()),
        (
            "create",
            of(&format!(r#"{{"$type":"app.bsky.embed.recordWithMedia","media":{{}},"record":{{"record":{{"uri":"{target}"}}}}}}"#)),
            quoting,
        ),
        // A feed item is not a post, and unknown extensions are no faults.
        (
            "create",
            of(r#"{"$type":"app.bsky.embed.record","record":{"uri":"at://did:plc:shop/app.bsky.feed.generator/9z"}}"#),
            plain.clone(),
        ),
        ("create", of(r#"{"$type":"app.bsky.embed.external","external":{"uri":"https://a.example"}}"#), plain.clone()),
        ("create", of(r#"{"$type":"com.example.poll","record":"none"}"#), plain.clone()),
        ("create", of("[1,2]"), plain.clone()),
        // Readers do not see tags outside the text.
        (
            "create",
            r##"{"text":"so","tags":["BuyPot"],"facets":[{"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"BuyPot"}]}]}"##.to_owned(),
            Post { text: "so".to_owned(), markup: Some(Box::new(Markup { tags: Some(Vec::new()), ..Markup::default() })), ..plain },
        ),
    ];
    for (operation, record, expected) in table {
        assert_eq!(
            decoded_post(Format::Bluesky, &bluesky_v1(operation, POSTS, &record)),
            expected,
            "{record}"
        );
        assert_eq!(
            decoded_post(Format::Bluesky, &bluesky_v2(operation, POSTS, &record)),
            expected,
            "{record}"
        );
    }
    let repost = format!(r#"{{"subject":{{"uri":"{target}","cid":"c"}}}}"#);
    let id = "at://did:plc:ana/app.bsky.feed.repost/3k2a";
    let expected =
        Post { repost_of: pointer(target), ..post(Network::Bluesky, id, "did:plc:ana", SERVER_TIME, "") };
    assert_eq!(decoded_post(Format::Bluesky, &bluesky_v1("create", REPOSTS, &repost)), expected);
    assert_eq!(decoded_post(Format::Bluesky, &bluesky_v2("create", REPOSTS, &repost)), expected);
}

/// The tags that a network shows, if it states them.
type ShownTags = Option<Vec<std::ops::Range<usize>>>;

#[test]
fn facets_tell_which_tags_readers_see() {
    let facet = |start: usize, end: usize, tag: &str| {
        format!(
            r#"{{"index":{{"byteStart":{start},"byteEnd":{end}}},"features":[{{"$type":"app.bsky.richtext.facet#tag","tag":"{tag}"}}]}}"#
        )
    };
    let link = r#"{"index":{"byteStart":0,"byteEnd":2},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://a.example"}]}"#.to_owned();
    let one = |tag| Some(std::iter::once(tag).collect());
    let table: [(&str, &str, ShownTags); 15] = [
        ("#BuyPot", "", None),
        ("#BuyPot", "null", None),
        ("#BuyPot", "[]", None),
        ("#BuyPot", "7", None),
        ("#BuyPot", &format!("[{}]", facet(0, 7, "BuyPot")), one(0..7)),
        ("#BuyPot!", &format!("[{}]", facet(0, 7, "buypot")), one(0..7)),
        ("#BuyPot-HD", &format!("[{}]", facet(0, 10, "BuyPot-HD")), one(0..10)),
        (
            "é＃セール #a",
            &format!("[{},{}]", facet(15, 17, "a"), facet(2, 14, "セール")),
            Some(vec![1..5, 6..8]),
        ),
        (
            "#a #a",
            &format!("[{},{},{}]", facet(0, 5, "a #a"), facet(3, 5, "a"), facet(0, 2, "a")),
            Some(vec![0..2, 0..5, 3..5]),
        ),
        ("#BuyPot", &format!("[{link}]"), Some(vec![])),
        ("#BuyPot", &format!("[{}]", facet(0, 7, "Other")), Some(vec![])),
        ("#BuyPot", &format!("[{}]", facet(1, 7, "BuyPot")), Some(vec![])),
        ("é#BuyPot", &format!("[{}]", facet(1, 9, "BuyPot")), Some(vec![])),
        ("#BuyPot", &format!("[{},5,null,{{}}]", facet(0, 99, "BuyPot")), Some(vec![])),
        ("#BuyPot", r#"[{"index":{"byteStart":-1,"byteEnd":1e9},"features":{}}]"#, Some(vec![])),
    ];
    for (text, facets, expected) in table {
        let facets = if facets.is_empty() { String::new() } else { format!(r#","facets":{facets}"#) };
        let line = bluesky_v1("create", "app.bsky.feed.post", &format!(r#"{{"text":"{text}"{facets}}}"#));
        let markup = decoded_post(Format::Bluesky, &line).markup;
        assert_eq!(markup.and_then(|markup| markup.tags), expected, "{line}");
    }
}

#[test]
fn mastodon_statuses_are_read_in_every_envelope() {
    let html = r##""content":"<p>I &amp; you: <a href=\"https://a.example/tags/BuyPot\" class=\"hashtag\">#<span>BuyPot</span></a></p>""##;
    let status =
        post(Network::Mastodon, "1177", "https://a.example/users/ana", SERVER_TIME, "I & you: #BuyPot");
    let plain = Post { handle: "ana@a.example".into(), is_time_claimed: true, ..status };
    let edited = Post { edited: true, ..plain.clone() };
    let table = [
        (html.to_owned(), plain.clone()),
        (
            format!(r#"{html},"edited_at":null,"reblog":null,"quote":null,"in_reply_to_id":null"#),
            plain.clone(),
        ),
        (format!(r#"{html},"edited_at":"2026-11-30T15:01:00Z""#), edited),
        (format!(r#"{html},"in_reply_to_id":"55""#), Post { in_reply_to: pointer("55"), ..plain.clone() }),
        (
            format!(r#""content":"","reblog":{{"id":"66",{html},"account":{{"id":"3"}}}}"#),
            Post { repost_of: pointer("66"), ..plain.clone() },
        ),
        (
            format!(
                r#"{html},"quote":{{"state":"accepted","quoted_status":{{"id":"88","content":"<p>#Other</p>"}}}}"#
            ),
            Post { quote_of: pointer("88"), ..plain.clone() },
        ),
        (
            format!(r#"{html},"quote":{{"state":"accepted","quoted_status_id":"88"}}"#),
            Post { quote_of: pointer("88"), ..plain.clone() },
        ),
        (format!(r#"{html},"quote":{{"state":"pending","quoted_status":null}}"#), plain.clone()),
        (format!(r#"{html},"quote":"revoked""#), plain.clone()),
        (format!(r#"{html},"quote":{{"quoted_status":{{"id":"{}"}}}}"#, "8".repeat(600)), plain),
    ];
    for (fields, expected) in table {
        let status = mastodon_status(&fields);
        let wrapped = [
            status.clone(),
            format!("data: {status}"),
            mastodon_frame("update", &status),
            mastodon_frame("status.update", &status),
        ];
        for line in wrapped {
            assert_eq!(decoded_post(Format::Mastodon, &line), expected, "{line}");
        }
    }
}

#[test]
fn a_line_that_is_no_post_is_ignored_with_its_reason() {
    let status =
        |visibility: &str| mastodon_status(r#""content":"<p>#BuyPot</p>""#).replace("public", visibility);
    let other = |collection: &str| {
        bluesky_v1("create", collection, r#"{"subject":"did:plc:x","text":5,"reply":[],"embed":0}"#)
    };
    let table = [
        (Format::Flashtag, " \r\n".to_owned(), "heartbeat"),
        (Format::X, "\r\n".to_owned(), "heartbeat"),
        (Format::X, r#"{"errors":[{"title":"operational-disconnect"}]}"#.to_owned(), "disconnect"),
        (
            Format::X,
            r#"{"title":"ConnectionException","connection_issue":"TooManyConnections"}"#.to_owned(),
            "problem",
        ),
        (Format::X, r#"{"system":{"notice":1}}"#.to_owned(), "other"),
        (
            Format::Bluesky,
            r#"{"did":"did:plc:a","time_us":1,"kind":"identity","identity":{}}"#.to_owned(),
            "identity",
        ),
        (
            Format::Bluesky,
            r#"{"did":"did:plc:a","time_us":1,"kind":"account","account":{}}"#.to_owned(),
            "account",
        ),
        (Format::Bluesky, r#"{"kind":"tomorrow"}"#.to_owned(), "other"),
        (
            Format::Bluesky,
            r##"{"$type":"message","payload":{"$type":"a.b#info","name":"OutdatedCursor"}}"##.to_owned(),
            "info",
        ),
        (
            Format::Bluesky,
            r##"{"$type":"message","payload":{"$type":"a.b#sync","seq":1}}"##.to_owned(),
            "sync",
        ),
        (
            Format::Bluesky,
            r##"{"$type":"message","payload":{"$type":"a.b#account","seq":1}}"##.to_owned(),
            "account",
        ),
        (Format::Bluesky, r#"{"$type":"error","error":"ConsumerTooSlow"}"#.to_owned(), "error"),
        (Format::Bluesky, other("app.bsky.graph.follow"), "other collection"),
        (Format::Bluesky, other("app.bsky.feed.like"), "other collection"),
        (Format::Bluesky, bluesky_v2("delete", REPOSTS, "null"), "repost taken back"),
        (Format::Bluesky, bluesky_v2("vanish", POSTS, "null"), "other"),
        (Format::Mastodon, status("private"), "not public"),
        (Format::Mastodon, status("direct"), "not public"),
        (Format::Mastodon, mastodon_frame("update", &status("private")), "not public"),
        (Format::Mastodon, mastodon_frame("delete", "1177"), "delete"),
        (Format::Mastodon, "data: 1177".to_owned(), "delete"),
        (Format::Mastodon, mastodon_frame("notification", r#"{"type":"mention"}"#), "notification"),
        (Format::Mastodon, r#"{"event":"filters_changed"}"#.to_owned(), "other"),
        (Format::Mastodon, r#"{"error":"Missing tag name parameter","status":400}"#.to_owned(), "error"),
        (Format::Mastodon, ":thump".to_owned(), "heartbeat"),
        (Format::Mastodon, "event: update".to_owned(), "event field"),
    ];
    for (format, line, word) in table {
        assert_eq!(verdict(format, line.as_bytes()), word, "{line}");
    }
    assert_eq!(verdict(Format::Mastodon, status("unlisted").as_bytes()), "post");
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>(), Ok(format));
    }
    assert!("X".parse::<Format>().is_err() && "".parse::<Format>().is_err());
}
