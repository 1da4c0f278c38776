//! Genuine histories, in which every kind of event occurs.

use flashtag::domain::effect::{Announcement, Effect, Payment};
use flashtag::domain::event::{Event, Way};
use flashtag::domain::heard_posts::HeardPosts;
use flashtag::domain::id::OfferNo;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::{Tax, Terms};
use flashtag::domain::time::Millis;
use flashtag::verify::{Ending, Promise};

use super::credits::cash;
use super::reminders::tent;
use super::rules::{lamp, vase};
use super::story::*;

/// Two units of `kindle` in partition 0, one of the one-step offer `flash` in partition 1; `lamp` and `vase`
/// in partition 2 use every optional rule, `cash` in partition 3 gives credits, and `tent` in partition 4 has reminders.
pub(crate) fn genuine() -> Story {
    let mut story = Story::default();
    kindle(&mut story);
    flash(&mut story);
    lamp(&mut story);
    vase(&mut story);
    cash(&mut story);
    tent(&mut story);
    story
}

fn kindle(story: &mut Story) {
    let (ana, bob, cyd, dan, fay) = (id(0, 1), id(0, 2), id(0, 3), id(0, 4), id(0, 5));
    let offer = OfferNo(0);
    let record = |story: &mut Story, sec, events, effects| story.record_decision(0, sec, events, effects);
    record(story, 0, vec![added(0, terms("kindle", 2))], vec![]);
    record(story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
    record(story, 100, vec![reserved(ana, "ana", 100)], vec![reply(ana, "ana", Outcome::Reserved)]);
    record(story, 101, vec![reserved(bob, "bob", 101)], vec![reply(bob, "bob", Outcome::Reserved)]);
    // 5
    let waiting = reply_in_line(0, "cyd", Outcome::Waitlisted);
    record(story, 102, vec![waitlisted(0, "cyd", 102, 1)], vec![waiting]);
    let waiting = reply_in_line(0, "dan", Outcome::Waitlisted);
    record(story, 103, vec![waitlisted(0, "dan", 103, 2)], vec![waiting]);
    let prompt = post("the-prompt");
    let prompted = Event::Prompted { id: ana, key: key("0/3/0"), prompt, deadline: at(1005) };
    record(story, 110, vec![prompted], vec![]);
    record(story, 120, vec![ahead(0, "cyd", 1)], vec![]);
    let confirm = confirmed(ana, "ana", Way::Post);
    record(story, 200, vec![confirm], vec![Effect::Authorize(payment(ana, "ana"))]);
    // 10
    record(story, 201, vec![authorized(ana, "0/9/0")], vec![Effect::Capture(payment(ana, "ana"))]);
    record(story, 202, vec![sold(ana, "ana", "0/10/0")], thanks(ana, "ana"));
    record(story, 210, vec![parked(0, "eve", 210)], vec![]);
    let events = vec![released(bob, "bob"), promoted(cyd, "cyd", 220), confirmed(cyd, "cyd", Way::Waiting)];
    let effects = vec![reply(bob, "bob", Outcome::Released), Effect::Authorize(payment(cyd, "cyd"))];
    record(story, 220, events, effects);
    let events = vec![declined(cyd, "cyd", "0/13/1"), promoted(dan, "dan", 225)];
    let effects = vec![reply(cyd, "cyd", Outcome::Declined), reply(dan, "dan", Outcome::Promoted)];
    record(story, 225, events, effects);
    // 15
    let ended = Event::ParkingEnded { offer, account: account("eve"), post: post("eve-confirms") };
    record(story, 240, vec![ended], vec![]);
    let keys = ["0/2/0", "0/4/0", "0/5/0", "0/6/0", "0/11/0"].map(key).to_vec();
    record(story, 250, vec![Event::Delivered(keys.into())], vec![]);
    record(story, 1275, vec![expired(dan, "dan")], vec![reply(dan, "dan", Outcome::Expired)]);
    // A relay tells of both posts of fay.
    record(story, 1300, vec![parked(0, "fay", 1300), heard(0, "fay")], vec![]);
    let mut events = vec![reserved(fay, "fay", 1310), confirmed(fay, "fay", Way::Parked)];
    claim_of(&mut events[0]).posted_at = at(1298);
    claim_of(&mut events[0]).cid = Some(cid("fay-claims"));
    let posts = ["fay-claims", "fay-confirms"].map(heard_post).to_vec();
    let heard = Some(Box::new(HeardPosts { posts, until: at(2360) }));
    record(story, 1310, events, vec![Effect::Authorize(Payment { heard, ..payment(fay, "fay") })]);
    // 20
    let waiting = reply_in_line(0, "gil", Outcome::Waitlisted);
    record(story, 1311, vec![waitlisted(0, "gil", 1311, 1)], vec![waiting]);
    record(story, 1312, vec![authorized(fay, "0/19/0")], vec![Effect::Capture(payment(fay, "fay"))]);
    let mut effects = thanks(fay, "fay");
    effects.push(announce(0, Announcement::SoldOut));
    record(story, 1313, vec![sold(fay, "fay", "0/21/0"), Event::OfferSoldOut { offer }], effects);
    let dead = Event::DeadLettered { key: key("0/11/1"), reason: "mailbox full".into() };
    record(story, 1320, vec![dead], vec![]);
    let dismissed = Event::LineEnded { offer, account: account("gil"), units: 1 };
    let effects = vec![announce(0, Announcement::Closing), reply_in_line(0, "gil", Outcome::SoldOut)];
    record(story, 5030, vec![Event::OfferClosed { offer }, dismissed], effects);

    story.pay("authorize", "0/9/0", "kindle.1", "ana", true);
    story.pay("authorize", "0/9/0", "kindle.1", "ana", false); // asked again, answered from memory
    story.pay("capture", "0/10/0", "kindle.1", "ana", true);
    story.pay("authorize", "0/13/1", "kindle.3", "cyd", false);
    story.pay("authorize", "0/19/0", "kindle.5", "fay", true);
    story.pay("capture", "0/21/0", "kindle.5", "fay", true);
}

fn flash(story: &mut Story) {
    let (hal, ivy) = (id(0, 1), id(0, 2));
    let offer = OfferNo(0);
    let mut agreed = terms("flash", 1);
    agreed.confirm_within = Millis::ZERO;
    agreed.prompt_patience = Millis::from_secs(1020);
    let regions = [("US-NY", "8.875%"), ("US-OR", "0%")];
    agreed.tax = Tax::ByRegion(regions.map(|(region, rate)| (region.into(), rate.parse().unwrap())).into());
    let record = |story: &mut Story, sec, events, effects| story.record_decision(1, sec, events, effects);
    record(story, 0, vec![added(0, agreed)], vec![]);
    record(story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
    let events = vec![reserved(hal, "hal", 70), confirmed(hal, "hal", Way::OneStep)];
    record(story, 70, events, vec![Effect::Authorize(payment(hal, "hal"))]);
    let waiting = reply_in_line(0, "ivy", Outcome::Waitlisted);
    record(story, 71, vec![waitlisted(0, "ivy", 71, 1)], vec![waiting]);
    // 5
    record(story, 72, vec![authorized(hal, "1/3/0")], vec![Effect::Capture(payment(hal, "hal"))]);
    let at_once = Event::Confirmed {
        id: ivy,
        account: account("ivy"),
        post: post("ivy-claims"),
        units: 1,
        way: Way::Waiting,
    };
    let events = vec![declined(hal, "hal", "1/5/0"), promoted(ivy, "ivy", 73), at_once];
    let void = Effect::Void(payment(hal, "hal"));
    let authorize = Effect::Authorize(payment(ivy, "ivy"));
    record(story, 73, events, vec![reply(hal, "hal", Outcome::Declined), void, authorize]);
    record(story, 74, vec![authorized(ivy, "1/6/2")], vec![Effect::Capture(payment(ivy, "ivy"))]);
    let events = vec![sold(ivy, "ivy", "1/7/0"), Event::OfferSoldOut { offer }];
    let mut effects = thanks(ivy, "ivy");
    effects.push(announce(0, Announcement::SoldOut));
    record(story, 75, events, effects);

    story.pay("authorize", "1/3/0", "flash.1", "hal", true);
    story.pay("capture", "1/5/0", "flash.1", "hal", false);
    story.pay("void", "1/6/1", "flash.1", "hal", true);
    story.pay("authorize", "1/6/2", "flash.2", "ivy", true);
    story.pay("capture", "1/7/0", "flash.2", "ivy", true);
}

#[test]
fn a_genuine_history_keeps_every_promise() {
    let report = genuine().report(Ending::Strict, true);
    assert!(report.passed(), "{report}");
    assert_eq!(report.lines.len(), Promise::ALL.len());
    for line in &report.lines {
        assert!(line.kept() && line.checked > 0, "{line}");
    }
    let captured: Vec<_> = report.offers.iter().map(ToString::to_string).collect();
    let expected = [
        "offer kindle: 2 units, 0 available, 0 reserved, 2 sold, 0 waiting, 326.60 USD captured",
        "offer flash: 1 units, 0 available, 0 reserved, 1 sold, 0 waiting, 163.30 USD captured",
        "offer lamp: 2 units, 1 available, 0 reserved, 1 sold, 0 waiting, 163.30 USD captured",
        "offer vase: 1 units, 0 available, 0 reserved, 1 sold, 0 waiting, 163.30 USD captured",
        "offer tent: 2 units, 2 available, 0 reserved, 0 sold, 0 waiting, 0.00 USD captured",
    ];
    assert_eq!(captured, expected);
    let credits: Vec<_> = report.credits.iter().map(ToString::to_string).collect();
    let expected = "offer cash: 2 of 2 cards enrolled, 3 credits, 32.50 USD credited, 20.00 USD taken back";
    assert_eq!(credits, [expected]);
    assert_eq!(report.warnings, ["partition 0 record 23: effect 0/11/1 is a dead letter: mailbox full"]);
}

#[test]
fn without_a_ledger_its_promises_are_not_checked() {
    let report = genuine().report(Ending::Strict, false);
    assert!(report.passed());
    let skipped: Vec<_> = report.lines.iter().filter(|line| !line.kept()).map(|line| line.name).collect();
    let expected = [
        "never_oversold",
        "no_money_without_effect",
        "never_charged_twice",
        "sold_is_captured",
        "declined_is_not_captured",
        "refunded_once",
        "taken_back_is_let_go",
        "credited_once",
    ];
    assert_eq!(skipped, expected);
    let text = report.to_string();
    assert!(text.contains("no ledger: not checked"), "{text}");
    assert!(text.ends_with("49 promises kept, 0 violated, 8 not checked\n"), "{text}");
}

#[test]
fn a_unit_withdrawn_later_could_be_sold_before() {
    // Three lamps, two of them sold and refunded; then two are withdrawn, and none is added.
    let mut story = genuine();
    story.records.retain(|(partition, sequence, _)| *partition != 2 || *sequence <= 17);
    story.ledger.retain(|entry| !entry.order.starts_with("vase"));
    let report = story.report(Ending::Open, true);
    assert!(report.passed(), "{report}");
    let lamp = report.offers.iter().find(|sum| sum.offer.as_str() == "lamp").unwrap();
    assert_eq!((lamp.allotment, lamp.sold), (1, 1));
}

/// A history of an offer whose closing names the last second of a minute, by this release or by an earlier one, which
/// took no claims within that second.
#[test]
fn a_sale_may_close_at_the_beginning_or_at_the_end_of_its_last_second() {
    // Columns: the post's seconds and milliseconds after the named closing, when the sale closed, whether it may.
    let table = [
        (0, 0, 6000, true),
        (0, 999, 6000, true),
        (1, 0, 6000, false),
        (0, 0, 5999, true),
        (0, 0, 5998, false),
    ];
    for (secs, ms, closed, may) in table {
        let mut story = Story::default();
        let (offer, who) = (OfferNo(0), id(0, 1));
        let named = at(5999);
        let terms = Terms { closes: named.into(), late_grace: Millis::from_secs(30), ..terms("kindle", 1) };
        let record = |story: &mut Story, sec, events, effects| story.record_decision(0, sec, events, effects);
        record(&mut story, 0, vec![added(0, terms)], vec![]);
        record(&mut story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
        if closed >= 6000 {
            let mut reservation = reserved(who, "ana", 6000);
            claim_of(&mut reservation).posted_at = named.plus(Millis::from_ms(secs * 1000 + ms));
            record(&mut story, 6000, vec![reservation], vec![reply(who, "ana", Outcome::Reserved)]);
        }
        record(
            &mut story,
            closed,
            vec![Event::OfferClosed { offer }],
            vec![announce(0, Announcement::Closing)],
        );
        let report = story.report(Ending::Open, false);
        assert_eq!(report.passed(), may, "{secs}.{ms} closed at {closed}: {report}");
    }
}

#[test]
fn records_of_partitions_may_alternate() {
    let mut story = genuine();
    story.records.sort_by_key(|(partition, sequence, _)| (*sequence, *partition));
    assert!(story.report(Ending::Strict, true).passed());
}

#[test]
fn each_promise_has_one_line_in_the_report() {
    let text = genuine().report(Ending::Open, true).to_string();
    for promise in Promise::ALL {
        let lines = text.lines().filter(|line| line.starts_with(&format!("ok  {} ", promise.name())));
        assert_eq!(lines.count(), 1, "{}", promise.name());
    }
    assert!(text.contains("available + reserved + sold = allotment, each >= 0   ["), "{text}");
}
