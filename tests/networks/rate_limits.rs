//! What is learnt of a network's rate limits: always a delay, never a permission.

use flashtag::domain::time::Timestamp;
use flashtag::net::Answer;
use flashtag::networks::RateLimits;
use proptest::prelude::*;

/// Noon, UTC.
const START_S: i64 = 1787400000;
const POSTS: &str = "posts";

fn second(second: i64) -> Timestamp {
    Timestamp::from_ms((START_S + second) * 1000)
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
    Answer { status, headers, body: Vec::new() }
}

/// When the next request may leave after one answer that comes at second 0, in seconds; 0 is at once.
fn opens_after(answer: &Answer) -> i64 {
    let mut limits = RateLimits::default();
    limits.learn(POSTS, answer, second(0));
    opens(&limits)
}

fn opens(limits: &RateLimits) -> i64 {
    (limits.opens_at(POSTS).ms() / 1000 - START_S).max(0)
}

fn unix(after: i64) -> String {
    (START_S + after).to_string()
}

/// What is told, its status, its headers, and when the next request may leave.
type Row<'a> = (&'a str, u16, &'a [(&'a str, &'a str)], i64);

#[test]
fn each_network_s_headers_are_understood() {
    let (later, earlier) = (unix(900), unix(-5));
    let iso = second(10_800).to_string();
    let table: &[Row<'_>] = &[
        ("nothing is said", 200, &[], 0),
        (
            "X: room is left",
            200,
            &[("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "1"), ("x-rate-limit-reset", &later)],
            0,
        ),
        (
            "X: used up",
            201,
            &[("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", &later)],
            900,
        ),
        (
            "X: the day of the account is used up, the quarter is not",
            200,
            &[
                ("x-rate-limit-remaining", "50"),
                ("x-rate-limit-reset", &later),
                ("x-user-limit-24hour-remaining", "0"),
                ("x-user-limit-24hour-reset", &unix(50_000)),
            ],
            50_000,
        ),
        (
            "Bluesky: used up",
            200,
            &[
                ("ratelimit-limit", "3000"),
                ("ratelimit-remaining", "0"),
                ("ratelimit-reset", &later),
                ("ratelimit-policy", "3000;w=300"),
            ],
            900,
        ),
        (
            "seconds from now, as the draft has them",
            200,
            &[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")],
            30,
        ),
        (
            "Mastodon: used up, in ISO 8601",
            200,
            &[("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &iso)],
            10_800,
        ),
        ("a period that is over", 200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", &earlier)], 0),
        ("no reset", 200, &[("x-rate-limit-remaining", "0")], 0),
        ("no remaining", 200, &[("x-rate-limit-reset", &later)], 0),
        ("nonsense", 200, &[("x-rate-limit-remaining", "none"), ("x-rate-limit-reset", &later)], 0),
        ("a reset that is no time", 200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "soon")], 0),
        ("below zero", 200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "-30")], 0),
        (
            "more is said to remain than a period takes",
            200,
            &[("ratelimit-limit", "0"), ("ratelimit-remaining", "7"), ("ratelimit-reset", &later)],
            900,
        ),
        (
            "a reset in a thousand years",
            200,
            &[("ratelimit-remaining", "0"), ("ratelimit-reset", "99999999999")],
            86_400,
        ),
        ("429 names no time", 429, &[], 15),
        ("429 names a wait", 429, &[("retry-after", "120")], 120),
        ("429 names no wait at all", 429, &[("retry-after", "0")], 1),
        ("429 names an age", 429, &[("retry-after", "4000000000")], 86_400),
        (
            "429 names an instant",
            429,
            &[("date", "Sat, 22 Aug 2026 12:00:00 GMT"), ("retry-after", "Sat, 22 Aug 2026 12:05:00 GMT")],
            300,
        ),
        ("429 names an instant in words of its own", 429, &[("retry-after", "in a while")], 15),
        (
            "429, and the headers say until when",
            429,
            &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", &later)],
            900,
        ),
        (
            "429, though room is left by the headers",
            429,
            &[("ratelimit-remaining", "9"), ("ratelimit-reset", &later)],
            15,
        ),
        ("429, and the headers say only until when", 429, &[("x-rate-limit-reset", &later)], 900),
        ("503 names a wait", 503, &[("retry-after", "60")], 60),
        ("503 names none", 503, &[], 0),
        ("another answer with a wait", 200, &[("retry-after", "60")], 0),
        (
            "the network's clock is an hour behind",
            200,
            &[
                ("date", "Sat, 22 Aug 2026 11:00:00 GMT"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", &unix(-3_600 + 60)),
            ],
            60,
        ),
    ];
    for (case, status, headers, expected) in table {
        assert_eq!(opens_after(&answer(*status, headers)), *expected, "{case}");
    }
}

/// A case, the status of an answer, its headers, and how many seconds to rest if it tells.
type Rest<'a> = (&'a str, u16, &'a [(&'a str, &'a str)], Option<i64>);

/// Sources ask one answer alone, and know by it whether it told them anything.
#[test]
fn one_answer_tells_until_when_to_rest_or_nothing() {
    let (quarter, day) = (unix(900), unix(80_000));
    let table: &[Rest<'_>] = &[
        ("nothing is told", 429, &[], None),
        ("the endpoint's", 429, &[("x-rate-limit-reset", &quarter)], Some(900)),
        ("it is over already", 429, &[("x-rate-limit-reset", &unix(-1))], None),
        ("no number", 429, &[("x-rate-limit-reset", "soon")], None),
        ("a wait", 429, &[("retry-after", "120")], Some(120)),
        ("a wait that no refusal asks for", 200, &[("retry-after", "120")], None),
        (
            "the last one",
            201,
            &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", &quarter)],
            Some(900),
        ),
        ("there is more", 201, &[("x-rate-limit-remaining", "1"), ("x-rate-limit-reset", &quarter)], None),
        (
            "the day's",
            429,
            &[
                ("x-rate-limit-remaining", "7"),
                ("x-rate-limit-reset", &quarter),
                ("x-user-limit-24hour-remaining", "0"),
                ("x-user-limit-24hour-reset", &day),
            ],
            Some(80_000),
        ),
        (
            "the day has more",
            429,
            &[("x-rate-limit-reset", &quarter), ("x-user-limit-24hour-reset", &day)],
            Some(900),
        ),
    ];
    for (case, status, headers, expected) in table {
        let rests = RateLimits::told_by(&answer(*status, headers), second(0));
        assert_eq!(rests, expected.map(second), "{case}");
    }
}

fn told(remaining: u64, reset: i64) -> Answer {
    answer(
        200,
        &[
            ("ratelimit-limit", "10"),
            ("ratelimit-remaining", &remaining.to_string()),
            ("ratelimit-reset", &unix(reset)),
        ],
    )
}

fn remaining(limits: &RateLimits, now: i64) -> Option<u64> {
    limits.tightest(POSTS, second(now)).map(|limit| limit.remaining)
}

#[test]
fn within_a_period_the_room_only_shrinks() {
    let mut limits = RateLimits::default();
    limits.learn(POSTS, &told(5, 100), second(0));
    assert_eq!(remaining(&limits, 0), Some(5));
    for _ in 0..3 {
        limits.departed(POSTS);
    }
    assert_eq!(remaining(&limits, 1), Some(2));
    // The answer to the first of three; the others are on their way.
    limits.learn(POSTS, &told(4, 101), second(1));
    assert_eq!(remaining(&limits, 1), Some(2));
    // Somebody else uses the account too.
    limits.learn(POSTS, &told(1, 100), second(2));
    assert_eq!(remaining(&limits, 2), Some(1));
    limits.departed(POSTS);
    assert_eq!((opens(&limits), remaining(&limits, 3)), (100, Some(0)));
    limits.departed(POSTS);
    // An answer of the period before, that was overtaken.
    limits.learn(POSTS, &told(9, 50), second(3));
    assert_eq!(opens(&limits), 100);
}

#[test]
fn the_next_period_begins_as_the_network_says() {
    let mut limits = RateLimits::default();
    limits.learn(POSTS, &told(0, 100), second(0));
    assert_eq!(remaining(&limits, 100), None, "the period is over, and nothing is known of the next");
    limits.learn(POSTS, &told(9, 200), second(100));
    assert_eq!((opens(&limits), remaining(&limits, 100)), (0, Some(9)));
    // Our clock is behind: the network began the next period before we expected it.
    limits.learn(POSTS, &told(0, 200), second(110));
    limits.learn(POSTS, &told(9, 300), second(198));
    assert_eq!((opens(&limits), remaining(&limits, 198)), (0, Some(9)));
}

#[test]
fn refusals_in_a_row_wait_longer_and_a_success_ends_that() {
    let mut limits = RateLimits::default();
    let mut waits = Vec::new();
    let mut now = 0;
    for _ in 0..9 {
        limits.learn(POSTS, &answer(429, &[]), second(now));
        waits.push(opens(&limits) - now);
        now = opens(&limits);
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900]);
    limits.learn(POSTS, &answer(404, &[]), second(now));
    limits.learn(POSTS, &answer(200, &[]), second(now));
    limits.learn(POSTS, &answer(429, &[]), second(now));
    assert_eq!(opens(&limits) - now, 15);
}

#[test]
fn families_know_nothing_of_each_other() {
    let mut limits = RateLimits::default();
    limits.learn(POSTS, &answer(429, &[]), second(0));
    assert_eq!(limits.opens_at("reads"), Timestamp::MIN);
    limits.learn("reads", &told(3, 100), second(0));
    limits.departed(POSTS);
    assert_eq!(
        limits.tightest("reads", second(0)).map(|limit| (limit.limit, limit.remaining)),
        Some((Some(10), 3))
    );
    assert_eq!(limits.tightest(POSTS, second(0)), None);
}

proptest! {
    /// Whatever the network says: what it closed stays closed until then, no wait is longer than a day, and nothing panics.
    #[test]
    fn no_answer_opens_what_a_refusal_closed(
        statuses in proptest::collection::vec(prop_oneof![Just(200_u16), Just(429), Just(503), any::<u16>()], 1..12),
        values in proptest::collection::vec("[0-9]{0,20}|[ -~]{0,30}", 12),
        wait in 1..80_000_i64,
    ) {
        let mut limits = RateLimits::default();
        limits.learn(POSTS, &answer(429, &[("retry-after", &wait.to_string())]), second(0));
        for (status, value) in statuses.into_iter().zip(&values) {
            let other = values.first().map_or("", String::as_str);
            let said = answer(status, &[
                ("retry-after", value), ("ratelimit-remaining", other), ("ratelimit-reset", value),
                ("x-rate-limit-remaining", value), ("x-rate-limit-reset", other), ("date", value),
                ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", value),
            ]);
            limits.learn(POSTS, &said, second(0));
            limits.departed(POSTS);
            let opens = opens(&limits);
            prop_assert!((wait..=86_400).contains(&opens), "{opens}");
        }
    }
}
