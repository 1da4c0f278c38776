//! Letters: purchases that count, sales, prompts and reminders.

use flashtag::domain::effect::{About, ReplyRequest};
use flashtag::domain::outcome::Outcome;

use super::super::{at, reply_request, terms, words};
use super::{MINUTE, assert_replies, credit, money, purchase, refusal};

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
