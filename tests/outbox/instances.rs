//! Keys outside: each effect has the form of its record, and no data directory is taken for another.

use flashtag::domain::effect::Effect;
use flashtag::domain::key_form::KeyForm;
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::instance::Instance;
use flashtag::outbox::instance_id::InstanceId;
use flashtag::outbox::provider::sandbox::Sandbox;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::partition::pending_effects::{Departure, PendingEffect};

use super::{at, before_gateway, key, payment, renderer};

const FIRST: u8 = 1;
const SECOND: u8 = 2;

fn outbox(instance: u8) -> Outbox {
    let identity = Instance::new(InstanceId::from([instance; 16]));
    let outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), 7, renderer());
    before_gateway(outbox.of_instance(Some(identity)))
}

fn authorization(form: KeyForm) -> PendingEffect {
    PendingEffect {
        form,
        recorded_at: at(0),
        effect: Effect::Authorize(payment(17, "tok_1")),
        departure: Departure::NotYet,
    }
}

#[test]
fn an_effect_leaves_under_the_form_that_its_record_has() {
    let mut outbox = outbox(FIRST);
    let prefix = "ft-01010101-0101-0101-0101-010101010101";
    let table = [
        (KeyForm::Bare, "0/1/0".to_owned()),
        (KeyForm::Epoch(1), format!("{prefix}-1-0/2/0")),
        (KeyForm::Epoch(2), format!("{prefix}-2-0/3/0")),
    ];
    for (sequence, (form, text)) in (1..).zip(table) {
        outbox.accept(at(0), key(sequence), authorization(form));
        let attempt = outbox.take_due(at(0), Lane::Cards).expect("it is due");
        assert_eq!(attempt.key.to_string(), text);
        assert_eq!(attempt.key.effect(), Some(key(sequence)));
        // A retry is the same request.
        assert_eq!(outbox.settle(at(0), &attempt.key, AttemptResult::failed("busy")), None);
        let again = outbox.take_due(at(60_000), Lane::Cards).expect("it is due again");
        assert_eq!(again.key, attempt.key);
        let done = AttemptResult::Done { reference: None, at: at(60_000) };
        assert!(outbox.settle(at(60_000), &again.key, done).is_some());
    }
}

#[test]
fn two_directories_at_one_provider_are_not_taken_for_each_other() {
    let (mut first, mut second, mut sandbox) = (outbox(FIRST), outbox(SECOND), Sandbox::default());
    let epoch = KeyForm::Epoch(1);
    let mut taken = Vec::new();
    for outbox in [&mut first, &mut second] {
        outbox.accept(at(0), key(1), authorization(epoch));
        let attempt = outbox.take_due(at(0), Lane::Cards).expect("it is due");
        taken.push((attempt.clone(), sandbox.serve(at(0), &attempt, "shop.17").1));
    }
    let [(one, done), (other, again)] = taken.try_into().expect("two attempts");
    assert_eq!(one.key.effect(), other.key.effect());
    assert_ne!(one.key, other.key);
    assert!(matches!((&done, &again), (AttemptResult::Done { .. }, AttemptResult::Done { .. })));
    // The second authorization was made, and not repeated from the first one's answer.
    let amount = payment(17, "tok_1").amount;
    for attempt in [&one, &other] {
        assert!(sandbox.look_up(attempt.key.outside().expect("an effect's")).is_some(), "{amount} is held");
    }
    // The answer to the other directory's request settles nothing here.
    assert_eq!(first.settle(at(0), &other.key, again), None);
    assert_eq!(first.pending(), 1);
    assert!(first.settle(at(0), &one.key, done).is_some());
    assert_eq!(first.pending(), 0);
}
