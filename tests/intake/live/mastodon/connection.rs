//! How connections are opened, lost and opened again, and what is asked for beside them.

use flashtag::domain::time::Millis;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{Health, LiveSource, Step};
use flashtag::net::{NotOpened, Unanswered};

use super::session::What::{Alive, Closed, Done, Headers, NoAnswer, Nothing, Opened, Page, Refused, Text};
use super::session::{
    CURSOR, SOCKET, SUBSCRIBE, SUBSCRIBE_TAG, at, frame, mention, page, play, settings, source, status,
};

#[test]
fn a_silent_connection_is_dead_and_what_was_missed_is_read_after_the_next_one_opened() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "receive 0s", Nothing, ""),
            (0, "receive 40s", Nothing, ""),
            (40, "close", Done, ""),
        ],
    );
    assert_eq!(source.health(), Health::Connecting("nothing came for too long".into()));
    assert_eq!(source.behind(at(41)), Millis::from_secs(41));
    let missed = page(&[mention("901", &status("501", 20), 20)]);
    play(
        &mut source,
        &[
            (40, "get notifications&limit=80&min_id=860", NoAnswer, ""),
            (42, SOCKET, Opened, ""),
            (42, SUBSCRIBE, Done, ""),
            (42, "get notifications&limit=80&min_id=860", Page(&missed), "501"),
        ],
    );
    assert_eq!((source.health(), source.behind(at(43))), (Health::Live, Millis::ZERO));
    assert_eq!(source.take_gap(), None);
}

#[test]
fn waits_between_attempts_grow() {
    let mut source = source(Transport::WebSocket, &[], None);
    let (mut now, mut waits) = (at(0), Vec::new());
    for _ in 0..9 {
        // The connection does not open, and the server does not answer.
        loop {
            match source.next(now) {
                Step::Open(_) => {
                    source.opened(Err(NotOpened::Unanswered(Unanswered::NotSent("down".into()))), now);
                    break;
                }
                Step::Exchange(_) => {
                    source.answered(Err(Unanswered::NotSent("down".into())), now, &mut Vec::new());
                }
                Step::Wait(until) => now = until,
                step => panic!("{step:?}"),
            }
        }
        waits.push(now);
    }
    let waits: Vec<i64> = waits.windows(2).map(|pair| pair[1].since(pair[0]).ms()).collect();
    for (wait, most) in waits.iter().zip([1, 2, 4, 8, 16, 32, 60, 60]) {
        assert!((most * 500..=most * 1000).contains(wait), "{waits:?}");
    }
    assert_eq!(source.health(), Health::Connecting("not sent: down".into()));
}

#[test]
fn an_account_that_is_signed_out_is_tried_again_each_minute() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    play(&mut source, &[(0, SOCKET, Refused(401), "")]);
    assert!(matches!(source.health(), Health::SignedOut(_)));
    play(
        &mut source,
        &[
            (0, "get notifications&limit=80&min_id=860", Headers(401, "x", "y"), ""),
            (0, "wait 1m", Done, ""),
            (60, SOCKET, Opened, ""),
            (60, SUBSCRIBE, Done, ""),
            (60, "get notifications&limit=80&min_id=860", Page("[]"), ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
}

#[test]
fn readings_leave_requests_to_replies_and_posts_of_the_stream_do_not_wait_for_the_limit() {
    let mut source = source(Transport::WebSocket, &["buypot"], Some(CURSOR));
    let reset = at(200).to_string();
    let live = frame("update", &status("504", 1));
    let tagged = page(&[status("504", 1), status("502", -10)]);
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, SUBSCRIBE_TAG, Done, ""),
            (0, "get notifications&limit=80&min_id=860", Headers(429, "x-ratelimit-reset", &reset), ""),
            (1, "receive 0s", Text(&live), "504"),
            (1, "receive 0s", Nothing, ""),
            (40, "receive 1s", Alive, ""),
            (79, "receive 1s", Alive, ""),
            (118, "receive 1s", Alive, ""),
            (157, "receive 1s", Alive, ""),
            (190, "receive 7s", Alive, ""),
            (200, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (200, "receive 0s", Nothing, ""),
            (200, "get #buypot&limit=40&min_id=460", Page(&tagged), "502"),
        ],
    );
}

#[test]
fn server_sent_events_carry_one_feed_and_the_others_are_asked_for() {
    let mut source = source(Transport::Events, &["buypot"], Some(CURSOR));
    let data = format!("data: {}", mention("901", &status("501", 1), 1));
    let tagged = page(&[status("502", 3)]);
    play(
        &mut source,
        &[
            (0, "events https://s.a.example/api/v1/streaming/user/notification", Opened, ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "receive 0s", Nothing, ""),
            (0, "get #buypot&limit=40&min_id=460", Page("[]"), ""),
            (0, "receive 0s", Text(":)"), ""),
            (1, "receive 0s", Text("event: notification"), ""),
            (1, "receive 0s", Text(&data), ""),
            (1, "receive 0s", Text(""), "501"),
            (1, "receive 0s", Nothing, ""),
            (1, "receive 14s", Text(":thump"), ""),
            (15, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (15, "receive 0s", Nothing, ""),
            (15, "get #buypot&limit=40&min_id=460", Page(&tagged), "502"),
            (15, "receive 0s", Nothing, ""),
            (15, "receive 15s", Nothing, ""),
        ],
    );
}

#[test]
fn one_hashtag_alone_has_a_connection_of_its_own() {
    let settings = Settings { notifications: false, ..settings(Transport::Events, &["buypot"]) };
    let mut source = MastodonSource::new(settings, None).unwrap();
    let url = "events https://s.a.example/api/v1/streaming/hashtag?tag=buypot";
    play(&mut source, &[(0, url, Opened, ""), (0, "get #buypot&limit=40", Page("[]"), "")]);
    source.set_tags(&["buycup".into()]);
    play(&mut source, &[(1, "close", Done, "")]);
}

const EVENTS: &str = "events https://s.a.example/api/v1/streaming/user/notification";
const GET: &str = "get notifications&limit=80&min_id=860";

#[test]
fn a_server_without_streams_is_asked_every_few_seconds() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let missed = page(&[mention("901", &status("501", 10), 10)]);
    play(
        &mut source,
        &[
            (0, SOCKET, Refused(404), ""),
            (0, EVENTS, Refused(404), ""),
            (0, GET, Page("[]"), ""),
            (0, "wait 15s", Done, ""),
            (15, GET, Page(&missed), "501"),
            (15, "wait 15s", Done, ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
    let told = "the server's streams cannot be read (the stream was refused with status 404): posts come as they are asked \
                for, every few seconds";
    assert_eq!(source.shortfall().as_deref(), Some(told));
    // What is wanted is tried again, and posts are asked for meanwhile.
    let again = GET.replace("860", "861");
    play(
        &mut source,
        &[
            (599, &again, Page("[]"), ""),
            (600, SOCKET, Refused(502), ""),
            (600, EVENTS, Opened, ""),
            (600, &again, Page("[]"), ""),
            (600, "receive 0s", Text(":)"), ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
    assert!(
        source
            .shortfall()
            .unwrap()
            .contains("(the stream was refused with status 502): posts come by server-sent")
    );
}

/// A server that answers requests, and no connection at the address that it names for its streams.
#[test]
fn a_server_that_names_streams_which_it_lacks_is_read_in_another_way() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let fails = |source: &mut MastodonSource, now, wanted: &str| {
        let Step::Open(opening) = source.next(now) else { panic!("{wanted} is opened") };
        assert_eq!(super::session::shown(&Step::Open(opening), now), wanted);
        source.opened(Err(NotOpened::Unanswered(Unanswered::NotSent("no route".into()))), now);
    };
    fails(&mut source, at(0), SOCKET);
    play(&mut source, &[(0, GET, Page("[]"), "")]);
    assert_eq!(source.health(), Health::Connecting("not sent: no route".into()));
    // The server answers, so three more failures mean that it lacks them.
    for second in [1, 3] {
        fails(&mut source, at(second), SOCKET);
    }
    fails(&mut source, at(7), SOCKET);
    for second in [7, 8, 10] {
        fails(&mut source, at(second), EVENTS);
    }
    play(&mut source, &[(15, GET, Page("[]"), ""), (15, "wait 15s", Done, "")]);
    assert_eq!(source.health(), Health::Live);
    assert!(source.shortfall().unwrap().contains("(not sent: no route): posts come as they are asked for"));
}

/// A stream that worked is waited for, however long it is away.
#[test]
fn streams_that_worked_before_are_opened_again_and_nothing_else_is() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, GET, Page("[]"), ""),
            (0, "receive 0s", Alive, ""),
            (0, "receive 0s", Closed, ""),
            (0, "close", Done, ""),
            (0, GET, Page("[]"), ""),
        ],
    );
    let mut now = at(0);
    for _ in 0..9 {
        loop {
            match source.next(now) {
                Step::Open(opening) => {
                    assert_eq!(super::session::shown(&Step::Open(opening), now), SOCKET);
                    source.opened(Err(NotOpened::Unanswered(Unanswered::NotSent("down".into()))), now);
                    break;
                }
                Step::Exchange(_) => {
                    source.answered(Ok(super::session::answer(200, None, "[]")), now, &mut Vec::new());
                }
                Step::Wait(until) => now = until,
                step => panic!("{step:?}"),
            }
        }
    }
    assert_eq!(source.health(), Health::Connecting("not sent: down".into()));
    assert_eq!(source.shortfall(), None);
}
