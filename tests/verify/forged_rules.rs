//! Forgeries of the optional rules of an offer, in partition 2.

use flashtag::domain::decision::Few;
use flashtag::domain::effect::{Announcement, Effect};
use flashtag::domain::event::{Event, Way};
use flashtag::domain::id::{OfferNo, ReservationId};
use flashtag::domain::money::Rate;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::DrawRule;
use flashtag::domain::sale_order::{Deadlines, LineAtClose};
use flashtag::domain::status_word::{StatusKind, StatusWord};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::verify::Ending;

use super::forged::Forgery;
use super::genuine::genuine;
use super::rules::{email, entered, record, refunded, taken_back};
use super::story::*;

/// The events of a record of partition 2.
fn events(story: &mut Story, sequence: u64) -> &mut Few<Event> {
    &mut story.record(2, sequence).decision.events
}

fn effects(story: &mut Story, sequence: u64) -> &mut Few<Effect> {
    &mut story.record(2, sequence).decision.effects
}

const EXTRA: OfferNo = OfferNo(2);

fn paused(deadlines: Deadlines) -> Event {
    Event::OfferPaused { offer: EXTRA, deadlines, reason: "".into() }
}

fn resumed(secs: u32) -> Event {
    Event::OfferResumed { offer: EXTRA, moved: Millis::from_secs(secs), reason: "".into() }
}

fn ordered(line: LineAtClose) -> Event {
    Event::CloseOrdered { offer: EXTRA, line, reason: "".into() }
}

/// Adds offer 2 in record 39: from 9100 to 100000, three units per account.
fn extra(story: &mut Story, units: u32, agree: fn(&mut Terms)) {
    let mut terms = terms("extra", units);
    (terms.opens, terms.closes, terms.limit_per_account) = (at(9100), at(100_000).into(), 3);
    agree(&mut terms);
    assert_eq!(record(story, 9100, vec![added(2, terms)], vec![]), 39);
}

fn plain(_: &mut Terms) {}

fn whole(terms: &mut Terms) {
    terms.rules.partial = false;
}

fn revocable(terms: &mut Terms) {
    terms.rules.take_back = Some(Millis::from_secs(600));
}

/// With a draw among the claims of the first 5 minutes, at 9430.
fn drawn(terms: &mut Terms) {
    terms.rules.draw = Some(DrawRule { window: Millis::from_secs(300), seed: seed("7e") });
}

fn capped(terms: &mut Terms) {
    terms.rules.spend_cap = Some("200.00 USD".parse().unwrap());
}

/// `who` reserves `count` units of the extra offer.
fn reserve(story: &mut Story, id: ReservationId, who: &str, sec: u32, count: u32) {
    let prompt = vec![reply(id, who, Outcome::Reserved)];
    record(story, sec, vec![units(count, reserved(id, who, sec))], prompt);
}

fn wait(story: &mut Story, who: &str, sec: u32, count: u32, place: u32) {
    record(story, sec, vec![units(count, waitlisted(2, who, sec, place))], vec![]);
}

/// `who` orders the reserved unit. Returns the key of the capture.
fn order(story: &mut Story, id: ReservationId, who: &str, sec: u32) -> String {
    let confirm = vec![confirmed(id, who, Way::Post)];
    let asked = record(story, sec, confirm, vec![Effect::Authorize(payment(id, who))]);
    let authorize = format!("2/{asked}/0");
    let asked = record(story, sec, vec![authorized(id, &authorize)], vec![Effect::Capture(payment(id, who))]);
    let capture = format!("2/{asked}/0");
    story.pay("authorize", &authorize, &format!("extra.{}", id.ordinal), who, true);
    story.pay("capture", &capture, &format!("extra.{}", id.ordinal), who, true);
    capture
}

/// `who` buys one unit: four records.
fn buy(story: &mut Story, id: ReservationId, who: &str, sec: u32) {
    reserve(story, id, who, sec, 1);
    let capture = order(story, id, who, sec);
    record(story, sec, vec![sold(id, who, &capture)], thanks(id, who));
}

/// As [`buy`], from an offer with a take-back period: nothing is shipped yet.
fn buy_revocably(story: &mut Story, id: ReservationId, who: &str, sec: u32) {
    buy(story, id, who, sec);
    effects(story, 43).truncate(2);
}

#[rustfmt::skip]
pub(super) const FORGERIES: &[Forgery] = &[
    // Stock.
    ("a unit is sold before it is added", &["never_oversold", "conservation"], "ledger line 31", |story| {
        extra(story, 1, plain);
        buy(story, id(2, 1), "joe", 9200);
        buy(story, id(2, 2), "kim", 9300);
        record(story, 9400, vec![Event::Restocked { offer: EXTRA, units: 1, key: "more".into() }], vec![]);
    }),
    ("more units are withdrawn than are available", &["stock_changes_fit", "conservation"], "partition 2 record 40", |story| {
        extra(story, 2, plain);
        record(story, 9200, vec![Event::Withdrawn { offer: EXTRA, units: 3, key: "less".into() }], vec![]);
    }),
    ("a key changes the stock twice", &["stock_changes_fit"], "partition 2 record 18", |story| {
        let Event::Restocked { key, .. } = &mut events(story, 18)[0] else { panic!() };
        *key = "less".into();
    }),
    ("a sale that is over is restocked", &["stock_changes_fit"], "partition 2 record 39", |story| {
        let more = Event::Restocked { offer: OfferNo(0), units: 1, key: "late".into() };
        record(story, 9100, vec![more], vec![]);
    }),
    ("the line is not served after the draw", &["never_undersold"], "partition 2 record 42", |story| {
        extra(story, 1, drawn);
        record(story, 9200, vec![entered(2, "joe", 9200)], vec![]);
        let announcement = vec![announce(2, Announcement::Drawn { entries: 1 })];
        record(story, 9430, vec![Event::Drawn { offer: EXTRA, seed: seed("7e") }], announcement);
        record(story, 9431, vec![Event::Restocked { offer: EXTRA, units: 1, key: "more".into() }], vec![]);
    }),
    ("an account is dismissed during a refund", &["never_undersold"], "partition 2 record 46", |story| {
        extra(story, 1, revocable);
        buy_revocably(story, id(2, 1), "joe", 99_000);
        wait(story, "kim", 99_100, 1, 1);
        let refund = vec![Effect::Refund(payment(id(2, 1), "joe"))];
        record(story, 99_200, vec![taken_back(id(2, 1), "joe", 1, false)], refund);
        let dismissed = Event::LineEnded { offer: EXTRA, account: account("kim"), units: 1 };
        let announcement = vec![announce(2, Announcement::Closing)];
        record(story, 100_030, vec![Event::OfferClosed { offer: EXTRA }, dismissed], announcement);
    }),
    ("units come back on sale that were never sold out", &["back_on_sale"], "partition 2 record 18", |story| {
        events(story, 17).truncate(1);
        effects(story, 17).clear();
    }),
    ("more units come back on sale than there are", &["back_on_sale"], "partition 2 record 18", |story| {
        let Event::BackOnSale { units, .. } = &mut events(story, 18)[1] else { panic!() };
        *units = 2;
        effects(story, 18)[0] = announce(0, Announcement::Restock { units: 2 });
    }),
    ("the rest of a claim joins the line too late", &["one_live_reservation", "each_post_decided_once"],
     "partition 2 record 5", |story| {
        let rest = events(story, 4).remove(1);
        events(story, 5).push(rest);
    }),
    ("a claim that waits asks for more than an account may have", &["limit_per_account"],
     "partition 2 record 41", |story| {
        extra(story, 1, |terms| terms.limit_per_account = 1);
        reserve(story, id(2, 1), "joe", 9200, 1);
        wait(story, "kim", 9200, 2, 1);
    }),
    ("two accounts get more of one card than it may have", &["limit_per_card"], "partition 2 record 41", |story| {
        extra(story, 2, |terms| terms.rules.limit_per_card = Some(1));
        reserve(story, id(2, 1), "joe", 9200, 1);
        reserve(story, id(2, 2), "kim", 9200, 1);
        claim_of(&mut events(story, 41)[0]).card = "tok_joe".into();
    }),
    ("an account orders more in a day than it may", &["spend_cap"], "partition 2 record 44", |story| {
        extra(story, 2, capped);
        buy(story, id(2, 1), "joe", 9200);
        reserve(story, id(2, 2), "joe", 9300, 1);
        let again = by("joe-claims-again", reserved(id(2, 2), "joe", 9300));
        events(story, 44)[0] = again;
    }),
    ("a reservation of another offer of the campaign is not counted", &["spend_cap"], "partition 2 record 42", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        let mut other = terms("other", 1);
        (other.opens, other.closes, other.campaign) = (at(9100), at(100_000).into(), "extra".into());
        capped(&mut other);
        record(story, 9200, vec![added(3, other)], vec![]);
        let claim = vec![by("joe-claims-again", reserved(id(3, 1), "joe", 9300))];
        record(story, 9300, claim, vec![reply(id(3, 1), "joe", Outcome::Reserved)]);
    }),
    ("a part goes to an all-or-nothing claim", &["first_come_first_served"],
     "partition 2 record 42", |story| {
        extra(story, 2, whole);
        reserve(story, id(2, 1), "joe", 9200, 2);
        wait(story, "kim", 9200, 3, 1);
        let events = vec![units(2, released(id(2, 1), "joe")), units(2, promoted(id(2, 2), "kim", 9300))];
        record(story, 9300, events, vec![reply(id(2, 2), "kim", Outcome::Promoted)]);
    }),
    ("a part is smaller than it could be", &["first_come_first_served", "never_undersold"],
     "partition 2 record 42", |story| {
        extra(story, 2, plain);
        reserve(story, id(2, 1), "joe", 9200, 2);
        wait(story, "kim", 9200, 2, 1);
        let events = vec![units(2, released(id(2, 1), "joe")), promoted(id(2, 2), "kim", 9300)];
        record(story, 9300, events, vec![reply(id(2, 2), "kim", Outcome::Promoted)]);
    }),
    ("the first who can be served is passed over", &["first_come_first_served"], "partition 2 record 43", |story| {
        extra(story, 3, whole);
        reserve(story, id(2, 1), "joe", 9200, 3);
        wait(story, "kim", 9200, 2, 1);
        wait(story, "leo", 9200, 1, 2);
        let events = vec![
            units(3, released(id(2, 1), "joe")),
            promoted(id(2, 2), "leo", 9300),
            units(2, promoted(id(2, 3), "kim", 9300)),
        ];
        let prompts = [(2, "leo"), (3, "kim")].map(|(no, who)| reply(id(2, no), who, Outcome::Promoted));
        record(story, 9300, events, prompts.to_vec());
    }),
    ("an entry gets a place before the draw", &["first_come_first_served"], "partition 2 record 32", |story| {
        events(story, 32)[0] = ahead(1, "yan", 2);
    }),
    ("an account leaves the waitlist with other units than it waited for", &["first_come_first_served"],
     "partition 2 record 38", |story| {
        let Event::LineEnded { units, .. } = &mut events(story, 38)[0] else { panic!() };
        *units = 2;
    }),
    // The draw.
    ("an account is served before the draw", &["drawn_before_served"], "partition 2 record 40", |story| {
        extra(story, 1, drawn);
        reserve(story, id(2, 1), "joe", 9200, 1);
    }),
    ("lots are drawn while entries may be on their way", &["drawn_before_served"], "partition 2 record 33", |story| {
        story.record(2, 33).at = at(5429);
    }),
    ("an account enters a draw that is over", &["drawn_before_served"], "partition 2 record 36", |story| {
        events(story, 36).push(entered(1, "joe", 5450));
    }),
    ("lots are drawn twice", &["drawn_before_served"], "partition 2 record 36", |story| {
        events(story, 36).push(Event::Drawn { offer: OfferNo(1), seed: seed("7e") });
        effects(story, 36).push(announce(1, Announcement::Drawn { entries: 1 }));
    }),
    ("another seed is drawn by", &["draw_follows_its_seed"], "partition 2 record 33", |story| {
        events(story, 33)[0] = Event::Drawn { offer: OfferNo(1), seed: seed("11") };
    }),
    ("the lots are not followed", &["draw_follows_its_seed"], "partition 2 record 43", |story| {
        extra(story, 1, drawn);
        record(story, 9200, vec![entered(2, "joe", 9200)], vec![]);
        record(story, 9210, vec![entered(2, "kim", 9210)], vec![]);
        let announcement = vec![announce(2, Announcement::Drawn { entries: 2 })];
        record(story, 9430, vec![Event::Drawn { offer: EXTRA, seed: seed("7e") }], announcement);
        // By sha256sum kim's lot is 81a2..., joe's 8b1a...
        let prompt = vec![reply(id(2, 1), "joe", Outcome::Promoted)];
        record(story, 9430, vec![promoted(id(2, 1), "joe", 9430)], prompt);
    }),
    // Life.
    ("a reservation is taken back as if it were an order", &["reservation_life"], "partition 2 record 20", |story| {
        events(story, 20)[0] = by("wes-cancels", taken_back(id(0, 4), "wes", 1, false));
    }),
    ("an order is called final twice", &["reservation_life", "payments_follow_facts"],
     "partition 2 record 27", |story| {
        events(story, 27).push(Event::OrderFinal { id: id(0, 2) });
    }),
    ("an order is refunded that was not taken back",
     &["reservation_life", "conservation", "effects_known", "payments_follow_facts", "refunded_once"],
     "partition 2 record 27", |story| {
        events(story, 27).push(refunded(id(0, 2), "vic", 1, "2/26/0"));
    }),
    ("a prompt goes by e-mail twice", &["reservation_life"], "partition 2 record 42", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        for sec in [9320, 9330] {
            let mailed = Event::PromptMailed { id: id(2, 1), key: None };
            record(story, sec, vec![mailed], vec![email(id(2, 1), "joe", Outcome::Reserved)]);
        }
    }),
    ("an order can be taken back for ever", &["every_reservation_ends"], "partition 2 record 16", |story| {
        events(story, 26).clear();
        effects(story, 26).clear();
    }),
    ("an opening is never drawn", &["every_reservation_ends"], "partition 2 record 40", |story| {
        extra(story, 1, drawn);
        record(story, 9200, vec![entered(2, "joe", 9200)], vec![]);
    }),
    ("a link confirms after the grace", &["confirm_in_time"], "partition 2 record 42", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        let mailed = Event::PromptMailed { id: id(2, 1), key: None };
        record(story, 9320, vec![mailed], vec![email(id(2, 1), "joe", Outcome::Reserved)]);
        let link = by("link/extra.1", confirmed(id(2, 1), "joe", Way::Link));
        record(story, 10_250, vec![link], vec![Effect::Authorize(payment(id(2, 1), "joe"))]);
    }),
    ("an order is taken back too late", &["taken_back_in_time"], "partition 2 record 44", |story| {
        extra(story, 1, revocable);
        buy_revocably(story, id(2, 1), "joe", 9200);
        let refund = vec![Effect::Refund(payment(id(2, 1), "joe"))];
        record(story, 9830, vec![taken_back(id(2, 1), "joe", 1, false)], refund);
    }),
    ("an order is taken back that stands", &["taken_back_in_time"], "partition 2 record 44", |story| {
        extra(story, 1, plain);
        buy(story, id(2, 1), "joe", 9200);
        let refund = vec![Effect::Refund(payment(id(2, 1), "joe"))];
        record(story, 9300, vec![taken_back(id(2, 1), "joe", 1, false)], refund);
    }),
    ("an order is taken back twice", &["taken_back_in_time"], "partition 2 record 8", |story| {
        let post = post("uma-cancels-again");
        let again = Event::TakeBackNoted { id: id(0, 1), account: account("uma"), units: 2, post };
        events(story, 8).push(again);
    }),
    ("an order is taken back after it was final", &["taken_back_in_time", "reservation_life"],
     "partition 2 record 27", |story| {
        events(story, 27).push(by("vic-cancels-again", taken_back(id(0, 2), "vic", 1, false)));
        effects(story, 27).push(Effect::Refund(payment(id(0, 2), "vic")));
    }),
    ("an order is shipped that can be taken back", &["shipped_only_when_final", "payments_follow_facts"],
     "partition 2 record 16", |story| {
        let ship = effects(story, 26).remove(0);
        effects(story, 16).push(ship);
    }),
    ("an order is called final too soon", &["shipped_only_when_final"], "partition 2 record 26", |story| {
        story.record(2, 26).at = at(809);
    }),
    ("an offer is called sold out again", &["offer_life"], "partition 2 record 37", |story| {
        events(story, 37).push(Event::OfferSoldOut { offer: OfferNo(1) });
        effects(story, 37).push(announce(1, Announcement::SoldOut));
    }),
    // Words.
    ("a link confirms that was never sent", &["confirmed_by_the_same_author"], "partition 2 record 6", |story| {
        events(story, 5).clear();
        effects(story, 5).clear();
    }),
    ("a confirmation places two orders", &["each_post_decided_once"], "partition 2 record 12", |story| {
        let again = events(story, 12).remove(0);
        events(story, 12).push(by("vic-confirms", again));
    }),
    ("a confirmation takes its order back", &["each_post_decided_once"], "partition 2 record 13", |story| {
        events(story, 13)[0] = by("vic-confirms", taken_back(id(0, 3), "vic", 2, false));
    }),
    ("a claim freezes as well", &["each_post_decided_once"], "partition 2 record 21", |story| {
        events(story, 21)[0] = Event::AccountFrozen { account: account("wes"), post: post("wes-claims"), posted_at: at(225) };
    }),
    ("a post passes on twice, and freezes nothing", &["each_post_decided_once"], "partition 2 record 43", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        record(story, 9300, vec![released(id(2, 1), "joe")], vec![]);
        let claim = vec![by("joe-claims-again", reserved(id(2, 2), "joe", 9300))];
        record(story, 9300, claim, vec![reply(id(2, 2), "joe", Outcome::Reserved)]);
        record(story, 9400, vec![released(id(2, 2), "joe")], vec![]);
        record(story, 9400, vec![Event::OfferOpened { offer: EXTRA }], vec![announce(2, Announcement::Opening)]);
    }),
    // Sales that an operator paused or closed.
    ("a paused sale takes a claim", &["paused_takes_no_claims"], "partition 2 record 41", |story| {
        extra(story, 2, plain);
        record(story, 9150, vec![paused(Deadlines::Run)], vec![]);
        reserve(story, id(2, 1), "joe", 9200, 1);
    }),
    ("a sale takes a claim after it was closed", &["paused_takes_no_claims"], "partition 2 record 41", |story| {
        extra(story, 2, plain);
        let closed = vec![ordered(LineAtClose::Serve), Event::OfferClosed { offer: EXTRA }];
        record(story, 9150, closed, vec![announce(2, Announcement::Closing)]);
        reserve(story, id(2, 1), "joe", 9200, 1);
    }),
    ("a resume moves frozen deadlines by too little", &["paused_takes_no_claims"], "partition 2 record 41", |story| {
        extra(story, 2, plain);
        record(story, 9150, vec![paused(Deadlines::Freeze)], vec![]);
        record(story, 9250, vec![resumed(99)], vec![]);
    }),
    ("a resume moves deadlines that ran on", &["paused_takes_no_claims"], "partition 2 record 41", |story| {
        extra(story, 2, plain);
        record(story, 9150, vec![paused(Deadlines::Run)], vec![]);
        record(story, 9250, vec![resumed(100)], vec![]);
    }),
    ("a reservation expires while deadlines are frozen", &["expiry_not_early"], "partition 2 record 42", |story| {
        extra(story, 2, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        record(story, 9250, vec![paused(Deadlines::Freeze)], vec![]);
        let expired = Event::Expired { id: id(2, 1), account: account("joe"), units: 1 };
        record(story, 15_000, vec![expired], vec![]);
    }),
    ("the line is released without an order", &["paused_takes_no_claims"], "partition 2 record 42", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        wait(story, "kim", 9200, 1, 1);
        let released = Event::LineReleased { offer: EXTRA, account: account("kim"), units: 1 };
        record(story, 9300, vec![released], vec![]);
    }),
    ("a frozen account claims", &["frozen_buys_nothing"], "partition 2 record 23", |story| {
        events(story, 23).push(by("wes-claims-again", reserved(id(0, 5), "wes", 240)));
        effects(story, 23).push(reply(id(0, 5), "wes", Outcome::Reserved));
    }),
    ("a frozen account confirms before it claims", &["frozen_buys_nothing"], "partition 2 record 23", |story| {
        events(story, 23).push(parked(0, "wes", 240));
    }),
    ("a frozen account keeps what it has not confirmed", &["frozen_buys_nothing"], "partition 2 record 21", |story| {
        events(story, 20).clear();
        effects(story, 20).clear();
    }),
    ("an account buys that another journal knows as frozen", &["frozen_buys_nothing"], "partition 2 record 40", |story| {
        extra(story, 2, plain);
        story.words = vec![buying("joe", true, 9000)];
        reserve(story, id(2, 1), "joe", 9200, 1);
    }),
    ("an account is frozen by an older word", &["last_word_stands"], "partition 2 record 22", |story| {
        let again = Event::AccountFrozen { account: account("wes"), post: post("wes-froze-before"), posted_at: at(224) };
        events(story, 22).push(again);
    }),
    ("an account is unfrozen that was not frozen", &["last_word_stands"], "partition 2 record 24", |story| {
        events(story, 21).clear();
    }),
    ("an account opts in by a command from before it opted out", &["last_word_stands"], "partition 2 record 23", |story| {
        let Event::AccountOptedIn { posted_at, .. } = &mut events(story, 23)[0] else { panic!() };
        *posted_at = at(229);
    }),
    // Money.
    ("the tax is of another rate than was agreed", &["right_amount"], "partition 2 record 30", |story| {
        let claim = claim_of(&mut events(story, 30)[0]);
        // 149.99 and 7.50 of tax.
        (claim.rate, claim.amount) = (Rate { ppm: 50_000 }, "157.49 USD".parse().unwrap());
    }),
    ("two units cost as much as one", &["right_amount"], "partition 2 record 41", |story| {
        extra(story, 1, plain);
        reserve(story, id(2, 1), "joe", 9200, 1);
        wait(story, "kim", 9200, 2, 1);
        claim_of(&mut events(story, 41)[0]).amount = price(1);
    }),
    ("money is let go before the card has answered", &["other_payments_fit", "no_money_without_effect"],
     "partition 2 record 13", |story| {
        let void = effects(story, 14).remove(0);
        effects(story, 13).push(void);
    }),
    ("an order is refunded twice", &["other_payments_fit"], "partition 2 record 10", |story| {
        effects(story, 10).push(Effect::Refund(pays(2, id(0, 1), "uma")));
    }),
    ("an order is refunded that stands", &["other_payments_fit"], "partition 2 record 16", |story| {
        effects(story, 16).push(Effect::Refund(payment(id(0, 2), "vic")));
    }),
    ("a take-back is forgotten", &["refunds_follow_take_backs"], "partition 2 record 44", |story| {
        extra(story, 1, revocable);
        reserve(story, id(2, 1), "joe", 9200, 1);
        let capture = order(story, id(2, 1), "joe", 9200);
        let post = post("joe-cancels");
        let noted = Event::TakeBackNoted { id: id(2, 1), account: account("joe"), units: 1, post };
        record(story, 9210, vec![noted], vec![]);
        let mut effects = thanks(id(2, 1), "joe");
        effects.truncate(2);
        record(story, 9220, vec![sold(id(2, 1), "joe", &capture)], effects);
    }),
    ("a take-back applies that was not noted", &["refunds_follow_take_backs", "payments_follow_facts"],
     "partition 2 record 9", |story| {
        events(story, 8).clear();
    }),
    ("less goes back than was captured", &["refunds_follow_take_backs"], "partition 2 record 10", |story| {
        let Event::Refunded { amount, .. } = &mut events(story, 10)[0] else { panic!() };
        *amount = "326.59 USD".parse().unwrap();
    }),
    ("a refund never came", &["refunded_once"], "partition 2 record 10", |story| {
        story.ledger.retain(|entry| entry.key != "2/9/0");
    }),
    ("money goes back twice", &["refunded_once"], "ledger line 28", |story| {
        story.pay_for("refund", "2/9/0", "lamp.1", &pays(2, id(0, 1), "uma"), true);
    }),
    ("money goes back before it came", &["refunded_once"], "ledger line 13", |story| {
        story.ledger.swap(12, 13);
    }),
    ("money of an order that stands goes back", &["refunded_once", "no_money_without_effect"],
     "ledger line 28", |story| {
        story.pay("refund", "2/16/9", "lamp.2", "vic", true);
    }),
    ("what was authorized for an order that is taken back stays bound", &["taken_back_is_let_go"],
     "partition 2 record 13", |story| {
        effects(story, 14).clear();
        story.ledger.retain(|entry| entry.key != "2/14/0");
    }),
    ("what is taken back is captured", &["taken_back_is_let_go", "no_money_without_effect"],
     "partition 2 record 13", |story| {
        story.pay_for("capture", "2/14/1", "lamp.3", &pays(2, id(0, 3), "vic"), true);
    }),
    // The outbox.
    ("a mailed prompt is no e-mail", &["prompts_follow_reservations"], "partition 2 record 5", |story| {
        effects(story, 5).clear();
    }),
    ("a prompt is mailed to another account", &["prompts_follow_reservations"], "partition 2 record 5", |story| {
        let Effect::Email { request, .. } = &mut effects(story, 5)[0] else { panic!() };
        request.account = account("vic");
    }),
    ("a prompt is mailed while its reply is waited for", &["prompts_follow_reservations"],
     "partition 2 record 5", |story| {
        let Event::PromptMailed { key, .. } = &mut events(story, 5)[0] else { panic!() };
        *key = None;
    }),
    ("no letter reports the refund", &["payments_follow_facts"], "partition 2 record 10", |story| {
        effects(story, 10).remove(1);
    }),
    ("what is sold and taken back is not refunded",
     &["payments_follow_facts", "effects_known", "no_money_without_effect"], "partition 2 record 9", |story| {
        effects(story, 9).clear();
    }),
    ("a final order is not shipped", &["payments_follow_facts"], "partition 2 record 26", |story| {
        effects(story, 26).clear();
    }),
    ("a return to the sale is not announced", &["news_follow_facts"], "partition 2 record 18", |story| {
        effects(story, 18).clear();
    }),
    ("a draw announces too many entries", &["news_follow_facts"], "partition 2 record 33", |story| {
        effects(story, 33)[0] = announce(1, Announcement::Drawn { entries: 3 });
    }),
    ("a restock is announced that is none", &["news_follow_facts"], "partition 2 record 16", |story| {
        effects(story, 16).push(announce(0, Announcement::Restock { units: 2 }));
    }),
    ("the closing is announced twice", &["news_follow_facts"], "partition 2 record 27", |story| {
        effects(story, 27).push(announce(0, Announcement::Closing));
    }),
    ("money is dropped", &["effects_known"], "partition 2 record 25", |story| {
        let Event::Dropped { keys } = &mut events(story, 25)[0] else { panic!() };
        keys.push(key("2/14/0"));
    }),
    ("a prompt is mailed for the reply to another", &["effects_known"], "partition 2 record 5", |story| {
        let Event::PromptMailed { key: given_up, .. } = &mut events(story, 5)[0] else { panic!() };
        *given_up = Some(key("2/4/0"));
    }),
];

#[test]
fn an_order_of_yesterday_does_not_count_against_todays_cap() {
    // 24 hours and a second, over midnight (UTC).
    let mut story = genuine();
    extra(&mut story, 2, capped);
    buy(&mut story, id(2, 1), "joe", 9200);
    let claim = vec![by("joe-claims-again", reserved(id(2, 2), "joe", 95_601))];
    record(&mut story, 95_601, claim, vec![reply(id(2, 2), "joe", Outcome::Reserved)]);
    let report = story.report(Ending::Open, true);
    assert!(report.passed(), "{report}");
}

/// A word of the control journal that freezes or unfreezes an account.
fn buying(who: &str, stops: bool, sec: u32) -> (Timestamp, StatusWord) {
    let (post, kind) = (stops.then(|| post(&format!("{who}-freezes"))), StatusKind::Buying);
    let word = StatusWord { account: account(who), kind, stops, posted_at: at(sec), post, undid: None };
    (at(sec), word)
}

#[test]
fn a_freeze_may_take_a_minute_to_reach_a_partition_and_ends_with_its_lifting() {
    let mut story = genuine();
    extra(&mut story, 2, plain);
    story.words = vec![buying("kim", true, 9000), buying("kim", false, 9150), buying("joe", true, 9150)];
    reserve(&mut story, id(2, 1), "joe", 9200, 1);
    reserve(&mut story, id(2, 2), "kim", 9200, 1);
    let report = story.report(Ending::Open, true);
    assert!(report.passed(), "{report}");
}
