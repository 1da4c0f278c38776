//! The stream of repositories: what a server signs, read without Jetstream between.

use compact_str::CompactString;
use flashtag::domain::time::Millis;
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::bluesky::Repos;
use flashtag::intake::stream::live::{Health, LiveSource};
use flashtag::net::Received;
use ipld_core::ipld;
use ipld_core::ipld::Ipld;
use proptest::prelude::{any, prop, proptest};

use super::bluesky_commits::{Commit, cid_of, frame, post};
use super::bluesky_played::Happens::{Asked, Binary, Closed, Nothing, Opened, Text, Unreachable};
use super::bluesky_played::{at, play, posts, us};

const POST: &str = "app.bsky.feed.post";

fn stream(after: Option<&Cursor>) -> Repos {
    let hosts: Vec<CompactString> = vec!["wss://a".into(), "wss://b".into()];
    Repos::new(hosts, after, 7).expect("the cursor is of this kind")
}

/// A stream that is open since second 0.
fn opened() -> Repos {
    let mut source = stream(None);
    play(&mut source, &[(0, Asked, "open a/subscribeRepos"), (0, Opened, "receive")]);
    source
}

/// The lines of a frame that comes in second 1.
fn lines_of(frame: &[u8]) -> (String, u64) {
    let mut source = opened();
    let lines = play(&mut source, &[(1, Binary(frame), "receive")]);
    (lines, source.take_faults())
}

/// A commit with one post, in that second by its server's clock.
fn one(seq: i64, second: u32, rkey: &str) -> Vec<u8> {
    Commit::new(seq, at(second)).with("create", &format!("{POST}/{rkey}"), &post(rkey)).frame()
}

#[test]
fn a_commit_is_told_as_jetstream_tells_it() {
    let record = ipld!({
        "$type": POST,
        "text": "🔥 \"yes\"\n#BuyKettle",
        "embed": {"image": {"ref": cid_of(b"image"), "size": 7}, "hash": Ipld::Bytes(vec![1, 2, 255])},
        "list": [null, true, false, -3, i64::MAX, {}, []],
    });
    let (lines, faults) =
        lines_of(&Commit::new(5, at(1)).with("create", &format!("{POST}/3k2a"), &record).frame());
    let told: serde_json::Value = serde_json::from_str(&lines).unwrap();
    let block = serde_ipld_dagcbor::to_vec(&record).unwrap();
    let expected = serde_json::json!({
        "did": "did:plc:ana",
        "time_us": us(1),
        "kind": "commit",
        "commit": {
            "rev": "3k2rev",
            "operation": "create",
            "collection": POST,
            "rkey": "3k2a",
            "record": {
                "$type": POST,
                "text": "🔥 \"yes\"\n#BuyKettle",
                "embed": {
                    "image": {"ref": {"$link": cid_of(b"image").to_string()}, "size": 7},
                    "hash": {"$bytes": "AQL/"},
                },
                "list": [null, true, false, -3, i64::MAX, {}, []],
            },
            "cid": cid_of(&block).to_string(),
        },
    });
    assert_eq!((told, faults), (expected, 0));
    assert!(cid_of(&block).to_string().starts_with("bafyrei"));
}

#[test]
fn posts_reposts_and_deletions_are_told_in_their_order() {
    let repost = ipld!({
        "$type": "app.bsky.feed.repost",
        "subject": {"uri": "at://did:plc:shop/app.bsky.feed.post/9", "cid": "bafy"},
    });
    let commit = Commit::new(5, at(1))
        .with("create", "app.bsky.feed.post/1", &post("#BuyKettle"))
        .with("create", "app.bsky.feed.like/2", &ipld!({"subject": "x"}))
        .without("app.bsky.feed.post/3")
        .with("create", "app.bsky.feed.repost/4", &repost)
        .with("update", "app.bsky.feed.post/5", &post("changed"))
        .without("app.bsky.feed.repost/6")
        .without("app.bsky.feed.postgate/7")
        .with("replace", "app.bsky.feed.post/8", &post("no such action"));
    let (lines, faults) = lines_of(&commit.frame());
    assert_eq!(
        posts(&lines),
        [
            "post ana/post/1 2026-11-30T15:00:01.000Z #BuyKettle",
            "delete ana/post/3 2026-11-30T15:00:01.000Z",
            "repost of at://did:plc:shop/app.bsky.feed.post/9 ana/repost/4 2026-11-30T15:00:01.000Z",
            "edit ana/post/5 2026-11-30T15:00:01.000Z changed",
            "ignored: repost taken back",
        ]
    );
    assert_eq!(faults, 0);
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_is_told() {
    let path = |rkey: &str| format!("{POST}/{rkey}");
    let with = |commit: Commit| commit.with("create", &path("9"), &post("fine")).frame();
    let fine = ["post ana/post/9 2026-11-30T15:00:01.000Z fine"];
    let deep = (0..300).fold(ipld!(1), |inner, _| Ipld::List(vec![inner]));
    let long = ipld!({"text": "\u{1}".repeat(200_000)});
    let table = [
        (
            "another content under the name",
            Commit::new(5, at(1)).with_wrong(&path("1"), &post("a"), Some(&post("b"))),
        ),
        ("no content", Commit::new(5, at(1)).with_wrong(&path("1"), &post("a"), None)),
        ("too deep", Commit::new(5, at(1)).with("create", &path("1"), &deep)),
        ("too long as JSON", Commit::new(5, at(1)).with("create", &path("1"), &long)),
    ];
    for (name, commit) in table {
        let (lines, faults) = lines_of(&with(commit));
        assert_eq!((posts(&lines), faults), (fine.map(str::to_owned).to_vec(), 1), "{name}");
    }
    let mut too_big = Commit::new(5, at(1));
    too_big.too_big = true;
    assert_eq!(lines_of(&too_big.frame()), (String::new(), 1), "a commit that leaves its changes out");
    assert_eq!(lines_of(&Commit::new(5, at(1)).frame()), (String::new(), 0));
    for bytes in
        [&b""[..], b"\xa0", b"no frame", &frame(1, "#commit", &ipld!({"seq": 1})), &frame(2, "", &ipld!({}))]
    {
        assert_eq!(lines_of(bytes), (String::new(), 1), "{bytes:?}");
    }
    let mut source = opened();
    play(&mut source, &[(1, Text("text"), "receive")]);
    assert_eq!(source.take_faults(), 1);
}

#[test]
fn every_event_moves_the_position() {
    let identity = frame(
        1,
        "#identity",
        &ipld!({"seq": 8, "did": "did:plc:ana", "time": at(3).to_string(), "handle": "x"}),
    );
    let account = frame(
        1,
        "#account",
        &ipld!({"seq": 9, "did": "did:plc:ana", "time": at(3).to_string(), "active": false}),
    );
    let unknown = frame(1, "#later", &ipld!({"seq": 10, "what": [1]}));
    let likes =
        Commit::new(7, at(2)).with("create", "app.bsky.feed.like/2", &ipld!({"subject": "x"})).frame();
    let (mut source, mut second) = (opened(), 3);
    // Where it is resumed ten seconds after an event.
    let mut at_seq = |bytes: &[u8], seq: u64| {
        let quiet = [5, 10].map(|later| (second + later, Nothing, "receive"));
        let lines = play(&mut source, &[&[(second, Binary(bytes), "receive")], &quiet[..]].concat());
        second += 11;
        let mut restarted = stream(source.cursor().as_ref());
        play(&mut restarted, &[(second, Asked, &format!("open a/subscribeRepos?cursor={seq}"))]);
        lines
    };
    assert_eq!(posts(&at_seq(&one(6, 1, "1"), 6)).len(), 1);
    for (bytes, seq) in [(&likes, 7), (&identity, 8), (&account, 9), (&unknown, 10)] {
        assert_eq!(at_seq(bytes, seq), "", "{seq}");
    }
    assert_eq!(source.take_faults(), 0);
}

#[test]
fn a_posts_time_is_its_arrival_and_in_a_catch_up_no_earlier_than_the_interruption() {
    let time = |lines: String| posts(&lines).join(" ");
    let mut source = opened();
    // While posts come as they are made, nobody's claim counts.
    for claimed in [0, 50, 100_000] {
        let lines = play(&mut source, &[(1, Binary(&one(6, claimed, "1")), "receive")]);
        assert_eq!(time(lines), "post ana/post/1 2026-11-30T15:00:01.000Z 1", "claimed {claimed}");
    }
    play(
        &mut source,
        &[
            (1, Closed, "close"),
            (1, Asked, "wait"),
            (100, Asked, "open a/subscribeRepos?cursor=6"),
            (100, Opened, "receive"),
        ],
    );
    // The second that is claimed, and the one that is believed.
    let table = [(60, "15:01:00"), (0, "15:00:01"), (90, "15:01:30"), (100_000, "15:01:40")];
    for (claimed, believed) in table {
        let lines = play(&mut source, &[(100, Binary(&one(7, claimed, "1")), "receive")]);
        assert_eq!(time(lines), format!("post ana/post/1 2026-11-30T{believed}.000Z 1"), "claimed {claimed}");
    }
    assert_eq!(source.health(), Health::CatchingUp);
    // Many fresh ones in a row end it.
    for _ in 0..16 {
        play(&mut source, &[(101, Binary(&one(8, 101, "1")), "receive")]);
    }
    assert_eq!((source.health(), source.behind(at(101))), (Health::Live, Millis::ZERO));
    let lines = play(&mut source, &[(102, Binary(&one(9, 60, "1")), "receive")]);
    assert_eq!(time(lines), "post ana/post/1 2026-11-30T15:01:42.000Z 1");
    // So does silence; and a restart goes on where the kept position was, which is no earlier than what has come.
    play(&mut source, &[(107, Nothing, "receive"), (112, Nothing, "receive")]);
    let mut restarted = stream(source.cursor().as_ref());
    play(&mut restarted, &[(200, Asked, "open a/subscribeRepos?cursor=9"), (200, Opened, "receive")]);
    let lines = play(&mut restarted, &[(200, Binary(&one(9, 60, "1")), "receive")]);
    assert_eq!(time(lines), "post ana/post/1 2026-11-30T15:01:42.000Z 1");
    play(&mut restarted, &[(203, Nothing, "receive"), (205, Nothing, "receive")]);
    assert_eq!(restarted.health(), Health::Live);
    // While the engine was full, posts waited: they were made then, not when they were read.
    play(&mut restarted, &[(206, Nothing, "receive")]);
    let lines = play(&mut restarted, &[(230, Binary(&one(10, 220, "1")), "receive")]);
    assert_eq!(time(lines), "post ana/post/1 2026-11-30T15:03:40.000Z 1");
}

#[test]
fn what_cannot_come_any_more_is_told() {
    let outdated = frame(1, "#info", &ipld!({"name": "OutdatedCursor", "message": "x"}));
    let mut source = opened();
    play(&mut source, &[(1, Binary(&one(6, 1, "1")), "receive"), (1, Closed, "close"), (1, Asked, "wait")]);
    play(
        &mut source,
        &[
            (500, Asked, "open a/subscribeRepos?cursor=6"),
            (500, Opened, "receive"),
            (500, Binary(&outdated), "receive"),
        ],
    );
    assert_eq!(source.take_gap(), None, "nobody knows yet where it ends");
    play(&mut source, &[(500, Binary(&one(900, 300, "1")), "receive")]);
    assert_eq!((source.take_gap(), source.take_gap()), (Some((at(1), at(300))), None));

    // A host that numbers anew has lost its past.
    let future = frame(-1, "", &ipld!({"error": "FutureCursor", "message": "x"}));
    let mut source = opened();
    play(
        &mut source,
        &[(1, Binary(&one(6, 1, "1")), "receive"), (2, Binary(&future), "close"), (2, Asked, "wait")],
    );
    assert_eq!(source.health(), Health::Connecting("the host says FutureCursor".into()));
    play(&mut source, &[(4, Asked, "open a/subscribeRepos"), (4, Opened, "receive")]);
    assert_eq!(source.take_gap(), Some((at(1), at(4))));
}

#[test]
fn another_host_is_tried_late_because_its_numbers_are_its_own() {
    let mut source = opened();
    play(&mut source, &[(1, Binary(&one(6, 1, "1")), "receive"), (1, Closed, "close"), (1, Asked, "wait")]);
    for failure in 1..8 {
        play(
            &mut source,
            &[(failure * 100, Asked, "open a/subscribeRepos?cursor=6"), (failure * 100, Unreachable, "wait")],
        );
    }
    play(&mut source, &[(800, Asked, "open b/subscribeRepos"), (800, Opened, "receive")]);
    assert_eq!(source.take_gap(), Some((at(1), at(800))));
    play(&mut source, &[(801, Binary(&one(3, 801, "1")), "receive")]);
    let mut restarted = stream(source.cursor().as_ref());
    play(&mut restarted, &[(900, Asked, "open b/subscribeRepos?cursor=3")]);
}

#[test]
fn a_post_behind_a_later_one_comes_again_after_a_cut_and_the_later_one_has_no_later_time() {
    let mut source = opened();
    play(
        &mut source,
        &[
            (1, Binary(&one(6, 1, "1")), "receive"),
            (9, Binary(&one(8, 8, "3")), "receive"),
            // The cut comes before the seventh event.
            (9, Closed, "close"),
            (9, Asked, "wait"),
        ],
    );
    // The process may go on, or start again.
    for mut source in [stream(source.cursor().as_ref()), source] {
        play(&mut source, &[(50, Asked, "open a/subscribeRepos?cursor=6"), (50, Opened, "receive")]);
        let lines = [one(7, 7, "2"), one(8, 8, "3")]
            .map(|commit| play(&mut source, &[(50, Binary(&commit), "receive")]));
        assert_eq!(
            posts(&lines.concat()),
            ["post ana/post/2 2026-11-30T15:00:07.000Z 2", "post ana/post/3 2026-11-30T15:00:08.000Z 3"]
        );
    }
}

#[test]
fn a_slow_reader_is_told_and_resumed() {
    let slow = frame(-1, "", &ipld!({"error": "ConsumerTooSlow", "message": "x"}));
    let mut source = opened();
    play(
        &mut source,
        &[
            (1, Binary(&one(6, 1, "1")), "receive"),
            (2, Binary(&slow), "close"),
            (2, Asked, "wait"),
            (4, Asked, "open a/subscribeRepos?cursor=6"),
        ],
    );
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), at_byte in any::<prop::sample::Index>(), flip in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut source = opened();
        let mut lines = Vec::new();
        source.received(Received::Binary(&bytes), at(1), &mut lines);
        let whole = Commit::new(5, at(1)).with("create", "app.bsky.feed.post/1", &post("#BuyKettle")).without("app.bsky.feed.post/2").frame();
        let mut mangled = whole.clone();
        let index = at_byte.index(mangled.len());
        mangled[index] ^= flip;
        source.received(Received::Binary(&mangled), at(1), &mut lines);
        source.received(Received::Binary(&whole[..cut.index(whole.len())]), at(1), &mut lines);
        assert!(lines.is_empty() || lines.ends_with(b"\n"));
    }
}
