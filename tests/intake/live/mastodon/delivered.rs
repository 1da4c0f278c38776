//! Which posts are delivered, and which hashtags are followed.

use flashtag::intake::stream::live::mastodon::Transport;
use flashtag::intake::stream::live::{Health, LiveSource};

use super::session::What::{Done, Nothing, Opened, Page, Text};
use super::session::{CURSOR, SOCKET, SUBSCRIBE, SUBSCRIBE_TAG, frame, page, play, reblog, source, status};

#[test]
fn hashtags_follow_the_catalog() {
    let mut source = source(Transport::WebSocket, &["buypot"], Some(CURSOR));
    let (old, new) = (page(&[status("700", -9)]), frame("update", &status("701", 2)));
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, SUBSCRIBE_TAG, Done, ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "receive 0s", Nothing, ""),
            (0, "get #buypot&limit=40&min_id=460", Page("[]"), ""),
            (0, "receive 0s", Nothing, ""),
        ],
    );
    source.set_tags(&["BuyCup".into(), "buycup".into(), "セール".into()]);
    play(
        &mut source,
        &[
            (1, r#"send {"stream":"hashtag","tag":"buypot","type":"unsubscribe"}"#, Done, ""),
            (1, r#"send {"stream":"hashtag","tag":"buycup","type":"subscribe"}"#, Done, ""),
            (1, r#"send {"stream":"hashtag","tag":"セール","type":"subscribe"}"#, Done, ""),
            (1, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (1, "receive 0s", Nothing, ""),
            (1, "get #buycup&limit=40", Page(&old), ""),
            (1, "receive 0s", Text(&new), "701"),
            (1, "receive 0s", Nothing, ""),
            (1, "get #%E3%82%BB%E3%83%BC%E3%83%AB&limit=40", Page("[]"), ""),
        ],
    );
    let cursor = r##"{"host":"a.example","notifications":"900","tags":{"buycup":"700","セール":"0"}}"##;
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), cursor);
    source.set_tags(&["buycup".into(), "セール".into()]);
    play(&mut source, &[(2, "receive 0s", Nothing, ""), (2, "receive 39s", Nothing, "")]);
}

#[test]
fn reposts_edits_and_deletions_come_as_lines() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let own = status("33", -50);
    let reposted = frame("notification", &reblog("902", &own, 2));
    let edited =
        status("502", 1).replace(r#""reblog""#, r#""edited_at":"2026-11-30T15:00:09.000Z","reblog""#);
    let follow = reblog("903", &own, 2).replace(r#""reblog""#, r#""follow""#);
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "receive 0s", Text(&reposted), "reblog/902*a.example/33"),
            (2, "receive 0s", Text(&reposted), ""),
            (2, "receive 0s", Text(&frame("update", &status("501", 2))), "501"),
            (3, "receive 0s", Text(&frame("status.update", &edited)), "502"),
            (4, "receive 0s", Text(&frame("delete", "501")), "-501"),
            // Nobody knows whose it was.
            (5, "receive 0s", Text(&frame("delete", "77")), ""),
            (5, "receive 0s", Text(&frame("notification", &follow)), ""),
            (5, "receive 0s", Text(&frame("filters_changed", "")), ""),
            (5, "receive 0s", Text(r#"{"error":"unknown stream","status":400}"#), ""),
            (5, "receive 0s", Text("no JSON"), ""),
            (6, "receive 0s", Text(r#"{"error":"revoked","status":401}"#), ""),
            (6, "close", Done, ""),
        ],
    );
    assert!(matches!(source.health(), Health::SignedOut(_)));
}
