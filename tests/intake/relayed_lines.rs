//! What a relay of Bluesky tells carries no signature: each post keeps the hash by which it is found again.

use flashtag::intake::fault::Fault;
use flashtag::intake::format::{Decoded, Format};

/// A line of the first Jetstream about that collection.
fn line(collection: &str, commit: &str) -> String {
    format!(
        r#"{{"did":"did:plc:ana","time_us":1360774800000000,"kind":"commit","commit":{{"collection":"{collection}","rkey":"3k2a",{commit}}}}}"#
    )
}

/// The hash of `{"text":"so #BuyPot"}`.
const POST: &str = "bafyreieyasukrim3p2deqjd7d2xuzkwdaumhgtxvr6tkylpmrka2bqkmmu";

/// The hash of the repost below.
const REPOST: &str = "bafyreida6nuxhwd4p7w5u7ifleo3vi3vi2py6k26grqnoxwdmavnemhcoy";

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
        (line(post, &format!(r#""operation":"create","cid":"{POST}",{text}"#)), Some(POST)),
        (line(post, &format!(r#""operation":"update","cid":"{POST}",{text}"#)), Some(POST)),
        (line(repost, &format!(r#""operation":"create","cid":"{REPOST}",{subject}"#)), Some(REPOST)),
        (line(post, r#""operation":"delete""#), None),
        (
            r#"{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","did":"did:plc:ana",
            "time":"2013-02-13T17:00:00Z","collection":"app.bsky.feed.post","rkey":"3k2a","operation":"create","cid":"HASH",
            "record":{"text":"so #BuyPot"}}}"#
                .replace('\n', "")
                .replace("HASH", POST),
            Some(POST),
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

/// A relay that tells the hash of a genuine post and another text would pass the reading at the author's server.
#[test]
fn a_post_with_the_hash_of_another_is_refused_where_a_relay_tells_of_it() {
    let table = [
        format!(r#""cid":"{POST}","record":{{"text":"so #BuyPan"}}"#),
        format!(r#""cid":"{POST}","record":{{"text":"so #BuyPot","createdAt":"2013-02-13T17:00:00Z"}}"#),
        format!(r#""cid":"{POST}","record":{{"text":"so #BuyPot","size":0.5}}"#),
        format!(r#""cid":"{REPOST}","record":{{"text":"so #BuyPot"}}"#),
    ];
    for commit in table {
        let line = line("app.bsky.feed.post", &format!(r#""operation":"create",{commit}"#));
        let refused = hash(Format::Bluesky.decode_live(line.as_bytes()));
        assert_eq!(refused, Err("`cid` is not the hash of the record".to_owned()), "{line}");
    }
}

/// What a relay tells of now was perhaps said long ago: its author's time is under the hash, and cannot be made new.
#[test]
fn a_post_that_is_told_of_late_counts_as_old() {
    // Columns: when its author claims to have posted, the hash, and when it counts as said; it is told of at 17:00.
    let table = [
        ("2013-02-13T16:00:00Z", "bafyreifky4bxwvmjdatsgu3p3mlcbwa4g43ppxwgafwijbwncg5hy22q7a", "17:00:00"),
        ("2013-02-13T15:59:59Z", "bafyreiclrbdayfu7z33dkvs5ckedwqisykbfdqmgaqcgf4csxbgtfkfph4", "15:59:59"),
        ("2013-02-14T17:00:00Z", "bafyreihsriz67jzwbjwz3rmqmf43cq5lknhu6nph7rufrkkj5e2bk4gr4e", "17:00:00"),
        ("not a time", "bafyreicfiuqwzdo7larwpbxsdrdyiacox67l3zx3gmhq7jrzjnp2abjvwy", "17:00:00"),
    ];
    for (claimed, cid, said) in table {
        let record = format!(r#"{{"text":"so #BuyPot","createdAt":"{claimed}"}}"#);
        let line =
            line("app.bsky.feed.post", &format!(r#""operation":"create","cid":"{cid}","record":{record}"#));
        let Ok(Decoded::Post(post)) = Format::Bluesky.decode_live(line.as_bytes()) else {
            panic!("{line}");
        };
        assert_eq!(post.posted_at.to_string(), format!("2013-02-13T{said}.000Z"), "{line}");
    }
}
