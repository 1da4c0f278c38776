//! The activity stream, with mentions as its past.

use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::x::{Activity, ActivityOptions, XSource};
use flashtag::intake::stream::live::{Health, LiveSource};
use flashtag::net::Opening;
use flashtag::networks::x::Api;

use super::session::{Now, Session, at, event, id, line, page, refused};

const LIST: &str = "GET /2/activity/subscriptions";
const OPEN: &str = "open /2/activity/stream";

fn options() -> ActivityOptions {
    ActivityOptions {
        api: Api::new("https://x.example"),
        account: "77".to_owned(),
        is_app_owned: true,
        app_token: None,
    }
}

fn from(cursor: Option<i64>) -> Session<XSource<Activity>> {
    let cursor: Option<Cursor> =
        cursor.map(|second| serde_json::from_value(format!("x/{}", id(second)).into()).unwrap());
    Session::new(XSource::new(Activity::new(options()), cursor.as_ref(), 7))
}

fn listed() -> Now {
    let one = |kind: &str| {
        format!(r#"{{"subscription_id":"1","event_type":"{kind}","filter":{{"user_id":"77"}}}}"#)
    };
    let both = [one("post.mention.create"), one("post.reply.create")].join(",");
    Now::Answer(200, format!(r#"{{"data":[{both}],"meta":{{"total_subscriptions":2}}}}"#))
}

fn subscribe(kind: &str) -> String {
    format!(
        r#"POST /2/activity/subscriptions {{"event_type":"post.{kind}.create","filter":{{"user_id":"77"}}}}"#
    )
}

fn mentions(since: i64) -> String {
    format!("GET /2/users/77/mentions since {since}")
}

/// A session that is live since second 30, resumed at second -100.
fn live() -> Session<XSource<Activity>> {
    let mut session = from(Some(-100));
    session.play(&[
        (LIST, listed()),
        (OPEN, Now::Open),
        (&mentions(-100), page(&[], "")),
        ("receive", line("")),
    ]);
    session.pass(30);
    session.play(&[(&mentions(-100), page(&[], "")), ("receive", line(""))]);
    session
}

#[test]
fn the_stream_is_opened_first_and_the_past_is_read_behind_it_in_order() {
    let mut session = from(Some(-100));
    assert_eq!(session.source.behind(at(0)).ms(), 100_000);
    session.play(&[
        (LIST, listed()),
        (OPEN, Now::Open),
        (&mentions(-100), page(&[-10, -40], "p2")),
        (&format!("{} page p2", mentions(-100)), page(&[-50, -90], "")),
    ]);
    assert_eq!(session.delivered(), [-90, -50, -40, -10], "by their own times");
    assert_eq!((session.source.health(), session.source.behind(at(0)).ms()), (Health::Live, 0));
    // A mention may take 30 seconds to show in pages.
    assert_eq!(session.cursor(), Some(-30));
    session.play(&[("receive", event(3)), ("receive", line(""))]);
    assert_eq!((session.delivered(), session.cursor()), (vec![3], Some(-30)));
    session.pass(30);
    session.play(&[(&mentions(-30), page(&[-1, -10], "")), ("receive", event(20))]);
    assert_eq!((session.delivered(), session.cursor()), (vec![-10, -1, 20], Some(0)));
    session.pass(20);
    session.play(&[("receive", line(""))]);
    assert_eq!(session.cursor(), Some(0), "an earlier post may wait unread");
    session.play(&[("receive", Now::Nothing)]);
    assert_eq!(session.cursor(), Some(0), "the stream may be dead");
    session.play(&[("receive", line(""))]);
    assert_eq!(session.cursor(), Some(20), "nothing waited, and the stream lives");
}

#[test]
fn a_source_without_a_cursor_begins_now() {
    let mut session = from(None);
    assert_eq!(
        (session.cursor(), session.source.health()),
        (None, Health::Connecting("not connected yet".into()))
    );
    session.play(&[(LIST, listed()), (OPEN, Now::Open), (&mentions(-30), page(&[], ""))]);
    assert_eq!(session.cursor(), Some(-30), "nothing from now on is lost if this process ends");
    let other: Cursor = serde_json::from_value("file/1/2/ab".into()).unwrap();
    let mut session = Session::new(XSource::new(Activity::new(options()), Some(&other), 7));
    session.play(&[(LIST, listed()), (OPEN, Now::Open), (&mentions(-30), page(&[], ""))]);
}

#[test]
fn missing_subscriptions_are_made_and_the_past_is_read_again_once_they_act() {
    let mut session = from(Some(-100));
    session.play(&[
        (LIST, refused(200, r#"{"meta":{"total_subscriptions":0}}"#)),
        (&subscribe("mention"), refused(201, r#"{"data":{"subscription_id":"1"}}"#)),
        (&subscribe("reply"), refused(409, r#"{"title":"Duplicate"}"#)),
        (OPEN, Now::Open),
        (&mentions(-100), page(&[], "")),
        ("receive", line("")),
    ]);
    // 20 seconds until they act, and 30 until what came before shows.
    session.now = at(49);
    session.source.received(flashtag::net::Received::Alive, at(49), &mut session.lines);
    assert_eq!(session.wanted(), "receive");
    session.now = at(50);
    session.play(&[(&mentions(-100), page(&[40], ""))]);
    assert_eq!(session.delivered(), [40]);
}

#[test]
fn subscriptions_that_x_does_not_list_or_refuses() {
    let taken = || refused(400, r#"{"errors":[{"message":"duplicate subscription"}]}"#);
    let mut session = from(Some(-100));
    session.play(&[
        (LIST, refused(403, "{}")),
        (&subscribe("mention"), taken()),
        (&subscribe("reply"), refused(403, r#"{"detail":"not in your plan"}"#)),
        (OPEN, Now::Open),
        (&mentions(-100), page(&[], "")),
        ("receive", line("")),
    ]);
    session.pass(4);
    // Without the replies' events, they come as mentions in pages.
    session.play(&[(&mentions(-100), page(&[1], "")), ("receive", event(2))]);
    assert_eq!(session.delivered(), [1, 2]);

    let mut session = from(Some(-100));
    session.play(&[
        (LIST, refused(200, "{}")),
        (&subscribe("mention"), refused(403, r#"{"detail":"not in your plan"}"#)),
        ("wait", Now::Later),
        (&mentions(-100), page(&[0], "")),
    ]);
    assert_eq!((session.delivered(), session.source.health()), (vec![0], Health::Live));

    // A refusal that was damaged may have said that the subscription is there.
    for damaged in ["", "{}", r#"{"errors":[{"message":"dupl"#, "<html>"] {
        let mut session = from(Some(-100));
        let listed = (LIST, refused(200, "{}"));
        let (mention, reply) = (subscribe("mention"), subscribe("reply"));
        session.play(&[listed, (&mention, taken()), (&reply, refused(403, damaged))]);
        assert_eq!(session.wanted(), "wait", "{damaged}");
    }
}

#[test]
fn without_the_stream_pages_are_read_within_x_s_limits_and_the_stream_is_tried_again() {
    let mut session = from(Some(-100));
    session.play(&[(LIST, listed()), (OPEN, refused(403, r#"{"detail":"not in your plan"}"#))]);
    let words = Health::Connecting("X answered 403: not in your plan".into());
    assert_eq!(session.source.health(), words);
    let mut pages = 0;
    loop {
        session.now = session.now.plus(flashtag::domain::time::Millis::from_ms(1));
        match session.wanted().as_str() {
            "wait" => session.play(&[("wait", Now::Later)]),
            wanted if wanted.starts_with("GET /2/users") => {
                let wanted = wanted.to_owned();
                session.play(&[(&wanted, page(&[], ""))]);
                pages += 1;
            }
            wanted => {
                assert_eq!(wanted, LIST);
                break;
            }
        }
        assert!(pages < 400, "the stream is not tried again");
    }
    let seconds = session.second();
    // X allows 300 pages in 15 minutes: one in three seconds.
    assert!(seconds >= 900 && pages * 3 <= seconds && pages * 5 >= seconds, "{pages} pages in {seconds} s");
    assert_eq!(session.source.health(), Health::Live);
    session.play(&[(LIST, listed()), (OPEN, Now::Open)]);
}

#[test]
fn a_post_that_was_read_long_ago_is_not_read_again_and_again() {
    let mut session = from(Some(-100));
    session.play(&[(LIST, listed()), (OPEN, refused(403, "{}")), ("wait", Now::Later)]);
    session.play(&[(&mentions(-100), page(&[-40], ""))]);
    assert_eq!(session.cursor(), Some(-40));
    session.play(&[("wait", Now::Later), (&mentions(-40), page(&[], ""))]);
}

#[test]
fn a_cut_stream_is_opened_at_once_and_then_ever_later() {
    let mut session = live();
    session.play(&[("receive", Now::Cut), ("close", Now::Later), (LIST, listed()), (OPEN, Now::Open)]);
    session.play(&[(&mentions(-100), page(&[15], ""))]);
    assert_eq!(session.delivered(), [15]);
    // Without a line in between the waits grow.
    session.play(&[("receive", Now::Cut), ("close", Now::Later), ("wait", Now::Later), (LIST, listed())]);
    session.play(&[(OPEN, Now::Silence), ("wait", Now::Later)]);
}

/// Nothing comes until the source gives the stream up.
fn be_silent(session: &mut Session<XSource<Activity>>) {
    let given_up = (0..10).find(|_| {
        session.play(&[("receive", Now::Nothing)]);
        session.source.health() != Health::Live
    });
    assert!(given_up.is_some(), "a silent stream is kept");
}

#[test]
fn a_silent_stream_is_dead_after_x_s_heartbeat_is_missed() {
    let mut session = live();
    let silent_at = session.second();
    be_silent(&mut session);
    assert_eq!(session.second() - silent_at, 22);
    session.play(&[("close", Now::Later), (LIST, listed()), (OPEN, Now::Open)]);
}

#[test]
fn a_connection_that_x_still_counts_is_forgotten_only_if_it_was_ours() {
    let full = || refused(429, r#"{"title":"ConnectionException","connection_issue":"TooManyConnections"}"#);
    let mut session = live();
    be_silent(&mut session);
    session.play(&[
        ("close", Now::Later),
        (LIST, listed()),
        (OPEN, full()),
        ("DELETE /2/connections/all", refused(200, r#"{"data":{}}"#)),
        (LIST, listed()),
        (OPEN, full()),
    ]);
    // Now it is somebody else's.
    assert_ne!(session.wanted(), "DELETE /2/connections/all");
    let mut session = from(Some(-100));
    session.play(&[(LIST, listed()), (OPEN, full())]);
    assert_eq!(session.wanted(), "wait");
}

#[test]
fn limits_are_waited_for_while_the_stream_is_read() {
    let mut session = from(Some(-100));
    session.play(&[
        (LIST, listed()),
        (OPEN, Now::Open),
        (&mentions(-100), page(&[-5, -6], "p2")),
        (&format!("{} page p2", mentions(-100)), Now::Limited(600)),
        ("receive", event(1)),
        ("receive", line("")),
    ]);
    assert_eq!(session.delivered(), [1]);
    assert_eq!((session.source.health(), session.cursor()), (Health::CatchingUp, Some(-100)));
    session.now = at(599);
    session.play(&[("receive", line(""))]);
    session.now = at(751);
    session.play(&[(&format!("{} page p2", mentions(-100)), page(&[-7], ""))]);
    assert_eq!(session.delivered(), [-7, -6, -5]);
}

#[test]
fn more_mentions_than_x_shows_are_a_gap_and_told_once() {
    let mut session = from(Some(-1_000));
    session.play(&[(LIST, listed()), (OPEN, Now::Open)]);
    for number in 0..8 {
        let seconds: Vec<i64> = (0..100).map(|post| -(number * 100 + post)).collect();
        let wanted = session.wanted();
        // X may still name a page behind the last one.
        session.play(&[(&wanted, page(&seconds, "more"))]);
    }
    assert_eq!(session.delivered().len(), 800);
    assert_eq!(session.source.take_gap(), Some((at(-1_000), at(-799))));
    assert_eq!(session.source.take_gap(), None);
    assert_eq!(session.wanted(), "receive");
}

#[test]
fn what_ends_a_stream_says_why_and_a_broken_line_is_read_again() {
    let table = [
        r#"{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect","detail":"Going away"}]}"#,
        r#"{"title":"ConnectionException","detail":"Going away","connection_issue":"ProvisioningSubscription"}"#,
        r#"{"data":{"event_type":"post.mention.create","payl"#,
    ];
    for text in table {
        let mut session = live();
        session.play(&[("receive", line(text)), ("close", Now::Later), (LIST, listed()), (OPEN, Now::Open)]);
        session.play(&[(&mentions(-100), page(&[12], ""))]);
        assert_eq!(session.delivered(), [12], "{text}");
    }
    let mut session = live();
    session.play(&[("receive", line(r#"{"new":"kind"}"#)), ("receive", event(31))]);
    assert_eq!(session.delivered(), [31]);
}

#[test]
fn a_dead_token_shows_and_heals() {
    let mut session = from(Some(-100));
    session.play(&[(LIST, refused(401, r#"{"title":"Unauthorized"}"#)), ("wait", Now::Later)]);
    let words = "X answered 401: Unauthorized";
    assert_eq!(session.source.health(), Health::SignedOut(words.into()));
    session.play(&[(&mentions(-100), refused(401, r#"{"title":"Unauthorized"}"#))]);
    session.now = at(200);
    session.play(&[(LIST, listed()), (OPEN, Now::Open)]);
    assert_ne!(session.source.health(), Health::SignedOut(words.into()));
}

#[test]
fn reading_is_counted_in_money() {
    let mut session = from(Some(-100));
    session.play(&[(LIST, listed()), (OPEN, Now::Open), (&mentions(-100), page(&[-1, -2, -3], ""))]);
    session.play(&[("receive", event(0)), ("receive", line(""))]);
    // Three mentions of the app's owner at 0.001, one event at 0.005 dollars.
    let cost = session.source.take_cost();
    assert_eq!((cost.posts, cost.micros), (4, 8_000));
    assert_eq!(session.source.take_cost().posts, 0);
}

#[test]
fn a_spent_budget_closes_the_stream_and_reads_the_meantime_afterwards() {
    let mut session = live();
    session.source.set_budget(Some(at(500)));
    session.play(&[("close", Now::Later)]);
    assert_eq!(session.source.health(), Health::BudgetSpent(at(500)));
    session.play(&[("wait", Now::Later)]);
    assert_eq!(session.second(), 500);
    session.play(&[(LIST, listed()), (OPEN, Now::Open), (&mentions(-100), page(&[300], ""))]);
    assert_eq!(session.delivered(), [300]);
    // A budget that grows ends the rest.
    session.source.set_budget(Some(at(900)));
    session.play(&[("close", Now::Later)]);
    session.source.set_budget(None);
    session.play(&[(LIST, listed()), (OPEN, Now::Open)]);
}

#[test]
fn an_app_token_opens_the_stream_and_the_account_s_token_does_the_rest() {
    let feed = Activity::new(ActivityOptions { app_token: Some("hidden".to_owned()), ..options() });
    assert!(!format!("{feed:?}").contains("hidden"));
    let mut session = Session::new(XSource::new(feed, None, 7));
    let mut signed = Vec::new();
    for happens in [refused(200, "{}"), refused(201, "{}"), refused(201, "{}"), Now::Open, page(&[], "")] {
        let step = session.source.next(session.now);
        if let flashtag::intake::stream::live::Step::Exchange(request)
        | flashtag::intake::stream::live::Step::Open(Opening::Lines(request)) = &step
        {
            signed.push((request.signed, request.header_value("authorization").map(str::to_owned)));
        }
        let wanted = super::session::shown(&step);
        session.play(&[(&wanted, happens)]);
    }
    let app = || (false, Some("Bearer hidden".to_owned()));
    assert_eq!(signed, [app(), (true, None), (true, None), app(), (true, None)]);
}
