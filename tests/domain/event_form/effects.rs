//! A sample of each effect, and of each form that one has.

use flashtag::domain::effect::{
    About, Announcement, CardUse, Effect, Payment, ReplyRequest, StatementCredit,
};
use flashtag::domain::heard_posts::{HeardPost, HeardPosts, Unattested};
use flashtag::domain::id::Network;
use flashtag::domain::left::Left;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Millis;

use super::samples::{ID, OFFER, account, at, cid, claim, order_details, payment_ref, post, transaction_id};

pub(super) fn reply_request(outcome: Outcome, all: bool) -> ReplyRequest {
    ReplyRequest {
        account: account(),
        post: post(),
        offer: OFFER,
        outcome,
        reservation: all.then_some(300),
        place: all.then_some(7),
        deadline: all.then(at),
        amount: all.then(|| claim().amount),
        units: 2,
        about: None,
        left: Left::Untold,
    }
}

fn abouts() -> [About; 17] {
    let (transaction, merchant, amount) = (transaction_id("t-1"), "m-100".into(), claim().amount);
    [
        About::Line { reserved: 3, earliest: Some(at()) },
        About::Line { reserved: 3, earliest: None },
        About::Rest { units: 2 },
        About::Draw { at: at() },
        About::Purchase(Box::new(CardUse { transaction, merchant, amount, uses_left: 1 })),
        About::UnderWay,
        About::Bought,
        About::HandedOn,
        About::LineOver,
        About::Order(Box::new(order_details())),
        About::CancelledAhead,
        About::EndedEarly,
        About::ReminderFollows,
        About::Reminder,
        About::Unattested(Unattested::Gone),
        About::Unattested(Unattested::Differs),
        About::Unattested(Unattested::Unreachable),
    ]
}

pub(super) fn effects() -> Vec<Effect> {
    let (card, amount) = ("tok_1".into(), claim().amount);
    let unpaid =
        Payment { id: ID, account: account(), card, amount, reference: None, details: None, heard: None };
    let payment = Payment { reference: Some(payment_ref()), ..unpaid.clone() };
    let posts = vec![HeardPost { post: post(), cid: *cid() }];
    let heard = Some(Box::new(HeardPosts { posts, until: at().plus(Millis::from_secs(930)) }));
    let unattested = Payment { heard, ..unpaid.clone() };
    let mut effects = vec![
        Effect::Reply(reply_request(Outcome::Reserved, true)),
        Effect::Reply(reply_request(Outcome::NotRelevant, false)),
        Effect::Email { to: "a@b.example".into(), request: reply_request(Outcome::Sold, true) },
        Effect::Authorize(unpaid),
        Effect::Capture(payment.clone()),
        Effect::Void(payment.clone()),
        Effect::Refund(payment.clone()),
        Effect::Order(payment.clone()),
    ];
    let announcement = [
        Announcement::Opening,
        Announcement::SoldOut,
        Announcement::Closing,
        Announcement::Restock { units: 300 },
        Announcement::Drawn { entries: 1200 },
    ];
    effects.extend(announcement.map(|announcement| Effect::Announce {
        network: Network::Bluesky,
        offer: OFFER,
        announcement,
    }));
    let grant = StatementCredit {
        offer: OFFER,
        purchase: transaction_id("t-1"),
        account: account(),
        card: "tok_1".into(),
        amount: claim().amount,
    };
    effects.extend([Effect::Credit(grant.clone()), Effect::ReverseCredit(grant)]);
    effects.extend(abouts().map(|about| {
        let request = ReplyRequest { about: Some(about), ..reply_request(Outcome::Credited, false) };
        Effect::Email { to: "a@b.example".into(), request }
    }));
    effects.extend(
        [Left::Last, Left::UnderTen, Left::UnderFifty]
            .map(|left| Effect::Reply(ReplyRequest { left, ..reply_request(Outcome::Reserved, true) })),
    );
    let details = Some(Box::new(order_details()));
    effects.extend([Effect::Order(Payment { details, ..payment }), Effect::Authorize(unattested)]);
    effects
}

/// The notice of a release after an unlinking, which version 0 did not have.
pub(super) fn unlinked_effect() -> Effect {
    let request = ReplyRequest { about: Some(About::Unlinked), ..reply_request(Outcome::Released, false) };
    Effect::Reply(request)
}
