//! Posts in each network's format: the first byte selects the format, the rest is the line.

use std::sync::LazyLock;

use flashtag::config::offers::parse_offers;
use flashtag::domain::id::Authors;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::reading::Reading;

/// Offers with short tags, so that random bytes find live tags and look-alikes.
const OFFERS: &str = r#"
[shop]
name = "Shop"
accounts = { x = "1" }
[[offer]]
id = "pot"
kind = "purchase"
title = "Pot"
tags = { buy = "bbb", confirm = "m0m" }
price = "20.00 USD"
units = 5
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
[[offer]]
id = "topf"
kind = "purchase"
title = "Topf"
tags = { buy = "öß1", confirm = "セル" }
price = "20.00 USD"
units = 5
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let file = parse_offers(OFFERS, "the offers").expect("sound offers");
    Catalog::unnumbered(&file.offerings(), file.shop.front())
});

static SIEVE: LazyLock<Prefilter> = LazyLock::new(|| Prefilter::new(&CATALOG));

/// The decoder does not panic, and the prefilter before it passes every line that matters.
pub fn run(data: &[u8]) {
    let Some((choice, line)) = data.split_first() else { return };
    let Some(&format) = Format::ALL.get(usize::from(*choice) % Format::ALL.len()) else { return };
    let passed = SIEVE.passing_lines(format, line, &mut LineCounts::default()).next().is_some();
    if let Ok(Decoded::Post(post)) = format.decode_live(line) {
        assert!(!post.account.is_sandbox(), "a network told of {post:?}");
    }
    match format.decode_handed_in(line, Authors::OfNetworksOrSandbox) {
        Ok(Decoded::Post(post)) => {
            assert!(passed || CATALOG.read(&post) == Reading::Unrelated, "the sieve held back {post:?}");
            assert!(!post.text.contains('\0'), "a NUL came through");
        }
        Ok(Decoded::Ignored(what)) => assert!(!what.is_empty()),
        Err(fault) => assert!(!fault.code().is_empty() && fault.to_string().len() < 300, "{fault}"),
    }
}

/// A line of each format, and of each kind of line that the decoder handles separately.
pub fn seeds() -> Vec<Vec<u8>> {
    let lines: [(u8, &str); 11] = [
        (
            0,
            r##"{"network":"mastodon","id":"1","author":{"id":"2"},"posted_at":"2026-01-01T00:00:00Z","text":"RT @a: #o\u0308SS1 \ud83d “@b: ＃ｾﾙ” (via @c)"}"##,
        ),
        (
            2,
            r##"{"did":"did:plc:ana","time_us":1796050801204137,"kind":"commit","commit":{"rev":"r1","operation":"create","collection":"app.bsky.feed.post","rkey":"3k2a","record":{"text":"a #セル","facets":[{"index":{"byteStart":2,"byteEnd":9},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"セル"}]}]},"cid":"b1"}}"##,
        ),
        (
            0,
            r#"{"network":"x","id":"1","author":{"id":"2","handle":"a","created_at":"2020-01-01T00:00:00Z"},"posted_at":"2026-01-01T00:00:00Z","text":"a \u0023bbb","in_reply_to":null,"repost_of":"5","quote_of":"6","arrived_at":"2026-01-01T00:00:01Z","edited":true,"deleted":true}"#,
        ),
        (
            1,
            r##"{"data":{"id":"1212092628029698048","author_id":"42","created_at":"2026-01-01T00:00:00Z","text":"a &amp; #bbb","edit_history_tweet_ids":["1","2"],"referenced_tweets":[{"type":"retweeted","id":"7"}],"note_tweet":{"text":"#mOm"}},"includes":{"users":[{"id":"42","username":"ana"}]}}"##,
        ),
        (
            0,
            r##"{"network":"mastodon","id":"1","author":{"id":"sandbox:ana"},"posted_at":"2026-01-01T00:00:00Z","text":"#bbb"}"##,
        ),
        (1, r#"{"errors":[{"title":"operational-disconnect"}],"title":"x"}"#),
        (
            2,
            r##"{"did":"did:plc:ana","time_us":1796050801204137,"kind":"commit","commit":{"rev":"r1","operation":"create","collection":"app.bsky.feed.post","rkey":"3k2a","record":{"text":"#bbb","createdAt":"2026-01-01T00:00:00Z","embed":{"$type":"app.bsky.embed.record","record":{"uri":"at://did:plc:b/app.bsky.feed.post/1"}},"reply":{"parent":{"uri":"at://c"}}},"cid":"b1"}}"##,
        ),
        (
            2,
            r#"{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":7,"did":"did:plc:ana","time":"2026-11-30T15:00:01.204137Z","rev":"r1","operation":"delete","collection":"app.bsky.feed.post","rkey":"3k2a","record":null,"cid":"b1"}}"#,
        ),
        (
            3,
            r#"{"id":"1177","created_at":"2026-11-30T15:00:01.204Z","visibility":"public","account":{"id":"1129","uri":"https://a.example/users/ana","username":"ana","acct":"ana@a.example"},"content":"<p>it&#39;s #<b>b</b>bb</p>","reblog":{"id":"7","content":"a"}}"#,
        ),
        (
            3,
            r##"{"stream":["hashtag"],"event":"update","payload":"{\"id\":\"1\",\"created_at\":\"2026-11-30T15:00:01Z\",\"account\":{\"uri\":\"https://a.b/c\"},\"content\":\"<p>#bbb</p>\"}"}"##,
        ),
        (
            3,
            "data: {\"id\":\"1\",\"created_at\":\"2026-11-30T15:00:01Z\",\"account\":{\"uri\":\"https://a.b/c\"},\"content\":\"#bbb\"}",
        ),
    ];
    lines.iter().map(|(form, line)| [&[*form], line.as_bytes()].concat()).collect()
}
