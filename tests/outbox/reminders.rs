//! Reminders in the outbox: what stops one before it leaves, and which letter's delivery is reported as a prompt's.

use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{About, Effect, ReplyRequest};
use flashtag::domain::event::{Event, Way};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::partition::pending_effects::PendingEffects;

use super::{AcceptBare, account, at, id, key, renderer, reply_request};

const DEADLINE_MS: i64 = 300_000;

fn outbox() -> Outbox {
    let policy = RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 3 };
    Outbox::new(policy, Bounds::default(), 7, renderer())
}

/// A letter to account 42 about reservation 17, whose deadline is in 5 minutes.
fn letter(about: Option<About>) -> Effect {
    let deadline = Some(at(DEADLINE_MS));
    let request = ReplyRequest { about, deadline, ..reply_request(Outcome::Reserved, Some(17)) };
    Effect::Email { to: "ana@example.com".into(), request }
}

fn reminder() -> Effect {
    letter(Some(About::Reminder))
}

fn reports(outbox: &mut Outbox, now: Timestamp) -> Vec<Report> {
    std::iter::from_fn(|| outbox.take_report(now)).map(|(_, report)| report).collect()
}

fn dropped() -> Vec<Report> {
    vec![Report::Dropped(vec![key(1)])]
}

/// The ends of reservation 17.
fn ends() -> [Event; 4] {
    let (id, account, units) = (id(17), account(42), 1);
    let post = PostId::parse(Network::X, "5000002").unwrap();
    [
        Event::Confirmed { id, account: account.clone(), post: post.clone(), units, way: Way::Post },
        Event::Released { id, account: account.clone(), units, post },
        Event::Expired { id, account: account.clone(), units },
        Event::Joined { id, account, units, into: 3 },
    ]
}

fn learn(outbox: &mut Outbox, event: Event) {
    let record = Record { at: at(5), decision: Decision::of(event) };
    let (records, refusals) = (vec![(2, record)], Vec::new());
    outbox.take_in(at(5), Incoming { partition: 0, form: KeyForm::Bare, records, refusals });
}

#[test]
fn a_reminder_leaves_as_an_email_and_is_done() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), reminder());
    assert_eq!(outbox.take_due(at(0), Lane::Replies(Network::X)), None);
    let attempt = outbox.take_due(at(0), Lane::Emails).unwrap();
    let report = outbox.settle(at(1), &attempt.key, AttemptResult::Done { reference: None, at: at(1) });
    assert_eq!(report, Some(Report::Delivered(vec![key(1)].into())));
    assert!(outbox.is_idle());
}

#[test]
fn a_reminder_lapses_with_its_reservation() {
    for event in ends() {
        let mut waits = outbox();
        waits.accept_bare(at(0), key(1), at(0), reminder());
        learn(&mut waits, event.clone());
        assert_eq!(waits.take_due(at(6), Lane::Emails), None, "{event:?}");
        assert_eq!(reports(&mut waits, at(6)), dropped(), "{event:?}");
        assert_eq!(waits.drops().lapsed, 1);

        let mut under_way = outbox();
        under_way.accept_bare(at(0), key(1), at(0), reminder());
        let attempt = under_way.take_due(at(0), Lane::Emails).unwrap();
        learn(&mut under_way, event.clone());
        let report = under_way.settle(at(6), &attempt.key, AttemptResult::failed("busy"));
        assert_eq!(report, dropped().pop(), "{event:?}: it is not tried again");
    }
}

#[test]
fn the_end_of_another_reservation_stops_no_reminder() {
    for mut event in ends() {
        let (Event::Confirmed { id: of, .. }
        | Event::Released { id: of, .. }
        | Event::Expired { id: of, .. }
        | Event::Joined { id: of, .. }) = &mut event
        else {
            panic!("no end")
        };
        *of = id(18);
        let mut outbox = outbox();
        outbox.accept_bare(at(0), key(1), at(0), reminder());
        learn(&mut outbox, event);
        assert!(outbox.take_due(at(6), Lane::Emails).is_some());
    }
}

#[test]
fn a_mailed_prompt_and_its_reminder_lapse_together() {
    let mut outbox = outbox();
    outbox.accept_bare(at(0), key(1), at(0), letter(Some(About::ReminderFollows)));
    outbox.accept_bare(at(0), key(3), at(0), reminder());
    let [confirmed, ..] = ends();
    learn(&mut outbox, confirmed);
    let ended: Vec<_> = reports(&mut outbox, at(6)).iter().flat_map(Report::keys).collect();
    assert_eq!(ended, [key(1), key(3)]);
    assert!(outbox.is_idle());
}

#[test]
fn no_reminder_leaves_at_its_deadline_or_later() {
    for (ms, leaves) in [(DEADLINE_MS - 1, true), (DEADLINE_MS, false), (DEADLINE_MS + 60_000, false)] {
        let mut outbox = outbox();
        outbox.accept_bare(at(0), key(1), at(0), reminder());
        assert_eq!(outbox.take_due(at(ms), Lane::Emails).is_some(), leaves, "{ms}");
        assert_eq!(reports(&mut outbox, at(ms)), if leaves { vec![] } else { dropped() }, "{ms}");
    }
}

#[test]
fn an_account_that_opted_out_is_not_reminded() {
    let mut before = outbox();
    before.opt_out(account(42));
    before.accept_bare(at(0), key(1), at(0), reminder());
    let mut while_it_waits = outbox();
    while_it_waits.accept_bare(at(0), key(1), at(0), reminder());
    while_it_waits.opt_out(account(42));
    for mut outbox in [before, while_it_waits] {
        assert_eq!(outbox.take_due(at(0), Lane::Emails), None);
        assert_eq!(reports(&mut outbox, at(0)), dropped());
        assert_eq!(outbox.drops().silent, 1);
    }
    let mut under_way = outbox();
    under_way.accept_bare(at(0), key(1), at(0), reminder());
    let attempt = under_way.take_due(at(0), Lane::Emails).unwrap();
    under_way.opt_out(account(42));
    assert_eq!(under_way.settle(at(1), &attempt.key, AttemptResult::failed("busy")), dropped().pop());

    let mut another = outbox();
    another.opt_out(account(43));
    another.accept_bare(at(0), key(1), at(0), reminder());
    assert!(another.take_due(at(0), Lane::Emails).is_some());
}

#[test]
fn a_prompt_by_e_mail_still_goes_to_who_opted_out() {
    let mut outbox = outbox();
    outbox.opt_out(account(42));
    outbox.accept_bare(at(0), key(1), at(0), letter(Some(About::ReminderFollows)));
    assert!(outbox.take_due(at(0), Lane::Emails).is_some());
}

/// Columns: what the letter is about, and the report when it is delivered.
#[test]
fn the_offer_learns_of_a_delivered_prompt_by_e_mail_only_if_a_reminder_follows() {
    let table = [
        (None, Report::Delivered(vec![key(1)].into())),
        (Some(About::ReminderFollows), Report::PromptMailDelivered { id: id(17), key: key(1) }),
        (Some(About::Reminder), Report::Delivered(vec![key(1)].into())),
    ];
    for (about, expected) in table {
        let mut outbox = outbox();
        outbox.accept_bare(at(0), key(1), at(0), letter(about.clone()));
        let attempt = outbox.take_due(at(0), Lane::Emails).unwrap();
        let report = outbox.settle(at(1), &attempt.key, AttemptResult::Done { reference: None, at: at(1) });
        assert_eq!(report, Some(expected), "{about:?}");
    }
}

#[test]
fn a_start_drops_the_reminder_of_a_reservation_that_is_over() {
    for is_held in [true, false] {
        let mut pending = PendingEffects::default();
        let decision = Decision { effects: vec![reminder()].into(), ..Decision::default() };
        pending.read(0, 1, KeyForm::Bare, Record { at: at(0), decision });
        pending.lapse_prompts(|_| is_held);
        let mut outbox = outbox();
        outbox.recover(at(10), pending);
        assert_eq!(outbox.take_due(at(10), Lane::Emails).is_some(), is_held);
        assert_eq!(reports(&mut outbox, at(10)), if is_held { vec![] } else { dropped() });
    }
}
