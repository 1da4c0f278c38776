//! The networks' own formats through `sell` and `explain`: recordings of our own, and shared samples.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{OFFERS, Sale, flashtag, flashtag_fed, ndjson, text};

/// An account of Mastodon.
const ANA: &str = "https://m.example/users/ana";

/// A claim and its confirmation in each network's format, with network and author.
fn recordings() -> [(&'static str, &'static str, &'static str, String); 3] {
    let x = [
        ("301661999723446273", "12:00:00", "🔥 Tom &amp; me: #BuyKindle"),
        ("301662251381686273", "12:01:00", "#ConfirmKindle"),
    ]
    .map(|(id, at, text)| json!({"data": {"id": id, "text": text, "created_at": format!("2013-02-13T{at}Z"), "author_id": "42", "edit_history_tweet_ids": [id]}}));
    let bluesky = [
        ("3abc", 1_360_756_800_123_456_i64, "🔥 #BuyKindle"),
        ("3abd", 1_360_756_860_000_000, "#ConfirmKindle"),
    ]
    .map(|(rkey, us, text)| {
        json!({"did": "did:plc:ana", "time_us": us, "kind": "commit", "commit": {"operation": "create",
                "collection": "app.bsky.feed.post", "rkey": rkey, "record": {"text": text,
                "createdAt": "2031-01-01T00:00:00Z"}}})
    });
    let mastodon = [("11", "12:00:00.123", "🔥 ", "BuyKindle"), ("12", "12:01:00", "", "ConfirmKindle")].map(|(id, at, before, tag)| {
        let link = format!("<a href=\"https://m.example/tags/{tag}\" class=\"mention hashtag\">#<span>{tag}</span></a>");
        json!({"id": id, "created_at": format!("2013-02-13T{at}Z"), "visibility": "public", "edited_at": null,
            "content": format!("<p>{before}{link}</p>"), "account": {"id": "42", "acct": "ana", "uri": ANA}})
    });
    let lines = |posts: [Value; 2]| posts.map(|post| format!("{post}\n")).concat();
    [
        ("x", "x", "42", lines(x)),
        ("bluesky", "bluesky", "did:plc:ana", lines(bluesky)),
        ("mastodon", "mastodon", ANA, lines(mastodon)),
    ]
}

fn offers() -> String {
    let accounts =
        r#"accounts = { x = "9001", bluesky = "did:plc:shop", mastodon = "https://m.example/users/shop" }"#;
    OFFERS.replace(r#"accounts = { x = "9001" }"#, accounts)
}

fn account(network: &str, author: &str) -> String {
    let card = json!({"token": "tok_ana", "brand": "amex", "funding": "credit", "last4": "1005"});
    let email = "ana@example.com";
    let link =
        json!({"network": network, "author_id": author, "card": card, "email": email, "region": "US-NY"});
    format!("{link}\n")
}

#[test]
fn a_sale_is_the_same_on_every_network() {
    for (format, network, author, posts) in recordings() {
        let sale = Sale::new(offers(), account(network, author), posts);
        sale.sell_with(&["--format", format]).must(0, &["2 lines read, 2 posts concerned an offer"]);
        let lines = sale.lines("out/outcomes.ndjson");
        let outcomes: Vec<&str> = lines.iter().map(|line| text(line, "outcome")).collect();
        assert_eq!(outcomes, ["reserved", "confirmed", "sold"], "{format}");
        for line in &lines {
            assert_eq!(text(line, "account"), format!("{network}:{author}"));
        }
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
        let effects = sale.lines("out/effects.ndjson");
        let announced: Vec<&str> =
            effects.iter().filter(|line| line["kind"] == "announce").map(|line| text(line, "to")).collect();
        for network in ["x", "bluesky", "mastodon"] {
            assert!(announced.contains(&network), "nothing was announced on {network}");
        }
        let reply = effects.iter().find(|line| line["kind"] == "reply").expect("a prompt");
        assert_eq!(text(reply, "to"), format!("{network}:{}", text(&lines[0], "post")));
    }
}

#[test]
fn positions_in_every_format_refer_to_the_text_that_readers_see() {
    for ((format, network, author, posts), start) in recordings().into_iter().zip([12, 2, 2]) {
        let sale = Sale::new(offers(), "", posts);
        let (offers, posts) = (sale.path("offers.toml"), sale.read("posts.ndjson"));
        let offers = offers.display().to_string();
        let ran = flashtag_fed(["explain", "--offers", &offers, "--format", format], posts.as_bytes());
        let lines = ndjson(&ran.must(0, &[]).out);
        assert_eq!(text(&lines[0], "account"), format!("{network}:{author}"));
        let tag = &lines[0]["tags"][0];
        assert_eq!(
            *tag,
            json!({"tag": "BuyKindle", "start": start, "end": start + 10, "offer": "kindle", "role": "buy"}),
            "{format}"
        );
        assert_eq!((text(&lines[0], "face"), text(&lines[1], "face")), ("buy", "confirm"), "{format}");
    }
}

#[test]
fn a_post_in_another_format_is_refused() {
    let [x, ..] = recordings();
    for format in ["flashtag", "mastodon"] {
        let sale = Sale::new(offers(), account("x", "42"), &x.3);
        let left_out = ["posts.ndjson:1: left out: ", "posts.ndjson:2: left out: "];
        let ran = sale.sell_with(&["--format", format]).must(65, &left_out);
        assert!(ran.err.contains("not one of its 2 lines can be understood"), "{}", ran.err);
    }
}

/// The directory of shared samples, which are not part of the repository.
fn samples() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let place = std::env::var_os("FLASHTAG_SAMPLES").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    place.is_dir().then_some(place)
}

#[test]
fn the_networks_own_samples_are_read() {
    let Some(samples) = samples() else {
        eprintln!("SKIPPED: no samples; set FLASHTAG_SAMPLES to the directory that has them");
        return;
    };
    let offers = OFFERS
        .replace("BuyKindle", "BuyKettle")
        .replace("ConfirmKindle", "ConfirmKettle")
        .replace("2013-02-13", "2026-11-30");
    let table = [
        ("x_filtered_stream.jsonl", "x"),
        ("bsky_jetstream_v1.jsonl", "bluesky"),
        ("bsky_jetstream_v2.jsonl", "bluesky"),
        ("mastodon_stream_ws.jsonl", "mastodon"),
        ("mastodon_stream_sse.txt", "mastodon"),
    ];
    for (name, format) in table {
        let posts = std::fs::read(samples.join(name)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let sale = Sale::new(&offers, "", &posts);
        let ran = sale.sell_with(&["--format", format]).must(0, &["concerned an offer"]);
        assert!(!ran.err.contains("left out"), "{name}: {}", ran.err);
        assert!(!sale.read("out/outcomes.ndjson").is_empty(), "{name}: nothing concerned the offer");
        let (offers, posts) = (sale.path("offers.toml").display().to_string(), sale.path("posts.ndjson"));
        let posts = posts.display().to_string();
        let ran = flashtag(["explain", "--offers", &offers, "--format", format, &posts]).must(0, &[]);
        let lines = ndjson(&ran.out);
        assert!(lines.iter().all(|line| line["face"] != "not_a_post"), "{name}: {}", ran.out);
        assert!(lines.iter().any(|line| line["face"] == "buy"), "{name}: {}", ran.out);
    }
}
