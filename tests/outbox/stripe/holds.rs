//! Until when money is held: what Stripe tells, what counts while it does not, and what a restart keeps.

use std::collections::VecDeque;
use std::sync::Mutex;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::ops::OpsDatabase;
use flashtag::outbox::provider::stripe::{Api, HoldNews, Holds};

use super::super::at;
use super::{answer, error, intent, lost};

const LOOK: &str = "GET payment_intents/pi_1?expand%5B%5D=latest_charge";
const PLAIN_LOOK: &str = "GET payment_intents/pi_1";

type Answers = Vec<Result<Answer, Unanswered>>;

/// Answers requests one after the other.
struct Scripted(Mutex<Script>);

struct Script {
    answers: VecDeque<Result<Answer, Unanswered>>,
    asked: Vec<String>,
}

impl Http for Scripted {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let mut script = self.0.lock().unwrap();
        script.asked.push(super::line(request));
        script.answers.pop_front().expect("one more request than answers")
    }
}

fn hours(hours: u32) -> Timestamp {
    at(0).plus(Millis::from_secs(3600 * hours))
}

fn held(payment: &str) -> HoldNews {
    HoldNews::Held { payment: payment.to_owned(), order: "kindle-fire-hd.17".to_owned(), since: at(0) }
}

/// A pass. Returns the requests that it made.
fn pass(holds: &Holds, now: Timestamp, answers: Answers) -> Vec<String> {
    let http = Scripted(Mutex::new(Script { answers: answers.into(), asked: Vec::new() }));
    holds.watch(&Api::new("https://stripe.example/"), &http, now);
    let Script { answers, asked } = http.0.into_inner().unwrap();
    assert!(answers.is_empty(), "answers that nobody asked for");
    asked
}

/// The payment, whose charge is so.
fn charged(status: &str, charge: &str) -> Result<Answer, Unanswered> {
    let named = format!("\"latest_charge\":{charge},\"status\":");
    answer(200, &intent(status, 0).replace("\"status\":", &named))
}

fn held_before(capture_before: &str) -> Result<Answer, Unanswered> {
    let charge = format!(
        r#"{{"id":"ch_1","payment_method_details":{{"card":{{"capture_before":{capture_before}}}}}}}"#
    );
    charged("requires_capture", &charge)
}

fn second(at: Timestamp) -> String {
    at.ms().div_euclid(1000).to_string()
}

/// Each row: what Stripe answers ten minutes after the authorization, and the hour from then on until which the money counts as held.
#[test]
fn a_hold_ends_when_stripe_says_and_else_when_the_shortest_one_does() {
    let forbidden = || answer(403, &error("invalid_request_error", "more_permissions_required"));
    let both = vec![LOOK, PLAIN_LOOK];
    let table: Vec<(&str, Answers, Vec<&str>, Option<u32>)> = vec![
        ("a week", vec![held_before(&second(hours(168)))], vec![LOOK], Some(168)),
        ("a day", vec![held_before(&second(hours(24)))], vec![LOOK], Some(24)),
        ("no term", vec![held_before("null")], vec![LOOK], Some(114)),
        ("a text", vec![held_before("\"soon\"")], vec![LOOK], Some(114)),
        ("a time that was", vec![held_before("0")], vec![LOOK], Some(114)),
        ("no time at all", vec![held_before(&i64::MAX.to_string())], vec![LOOK], Some(114)),
        ("the charge's id", vec![charged("requires_capture", "\"ch_1\"")], vec![LOOK], Some(114)),
        ("no charge", vec![charged("requires_capture", "null")], vec![LOOK], Some(114)),
        ("the capture is under way", vec![charged("processing", "\"ch_1\"")], vec![LOOK], Some(114)),
        ("captured by hand", vec![charged("succeeded", "\"ch_1\"")], vec![LOOK], None),
        ("let go by hand", vec![charged("canceled", "\"ch_1\"")], vec![LOOK], None),
        ("there is none", vec![answer(404, "{}")], vec![LOOK], None),
        (
            "charges are not told",
            vec![forbidden(), answer(200, &intent("requires_capture", 0))],
            both.clone(),
            Some(114),
        ),
        ("no answer", vec![lost(), lost()], both.clone(), Some(114)),
        ("half an answer", vec![answer(200, "{\"id\":"), lost()], both, Some(114)),
    ];
    for (name, answers, requests, until) in table {
        let holds = Holds::default();
        holds.follow(held("pi_1"), at(0));
        assert_eq!(pass(&holds, at(599_999), vec![]), Vec::<String>::new(), "{name}: it is captured soon");
        assert_eq!(pass(&holds, at(600_000), answers), requests, "{name}");
        assert_eq!(holds.until("pi_1"), until.map(hours), "{name}");
    }
}

#[test]
fn an_operator_is_told_a_day_before_unless_stripe_says_that_nothing_is_held() {
    let holds = Holds::default();
    holds.follow(held("pi_1"), at(0));
    pass(&holds, hours(1), vec![held_before(&second(hours(100)))]);
    assert_eq!(pass(&holds, hours(75), vec![]), Vec::<String>::new());
    assert_eq!(holds.ending(), None);
    // Stripe is away.
    pass(&holds, hours(76), vec![lost(), lost()]);
    let ending = holds.ending().expect("it ends within a day");
    assert_eq!((ending.count, ending.first), (1, hours(100)));
    assert!(ending.reason().contains(&hours(100).to_string()), "{}", ending.reason());
    // It was not, and the card's bank holds the money longer.
    pass(&holds, hours(77), vec![held_before(&second(hours(200)))]);
    assert_eq!((holds.ending(), holds.until("pi_1")), (None, Some(hours(200))));
    pass(&holds, hours(176), vec![charged("succeeded", "\"ch_1\"")]);
    assert_eq!((holds.ending(), holds.until("pi_1")), (None, None));

    holds.follow(held("pi_1"), at(0));
    pass(&holds, hours(100), vec![lost(), lost()]);
    assert!(holds.ending().is_some());
    holds.follow(HoldNews::Ends("pi_1".to_owned()), hours(101));
    assert_eq!(holds.ending(), None, "it was captured");
    // Nobody knows of the capture, and no card is held longer.
    holds.follow(held("pi_1"), at(0));
    pass(&holds, hours(168), vec![lost(), lost()]);
    assert_eq!((holds.ending(), holds.until("pi_1")), (None, None));
}

/// A payment that Stripe does not tell of keeps no other from being looked at.
#[test]
fn one_payment_without_an_answer_does_not_hide_the_others() {
    let holds = Holds::default();
    ["pi_1", "pi_2"].into_iter().for_each(|payment| holds.follow(held(payment), at(0)));
    pass(&holds, hours(1), vec![answer(500, ""), answer(500, "")]);
    let asked = pass(&holds, hours(1), vec![charged("succeeded", "null")]);
    assert_eq!(asked, [LOOK.replace("pi_1", "pi_2")]);
    assert_eq!((holds.until("pi_1"), holds.until("pi_2")), (Some(hours(114)), None));
}

#[test]
fn a_restart_keeps_what_is_held_and_a_lost_database_costs_the_alarm_alone() {
    let place = tempfile::tempdir().unwrap();
    let database = OpsDatabase::open(&place.path().join("ops.sqlite")).unwrap();
    let stored = || {
        let rows = database.card_holds(10).unwrap();
        rows.into_iter().map(|row| (row.payment, row.ends_at)).collect::<Vec<_>>()
    };
    let holds = Holds::default();
    ["pi_1", "pi_2", "pi_3"].into_iter().for_each(|payment| holds.follow(held(payment), at(0)));
    holds.follow(HoldNews::Ends("pi_3".to_owned()), at(2_000));
    holds.store(&database, at(59_999)).unwrap();
    assert_eq!(stored(), [], "what is captured soon is never stored");
    holds.store(&database, at(60_000)).unwrap();
    assert_eq!(stored(), [("pi_1".to_owned(), None), ("pi_2".to_owned(), None)]);
    let week = hours(168);
    pass(&holds, hours(1), vec![held_before(&second(week)), charged("succeeded", "null")]);
    holds.store(&database, hours(1)).unwrap();
    assert_eq!(stored(), [("pi_1".to_owned(), Some(week))]);

    let later = Holds::default();
    later.load(&database).unwrap();
    assert_eq!((later.until("pi_1"), later.until("pi_2")), (Some(week), None));
    // What was captured while the last process could not store it is found by the first look.
    assert_eq!(pass(&later, hours(2), vec![charged("succeeded", "null")]), [LOOK]);
    later.store(&database, hours(2)).unwrap();
    assert_eq!(stored(), []);
}

#[test]
fn the_number_of_watched_payments_is_bounded() {
    let holds = Holds::default();
    for number in 0..=100_000 {
        holds.follow(held(&format!("pi_{number}")), at(0));
    }
    assert_eq!(holds.until("pi_99999"), Some(hours(114)));
    assert_eq!(holds.until("pi_100000"), None);
    holds.follow(HoldNews::Ends("pi_0".to_owned()), at(0));
    holds.follow(held("pi_100000"), at(0));
    assert_eq!(holds.until("pi_100000"), Some(hours(114)));
}
