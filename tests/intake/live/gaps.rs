//! What every source tells of posts that cannot come any more: from when to when, once, and whole where there was another gap
//! before that was told.

use compact_str::CompactString;
use flashtag::domain::time::Timestamp;
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::bluesky::{JetstreamV1, JetstreamV2, Repos};
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::x::{Activity, ActivityOptions, Filtered, FilteredOptions, XSource};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Received};
use flashtag::networks::mastodon::Server;
use flashtag::networks::x::{Api, snowflake};
use ipld_core::ipld;
use ipld_core::ipld::Ipld;

use super::bluesky_commits::{Commit, frame, post};
use super::mastodon::status;

use Now::{Answers, Cut, Frame, Open, Quiet, Refuses, Text};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What happens to a source.
#[derive(Debug)]
enum Now {
    /// What it wants to open is open.
    Open,
    /// It is not opened, with this status and body.
    Refuses(u16, String),
    /// The answer to its request.
    Answers(u16, String),
    Text(String),
    Frame(Vec<u8>),
    /// Nothing comes.
    Quiet,
    Cut,
}

/// A source, what happens to it in which second, and the seconds of the gap that it tells.
struct Story {
    what: &'static str,
    source: Box<dyn LiveSource>,
    events: Vec<(i64, Now)>,
    told: Option<(i64, i64)>,
}

fn story(
    what: &'static str,
    source: impl LiveSource + 'static,
    events: Vec<(i64, Now)>,
    told: (i64, i64),
) -> Story {
    Story { what, source: Box::new(source), events, told: Some(told) }
}

/// That second; 0 is 2026-11-30T15:00:00Z.
fn at(second: i64) -> Timestamp {
    Timestamp::from_ms(1_796_050_800_000 + second * 1_000)
}

fn hosts() -> Vec<CompactString> {
    vec!["wss://a".into(), "wss://b".into()]
}

fn cursor(text: &str) -> Cursor {
    serde_json::from_value(text.into()).unwrap()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// Asks what the source wants until it is this; whatever else it waits for does not come.
fn reach(source: &mut dyn LiveSource, now: Timestamp, is_it: fn(&Step) -> bool) {
    for _ in 0..10 {
        let step = source.next(now);
        match step {
            step if is_it(&step) => return,
            Step::Receive(_) => source.received(Received::Nothing, now, &mut Vec::new()),
            Step::Close | Step::Send(_) => {}
            step => panic!("at {now} it wants {step:?}"),
        }
    }
    panic!("at {now} it goes in circles");
}

fn happen(source: &mut dyn LiveSource, second: i64, event: &Now) {
    let (now, mut lines) = (at(second), Vec::new());
    reach(
        source,
        now,
        match event {
            Open | Refuses(..) => |step: &Step| matches!(step, Step::Open(_)),
            Answers(..) => |step: &Step| matches!(step, Step::Exchange(_)),
            Text(_) | Frame(_) | Quiet | Cut => |step: &Step| matches!(step, Step::Receive(_)),
        },
    );
    match event {
        Open => source.opened(Ok(()), now),
        Refuses(status, body) => source.opened(Err(NotOpened::Refused(answer(*status, body))), now),
        Answers(status, body) => source.answered(Ok(answer(*status, body)), now, &mut lines),
        Text(text) => source.received(Received::Text(text.as_bytes()), now, &mut lines),
        Frame(bytes) => source.received(Received::Binary(bytes), now, &mut lines),
        Quiet => source.received(Received::Nothing, now, &mut lines),
        Cut => source.received(Received::Closed("reset"), now, &mut lines),
    }
}

fn joined<const N: usize>(parts: [Vec<(i64, Now)>; N]) -> Vec<(i64, Now)> {
    parts.into_iter().flatten().collect()
}

/// An event of Jetstream, version 1.
fn timed(second: i64) -> Now {
    let us = at(second).ms() * 1_000;
    Text(format!(r#"{{"did":"did:plc:ana","time_us":{us},"kind":"commit","commit":{{"record":{{}}}}}}"#))
}

fn jetstream_v1() -> Vec<Story> {
    let source = || JetstreamV1::new(hosts(), None, 7).unwrap();
    let began = || vec![(0, Open), (0, timed(0)), (5, Quiet), (6, Cut)];
    let later = || joined([began(), vec![(600, Open), (600, timed(300)), (605, Quiet)]]);
    let all = joined([began(), vec![(600, Open), (600, timed(300)), (600, timed(0)), (605, Quiet)]]);
    let elsewhere = vec![(20, Refuses(500, String::new())), (600, Open), (600, timed(300)), (605, Quiet)];
    let again = vec![(606, Cut), (1_200, Open), (1_200, timed(900)), (1_205, Quiet)];
    let set_back = vec![(600, Open), (600, timed(300)), (500, Quiet), (505, Quiet)];
    let long = || vec![(40 * HOUR, Open)];
    let longer = vec![(40 * HOUR, timed(6 * HOUR)), (40 * HOUR + 5, Quiet)];
    vec![
        Story { what: "Jetstream 1 has all", source: Box::new(source()), events: all, told: None },
        story("Jetstream 1 keeps 36 hours", source(), joined([began(), long()]), (0, 4 * HOUR)),
        story("or less", source(), joined([began(), long(), longer]), (0, 6 * HOUR)),
        story("Jetstream 1 begins later", source(), later(), (0, 300)),
        story("and again, before that is told", source(), joined([later(), again]), (0, 900)),
        story("another host begins later", source(), joined([began(), elsewhere]), (0, 300)),
        story("the clock is set back meanwhile", source(), joined([began(), set_back]), (0, 300)),
    ]
}

/// An event of Jetstream, version 2.
fn numbered(seq: u64, second: i64) -> Now {
    Text(format!(
        r##"{{"$type":"message","payload":{{"$type":"x#commit","seq":{seq},"did":"did:plc:ana","time":"{}","record":{{}}}}}}"##,
        at(second)
    ))
}

fn outdated() -> Now {
    Text(
        r##"{"$type":"message","payload":{"$type":"x#info","name":"OutdatedCursor","message":"x"}}"##
            .to_owned(),
    )
}

fn jetstream_v2() -> Vec<Story> {
    let source = || JetstreamV2::new(hosts(), None, 7, false).unwrap();
    let began = || vec![(0, Open), (0, numbered(5, 0)), (1, Cut)];
    let told = || vec![(9_000, Open), (9_000, outdated())];
    let ended = || joined([began(), told(), vec![(9_000, numbered(900, 7_200))]]);
    let cut = vec![(9_001, Cut), (9_100, Open), (9_100, outdated()), (9_100, numbered(950, 7_300))];
    let behind = vec![(9_000, Open), (9_000, numbered(900, 7_200)), (9_000, outdated())];
    let again = vec![(9_010, Cut), (20_000, Open), (20_000, outdated()), (20_000, numbered(2_000, 15_000))];
    let too_old = |message: &str| {
        let refusal = format!(r#"{{"error":"CursorTooOld","message":"{message}"}}"#);
        let goes_on = vec![(9_010, Open), (9_010, numbered(900, 7_200))];
        joined([began(), vec![(9_000, Refuses(400, refusal))], goes_on])
    };
    vec![
        story("Jetstream 2 says that it has less", source(), ended(), (0, 7_200)),
        story("and is cut before it goes on", source(), joined([began(), told(), cut]), (0, 7_300)),
        story("and again, before that is told", source(), joined([ended(), again]), (0, 15_000)),
        story("and says so behind the event", source(), joined([began(), behind]), (0, 7_200)),
        story("Jetstream 2 names its oldest event", source(), too_old("below floor 900"), (0, 7_200)),
        story("or does not", source(), too_old("too old"), (0, 7_200)),
    ]
}

/// An event of repositories.
fn commit(seq: i64, second: i64) -> Now {
    Frame(Commit::new(seq, at(second)).with("create", "app.bsky.feed.post/1", &post("1")).frame())
}

fn said(op: i64, kind: &str, body: &Ipld) -> Now {
    Frame(frame(op, kind, body))
}

fn repositories() -> Vec<Story> {
    let source = || Repos::new(hosts(), None, 7).unwrap();
    let began = || vec![(0, Open), (0, commit(6, 0)), (3, commit(7, 3))];
    let less = || said(1, "#info", &ipld!({"name": "OutdatedCursor", "message": "x"}));
    let anew = || said(-1, "", &ipld!({"error": "FutureCursor", "message": "x"}));
    let ended = || joined([began(), vec![(3, Cut), (500, Open), (500, less()), (500, commit(900, 300))]]);
    let cut = vec![(3, Cut), (500, Open), (500, less()), (501, Cut)];
    let goes_on = vec![(600, Open), (600, less()), (600, commit(950, 400))];
    let again = vec![(501, Cut), (900, Open), (900, less()), (900, commit(2_000, 800))];
    let behind = vec![(3, Cut), (500, Open), (500, commit(900, 300)), (500, less())];
    let numbered = || joined([began(), vec![(3, anew()), (60, Open)]]);
    let twice = vec![(61, commit(3, 61)), (62, anew()), (120, Open)];
    let refused = (1..8).map(|failure| (failure * 100, Refuses(500, String::new()))).collect();
    let elsewhere = joined([began(), vec![(3, Cut)], refused, vec![(800, Open)]]);
    vec![
        story("a relay says that it has less", source(), ended(), (0, 300)),
        story("and is cut before it goes on", source(), joined([began(), cut, goes_on]), (0, 400)),
        story("and again, before that is told", source(), joined([ended(), again]), (0, 800)),
        story("and says so behind the event", source(), joined([began(), behind]), (0, 300)),
        story("a relay numbers anew", source(), numbered(), (0, 60)),
        story("and again, before that is told", source(), joined([numbered(), twice]), (0, 120)),
        story("another relay has other numbers", source(), elsewhere, (0, 800)),
        story("no event has named a number", source(), vec![(0, Open), (5, Cut), (60, Open)], (0, 60)),
    ]
}

/// A page of X's posts from these seconds, the newest first.
fn x_page(seconds: impl Iterator<Item = i64>, more: bool) -> Now {
    let post = |second: i64| {
        let id = snowflake::first_at(at(second)) + 5;
        format!(r#"{{"id":"{id}","author_id":"9","created_at":"{}","text":"@shop #BuyPot"}}"#, at(second))
    };
    let posts: Vec<String> = seconds.map(post).collect();
    let next = if more { r#","next_token":"more""# } else { "" };
    Answers(
        200,
        format!(r#"{{"data":[{}],"meta":{{"result_count":{}{next}}}}}"#, posts.join(","), posts.len()),
    )
}

fn x_cursor(second: i64) -> Cursor {
    cursor(&format!("x/{}", snowflake::first_at(at(second)) + 5))
}

fn x() -> Vec<Story> {
    let searched = || {
        let api = Api::new("https://x.example");
        let options = FilteredOptions { api, mentioning: None, rule_tag: "flashtag".to_owned() };
        let mut source = XSource::new(Filtered::new(options), Some(&x_cursor(-8 * DAY)), 7);
        source.set_tags(&["BuyPot".to_owned()]);
        source
    };
    let rules =
        r##"{"data":[{"id":"1","value":"#buypot -is:retweet","tag":"flashtag"}],"meta":{"result_count":1}}"##;
    let read = |second: i64, posts: Vec<i64>| {
        let rules = Answers(200, rules.to_owned());
        vec![(second, rules), (second, Open), (second, x_page(posts.into_iter(), false))]
    };
    let again = joined([read(0, vec![-3]), vec![(1, Cut)], read(9 * DAY, vec![9 * DAY - 3])]);
    let mentioned = || {
        let options = ActivityOptions {
            api: Api::new("https://x.example"),
            account: "77".to_owned(),
            is_app_owned: true,
            app_token: None,
        };
        XSource::new(Activity::new(options), Some(&x_cursor(-1_000)), 7)
    };
    let one = |kind: &str| {
        format!(r#"{{"subscription_id":"1","event_type":"post.{kind}.create","filter":{{"user_id":"77"}}}}"#)
    };
    let listed = format!(r#"{{"data":[{},{}],"meta":{{}}}}"#, one("mention"), one("reply"));
    let pages = (0..8).map(|page| (0, x_page((page * 100..(page + 1) * 100).map(|post| -post), true)));
    let mentions = joined([vec![(0, Answers(200, listed)), (0, Open)], pages.collect()]);
    let kept = 60 - 7 * DAY;
    vec![
        story("X's search reaches back seven days", searched(), read(0, vec![-3]), (-8 * DAY, kept)),
        story("and again, before that is told", searched(), again, (-8 * DAY, 9 * DAY + kept)),
        story("X shows 800 mentions", mentioned(), mentions, (-1_000, -799)),
    ]
}

fn mastodon() -> Vec<Story> {
    let source = |transport, notifications, text: Option<&str>| {
        let settings = Settings {
            server: Server::parse("https://a.example").unwrap(),
            streaming: Some("wss://s.a.example".to_owned()),
            transport,
            notifications,
            tags: vec!["buypot".into()],
            seed: 1,
        };
        MastodonSource::new(settings, text.map(cursor).as_ref()).unwrap()
    };
    // The id of a status tells its time.
    let known = at(-100).ms() << 16;
    let resumed = format!(r##"{{"host":"a.example","notifications":"900","tags":{{"buypot":"{known}"}}}}"##);
    let live = |text| source(Transport::WebSocket, true, Some(text));
    let page = |body: &str| Answers(200, body.to_owned());
    let refused = |second| vec![(second, Open), (second, page("[]")), (second, Answers(404, String::new()))];
    let read = vec![(0, Open), (0, page("[]")), (0, page("[]")), (0, Quiet)];
    let again = joined([refused(0), vec![(10, Cut)], refused(20)]);
    let entries = |from: i64| {
        let all: Vec<_> =
            (0..40).map(|entry| from - entry).map(|id| status(&id.to_string(), id - 10_000)).collect();
        page(&format!("[{}]", all.join(",")))
    };
    let busy = (0..50).map(|read| (0, entries(10_000 - 40 * read)));
    let busy = joined([vec![(-3_000, page("[]"))], busy.collect()]);
    let counted = r##"{"host":"a.example","tags":{"buypot":"5000"}}"##;
    let unbounded = vec![(-3_000, page("[]")), (0, entries(10_000)), (0, entries(10_000))];
    let met = vec![(-3_000, page("[]")), (0, entries(5_020)), (0, entries(5_020))];
    let polled = |text| source(Transport::Polling, false, text);
    vec![
        story(
            "Mastodon refuses a timeline",
            live(&resumed),
            joined([read, vec![(10, Cut)], refused(20)]),
            (0, 20),
        ),
        story("or has refused it since a restart", live(&resumed), refused(0), (-100, 0)),
        story("and again, before that is told", live(&resumed), again, (-100, 20)),
        story("more is new than is read back", polled(None), busy, (-3_000, -1_999)),
        story("a server knows no `min_id`", polled(Some(counted)), unbounded, (-3_000, -39)),
        Story {
            what: "and its page shows all",
            source: Box::new(polled(Some(counted))),
            events: met,
            told: None,
        },
    ]
}

#[test]
fn every_source_tells_what_cannot_come_any_more_once_and_whole() {
    let networks = [jetstream_v1(), jetstream_v2(), repositories(), x(), mastodon()];
    for Story { what, mut source, events, told } in networks.into_iter().flatten() {
        for (second, event) in &events {
            happen(&mut *source, *second, event);
        }
        let told = told.map(|(from, to)| (at(from), at(to)));
        assert_eq!(source.take_gap(), told, "{what}");
        assert_eq!(source.take_gap(), None, "{what}: it is told once");
    }
}
