//! The words: every outcome that is answered, whatever the offer is called.

use flashtag::domain::effect::{Effect, News, Notice};
use flashtag::domain::length::fits_x;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::Tax;
use flashtag::domain::time::Millis;
use flashtag::outbox::attempt::Attempt;
use flashtag::outbox::export::EffectLine;
use flashtag::outbox::words::{letter, reply};

use super::{announce, at, attempt, email, notice, payment, terms};

const SILENT: &[Outcome] = &[
    Outcome::Enrolled,
    Outcome::Credited,
    Outcome::CreditReversed,
    Outcome::AlreadyEnrolled,
    Outcome::Repost,
    Outcome::ManualRepost,
    Outcome::Quoted,
    Outcome::OwnPost,
    Outcome::Edited,
    Outcome::Duplicate,
    Outcome::Stale,
    Outcome::Future,
    Outcome::RateLimited,
    Outcome::OptedOut,
    Outcome::Overloaded,
    Outcome::NotRelevant,
    Outcome::AccountTooNew,
    Outcome::BelowMinimum,
    Outcome::NotEnrolled,
    Outcome::WrongCurrency,
    Outcome::OptedIn,
];

#[test]
fn every_reply_fits_a_post_with_the_longest_title_and_tags() {
    let mut terms = terms();
    let titles =
        ["Kindle Fire HD".to_owned(), "x".repeat(60), "本".repeat(60), "é\u{301}\u{302}".repeat(400)];
    for title in titles {
        terms.title = title.as_str().into();
        terms.tags.buy = "B".repeat(50).into();
        terms.tags.confirm = Some("C".repeat(50).into());
        terms.id = flashtag::domain::id::OfferId::parse(&"o".repeat(64)).unwrap();
        for &outcome in Outcome::ALL {
            let told = Notice { place: Some(u32::MAX), ..notice(outcome, Some(u32::MAX)) };
            let text = reply(&told, &terms);
            assert_eq!(text.is_none(), SILENT.contains(&outcome), "{outcome}");
            let Some(text) = text else { continue };
            assert!(fits_x(&text), "{outcome}: {text}");
            assert!(title.chars().count() > 60 || text.contains(&title), "{outcome}: {text}");
            assert!(!text.contains("tok_"));
        }
    }
}

#[test]
fn long_titles_are_cut_between_letters_and_stay_on_one_line() {
    let mut terms = terms();
    let text = |terms: &_| reply(&notice(Outcome::Closed, None), terms).unwrap();
    terms.title = "a\u{301}".repeat(40).into();
    assert_eq!(text(&terms), format!("The sale of {}… is over.", "a\u{301}".repeat(29)));
    terms.title = "Kindle\r\nBcc: x@example.com\tFire\u{7}HD".into();
    assert_eq!(text(&terms), "The sale of Kindle Bcc: x@example.com Fire HD is over.");
    assert!(!letter(&notice(Outcome::Sold, Some(1)), &terms).subject.contains(['\r', '\n']));
}

#[test]
fn replies_say_what_the_buyer_needs_to_know() {
    let terms = terms();
    let told = |outcome| Notice { place: Some(12), ..notice(outcome, Some(17)) };
    let table = [
        (
            Outcome::Reserved,
            "Kindle Fire HD is reserved for you. To buy it, post #ConfirmKindleFireHD within 15 minutes.",
        ),
        (
            Outcome::Promoted,
            "Your turn: Kindle Fire HD is reserved for you now. To buy it, post #ConfirmKindleFireHD within 15 minutes.",
        ),
        (Outcome::Waitlisted, "All of Kindle Fire HD is reserved just now. You are number 12 in line."),
        (Outcome::Sold, "Kindle Fire HD is yours for 149.99 USD. Your order: kindle-fire-hd.17"),
        (Outcome::NotOpen, "Kindle Fire HD goes on sale at 2013-02-13 17:00 UTC. Post again then."),
        (
            Outcome::AlreadyReserved,
            "Kindle Fire HD is already reserved for you. To buy it, post #ConfirmKindleFireHD within 15 minutes.",
        ),
    ];
    for (outcome, text) in table {
        assert_eq!(reply(&told(outcome), &terms).unwrap(), text);
    }
    let lengths =
        [(1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (7200, "2 hours"), (86_400, "1 day")];
    for (secs, words) in lengths {
        let terms =
            flashtag::domain::terms::Terms { confirm_within: Millis::from_secs(secs), ..terms.clone() };
        let text = reply(&told(Outcome::Reserved), &terms).unwrap();
        assert!(text.ends_with(&format!("within {words}.")), "{text}");
    }
}

#[test]
fn the_letter_of_a_sale_names_what_how_many_and_how_much() {
    let mut terms = terms();
    terms.tax = Tax::Flat("8.875%".parse().unwrap());
    let two = Notice { amount: terms.total(2, "US-NY"), ..notice(Outcome::Sold, Some(17)) };
    let mail = letter(&two, &terms);
    assert_eq!(mail.subject, "Your order of Kindle Fire HD");
    assert_eq!(
        mail.body,
        "Thank you for your order. Your card has been charged.\n\n\
         Item      Kindle Fire HD\nQuantity  2\nTotal     326.60 USD\nOrder     kindle-fire-hd.17\n\
         \nTerms: https://shop.example/terms/kindle\n"
    );
    let odd = Notice { amount: Some("1.00 USD".parse().unwrap()), ..two };
    assert!(!letter(&odd, &terms).body.contains("Quantity"), "what cannot be known is not told");
    assert!(letter(&notice(Outcome::Promoted, Some(17)), &terms).body.contains("#ConfirmKindleFireHD"));
}

#[test]
fn exported_lines_have_all_fields_and_null_for_what_does_not_apply() {
    let terms = terms().into();
    let line = |attempt: &Attempt| serde_json::to_string(&EffectLine::new(attempt, &terms, at(1))).unwrap();
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
            announce(News::SoldOut),
            format!(
                r#"{}null,"to":"x","amount":null,"text":"Sold out: Kindle Fire HD. Every unit has found its buyer. Thank you!",{tail}"#,
                head("announce")
            ),
        ),
        (
            super::reply(Outcome::Released, 17),
            format!(
                r#"{}"x:42","to":"x:5000001","amount":"149.99 USD","text":"You passed Kindle Fire HD on. Nothing was charged.",{tail}"#,
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
