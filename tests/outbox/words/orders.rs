//! What the owner of an order is told, until after the end of the sale.

use flashtag::domain::effect::{About, ReplyRequest};
use flashtag::domain::heard_posts::Unattested;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::words::Subject;

use super::super::{reply_request, terms, words};
use super::{assert_replies, money, refusal};

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
