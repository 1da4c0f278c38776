//! Which effects may be sent again, by what the provider promises about keys; and throttling.

use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::event::Event;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::instance::Instance;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::resend_safety::{LookUp, ResendSafety};
use flashtag::partition::pending_effects::PendingEffects;

use super::queue::{POLICY, grant, next_of};
use super::{AcceptBare, ON_X, at, email, key, payment, renderer, reply, reply_request};

const HOUR_MS: i64 = 3_600_000;

fn outbox(lane: Lane, safety: ResendSafety) -> Outbox {
    let mut outbox = Outbox::new(POLICY, Bounds::default(), 7, renderer());
    outbox.set_resend_safety(lane, safety);
    outbox
}

fn pay(outbox: &mut Outbox, sequence: u64) {
    outbox.accept_bare(at(0), key(sequence), at(0), Effect::Authorize(payment(1, "tok_1")));
}

fn lost() -> AttemptResult {
    AttemptResult::unknown("no answer in time")
}

fn done(at: Timestamp) -> AttemptResult {
    AttemptResult::Done { reference: None, at }
}

fn throttled(until: Timestamp) -> AttemptResult {
    AttemptResult::Throttled { until }
}

#[test]
fn a_throttled_lane_pauses_and_no_attempt_is_used_up() {
    let mut outbox = outbox(Lane::Cards, ResendSafety::KEY_FOR_EVER);
    pay(&mut outbox, 1);
    pay(&mut outbox, 2);
    outbox.accept_bare(at(0), key(3), at(0), email());
    let mut now = at(0);
    // More often than a payment may fail.
    for pause in 1..=20 {
        let attempt = outbox.take_due(now, Lane::Cards).unwrap();
        assert_eq!((attempt.number, attempt.look_up, attempt.key), (1, false, key(1).into()));
        let until = now.plus(Millis::from_secs(60 * pause));
        assert_eq!(outbox.settle(now, &key(1).into(), throttled(until)), None);
        assert!(outbox.take_due(now, Lane::Cards).is_none(), "the second one waits as well");
        if pause == 1 {
            assert!(outbox.take_due(now, Lane::Emails).is_some(), "other lanes go on");
        }
        assert_eq!(outbox.next_due(), Some(until));
        now = until;
        if pause == 1 {
            // The second one was due first.
            let second = outbox.take_due(now, Lane::Cards).unwrap();
            assert_eq!(second.key, key(2).into());
            assert!(outbox.settle(now, &second.key, done(now)).is_some());
        }
    }
    let last = outbox.take_due(now, Lane::Cards).unwrap();
    assert!(matches!(outbox.settle(now, &last.key, done(now)), Some(Report::Authorized { .. })));
    assert_eq!((outbox.dead_letters_total(), outbox.in_flight(Lane::Cards)), (0, 0));
}

#[test]
fn a_throttle_ends_after_now_and_within_a_day() {
    for (until, waits) in [(at(0), POLICY.first.ms()), (Timestamp::MAX, 24 * HOUR_MS)] {
        let mut outbox = outbox(Lane::Cards, ResendSafety::KEY_FOR_EVER);
        pay(&mut outbox, 1);
        outbox.take_due(at(50), Lane::Cards).unwrap();
        assert_eq!(outbox.settle(at(50), &key(1).into(), throttled(until)), None);
        assert_eq!(outbox.next_due(), Some(at(50 + waits)));
    }
}

#[test]
fn a_refused_posts_reply_that_is_throttled_is_dropped_and_closes_its_lane() {
    let mut outbox = outbox(ON_X, ResendSafety::NONE);
    outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
    outbox.accept_bare(at(1), key(1), at(1), reply(Outcome::Reserved, 1));
    let refusal = outbox.take_due(at(0), ON_X).unwrap();
    assert_eq!(outbox.settle(at(1), &refusal.key, throttled(at(5000))), None);
    assert!(outbox.take_due(at(4999), ON_X).is_none());
    assert_eq!(outbox.take_due(at(5000), ON_X).unwrap().key, key(1).into());
    assert_eq!(outbox.pending(), 1);
}

#[test]
fn a_doubtful_payment_is_sent_again_only_while_its_key_is_remembered() {
    let mut outbox = outbox(Lane::Cards, ResendSafety::key_for(Millis::from_ms(HOUR_MS)));
    pay(&mut outbox, 1);
    outbox.take_due(at(0), Lane::Cards).unwrap();
    assert_eq!(outbox.settle(at(0), &key(1).into(), lost()), None);
    let (then, again) = next_of(&mut outbox, Lane::Cards);
    assert_eq!((again.number, again.look_up), (2, false));
    assert_eq!(outbox.settle(then, &again.key, lost()), None);
    assert!(outbox.take_due(at(HOUR_MS), Lane::Cards).is_none(), "the provider may take it for a new one");
    let Some((0, Report::DeadLettered { key: dead, reason })) = outbox.take_report(at(HOUR_MS)) else {
        panic!("it is given up")
    };
    assert_eq!(dead, key(1));
    assert!(reason.contains("may have taken effect"), "{reason}");
    assert!(outbox.is_idle());
}

#[test]
fn an_effect_pending_at_a_restart_is_not_sent_to_a_provider_without_keys() {
    let mut pending = PendingEffects::default();
    let effects = vec![Effect::Capture(payment(1, "tok_1")), email()];
    let decision = Decision { effects: effects.into(), ..Decision::default() };
    pending.read(0, 1, KeyForm::Bare, Record { at: at(0), decision });
    let mut outbox = outbox(Lane::Cards, ResendSafety::NONE);
    outbox.recover(at(0), pending);
    assert!(outbox.take_due(at(0), Lane::Cards).is_none());
    assert!(matches!(outbox.take_report(at(0)), Some((0, Report::DeadLettered { .. }))));
    assert!(outbox.take_due(at(0), Lane::Emails).is_some(), "a letter may come twice");
}

#[test]
fn an_inconclusive_look_up_is_followed_by_the_same_key_while_it_is_remembered() {
    let safety = ResendSafety::key_for(Millis::from_ms(HOUR_MS)).looked_up(LookUp::Inconclusive);
    let mut outbox = outbox(Lane::Cards, safety);
    pay(&mut outbox, 1);
    outbox.take_due(at(0), Lane::Cards).unwrap();
    assert_eq!(outbox.settle(at(0), &key(1).into(), lost()), None);
    let (then, asked) = next_of(&mut outbox, Lane::Cards);
    assert!(asked.look_up);
    assert_eq!(outbox.settle(then, &asked.key, AttemptResult::NotFound), None);
    let sent = outbox.take_due(then, Lane::Cards).unwrap();
    assert_eq!((sent.number, sent.look_up), (3, false));
    assert_eq!(outbox.settle(then, &sent.key, lost()), None);
    // From now on the key is forgotten: the effect is looked up repeatedly, and never sent.
    let mut last = None;
    let mut now = at(HOUR_MS);
    while last.is_none() {
        let asked = outbox.take_due(now, Lane::Cards).unwrap();
        assert!(asked.look_up, "attempt {}", asked.number);
        last = outbox.settle(now, &asked.key, AttemptResult::NotFound);
        now = outbox.next_due().unwrap_or(now);
    }
    assert!(matches!(last, Some(Report::DeadLettered { .. })), "{last:?}");
}

/// A row says what became of the attempts before an outage of 30 hours: each is lost or certainly did nothing.
#[test]
fn after_a_day_what_was_never_in_doubt_is_sent_and_the_rest_is_looked_up() {
    let safety = ResendSafety::key_for(Millis::from_secs(23 * 3600)).looked_up(LookUp::Inconclusive);
    let refused = || AttemptResult::failed("no route");
    let table = [
        ("never reached", vec![refused(), refused()], false),
        ("lost", vec![lost()], true),
        ("lost, not found, and then not reached", vec![lost(), AttemptResult::NotFound, refused()], true),
    ];
    for (case, results, looks_up) in table {
        let mut outbox = outbox(Lane::Cards, safety);
        pay(&mut outbox, 1);
        let mut now = at(0);
        for result in results {
            let attempt = outbox.take_due(now, Lane::Cards).unwrap();
            assert_eq!(outbox.settle(now, &attempt.key, result), None, "{case}");
            now = outbox.next_due().unwrap().max(now);
        }
        let attempt = outbox.take_due(at(30 * HOUR_MS), Lane::Cards).unwrap();
        assert_eq!(attempt.look_up, looks_up, "{case}");
    }
}

/// Each row: the reference of a void, by how much the clock is set ahead at the restart, and how long the void waits after it.
#[test]
fn a_void_looks_for_a_payment_once_every_request_for_it_has_arrived() {
    const QUARTER_MS: i64 = 900_000;
    let safety = ResendSafety::key_for(Millis::from_secs(23 * 3600))
        .looked_up(LookUp::Inconclusive)
        .arriving_within(Millis::from_ms(QUARTER_MS));
    let table = [
        (Some("pi_1"), 0, 0),
        (Some("pi_1"), 48 * HOUR_MS, 0),
        (None, 0, QUARTER_MS),
        (None, 60_000, QUARTER_MS),
        (None, 48 * HOUR_MS, QUARTER_MS),
    ];
    for (reference, ahead_ms, wait_ms) in table {
        let reference = reference.map(|id| PaymentRef::parse(id).unwrap());
        let effects = vec![Effect::Void(Payment { reference, ..payment(1, "tok_1") })].into();
        let mut pending = PendingEffects::default();
        let decision = Decision { effects, ..Decision::default() };
        pending.read(0, 1, KeyForm::Bare, Record { at: at(0), decision });
        let mut outbox = outbox(Lane::Cards, safety);
        outbox.recover(at(ahead_ms), pending);
        let first = at(ahead_ms + wait_ms);
        if wait_ms > 0 {
            assert_eq!(outbox.take_due(at(ahead_ms + wait_ms - 1), Lane::Cards), None, "{ahead_ms} ms");
            assert_eq!(outbox.next_due(), Some(first), "{ahead_ms} ms");
        }
        assert!(outbox.take_due(first, Lane::Cards).is_some(), "{ahead_ms} ms");
    }
}

/// The lane was paused when the copy was made, and may have gone on since where the copy was taken from.
#[test]
fn a_restored_copy_looks_up_what_its_paused_lane_kept_back() {
    let safety = ResendSafety::key_for(Millis::from_secs(23 * 3600)).looked_up(LookUp::Inconclusive);
    let form = KeyForm::Epoch(1);
    let of = |event| Record {
        at: at(0),
        decision: Decision { events: vec![event].into(), ..Decision::default() },
    };
    for (epoch, looks_up) in [(1, false), (2, true)] {
        let mut pending = PendingEffects::default();
        pending.read(0, 1, form, of(Event::LanePaused { lane: Lane::Cards }));
        let effects = vec![Effect::Authorize(payment(1, "tok_1"))].into();
        let decision = Decision { effects, ..Decision::default() };
        pending.read(0, 2, form, Record { at: at(0), decision });
        let instance = Instance { epoch, ..Instance::new([7; 16].into()) };
        let mut outbox = outbox(Lane::Cards, safety).of_instance(Some(instance));
        outbox.recover(at(0), pending);
        // It is the probe that asks whether the provider is back.
        let now = outbox.next_due().unwrap().max(at(0));
        let (_, probe) = outbox.take_report(now).unwrap();
        let records = vec![(3, of(probe.lane_event().unwrap()))];
        outbox.take_in(now, Incoming { partition: 0, form, records, refusals: Vec::new() });
        let attempt = outbox.take_due(now, Lane::Cards).unwrap();
        assert_eq!(attempt.look_up, looks_up, "epoch {epoch}");
    }
}

#[test]
fn a_reply_that_is_not_found_is_sent_again() {
    let safety = ResendSafety::NONE.looked_up(LookUp::Inconclusive);
    let mut outbox = outbox(ON_X, safety);
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Reserved, 1));
    let first = outbox.take_due(at(0), ON_X).unwrap();
    assert!(!first.look_up, "a reply is sent again without a look-up");
    assert_eq!(outbox.settle(at(0), &first.key, lost()), None);
    let (then, asked) = next_of(&mut outbox, ON_X);
    assert!(asked.look_up);
    assert_eq!(outbox.settle(then, &asked.key, AttemptResult::NotFound), None);
    let again = outbox.take_due(then, ON_X).unwrap();
    assert_eq!((again.look_up, again.text), (false, first.text));
}

#[test]
fn payments_and_credits_have_lanes_served_by_due_time_and_turn() {
    let bounds = Bounds { cards: 1, ..Bounds::default() };
    let mut outbox = Outbox::new(POLICY, bounds, 7, renderer());
    pay(&mut outbox, 1);
    pay(&mut outbox, 2);
    outbox.accept_bare(at(0), key(3), at(0), Effect::Credit(grant("t-1")));
    assert!(outbox.take_due(at(0), Lane::Cards).is_some());
    assert!(outbox.take_due(at(0), Lane::Cards).is_none(), "payments wait for an answer");
    assert!(outbox.take_due(at(0), Lane::Credits).is_some(), "and statement credits do not");

    let bounds = Bounds { money: 3, ..Bounds::default() };
    let mut outbox = Outbox::new(POLICY, bounds, 7, renderer());
    outbox.accept_bare(at(2), key(1), at(0), Effect::Credit(grant("t-1")));
    outbox.accept_bare(at(1), key(2), at(0), Effect::Authorize(payment(1, "tok_1")));
    outbox.accept_bare(at(1), key(3), at(0), Effect::Credit(grant("t-2")));
    outbox.accept_bare(at(1), key(4), at(0), Effect::Authorize(payment(2, "tok_1")));
    let order: Vec<_> =
        std::iter::from_fn(|| outbox.take_due_money(at(2))).map(|attempt| attempt.key.to_string()).collect();
    assert_eq!(order, ["0/2/0", "0/3/0", "0/4/0"], "the bound holds for both together");
    assert_eq!(outbox.next_due(), None);
    assert!(outbox.settle(at(2), &key(3).into(), done(at(2))).is_some());
    assert_eq!(outbox.take_due_money(at(2)).unwrap().key, key(1).into());
}

/// The provider has the payment and is not done with it: it is looked up, however long that takes, and the lane goes on.
#[test]
fn a_payment_in_progress_is_looked_up_and_never_sent_again_without_that() {
    let safety = ResendSafety::key_for(Millis::from_secs(23 * 3600)).looked_up(LookUp::Inconclusive);
    let mut outbox = outbox(Lane::Cards, safety);
    pay(&mut outbox, 1);
    pay(&mut outbox, 2);
    let first = outbox.take_due(at(0), Lane::Cards).unwrap();
    assert!(!first.look_up);
    let mut now = at(0);
    let mut key = first.key;
    for round in 0..200 {
        let until = now.plus(Millis::from_secs(600));
        assert_eq!(outbox.settle(now, &key, AttemptResult::InProgress { until }), None);
        if round == 0 {
            let second = outbox.take_due(now, Lane::Cards).expect("the lane goes on");
            assert!(outbox.settle(now, &second.key, done(now)).is_some());
        }
        assert_eq!(outbox.next_due(), Some(until));
        now = until;
        let again = outbox.take_due(now, Lane::Cards).unwrap();
        assert!(again.look_up, "round {round}");
        key = again.key;
    }
    assert!(matches!(outbox.settle(now, &key, done(now)), Some(Report::Authorized { .. })));
    assert_eq!(outbox.dead_letters_total(), 0);
}

/// It was in progress, and then nobody knows it: within the time of its key it is sent again, and then given up.
#[test]
fn what_was_in_progress_and_is_not_found_is_sent_again_only_while_its_key_is_remembered() {
    for (age_ms, resent) in [(3_600_000, true), (24 * HOUR_MS, false)] {
        let safety = ResendSafety::key_for(Millis::from_secs(23 * 3600)).looked_up(LookUp::Inconclusive);
        let mut outbox = outbox(Lane::Cards, safety);
        pay(&mut outbox, 1);
        let first = outbox.take_due(at(0), Lane::Cards).unwrap();
        outbox.settle(at(0), &first.key, AttemptResult::InProgress { until: at(age_ms) });
        let look = outbox.take_due(at(age_ms), Lane::Cards).unwrap();
        assert!(look.look_up);
        let ended = outbox.settle(at(age_ms), &look.key, AttemptResult::NotFound);
        assert_eq!(ended.is_none(), resent, "{ended:?}");
        let again = outbox.take_due(at(age_ms), Lane::Cards);
        assert_eq!(again.map(|attempt| attempt.look_up), resent.then_some(false));
    }
}
