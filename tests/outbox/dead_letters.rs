//! Dead letters in the outbox: when they are listed, and what an operator's word does to them.

use flashtag::domain::command::Report;
use flashtag::domain::dead_letter::Settlement;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::partition::pending_effects::PendingEffects;

use super::queue::{POLICY, grant};
use super::{AcceptBare, at, before_gateway, email, key, payment, renderer};

fn outbox() -> Outbox {
    before_gateway(Outbox::new(POLICY, Bounds::default(), 7, renderer()))
}

fn record(outbox: &mut Outbox, now: Timestamp, sequence: u64, event: Event) {
    let record = Record { at: now, decision: Decision::of(event) };
    let records = vec![(sequence, record)];
    outbox.take_in(now, Incoming { partition: 0, form: KeyForm::Bare, records, refusals: Vec::new() });
}

/// Lets an effect fail for good, and records that.
fn kill(outbox: &mut Outbox, key: EffectKey, lane: Lane) {
    let attempt = outbox.take_due(at(0), lane).expect("it is due");
    let report = outbox.settle(at(1), &attempt.key, AttemptResult::impossible("locked out"));
    let Some(Report::DeadLettered { key: dead, reason }) = report else { panic!("{report:?}") };
    assert_eq!(dead, key);
    assert!(outbox.dead_letters().get(key).is_none(), "it is listed once that is durable");
    record(outbox, at(2), 50, Event::DeadLettered { key, reason });
}

#[test]
fn a_dead_letter_is_listed_with_its_reason_and_leaves_again_under_its_key() {
    let mut outbox = outbox();
    let capture = Effect::Capture(payment(1, "tok_1"));
    outbox.accept_bare(at(0), key(1), at(0), capture.clone());
    kill(&mut outbox, key(1), Lane::Cards);
    let listed = outbox.dead_letters().get(key(1)).expect("it is listed");
    assert_eq!((listed.letter.effect, listed.letter.reason.as_str()), (capture, "locked out"));
    assert_eq!((listed.letter.recorded_at, listed.letter.given_up_at), (at(0), at(2)));
    assert_eq!((listed.outside.to_string().as_str(), outbox.pending()), ("0/1/0", 0));
    record(&mut outbox, at(3), 51, Event::DeadLetterRetried { key: key(1) });
    assert!(outbox.dead_letters().is_empty());
    let again = outbox.take_due(at(3), Lane::Cards).expect("it leaves again");
    assert_eq!((again.key, again.look_up), (key(1).into(), true));
}

#[test]
fn a_settled_dead_letter_is_gone() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), email());
    kill(&mut outbox, key(1), Lane::Emails);
    let settlement = Settlement::Declined { reason: "moved away".into() };
    record(&mut outbox, at(3), 51, Event::DeadLetterSettled { key: key(1), settlement });
    assert!(outbox.dead_letters().is_empty() && outbox.is_idle());
}

/// A letter that was given up after days has its days again.
#[test]
fn the_horizon_of_a_retried_letter_counts_from_the_retry() {
    let late = at(0).plus(Millis::from_secs(6 * 86_400));
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), email());
    kill(&mut outbox, key(1), Lane::Emails);
    record(&mut outbox, late, 51, Event::DeadLetterRetried { key: key(1) });
    assert!(outbox.take_due(late, Lane::Emails).is_some());
}

/// Takes the report that an effect must not leave, and records that.
fn refuse(outbox: &mut Outbox, now: Timestamp, key: EffectKey) {
    assert!(outbox.take_due(now, Lane::Credits).is_none());
    let report = outbox.take_report(now);
    let Some((0, Report::DeadLettered { key: dead, reason })) = report else { panic!("{report:?}") };
    assert_eq!((dead, reason.as_str()), (key, "its credit was given up: settle or retry that first"));
    record(outbox, now, 52, Event::DeadLettered { key, reason });
}

/// Nothing is taken back that was not given, in whatever order an operator retries both.
#[test]
fn a_reversal_that_is_retried_before_its_credit_does_not_leave_before_it() {
    let mut outbox = outbox();
    let (credit, reversal) = (key(1), key(2));
    outbox.accept_bare(at(0), credit, at(0), Effect::Credit(grant("t-1")));
    kill(&mut outbox, credit, Lane::Credits);
    outbox.accept_bare(at(2), reversal, at(2), Effect::ReverseCredit(grant("t-1")));
    refuse(&mut outbox, at(2), reversal);
    for key in [reversal, credit] {
        record(&mut outbox, at(3), 53, Event::DeadLetterRetried { key });
    }
    refuse(&mut outbox, at(3), reversal);
    let attempt = outbox.take_due(at(3), Lane::Credits).expect("the credit leaves");
    assert_eq!(attempt.key, credit.into());
    record(&mut outbox, at(4), 54, Event::DeadLetterRetried { key: reversal });
    assert!(outbox.take_due(at(4), Lane::Credits).is_none(), "the credit is not made yet");
    let report = outbox.settle(at(5), &attempt.key, AttemptResult::Done { reference: None, at: at(5) });
    assert!(matches!(report, Some(Report::Delivered(_))), "{report:?}");
    let attempt = outbox.take_due(at(5), Lane::Credits).expect("the reversal leaves");
    assert_eq!(attempt.key, reversal.into());
}

/// The journals of earlier releases have the same records.
#[test]
fn a_start_finds_the_dead_letters_in_the_records() {
    let other = EffectKey { index: 1, ..key(1) };
    let dead = |key| Event::DeadLettered { key, reason: "mailbox full".into() };
    let table: [(&str, Vec<Event>, Vec<EffectKey>, usize); 4] = [
        ("given up", vec![dead(key(1))], vec![key(1)], 1),
        ("both given up", vec![dead(other), dead(key(1))], vec![key(1), other], 0),
        ("retried", vec![dead(key(1)), Event::DeadLetterRetried { key: key(1) }], vec![], 2),
        (
            "settled",
            vec![
                dead(key(1)),
                Event::DeadLetterSettled { key: key(1), settlement: Settlement::Done { reference: None } },
            ],
            vec![],
            1,
        ),
    ];
    for (name, events, expected, waiting) in table {
        let mut pending = PendingEffects::default();
        let effects = vec![email(), Effect::Order(payment(1, "tok_1"))];
        let decision = Decision { effects: effects.into(), ..Decision::default() };
        pending.read(0, 1, KeyForm::Bare, Record { at: at(0), decision });
        for (event, sequence) in events.into_iter().zip(2..) {
            pending.read(0, sequence, KeyForm::Bare, Record { at: at(5), decision: Decision::of(event) });
        }
        let mut outbox = outbox();
        outbox.recover(at(9), pending);
        let listed: Vec<_> =
            outbox.dead_letters().page(None, 10).into_iter().map(|listed| listed.outside.effect).collect();
        assert_eq!((listed, outbox.pending()), (expected, waiting), "{name}");
    }
}
