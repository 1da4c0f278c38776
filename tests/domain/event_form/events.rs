//! A sample of each event, and of each form that one has.

use compact_str::CompactString;
use flashtag::domain::credit::Reward;
use flashtag::domain::dead_letter::Settlement;
use flashtag::domain::event::{Authorized, Delivered, Enrollment, Event, Reference, Unfreezing, Way};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::lane::Lane;
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::{ObjectionRef, ProviderRef};
use flashtag::domain::sale_order::{Deadlines, LineAtClose};
use flashtag::domain::terms::{Tax, Terms};
use flashtag::domain::time::Millis;
use flashtag::domain::transaction::TransactionKind;

use super::samples::{
    ID, KEY, OFFER, account, at, cid, claim, credit_terms, payment_ref, post, terms, transaction,
    transaction_id,
};

/// The events of statement-credit offers.
fn credit_events() -> Vec<Event> {
    let (offer, account) = (OFFER, account());
    let (credit, most) = ("25.00 USD".parse().expect("an amount"), "50.00 USD".parse().expect("an amount"));
    let share = Reward::Share { rate: "10%".parse().expect("a rate"), most };
    let (purchase, refund) = (
        transaction(TransactionKind::Purchase),
        transaction(TransactionKind::Refund { of: transaction_id("t-1") }),
    );
    let enrollment = Enrollment {
        account: account.clone(),
        post: post(),
        posted_at: at(),
        card: "tok_1".into(),
        email: "a@b.example".into(),
    };
    vec![
        Event::CreditOfferAdded { offer, terms: Box::new(credit_terms(Reward::Fixed(credit))) },
        Event::CreditOfferAdded { offer, terms: Box::new(credit_terms(share)) },
        Event::Enrolled { offer, enrollment: enrollment.into() },
        Event::PurchaseCredited {
            offer,
            account: account.clone(),
            transaction: Box::new(purchase.clone()),
            credit,
            uses_left: 2,
        },
        Event::PurchaseNotCounted {
            offer,
            account: account.clone(),
            transaction: Box::new(purchase),
            reason: Outcome::BelowMinimum,
            uses_left: 2,
        },
        Event::RefundParked { offer, account: account.clone(), transaction: Box::new(refund.clone()) },
        Event::CreditReversed { offer, account, transaction: Box::new(refund), reversed: credit },
    ]
}

/// The events that version 1 of the records lacks.
pub(super) fn events_since_1() -> Vec<Event> {
    let (offer, account, post, until) = (OFFER, account(), post(), at().plus(Millis::from_secs(30)));
    vec![
        Event::Joined { id: ID, account: account.clone(), units: 2, into: 7 },
        Event::CancelParked { offer, account: account.clone(), post: post.clone(), posted_at: at(), until },
        Event::ClaimCancelled {
            offer,
            account: account.clone(),
            post: post.clone(),
            units: 2,
            by: PostId::parse(Network::X, "1700000000000000002").expect("a post"),
        },
        Event::DeletionParked { account: account.clone(), post, until },
        Event::TransactionParked {
            offer,
            account,
            transaction: Box::new(transaction(TransactionKind::Purchase)),
            until,
        },
    ]
}

pub(super) fn events() -> Vec<Event> {
    let (offer, id, key) = (OFFER, ID, KEY);
    let (account, post, units) = (account(), post(), 2);
    let mut events = vec![
        Event::OfferAdded { offer, terms: Box::new(terms()) },
        Event::OfferAdded {
            offer,
            terms: Box::new(Terms {
                tax: Tax::Flat("10%".parse().expect("a rate")),
                terms_url: None,
                ..terms()
            }),
        },
        Event::OfferOpened { offer },
        Event::OfferSoldOut { offer },
        Event::OfferClosed { offer },
        Event::Reserved { id, claim: claim().into(), deadline: at() },
        Event::Waitlisted { offer, claim: claim().into(), place: 7 },
        Event::WaiterConfirmed { offer, account: account.clone(), post: post.clone(), place: 7 },
        Event::Promoted { id, account: account.clone(), units, deadline: at() },
        Event::ConfirmParked {
            offer,
            account: account.clone(),
            post: post.clone(),
            posted_at: at(),
            until: at().plus(Millis::from_secs(30)),
        },
        Event::ParkingEnded { offer, account: account.clone(), post: post.clone() },
        Event::Prompted { id, key, prompt: post.clone(), deadline: at() },
    ];
    events.extend(
        [Way::Post, Way::Parked, Way::Waiting, Way::OneStep, Way::Link].map(|way| Event::Confirmed {
            id,
            account: account.clone(),
            post: post.clone(),
            units,
            way,
        }),
    );
    let reference = Reference { key: KEY, id: ProviderRef::Reply(post.clone()) };
    events.extend([
        Event::Authorized(Authorized { id, key, reference: Some(payment_ref()) }),
        Event::Sold { id, account: account.clone(), units, amount: claim().amount, key },
        Event::Declined { id, account: account.clone(), units, reason: "no".into(), key },
        Event::Expired { id, account: account.clone(), units },
        Event::Released { id, account: account.clone(), units, post: post.clone() },
        Event::LeftLine { offer, account: account.clone(), units, post },
        Event::LineEnded { offer, account, units },
        Event::Delivered(Delivered { keys: vec![key, KEY], references: vec![reference] }),
        Event::DeadLettered { key, reason: "gone".into() },
    ]);
    events.extend(later_events());
    events.extend(credit_events());
    events.extend(lane_events());
    events.extend(operated_events());
    events.extend(events_since_1());
    events.extend(dead_letter_events());
    events.extend(reminder_events());
    events.extend(heard_events());
    events.extend(letter_events());
    events.extend(objection_events());
    events
}

/// The events of dead letters.
pub(super) fn dead_letter_events() -> [Event; 4] {
    [
        Event::DeadLetterRetried { key: KEY },
        Event::DeadLetterSettled {
            key: KEY,
            settlement: Settlement::Done { reference: Some(payment_ref()) },
        },
        Event::DeadLetterSettled { key: KEY, settlement: Settlement::Done { reference: None } },
        Event::DeadLetterSettled { key: KEY, settlement: Settlement::Declined { reason: "no".into() } },
    ]
}

/// The events of reminders.
pub(super) fn reminder_events() -> [Event; 2] {
    [Event::PromptMailDelivered { id: ID, key: KEY }, Event::ReminderDue { id: ID }]
}

/// The events of posts that relays told of.
pub(super) fn heard_events() -> [Event; 1] {
    [Event::ConfirmationHeard { offer: OFFER, account: account(), post: post(), cid: cid() }]
}

/// The events of letters that reach nobody.
pub(super) fn letter_events() -> [Event; 1] {
    [Event::MailBounced { keys: vec![KEY] }]
}

/// The events of payments that a bank objects to.
pub(super) fn objection_events() -> [Event; 3] {
    let reference = ObjectionRef::parse("dp_1").expect("an id");
    let dispute = Dispute {
        reference,
        stage: DisputeStage::NeedsResponse,
        amount: "326.60 USD".parse().expect("an amount"),
        reason: "fraudulent".into(),
        due_by: Some(at()),
        is_withdrawn: true,
    };
    let lost = Dispute { stage: DisputeStage::Lost, due_by: None, ..dispute.clone() };
    let reference = ObjectionRef::parse("issfr_1").expect("an id");
    let warning = FraudWarning { reference, kind: "made_with_stolen_card".into(), is_actionable: true };
    [
        Event::Disputed { id: ID, dispute: Box::new(dispute) },
        Event::Disputed { id: ID, dispute: Box::new(lost) },
        Event::FraudWarned { id: ID, warning: Box::new(warning) },
    ]
}

/// The events of lanes whose providers are away.
pub(super) fn lane_events() -> [Event; 3] {
    [
        Event::LanePaused { lane: Lane::Emails },
        Event::LaneProbed { lane: Lane::Replies(Network::Bluesky), key: KEY },
        Event::LaneResumed { lane: Lane::Orders },
    ]
}

/// The events of an operator's orders.
pub(super) fn operated_events() -> [Event; 8] {
    let (offer, reason) = (OFFER, CompactString::from("sold too fast"));
    [
        Event::OfferPaused { offer, deadlines: Deadlines::Run, reason: reason.clone() },
        Event::OfferPaused { offer, deadlines: Deadlines::Freeze, reason: CompactString::default() },
        Event::OfferResumed { offer, moved: Millis::from_ms(61_234), reason: reason.clone() },
        Event::CloseOrdered { offer, line: LineAtClose::Serve, reason: reason.clone() },
        Event::CloseOrdered { offer, line: LineAtClose::Release, reason },
        Event::LineReleased { offer, account: account(), units: 2 },
        Event::OfferCorrected { offer, terms: Box::new(terms()) },
        Event::CreditOfferCorrected {
            offer,
            terms: Box::new(credit_terms(Reward::Fixed("25.00 USD".parse().expect("an amount")))),
        },
    ]
}

/// The events that came with the optional rules.
fn later_events() -> Vec<Event> {
    let (offer, id, key) = (OFFER, ID, KEY);
    let (account, post, units) = (account(), post(), 2);
    let seed = "5a".repeat(32).parse().expect("a seed");
    vec![
        Event::Restocked { offer, units, key: "k-1".into() },
        Event::BackOnSale { offer, units },
        Event::Withdrawn { offer, units, key: "k-2".into() },
        Event::Entered { offer, claim: claim().into() },
        Event::Drawn { offer, seed },
        Event::TakeBackNoted { id, account: account.clone(), units, post: post.clone() },
        Event::TakenBack { id, account: account.clone(), units, post: post.clone(), noted: true },
        Event::Refunded { id, account: account.clone(), units, amount: claim().amount, key },
        Event::OrderFinal { id },
        Event::PromptMailed { id, key: Some(key) },
        Event::PromptMailed { id, key: None },
        Event::Dropped { keys: vec![key] },
        Event::AccountFrozen { account: account.clone(), post: post.clone(), posted_at: at() },
        Event::AccountUnfrozen(Unfreezing {
            account: account.clone(),
            at: Some(at()),
            undid: Some(post.clone()),
        }),
        Event::AccountSilenced { account: account.clone(), post: post.clone(), posted_at: at() },
        Event::AccountOptedIn { account, post, posted_at: at() },
    ]
}
