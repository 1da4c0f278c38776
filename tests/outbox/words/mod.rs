//! The texts of each outcome, by channel and time.

mod letters;
mod networks;
mod orders;
mod prompts;
mod refusals;

use flashtag::domain::effect::{About, Announcement, CardUse, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network};
use flashtag::domain::money::Money;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::transaction::TransactionId;
use flashtag::outbox::attempt::Attempt;
use flashtag::outbox::effect_line::EffectLine;
use flashtag::text::network::{Capabilities, Deliveries, Delivers};
use flashtag::words::Subject;

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
