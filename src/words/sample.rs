//! Samples for every template and every case that it renders, for checking templates before a sale.

use std::sync::Arc;

use super::local_time::Zone;
use super::subject::Subject;
use super::template_context::{Channel, TemplateContext};
use super::template_name::{ANSWERED, letter, reply, short_reply};
use crate::domain::effect::{About, CardUse, ReplyRequest};
use crate::domain::heard_posts::Unattested;
use crate::domain::id::{Account, Network, OfferId, OfferNo, PostId};
use crate::domain::left::Left;
use crate::domain::link::{Last4, Region};
use crate::domain::money::Money;
use crate::domain::order_details::OrderDetails;
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};
use crate::domain::transaction::TransactionId;

/// Marks every sample of text from outside. If it comes through unescaped, so would markup.
pub(super) const HOSTILE: &str = "<flashtag-sample>";

/// Time of the samples: 13 February 2013, 22:00 UTC, the end of a working day in New York.
const NOW_MS: i64 = 1_360_792_800_000;

/// A reply request with the offer that it is about.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) request: ReplyRequest,
    pub(super) subject: Subject,
}

/// Every template name with every context that it may be rendered with.
pub(super) fn contexts() -> Vec<(String, TemplateContext)> {
    let (purchase, credit) = (purchase(), credit());
    let mut contexts = Vec::new();
    for &outcome in ANSWERED {
        for case in cases(outcome, &purchase, &credit) {
            let public = context(Channel::Reply, &case);
            contexts.extend([reply(outcome), short_reply(outcome)].map(|name| (name, public.clone())));
            let reply: Arc<str> = format!("The text of the reply, {HOSTILE}.").into();
            let private = TemplateContext { reply_text: Some(reply), ..context(Channel::Letter, &case) };
            for link in [None, Some("https://shop.example/confirm?t=sample".into())] {
                let [subject, text, html] = letter(&case.request);
                let private = TemplateContext { link, ..private.clone() };
                let headed = TemplateContext { headline: Some(HOSTILE.into()), ..private.clone() };
                contexts.extend([(subject, private), (text, headed.clone()), (html, headed)]);
            }
        }
    }
    contexts
}

fn context(channel: Channel, case: &Case) -> TemplateContext {
    let Case { request, subject } = case.clone();
    TemplateContext {
        channel,
        delivers: request.account.network.facts().delivers,
        shop: format!("Shop {HOSTILE}").into(),
        zone: Zone::UTC,
        link_url: Some("https://shop.example/link".into()),
        request: Arc::new(request),
        title: subject.title.clone(),
        subject: Arc::new(subject),
        told_at: now(),
        link: None,
        reply_text: None,
        headline: None,
    }
}

/// The kinds of requests that an outcome has, each for an offer with all optional facts and for one with as
/// few as an offer may have. The first one is the best to show.
pub(super) fn cases(outcome: Outcome, purchase: &Subject, credit: &Subject) -> Vec<Case> {
    let mut cases = Vec::new();
    let kinds = [(purchase, purchases(outcome)), (credit, credits(outcome))];
    for (subject, requests) in kinds {
        for subject in [subject.clone(), bare(subject, outcome)] {
            cases.extend(requests.iter().cloned().map(|request| Case { request, subject: subject.clone() }));
        }
    }
    cases
}

/// The sample of a reminder.
pub(super) fn reminder_of(purchase: &Subject) -> Case {
    let reminder = purchases(Outcome::Reserved).into_iter().find(ReplyRequest::reminds);
    Case { request: reminder.expect("it is among the samples"), subject: purchase.clone() }
}

/// The offer without its optional facts, except those that the outcome requires.
fn bare(subject: &Subject, outcome: Outcome) -> Subject {
    let prompt = matches!(outcome, Outcome::Reserved | Outcome::Promoted);
    let (age, cap) = (outcome == Outcome::AccountTooNew, outcome == Outcome::SpendCap);
    Subject {
        confirm: subject.confirm.clone().filter(|_| prompt),
        confirm_within: subject.confirm_within.filter(|_| prompt),
        cancel: None,
        limit: None,
        take_back: None,
        account_age: subject.account_age.filter(|_| age),
        spend_cap: subject.spend_cap.filter(|_| cap),
        terms_url: None,
        ..subject.clone()
    }
}

/// The sample requests of an outcome for an offer that sells.
fn purchases(outcome: Outcome) -> Vec<ReplyRequest> {
    let request = request(outcome);
    let order = ReplyRequest { reservation: Some(17), amount: Some(money("163.30 USD")), ..request.clone() };
    let several = |request: &ReplyRequest| ReplyRequest { units: 2, ..request.clone() };
    match outcome {
        Outcome::Reserved | Outcome::Promoted => {
            let prompt = ReplyRequest { deadline: Some(later(18)), ..order };
            let rest =
                ReplyRequest { place: Some(4), about: Some(About::Rest { units: 2 }), ..prompt.clone() };
            let few = ReplyRequest { left: Left::UnderTen, ..several(&prompt) };
            let mut requests = vec![prompt.clone(), few];
            if outcome == Outcome::Reserved {
                let reminder = ReplyRequest { about: Some(About::Reminder), ..prompt };
                requests.extend([rest, several(&reminder), reminder]);
            }
            requests
        }
        Outcome::Waitlisted | Outcome::AlreadyWaiting => {
            let line = |reserved, earliest| ReplyRequest {
                place: Some(12),
                about: Some(About::Line { reserved, earliest }),
                ..request.clone()
            };
            let draw = ReplyRequest { about: Some(About::Draw { at: later(30) }), ..request.clone() };
            vec![line(3, Some(later(4))), line(1, None), line(0, None), several(&draw), draw, request]
        }
        Outcome::Confirmed => {
            let part =
                |units| ReplyRequest { place: Some(4), about: Some(About::Rest { units }), ..order.clone() };
            vec![order.clone(), several(&order), part(1), part(2)]
        }
        Outcome::Expired => {
            let handed_on = ReplyRequest { about: Some(About::HandedOn), ..order.clone() };
            let early = ReplyRequest { about: Some(About::EndedEarly), ..order.clone() };
            vec![handed_on, order.clone(), several(&order), early]
        }
        Outcome::SoldOut => {
            let over = ReplyRequest { about: Some(About::LineOver), ..request.clone() };
            vec![request.clone(), several(&request), over]
        }
        Outcome::Sold => {
            let details = |shipping: Option<&str>, rate: &str| OrderDetails {
                units: 1,
                unit_price: money("149.99 USD"),
                shipping: shipping.map(money),
                tax: money("13.31 USD"),
                tax_rate: rate.parse().expect("a rate"),
                total: money("163.30 USD"),
                region: Region::new("US-NY"),
                last4: Last4::new("1005"),
                handle: None,
                ship_to: "tok_1".into(),
            };
            let detailed =
                |details| ReplyRequest { about: Some(About::Order(Box::new(details))), ..order.clone() };
            let bare =
                OrderDetails { tax: money("0.00 USD"), region: None, last4: None, ..details(None, "0%") };
            let full = detailed(details(Some("4.99 USD"), "8.875%"));
            let told_by_reply = ReplyRequest { about: Some(About::NoLetter), ..order.clone() };
            vec![full, order.clone(), several(&order), detailed(bare), told_by_reply]
        }
        Outcome::Declined => {
            let unattested = Unattested::ALL
                .map(|why| ReplyRequest { about: Some(About::Unattested(why)), ..order.clone() });
            [vec![order.clone(), several(&order)], unattested.into()].concat()
        }
        Outcome::Refunded => vec![order.clone(), several(&order)],
        Outcome::Released => {
            let ahead = ReplyRequest { about: Some(About::CancelledAhead), ..request };
            vec![order.clone(), several(&order), ReplyRequest { reservation: None, ..order }, ahead]
        }
        Outcome::AlreadyReserved | Outcome::NothingToConfirm => {
            let about = |about| ReplyRequest { about: Some(about), ..request.clone() };
            vec![request.clone(), several(&request), about(About::UnderWay), about(About::Bought)]
        }
        Outcome::Enrolled
        | Outcome::AlreadyEnrolled
        | Outcome::Credited
        | Outcome::CreditReversed
        | Outcome::BelowMinimum
        | Outcome::NotEnrolled
        | Outcome::WrongCurrency => Vec::new(),
        _ => vec![request.clone(), several(&request)],
    }
}

/// The sample requests of an outcome for a statement-credit offer.
fn credits(outcome: Outcome) -> Vec<ReplyRequest> {
    let request = request(outcome);
    let of = |uses_left, amount: Option<&str>| ReplyRequest {
        amount: amount.map(money),
        about: Some(About::Purchase(Box::new(CardUse {
            transaction: TransactionId::parse("t-1").expect("visible"),
            merchant: format!("m-100 {HOSTILE}").into(),
            amount: money("31.20 USD"),
            uses_left,
        }))),
        ..request.clone()
    };
    match outcome {
        Outcome::Credited | Outcome::CreditReversed => {
            [1, 0, 2].map(|uses_left| of(uses_left, Some("25.00 USD"))).to_vec()
        }
        Outcome::BelowMinimum | Outcome::NotEnrolled | Outcome::WrongCurrency => {
            [1, 0, 2].map(|uses_left| of(uses_left, None)).to_vec()
        }
        Outcome::LimitReached | Outcome::Closed | Outcome::NotOpen => vec![of(0, None), of(1, None), request],
        Outcome::Enrolled
        | Outcome::AlreadyEnrolled
        | Outcome::NotLinked
        | Outcome::CardIneligible
        | Outcome::Paused
        | Outcome::SoldOut
        | Outcome::FullyReserved
        | Outcome::LookAlikeTag
        | Outcome::RateLimited
        | Outcome::Frozen
        | Outcome::AccountTooNew => vec![request],
        _ => Vec::new(),
    }
}

fn request(outcome: Outcome) -> ReplyRequest {
    ReplyRequest {
        account: Account::parse(Network::X, "42").expect("a number"),
        post: PostId::parse(Network::X, "5000001").expect("a number"),
        offer: OfferNo(0),
        outcome,
        reservation: None,
        place: None,
        deadline: None,
        amount: None,
        units: 1,
        about: None,
        left: Left::Untold,
    }
}

fn purchase() -> Subject {
    Subject {
        id: id("kindle-fire-hd"),
        title: format!("Kindle Fire HD {HOSTILE}").into(),
        buy: Some("BuyKindleFireHD".into()),
        confirm: Some("ConfirmKindleFireHD".into()),
        cancel: Some("CancelKindleFireHD".into()),
        enroll: None,
        price: Some(money("149.99 USD")),
        confirm_within: Some(Millis::from_secs(900)),
        prompt_patience: Millis::from_secs(60),
        limit: Some(2),
        take_back: Some(Millis::from_secs(1800)),
        account_age: Some(Millis::from_secs(30 * 86_400)),
        spend_cap: Some(money("500.00 USD")),
        reward: None,
        min_spend: None,
        currency: Some(money("1.00 USD").currency),
        uses_per_card: None,
        valid_until: None,
        opens: now(),
        closes: later(60 * 24 * 18),
        terms_url: Some("https://shop.example/terms/kindle".into()),
    }
}

/// A sample statement-credit offer.
pub(super) fn credit() -> Subject {
    Subject {
        id: id("small-business-saturday"),
        title: format!("Small Business Saturday {HOSTILE}").into(),
        buy: None,
        confirm: None,
        cancel: None,
        enroll: Some("AmexSmallBiz".into()),
        price: None,
        confirm_within: None,
        reward: Some("25.00 USD".into()),
        min_spend: Some(money("25.00 USD")),
        uses_per_card: Some(3),
        valid_until: Some(later(60 * 24 * 30)),
        ..purchase()
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_ms(NOW_MS)
}

fn later(minutes: u32) -> Timestamp {
    now().plus(Millis::from_secs(minutes * 60))
}

fn money(amount: &str) -> Money {
    amount.parse().expect("an amount")
}

fn id(name: &str) -> OfferId {
    OfferId::parse(name).expect("a name")
}
