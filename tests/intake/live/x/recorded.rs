//! Samples of X's streams in bytes, as the wire has them.

use flashtag::domain::post::Post;
use flashtag::intake::format::{Decoded, Format};

use super::session::at;
use crate::intake::{decoded_post, pointer, post, verdict, x_line};
use flashtag::domain::id::Network;

/// An event whose payload has these fields besides author and instant.
fn event(kind: &str, payload: &str) -> String {
    let users =
        r#"{"users":[{"id":"42","username":"ana","created_at":"2012-05-06T07:08:09Z"},{"data":{"id":"1"}}]}"#;
    format!(
        r#"{{"data":{{"event_uuid":"-27","filter":{{"user_id":"77"}},"event_type":"{kind}","tag":"t","payload":{{"author_id":"42",{payload}}},"includes":{users}}}}}"#
    )
}

#[test]
fn an_event_is_the_post_in_it() {
    let fields = r#""id":"77","created_at":"2013-02-13T17:00:00Z","text":"tea &amp; #BuyPot","referenced_tweets":[{"type":"replied_to","id":"5"}]"#;
    let expected = Post {
        handle: "ana".into(),
        in_reply_to: pointer("5"),
        ..post(Network::X, "77", "42", "2013-02-13T17:00:00Z", "tea & #BuyPot")
    };
    assert_eq!(decoded_post(Format::X, &x_line(fields)), expected);
    let expected = Post { author_since: Some("2012-05-06T07:08:09Z".parse().unwrap()), ..expected };
    for kind in ["post.create", "post.mention.create", "post.reply.create", "post.quote.create"] {
        assert_eq!(decoded_post(Format::X, &event(kind, fields)), expected, "{kind}");
    }
}

#[test]
fn a_deletion_names_the_post_and_its_author() {
    let line = event("post.delete", r#""id":"2127417370152103936""#);
    let plain = post(Network::X, "2127417370152103936", "42", "2026-11-30T15:00:01.204Z", "");
    assert_eq!(decoded_post(Format::X, &line), Post { deleted: true, ..plain });
}

#[test]
fn other_events_are_ignored_and_broken_ones_are_faults() {
    let good = r#""id":"77","created_at":"2013-02-13T17:00:00Z","text":"x""#;
    let table = [
        (event("like.create", r#""liked_tweet_id":"5""#), "other event"),
        (event("post.mention.create", r#""id":"77""#), "missing_field"),
        (event("post.delete", r#""id":7"#), "bad_id"),
        (event("post.delete", r#""id":"7x""#), "bad_id"),
        (event("post.delete", good), "post"),
        (r#"{"data":{"event_type":"post.create"}}"#.to_owned(), "missing_field"),
        (r#"{"data":{"event_type":"post.delete","payload":[]}}"#.to_owned(), "bad_type"),
        (r#"{"data":{"event_type":7,"payload":{}}}"#.to_owned(), "bad_type"),
        (r#"{"data":{"event_type":null,"id":"1"}}"#.to_owned(), "missing_field"),
    ];
    for (line, expected) in table {
        assert_eq!(verdict(Format::X, line.as_bytes()), expected, "{line}");
    }
}

#[test]
fn the_time_of_a_deletion_is_the_post_s() {
    let id = super::session::id(7).to_string();
    match Format::X.decode(event("post.delete", &format!(r#""id":"{id}""#)).as_bytes()) {
        Ok(Decoded::Post(post)) => assert_eq!(post.posted_at, at(7)),
        other => panic!("{other:?}"),
    }
}
