//! What the outbox recovers from the records at a start: pending effects, recent departures, opted-out
//! accounts.

use flashtag::config::replies::{Ceilings, ReplyPace};
use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{Effect, ReplyRequest};
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, EffectKey, Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Timestamp;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::partition::pending_effects::PendingEffects;

use super::{ON_X, account, at, email, id, key, renderer, reply, reply_request};

/// The records of one partition, one per second.
fn pending(partition: u32, records: Vec<(Vec<Event>, Vec<Effect>)>) -> PendingEffects {
    let mut pending = PendingEffects::default();
    for ((events, effects), sequence) in records.into_iter().zip(1..) {
        let at = at(i64::try_from(sequence).unwrap() * 1000);
        pending.read(
            partition,
            sequence,
            KeyForm::Bare,
            Record { at, decision: Decision { events: events.into(), effects: effects.into() } },
        );
    }
    pending
}

fn recovered(now: Timestamp, pace: &str, pending: PendingEffects) -> Outbox {
    let pace: ReplyPace = pace.parse().unwrap();
    let ceilings =
        Network::ALL.into_iter().fold(Ceilings::unpaced(), |all, network| all.with(network, pace.clone()));
    let mut outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), 7, renderer()).paced(&ceilings);
    outbox.recover(now, pending);
    outbox
}

fn post() -> PostId {
    PostId::parse(Network::X, "77").unwrap()
}

fn stop(author: u64) -> Event {
    Event::AccountSilenced { account: account(author), post: post(), posted_at: at(0) }
}

fn start(author: u64) -> Event {
    Event::AccountOptedIn { account: account(author), post: post(), posted_at: at(0) }
}

fn to(author: u64, outcome: Outcome) -> Effect {
    Effect::Reply(ReplyRequest { account: account(author), ..reply_request(outcome, Some(1)) })
}

/// One reply waits; others were settled at second two.
#[test]
fn departures_before_the_start_count_against_the_ceilings() {
    let prompted = || Event::Prompted { id: id(1), key: key(1), prompt: post(), deadline: at(0) };
    let second = || EffectKey { index: 1, ..key(1) };
    let failed = || Event::DeadLettered { key: key(1), reason: "busy".into() };
    let closed = at(2000 + 10_000);
    let table = [
        ("nothing left", vec![], "1 per 10s", at(3000)),
        ("a prompt left", vec![prompted()], "1 per 10s", closed),
        ("a reply left", vec![Event::Delivered(vec![key(1)].into())], "1 per 10s", closed),
        ("an attempt failed for good", vec![failed()], "1 per 10s", closed),
        (
            "it was dropped, and so did not leave",
            vec![Event::Dropped { keys: vec![key(1)] }],
            "1 per 10s",
            at(3000),
        ),
        ("a letter left", vec![Event::Delivered(vec![second()].into())], "1 per 10s", at(3000)),
        ("one of two left", vec![prompted()], "2 per 10s", at(3000)),
        ("no ceiling", vec![prompted()], "unpaced", at(3000)),
        ("long ago", vec![prompted()], "1 per 1s", at(3000)),
    ];
    for (name, events, pace, opens) in table {
        let records = vec![
            (vec![], vec![reply(Outcome::Reserved, 1), email()]),
            (events, vec![]),
            (vec![], vec![reply(Outcome::Sold, 2)]),
        ];
        let mut outbox = recovered(at(3000), pace, pending(0, records));
        // Only the result matters.
        outbox.done(key(1));
        outbox.done(second());
        assert_eq!(outbox.next_due().map(|due| due.max(at(3000))), Some(opens), "{name}");
        assert_eq!(outbox.take_due(opens, ON_X).map(|attempt| attempt.key), Some(key(3).into()), "{name}");
    }
}

#[test]
fn departures_of_all_partitions_count_per_network() {
    let ana = Account::parse(Network::Bluesky, "did:plc:ana").unwrap();
    let reply_to_ana =
        || Effect::Reply(ReplyRequest { account: ana.clone(), ..reply_request(Outcome::Sold, Some(1)) });
    let delivered = |partition| Event::Delivered(vec![EffectKey { partition, ..key(1) }].into());
    let mut all = pending(
        1,
        vec![
            (vec![], vec![reply(Outcome::Sold, 1)]),
            (vec![], vec![]),
            (vec![delivered(1)], vec![reply(Outcome::Sold, 2), reply_to_ana()]),
        ],
    );
    all.merge(pending(0, vec![(vec![], vec![reply(Outcome::Sold, 1)]), (vec![delivered(0)], vec![])]));
    assert_eq!(all.departures().collect::<Vec<_>>(), [(Network::X, at(2000)), (Network::X, at(3000))]);
    let mut outbox = recovered(at(4000), "2 per 10s", all);
    assert_eq!(outbox.take_due(at(11_999), ON_X), None);
    assert!(outbox.take_due(at(12_000), ON_X).is_some());
    assert!(outbox.take_due(at(4000), Lane::Replies(Network::Bluesky)).is_some());
}

#[test]
fn a_clock_set_back_does_not_close_a_lane() {
    let delivered = Event::Delivered(vec![key(1)].into());
    let records =
        vec![(vec![], vec![reply(Outcome::Sold, 1), reply(Outcome::Sold, 2)]), (vec![delivered], vec![])];
    let mut outbox = recovered(at(0), "1 per 10s", pending(0, records));
    assert_eq!(outbox.take_due(at(9999), ON_X), None);
    assert!(outbox.take_due(at(10_000), ON_X).is_some());
}

#[test]
fn opted_out_accounts_are_recovered_by_the_last_command() {
    let table: [(&str, Vec<Event>, bool); 4] = [
        ("no command", vec![], false),
        ("STOP", vec![stop(42)], true),
        ("STOP, then START", vec![stop(42), start(42)], false),
        ("START, then STOP", vec![stop(42), start(42), stop(42)], true),
    ];
    for (name, words, silent) in table {
        let mut records = vec![(vec![], vec![to(42, Outcome::Reserved), to(43, Outcome::Sold)])];
        records.extend(words.into_iter().map(|word| (vec![word], vec![])));
        let mut outbox = recovered(at(9000), "unpaced", pending(0, records));
        let lapsed: Vec<_> = std::iter::from_fn(|| outbox.take_report(at(9000))).collect();
        let undeliverable = (0, Report::Undeliverable { id: id(1), key: key(1) });
        assert_eq!(lapsed, if silent { vec![undeliverable] } else { vec![] }, "{name}");
        let left = std::iter::from_fn(|| outbox.take_due(at(9000), ON_X)).count();
        assert_eq!(left, if silent { 1 } else { 2 }, "{name}");
    }
}

#[test]
fn the_later_command_of_two_partitions_counts() {
    let nothing = || (vec![], vec![]);
    let stopped_first = || pending(0, vec![(vec![stop(42)], vec![])]);
    let started_later = || pending(1, vec![nothing(), (vec![start(42)], vec![])]);
    let stopped_last = || pending(1, vec![nothing(), nothing(), (vec![stop(42)], vec![])]);
    let merged = |parts: Vec<PendingEffects>| {
        let mut all = PendingEffects::default();
        parts.into_iter().for_each(|part| all.merge(part));
        all.silent().cloned().collect::<Vec<_>>()
    };
    assert_eq!(merged(vec![stopped_first(), started_later()]), []);
    assert_eq!(merged(vec![started_later(), stopped_first()]), []);
    assert_eq!(merged(vec![started_later(), stopped_last()]), [account(42)]);
    assert_eq!(merged(vec![stopped_last(), started_later()]), [account(42)]);
}

#[test]
fn a_prompt_with_a_pending_letter_is_withdrawn_at_the_start() {
    let letter =
        Effect::Email { to: "a@b.example".into(), request: reply_request(Outcome::Reserved, Some(1)) };
    let records = vec![(vec![], vec![reply(Outcome::Reserved, 1)]), (vec![], vec![letter])];
    let mut outbox = recovered(at(9000), "unpaced", pending(0, records));
    assert_eq!(outbox.take_report(at(9000)), Some((0, Report::Dropped(vec![key(1)]))));
    assert_eq!(outbox.take_due(at(9000), ON_X), None);
    assert!(outbox.take_due(at(9000), Lane::Emails).is_some());
}
