//! Jetstream, version 2: numbered events, compressed with the host's dictionary.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compact_str::CompactString;
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::bluesky::JetstreamV2;
use flashtag::intake::stream::live::{Health, LiveSource, Step};
use flashtag::net::{Answer, Opening, Received};
use proptest::prelude::{any, prop, proptest};

use super::bluesky_played::Happens::{
    Answered, Asked, Binary, Closed, Nothing, Opened, Refused, Text, Unreachable,
};
use super::bluesky_played::{at, play, posts, us};

/// A dictionary of a kilobyte, which the reference program trained on lines like [`MESSAGE`]; its number is 20260811.
const DICTIONARY: &str = "N6Qw7MsnNQEZEOAKlQ7/////+6oqOCmllClJSVY4uLXWWvMJAAAALCO4AQAABICDAICJAgCAEQsDAQAAAAAAAoAWhoGZhQEAAAAAAAAAAADwEgGoenQAAAAAlMgiZ4bl4TpsygAAAAAAAAAAAAAAAQAAAAQAAAAIAAAAMDI2LTExLTMwVDE1OjAwOjE3LjAwMFoiLCJ0ZXh0IjoibnVtYmVyIDYyOTUyNjUzOCAjQnV5S2V0dGxlIn0sImNpZCI6ImJhZnk3Mjk5NDY2MTAifX17IiR0eXBlIjoibWVzc2FnZSIsInBheWxvYWQiOnsiJHR5cGUiOiJuZXR3b3JrLmJza3kuamV0c3RyZWFtLnN1YnNjcmliZUV2ZW50cyNjb21taXQiLCJzZXEiOjkwMTk5OCwiZGlkIjoiZGlkOnBsYzphbmEiLCJ0aW1lIjoiMjAyNi0xMS0zMFQxNTowMDoxOC44Mzk5NzZaIiwicmV2IjoicjE5OTgiLCJvcGVyYXRpb24iOiJjcmVhdGUiLCJjb2xsZWN0aW9uIjoiYXBwLmJza3kuZmVlZC5wb3N0IiwicmtleSI6IjNrMzg3NTE1IiwicmVjb3JkIjp7IiR0eXBlIjoiYXBwLmJza3kuZmVlZC5wb3N0IiwiY3JlYXRlZEF0IjoiMjAyNi0xMS0zMFQxNTowMDoxOC4wMDBaIiwidGV4dCI6Im51bWJlciA5NjUwNDcyNzUgI0J1eUtldHRsZSJ9LCJjaWQiOiJiYWZ5NTYwMzgzMDk2In19eyIkdHlwZSI6Im1lc3NhZ2UiLCJwYXlsb2FkIjp7IiR0eXBlIjoibmV0d29yay5ic2t5LmpldHN0cmVhbS5zdWJzY3JpYmVFdmVudHMjY29tbWl0Iiwic2VxIjo5MDE5OTksImRpZCI6ImRpZDpwbGM6YW5hIiwidGltZSI6IjIwMjYtMTEtMzBUMTU6MDA6MTkuNTg1NDMwWiIsInJldiI6InIxOTk5Iiwib3BlcmF0aW9uIjoiY3JlYXRlIiwiY29sbGVjdGlvbiI6ImFwcC5ic2t5LmZlZWQucG9zdCIsInJrZXkiOiIzazIwMjA0NCIsInJlY29yZCI6eyIkdHlwZSI6ImFwcC5ic2t5LmZlZWQucG9zdCIsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMzBUMTU6MDA6MTkuMDAwWiIsInRleHQiOiJudW1iZXIgNDY4MTQzODAxICNCdXlLZXR0bGUifSwiY2lkIjoiYmFmeTgxNjI3NjQwIn19eyIkdHlwZSI6Im1lc3NhZ2UiLCJwYXlsb2FkIjp7IiR0eXBlIjoibmV0d29yay5ic2t5Lg==";
/// [`MESSAGE`], compressed with it by the reference program.
const COMPRESSED: &str = "KLUv/WPLJzUBfgBtAQBzAgWlkGpSnfE6NIYzlachs83nY2hmKgr8AqVXiXQAeQmxyrdNmXHrz1W/7zI=";
const MESSAGE: &str = r##"{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":905000,"did":"did:plc:ana","time":"2026-11-30T15:00:20.040636Z","rev":"r5000","operation":"create","collection":"app.bsky.feed.post","rkey":"3k620249","record":{"$type":"app.bsky.feed.post","createdAt":"2026-11-30T15:00:20.000Z","text":"number 500860201 #BuyKettle"},"cid":"bafy783752915"}}"##;

fn stream(after: Option<&Cursor>, is_compressed: bool) -> JetstreamV2 {
    let hosts: Vec<CompactString> = vec!["wss://a".into(), "wss://b".into()];
    JetstreamV2::new(hosts, after, 7, is_compressed).expect("the cursor is of this kind")
}

/// An event's line: its number, its second, and its key.
fn line(seq: u64, second: u32, rkey: &str) -> String {
    format!(
        r##"{{"$type":"message","payload":{{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":{seq},"did":"did:plc:ana","time":"{}","rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"{rkey}","record":{{"text":"x","seq":9,"time":"9999"}},"cid":"b"}}}}"##,
        at(second)
    )
}

fn info(name: &str) -> String {
    format!(
        r##"{{"$type":"message","payload":{{"$type":"network.bsky.jetstream.subscribeEvents#info","name":"{name}","message":"x"}}}}"##
    )
}

const FRESH: &str = "open a/subscribeEvents?";

#[test]
fn only_posts_and_reposts_are_asked_for_under_the_protocols_name() {
    let Step::Open(Opening::WebSocket(request)) = stream(None, false).next(at(0)) else { panic!("it opens") };
    assert_eq!(
        request.url,
        "wss://a/xrpc/network.bsky.jetstream.subscribeEvents?kinds=commit&collections=app.bsky.feed.post&collections=app.bsky.feed.repost"
    );
    assert_eq!(request.header_value("sec-websocket-protocol"), Some("xrpc.v1.json"));
}

#[test]
fn a_host_is_resumed_some_seconds_earlier_by_its_number_and_another_one_by_time() {
    let mut source = stream(None, false);
    let (one, two) = (line(40, 100, "1"), line(41, 101, "2"));
    let by_time = format!("open b/subscribeEvents?cursor={}", us(70));
    let lines = play(
        &mut source,
        &[
            (99, Asked, FRESH),
            (99, Opened, "receive"),
            (100, Text(&one), "receive"),
            (101, Text(&two), "receive"),
            (101, Closed, "close"),
            (101, Asked, "wait"),
            (103, Asked, "open a/subscribeEvents?cursor=40"),
            (103, Unreachable, "wait"),
            (110, Asked, &by_time),
        ],
    );
    assert_eq!(
        posts(&lines),
        ["post ana/post/1 2026-11-30T15:01:40.000Z x", "post ana/post/2 2026-11-30T15:01:41.000Z x",]
    );
    let mut restarted = stream(source.cursor().as_ref(), false);
    play(
        &mut restarted,
        &[
            (120, Asked, "open a/subscribeEvents?cursor=40"),
            (120, Opened, "receive"),
            (120, Text(&one), "receive"),
            (120, Text(&two), "receive"),
            (125, Nothing, "receive"),
            (130, Nothing, "receive"),
        ],
    );
    // Nothing came for a while, so that all that is told before the last post has come.
    let mut restarted = stream(restarted.cursor().as_ref(), false);
    play(&mut restarted, &[(140, Asked, "open a/subscribeEvents?cursor=41")]);
}

#[test]
fn messages_are_decompressed_with_the_dictionary_of_their_host() {
    let dictionary = Answer { status: 200, headers: vec![], body: STANDARD.decode(DICTIONARY).unwrap() };
    let compressed = STANDARD.decode(COMPRESSED).unwrap();
    let mut source = stream(None, true);
    play(&mut source, &[(0, Asked, "get a/getZstdDictionary")]);
    source.answered(Ok(dictionary), at(0), &mut Vec::new());
    let lines = play(
        &mut source,
        &[
            (0, Asked, "open a/subscribeEvents?zstdDictionary=20260811"),
            (0, Opened, "receive"),
            (20, Binary(&compressed), "receive"),
            (20, Binary(b"no frame"), "receive"),
            (20, Binary(&compressed), "receive"),
            // The dictionary is asked for once.
            (20, Closed, "close"),
            (20, Asked, "wait"),
            (22, Asked, "open a/subscribeEvents?cursor=905000&zstdDictionary=20260811"),
            // The host has a new one.
            (
                22,
                Refused(r#"400 | {"error":"UnknownZstdDictionary","message":"current is 20270101"}"#),
                "wait",
            ),
            (30, Asked, "get a/getZstdDictionary"),
            // It has none any more: lines as they are.
            (30, Answered("404 | "), "open a/subscribeEvents?cursor=905000"),
        ],
    );
    assert_eq!(lines, format!("{MESSAGE}\n{MESSAGE}\n"));
    assert_eq!(source.take_faults(), 1);
}

#[test]
fn without_a_dictionary_lines_come_as_they_are() {
    // The answer to the request of the dictionary, and what is wanted then.
    let table = [
        ("404 | ", FRESH),
        ("200 | no dictionary", FRESH),
        ("200 | ", FRESH),
        ("503 | ", "wait"),
        ("429 | ", "wait"),
        ("", "wait"),
    ];
    for (text, wanted) in table {
        play(&mut stream(None, true), &[(0, Asked, "get a/getZstdDictionary"), (0, Answered(text), wanted)]);
    }
}

#[test]
fn what_the_host_no_longer_has_is_told_and_left_out() {
    let (one, next) = (line(5, 0, "1"), line(918_000, 7200, "2"));
    let began = |source: &mut JetstreamV2| {
        play(source, &[(0, Asked, FRESH), (0, Opened, "receive"), (0, Text(&one), "receive")]);
        play(source, &[(1, Closed, "close"), (1, Asked, "wait")]);
    };
    let by_time = format!("open a/subscribeEvents?cursor={}", us(0) - 30_000_000);
    // How the host refuses the number, and where the stream goes on.
    let table = [
        ("requested cursor 5 is below floor 918000", "open a/subscribeEvents?cursor=918000"),
        ("too old", by_time.as_str()),
    ];
    for (message, wanted) in table {
        let mut source = stream(None, false);
        began(&mut source);
        let refusal = format!(r#"400 | {{"error":"CursorTooOld","message":"{message}"}}"#);
        play(
            &mut source,
            &[
                (9000, Asked, "open a/subscribeEvents?cursor=5"),
                (9000, Refused(&refusal), "wait"),
                (9002, Asked, wanted),
                (9002, Opened, "receive"),
            ],
        );
        assert_eq!(source.take_gap(), None, "nobody knows yet where it ends");
        play(&mut source, &[(9002, Text(&next), "receive")]);
        assert_eq!((source.take_gap(), source.take_gap()), (Some((at(0), at(7200))), None));
        play(
            &mut source,
            &[
                (9003, Closed, "close"),
                (9003, Asked, "wait"),
                (9005, Asked, "open a/subscribeEvents?cursor=918000"),
            ],
        );
    }
    // A host that is asked by time begins where it can, and says so.
    let mut source = stream(None, false);
    began(&mut source);
    let outdated = info("OutdatedCursor");
    play(
        &mut source,
        &[
            (9000, Asked, "open a/subscribeEvents?cursor=5"),
            (9000, Opened, "receive"),
            (9000, Text(&outdated), "receive"),
            (9000, Text(&next), "receive"),
        ],
    );
    assert_eq!(source.take_gap(), Some((at(0), at(7200))));
}

#[test]
fn a_host_that_numbers_anew_is_resumed_by_time() {
    let mut source = stream(None, false);
    let (one, future) = (line(40, 100, "1"), info("FutureCursor"));
    let by_time = format!("open a/subscribeEvents?cursor={}", us(70));
    let lines = play(
        &mut source,
        &[
            (99, Asked, FRESH),
            (99, Opened, "receive"),
            (100, Text(&one), "receive"),
            (100, Closed, "close"),
            (100, Asked, "wait"),
            (102, Asked, "open a/subscribeEvents?cursor=40"),
            (102, Opened, "receive"),
            (102, Text(&future), "close"),
            (102, Asked, "wait"),
            (104, Asked, &by_time),
        ],
    );
    assert_eq!(lines.lines().count(), 1, "notices are no lines");
}

#[test]
fn an_error_ends_the_stream_and_is_shown() {
    let mut source = stream(None, false);
    let one = line(40, 0, "1");
    play(
        &mut source,
        &[
            (0, Asked, FRESH),
            (0, Opened, "receive"),
            (0, Text(&one), "receive"),
            (
                0,
                Text(r#"{"$type":"error","error":"ConsumerTooSlow","message":"reader below floor rate"}"#),
                "close",
            ),
            (0, Asked, "wait"),
        ],
    );
    assert_eq!(source.health(), Health::Connecting("the host says ConsumerTooSlow".into()));
    play(&mut source, &[(3, Asked, "open a/subscribeEvents?cursor=40")]);
}

proptest! {
    #[test]
    fn no_bytes_break_it(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8), at_byte in any::<prop::sample::Index>(), flip in any::<u8>()) {
        let mut source = stream(None, true);
        let dictionary = STANDARD.decode(DICTIONARY).unwrap();
        source.answered(Ok(Answer { status: 200, headers: vec![], body: dictionary }), at(0), &mut Vec::new());
        source.opened(Ok(()), at(0));
        let mut lines = Vec::new();
        let mut mangled = STANDARD.decode(COMPRESSED).unwrap();
        let index = at_byte.index(mangled.len());
        mangled[index] ^= flip;
        source.received(Received::Binary(&mangled), at(1), &mut lines);
        for message in &messages {
            source.received(Received::Binary(message), at(1), &mut lines);
            source.received(Received::Text(message), at(1), &mut lines);
            let mut dictionary = STANDARD.decode(DICTIONARY).unwrap();
            let index = at_byte.index(dictionary.len());
            dictionary[index] ^= flip;
            stream(None, true).answered(Ok(Answer { status: 200, headers: vec![], body: dictionary }), at(0), &mut lines);
        }
    }
}
