//! Records that older releases wrote are still read, and those of newer ones are refused.

use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::key_form::KeyForm;
use flashtag::journal::RecordFault;
use flashtag::partition::codec;

use super::bytes::pinned;
use super::effects::effects;
use super::events::{
    dead_letter_events, events, events_since_1, heard_events, lane_events, letter_events, objection_events,
    operated_events, reminder_events,
};
use super::numbers::number;
use super::samples::{OFFER, at};

/// Later events are in no record without a version.
const EVENTS_OF_VERSION_0: usize = 42;

/// The event without the fields that version 0 lacked.
pub(super) fn without_later_fields(mut event: Event) -> Event {
    match &mut event {
        Event::Authorized(authorized) => authorized.reference = None,
        Event::Delivered(done) => done.references.clear(),
        _ => {}
    }
    if let Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } =
        &mut event
    {
        let claim = std::sync::Arc::make_mut(claim);
        (claim.region, claim.last4, claim.handle, claim.cid) = (None, None, None, None);
    }
    if let Event::AccountUnfrozen(unfreezing) = &mut event {
        (unfreezing.at, unfreezing.undid) = (None, None);
    }
    event
}

/// The effect without the fields that version 0 lacked.
pub(super) fn before_references(mut effect: Effect) -> Effect {
    if let Effect::Capture(payment)
    | Effect::Void(payment)
    | Effect::Refund(payment)
    | Effect::Order(payment) = &mut effect
    {
        payment.reference = None;
    }
    effect
}

/// The pinned lines of one kind in the form of version 0.
fn pinned_in_version_0(kind: &str) -> Vec<Vec<u8>> {
    pinned(include_str!("../stored_form_v0.txt"), kind)
}

/// A record of version 1: its version, the form of its keys, its time, events and effects.
fn record_of_version_1(events: &[&[u8]], effects: &[&[u8]]) -> Vec<u8> {
    let at = postcard::to_stdvec(&at()).expect("a time is written");
    let form = postcard::to_stdvec(&KeyForm::Epoch(3)).expect("a form is written");
    let count = |all: &[&[u8]]| vec![u8::try_from(all.len()).expect("a few samples")];
    [vec![1], form, at, count(events), events.concat(), count(effects), effects.concat()].concat()
}

#[test]
fn records_of_version_1_are_still_read() {
    let forms = include_str!("../stored_form_v1.txt");
    let read = |stored: Vec<u8>| {
        let (form, record) = codec::decode(&stored).expect("a record of version 1");
        assert_eq!((form, record.at), (KeyForm::Epoch(3), at()));
        record.decision
    };
    let (pinned_events, today) = (pinned(forms, "event"), events());
    assert_eq!(
        pinned_events.len()
            + lane_events().len()
            + operated_events().len()
            + events_since_1().len()
            + dead_letter_events().len()
            + reminder_events().len()
            + heard_events().len()
            + letter_events().len()
            + objection_events().len(),
        today.len()
    );
    for (pinned, event) in pinned_events.iter().zip(&today) {
        let read = read(record_of_version_1(&[pinned], &[]));
        assert_eq!(read, Decision::of(as_in_version_1(event.clone())));
    }
    let (pinned_effects, today) = (pinned(forms, "effect"), effects());
    assert_eq!(pinned_effects.len() + EFFECTS_SINCE_1, today.len());
    for (pinned, effect) in pinned_effects.iter().zip(&today) {
        let read = read(record_of_version_1(&[], &[pinned]));
        assert_eq!(&*read.effects, std::slice::from_ref(effect));
    }
    // All samples in one record: each event and effect ends where the next one begins.
    let slices: [Vec<&[u8]>; 2] =
        [&pinned_events, &pinned_effects].map(|all| all.iter().map(Vec::as_slice).collect());
    let [events, effects] = &slices;
    let whole = read(record_of_version_1(events, effects));
    assert_eq!((whole.events.len(), whole.effects.len()), (events.len(), effects.len()));
}

/// The event without the fields that version 1 lacked.
fn as_in_version_1(mut event: Event) -> Event {
    if let Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } =
        &mut event
    {
        let claim = std::sync::Arc::make_mut(claim);
        (claim.handle, claim.cid) = (None, None);
    }
    event
}

/// The samples of effects that version 1 lacks.
const EFFECTS_SINCE_1: usize = 17;

#[test]
fn records_without_a_version_are_still_read() {
    let at_bytes = postcard::to_stdvec(&at()).expect("a time is written");
    assert!(at_bytes[0] >= 0x80, "a current time is not read as a version");
    let read = |bytes: Vec<u8>| codec::decode(&bytes).expect("a record of version 0");
    let (pinned, today) = (pinned_in_version_0("event"), events());
    let today: Vec<_> = today.into_iter().filter(|event| number(event) < EVENTS_OF_VERSION_0).collect();
    assert_eq!(pinned.len(), today.len());
    for (pinned, event) in pinned.iter().zip(&today) {
        let decision = Decision::of(without_later_fields(event.clone()));
        let record = [at_bytes.clone(), vec![1], pinned.clone(), vec![0]].concat();
        assert_eq!(read(record), (KeyForm::Bare, Record { at: at(), decision }));
    }
    let (pinned, today) = (pinned_in_version_0("effect"), effects());
    assert_eq!(pinned.len() + EFFECTS_SINCE_1, today.len());
    for (pinned, effect) in pinned.iter().zip(&today) {
        let effect = before_references(effect.clone());
        let decision = Decision { effects: vec![effect].into(), ..Decision::default() };
        let record = [at_bytes.clone(), vec![0, 1], pinned.clone()].concat();
        assert_eq!(read(record), (KeyForm::Bare, Record { at: at(), decision }));
    }
    // All samples in one record: each event and effect ends where the next one begins.
    let (events, effects) = (pinned_in_version_0("event"), pinned_in_version_0("effect"));
    let counted = |all: &[Vec<u8>]| {
        let count = u8::try_from(all.len()).expect("a few samples");
        [vec![count], all.concat()].concat()
    };
    let (_, record) = read([at_bytes, counted(&events), counted(&effects)].concat());
    assert_eq!(record.decision.events.len(), events.len());
    let then: Vec<Effect> = self::effects().into_iter().take(effects.len()).map(before_references).collect();
    assert_eq!(record.decision.effects.to_vec(), then);
    assert_eq!(
        read(pinned_in_version_0("record").concat()).1.decision,
        Decision::of(Event::OfferOpened { offer: OFFER })
    );
}

#[test]
fn a_record_keeps_the_form_of_its_keys() {
    let record =
        Record { at: at(), decision: Decision { events: events().into(), effects: effects().into() } };
    for form in [KeyForm::Bare, KeyForm::Epoch(0), KeyForm::Epoch(300)] {
        let stored = codec::encode(form, &record, Vec::new());
        assert_eq!(codec::decode(&stored), Ok((form, record.clone())));
        for cut in 0..stored.len() {
            let torn = codec::decode(&stored[..cut]);
            assert!(
                matches!(torn, Err(RecordFault::Meaning(_))),
                "torn after {cut} bytes it was read as {torn:?}"
            );
        }
    }
}

#[test]
fn a_record_of_a_newer_release_is_refused() {
    let record = Record { at: at(), decision: Decision::of(Event::OfferOpened { offer: OFFER }) };
    let mut stored = codec::encode(KeyForm::Bare, &record, Vec::new());
    for version in codec::VERSION + 1..0x80 {
        stored[0] = version;
        let fault = codec::decode(&stored).expect_err("no release has that version");
        assert_eq!(fault, RecordFault::Newer { found: u32::from(version), known: 2 });
        assert!(fault.to_string().contains("start the release that wrote it"), "{fault}");
    }
    stored[0] = 0;
    assert!(matches!(codec::decode(&stored), Err(RecordFault::Meaning(_))));
}
