//! What a source makes of a server's texts: which line, and what the format reads in it.

use std::fs;

use flashtag::domain::post::Post;
use flashtag::domain::time::Timestamp;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::live::LiveSource;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::net::{Answer, Received};
use flashtag::networks::mastodon::Server;
use proptest::prelude::*;

use crate::intake::decoded_post;

fn now() -> Timestamp {
    "2026-11-30T16:00:00Z".parse().unwrap()
}

fn source(transport: Transport) -> MastodonSource {
    let server = Server::parse("https://a.example").unwrap();
    let settings = Settings {
        server,
        streaming: None,
        transport,
        notifications: true,
        tags: vec!["pot".into()],
        seed: 1,
    };
    let mut source = MastodonSource::new(settings, None).unwrap();
    source.opened(Ok(()), now());
    // The first pages only show where the feeds are.
    for _ in 0..100 {
        if let flashtag::intake::stream::live::Step::Exchange(_) = source.next(now()) {
            source.answered(Ok(page("[]")), now(), &mut Vec::new());
        }
        source.received(Received::Nothing, now(), &mut Vec::new());
    }
    source
}

fn page(body: &str) -> Answer {
    Answer { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// The lines that come of one message of the WebSocket.
fn lines(event: &str, payload: &str) -> Vec<String> {
    let frame = serde_json::json!({ "stream": ["x"], "event": event, "payload": payload }).to_string();
    let mut lines = Vec::new();
    source(Transport::WebSocket).received(Received::Text(frame.as_bytes()), now(), &mut lines);
    String::from_utf8(lines).unwrap().lines().map(str::to_owned).collect()
}

fn post_of(event: &str, payload: &str) -> Post {
    let lines = lines(event, payload);
    assert_eq!(lines.len(), 1, "{payload}");
    decoded_post(Format::Mastodon, &lines[0])
}

/// A status by an author of another server, with these fields besides.
fn status(fields: &str) -> String {
    format!(
        r#"{{"id":"17","created_at":"2026-11-30T15:00:00.000Z","visibility":"public","content":"<p>#BuyPot</p>","account":{{"acct":"ana@b.example","uri":"https://b.example/users/ana"}}{fields}}}"#
    )
}

#[test]
fn ids_of_statuses_name_the_server_that_was_read() {
    for (fields, in_reply_to, repost_of, quote_of) in [
        ("", None, None, None),
        (r#","in_reply_to_id":"9","in_reply_to_account_id":"5""#, Some("a.example/9"), None, None),
        (r#","in_reply_to_id":null,"reblog":null,"quote":null"#, None, None, None),
        (r#","reblog":{"id":"8","content":"<p>x</p>"}"#, None, Some("a.example/8"), None),
        (r#","quote":{"state":"accepted","quoted_status":{"id":"7"}}"#, None, None, Some("a.example/7")),
        (
            r#","quote":{"state":"deleted","quoted_status":null,"quoted_status_id":"7"}"#,
            None,
            None,
            Some("a.example/7"),
        ),
        (r#","quote":{"id":"7","content":"x"}"#, None, None, Some("a.example/7")),
        (",\n \"in_reply_to_id\" :\r\n \"9\"", Some("a.example/9"), None, None),
        (r#","in_reply_to_id":"9\u0031""#, Some("a.example/91"), None, None),
    ] {
        let post = post_of("update", &status(fields));
        let text = |id: Option<flashtag::domain::id::PostId>| id.map(|id| id.to_string());
        assert_eq!(post.id.to_string(), "a.example/17");
        assert_eq!(text(post.in_reply_to).as_deref(), in_reply_to, "{fields}");
        assert_eq!(text(post.repost_of).as_deref(), repost_of, "{fields}");
        assert_eq!(text(post.quote_of).as_deref(), quote_of, "{fields}");
        assert_eq!(post.account.to_string(), "mastodon:https://b.example/users/ana");
    }
}

#[test]
fn what_is_no_id_stays_as_the_server_wrote_it() {
    let text = status(r#","language":"en","tags":[{"name":"id","id":"3"}],"odd":[ {"id" : "4"} , 1.50e3 ]"#);
    let line = lines("update", &text).pop().unwrap();
    assert_eq!(line, text.replacen(r#""17""#, r#""a.example/17""#, 1));
}

/// No server sets the fields that are this program's own.
#[test]
fn a_server_neither_deletes_nor_vouches_by_a_field_of_a_status() {
    let post = post_of("update", &status(r#","deleted":true,"seen_at":"2026-11-30T15:30:00Z""#));
    assert!(!post.deleted);
    assert!(post.is_time_claimed);
}

/// A notification tells when the shop's own server had the post: that time holds, however late it is read.
#[test]
fn the_time_of_a_mention_is_the_later_one_of_its_own_and_that_of_the_notification() {
    let notification = |seen_at: &str, status: &str| {
        format!(
            r#"{{"id":"90","type":"mention","created_at":"{seen_at}","account":{{"acct":"x"}},"status":{status}}}"#
        )
    };
    let remote = status("");
    let local = status("").replace("ana@b.example", "ana");
    for (seen_at, status, posted_at) in [
        ("2026-11-30T15:00:01.500Z", &remote, "2026-11-30T15:00:01.500Z"),
        ("2026-11-30T14:59:00.000Z", &remote, "2026-11-30T15:00:00.000Z"),
        ("2026-11-30T15:20:00.000Z", &local, "2026-11-30T15:00:00.000Z"),
    ] {
        let post = post_of("notification", &notification(seen_at, status));
        assert_eq!(post.posted_at.to_string(), posted_at);
        assert!(!post.is_time_claimed);
    }
    assert!(post_of("update", &remote).is_time_claimed, "without a notification");
}

#[test]
fn a_repost_is_its_account_s_and_has_the_text_that_was_reposted() {
    let notification = r#"{"id":"90","type":"reblog","created_at":"2026-11-30T15:00:05.000Z",
        "account":{"id":"5","acct":"ana@b.example","uri":"https://b.example/users/ana"},
        "status":{"id":"33","visibility":"unlisted","content":"<p>@ana Yours. #ConfirmPot</p>","account":{"acct":"shop"}}}"#;
    let post = post_of("notification", notification);
    assert_eq!(post.id.to_string(), "a.example/reblog/90");
    assert_eq!(post.account.to_string(), "mastodon:https://b.example/users/ana");
    assert_eq!(post.repost_of.unwrap().to_string(), "a.example/33");
    assert_eq!(post.text, "@ana Yours. #ConfirmPot");
    assert_eq!(post.posted_at.to_string(), "2026-11-30T15:00:05.000Z");
    // What only some can see cannot be reposted by others, and is no post of the sale.
    let line = lines("notification", &notification.replace("unlisted", "direct")).pop().unwrap();
    assert_eq!(Format::Mastodon.decode(line.as_bytes()), Ok(Decoded::Ignored("not public")));
}

#[test]
fn a_deletion_is_its_author_s() {
    let mut source = source(Transport::WebSocket);
    let mut play = |event: &str, payload: &str| {
        let frame = serde_json::json!({ "event": event, "payload": payload }).to_string();
        let mut lines = Vec::new();
        source.received(Received::Text(frame.as_bytes()), now(), &mut lines);
        String::from_utf8(lines).unwrap()
    };
    play("update", &status(""));
    let post = decoded_post(Format::Mastodon, play("delete", "17").trim_end());
    assert!(post.deleted);
    assert_eq!(post.id.to_string(), "a.example/17");
    assert_eq!(post.account.to_string(), "mastodon:https://b.example/users/ana");
    assert_eq!(post.posted_at, now());
}

/// Recordings of a real server, where they are at hand: each status in them becomes a post.
#[test]
fn statuses_of_a_real_server_become_posts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/real/mastodon-4.6.4.jsonl");
    let Ok(recorded) = fs::read_to_string(path) else {
        return eprintln!("SKIPPED: the recordings of a real server are not at hand");
    };
    let mut statuses = 0;
    for exchange in recorded.lines() {
        let exchange: serde_json::Value = serde_json::from_str(exchange).unwrap();
        let body = exchange["body"].as_str().unwrap_or_default();
        if exchange["uri"].as_str().unwrap().contains("/streaming/user") {
            let mut source = source(Transport::Events);
            let mut lines = Vec::new();
            body.lines().for_each(|line| source.received(Received::Text(line.as_bytes()), now(), &mut lines));
            assert_eq!(String::from_utf8(lines).unwrap().lines().count(), 1);
            statuses += 1;
        }
        let Ok(value) = serde_json::from_str::<serde_json::Value>(body) else { continue };
        // The answer to a deletion has the text as it was written, and no content.
        let is_status = |value: &serde_json::Value| {
            ["visibility", "uri", "content"].iter().all(|key| value.get(key).is_some())
        };
        let values = value.as_array().map_or_else(|| std::slice::from_ref(&value), Vec::as_slice);
        for status in values.iter().filter(|value| is_status(value)) {
            let lines = lines("update", &status.to_string());
            let decoded = Format::Mastodon.decode(lines[0].as_bytes()).unwrap();
            assert!(matches!(decoded, Decoded::Post(_) | Decoded::Ignored("not public")), "{lines:?}");
            statuses += 1;
        }
    }
    assert!(statuses > 10, "{statuses}");
}

/// Pieces of which almost a message is made.
fn almost_a_message() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(status("").into_bytes()),
        Just(b"{\"event\":\"update\",\"payload\":\"".to_vec()),
        Just(b"event: notification".to_vec()),
        Just(
            b"data: {\"id\":\"1\",\"type\":\"reblog\",\"created_at\":\"2026-11-30T15:00:05.000Z\",".to_vec()
        ),
        Just(b"\"status\":{\"id\":\"".to_vec()),
        Just(b"[{\"id\":\"".to_vec()),
        Just(b"}]".to_vec()),
        Just(b"\",".to_vec()),
        Just(b"[[[[[[[[[[[[[[[[".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Whatever a server sends, the source lives on, and its lines are whole.
    #[test]
    fn any_bytes_are_taken(messages in proptest::collection::vec((almost_a_message(), 0..4), 1..8)) {
        for transport in [Transport::WebSocket, Transport::Events] {
            let mut source = source(transport);
            let mut lines = Vec::new();
            for (bytes, way) in &messages {
                match way {
                    0 => source.received(Received::Text(bytes), now(), &mut lines),
                    1 => source.received(Received::Binary(bytes), now(), &mut lines),
                    2 => {
                        let frame = serde_json::json!({
                            "event": "notification", "payload": String::from_utf8_lossy(bytes)
                        });
                        source.received(Received::Text(frame.to_string().as_bytes()), now(), &mut lines);
                    }
                    _ => {
                        let answer = Answer { status: 200, headers: Vec::new(), body: bytes.clone() };
                        source.answered(Ok(answer), now(), &mut lines);
                    }
                }
                source.next(now());
            }
            prop_assert!(lines.is_empty() || lines.ends_with(b"\n"));
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                prop_assert!(Format::Mastodon.is_json(line), "{}", String::from_utf8_lossy(line));
            }
        }
    }

    /// A whole status with any other fields is delivered, and its ids name the server.
    #[test]
    fn any_field_of_a_status_is_kept(name in "[a-z_]{1,12}", value in any::<f64>(), words in any::<String>()) {
        prop_assume!(!["id", "reblog", "quote", "deleted", "seen_at"].contains(&name.as_str()));
        prop_assume!(!status("").contains(&format!("\"{name}\"")) && name != "in_reply_to_id");
        let (value, words) = (serde_json::json!([value, words]).to_string(), serde_json::json!(words).to_string());
        let text = status(&format!(r#","{name}":{{"a":{value},"b":{words}}}"#));
        let line = lines("update", &text).pop().unwrap();
        prop_assert_eq!(line, text.replacen(r#""17""#, r#""a.example/17""#, 1));
    }
}
