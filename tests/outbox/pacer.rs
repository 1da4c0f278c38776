//! The pacer never exceeds the ceilings, and is never slower than they demand.

use flashtag::config::replies::ReplyPace;
use flashtag::domain::time::Timestamp;
use flashtag::outbox::queue::pacer::Pacer;
use proptest::prelude::*;

use super::at;

fn pace(text: &str) -> ReplyPace {
    text.parse().unwrap()
}

/// Departs as soon as the pacer allows, and returns the times.
fn leave_greedily(pace: &ReplyPace, from: i64, count: usize) -> Vec<i64> {
    let mut pacer = Pacer::new(pace);
    let (mut now, mut left) = (at(from), Vec::new());
    for _ in 0..count {
        now = now.max(pacer.opens_at());
        pacer.departed(now);
        left.push(now.ms() - at(0).ms());
    }
    left
}

#[test]
fn departures_are_as_dense_as_the_ceilings_allow() {
    let table: [(&str, &[i64]); 5] = [
        ("unpaced", &[0, 0, 0, 0, 0, 0, 0]),
        ("1 per 1s", &[0, 1000, 2000, 3000]),
        ("3 per 10s", &[0, 0, 0, 10_000, 10_000, 10_000, 20_000]),
        ("2 per 1s, 3 per 10s", &[0, 0, 1000, 10_000, 10_000, 11_000, 20_000]),
        ("3 per 10s, 2 per 1s", &[0, 0, 1000, 10_000, 10_000, 11_000, 20_000]),
    ];
    for (text, expected) in table {
        assert_eq!(leave_greedily(&pace(text), 0, expected.len()), expected, "{text}");
    }
}

#[test]
fn windows_slide_instead_of_starting_on_the_hour() {
    let mut pacer = Pacer::new(&pace("3 per 10s"));
    for ms in [0, 9000, 9500] {
        assert!(pacer.opens_at() <= at(ms));
        pacer.departed(at(ms));
    }
    assert_eq!(pacer.opens_at(), at(10_000), "when the first of the three no longer counts");
    pacer.departed(at(10_000));
    assert_eq!(pacer.opens_at(), at(19_000), "not three more within a second");
}

#[test]
fn a_clock_set_back_opens_no_lane_sooner() {
    let mut pacer = Pacer::new(&pace("2 per 10s"));
    pacer.departed(at(5000));
    pacer.departed(at(1000));
    assert_eq!(pacer.opens_at(), at(15_000));
}

/// What did not leave counts no more, and what left before counts as if it had never been.
#[test]
fn a_departure_that_is_taken_back_leaves_room_for_another() {
    let mut pacer = Pacer::new(&pace("2 per 10s"));
    pacer.departed(at(0));
    for ms in 1..1_000 {
        pacer.departed(at(ms));
        assert_eq!(pacer.opens_at(), at(10_000), "two left");
        pacer.returned(at(ms));
        assert!(pacer.opens_at() <= at(ms), "one of them came back");
    }
    pacer.departed(at(1_000));
    pacer.departed(at(2_000));
    pacer.returned(at(1_000));
    assert_eq!(pacer.opens_at(), at(10_000), "those at 0 and 2000 count");
    pacer.returned(at(-1));
    assert_eq!(pacer.opens_at(), at(10_000), "nothing left before");
}

#[test]
fn the_nearest_ceiling_is_shown_with_its_departures() {
    let mut pacer = Pacer::new(&pace("4 per 1s, 6 per 10s"));
    let mut left = |ms| pacer.departed(at(ms));
    (0..3).for_each(|_| left(0));
    left(900);
    let shown = |ms| pacer.nearest(at(ms)).map(|(sent, ceiling)| format!("{sent} of {ceiling}")).unwrap();
    assert_eq!(shown(900), "4 of 4 per 1s");
    assert_eq!(shown(1000), "4 of 6 per 10s", "three of them are a second old");
    assert_eq!(shown(10_000), "1 of 6 per 10s");
    assert_eq!(shown(10_900), "0 of 4 per 1s");
    assert_eq!(Pacer::new(&pace("unpaced")).nearest(at(0)), None);
}

proptest! {
    /// In no window of a ceiling's length do more leave than it allows, and a departure that is held back
    /// would have exceeded one.
    #[test]
    fn no_window_exceeds_its_ceiling(
        ceilings in prop::collection::vec((1..6_usize, 1..40_i64), 1..4),
        pauses in prop::collection::vec(0..9_i64, 1..120),
    ) {
        let text: Vec<String> = ceilings.iter().map(|(most, ms)| format!("{most} per {ms}ms")).collect();
        let mut pacer = Pacer::new(&pace(&text.join(", ")));
        let (mut now, mut left) = (0, Vec::new());
        let within = |left: &[i64], window: std::ops::Range<i64>| {
            left.iter().filter(|ms| window.contains(ms)).count()
        };
        for pause in pauses {
            now += pause;
            let full = ceilings.iter().any(|(most, ms)| within(&left, now - ms + 1..now + 1) >= *most);
            prop_assert_eq!(pacer.opens_at() > at(now), full);
            if !full {
                pacer.departed(at(now));
                left.push(now);
            }
        }
        for (most, ms) in ceilings {
            for from in 0..=now {
                prop_assert!(within(&left, from..from + ms) <= most);
            }
        }
    }
}

#[test]
fn without_departures_the_pacer_is_open() {
    assert_eq!(Pacer::new(&pace("1 per 24h")).opens_at(), Timestamp::MIN);
}
