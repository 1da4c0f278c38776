//! Prompts and places in line: item, price, deadline and estimate.

use std::collections::BTreeSet;

use flashtag::domain::effect::{About, ReplyRequest};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::words::{Subject, Words};

use super::super::{at, reply_request, terms, words};
use super::{MINUTE, assert_replies, line, money, refusal};

#[test]
fn a_prompt_names_the_item_the_deadline_and_the_price() {
    let terms = terms();
    let prompt =
        |outcome| ReplyRequest { deadline: Some(at(15 * MINUTE)), ..reply_request(outcome, Some(17)) };
    let two = ReplyRequest { units: 2, amount: Some(money("299.98 USD")), ..prompt(Outcome::Reserved) };
    let part =
        ReplyRequest { place: Some(4), about: Some(About::Rest { units: 2 }), ..prompt(Outcome::Reserved) };
    assert_replies(
        &Subject::from(&terms),
        &[
            (
                prompt(Outcome::Reserved),
                "Yours for now: Kindle Fire HD. Reply #ConfirmKindleFireHD by 12:15 EST to buy for 149.99 USD.",
            ),
            (
                two,
                "Yours for now: 2 x Kindle Fire HD. Reply #ConfirmKindleFireHD by 12:15 EST to buy for 299.98 USD.",
            ),
            (
                part,
                "Yours for now: 1 of 3 x Kindle Fire HD. Reply #ConfirmKindleFireHD by 12:15 EST to buy for \
                 149.99 USD. The other 2 wait at place 4 in line.",
            ),
            (
                prompt(Outcome::Promoted),
                "Your turn! Yours for now: Kindle Fire HD. Reply #ConfirmKindleFireHD by 12:15 EST to buy for \
                 149.99 USD.",
            ),
            (
                ReplyRequest { deadline: None, ..prompt(Outcome::Reserved) },
                "Yours for now: Kindle Fire HD. Reply #ConfirmKindleFireHD within 15 minutes to buy for 149.99 USD.",
            ),
        ],
    );
}

#[test]
fn a_waiter_gets_the_place_and_an_estimate() {
    let draw = ReplyRequest {
        about: Some(About::Draw { at: at(30 * MINUTE + 30_000) }),
        ..refusal(Outcome::Waitlisted)
    };
    assert_replies(
        &Subject::from(&terms()),
        &[
            (
                line(Outcome::Waitlisted, 3, Some(14)),
                "You are number 7 in line for Kindle Fire HD. 3 reservations are open ahead of you; a unit may \
                 come back at 12:14 EST or before. We reply when it is your turn.",
            ),
            (
                ReplyRequest { units: 2, ..line(Outcome::Waitlisted, 1, None) },
                "You are number 7 in line for 2 x Kindle Fire HD. 1 reservation is open ahead of you. We reply \
                 when it is your turn.",
            ),
            (
                line(Outcome::Waitlisted, 0, None),
                "You are number 7 in line for Kindle Fire HD. We reply when it is your turn.",
            ),
            (
                refusal(Outcome::Waitlisted),
                "You are in line for Kindle Fire HD. We reply when it is your turn.",
            ),
            (
                draw,
                "You are in the draw for Kindle Fire HD. Lots are drawn at 12:30:30 EST, and we reply if one of \
                 them is yours.",
            ),
            (
                line(Outcome::AlreadyWaiting, 2, Some(14)),
                "You are in line for Kindle Fire HD already, as number 7. 2 reservations are open ahead of you; \
                 a unit may come back at 12:14 EST or before. No need to post again: we reply when it is your \
                 turn.",
            ),
            (
                refusal(Outcome::AlreadyWaiting),
                "You are in line for Kindle Fire HD already. No need to post again: we reply when it is your turn.",
            ),
        ],
    );
}

#[test]
fn prompts_name_the_deadline_in_the_shops_time_zone() {
    // The zone, the time of rendering, the deadline, the window in seconds, the expected text.
    let table = [
        ("UTC", 0, 15 * MINUTE, 900, "by 17:15 UTC to"),
        ("America/New_York", 0, 15 * MINUTE, 900, "by 12:15 EST to"),
        ("Asia/Tokyo", 0, 15 * MINUTE, 900, "by 02:15 JST to"),
        ("Europe/Berlin", 0, 600 * MINUTE, 36_000, "by 14 Feb, 04:00 CET to"),
        // Daylight saving time: 14 July 2013.
        ("America/New_York", 151 * 1440 * MINUTE, (151 * 1440 + 15) * MINUTE, 900, "by 13:15 EDT to"),
        // A window of seconds.
        ("UTC", 0, 5_500, 5, "by 17:00:05 UTC to"),
        // Rendered half a minute late, while the window still waits for the prompt: it starts when the prompt
        // leaves.
        ("UTC", 30_000, 5_000, 5, "by 17:00:35 UTC to"),
        // Rendered after the window has stopped waiting.
        ("UTC", 90_000, 5_000, 5, "by 17:01:05 UTC to"),
    ];
    for (zone, told_at, deadline, window, text) in table {
        let terms = Terms { confirm_within: Millis::from_secs(window), ..terms() };
        let prompt =
            ReplyRequest { deadline: Some(at(deadline)), ..reply_request(Outcome::Reserved, Some(17)) };
        let reply = Words::new("Shop", zone).unwrap().reply(&prompt, &terms, at(told_at)).unwrap();
        assert!(reply.contains(text), "{text:?} is not in {reply:?}");
    }
    assert!(Words::new("Shop", "Mars/Olympus").is_err());
}

#[test]
fn prompts_of_one_offer_differ_from_minute_to_minute() {
    let prompts: BTreeSet<String> = (0..60)
        .map(|minute| {
            let deadline = Some(at((15 + minute) * MINUTE));
            let prompt = ReplyRequest { deadline, ..reply_request(Outcome::Reserved, Some(17)) };
            words().reply(&prompt, &terms(), at(minute * MINUTE)).unwrap()
        })
        .collect();
    assert_eq!(prompts.len(), 60, "a network drops repeated texts");
}
