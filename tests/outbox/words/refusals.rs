//! What is told to somebody who gets nothing: the reason, and the next step.

use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::words::Subject;

use super::super::terms;
use super::{assert_replies, money, refusal};

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
