//! What a relay of Bluesky tells carries no signature: each post keeps the hash by which it is found again.

use flashtag::intake::fault::Fault;
use flashtag::intake::format::{Decoded, Format};

/// A line of the first Jetstream about that collection.
fn line(collection: &str, commit: &str) -> String {
    format!(
        r#"{{"did":"did:plc:ana","time_us":1360774800000000,"kind":"commit","commit":{{"collection":"{collection}","rkey":"3k2a",{commit}}}}}"#
    )
}

/// The hash that a decoded line keeps.
fn hash(decoded: Result<Decoded, Fault>) -> Result<Option<String>, String> {
    match decoded {
        Ok(Decoded::Post(post)) => Ok(post.cid.map(|cid| cid.to_string())),
        Ok(Decoded::Ignored(why)) => Err(format!("ignored: {why}")),
        Err(fault) => Err(fault.to_string()),
    }
}

#[test]
fn a_post_that_a_relay_tells_of_keeps_its_hash_and_others_have_none() {
    let text = r#""record":{"text":"so #BuyPot"}"#;
    let subject = r#""record":{"subject":{"uri":"at://did:plc:shop/app.bsky.feed.post/3k1a"}}"#;
    let (post, repost) = ("app.bsky.feed.post", "app.bsky.feed.repost");
    let table = [
        (line(post, &format!(r#""operation":"create","cid":"bafyreia",{text}"#)), Some("bafyreia")),
        (line(post, &format!(r#""operation":"update","cid":"bafyreib",{text}"#)), Some("bafyreib")),
        (line(repost, &format!(r#""operation":"create","cid":"bafyreic",{subject}"#)), Some("bafyreic")),
        (line(post, r#""operation":"delete""#), None),
        (
            r#"{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","did":"did:plc:ana",
            "time":"2013-02-13T17:00:00Z","collection":"app.bsky.feed.post","rkey":"3k2a","operation":"create","cid":"bafyreid",
            "record":{"text":"so #BuyPot"}}}"#
                .replace('\n', ""),
            Some("bafyreid"),
        ),
    ];
    for (line, expected) in table {
        let kept = hash(Format::Bluesky.decode_live(line.as_bytes()));
        assert_eq!(kept, Ok(expected.map(str::to_owned)), "{line}");
        assert_eq!(
            hash(Format::Bluesky.decode(line.as_bytes())),
            Ok(None),
            "the shop's own intake is trusted: {line}"
        );
    }
    let toot =
        r#"{"network":"x","id":"77","author":{"id":"42"},"posted_at":"2013-02-13T17:00:00Z","text":"so"}"#;
    assert_eq!(hash(Format::Flashtag.decode_live(toot.as_bytes())), Ok(None));
}

/// A relay that leaves the hash out, or makes one up that is none, does not get around the reading.
#[test]
fn a_post_without_a_hash_is_refused_where_a_relay_tells_of_it() {
    let text = r#""operation":"create","record":{"text":"so #BuyPot"}"#;
    let overlong = format!("\"{}\"", "a".repeat(129));
    for cid in
        ["", r#""cid":null,"#, r#""cid":"","#, r#""cid":"bafy/../x","#, &format!(r#""cid":{overlong},"#)]
    {
        let line = line("app.bsky.feed.post", &format!("{cid}{text}"));
        assert!(Format::Bluesky.decode_live(line.as_bytes()).is_err(), "{line}");
        assert_eq!(hash(Format::Bluesky.decode(line.as_bytes())), Ok(None), "{line}");
    }
}
