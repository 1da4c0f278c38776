//! The queue: which effect leaves when and under which key, and what is reported.

use std::collections::{HashMap, HashSet};

use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{Announcement, Effect, Payment, StatementCredit};
use flashtag::domain::event::{Authorized, Delivered, Event};
use flashtag::domain::id::{EffectKey, OfferNo, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::{PaymentRef, ProviderRef};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::TransactionId;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::drop_reason::Drops;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::outbox::report::merge;
use flashtag::outbox::resend_safety::{LookUp, ResendSafety};
use flashtag::partition::pending_effects::PendingEffects;
use proptest::prelude::*;

use super::{
    AcceptBare, ON_X, announce, at, before_gateway, email, id, key, payment, renderer, reply, reply_request,
};

pub(super) const POLICY: RetryPolicy =
    RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 6 };

fn outbox() -> Outbox {
    outbox_within(Bounds::default())
}

fn outbox_within(bounds: Bounds) -> Outbox {
    before_gateway(Outbox::new(POLICY, bounds, 7, renderer()))
}

fn unknown() -> AttemptResult {
    AttemptResult::Unknown { error: "no answer in time".into() }
}

fn take_all(outbox: &mut Outbox, now: Timestamp, lane: Lane) -> Vec<String> {
    std::iter::from_fn(|| outbox.take_due(now, lane)).map(|attempt| attempt.key.to_string()).collect()
}

#[test]
fn replies_leave_by_rank_then_by_due_time_then_by_turn() {
    let mut outbox = outbox();
    let effects = [
        reply(Outcome::Expired, 1),
        reply(Outcome::Sold, 2),
        reply(Outcome::Reserved, 3),
        reply(Outcome::Waitlisted, 4),
        reply(Outcome::Declined, 5),
        reply(Outcome::Promoted, 6),
        announce(Announcement::SoldOut),
    ];
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    for (effect, sequence) in effects.into_iter().zip(1..) {
        outbox.accept_bare(at(0), key(sequence), at(0), effect);
    }
    let order = take_all(&mut outbox, at(0), ON_X);
    let expected = ["0/3/0", "0/6/0", "0/2/0", "0/5/0", "0/7/0", "0/1/0", "0/4/0", "refusal/x/5000001"];
    assert_eq!(order, expected);
}

#[test]
fn an_effect_leaves_only_when_due_whatever_its_rank() {
    let mut outbox = outbox();
    outbox.accept_bare(at(500), key(1), at(0), reply(Outcome::Reserved, 1));
    outbox.accept_bare(at(100), key(2), at(0), reply(Outcome::Waitlisted, 2));
    assert_eq!(outbox.next_due(), Some(at(100)));
    assert_eq!(take_all(&mut outbox, at(99), ON_X), Vec::<String>::new());
    assert_eq!(take_all(&mut outbox, at(100), ON_X), ["0/2/0"]);
    assert_eq!(outbox.next_due(), Some(at(500)));
}

/// The shop has two accounts at the network, and one is paused.
#[test]
fn an_effect_that_is_deferred_waits_alone_and_keeps_its_attempts() {
    let mut outbox = outbox();
    for sequence in 1..=2 {
        outbox.accept_bare(
            at(0),
            key(sequence),
            at(0),
            reply(Outcome::Reserved, sequence.try_into().unwrap()),
        );
    }
    for round in 0..20 {
        let now = at(round * 10_000);
        let attempt = outbox.take_due(now, ON_X).expect("the deferred reply is asked for again");
        assert_eq!((attempt.key.to_string().as_str(), attempt.number), ("0/1/0", 1));
        let until = at((round + 1) * 10_000);
        assert!(outbox.settle(now, &attempt.key, AttemptResult::Deferred { left_at: now, until }).is_none());
        if round == 0 {
            assert_eq!(take_all(&mut outbox, now, ON_X), ["0/2/0"], "the other reply leaves at once");
        }
        assert_eq!(outbox.next_due(), Some(until));
    }
}

#[test]
fn a_full_lane_does_not_block_others() {
    let bounds = Bounds { cards: 2, ..Bounds::default() };
    let mut outbox = outbox_within(bounds);
    for sequence in 1..=3 {
        outbox.accept_bare(at(0), key(sequence), at(0), Effect::Authorize(payment(1, "tok_1")));
    }
    outbox.accept_bare(at(5), key(9), at(5), email());
    assert_eq!(take_all(&mut outbox, at(0), Lane::Cards), ["0/1/0", "0/2/0"]);
    assert_eq!(outbox.in_flight(Lane::Cards), 2);
    assert_eq!(outbox.next_due(), Some(at(5)), "the third card waits for no time");
    assert!(outbox.settle(at(1), &key(1).into(), unknown()).is_none());
    assert_eq!(outbox.next_due(), Some(at(0)));
    assert_eq!(take_all(&mut outbox, at(1), Lane::Cards), ["0/3/0"]);
}

#[test]
fn backoff_doubles_up_to_a_cap_with_repeatable_jitter() {
    let mut fulls = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].into_iter();
    for number in 1..=8 {
        let full = fulls.next().unwrap();
        let waits: HashSet<_> = (0..100).map(|seq| POLICY.wait(7, key(seq), number).ms()).collect();
        assert!(waits.iter().all(|wait| (full / 2..=full).contains(wait)), "{number}: {waits:?}");
        assert!(waits.len() > 50, "jitter spreads them");
        assert_eq!(POLICY.wait(7, key(1), number), POLICY.wait(7, key(1), number));
    }
    assert_ne!(POLICY.wait(7, key(1), 5), POLICY.wait(8, key(1), 5));
    assert!(POLICY.wait(7, key(1), u32::MAX) <= POLICY.most);
}

#[test]
fn results_become_reports() {
    let pay = || payment(17, "tok_1");
    let done = |reference: Option<&str>| AttemptResult::Done {
        reference: reference.map(|text| ProviderRef::Reply(PostId::parse_reference(text).unwrap())),
        at: at(40),
    };
    let declined = || AttemptResult::Declined { reason: "card_declined".into() };
    let (id, key) = (id(17), key(12));
    let dead = |reason: &str| Report::DeadLettered { key, reason: reason.into() };
    let prompt_of = |text| PostId::parse_reference(text).unwrap();
    let prompt = prompt_of("0/12/0");
    let pay_1 = || PaymentRef::parse("pay_1").unwrap();
    let table = [
        (
            reply(Outcome::Reserved, 17),
            done(Some("0/12/0")),
            Report::Prompted { id, key, prompt, at: at(40) },
        ),
        (reply(Outcome::Reserved, 17), done(None), Report::Delivered(vec![key].into())),
        (
            reply(Outcome::Sold, 17),
            done(Some("5000002")),
            Report::Delivered(Delivered::one(key, Some(ProviderRef::Reply(prompt_of("5000002"))))),
        ),
        (reply(Outcome::Sold, 17), done(Some("0/12/0")), Report::Delivered(vec![key].into())),
        (email(), done(None), Report::Delivered(vec![key].into())),
        (announce(Announcement::Opening), done(None), Report::Delivered(vec![key].into())),
        (Effect::Order(pay()), done(None), Report::Delivered(vec![key].into())),
        (Effect::Authorize(pay()), done(None), Report::Authorized { id, key, reference: None }),
        (
            Effect::Authorize(pay()),
            AttemptResult::Done { reference: Some(ProviderRef::Payment(pay_1())), at: at(40) },
            Report::Authorized { id, key, reference: Some(pay_1()) },
        ),
        (Effect::Capture(pay()), done(None), Report::Captured { id, key }),
        (Effect::Void(pay()), done(None), Report::Delivered(vec![key].into())),
        (Effect::Refund(pay()), done(None), Report::Refunded { id, key }),
        (Effect::Authorize(pay()), declined(), Report::Declined { id, key, reason: "card_declined".into() }),
        (Effect::Capture(pay()), declined(), Report::Declined { id, key, reason: "card_declined".into() }),
        (Effect::Void(pay()), declined(), dead("declined: card_declined")),
        (Effect::Refund(pay()), declined(), dead("declined: card_declined")),
        (Effect::Capture(pay()), AttemptResult::impossible("refused: mismatch"), dead("refused: mismatch")),
        (email(), AttemptResult::impossible("no such user"), dead("no such user")),
        (email(), AttemptResult::bounced("550 no such user"), Report::MailBounced(vec![key])),
        (email(), AttemptResult::Suppressed, Report::MailBounced(vec![key])),
        (reply(Outcome::Sold, 17), AttemptResult::impossible("deleted"), dead("deleted")),
        (
            reply(Outcome::Reserved, 17),
            AttemptResult::impossible("deleted"),
            Report::Undeliverable { id, key },
        ),
        (reply(Outcome::Promoted, 17), declined(), Report::Undeliverable { id, key }),
    ];
    for (effect, answer, report) in table {
        let mut outbox = outbox();
        let lane = Lane::of(&effect);
        outbox.accept_bare(at(0), key, at(0), effect.clone());
        let attempt = outbox.take_due(at(0), lane).unwrap();
        assert_eq!((attempt.number, attempt.look_up), (1, false));
        assert_eq!(
            outbox.settle(at(40), &attempt.key, answer.clone()),
            Some(report),
            "{effect:?} {answer:?}"
        );
        assert!(outbox.is_idle());
        assert_eq!((outbox.pending(), outbox.in_flight(lane)), (0, 0));
        assert_eq!(outbox.settle(at(41), &attempt.key, answer), None, "a second answer changes nothing");
    }
}

/// Its author deleted the post. Nobody can answer it any more, and that is no fault that an operator could mend.
#[test]
fn a_reply_to_a_post_that_is_gone_is_dropped_and_counted() {
    let (id, key) = (id(17), key(12));
    let dropped = Report::Dropped(vec![key]);
    // The buyer of a prompt is asked by e-mail; if the deletion released the unit, the offer drops this too.
    let asks_otherwise = Report::Undeliverable { id, key };
    let dead = Report::DeadLettered { key, reason: "404 Not found".into() };
    let table = [
        (reply(Outcome::Expired, 17), dropped.clone(), 1),
        (reply(Outcome::Released, 17), dropped.clone(), 1),
        (reply(Outcome::Waitlisted, 17), dropped.clone(), 1),
        (reply(Outcome::Confirmed, 17), dropped.clone(), 1),
        (reply(Outcome::Sold, 17), dropped.clone(), 1),
        (reply(Outcome::Declined, 17), dropped.clone(), 1),
        (reply(Outcome::Refunded, 17), dropped, 1),
        (reply(Outcome::Reserved, 17), asks_otherwise.clone(), 1),
        (reply(Outcome::Promoted, 17), asks_otherwise, 1),
        // These answer no post.
        (announce(Announcement::Opening), dead.clone(), 0),
        (email(), dead, 0),
    ];
    for (effect, report, counted) in table {
        let mut outbox = outbox();
        let lane = Lane::of(&effect);
        outbox.accept_bare(at(0), key, at(0), effect.clone());
        let attempt = outbox.take_due(at(0), lane).unwrap();
        let settled = outbox.settle(at(40), &attempt.key, AttemptResult::gone("404 Not found"));
        assert_eq!(settled, Some(report), "{effect:?}");
        let drops = Drops { gone: counted, ..Drops::default() };
        assert_eq!((outbox.drops(), outbox.dead_letters_total()), (drops, 1 - counted), "{effect:?}");
        assert!(outbox.is_idle());
    }
}

/// The second look finds that the post is gone; an account that opted out meanwhile is counted as such.
#[test]
fn what_may_have_left_and_what_nobody_wants_is_dropped_as_well() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(12), at(0), reply(Outcome::Sold, 17));
    let attempt = outbox.take_due(at(0), ON_X).unwrap();
    assert_eq!(outbox.settle(at(40), &attempt.key, unknown()), None);
    let (due, attempt) = next_of(&mut outbox, ON_X);
    let settled = outbox.settle(due, &attempt.key, AttemptResult::gone("deleted"));
    assert_eq!(settled, Some(Report::Dropped(vec![key(12)])));
    outbox.accept_bare(due, key(13), due, reply(Outcome::Reserved, 18));
    let attempt = outbox.take_due(due, ON_X).unwrap();
    outbox.opt_out(super::account(42));
    let settled = outbox.settle(due, &attempt.key, AttemptResult::gone("deleted"));
    assert_eq!(settled, Some(Report::Undeliverable { id: id(18), key: key(13) }));
    assert_eq!(outbox.drops(), Drops { gone: 1, silent: 1, ..Drops::default() });
}

/// Takes the next attempt of a lane at its due time, and returns that time.
pub(super) fn next_of(outbox: &mut Outbox, lane: Lane) -> (Timestamp, Attempt) {
    let due = outbox.next_due().unwrap();
    assert_eq!(outbox.take_due(Timestamp::from_ms(due.ms() - 1), lane), None);
    (due, outbox.take_due(due, lane).unwrap())
}

#[test]
fn an_unknown_payment_is_looked_up_and_resent_only_if_absent() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), Effect::Authorize(payment(1, "tok_1")));
    let steps = [
        (unknown(), true),
        (AttemptResult::failed("connection refused"), true),
        (AttemptResult::NotFound, false),
        (unknown(), true),
    ];
    let (mut now, mut attempt) = next_of(&mut outbox, Lane::Cards);
    assert!(!attempt.look_up);
    for (answer, looks_up_next) in steps {
        let at_once = answer == AttemptResult::NotFound;
        assert_eq!(outbox.settle(now, &attempt.key, answer.clone()), None);
        assert_eq!(outbox.settle(now, &attempt.key, answer), None, "nothing is in flight");
        assert_eq!(outbox.in_flight(Lane::Cards), 0);
        let late = AttemptResult::Done { reference: None, at: now };
        assert_eq!(outbox.settle(now, &attempt.key, late), None, "nor is it done by a late answer");
        let (then, next) = next_of(&mut outbox, Lane::Cards);
        assert_eq!(next.look_up, looks_up_next);
        assert_eq!(next.key, DeliveryKey::from(key(1)));
        assert_eq!(next.number, attempt.number + 1);
        assert_eq!(then == now, at_once, "only a definite answer needs no wait");
        (now, attempt) = (then, next);
    }
    let done = AttemptResult::Done { reference: None, at: now };
    assert_eq!(
        outbox.settle(now, &attempt.key, done),
        Some(Report::Authorized { id: id(1), key: key(1), reference: None })
    );
}

/// An answer to another payment before each failure shows that the provider is not away.
#[test]
fn an_unknown_result_becomes_a_dead_letter_after_the_last_attempt() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), Effect::Capture(payment(1, "tok_1")));
    for number in 1..=POLICY.attempts_most {
        let (now, attempt) = next_of(&mut outbox, Lane::Cards);
        assert_eq!((attempt.number, attempt.look_up), (number, number > 1));
        answer_a_neighbour(&mut outbox, now, Lane::Cards, Effect::Authorize(payment(2, "tok_2")), number);
        let report = outbox.settle(now, &attempt.key, unknown());
        assert_eq!(report.is_some(), number == POLICY.attempts_most);
        if let Some(report) = report {
            let reason = "after 6 attempts: no answer in time".into();
            assert_eq!(report, Report::DeadLettered { key: key(1), reason });
        }
    }
    assert_eq!(outbox.dead_letters_total(), 1);
    assert!(outbox.is_idle());
}

/// Lets another effect of the lane succeed.
pub(super) fn answer_a_neighbour(
    outbox: &mut Outbox,
    now: Timestamp,
    lane: Lane,
    effect: Effect,
    number: u32,
) {
    let neighbour = EffectKey { partition: 0, sequence: 1000 + u64::from(number), index: 0 };
    outbox.accept_bare(now, neighbour, now, effect);
    let attempt = outbox.take_due(now, lane).unwrap();
    assert_eq!(attempt.key, neighbour.into());
    assert!(
        outbox.settle(now, &neighbour.into(), AttemptResult::Done { reference: None, at: now }).is_some()
    );
}

#[test]
fn a_key_that_was_in_doubt_is_looked_up_when_it_is_a_day_old() {
    let mut outbox = outbox();
    let day = 24 * 3600 * 1000;
    let safety = ResendSafety::key_for(Millis::from_ms(day)).looked_up(LookUp::Inconclusive);
    outbox.set_resend_safety(Lane::Cards, safety);
    // An age counts from the record, or from the arrival if the clock of the record was ahead.
    outbox.accept_bare(at(0), key(1), at(day), Effect::Refund(payment(1, "tok_1")));
    outbox.accept_bare(at(1), key(2), at(1), Effect::Refund(payment(2, "tok_1")));
    let mut now = at(1);
    // Both were in doubt once, and certainly did nothing at last.
    for _ in 0..6 {
        now = outbox.next_due().unwrap().max(now);
        let attempt = outbox.take_due(now, Lane::Cards).unwrap();
        assert_eq!(attempt.look_up, attempt.number == 2, "what was never sent is simply sent");
        let result = match attempt.number {
            1 => unknown(),
            2 => AttemptResult::NotFound,
            _ => AttemptResult::failed("try later"),
        };
        assert_eq!(outbox.settle(now, &attempt.key, result), None);
    }
    outbox.accept_bare(now, key(3), at(0), email());
    let letter = outbox.take_due(now, Lane::Emails).unwrap();
    assert_eq!(outbox.settle(now, &letter.key, unknown()), None);
    outbox.accept_bare(now, key(4), at(0), Effect::Refund(payment(3, "tok_1")));
    let asked = |outbox: &mut Outbox, lane| {
        let attempt = outbox.take_due(at(day), lane).unwrap();
        (attempt.key.effect().unwrap().sequence, attempt.look_up)
    };
    let mut cards: Vec<_> = (0..3).map(|_| asked(&mut outbox, Lane::Cards)).collect();
    cards.sort_unstable();
    assert_eq!(cards, [(1, true), (2, false), (4, false)], "the second is a millisecond younger");
    assert_eq!(asked(&mut outbox, Lane::Emails), (3, false), "letters have no look-up");
    let given_up = outbox.settle(at(day), &key(1).into(), AttemptResult::NotFound);
    assert!(matches!(given_up, Some(Report::DeadLettered { .. })), "the key is forgotten: {given_up:?}");
}

/// After a restart it is unknown whether it was sent before, and how long ago, because the clock may have
/// been set.
#[test]
fn a_payment_pending_at_a_restart_is_looked_up_first() {
    let mut pending = PendingEffects::default();
    let effects = vec![Effect::Capture(payment(1, "tok_1"))];
    pending.read(
        0,
        1,
        KeyForm::Bare,
        Record { at: at(0), decision: Decision { effects: effects.into(), ..Decision::default() } },
    );
    let mut outbox = outbox();
    outbox.recover(at(0), pending);
    let found = outbox.take_due(at(0), Lane::Cards).unwrap();
    assert!(found.look_up);
    assert_eq!(outbox.settle(at(0), &found.key, AttemptResult::NotFound), None);
    assert!(!outbox.take_due(at(0), Lane::Cards).unwrap().look_up, "the provider never saw it");
}

pub(super) fn grant(purchase: &str) -> StatementCredit {
    let Payment { account, card, amount, .. } = payment(1, "tok_1");
    let purchase = TransactionId::parse(purchase).unwrap();
    StatementCredit { offer: OfferNo(0), purchase, account, card, amount }
}

#[test]
fn a_reversal_waits_for_its_credit() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), Effect::Credit(grant("t-1")));
    outbox.accept_bare(at(0), key(2), at(0), Effect::ReverseCredit(grant("t-1")));
    outbox.accept_bare(at(0), key(3), at(0), Effect::ReverseCredit(grant("t-1")));
    outbox.accept_bare(at(0), key(4), at(0), Effect::Credit(grant("t-2")));
    assert_eq!(take_all(&mut outbox, at(0), Lane::Credits), ["0/1/0", "0/4/0"]);
    outbox.settle(at(0), &key(1).into(), AttemptResult::failed("try later"));
    let (again, first) = next_of(&mut outbox, Lane::Credits);
    assert_eq!(first.key, key(1).into(), "it still is the first");
    let done = || AttemptResult::Done { reference: None, at: at(0) };
    for (settled, next) in [(1, "0/2/0"), (2, "0/3/0")] {
        assert!(outbox.settle(again, &key(settled).into(), done()).is_some());
        assert_eq!(take_all(&mut outbox, again, Lane::Credits), [next]);
    }
    assert!(outbox.settle(again, &key(3).into(), done()).is_some());
    assert!(outbox.settle(again, &key(4).into(), done()).is_some());
    assert!(outbox.is_idle());
}

#[test]
fn a_providers_reason_is_cut() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), email());
    let attempt = outbox.take_due(at(0), Lane::Emails).unwrap();
    let report = outbox.settle(at(0), &attempt.key, AttemptResult::impossible("é".repeat(500)));
    let Some(Report::DeadLettered { reason, .. }) = report else { panic!("{report:?}") };
    assert_eq!((reason.chars().count(), outbox.dead_letters_total()), (200, 1));
}

#[test]
fn refusals_are_dropped_when_stale_or_too_many_and_never_retried() {
    let mut outbox = outbox_within(Bounds { refusals: 2, ..Bounds::default() });
    for ms in 0..3 {
        outbox.best_effort(at(ms), 3, reply_request(Outcome::SoldOut, None));
    }
    assert_eq!((outbox.drops(), outbox.pending()), (Drops { crowded: 1, ..Drops::default() }, 0));
    assert_eq!(outbox.next_due(), Some(at(0)));
    let attempt = outbox.take_due(at(60_001), ON_X).unwrap();
    assert_eq!((attempt.recorded_at, outbox.drops().stale), (at(1), 1), "the first is stale by 1 ms");
    assert_eq!((attempt.key.to_string().as_str(), attempt.key.partition()), ("refusal/x/5000001", 3));
    assert!(!outbox.is_idle());
    assert_eq!(outbox.settle(at(60_001), &attempt.key, AttemptResult::failed("busy")), None);
    assert_eq!(outbox.settle(at(60_001), &attempt.key, AttemptResult::failed("busy")), None);
    assert!(outbox.is_idle() && outbox.next_due().is_none());
}

#[test]
fn recovery_derives_pending_effects_from_the_records() {
    let mut outbox = outbox();
    let record = |ms, events: Vec<_>, effects: Vec<_>| {
        let decision = Decision { events: events.into(), effects: effects.into() };
        Record { at: at(ms), decision }
    };
    let reason = "no such user".into();
    let (pay, usd) = (payment(1, "tok_1"), "149.99 USD".parse().unwrap());
    let sold = Event::Sold { id: id(1), account: pay.account.clone(), units: 1, amount: usd, key: key(3) };
    let records = [
        record(1, vec![], vec![reply(Outcome::Reserved, 1), email()]),
        record(2, vec![], vec![Effect::Authorize(pay.clone())]),
        record(
            3,
            vec![Event::Authorized(Authorized { id: id(1), key: key(2), reference: None })],
            vec![Effect::Capture(pay)],
        ),
        record(4, vec![sold], vec![reply(Outcome::Sold, 1), email(), announce(Announcement::SoldOut)]),
        record(5, vec![Event::Delivered(vec![key(1), key(4)].into())], vec![]),
        record(6, vec![Event::DeadLettered { key: EffectKey { index: 1, ..key(4) }, reason }], vec![]),
    ];
    let mut pending = PendingEffects::default();
    for (record, sequence) in records.into_iter().zip(1..) {
        pending.read(0, sequence, KeyForm::Bare, record);
    }
    outbox.recover(at(7), pending);
    let pending: Vec<_> =
        outbox.pending_effects().iter().map(|(key, at, _)| (key.to_string(), *at)).collect();
    assert_eq!(pending, [("0/1/1".to_owned(), at(1)), ("0/4/2".to_owned(), at(4))]);
    assert_eq!(take_all(&mut outbox, at(9), Lane::Cards), Vec::<String>::new());
    assert_eq!(take_all(&mut outbox, at(9), Lane::Emails), ["0/1/1"]);
    outbox.done(EffectKey { index: 1, ..key(1) });
    assert_eq!((outbox.in_flight(Lane::Emails), outbox.pending()), (0, 1));
}

#[test]
fn every_settling_event_names_its_keys() {
    let (id, account, units) = (id(1), super::account(42), 1);
    let prompt = PostId::parse_reference("0/1/0").unwrap();
    let settling = [
        Event::Prompted { id, key: key(1), prompt, deadline: at(1) },
        Event::Authorized(Authorized { id, key: key(1), reference: None }),
        Event::Declined { id, account: account.clone(), units, reason: "no".into(), key: key(1) },
        Event::Delivered(vec![key(1)].into()),
        Event::DeadLettered { key: key(1), reason: "no".into() },
        Event::Dropped { keys: vec![key(1)] },
    ];
    for event in settling {
        assert_eq!(event.settles(), [key(1)], "{event:?}");
    }
    assert!(Event::Expired { id, account, units }.settles().is_empty());
}

#[test]
fn plain_deliveries_and_drops_are_reported_together() {
    let captured = || Report::Captured { id: id(1), key: key(2) };
    let reports = vec![
        Report::Delivered(vec![key(1)].into()),
        captured(),
        Report::Delivered(vec![key(3), key(4)].into()),
    ];
    assert_eq!(merge(reports), [captured(), Report::Delivered(vec![key(1), key(3), key(4)].into())]);
    let dropped = |sequence| Report::Dropped(vec![key(sequence)]);
    let reports = vec![dropped(1), Report::Delivered(vec![key(2)].into()), captured(), dropped(3)];
    let expected =
        [captured(), Report::Delivered(vec![key(2)].into()), Report::Dropped(vec![key(1), key(3)])];
    assert_eq!(merge(reports), expected);
    assert_eq!(merge(Vec::new()), []);
}

#[test]
fn a_hundred_thousand_pending_effects_leave_in_order() {
    let bounds = Bounds { replies: usize::MAX, ..Bounds::default() };
    let mut outbox = outbox_within(bounds);
    for sequence in 0..100_000 {
        let outcome = if sequence % 2 == 0 { Outcome::Waitlisted } else { Outcome::Reserved };
        outbox.accept_bare(at(0), key(sequence), at(0), reply(outcome, 1));
    }
    let order: Vec<_> = std::iter::from_fn(|| outbox.take_due(at(0), ON_X))
        .filter_map(|attempt| attempt.key.effect())
        .map(|key| key.sequence)
        .collect();
    let expected: Vec<_> = (0..50_000).map(|n| 2 * n + 1).chain((0..50_000).map(|n| 2 * n)).collect();
    assert_eq!(order, expected);
}

fn any_effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        Just(Effect::Authorize(payment(1, "tok_1"))),
        Just(Effect::Capture(payment(1, "tok_1"))),
        Just(Effect::Void(payment(1, "tok_1"))),
        Just(reply(Outcome::Reserved, 1)),
        Just(reply(Outcome::Sold, 1)),
        Just(email()),
        Just(Effect::Order(payment(1, "tok_1"))),
    ]
}

fn any_answer() -> impl Strategy<Value = AttemptResult> {
    prop_oneof![
        2 => Just(AttemptResult::Done { reference: None, at: at(0) }),
        1 => Just(AttemptResult::Declined { reason: "no".into() }),
        4 => Just(unknown()),
        2 => Just(AttemptResult::NotFound),
        3 => Just(AttemptResult::failed("busy")),
        1 => Just(AttemptResult::impossible("never")),
        1 => Just(AttemptResult::shut_out("who are you?")),
        1 => Just(AttemptResult::bounced("no such user")),
        1 => Just(AttemptResult::Suppressed),
    ]
}

fn keys_of(report: &Report) -> Vec<EffectKey> {
    match report {
        Report::Delivered(Delivered { keys, .. }) | Report::Dropped(keys) | Report::MailBounced(keys) => {
            keys.clone()
        }
        Report::Prompted { key, .. }
        | Report::Refunded { key, .. }
        | Report::NotVoided { key, .. }
        | Report::Undeliverable { key, .. }
        | Report::PromptMailDelivered { key, .. }
        | Report::PromptMailBounced { key, .. }
        | Report::Authorized { key, .. }
        | Report::Captured { key, .. }
        | Report::Declined { key, .. }
        | Report::Unattested { key, .. }
        | Report::DeadLettered { key, .. } => vec![*key],
        Report::LanePaused(_) | Report::LaneProbed { .. } | Report::LaneResumed(_) => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the providers answer, only accepted keys leave, each ends in one report or is pending, no
    /// more are in flight than the limits allow, and a payment that may have taken effect is sent again only
    /// after a look-up proved that it had not.
    #[test]
    fn every_effect_ends_in_one_report_or_is_pending(
        effects in prop::collection::vec(any_effect(), 1..12),
        answers in prop::collection::vec((any_answer(), 0..4_usize, 0..90_000_i64), 0..200),
    ) {
        let bounds = Bounds { cards: 2, replies: 1, emails: 1, orders: 1, ..Bounds::default() };
        let mut outbox = outbox_within(bounds);
        let mut accepted = HashMap::new();
        for (effect, sequence) in effects.into_iter().zip(1..) {
            outbox.accept_bare(at(0), key(sequence), at(0), effect.clone());
            accepted.insert(key(sequence), effect);
        }
        let (mut now, mut under_way, mut reported) = (0, Vec::new(), HashMap::new());
        let mut doubtful: HashSet<DeliveryKey> = HashSet::new();
        for (answer, pick, pause) in answers {
            now += pause;
            for lane in Lane::all() {
                while let Some(attempt) = outbox.take_due(at(now), lane) {
                    let key = attempt.key.effect().unwrap();
                    prop_assert_eq!(&attempt.effect, &accepted[&key]);
                    prop_assert!(!reported.contains_key(&key));
                    prop_assert_eq!(attempt.look_up, doubtful.contains(&attempt.key));
                    under_way.push(attempt);
                }
            }
            prop_assert!(under_way.len() <= 5);
            if under_way.is_empty() {
                continue;
            }
            let attempt: Attempt = under_way.swap_remove(pick % under_way.len());
            if Lane::of(&attempt.effect) == Lane::Cards {
                match answer {
                    AttemptResult::Unknown { .. } => { doubtful.insert(attempt.key.clone()); }
                    AttemptResult::NotFound => { doubtful.remove(&attempt.key); }
                    _ => {}
                }
            }
            if let Some(report) = outbox.settle(at(now), &attempt.key, answer) {
                for key in keys_of(&report) {
                    *reported.entry(key).or_insert(0) += 1;
                }
            }
            prop_assert_eq!(outbox.pending() + reported.len(), accepted.len());
        }
        let pending: HashSet<_> = outbox.pending_effects().iter().map(|(key, ..)| *key).collect();
        for key in accepted.keys() {
            let times = reported.get(key).copied().unwrap_or(0) + usize::from(pending.contains(key));
            prop_assert_eq!(times, 1);
        }
    }
}
