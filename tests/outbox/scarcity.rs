//! Scarce replies: which leave first when not all can, and what happens to the others.

use std::collections::HashMap;

use flashtag::config::replies::{Ceilings, ReplyPace};
use flashtag::domain::command::Report;
use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::has_address::HasAddress;
use flashtag::domain::id::{Account, EffectKey, Network};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::drop_reason::Drops;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use proptest::prelude::*;

use super::queue::answer_a_neighbour;
use super::{AcceptBare, ON_X, account, announce, at, email, id, key, renderer, reply, reply_request};

const POLICY: RetryPolicy =
    RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 3 };

/// An outbox with that pace on X.
fn outbox(pace: &str) -> Outbox {
    let ceilings = Ceilings::unpaced().with(Network::X, pace.parse::<ReplyPace>().unwrap());
    Outbox::new(POLICY, Bounds::default(), 7, renderer()).paced(&ceilings)
}

fn done(at: Timestamp) -> AttemptResult {
    AttemptResult::Done { reference: None, at }
}

/// Takes the next attempt of a lane and settles it as done.
fn deliver(outbox: &mut Outbox, now: Timestamp, lane: Lane) -> Option<String> {
    let attempt = outbox.take_due(now, lane)?;
    outbox.settle(now, &attempt.key, done(now));
    Some(attempt.key.to_string())
}

fn lapsed(outbox: &mut Outbox, now: Timestamp) -> Vec<Report> {
    std::iter::from_fn(|| outbox.take_report(now)).map(|(_, report)| report).collect()
}

fn asked_by_email(outcome: Outcome, ordinal: u32) -> Effect {
    Effect::Email { to: "ana@example.com".into(), request: reply_request(outcome, Some(ordinal)) }
}

fn to(reader: Account, outcome: Outcome, ordinal: u32) -> Effect {
    Effect::Reply(ReplyRequest { account: reader, ..reply_request(outcome, Some(ordinal)) })
}

#[test]
fn with_one_reply_a_second_prompts_leave_first() {
    let mut outbox = outbox("1 per 1s");
    let effects = [
        reply(Outcome::Waitlisted, 1),
        reply(Outcome::Expired, 2),
        announce(Announcement::SoldOut),
        reply(Outcome::Sold, 4),
        reply(Outcome::Promoted, 5),
    ];
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    for (effect, sequence) in effects.into_iter().zip(1..) {
        outbox.accept_bare(at(0), key(sequence), at(0), effect);
    }
    let expected = [(0, "0/5/0"), (1, "0/3/0"), (2, "0/4/0"), (3, "0/1/0")];
    for (second, name) in expected {
        let now = at(second * 1000);
        assert_eq!(outbox.next_due(), Some(now));
        assert_eq!(deliver(&mut outbox, now, ON_X).as_deref(), Some(name));
        assert_eq!(deliver(&mut outbox, at(second * 1000 + 999), ON_X), None, "the second is not over");
    }
    // A late prompt leaves before earlier replies.
    outbox.accept_bare(at(3500), key(9), at(3500), reply(Outcome::Reserved, 9));
    let expected = [(4, "0/9/0"), (5, "0/2/0"), (6, "refusal/x/5000001")];
    for (second, name) in expected {
        assert_eq!(deliver(&mut outbox, at(second * 1000), ON_X).as_deref(), Some(name));
    }
    assert!(outbox.is_idle());
}

#[test]
fn each_network_is_paced_and_payments_and_letters_are_not() {
    let mut outbox = outbox("1 per 15m");
    let elsewhere = |network, author: &str| Account::parse(network, author).unwrap();
    let readers = [
        account(42),
        account(43),
        elsewhere(Network::Bluesky, "did:plc:ana"),
        elsewhere(Network::Bluesky, "did:plc:bob"),
        elsewhere(Network::Mastodon, "ana@a.example"),
    ];
    for (reader, sequence) in readers.into_iter().zip(1..) {
        outbox.accept_bare(at(0), key(sequence), at(0), to(reader, Outcome::Reserved, 1));
    }
    outbox.accept_bare(at(0), key(6), at(0), email());
    outbox.accept_bare(at(0), key(7), at(0), Effect::Void(super::payment(1, "tok_1")));
    let mut left = Vec::new();
    for lane in Lane::all() {
        left.extend(std::iter::from_fn(|| deliver(&mut outbox, at(0), lane)));
    }
    assert_eq!(left, ["0/7/0", "0/1/0", "0/3/0", "0/4/0", "0/5/0", "0/6/0"]);
    assert_eq!(outbox.next_due(), Some(at(15 * 60_000)));
    let waiting: Vec<_> = outbox.lanes(at(0)).map(|lane| (lane.network.name(), lane.prompts)).into();
    assert_eq!(waiting, [("x", 1), ("bluesky", 0), ("mastodon", 0)]);
}

#[test]
fn every_attempt_counts_against_the_ceiling() {
    let mut outbox = outbox("2 per 10s");
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, 1));
    let attempt = outbox.take_due(at(0), ON_X).unwrap();
    assert_eq!(outbox.settle(at(0), &attempt.key, AttemptResult::failed("busy")), None);
    let again = outbox.take_due(at(1000), ON_X).unwrap();
    assert_eq!((again.key, again.number), (attempt.key.clone(), 2));
    assert_eq!(outbox.settle(at(1000), &attempt.key, AttemptResult::failed("busy")), None);
    assert_eq!(outbox.next_due(), Some(at(10_000)), "due sooner, but two left within ten seconds");
    assert_eq!(outbox.take_due(at(9999), ON_X), None);
    assert_eq!(outbox.take_due(at(10_000), ON_X).map(|attempt| attempt.number), Some(3));
}

#[test]
fn a_lane_shows_its_queue_and_its_nearest_ceiling() {
    let mut outbox = outbox("2 per 1m, 100 per 1h");
    for (outcome, sequence) in [
        (Outcome::Reserved, 1),
        (Outcome::Reserved, 2),
        (Outcome::Reserved, 3),
        (Outcome::Sold, 4),
        (Outcome::Expired, 5),
        (Outcome::Expired, 6),
    ] {
        outbox.accept_bare(at(0), key(sequence), at(0), reply(outcome, 1));
    }
    outbox.best_effort(at(0), 0, reply_request(Outcome::Closed, None));
    deliver(&mut outbox, at(0), ON_X).unwrap();
    outbox.take_due(at(0), ON_X).unwrap();
    let [x, bluesky, _] = outbox.lanes(at(0));
    assert_eq!((x.prompts, x.results, x.others, x.refusals, x.in_flight), (1, 1, 2, 1, 1));
    let (sent, ceiling) = x.sent.unwrap();
    assert_eq!((sent, ceiling.to_string(), x.waiting()), (2, "2 per 1m".to_owned(), 5));
    assert_eq!((bluesky.waiting(), bluesky.sent), (0, None));
}

/// The fate of a reply that waits behind a closed lane, by its outcome.
#[test]
fn stale_replies_are_dropped_except_results() {
    let stale = 15 * 60_000;
    let table = [
        (Outcome::Reserved, false),
        (Outcome::Promoted, false),
        (Outcome::Sold, false),
        (Outcome::Declined, false),
        (Outcome::Refunded, false),
        (Outcome::Waitlisted, true),
        (Outcome::Expired, true),
        (Outcome::Released, true),
        (Outcome::SoldOut, true),
    ];
    for (outcome, dropped) in table {
        let mut outbox = outbox("1 per 24h");
        outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Sold, 1));
        deliver(&mut outbox, at(0), ON_X).unwrap();
        outbox.accept_bare(at(500), key(2), at(0), reply(outcome, 2));
        assert_eq!(lapsed(&mut outbox, at(stale)), [], "{outcome}: as old as it may be");
        let due = outbox.next_due().unwrap();
        assert_eq!(due, if dropped { at(stale + 1) } else { at(24 * 3_600_000) }, "{outcome}");
        let expected = if dropped { vec![Report::Dropped(vec![key(2)])] } else { vec![] };
        assert_eq!(lapsed(&mut outbox, at(stale + 1)), expected, "{outcome}");
        assert_eq!((outbox.drops().stale == 1, outbox.is_idle()), (dropped, dropped), "{outcome}");
        let left = deliver(&mut outbox, at(24 * 3_600_000), ON_X);
        assert_eq!(left.is_some(), !dropped, "{outcome}");
    }
}

#[test]
fn a_failed_reply_is_not_retried_once_stale() {
    let mut outbox = outbox("unpaced");
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Expired, 1));
    let late = at(15 * 60_000);
    let attempt = outbox.take_due(late, ON_X).unwrap();
    assert_eq!(lapsed(&mut outbox, at(16 * 60_000)), [], "it is in flight");
    assert_eq!(outbox.settle(late, &attempt.key, AttemptResult::failed("busy")), None);
    assert_eq!(outbox.take_due(at(16 * 60_000), ON_X), None);
    assert_eq!(lapsed(&mut outbox, at(16 * 60_000)), [Report::Dropped(vec![key(1)])]);
}

#[test]
fn a_closed_lane_drops_stale_refusals() {
    let mut outbox = outbox("1 per 24h");
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Sold, 1));
    deliver(&mut outbox, at(0), ON_X).unwrap();
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    assert_eq!(outbox.next_due(), Some(at(60_001)));
    assert_eq!(lapsed(&mut outbox, at(60_001)), []);
    assert!(outbox.is_idle());
    assert_eq!(outbox.drops(), Drops { stale: 1, ..Drops::default() });
}

/// A prompting letter replaces a prompt that has not left.
#[test]
fn a_prompting_letter_withdraws_the_prompt() {
    let dropped = || vec![Report::Dropped(vec![key(2)])];
    let table = [
        ("the same reservation", reply(Outcome::Reserved, 17), asked_by_email(Outcome::Reserved, 17), true),
        ("after a promotion", reply(Outcome::Promoted, 17), asked_by_email(Outcome::Promoted, 17), true),
        ("another reservation", reply(Outcome::Reserved, 17), asked_by_email(Outcome::Reserved, 18), false),
        (
            "a letter that does not ask",
            reply(Outcome::Reserved, 17),
            asked_by_email(Outcome::Sold, 17),
            false,
        ),
        ("a reply that does not ask", reply(Outcome::Sold, 17), asked_by_email(Outcome::Reserved, 17), false),
    ];
    for (name, prompt, letter, withdrawn) in table {
        let mut outbox = outbox("1 per 24h");
        outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Sold, 1));
        deliver(&mut outbox, at(0), ON_X).unwrap();
        outbox.accept_bare(at(0), key(2), at(0), prompt);
        outbox.accept_bare(at(60_000), key(3), at(60_000), letter);
        assert_eq!(outbox.pending(), 2, "{name}");
        let expected = if withdrawn { dropped() } else { vec![] };
        assert_eq!(lapsed(&mut outbox, at(60_000)), expected, "{name}");
        assert_eq!(outbox.drops().withdrawn, u64::from(withdrawn), "{name}");
        assert_eq!(deliver(&mut outbox, at(60_000), Lane::Emails).as_deref(), Some("0/3/0"), "{name}");
        assert_eq!(outbox.is_idle(), withdrawn, "{name}");
    }
}

/// A prompt whose letter reaches nobody is posted after all, but never where it may have been posted before. Each row: what
/// became of the reply before the letter, and the report when the letter bounces.
#[test]
fn a_prompt_that_bounced_is_posted_only_if_it_certainly_was_not() {
    type Before = fn(&mut Outbox);
    let (again, over) =
        (Report::PromptMailBounced { id: id(17), key: key(2) }, Report::MailBounced(vec![key(2)]));
    let prompted = |outbox: &mut Outbox| {
        outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, 17));
    };
    let table: [(&str, Before, Report); 5] = [
        ("it waited", |_| (), again),
        ("it is in flight", |outbox| drop(outbox.take_due(at(0), ON_X).unwrap()), over.clone()),
        ("it may have been posted", |outbox| left(outbox, AttemptResult::unknown("no answer")), over.clone()),
        (
            "it failed, and was to leave again",
            |outbox| left(outbox, AttemptResult::failed("busy")),
            over.clone(),
        ),
        ("it was posted", |outbox| left(outbox, done(at(1))), over.clone()),
    ];
    for (what, before, expected) in table {
        for answer in [
            AttemptResult::bounced("550 no such user"),
            AttemptResult::Suppressed,
            AttemptResult::Unaddressed { left_at: at(60_000) },
        ] {
            let mut outbox = outbox("unpaced");
            prompted(&mut outbox);
            before(&mut outbox);
            outbox.accept_bare(at(60_000), key(2), at(60_000), asked_by_email(Outcome::Reserved, 17));
            lapsed(&mut outbox, at(60_000));
            let letter = outbox.take_due(at(60_000), Lane::Emails).unwrap();
            assert_eq!(outbox.settle(at(60_000), &letter.key, answer), Some(expected.clone()), "{what}");
        }
    }
    // A letter that never had a reply beside it.
    let mut outbox = outbox("unpaced");
    outbox.accept_bare(at(0), key(2), at(0), asked_by_email(Outcome::Reserved, 17));
    let letter = outbox.take_due(at(0), Lane::Emails).unwrap();
    assert_eq!(outbox.settle(at(0), &letter.key, AttemptResult::Suppressed), Some(over));
}

/// Who got no letter is not told by reply that one tells more, until one arrives.
#[test]
fn a_sale_is_told_without_a_letter_where_letters_reach_nobody() {
    let mut outbox = outbox("unpaced");
    let told = |outbox: &mut Outbox, number: u64| {
        outbox.accept_bare(at(0), key(number), at(0), reply(Outcome::Sold, 17));
        let attempt = outbox.take_due(at(0), ON_X).unwrap();
        outbox.settle(at(0), &attempt.key, done(at(0)));
        attempt.text.unwrap().contains("in your mail")
    };
    let letter = |outbox: &mut Outbox, number: u64, outcome: Outcome, result: AttemptResult| {
        let request = reply_request(outcome, Some(17));
        outbox.accept_bare(at(0), key(number), at(0), Effect::Email { to: HasAddress::YES, request });
        let attempt = outbox.take_due(at(0), Lane::Emails).unwrap();
        outbox.settle(at(0), &attempt.key, result);
    };
    assert!(told(&mut outbox, 1));
    letter(&mut outbox, 2, Outcome::Credited, AttemptResult::Suppressed);
    assert!(told(&mut outbox, 3), "letters of one kind are stopped");
    letter(&mut outbox, 4, Outcome::Sold, AttemptResult::bounced("550 no such user"));
    assert!(!told(&mut outbox, 5));
    letter(&mut outbox, 6, Outcome::Sold, done(at(0)));
    assert!(told(&mut outbox, 7));
}

fn left(outbox: &mut Outbox, result: AttemptResult) {
    let attempt = outbox.take_due(at(0), ON_X).unwrap();
    outbox.settle(at(1), &attempt.key, result);
}

/// Who has no address keeps the place of the prompt among the replies, until a direct message takes its place.
#[test]
fn a_prompt_to_who_has_no_address_is_withdrawn_for_a_direct_message_alone() {
    for (result, withdrawn) in [(done(at(9)), true), (AttemptResult::Unaddressed { left_at: at(9) }, false)] {
        let mut outbox = outbox("unpaced");
        outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, 17));
        let request = reply_request(Outcome::Reserved, Some(17));
        outbox.accept_bare(at(5), key(2), at(5), Effect::Email { to: HasAddress::NO, request });
        assert_eq!(lapsed(&mut outbox, at(5)), []);
        let letter = outbox.take_due(at(9), Lane::Emails).unwrap();
        outbox.settle(at(9), &letter.key, result);
        lapsed(&mut outbox, at(9));
        assert_eq!(outbox.drops().withdrawn, u64::from(withdrawn));
        assert_eq!(deliver(&mut outbox, at(9), ON_X).is_none(), withdrawn);
    }
}

#[test]
fn a_prompt_of_another_partition_is_not_withdrawn() {
    let mut outbox = outbox("unpaced");
    outbox.accept_bare(at(0), EffectKey { partition: 1, ..key(1) }, at(0), reply(Outcome::Reserved, 17));
    outbox.accept_bare(at(0), key(2), at(0), asked_by_email(Outcome::Reserved, 17));
    assert_eq!(lapsed(&mut outbox, at(0)), []);
    assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("1/1/0"));
}

/// An attempt in flight cannot be withdrawn: it counts if it arrives, and is not repeated if it does not.
#[test]
fn a_prompt_in_flight_is_neither_withdrawn_nor_retried() {
    let id = id(17);
    let table = [
        (done(at(9)), Report::Delivered(vec![key(1)].into())),
        (AttemptResult::failed("busy"), Report::Dropped(vec![key(1)])),
        (AttemptResult::impossible("deleted"), Report::Dropped(vec![key(1)])),
    ];
    for (answer, report) in table {
        let mut outbox = outbox("unpaced");
        outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, id.ordinal));
        let attempt = outbox.take_due(at(0), ON_X).unwrap();
        outbox.accept_bare(at(5), key(2), at(5), asked_by_email(Outcome::Reserved, id.ordinal));
        assert_eq!(lapsed(&mut outbox, at(5)), []);
        assert_eq!(outbox.settle(at(9), &attempt.key, answer), Some(report));
        assert_eq!(outbox.pending(), 1, "the letter");
    }
}

#[test]
fn a_prompt_that_fails_for_good_is_undeliverable() {
    let mut outbox = outbox("unpaced");
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, 17));
    for number in 1..=POLICY.attempts_most {
        let now = outbox.next_due().unwrap();
        let attempt = outbox.take_due(now, ON_X).unwrap();
        answer_a_neighbour(&mut outbox, now, ON_X, reply(Outcome::Sold, 9), number);
        let report = outbox.settle(now, &attempt.key, AttemptResult::failed("busy"));
        let last = number == POLICY.attempts_most;
        assert_eq!(report, last.then_some(Report::Undeliverable { id: id(17), key: key(1) }));
    }
    assert_eq!(outbox.dead_letters_total(), 1);
}

/// The account opted out with STOP before the reply was queued, while it waited, or while it was in flight.
#[test]
fn an_opted_out_account_gets_no_reply_and_is_prompted_by_letter() {
    let (ana, bob) = (account(42), account(43));
    let undeliverable = Report::Undeliverable { id: id(17), key: key(1) };
    let dropped = Report::Dropped(vec![key(1)]);
    let table = [
        (Outcome::Reserved, undeliverable.clone()),
        (Outcome::Promoted, undeliverable),
        (Outcome::Sold, dropped.clone()),
        (Outcome::Waitlisted, dropped),
    ];
    for (outcome, report) in table {
        let said_before = {
            let mut outbox = outbox("unpaced");
            outbox.opt_out(ana.clone());
            outbox.accept_bare(at(0), key(1), at(0), reply(outcome, 17));
            outbox
        };
        let said_while_it_waited = {
            let mut outbox = outbox("unpaced");
            outbox.accept_bare(at(0), key(1), at(0), reply(outcome, 17));
            outbox.opt_out(ana.clone());
            outbox
        };
        for mut outbox in [said_before, said_while_it_waited] {
            outbox.accept_bare(at(0), key(2), at(0), to(bob.clone(), Outcome::Sold, 18));
            assert_eq!(outbox.next_due(), Some(Timestamp::MIN), "at once");
            assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("0/2/0"), "others get replies");
            assert_eq!(lapsed(&mut outbox, at(0)), std::slice::from_ref(&report), "{outcome}");
            assert!(outbox.is_idle());
            assert_eq!(outbox.drops().silent, 1);
        }
        let mut outbox = outbox("unpaced");
        outbox.accept_bare(at(0), key(1), at(0), reply(outcome, 17));
        let attempt = outbox.take_due(at(0), ON_X).unwrap();
        outbox.opt_out(ana.clone());
        assert_eq!(
            outbox.settle(at(1), &attempt.key, AttemptResult::failed("busy")),
            Some(report),
            "{outcome}"
        );
    }
}

#[test]
fn opting_out_stops_only_replies_until_opting_in() {
    let mut outbox = outbox("unpaced");
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    outbox.opt_out(account(42));
    outbox.best_effort(at(0), 0, reply_request(Outcome::Closed, None));
    outbox.accept_bare(at(0), key(1), at(0), email());
    outbox.accept_bare(at(0), key(2), at(0), announce(Announcement::SoldOut));
    assert_eq!(deliver(&mut outbox, at(0), Lane::Emails).as_deref(), Some("0/1/0"));
    assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("0/2/0"));
    assert_eq!(deliver(&mut outbox, at(0), ON_X), None, "neither refusal");
    assert_eq!(outbox.drops(), Drops { silent: 2, ..Drops::default() });
    outbox.opt_in(&account(42));
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    outbox.accept_bare(at(0), key(3), at(0), reply(Outcome::Reserved, 17));
    assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("0/3/0"));
    assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("refusal/x/5000001"));
    assert!(outbox.is_idle());
}

#[test]
fn an_effect_without_a_text_never_leaves() {
    let mut outbox = outbox("2 per 1h");
    let reason = "there are no words for it";
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::NotRelevant, 1));
    outbox.accept_bare(at(0), key(2), at(0), reply(Outcome::Sold, 2));
    outbox.best_effort(at(0), 0, reply_request(Outcome::Overloaded, None));
    outbox.accept_bare(at(0), key(3), at(0), reply(Outcome::NotRelevant, 3));
    assert_eq!(deliver(&mut outbox, at(0), ON_X).as_deref(), Some("0/2/0"));
    assert_eq!(outbox.take_due(at(0), ON_X), None);
    let [x, ..] = outbox.lanes(at(0));
    assert_eq!((x.waiting(), x.sent.map(|(sent, _)| sent)), (0, Some(1)), "no departure was wasted");
    let dead = |sequence| Report::DeadLettered { key: key(sequence), reason: reason.into() };
    let mut reports = lapsed(&mut outbox, at(0));
    reports.sort_by_key(|report| report.keys());
    assert_eq!(reports, [dead(1), dead(3)]);
    assert!(outbox.is_idle());
}

fn any_reply() -> impl Strategy<Value = Effect> {
    let outcome = prop_oneof![
        Just(Outcome::Reserved),
        Just(Outcome::Promoted),
        Just(Outcome::Sold),
        Just(Outcome::Expired),
        Just(Outcome::Waitlisted),
    ];
    prop_oneof![
        6 => (outcome, 0..4_u64, 1..6_u32).prop_map(|(outcome, who, no)| to(account(40 + who), outcome, no)),
        1 => (1..6_u32).prop_map(|no| asked_by_email(Outcome::Reserved, no)),
        1 => Just(announce(Announcement::SoldOut)),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Accept(Box<Effect>),
    Refuse(u64),
    OptOut(u64),
    OptIn(u64),
    Answer(usize, bool),
    Wait(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any_reply().prop_map(|effect| Step::Accept(Box::new(effect))),
        1 => (40..44_u64).prop_map(Step::Refuse),
        1 => (40..44_u64).prop_map(Step::OptOut),
        1 => (40..44_u64).prop_map(Step::OptIn),
        4 => (0..9_usize, prop::bool::weighted(0.7)).prop_map(|(nth, well)| Step::Answer(nth, well)),
        4 => (0..4000_i64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is queued, sent, opted out and answered: the ceilings hold, every effect ends in one report
    /// or is pending, no stale reply and none to an opted-out account leaves, no text repeats in a row, and a
    /// retry repeats the first attempt's text.
    #[test]
    fn replies_are_paced_varied_and_accounted_for(steps in prop::collection::vec(any_step(), 1..120)) {
        let ceilings =
            Ceilings::unpaced().with(Network::X, "3 per 2s, 10 per 20s".parse::<ReplyPace>().unwrap());
        let bounds = Bounds { reply_stale: Millis::from_secs(10), ..Bounds::default() };
        let mut outbox = Outbox::new(POLICY, bounds, 7, renderer()).paced(&ceilings);
        let (mut now, mut sequence) = (0, 0);
        let mut under_way: Vec<Attempt> = Vec::new();
        let (mut left, mut ended, mut texts) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut opted_out = std::collections::HashSet::new();
        let mut last: Option<(String, String)> = None;
        let mut last_to: HashMap<Account, (String, String)> = HashMap::new();
        for step in steps {
            let mut reports = Vec::new();
            match step {
                Step::Accept(effect) => {
                    sequence += 1;
                    outbox.accept_bare(at(now), key(sequence), at(now), *effect);
                }
                Step::Refuse(who) => {
                    let refused = ReplyRequest { account: account(who), ..reply_request(Outcome::SoldOut, None) };
                    outbox.best_effort(at(now), 0, refused);
                }
                Step::OptOut(who) => {
                    opted_out.insert(account(who));
                    outbox.opt_out(account(who));
                }
                Step::OptIn(who) => {
                    opted_out.remove(&account(who));
                    outbox.opt_in(&account(who));
                }
                Step::Answer(nth, well) if !under_way.is_empty() => {
                    let attempt = under_way.swap_remove(nth % under_way.len());
                    let answer = if well { done(at(now)) } else { AttemptResult::failed("busy") };
                    reports.extend(outbox.settle(at(now), &attempt.key, answer));
                }
                Step::Answer(..) => {}
                Step::Wait(ms) => now += ms,
            }
            for lane in [ON_X, Lane::Emails] {
                while let Some(attempt) = outbox.take_due(at(now), lane) {
                    if lane == ON_X {
                        left.push(now);
                        let text = attempt.text.as_deref().unwrap().to_owned();
                        let name = attempt.key.to_string();
                        let again = (last.replace((name.clone(), text.clone())))
                            .filter(|(other, last)| *other != name && *last == text);
                        prop_assert_eq!(again, None, "twice in a row");
                        if let Effect::Reply(request) = &attempt.effect {
                            prop_assert!(!opted_out.contains(&request.account));
                            let sent = (name.clone(), text.clone());
                            let again = (last_to.insert(request.account.clone(), sent))
                                .filter(|(other, last)| *other != name && *last == text);
                            prop_assert_eq!(again, None, "twice to one");
                            if matches!(request.outcome, Outcome::Expired | Outcome::Waitlisted) {
                                prop_assert!(at(now).since(attempt.recorded_at) <= Millis::from_secs(10));
                            }
                        }
                        if attempt.key.effect().is_some() {
                            let first = texts.entry(name).or_insert_with(|| text.clone());
                            prop_assert_eq!(&*first, &text);
                        }
                    }
                    under_way.push(attempt);
                }
            }
            reports.extend(lapsed(&mut outbox, at(now)));
            for key in reports.iter().flat_map(Report::keys) {
                prop_assert_eq!(ended.insert(key, ()), None, "reported twice");
            }
            prop_assert_eq!(outbox.pending() + ended.len(), usize::try_from(sequence).unwrap());
            prop_assert!(outbox.next_due().is_none_or(|due| due > at(now)), "nothing due was left");
        }
        for (most, ms) in [(3, 2000), (10, 20_000)] {
            for from in &left {
                let within = left.iter().filter(|at| (*from..from + ms).contains(at)).count();
                prop_assert!(within <= most);
            }
        }
    }
}
