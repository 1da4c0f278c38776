//! The part of the genuine history that uses every optional rule, in partition 2.

use flashtag::domain::effect::{Announcement, Effect};
use flashtag::domain::event::{Event, Unfreezing, Way};
use flashtag::domain::id::{OfferNo, ReservationId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::{DrawRule, Rules};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;

use super::story::*;

pub(super) fn record(story: &mut Story, sec: u32, events: Vec<Event>, effects: Vec<Effect>) -> u64 {
    story.record_decision(2, sec, events, effects)
}

/// Three units, served in parts, with a take-back period of 10 minutes; three per card, 700 USD per day.
fn lamp_terms() -> Terms {
    let mut agreed = terms("lamp", 3);
    agreed.limit_per_account = 3;
    agreed.rules = Rules {
        limit_per_card: Some(3),
        spend_cap: Some("700.00 USD".parse().unwrap()),
        take_back: Some(Millis::from_secs(600)),
        ..Rules::default()
    };
    agreed
}

/// One unit, all or nothing, with a draw among the claims of the first 5 minutes after 5100.
fn vase_terms() -> Terms {
    let mut agreed = terms("vase", 1);
    (agreed.opens, agreed.closes) = (at(5100), at(9000).into());
    let draw = Some(DrawRule { window: Millis::from_secs(300), seed: seed("7e") });
    agreed.rules = Rules { partial: false, draw, ..Rules::default() };
    agreed
}

/// Uma gets two of three lamps by e-mail and takes the order back; Vic gets three in parts, and keeps one.
/// Wes freezes his account; Xia opts out for a while.
pub(super) fn lamp(story: &mut Story) {
    let offer = OfferNo(0);
    let (uma, part, rest, wes) = (id(0, 1), id(0, 2), id(0, 3), id(0, 4));
    record(story, 0, vec![added(0, lamp_terms())], vec![]);
    record(story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
    let prompt = vec![reply(uma, "uma", Outcome::Reserved)];
    record(story, 100, vec![units(2, reserved(uma, "uma", 100))], prompt);
    let events = vec![reserved(part, "vic", 101), units(2, waitlisted(0, "vic", 101, 1))];
    record(story, 101, events, vec![reply(part, "vic", Outcome::Reserved)]);
    // 5
    let mailed = Event::PromptMailed { id: uma, key: Some(key("2/3/0")) };
    record(story, 110, vec![mailed], vec![email(uma, "uma", Outcome::Reserved)]);
    let link = by("link/lamp.1", units(2, confirmed(uma, "uma", Way::Link)));
    record(story, 130, vec![link], vec![Effect::Authorize(pays(2, uma, "uma"))]);
    record(story, 140, vec![authorized(uma, "2/6/0")], vec![Effect::Capture(pays(2, uma, "uma"))]);
    let noted =
        Event::TakeBackNoted { id: uma, account: account("uma"), units: 2, post: post("uma-cancels") };
    record(story, 150, vec![noted], vec![]);
    let events = vec![units(2, sold(uma, "uma", "2/7/0")), taken_back(uma, "uma", 2, true)];
    record(story, 160, events, vec![Effect::Refund(pays(2, uma, "uma"))]);
    // 10
    let events = vec![refunded(uma, "uma", 2, "2/9/0"), units(2, promoted(rest, "vic", 170))];
    let mut effects = refund_replies(uma, "uma");
    effects.push(reply(rest, "vic", Outcome::Promoted));
    record(story, 170, events, effects);
    let confirm = vec![confirmed(part, "vic", Way::Post)];
    record(story, 180, confirm, vec![Effect::Authorize(pays(1, part, "vic"))]);
    let confirm = vec![by("vic-confirms-again", units(2, confirmed(rest, "vic", Way::Post)))];
    record(story, 185, confirm, vec![Effect::Authorize(pays(2, rest, "vic"))]);
    let effects = vec![reply(rest, "vic", Outcome::Released)];
    record(story, 190, vec![taken_back(rest, "vic", 2, false)], effects);
    let answered = Event::Delivered(vec![key("2/12/0")].into());
    record(story, 195, vec![answered], vec![Effect::Void(pays(2, rest, "vic"))]);
    // 15
    record(story, 200, vec![authorized(part, "2/11/0")], vec![Effect::Capture(pays(1, part, "vic"))]);
    let mut effects = thanks(part, "vic");
    effects.truncate(2);
    record(story, 205, vec![sold(part, "vic", "2/15/0")], effects);
    let events =
        vec![Event::Withdrawn { offer, units: 2, key: "less".into() }, Event::OfferSoldOut { offer }];
    record(story, 210, events, vec![announce(0, Announcement::SoldOut)]);
    let events =
        vec![Event::Restocked { offer, units: 1, key: "more".into() }, Event::BackOnSale { offer, units: 1 }];
    record(story, 215, events, vec![announce(0, Announcement::Restock { units: 1 })]);
    let prompt = vec![reply(wes, "wes", Outcome::Reserved)];
    record(story, 220, vec![reserved(wes, "wes", 220)], prompt);
    // 20
    let passed_on = by("wes-freezes", released(wes, "wes"));
    record(story, 225, vec![passed_on], vec![reply(wes, "wes", Outcome::Released)]);
    account_commands(story);
    let sent = Event::Dropped { keys: ["2/10/0", "2/13/0"].map(key).to_vec() };
    record(story, 300, vec![sent], vec![]);
    let ship = vec![Effect::Order(pays(1, part, "vic"))];
    record(story, 810, vec![Event::OrderFinal { id: part }], ship);
    record(story, 5030, vec![Event::OfferClosed { offer }], vec![announce(0, Announcement::Closing)]);

    let mut pay = |operation, key, order, payment| story.pay_for(operation, key, order, &payment, true);
    pay("authorize", "2/6/0", "lamp.1", pays(2, uma, "uma"));
    pay("capture", "2/7/0", "lamp.1", pays(2, uma, "uma"));
    pay("refund", "2/9/0", "lamp.1", pays(2, uma, "uma"));
    pay("authorize", "2/12/0", "lamp.3", pays(2, rest, "vic"));
    pay("void", "2/14/0", "lamp.3", pays(2, rest, "vic"));
    pay("authorize", "2/11/0", "lamp.2", pays(1, part, "vic"));
    pay("capture", "2/15/0", "lamp.2", pays(1, part, "vic"));
}

/// Records 21 to 24.
fn account_commands(story: &mut Story) {
    let (wes, xia) = (account("wes"), account("xia"));
    let frozen = Event::AccountFrozen { account: wes.clone(), post: post("wes-freezes"), posted_at: at(225) };
    record(story, 225, vec![frozen], vec![]);
    record(
        story,
        230,
        vec![Event::AccountSilenced { account: xia.clone(), post: post("xia-stops"), posted_at: at(230) }],
        vec![],
    );
    record(
        story,
        240,
        vec![Event::AccountOptedIn { account: xia, post: post("xia-starts"), posted_at: at(240) }],
        vec![],
    );
    record(
        story,
        250,
        vec![Event::AccountUnfrozen(Unfreezing { account: wes, at: None, undid: None })],
        vec![],
    );
}

/// Zed enters the draw before Yan; the draw puts Yan first (computed with sha256sum).
pub(super) fn vase(story: &mut Story) {
    let offer = OfferNo(1);
    let yan = id(1, 1);
    let replies = |who| vec![reply_in_line(1, who, Outcome::Waitlisted)];
    assert_eq!(record(story, 5100, vec![added(1, vase_terms())], vec![]), 28);
    record(story, 5100, vec![Event::OfferOpened { offer }], vec![announce(1, Announcement::Opening)]);
    // 30
    record(story, 5110, vec![entered(1, "zed", 5110)], replies("zed"));
    record(story, 5120, vec![entered(1, "yan", 5120)], replies("yan"));
    record(story, 5130, vec![ahead(1, "yan", 0)], vec![]);
    let drawn = Event::Drawn { offer, seed: seed("7e") };
    record(story, 5430, vec![drawn], vec![announce(1, Announcement::Drawn { entries: 2 })]);
    let events = vec![promoted(yan, "yan", 5430), confirmed(yan, "yan", Way::Waiting)];
    record(story, 5430, events, vec![Effect::Authorize(pays(1, yan, "yan"))]);
    // 35
    record(story, 5440, vec![authorized(yan, "2/34/0")], vec![Effect::Capture(pays(1, yan, "yan"))]);
    let mut effects = thanks(yan, "yan");
    effects.push(announce(1, Announcement::SoldOut));
    record(story, 5450, vec![sold(yan, "yan", "2/35/0"), Event::OfferSoldOut { offer }], effects);
    record(story, 9030, vec![Event::OfferClosed { offer }], vec![announce(1, Announcement::Closing)]);
    let dismissed = Event::LineEnded { offer, account: account("zed"), units: 1 };
    record(story, 9030, vec![dismissed], vec![reply_in_line(1, "zed", Outcome::SoldOut)]);

    story.pay("authorize", "2/34/0", "vase.1", "yan", true);
    story.pay("capture", "2/35/0", "vase.1", "yan", true);
}

pub(super) fn taken_back(id: ReservationId, who: &str, units: u32, noted: bool) -> Event {
    Event::TakenBack { id, account: account(who), units, post: post(&format!("{who}-cancels")), noted }
}

pub(super) fn refunded(id: ReservationId, who: &str, units: u32, done: &str) -> Event {
    Event::Refunded { id, account: account(who), units, amount: price(units), key: key(done) }
}

pub(super) fn entered(offer: u32, who: &str, sec: u32) -> Event {
    Event::Entered { offer: OfferNo(offer), claim: claim(who, sec).into() }
}

pub(super) fn email(id: ReservationId, who: &str, outcome: Outcome) -> Effect {
    let request = reply_request(id.offer.0, Some(id.ordinal), who, outcome);
    Effect::Email { to: format!("{who}@example.com").into(), request }
}

fn refund_replies(id: ReservationId, who: &str) -> Vec<Effect> {
    vec![reply(id, who, Outcome::Refunded), email(id, who, Outcome::Refunded)]
}
