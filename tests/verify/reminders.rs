//! The part of the genuine history that has reminders, in partition 4, and its forgeries.

use flashtag::domain::decision::Few;
use flashtag::domain::effect::{About, Announcement, Effect, ReplyRequest};
use flashtag::domain::event::Event;
use flashtag::domain::id::{OfferNo, ReservationId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::Rules;

use super::forged::Forgery;
use super::rules::email;
use super::story::*;

const LIA: ReservationId = ReservationId { offer: OfferNo(0), ordinal: 1 };
const MAX: ReservationId = ReservationId { offer: OfferNo(0), ordinal: 2 };

fn events(story: &mut Story, sequence: u64) -> &mut Few<Event> {
    &mut story.record(4, sequence).decision.events
}

fn effects(story: &mut Story, sequence: u64) -> &mut Few<Effect> {
    &mut story.record(4, sequence).decision.effects
}

fn reminder_request(id: ReservationId, who: &str) -> ReplyRequest {
    let about = Some(About::Reminder);
    ReplyRequest { about, ..reply_request(id.offer.0, Some(id.ordinal), who, Outcome::Reserved) }
}

fn reminder(id: ReservationId, who: &str) -> Effect {
    Effect::Email { to: format!("{who}@example.com").into(), request: reminder_request(id, who) }
}

/// Two tents. Lia is prompted by a reply, reminded, and passes hers on. Max is prompted by a letter, reminded, and lets
/// his expire. Windows are 15 minutes long, so reminders are due 5 minutes before their ends.
pub(super) fn tent(story: &mut Story) {
    let offer = OfferNo(0);
    let record = |story: &mut Story, sec, events, effects| story.record_decision(4, sec, events, effects);
    let mut agreed = terms("tent", 2);
    agreed.rules = Rules { reminder: true, ..Rules::default() };
    record(story, 0, vec![added(0, agreed)], vec![]);
    record(story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
    record(story, 100, vec![reserved(LIA, "lia", 100)], vec![reply(LIA, "lia", Outcome::Reserved)]);
    let prompted =
        Event::Prompted { id: LIA, key: key("4/3/0"), prompt: post("lias-prompt"), deadline: at(1010) };
    record(story, 110, vec![prompted], vec![]);
    // 5
    record(story, 120, vec![reserved(MAX, "max", 120)], vec![reply(MAX, "max", Outcome::Reserved)]);
    let mailed = Event::PromptMailed { id: MAX, key: None };
    record(story, 240, vec![mailed], vec![email(MAX, "max", Outcome::Reserved)]);
    let delivered = Event::PromptMailDelivered { id: MAX, key: key("4/6/0") };
    record(story, 250, vec![delivered], vec![]);
    record(story, 710, vec![Event::ReminderDue { id: LIA }], vec![reminder(LIA, "lia")]);
    let passed_on = vec![reply(LIA, "lia", Outcome::Released)];
    record(story, 800, vec![released(LIA, "lia")], passed_on);
    // 10
    record(story, 840, vec![Event::ReminderDue { id: MAX }], vec![reminder(MAX, "max")]);
    record(story, 850, vec![Event::Delivered(vec![key("4/10/0")].into())], vec![]);
    record(story, 860, vec![Event::Dropped { keys: vec![key("4/8/0")] }], vec![]);
    record(story, 1170, vec![expired(MAX, "max")], vec![reply(MAX, "max", Outcome::Expired)]);
    record(story, 5030, vec![Event::OfferClosed { offer }], vec![announce(0, Announcement::Closing)]);
}

#[rustfmt::skip]
pub(super) const FORGERIES: &[Forgery] = &[
    ("a record has two reminders of one reservation", &["reminders_fit"], "partition 4 record 10", |story| {
        effects(story, 10).push(reminder(MAX, "max"));
    }),
    ("an account is reminded again", &["reminders_fit"], "partition 4 record 12", |story| {
        events(story, 12).push(Event::ReminderDue { id: MAX });
        effects(story, 12).push(reminder(MAX, "max"));
    }),
    ("who passed a unit on is reminded of it", &["reminders_fit", "reservation_life"], "partition 4 record 12", |story| {
        events(story, 12).push(Event::ReminderDue { id: LIA });
        effects(story, 12).push(reminder(LIA, "lia"));
    }),
    ("a reminder is early", &["reminders_fit"], "partition 4 record 8", |story| {
        story.record(4, 8).at = at(709);
    }),
    ("a reminder comes at the deadline", &["reminders_fit"], "partition 4 record 10", |story| {
        for sequence in 10..=12 {
            story.record(4, sequence).at = at(1140);
        }
    }),
    ("a reminder comes before the prompt", &["reminders_fit"], "partition 4 record 10", |story| {
        events(story, 7).clear();
    }),
    ("a reminder is a public reply", &["reminders_fit"], "partition 4 record 10", |story| {
        effects(story, 10)[0] = Effect::Reply(reminder_request(MAX, "max"));
    }),
    ("a reminder goes to another account", &["reminders_fit"], "partition 4 record 10", |story| {
        let Effect::Email { request, .. } = &mut effects(story, 10)[0] else { panic!() };
        request.account = account("lia");
    }),
    ("a reminder has no event", &["reminders_fit"], "partition 4 record 10", |story| {
        events(story, 10).clear();
    }),
    ("a reminder is not sent", &["reminders_fit", "effects_known"], "partition 4 record 10", |story| {
        effects(story, 10).clear();
    }),
    ("an offer reminds that promised no reminder", &["reminders_fit"], "partition 4 record 8", |story| {
        let Event::OfferAdded { terms, .. } = &mut events(story, 1)[0] else { panic!() };
        terms.rules.reminder = false;
    }),
    ("who opted out is reminded", &["reminders_fit"], "partition 4 record 11", |story| {
        let (account, post) = (account("max"), post("max-stops"));
        events(story, 9).push(Event::AccountSilenced { account, post, posted_at: at(800) });
    }),
];

#[test]
fn a_reminder_that_left_before_its_account_opted_out_is_no_violation() {
    let mut story = super::genuine::genuine();
    let (account, post) = (account("max"), post("max-stops"));
    story
        .record(4, 11)
        .decision
        .events
        .insert(0, Event::AccountSilenced { account, post, posted_at: at(850) });
    let report = story.report(flashtag::verify::Ending::Open, true);
    assert!(report.passed(), "{report}");
}

#[test]
fn in_the_late_grace_the_time_of_a_reminder_passes_without_one() {
    let mut story = super::genuine::genuine();
    for sequence in 10..=12 {
        story.record(4, sequence).at = at(1150);
    }
    effects(&mut story, 10).clear();
    events(&mut story, 11).clear();
    let report = story.report(flashtag::verify::Ending::Open, true);
    assert!(report.passed(), "{report}");
}
