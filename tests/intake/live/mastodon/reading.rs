//! What is read after an interruption, and where reading resumes.

use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{Health, LiveSource};

use super::session::What::{self, Alive, Closed, Done, Headers, NoAnswer, Nothing, Opened, Page, Text};
use super::session::{
    CURSOR, SOCKET, SUBSCRIBE, SUBSCRIBE_TAG, at, frame, mention, page, play, settings, source, status,
};

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
            (60, "get #buypot&limit=40&min_id=460", Page(&old_status), ""),
        ],
    );
    assert_eq!(source.health(), Health::Live);
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), CURSOR);
}

/// Where one feed cannot be read yet, a process that starts again would begin it behind what was posted since.
#[test]
fn there_is_no_cursor_before_every_feed_has_begun() {
    let cursor_behind = |tag: What<'_>| {
        let mut source = source(Transport::WebSocket, &["BuyPot"], None);
        play(
            &mut source,
            &[
                (0, SOCKET, Opened, ""),
                (0, SUBSCRIBE, Done, ""),
                (0, SUBSCRIBE_TAG, Done, ""),
                (0, "get notifications&limit=80", Page("[]"), ""),
                (0, "receive 0s", Nothing, ""),
                (0, "get #buypot&limit=40", tag, ""),
            ],
        );
        source.cursor().map(|cursor| serde_json::to_value(cursor).unwrap())
    };
    let both = r##"{"host":"a.example","notifications":"0","tags":{"buypot":"0"}}"##;
    let notifications = r##"{"host":"a.example","notifications":"0"}"##;
    assert_eq!(cursor_behind(Page("[]")), Some(both.into()));
    assert_eq!(cursor_behind(NoAnswer), None);
    // What the server never gives is waited for by nobody.
    assert_eq!(cursor_behind(Headers(403, "x", "y")), Some(notifications.into()));
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
            (41, "get #buypot&limit=40&min_id=460", Page(&tagged), "501 504 502 503"),
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

/// A hashtag that nobody used before the sale. Small servers give nothing behind an id that is none of theirs.
#[test]
fn a_tag_without_posts_is_read_from_its_newest_page() {
    let settings = Settings { notifications: false, ..settings(Transport::WebSocket, &["buypot"]) };
    let mut source = MastodonSource::new(settings, None).unwrap();
    let first = page(&[status("502", 50), status("501", 40)]);
    play(
        &mut source,
        &[
            (0, SOCKET, Opened, ""),
            (0, SUBSCRIBE_TAG, Done, ""),
            (0, "get #buypot&limit=40", Page("[]"), ""),
            (0, "receive 0s", Nothing, ""),
            (30, "receive 10s", Alive, ""),
            (60, "get #buypot&limit=40", Page(&first), "501 502"),
            (60, "receive 0s", Nothing, ""),
            (65, "receive 5s", Alive, ""),
            (100, "receive 5s", Alive, ""),
            (120, "get #buypot&limit=40&min_id=462", Page("[]"), ""),
        ],
    );
    let cursor = r##"{"host":"a.example","tags":{"buypot":"502"}}"##;
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), cursor);
}

/// What was posted since the last look fills more than a page: the pages are read back to the first post, and then all are
/// delivered in their order. The position waits for that.
#[test]
fn a_tag_without_posts_that_fills_pages_is_read_back_to_its_first_post() {
    let cursor = r##"{"host":"a.example","tags":{"buypot":"0"}}"##;
    let resumed: Cursor = serde_json::from_value(cursor.into()).unwrap();
    let settings = Settings { notifications: false, ..settings(Transport::Polling, &["buypot"]) };
    let mut source = MastodonSource::new(settings, Some(&resumed)).unwrap();
    let entries = |ids: std::ops::RangeInclusive<i64>| {
        page(&ids.rev().map(|id| status(&id.to_string(), id - 500)).collect::<Vec<_>>())
    };
    let (newest, older, oldest) = (entries(541..=580), entries(501..=540), entries(499..=500));
    play(&mut source, &[(90, "get #buypot&limit=40", Page(&newest), "")]);
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), cursor);
    let all = (499..=580).map(|id| id.to_string()).collect::<Vec<_>>().join(" ");
    play(
        &mut source,
        &[
            (90, "get #buypot&limit=40&max_id=541", Page(&older), ""),
            (90, "get #buypot&limit=40&max_id=501", Page(&oldest), &all),
            (90, "wait 15s", Done, ""),
            (105, "get #buypot&limit=40&min_id=540", Page("[]"), ""),
        ],
    );
    assert_eq!(serde_json::to_value(source.cursor()).unwrap(), cursor.replace("\"0\"", "\"580\""));
    // A server that does not know `max_id` gives the same page again, which is taken once.
    let mut source = MastodonSource::new(
        Settings { notifications: false, ..self::settings(Transport::Polling, &["buypot"]) },
        Some(&resumed),
    )
    .unwrap();
    let page = (541..=580).map(|id| id.to_string()).collect::<Vec<_>>().join(" ");
    play(
        &mut source,
        &[
            (90, "get #buypot&limit=40", Page(&newest), ""),
            (90, "get #buypot&limit=40&max_id=541", Page(&newest), &page),
        ],
    );
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
            (second, "get #buypot&limit=40&min_id=460", page, ""),
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

/// Ids that are no numbers tell nothing of an order, so a reading begins at what was the newest entry some minutes before: the
/// status from another server that comes late stands behind it.
#[test]
fn a_feed_whose_ids_are_no_numbers_is_read_from_its_position_of_some_minutes_ago() {
    let cursor = r##"{"host":"a.example","tags":{"buypot":"Aa"}}"##;
    let resumed: Cursor = serde_json::from_value(cursor.into()).unwrap();
    let settings = Settings { notifications: false, ..settings(Transport::Polling, &["buypot"]) };
    let mut source = MastodonSource::new(settings, Some(&resumed)).unwrap();
    let (first, late) = (page(&[status("Ac", 10)]), page(&[status("Ac", 10), status("Ab", 5)]));
    let cursor_now = |source: &MastodonSource| serde_json::to_value(source.cursor()).unwrap();
    play(
        &mut source,
        &[
            (20, "get #buypot&limit=40&min_id=Aa", Page(&first), "Ac"),
            (20, "wait 15s", Done, ""),
            (35, "get #buypot&limit=40&min_id=Aa", Page(&late), "Ab"),
        ],
    );
    assert_eq!(cursor_now(&source), cursor, "the process may start again before the late one came");
    play(
        &mut source,
        &[
            (180, "get #buypot&limit=40&min_id=Aa", Page(&late), ""),
            (180, "wait 15s", Done, ""),
            (330, "get #buypot&limit=40&min_id=Ac", Page("[]"), ""),
        ],
    );
    assert_eq!(cursor_now(&source), cursor.replace("Aa", "Ac"));
}
