//! The texts of each outcome, by channel and time.

use std::collections::BTreeSet;

use flashtag::domain::effect::{About, Announcement, CardUse, Effect, ReplyRequest};
use flashtag::domain::heard_posts::Unattested;
use flashtag::domain::id::{Account, Network};
use flashtag::domain::money::Money;
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::domain::transaction::TransactionId;
use flashtag::outbox::attempt::Attempt;
use flashtag::outbox::effect_line::EffectLine;
use flashtag::text::length::characters;
use flashtag::text::network::{Capabilities, Deliveries, Delivers};
use flashtag::words::{Subject, Words};

use super::{announce, at, attempt, email, payment, reply_request, terms, words};

/// Outcomes without a reply: the post is not the author's own, or needs none.
pub(super) const SILENT: &[Outcome] = &[
    Outcome::Repost,
    Outcome::ManualRepost,
    Outcome::Quoted,
    Outcome::OwnPost,
    Outcome::Edited,
    Outcome::Duplicate,
    Outcome::Stale,
    Outcome::Future,
    Outcome::OptedOut,
    Outcome::OptedIn,
    Outcome::Overloaded,
    Outcome::NotRelevant,
    Outcome::Unreadable,
];

const MINUTE: i64 = 60_000;

/// An offer of statement credits.
pub(super) fn credit() -> Subject {
    Subject {
        title: "Small Business Saturday".into(),
        buy: None,
        confirm: None,
        cancel: None,
        enroll: Some("AmexSmallBiz".into()),
        price: None,
        confirm_within: None,
        limit: None,
        reward: Some("25.00 USD".into()),
        min_spend: Some(money("25.00 USD")),
        uses_per_card: Some(3),
        valid_until: Some(at(10 * 1440 * MINUTE)),
        ..Subject::from(&terms())
    }
}

pub(super) fn purchase(uses_left: u32) -> Option<About> {
    Some(About::Purchase(Box::new(CardUse {
        transaction: TransactionId::parse("t-1").unwrap(),
        merchant: "m-100".into(),
        amount: money("31.20 USD"),
        uses_left,
    })))
}

fn money(amount: &str) -> Money {
    amount.parse().unwrap()
}

/// A refusal: a reply without an order.
fn refusal(outcome: Outcome) -> ReplyRequest {
    ReplyRequest { amount: None, ..reply_request(outcome, None) }
}

fn line(outcome: Outcome, reserved: u32, earliest: Option<i64>) -> ReplyRequest {
    let earliest = earliest.map(|minutes| at(minutes * MINUTE));
    ReplyRequest { place: Some(7), about: Some(About::Line { reserved, earliest }), ..refusal(outcome) }
}

/// Compares each reply, rendered at noon in New York, with the expected text.
fn assert_replies(subject: &Subject, table: &[(ReplyRequest, &str)]) {
    for (request, text) in table {
        assert_eq!(words().reply(request, subject.clone(), at(0)).as_deref(), Some(*text), "{request:?}");
    }
}

#[test]
fn every_outcome_has_a_text_or_no_reply() {
    for &outcome in Outcome::ALL {
        for subject in [Subject::from(&terms()), credit()] {
            let request =
                ReplyRequest { deadline: Some(at(15 * MINUTE)), ..reply_request(outcome, Some(17)) };
            let reply = words().reply(&request, subject.clone(), at(0));
            assert_eq!(reply.is_none(), SILENT.contains(&outcome), "{outcome}");
            let letter = words().letter(&request, subject.clone(), at(0));
            for part in [&letter.subject, &letter.text, &letter.html] {
                assert!(part.contains(&*subject.title), "{outcome}: {part}");
            }
            assert!(reply.is_none_or(|text| !text.contains('_') && text.ends_with(['.', '!'])), "{outcome}");
        }
    }
}

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
fn every_outcome_of_an_order_has_a_reply() {
    let request = |outcome| reply_request(outcome, Some(17));
    let unattested = |why| ReplyRequest { about: Some(About::Unattested(why)), ..request(Outcome::Declined) };
    let two = ReplyRequest { units: 2, amount: Some(money("326.60 USD")), ..request(Outcome::Sold) };
    assert_replies(
        &Subject::from(&terms()),
        &[
            (
                request(Outcome::Confirmed),
                "Thank you! Your order of Kindle Fire HD is placed, and 149.99 USD goes to your card. We reply \
                 once more when that is done.",
            ),
            (
                request(Outcome::Sold),
                "It is yours: Kindle Fire HD for 149.99 USD. Order kindle-fire-hd.17; the details are in your \
                 mail. Thank you!",
            ),
            (
                two,
                "It is yours: 2 x Kindle Fire HD for 326.60 USD. Order kindle-fire-hd.17; the details are in \
                 your mail. Thank you!",
            ),
            (
                request(Outcome::Declined),
                "Sorry, your card was declined, so the order of Kindle Fire HD is off. Nothing was charged. Check \
                 your card, then reply #BuyKindleFireHD to try again.",
            ),
            (
                unattested(Unattested::Gone),
                "Sorry, your account's server does not have your post as it reached us, so the order of Kindle Fire \
                 HD is off. Nothing was charged. Reply #BuyKindleFireHD to try again.",
            ),
            (
                unattested(Unattested::Differs),
                "Sorry, your account's server does not have your post as it reached us, so the order of Kindle Fire \
                 HD is off. Nothing was charged. Reply #BuyKindleFireHD to try again.",
            ),
            (
                unattested(Unattested::Unreachable),
                "Sorry, your account's server did not show us your post in time, so the order of Kindle Fire HD is \
                 off. Nothing was charged. Reply #BuyKindleFireHD to try again.",
            ),
            (
                request(Outcome::Expired),
                "Your time to confirm Kindle Fire HD is over. Nothing was charged. Still want it? Reply \
                 #BuyKindleFireHD again, in any words.",
            ),
            (
                ReplyRequest { about: Some(About::HandedOn), ..request(Outcome::Expired) },
                "Your time to confirm Kindle Fire HD is over, so it went to the next in line. Nothing was \
                 charged. Still want it? Reply #BuyKindleFireHD again, in any words.",
            ),
            (
                ReplyRequest {
                    place: Some(3),
                    about: Some(About::Rest { units: 1 }),
                    ..request(Outcome::Confirmed)
                },
                "Thank you! Your order of 1 of 2 x Kindle Fire HD is placed, and 149.99 USD goes to your card. \
                 The other 1 waits at place 3 in line. We reply when it is your turn.",
            ),
            (
                ReplyRequest { about: Some(About::LineOver), ..request(Outcome::SoldOut) },
                "The sale of Kindle Fire HD is over, and no unit is left for you. Sorry that your wait was in \
                 vain; nothing was charged for it.",
            ),
            (
                ReplyRequest { about: Some(About::UnderWay), ..request(Outcome::AlreadyReserved) },
                "You ordered Kindle Fire HD already, and your order is under way. There is nothing more to do: \
                 we reply once more when it is done.",
            ),
            (
                ReplyRequest { about: Some(About::UnderWay), ..request(Outcome::NothingToConfirm) },
                "Your order of Kindle Fire HD is placed and under way. There is nothing more to do: we reply \
                 once more when it is done.",
            ),
            (
                ReplyRequest { about: Some(About::Bought), ..request(Outcome::NothingToConfirm) },
                "You bought Kindle Fire HD already, and that order is done. There is nothing else to confirm or \
                 to cancel.",
            ),
            (
                request(Outcome::Released),
                "You passed on Kindle Fire HD. Nothing was charged. Changed your mind? Reply #BuyKindleFireHD \
                 again, in any words.",
            ),
            (
                reply_request(Outcome::Released, None),
                "You left the line for Kindle Fire HD. Nothing was charged. Changed your mind? Reply \
                 #BuyKindleFireHD again, in any words.",
            ),
            (
                request(Outcome::Refunded),
                "149.99 USD for Kindle Fire HD is on its way back to your card. Banks can take a few days to \
                 show it. Order kindle-fire-hd.17 is closed.",
            ),
        ],
    );
    let rules = Rules { take_back: Some(Millis::from_secs(1800)), ..Rules::default() };
    assert_replies(
        &Subject::from(&Terms { rules, ..terms() }),
        &[(
            request(Outcome::Sold),
            "It is yours: Kindle Fire HD for 149.99 USD. Order kindle-fire-hd.17; the details are in your mail. \
             Changed your mind? Reply #CancelKindleFireHD within 30 minutes of confirming. Thank you!",
        )],
    );
}

#[test]
fn after_the_end_of_a_sale_nobody_is_asked_to_post_again() {
    let table = [
        (
            refusal(Outcome::Closed),
            "The sale of Kindle Fire HD is over; it ended at 12:00 EST. Thank you for asking!",
        ),
        (
            reply_request(Outcome::Expired, Some(17)),
            "Your time to confirm Kindle Fire HD is over. Nothing was charged. The sale is over by now.",
        ),
        (reply_request(Outcome::Released, Some(17)), "You passed on Kindle Fire HD. Nothing was charged."),
        (
            refusal(Outcome::ConfirmLate),
            "Your confirmation of Kindle Fire HD came after its time. Nothing was charged. The sale is over by \
             now.",
        ),
        (
            reply_request(Outcome::Declined, Some(17)),
            "Sorry, your card was declined, so the order of Kindle Fire HD is off. Nothing was charged. The sale \
             is over by now.",
        ),
        (refusal(Outcome::NothingToConfirm), "We found no reservation of Kindle Fire HD for you just now."),
    ];
    let subject = Subject::from(&terms());
    for (request, text) in table {
        let reply = words().reply(&request, subject.clone(), subject.closes);
        assert_eq!(reply.as_deref(), Some(text), "{request:?}");
        if request.outcome != Outcome::Closed {
            let early = ReplyRequest { about: Some(About::EndedEarly), ..request };
            let reply = words().reply(&early, subject.clone(), subject.opens);
            assert_eq!(reply.as_deref(), Some(text), "{early:?}");
        }
    }
    let letter = words().letter(&reply_request(Outcome::Declined, Some(17)), subject.clone(), subject.closes);
    assert!(!letter.text.contains("#BuyKindleFireHD") && !letter.html.contains("#BuyKindleFireHD"));
}

#[test]
fn a_refusal_names_the_reason_and_the_next_step() {
    let rules = Rules {
        spend_cap: Some(money("500.00 USD")),
        account_age: Some(Millis::from_secs(30 * 86_400)),
        ..Rules::default()
    };
    let table = [
        (
            Outcome::NotLinked,
            "Nice that you are here! To buy Kindle Fire HD, first link your card on our page, then reply \
             #BuyKindleFireHD again, in any words.",
        ),
        (
            Outcome::CardIneligible,
            "Sorry, the card that you linked cannot be used for Kindle Fire HD. Link another one on our page, \
             then reply #BuyKindleFireHD again, in any words.",
        ),
        (
            Outcome::NotOpen,
            "Kindle Fire HD goes on sale at 12:00 EST. Reply #BuyKindleFireHD then, in any words.",
        ),
        (
            Outcome::Closed,
            "The sale of Kindle Fire HD is over; it ended before its time. Thank you for asking!",
        ),
        (
            Outcome::Paused,
            "Kindle Fire HD is paused for now. Nothing is lost: reply #BuyKindleFireHD again a little later, in \
             any words.",
        ),
        (
            Outcome::SoldOut,
            "Kindle Fire HD is sold out. Sorry that it was not enough for you this time. If units come back, we \
             tell it here at once.",
        ),
        (
            Outcome::FullyReserved,
            "All of Kindle Fire HD is reserved just now. Some may come back: reply #BuyKindleFireHD again in a \
             few minutes, in any words.",
        ),
        (
            Outcome::LimitReached,
            "That is more of Kindle Fire HD than you may buy: 2 for each account, with what you bought.",
        ),
        (
            Outcome::AlreadyReserved,
            "Kindle Fire HD is reserved for you already. To buy it, reply #ConfirmKindleFireHD before your time \
             is over.",
        ),
        (
            Outcome::NothingToConfirm,
            "We found no reservation of Kindle Fire HD for you just now. To ask for one, reply #BuyKindleFireHD.",
        ),
        (
            Outcome::ConfirmLate,
            "Your confirmation of Kindle Fire HD came after its time. Nothing was charged. Still want it? Reply #BuyKindleFireHD again, in any words.",
        ),
        (
            Outcome::LookAlikeTag,
            "Careful, that tag only looks like ours. To buy Kindle Fire HD, reply #BuyKindleFireHD.",
        ),
        (
            Outcome::RateLimited,
            "That was a lot of posts at once, so this one did not count for Kindle Fire HD. Take a breath, then \
             reply #BuyKindleFireHD again, in any words.",
        ),
        (
            Outcome::SpendCap,
            "Kindle Fire HD would take you over the 500.00 USD that you may spend with us in one day. Reply \
             #BuyKindleFireHD again tomorrow.",
        ),
        (
            Outcome::Frozen,
            "Your account is frozen, as it was asked to be, so Kindle Fire HD is not for it just now. Unfreeze \
             it where you linked your card, then reply #BuyKindleFireHD again.",
        ),
        (Outcome::AccountTooNew, "Sorry, Kindle Fire HD is for accounts that are at least 30 days old."),
    ];
    let terms = Terms { rules, ..terms() };
    assert_replies(&Subject::from(&terms), &table.map(|(outcome, text)| (refusal(outcome), text)));
}

#[test]
fn a_letter_says_whether_a_purchase_counted_and_why_not() {
    let request = |outcome, amount: Option<&str>, uses_left| ReplyRequest {
        amount: amount.map(money),
        about: purchase(uses_left),
        ..reply_request(outcome, None)
    };
    assert_replies(
        &credit(),
        &[
            (
                refusal(Outcome::Enrolled),
                "You are in: Small Business Saturday. Pay with your linked card, 25.00 USD or more, by 23 Feb, \
                 12:00 EST and get 25.00 USD back on your statement. It counts up to 3 times.",
            ),
            (
                refusal(Outcome::AlreadyEnrolled),
                "Your card is in already: Small Business Saturday. Just pay with it, 25.00 USD or more, by 23 \
                 Feb, 12:00 EST; there is nothing else to do.",
            ),
            (
                request(Outcome::Credited, Some("25.00 USD"), 1),
                "This purchase counted: 25.00 USD back on your statement, for 31.20 USD at m-100. 1 use of Small \
                 Business Saturday left.",
            ),
            (
                request(Outcome::Credited, Some("25.00 USD"), 0),
                "This purchase counted: 25.00 USD back on your statement, for 31.20 USD at m-100. That was your \
                 last use of Small Business Saturday.",
            ),
            (
                request(Outcome::BelowMinimum, None, 2),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because it is \
                 below the minimum of 25.00 USD. 2 uses left.",
            ),
            (
                request(Outcome::NotEnrolled, None, 3),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because your card \
                 was not enrolled when it was made. Not enrolled yet? Reply to our post with #AmexSmallBiz.",
            ),
            (
                request(Outcome::WrongCurrency, None, 1),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because it was \
                 paid in another currency than USD. 1 use left.",
            ),
            (
                request(Outcome::LimitReached, None, 0),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because every use \
                 on your card is taken.",
            ),
            (
                request(Outcome::Closed, None, 1),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because it was \
                 made when the offer was over.",
            ),
            (
                request(Outcome::NotOpen, None, 1),
                "Your purchase of 31.20 USD at m-100 did not count for Small Business Saturday, because it was \
                 made before the offer began.",
            ),
            (
                request(Outcome::CreditReversed, Some("12.50 USD"), 1),
                "Your purchase at m-100 was refunded, so we took back 12.50 USD of your credit from Small \
                 Business Saturday.",
            ),
            (
                refusal(Outcome::NotLinked),
                "Nice that you are here! To join Small Business Saturday, first link your card on our page, then \
                 reply #AmexSmallBiz again, in any words.",
            ),
            (
                refusal(Outcome::LimitReached),
                "All places in Small Business Saturday are taken. Sorry that it was not enough for you this time.",
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

#[test]
fn the_letter_of_a_sale_names_item_units_and_amount() {
    let two = ReplyRequest {
        units: 2,
        amount: Some(money("326.60 USD")),
        ..reply_request(Outcome::Sold, Some(17))
    };
    let letter = words().letter(&two, &terms(), at(0));
    assert_eq!(letter.subject, "Your order of 2 x Kindle Fire HD");
    assert_eq!(
        letter.text,
        "Thank you for your order. It is yours: 2 x Kindle Fire HD.\n\
         We charged your card 326.60 USD.\n\
         \n\
         Item      Kindle Fire HD\n\
         Quantity  2\n\
         Total     326.60 USD\n\
         Order     kindle-fire-hd.17\n\
         \n\
         Terms: https://shop.example/terms/kindle\n"
    );
    for shown in [
        "<!doctype html>",
        "Kindle Shop",
        "2 x Kindle Fire HD",
        "<strong>326.60 USD</strong>",
        "kindle-fire-hd.17",
        "href=\"https://shop.example/terms/kindle\"",
    ] {
        assert!(letter.html.contains(shown), "no {shown:?} in {}", letter.html);
    }
}

#[test]
fn a_prompting_letter_has_a_button_or_the_tag() {
    let prompt =
        ReplyRequest { deadline: Some(at(15 * MINUTE)), ..reply_request(Outcome::Promoted, Some(17)) };
    let tag_only = words().letter(&prompt, &terms(), at(0));
    assert_eq!(tag_only.subject, "Your turn: Kindle Fire HD, until 12:15 EST");
    assert!(
        tag_only.text.contains("To buy, reply to our post with #ConfirmKindleFireHD by 12:15 EST.\n"),
        "{}",
        tag_only.text
    );
    assert!(
        tag_only.html.contains("Reply to our post with #ConfirmKindleFireHD")
            && !tag_only.html.contains("Confirm and buy")
    );

    let signer = |id: flashtag::domain::id::ReservationId,
                  account: &_,
                  deadline: flashtag::domain::time::Timestamp,
                  offer: &_| {
        Some(format!("https://shop.example/c?o={offer}&r={}&a={account}&d={}", id.ordinal, deadline.ms()))
    };
    let words = words().with_signer(Box::new(signer));
    let address = format!("https://shop.example/c?o=kindle-fire-hd&r=17&a=x:42&d={}", at(15 * MINUTE).ms());
    let letter = words.letter(&prompt, &terms(), at(0));
    assert!(letter.text.contains(&format!("by 12:15 EST:\n\n{address}\n\n")), "{}", letter.text);
    assert!(
        letter.html.contains(&format!("<a href=\"{}\"", address.replace('&', "&amp;"))),
        "{}",
        letter.html
    );
    assert!(letter.html.contains("Confirm and buy"));
    // Only a private letter has a link: replies are public, and here nothing is left to confirm.
    assert!(!words.reply(&prompt, &terms(), at(0)).unwrap().contains("https"));
    for outcome in [Outcome::Sold, Outcome::Expired, Outcome::Refunded] {
        let request = ReplyRequest { outcome, ..prompt.clone() };
        assert!(!words.letter(&request, &terms(), at(0)).text.contains("/c?"), "{outcome}");
    }
}

#[test]
fn a_reminder_says_what_waits_until_when_and_how_to_confirm() {
    let about = Some(About::Reminder);
    let deadline = Some(at(15 * MINUTE));
    let request = ReplyRequest { about, deadline, ..reply_request(Outcome::Reserved, Some(17)) };
    let signer = |_, _: &_, _, _: &_| Some("https://shop.example/c?r=17".to_owned());
    let letter = words().with_signer(Box::new(signer)).letter(&request, &terms(), at(0));
    assert_eq!(letter.subject, "Not confirmed yet: Kindle Fire HD, until 12:15 EST");
    assert_eq!(
        letter.text,
        "Kindle Fire HD is still reserved for you, for 149.99 USD in all, and you have not confirmed yet.\n\
         \n\
         To buy, open this address by 12:15 EST:\n\
         \n\
         https://shop.example/c?r=17\n\
         \n\
         Or reply to our post with #ConfirmKindleFireHD. Do nothing, and your reservation ends; nothing is charged then.\n\
         \n\
         Item      Kindle Fire HD\n\
         Quantity  1\n\
         Total     149.99 USD\n\
         Order     kindle-fire-hd.17\n\
         \n\
         Terms: https://shop.example/terms/kindle\n"
    );
    for shown in ["is still reserved for you", "<a href=\"https://shop.example/c?r=17\"", "Confirm and buy"] {
        assert!(letter.html.contains(shown), "no {shown:?} in {}", letter.html);
    }
}

#[test]
fn a_letter_without_its_own_template_repeats_the_reply() {
    for outcome in [Outcome::Expired, Outcome::SoldOut, Outcome::AccountTooNew] {
        let request = reply_request(outcome, Some(17));
        let reply = words().reply(&request, &terms(), at(0)).unwrap();
        let letter = words().letter(&request, &terms(), at(0));
        // An answer to an e-mail reaches nobody, so a letter says what is answered.
        let said = reply.replace("Reply #", "Reply to our post with #");
        assert!(letter.text.starts_with(&format!("{said}\n\n")), "{}", letter.text);
        assert!(letter.html.contains(&said), "{}", letter.html);
    }
}

#[test]
fn every_text_asks_for_what_the_shop_reads() {
    let mentions = Capabilities { fresh_post: Delivers::IfMentioned, ..Network::Mastodon.facts().delivers };
    let by_notifications = Deliveries::new(|_| mentions);
    // Whose account, what is read, what a reply asks for, and what a letter asks for.
    let table = [
        ("x:42", Deliveries::default(), "Reply #Buy", "Reply to our post with #Buy"),
        ("bluesky:did:plc:ana", Deliveries::default(), "Post #Buy", "Post #Buy"),
        ("mastodon:https://m.example/users/ana", Deliveries::default(), "Post #Buy", "Post #Buy"),
        (
            "mastodon:https://m.example/users/ana",
            by_notifications,
            "Reply #Buy",
            "Reply to our post with #Buy",
        ),
    ];
    for (account, deliveries, in_reply, in_letter) in table {
        let account: Account = account.parse().unwrap();
        let request = ReplyRequest { account, ..reply_request(Outcome::Expired, Some(17)) };
        let words = words().with_deliveries(deliveries);
        let reply = words.reply(&request, &terms(), at(0)).unwrap();
        let letter = words.letter(&request, &terms(), at(0));
        assert!(reply.contains(in_reply), "{reply}");
        assert!(letter.text.contains(in_letter), "{}", letter.text);
        assert!(letter.html.contains(in_letter), "{}", letter.html);
    }
}

#[test]
fn amounts_are_equal_to_the_cent_in_every_text() {
    for amount in ["149.99 USD", "326.60 USD", "0.01 USD", "1000000.10 EUR", "1500 JPY", "1.234 KWD"] {
        for outcome in [Outcome::Sold, Outcome::Refunded, Outcome::Credited, Outcome::CreditReversed] {
            let request = ReplyRequest { amount: Some(money(amount)), ..reply_request(outcome, Some(17)) };
            let effect =
                attempt(12, Effect::Email { to: "ana@example.com".into(), request: request.clone() });
            let line = EffectLine::new(&effect, &terms().into(), at(0), &words(), Some("ana@example.com"));
            let reply = words().reply(&request, &terms(), at(0)).unwrap();
            let letter = words().letter(&request, &terms(), at(0));
            let payment = serde_json::to_value(line.amount).unwrap();
            assert_eq!(payment, amount);
            for text in [&reply, &letter.text, &letter.html] {
                assert!(text.contains(amount), "{outcome}, {amount}: {text}");
            }
        }
    }
}

#[test]
fn exported_lines_have_all_fields_and_null_where_none_applies() {
    let terms = terms().into();
    let line = |attempt: &Attempt| {
        serde_json::to_string(&EffectLine::new(attempt, &terms, at(1), &words(), Some("ana@example.com")))
            .unwrap()
    };
    let pay = || payment(17, "tok_1");
    let tail = r#""at":"2013-02-13T17:00:00.001Z"}"#;
    let head =
        |kind: &str| format!(r#"{{"kind":"{kind}","key":"0/12/0","offer":"kindle-fire-hd","account":"#);
    let table = [
        (
            Effect::Authorize(pay()),
            format!(r#"{}"x:42","to":"tok_1","amount":"149.99 USD","text":null,{tail}"#, head("authorize")),
        ),
        (
            Effect::Order(pay()),
            format!(r#"{}"x:42","to":"merchant","amount":"149.99 USD","text":null,{tail}"#, head("order")),
        ),
        (
            announce(Announcement::SoldOut),
            format!(
                r#"{}null,"to":"x","amount":null,"text":"Sold out: Kindle Fire HD. Every unit has found its buyer. Thank you!",{tail}"#,
                head("announce")
            ),
        ),
        (
            super::reply(Outcome::ConfirmLate, 17),
            format!(
                r##"{}"x:42","to":"x:5000001","amount":"149.99 USD","text":"Your confirmation of Kindle Fire HD came after its time. Nothing was charged. Still want it? Reply #BuyKindleFireHD again, in any words.",{tail}"##,
                head("reply")
            ),
        ),
    ];
    for (effect, expected) in table {
        assert_eq!(line(&attempt(12, effect)), expected);
    }
    assert!(
        line(&attempt(12, email())).contains(r#""to":"ana@example.com","amount":"149.99 USD","text":"Thank"#)
    );
}

/// On X a link costs twenty times a reply.
#[test]
fn a_reply_names_the_linking_page_where_links_are_free_or_paid_for() {
    let on = |network: Network, author: &str| ReplyRequest {
        account: Account::parse(network, author).unwrap(),
        ..refusal(Outcome::NotLinked)
    };
    let table = [
        (on(Network::X, "42"), false, "first link your card on our page, then reply #"),
        (on(Network::X, "42"), true, "first link your card at https://shop.example/link, then reply #"),
        (
            on(Network::Bluesky, "did:plc:ana"),
            false,
            "first link your card at https://shop.example/link, then post #",
        ),
    ];
    for (request, has_paid_links, expected) in table {
        let words = words().with_link_url(Some("https://shop.example/link")).with_paid_links(has_paid_links);
        let text = words.post_text(&Effect::Reply(request), &terms().into(), at(0)).unwrap();
        assert!(text.contains(expected), "{text}");
    }
}

/// X does not tell when a buyer deletes a post.
#[test]
fn nobody_is_told_to_delete_a_post_where_that_is_not_told() {
    let mut one_step = terms();
    one_step.confirm_within = Millis::ZERO;
    (one_step.tags.confirm, one_step.tags.cancel) = (None, None);
    let on = |network: Network, author: &str| {
        let account = Account::parse(network, author).unwrap();
        let request = ReplyRequest { account, place: Some(3), ..refusal(Outcome::Waitlisted) };
        words().post_text(&Effect::Reply(request), &one_step.clone().into(), at(0)).unwrap()
    };
    let (x, bluesky) = (on(Network::X, "42"), on(Network::Bluesky, "did:plc:ana"));
    assert!(x.ends_with("it is ordered and charged at once."), "{x}");
    assert!(bluesky.ends_with("charged at once; to leave the line before, delete your post."), "{bluesky}");
}

/// The servers of the shop's accounts tell how long a post may be there.
#[test]
fn on_a_server_with_shorter_posts_texts_are_shortened_and_say_the_same() {
    const NAME: usize = 64;
    let title = "The Northwind enamel kettle in forest green, 1.2 litres, with a lid of beech and a filter";
    let terms = Terms { title: title.into(), networks: vec![Network::Mastodon], ..terms() };
    let ana = Account::parse_linked(Network::Mastodon, "https://b.example/users/ana").unwrap();
    let prompt = ReplyRequest {
        account: ana,
        deadline: Some(at(15 * MINUTE)),
        ..reply_request(Outcome::Reserved, Some(1))
    };
    let opening = Effect::Announce {
        network: Network::Mastodon,
        offer: flashtag::domain::id::OfferNo(0),
        announcement: Announcement::Opening,
    };
    let words = words();
    // The server's limit, and whether the texts name the whole title, or its beginning.
    for (most, whole, beginning) in
        [(5_000, true, true), (500, true, true), (230, false, true), (140, false, false)]
    {
        words.lengths().learn(Network::Mastodon, "shop", most);
        let reply = words.reply(&prompt, &terms, at(0)).unwrap();
        let announcement = words.post_text(&opening, &Offering::from(terms.clone()), at(0)).unwrap();
        assert!(characters(&reply) + NAME <= most.min(500), "{most}: {reply}");
        assert!(characters(&announcement) <= most.min(500), "{most}: {announcement}");
        assert_eq!(announcement.contains(title), whole, "{announcement}");
        for fact in ["#BuyKindleFireHD", "149.99 USD", "Ends "] {
            assert!(announcement.contains(fact), "{most}: {announcement}");
        }
        if beginning {
            assert!(
                reply.contains("#ConfirmKindleFireHD") && reply.contains("The Northwind"),
                "{most}: {reply}"
            );
        }
    }
}
