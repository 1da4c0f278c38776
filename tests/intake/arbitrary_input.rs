//! Arbitrary input: nothing panics, and a valid post survives the round trip.

use flashtag::domain::id::{Authors, Network};
use flashtag::domain::post::Post;
use flashtag::intake::accounts::decode_link;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::transactions::decode_transaction;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::json;

use super::{bluesky_v1, bluesky_v2, decoded_post, mastodon_frame, mastodon_status, post, x_line};

/// Feeds a line to every reader of lines.
fn feed(line: &[u8]) {
    let sieve = Prefilter::new(&Catalog::default());
    for format in Format::ALL {
        let passed = sieve.passing_lines(format, line, &mut LineCounts::default()).next().is_some();
        let told = format.decode(line);
        assert!(!matches!(&told, Ok(Decoded::Post(post)) if post.account.is_sandbox()));
        if let Ok(Decoded::Post(post)) =
            told.or_else(|_| format.decode_handed_in(line, Authors::OfNetworksOrSandbox))
        {
            assert!(passed || !(post.deleted || post.repost_of.is_some()));
            assert!(!post.text.contains('\0'));
        }
    }
    // A link has no default values, so a mutated line must still be a complete link.
    if let Ok(linked) = decode_link(line, Authors::OfNetworksOrSandbox) {
        assert!(
            linked.link.email().is_some_and(|email| email.contains('@')) && linked.link.last4().len() == 4
        );
    }
    if let Ok(arrived) = decode_transaction(line) {
        assert!(arrived.transaction.amount.minor > 0 && !arrived.transaction.card.is_empty());
    }
}

fn valid_lines() -> Vec<String> {
    let status =
        mastodon_status(r#""content":"<p>it&#39;s #<b>BuyPot</b></p>","reblog":{"id":"7","content":"a"}"#);
    vec![
        r#"{"network":"x","id":"1","author":{"id":"2","handle":"a"},"posted_at":"2026-01-01T00:00:00Z","text":"a \u0023b","repost_of":"5","deleted":true}"#.to_owned(),
        r#"{"network":"mastodon","id":"1","author":{"id":"sandbox:ana-2"},"posted_at":"2026-01-01T00:00:00Z","text":"a"}"#.to_owned(),
        r#"{"network":"x","author_id":"42","card":{"token":"tok_1","brand":"amex","funding":"credit","last4":"1005"},"email":"ana@example.com","region":"US-NY"}"#.to_owned(),
        r#"{"id":"t-2","card":"tok_1","merchant":"m-100","amount":"31.20","currency":"USD","at":"2026-01-01T00:00:00Z","kind":"refund","refund_of":"t-1"}"#.to_owned(),
        x_line(r#""id":"1","created_at":"2026-01-01T00:00:00Z","text":"a &amp; #b","edit_history_tweet_ids":["1","2"],"referenced_tweets":[{"type":"retweeted","id":"7"}],"note_tweet":{"text":"b"}"#),
        bluesky_v1("create", "app.bsky.feed.post", r##"{"text":"#b","embed":{"$type":"app.bsky.embed.record","record":{"uri":"at://did:plc:b/app.bsky.feed.post/1"}},"reply":{"parent":{"uri":"at://c"}}}"##),
        bluesky_v2("delete", "app.bsky.feed.post", "null"),
        mastodon_frame("update", &status),
        status,
    ]
}

#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\#&<>0u\0\xef".to_vec())];
    prop_oneof![
        (any::<prop::sample::Index>(), byte.clone()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<prop::sample::Index>(), vec(byte, 1..6)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (any::<prop::sample::Index>(), 1_usize..30).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (any::<prop::sample::Index>(), 1_usize..30).prop_map(|(at, length)| Mutation::Repeat(at, length)),
    ]
}

fn mutate(line: &mut Vec<u8>, mutation: Mutation) {
    if line.is_empty() {
        return;
    }
    let reach = |at: usize, length: usize, line: &[u8]| at..(at + length).min(line.len());
    match mutation {
        Mutation::Set(at, byte) => *at.get_mut(line) = byte,
        Mutation::Insert(at, bytes) => {
            let at = at.index(line.len());
            line.splice(at..at, bytes);
        }
        Mutation::Cut(at, length) => drop(line.drain(reach(at.index(line.len()), length, line))),
        Mutation::Repeat(at, length) => {
            let range = reach(at.index(line.len()), length, line);
            let piece = line.get(range.clone()).unwrap_or_default().to_vec();
            line.splice(range.start..range.start, piece);
        }
    }
}

/// A post that Flashtag's own format can express.
fn any_post() -> impl Strategy<Value = Post> {
    let network = prop::sample::select(Network::ALL.to_vec());
    let id = || option::of("[1-9][0-9]{0,18}");
    let instant = || 0_i64..4_000_000_000_000;
    let words = ("[^\0]{0,60}", "[^\0]{0,20}");
    (
        network,
        "[1-9][0-9]{0,18}",
        "[1-9][0-9]{0,18}",
        words,
        (id(), id(), id()),
        (instant(), option::of(instant()), option::of(instant())),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(
                network,
                id,
                author,
                (text, handle),
                (reply, repost, quote),
                (at, arrived, since),
                (edited, deleted),
            )| {
                let author = if network == Network::Bluesky { format!("did:plc:{author}") } else { author };
                let pointer =
                    |id: Option<String>| id.map(|id| super::pointer(&id).expect("the strategy makes ids"));
                Post {
                    handle: handle.into(),
                    author_since: since.map(flashtag::domain::time::Timestamp::from_ms),
                    posted_at: flashtag::domain::time::Timestamp::from_ms(at),
                    in_reply_to: pointer(reply),
                    repost_of: pointer(repost),
                    quote_of: pointer(quote),
                    arrived_at: arrived.map(flashtag::domain::time::Timestamp::from_ms),
                    edited,
                    deleted,
                    markup: None,
                    is_time_claimed: false,
                    cid: None,
                    ..post(network, &id, &author, "2026-01-01T00:00:00Z", &text)
                }
            },
        )
}

fn written(post: &Post) -> String {
    let pointer = |id: &Option<flashtag::domain::id::PostId>| id.as_ref().map(ToString::to_string);
    json!({
        "network": post.account.network.name(),
        "id": post.id,
        "author": {"id": post.account.author, "handle": post.handle.as_str(),
            "created_at": post.author_since.map(|at| at.to_string())},
        "posted_at": post.posted_at.to_string(),
        "text": post.text,
        "in_reply_to": pointer(&post.in_reply_to),
        "repost_of": pointer(&post.repost_of),
        "quote_of": pointer(&post.quote_of),
        "arrived_at": post.arrived_at.map(|at| at.to_string()),
        "edited": post.edited,
        "deleted": post.deleted,
    })
    .to_string()
}

#[test]
fn every_prefix_of_a_valid_line_is_a_fault_or_nothing() {
    for line in valid_lines() {
        for end in 0..line.len() {
            let part = &line.as_bytes()[..end];
            feed(part);
            for format in Format::ALL {
                assert!(!matches!(format.decode(part), Ok(Decoded::Post(_))), "{end} bytes of {line}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..200)) {
        feed(&bytes);
    }

    #[test]
    fn mutated_lines_do_no_harm(
        which in any::<prop::sample::Index>(),
        mutations in vec(mutation(), 1..6),
    ) {
        let lines = valid_lines();
        let mut line = which.get(&lines).clone().into_bytes();
        for mutation in mutations {
            mutate(&mut line, mutation);
        }
        feed(&line);
    }

    #[test]
    fn a_post_is_read_as_it_was_written(post in any_post()) {
        prop_assert_eq!(decoded_post(Format::Flashtag, &written(&post)), post);
    }
}
