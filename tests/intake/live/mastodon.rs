//! Sessions with a Mastodon server: what the source asks for, what comes, and which posts it delivers.

use compact_str::CompactString;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{Health, LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Opening, Received, Unanswered};
use flashtag::networks::mastodon::Server;

use What::{Alive, Closed, Done, Headers, NoAnswer, Nothing, Opened, Page, Refused, Text};

/// What happens after a step.
#[derive(Debug, Clone)]
enum What<'a> {
    Opened,
    /// The connection is refused with this status.
    Refused(u16),
    /// The page of a feed.
    Page(&'a str),
    /// An answer with a status and a header.
    Headers(u16, &'a str, &'a str),
    NoAnswer,
    Text(&'a str),
    Alive,
    Nothing,
    Closed,
    /// Sent, waited or closed as asked.
    Done,
}

/// A row: at this second, the source wants this, then this happens, and these posts are delivered.
type Row<'a> = (i64, &'a str, What<'a>, &'a str);

fn at(second: i64) -> Timestamp {
    // 2026-11-30T15:00:00Z
    Timestamp::from_ms(1_796_050_800_000 + second * 1000)
}

fn settings(transport: Transport, tags: &[&str]) -> Settings {
    Settings {
        server: Server::parse("https://a.example").unwrap(),
        streaming: Some("wss://s.a.example".to_owned()),
        transport,
        notifications: true,
        tags: tags.iter().map(|tag| CompactString::from(*tag)).collect(),
        seed: 1,
    }
}

fn source(transport: Transport, tags: &[&str], cursor: Option<&str>) -> MastodonSource {
    let cursor: Option<Cursor> = cursor.map(|cursor| serde_json::from_value(cursor.into()).unwrap());
    MastodonSource::new(settings(transport, tags), cursor.as_ref()).unwrap()
}

/// Plays a session row by row.
fn play(source: &mut MastodonSource, rows: &[Row<'_>]) {
    for (index, (second, wanted, what, delivered)) in rows.iter().enumerate() {
        let now = at(*second);
        assert_eq!(shown(&source.next(now), now), *wanted, "row {index}");
        let mut lines = Vec::new();
        match what {
            Opened => source.opened(Ok(()), now),
            Refused(status) => source.opened(Err(NotOpened::Refused(answer(*status, None, ""))), now),
            Page(body) => source.answered(Ok(answer(200, None, body)), now, &mut lines),
            Headers(status, name, value) => {
                source.answered(Ok(answer(*status, Some((name, value)), "[]")), now, &mut lines);
            }
            NoAnswer => source.answered(Err(Unanswered::Unknown("late".into())), now, &mut lines),
            Text(text) => source.received(Received::Text(text.as_bytes()), now, &mut lines),
            Alive => source.received(Received::Alive, now, &mut lines),
            Nothing => source.received(Received::Nothing, now, &mut lines),
            Closed => source.received(Received::Closed("gone"), now, &mut lines),
            Done => {}
        }
        assert_eq!(ids(&lines), *delivered, "row {index}");
    }
}

fn answer(status: u16, header: Option<(&str, &str)>, body: &str) -> Answer {
    let headers = header.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

/// A step in short.
fn shown(step: &Step, now: Timestamp) -> String {
    match step {
        Step::Exchange(request) => {
            assert!(request.signed);
            format!("get {}", short(request.url.strip_prefix("https://a.example/api/v1/").unwrap()))
        }
        Step::Open(Opening::WebSocket(request)) => format!("socket {}", request.url),
        Step::Open(Opening::Lines(request)) => format!("events {}", request.url),
        Step::Send(text) => format!("send {text}"),
        Step::Receive(wait) => format!("receive {wait}"),
        Step::Wait(until) => format!("wait {}", Millis::from_ms(until.since(now).ms() / 1000 * 1000)),
        Step::Close => "close".to_owned(),
    }
}

fn short(path: &str) -> String {
    let long = "notifications?types%5B%5D=mention&types%5B%5D=reblog&include_filtered=true";
    path.replace(long, "notifications").replace("timelines/tag/", "#").replace("?local=false", "")
}

/// The posts in the lines, without their server; a repost as `*ID`, a deletion as `-ID`.
fn ids(lines: &[u8]) -> String {
    let decoded = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let shown = decoded.map(|line| match Format::Mastodon.decode(line) {
        Ok(Decoded::Post(post)) => {
            let id = post.id.to_string();
            let id = id.strip_prefix("a.example/").expect("the server's name").to_owned();
            match (post.repost_of, post.deleted) {
                (Some(of), _) => format!("{id}*{of}"),
                (_, true) => format!("-{id}"),
                _ => id,
            }
        }
        other => panic!("{other:?}: {}", String::from_utf8_lossy(line)),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A status by Ana with the tag, posted in that second.
pub(super) fn status(id: &str, second: i64) -> String {
    let created_at = at(second);
    format!(
        r#"{{"id":"{id}","created_at":"{created_at}","in_reply_to_id":null,"visibility":"public","uri":"https://b.example/users/ana/statuses/{id}","content":"<p>#BuyPot</p>","reblog":null,"account":{{"id":"5","acct":"ana@b.example","uri":"https://b.example/users/ana"}}}}"#
    )
}

pub(super) fn mention(id: &str, status: &str, second: i64) -> String {
    let created_at = at(second);
    format!(
        r#"{{"id":"{id}","type":"mention","created_at":"{created_at}","account":{{"acct":"ana@b.example","uri":"https://b.example/users/ana"}},"status":{status}}}"#
    )
}

fn reblog(id: &str, status: &str, second: i64) -> String {
    mention(id, status, second).replace(r#""mention""#, r#""reblog""#)
}

fn frame(event: &str, payload: &str) -> String {
    let payload = serde_json::to_string(payload).unwrap();
    format!(r#"{{"stream":["x"],"event":"{event}","payload":{payload}}}"#)
}

fn page(entries: &[String]) -> String {
    format!("[{}]", entries.join(","))
}

const SOCKET: &str = "socket wss://s.a.example/api/v1/streaming";
const SUBSCRIBE: &str = r#"send {"stream":"user:notification","type":"subscribe"}"#;
const SUBSCRIBE_TAG: &str = r#"send {"stream":"hashtag","tag":"buypot","type":"subscribe"}"#;

/// A cursor from which both feeds resume.
const CURSOR: &str = r##"{"host":"a.example","notifications":"900","tags":{"buypot":"500"}}"##;

#[test]
fn a_new_source_begins_with_what_is_posted_from_now_on() {
    let mut source = source(Transport::WebSocket, &["BuyPot"], None);
    let (old, old_status) = (page(&[mention("900", &status("400", -60), -60)]), page(&[status("500", -30)]));
    let (new, status_501) = (frame("notification", &mention("901", &status("502", 3), 3)), status("501", 2));
    assert_eq!(source.cursor(), None);
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, SUBSCRIBE_TAG, Done, ""),
            (0, "get notifications&limit=80", Page(&old), ""),
            (0, "receive 0s", Nothing, ""),
            (0, "get #buypot&limit=40", Page(&old_status), ""),
            (0, "receive 0s", Nothing, ""),
            (0, "receive 40s", Text(&frame("update", &status_501)), "501"),
            (3, "receive 37s", Text(&new), "502"),
            (4, "receive 39s", Nothing, ""),
            (40, "receive 3s", Alive, ""),
            (60, "get notifications&limit=80&min_id=860", Page(&old), ""),
            (60, "receive 0s", Nothing, ""),
            (60, "get #buypot&limit=40&min_id=500", Page(&old_status), ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), CURSOR);
}

#[test]
fn what_was_missed_and_what_comes_meanwhile_are_delivered_in_the_order_of_their_times() {
    let mut source = source(Transport::WebSocket, &["buypot"], Some(CURSOR));
    let missed = page(&[mention("902", &status("503", 30), 30), mention("901", &status("501", 10), 10)]);
    let tagged = page(&[status("503", 30), status("502", 20)]);
    let live = frame("update", &status("504", 15));
    assert_eq!(source.health(), Health::Connecting("not connected yet".into()));
    play(
        &mut source,
        &[
            (40, SOCKET, Opened, ""),
            (40, SUBSCRIBE, Done, ""),
            (40, SUBSCRIBE_TAG, Done, ""),
            (40, "get notifications&limit=80&min_id=860", Page(&missed), ""),
            // The status is early by its own time, and late in the stream.
            (40, "receive 0s", Text(&live), ""),
            (40, "receive 0s", Nothing, ""),
            (41, "get #buypot&limit=40&min_id=500", Page(&tagged), "501 504 502 503"),
        ],
    );
    assert_eq!(source.health(), Health::Live);
    let cursor = CURSOR.replace("900", "902").replace("500", "503");
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), cursor);
}

#[test]
fn a_full_page_is_followed_by_the_next_and_the_cursor_follows_what_is_delivered() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let entries = |ids: std::ops::RangeInclusive<i64>| {
        let entry = |id: i64| mention(&id.to_string(), &status(&id.to_string(), id - 900), id - 900);
        page(&ids.rev().map(entry).collect::<Vec<_>>())
    };
    let (first, second) = (entries(861..=940), entries(941..=950));
    let ids = |ids: std::ops::RangeInclusive<i64>| ids.map(|id| id.to_string()).collect::<Vec<_>>().join(" ");
    play(
        &mut source,
        &[
            (60, SOCKET, Opened, ""),
            (60, SUBSCRIBE, Done, ""),
            (60, "get notifications&limit=80&min_id=860", Page(&first), &ids(861..=940)),
            (60, "receive 0s", Nothing, ""),
        ],
    );
    assert_eq!(source.health(), Health::CatchingUp);
    assert!(serde_json::to_string(&source.cursor()).unwrap().contains("940"));
    play(&mut source, &[(60, "get notifications&limit=80&min_id=940", Page(&second), &ids(941..=950))]);
    assert_eq!(source.health(), Health::Live);
}

#[test]
fn feeds_are_read_again_now_and_then_and_nothing_is_delivered_twice() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let heard = frame("notification", &mention("901", &status("501", 5), 5));
    // The stream dropped the second one; the server filtered it.
    let read = page(&[mention("902", &status("502", 6), 6), mention("901", &status("501", 5), 5)]);
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE, Done, ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "receive 0s", Text(&heard), "501"),
            (5, "receive 0s", Nothing, ""),
            (5, "receive 35s", Nothing, ""),
            (35, "receive 5s", Alive, ""),
            (35, "receive 25s", Nothing, ""),
            (60, "get notifications&limit=80&min_id=860", Page(&read), "502"),
        ],
    );
    assert_eq!(source.health(), Health::Live);
}

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
            (200, "get #buypot&limit=40&min_id=500", Page(&tagged), "502"),
        ],
    );
}

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
            (0, "get #buypot&limit=40&min_id=500", Page("[]"), ""),
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
            (0, "get #buypot&limit=40&min_id=500", Page("[]"), ""),
            (0, "receive 0s", Text(":)"), ""),
            (1, "receive 0s", Text("event: notification"), ""),
            (1, "receive 0s", Text(&data), ""),
            (1, "receive 0s", Text(""), "501"),
            (1, "receive 0s", Nothing, ""),
            (1, "receive 14s", Text(":thump"), ""),
            (15, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (15, "receive 0s", Nothing, ""),
            (15, "get #buypot&limit=40&min_id=500", Page(&tagged), "502"),
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

#[test]
fn a_server_without_streams_is_asked_every_few_seconds() {
    let mut source = source(Transport::WebSocket, &[], Some(CURSOR));
    let missed = page(&[mention("901", &status("501", 10), 10)]);
    play(
        &mut source,
        &[
            (0, SOCKET, Refused(404), ""),
            (0, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (0, "wait 15s", Done, ""),
            (15, "get notifications&limit=80&min_id=860", Page(&missed), "501"),
            (15, "wait 15s", Done, ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
}

/// A hashtag whose timeline the server does not give can be heard live, and what was missed is gone.
#[test]
fn a_refused_timeline_is_a_gap_after_an_interruption() {
    let mut source = source(Transport::WebSocket, &["buypot"], Some(CURSOR));
    let rows = |second, page| {
        [
            (second, SOCKET, Opened, ""),
            (second, SUBSCRIBE, Done, ""),
            (second, SUBSCRIBE_TAG, Done, ""),
            (second, "get notifications&limit=80&min_id=860", Page("[]"), ""),
            (second, "receive 0s", Nothing, ""),
            (second, "get #buypot&limit=40&min_id=500", page, ""),
            (second, "receive 0s", Nothing, ""),
        ]
    };
    play(&mut source, &rows(0, Headers(403, "x", "y")));
    assert_eq!((source.health(), source.take_gap()), (Health::Live, None));
    play(&mut source, &[(10, "receive 30s", Closed, ""), (10, "close", Done, "")]);
    play(&mut source, &[(10, "get notifications&limit=80&min_id=860", NoAnswer, "")]);
    play(&mut source, &rows(20, Headers(404, "x", "y")));
    assert_eq!(source.take_gap(), Some((at(0), at(20))));
    assert_eq!(source.take_gap(), None);
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

#[test]
fn a_cursor_is_its_servers_own() {
    for (cursor, fault) in [
        ("700", "the cursor is of another kind of stream"),
        (r#"{"host":"b.example"}"#, "the cursor is of another file, or the file was changed before it"),
    ] {
        let cursor: Cursor = serde_json::from_value(cursor.into()).unwrap();
        let resumed = MastodonSource::new(settings(Transport::WebSocket, &[]), Some(&cursor));
        assert_eq!(resumed.unwrap_err().to_string(), fault);
    }
}

/// Ids of statuses tell their time, so a reading begins some minutes before the position: a status from another server
/// may come late.
#[test]
fn a_hashtag_is_read_from_some_minutes_before_its_position() {
    let cursor = r##"{"host":"a.example","tags":{"buypot":"117705985307753340"}}"##;
    let settings = Settings { notifications: false, ..settings(Transport::Polling, &["buypot"]) };
    let cursor: Cursor = serde_json::from_value(cursor.into()).unwrap();
    let mut source = MastodonSource::new(settings, Some(&cursor)).unwrap();
    let earlier = 117_705_985_307_753_340_u64 - (300_000 << 16);
    play(&mut source, &[(0, &format!("get #buypot&limit=40&min_id={earlier}"), Page("[]"), "")]);
}
