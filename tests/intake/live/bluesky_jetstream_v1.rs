//! Jetstream, version 1: resumed by time, on the same host some seconds earlier, on another host somewhat more.

use compact_str::CompactString;
use flashtag::domain::time::Millis;
use flashtag::intake::stream::live::bluesky::JetstreamV1;
use flashtag::intake::stream::live::{Health, LiveSource, Step};
use flashtag::intake::stream::{Cursor, NotResumed};
use flashtag::net::Opening;

use super::bluesky_played::Happens::{
    Alive, Asked, Binary, Closed, Nothing, Opened, Refused, Text, Unreachable,
};
use super::bluesky_played::{at, play, posts, us};

fn hosts() -> Vec<CompactString> {
    vec!["wss://a".into(), "wss://b".into()]
}

fn stream(after: Option<&Cursor>) -> JetstreamV1 {
    JetstreamV1::new(hosts(), after, 7).expect("the cursor is of this kind")
}

/// A post's line at that second.
fn line(second: u32, rkey: &str) -> String {
    let us = us(second);
    format!(
        r#"{{"did":"did:plc:ana","time_us":{us},"kind":"commit","commit":{{"rev":"r","operation":"create","collection":"app.bsky.feed.post","rkey":"{rkey}","record":{{"text":"number {rkey}","time_us":9}},"cid":"b"}}}}"#
    )
}

/// The address with a cursor at that second.
fn open(host: &str, second: u32) -> String {
    format!("open {host}/subscribe?cursor={}", us(second))
}

const FRESH: &str = "open a/subscribe?";

#[test]
fn posts_and_reposts_are_asked_for() {
    let Step::Open(Opening::WebSocket(request)) = stream(None).next(at(0)) else {
        panic!("it wants to open")
    };
    assert_eq!(
        request.url,
        "wss://a/subscribe?wantedCollections=app.bsky.feed.post&wantedCollections=app.bsky.feed.repost"
    );
}

#[test]
fn an_interrupted_stream_goes_on_behind_what_came_some_seconds_before() {
    let mut source = stream(None);
    assert_eq!(source.cursor(), None, "there is nothing to resume yet");
    let (one, two, three) = (line(1, "1"), line(6, "2"), line(7, "3"));
    let lines = play(
        &mut source,
        &[
            (0, Asked, FRESH),
            (0, Opened, "receive"),
            (1, Text(&one), "receive"),
            // The second post is told behind the third one, or would be: the stream is cut between them.
            (7, Text(&three), "receive"),
            (8, Closed, "close"),
            (8, Asked, "wait"),
            (10, Asked, &open("a", 1)),
            (10, Opened, "receive"),
            (10, Text(&one), "receive"),
            (10, Text(&two), "receive"),
            (10, Text(&three), "receive"),
        ],
    );
    assert_eq!(
        posts(&lines),
        [
            "post ana/post/1 2026-11-30T15:00:01.000Z number 1",
            "post ana/post/3 2026-11-30T15:00:07.000Z number 3",
            "post ana/post/1 2026-11-30T15:00:01.000Z number 1",
            "post ana/post/2 2026-11-30T15:00:06.000Z number 2",
            "post ana/post/3 2026-11-30T15:00:07.000Z number 3",
        ]
    );
    // Once nothing has come for a while, all that is told before the last post has come.
    let restarted = |source: &JetstreamV1, second: u32| {
        play(&mut stream(source.cursor().as_ref()), &[(99, Asked, &open("a", second))]);
    };
    restarted(&source, 1);
    play(&mut source, &[(15, Nothing, "receive"), (20, Nothing, "receive")]);
    restarted(&source, 7);
}

#[test]
fn another_host_is_resumed_earlier() {
    let mut source = stream(None);
    let one = line(100, "1");
    play(
        &mut source,
        &[
            (99, Asked, FRESH),
            (99, Opened, "receive"),
            (100, Text(&one), "receive"),
            (105, Nothing, "receive"),
            (105, Closed, "close"),
            (105, Asked, "wait"),
            (107, Asked, &open("a", 100)),
            (107, Unreachable, "wait"),
            (115, Asked, &open("b", 70)),
            (115, Refused("503 | "), "wait"),
            (125, Asked, &open("b", 70)),
            (125, Opened, "receive"),
        ],
    );
    // Until the other host has sent something, the position is that of the first one.
    let cursor = source.cursor().expect("there is a position");
    play(&mut stream(Some(&cursor)), &[(130, Asked, &open("a", 100))]);
    let earlier = line(75, "0");
    play(&mut source, &[(126, Text(&earlier), "receive"), (131, Nothing, "receive")]);
    let cursor = source.cursor().expect("there is a position");
    play(&mut stream(Some(&cursor)), &[(130, Asked, &open("b", 75))]);
    let only_c = JetstreamV1::new(vec!["wss://c".into()], Some(&cursor), 7);
    play(&mut only_c.expect("the cursor is of this kind"), &[(130, Asked, &open("c", 45))]);
}

#[test]
fn an_interruption_before_the_first_post_is_one_as_well() {
    play(
        &mut stream(None),
        &[
            (100, Asked, FRESH),
            (100, Opened, "receive"),
            (130, Closed, "close"),
            (130, Asked, "wait"),
            (132, Asked, &open("a", 70)),
        ],
    );
}

#[test]
fn a_silent_host_is_left_after_two_missed_signs_of_life() {
    let mut source = stream(None);
    play(
        &mut source,
        &[
            (0, Asked, FRESH),
            (0, Opened, "receive"),
            (30, Alive, "receive"),
            (60, Alive, "receive"),
            (125, Nothing, "receive"),
            (126, Nothing, "close"),
            (126, Asked, "wait"),
        ],
    );
    assert_eq!(source.health(), Health::Connecting("the host was silent for a minute".into()));
}

#[test]
fn what_an_operator_sees() {
    let mut source = stream(None);
    assert_eq!(source.health(), Health::Connecting("connecting".into()));
    let (one, old, new) = (line(1, "1"), line(2, "2"), line(600, "3"));
    play(&mut source, &[(0, Asked, FRESH), (0, Opened, "receive"), (1, Text(&one), "receive")]);
    assert_eq!((source.health(), source.behind(at(60))), (Health::Live, Millis::ZERO));
    play(&mut source, &[(6, Nothing, "receive"), (6, Closed, "close"), (6, Asked, "wait")]);
    assert_eq!(source.health(), Health::Connecting("going away".into()));
    assert_eq!(source.behind(at(61)), Millis::from_secs(60), "nobody knows what was posted since");
    play(&mut source, &[(600, Asked, &open("a", 1)), (600, Opened, "receive"), (600, Text(&old), "receive")]);
    assert_eq!((source.health(), source.behind(at(602))), (Health::CatchingUp, Millis::from_secs(600)));
    play(&mut source, &[(603, Text(&new), "receive")]);
    assert_eq!(source.health(), Health::Live);
    // The engine was full for ten seconds, so what comes now is old.
    play(&mut source, &[(613, Text(&new), "receive")]);
    assert_eq!((source.health(), source.behind(at(613))), (Health::CatchingUp, Millis::from_secs(13)));
    play(&mut source, &[(614, Nothing, "receive"), (618, Nothing, "receive")]);
    assert_eq!(source.health(), Health::Live, "nothing waits any more");
}

#[test]
fn what_the_host_keeps_no_longer_is_told_once() {
    const HOUR: u32 = 3600;
    // The age of the position in hours, and what is lost.
    let table = [(1, None), (36, None), (40, Some((at(0), at(4 * HOUR))))];
    for (hours, lost) in table {
        let mut source = stream(None);
        let one = line(0, "1");
        play(&mut source, &[(0, Asked, FRESH), (0, Opened, "receive"), (0, Text(&one), "receive")]);
        play(&mut source, &[(5, Nothing, "receive")]);
        let mut source = stream(source.cursor().as_ref());
        let later = hours * HOUR;
        play(&mut source, &[(later, Asked, &open("a", 0)), (later, Opened, "receive")]);
        assert_eq!(source.take_gap(), lost, "after {hours} hours");
        assert_eq!(source.take_gap(), None, "after {hours} hours");
    }
}

/// A host may keep less than others, and begins without a word at what it has. The event at which a stream is resumed is the
/// first one that comes, or no host has it any more.
#[test]
fn a_host_that_begins_behind_the_last_post_has_lost_what_was_between() {
    let (one, two, three) = (line(0, "1"), line(300, "2"), line(301, "3"));
    // What comes after an interruption of ten minutes, and what is lost.
    let table: [(&[&str], _); 4] = [
        (&[&one, &two], None),
        (&[&two, &one], None),
        (&[&two, &three], Some((at(0), at(300)))),
        (&[&three, &two], Some((at(0), at(300)))),
    ];
    for (lines, lost) in table {
        let mut source = stream(None);
        play(&mut source, &[(0, Asked, FRESH), (0, Opened, "receive"), (0, Text(&one), "receive")]);
        play(&mut source, &[(5, Nothing, "receive"), (6, Closed, "close"), (6, Asked, "wait")]);
        play(&mut source, &[(600, Asked, &open("a", 0)), (600, Opened, "receive")]);
        for line in lines {
            play(&mut source, &[(600, Text(line), "receive")]);
        }
        assert_eq!(source.take_gap(), None, "an earlier one may come yet");
        play(&mut stream(source.cursor().as_ref()), &[(601, Asked, &open("a", 0))]);
        play(&mut source, &[(605, Nothing, "receive")]);
        assert_eq!((source.take_gap(), source.take_gap()), (lost, None), "{lines:?}");
    }
}

#[test]
fn no_author_moves_the_position() {
    let mut source = stream(None);
    let one = line(1, "1");
    play(&mut source, &[(0, Asked, FRESH), (0, Opened, "receive"), (1, Text(&one), "receive")]);
    let no_time = r#"{"kind":"commit","commit":{"record":{"text":"x","time_us":99999999999999999}}}"#;
    let lines = play(
        &mut source,
        &[
            (1, Text(no_time), "receive"),
            (1, Text("{\n}"), "receive"),
            (1, Text("garbage"), "receive"),
            (1, Binary(b"\x28\xb5\x2f\xfd"), "receive"),
        ],
    );
    assert_eq!(lines, format!("{no_time}\n{{ }}\ngarbage\n"), "the reader of the lines judges them");
    assert_eq!((source.take_faults(), source.take_faults()), (4, 0));
    play(&mut source, &[(6, Nothing, "receive"), (11, Nothing, "receive")]);
    play(&mut stream(source.cursor().as_ref()), &[(99, Asked, &open("a", 1))]);
    // A server may write its fields in another order.
    let last = format!(r#"{{"commit":{{"record":{{"time_us":9}}}},"kind":"commit","time_us":{}}}"#, us(2));
    play(&mut source, &[(12, Text(&last), "receive"), (16, Nothing, "receive"), (21, Nothing, "receive")]);
    play(&mut stream(source.cursor().as_ref()), &[(99, Asked, &open("a", 2))]);
    assert_eq!(source.take_faults(), 0);
}

#[test]
fn waits_double_up_to_a_minute_and_differ_between_sources() {
    let waits = |seed: u64| -> Vec<i64> {
        let mut source = JetstreamV1::new(vec!["wss://a".into()], None, seed).expect("no cursor");
        let mut now = at(0);
        let wait = |_| {
            assert!(matches!(source.next(now), Step::Open(_)));
            source.opened(Err(flashtag::net::NotOpened::Refused(crate::networks::answer("503 | "))), now);
            let Step::Wait(until) = source.next(now) else { panic!("it waits after a failure") };
            let waited = until.since(now);
            now = until;
            waited.ms()
        };
        (0..12).map(wait).collect()
    };
    let mut full = 500;
    for wait in waits(1) {
        assert!((full / 2..=full).contains(&wait), "{wait} of {full} ms");
        full = (full * 2).min(60_000);
    }
    assert_ne!(waits(1), waits(2));
}

#[test]
fn cursors_of_other_streams_are_refused() {
    let cursor = |text: &str| serde_json::from_value::<Cursor>(text.into()).expect("cursors are texts");
    for text in [
        "",
        "file/1/2/3",
        "jetstream-v2 1 2 wss://a",
        "repos 1 2 wss://a",
        "jetstream-v1 1 x wss://a",
        "jetstream-v1 1 2",
    ] {
        let refused = JetstreamV1::new(hosts(), Some(&cursor(text)), 7);
        assert!(matches!(refused, Err(NotResumed::NotACursor)), "{text}");
    }
    assert!(JetstreamV1::new(hosts(), Some(&cursor("jetstream-v1 0 2 wss://a")), 7).is_ok());
}
