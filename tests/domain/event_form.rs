//! Tests of the stored form of records. Every later release reads the journal: moving a variant or a field
//! makes old journals unreadable, or readable as something else. So the bytes of a sample of each are pinned:
//! the current form in `stored_form.txt`, and the forms of older releases in a file each; all of them must
//! stay readable. Append new variants. When a pinned line must change, the form has changed: raise the
//! version, and copy the file first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compact_str::CompactString;
use flashtag::domain::cid::Cid;
use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::dead_letter::Settlement;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{
    About, Announcement, CardUse, Effect, Payment, ReplyRequest, StatementCredit,
};
use flashtag::domain::event::{Authorized, Claim, Delivered, Enrollment, Event, Reference, Unfreezing, Way};
use flashtag::domain::heard_posts::{HeardPost, HeardPosts, Unattested};
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::lane::Lane;
use flashtag::domain::left::Left;
use flashtag::domain::link::{Funding, Last4, Region};
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning};
use flashtag::domain::order_details::OrderDetails;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::{ObjectionRef, PaymentRef, ProviderRef};
use flashtag::domain::sale_order::{Deadlines, LineAtClose};
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};
use flashtag::journal::RecordFault;
use flashtag::partition::codec;
use serde::Serialize;
use serde::de::DeserializeOwned;

const OFFER: OfferNo = OfferNo(3);
const ID: ReservationId = ReservationId { offer: OFFER, ordinal: 300 };
const KEY: EffectKey = EffectKey { partition: 1, sequence: 1000, index: 2 };

fn account() -> Account {
    Account::parse(Network::Mastodon, "ana@a.example").expect("an account")
}

fn post() -> PostId {
    PostId::parse(Network::X, "1700000000000000001").expect("a post")
}

fn at() -> Timestamp {
    Timestamp::from_ms(1_360_774_800_123)
}

fn claim() -> Claim {
    Claim {
        post: post(),
        posted_at: at(),
        account: account(),
        units: 2,
        amount: "326.60 USD".parse().expect("an amount"),
        rate: "8.875%".parse().unwrap(),
        card: "tok_1".into(),
        email: "a@b.example".into(),
        region: Region::new("US-NY"),
        last4: Last4::new("1005"),
        handle: Some("ana".into()),
        cid: Some(cid()),
    }
}

fn cid() -> Box<Cid> {
    Box::new(Cid::parse("bafyreib2").expect("a hash"))
}

fn terms() -> Terms {
    Terms {
        id: flashtag::domain::id::OfferId::parse("kindle").expect("a name"),
        campaign: "launch".into(),
        title: "Kindle".into(),
        tags: Tags { buy: "Buy".into(), confirm: Some("Ok".into()), cancel: None },
        price: "1500 JPY".parse().expect("a price"),
        tax: Tax::ByRegion(BTreeMap::from([("*".into(), "8.875%".parse().expect("a rate"))])),
        units: 1000,
        opens: Timestamp::from_ms(1_000),
        closes: Timestamp::from_ms(2_000).into(),
        confirm_within: Millis::from_secs(900),
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(60),
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 1,
        waitlist: true,
        waitlist_max: 50,
        brands: vec!["amex".into()],
        fundings: vec![
            Funding::Credit,
            Funding::Debit,
            Funding::Charge,
            Funding::Prepaid,
            Funding::Corporate,
        ]
        .into(),
        networks: Network::ALL.to_vec(),
        terms_url: Some("https://t.example".into()),
        rules: flashtag::domain::rules::Rules::default(),
    }
}

fn credit_terms(reward: Reward) -> CreditTerms {
    CreditTerms {
        id: flashtag::domain::id::OfferId::parse("small").expect("a name"),
        campaign: "launch".into(),
        title: "Small".into(),
        enroll: "Load".into(),
        reward,
        min_spend: "25.00 USD".parse().expect("an amount"),
        merchants: vec!["m-100".into(), "m-101".into()],
        uses_per_card: 3,
        enrollments: 5000,
        opens: Timestamp::from_ms(1_000),
        closes: Timestamp::from_ms(2_000).into(),
        valid_until: Timestamp::from_ms(3_000).into(),
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(3600),
        brands: vec!["amex".into()],
        fundings: vec![Funding::Charge].into(),
        networks: vec![Network::X],
        terms_url: None,
    }
}

fn transaction(kind: TransactionKind) -> Transaction {
    Transaction {
        id: transaction_id("t-9"),
        card: "tok_1".into(),
        merchant: "m-100".into(),
        amount: "31.20 USD".parse().expect("an amount"),
        at: at(),
        kind,
    }
}

fn transaction_id(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("an id")
}

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
fn events_since_1() -> Vec<Event> {
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

fn events() -> Vec<Event> {
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
fn dead_letter_events() -> [Event; 4] {
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
fn reminder_events() -> [Event; 2] {
    [Event::PromptMailDelivered { id: ID, key: KEY }, Event::ReminderDue { id: ID }]
}

/// The events of posts that relays told of.
fn heard_events() -> [Event; 1] {
    [Event::ConfirmationHeard { offer: OFFER, account: account(), post: post(), cid: cid() }]
}

/// The events of letters that reach nobody.
fn letter_events() -> [Event; 1] {
    [Event::MailBounced { keys: vec![KEY] }]
}

/// The events of payments that a bank objects to.
fn objection_events() -> [Event; 3] {
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
fn lane_events() -> [Event; 3] {
    [
        Event::LanePaused { lane: Lane::Emails },
        Event::LaneProbed { lane: Lane::Replies(Network::Bluesky), key: KEY },
        Event::LaneResumed { lane: Lane::Orders },
    ]
}

/// The events of an operator's orders.
fn operated_events() -> [Event; 8] {
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

fn reply_request(outcome: Outcome, all: bool) -> ReplyRequest {
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

fn order_details() -> OrderDetails {
    OrderDetails {
        units: 2,
        unit_price: "149.99 USD".parse().expect("an amount"),
        shipping: "4.99 USD".parse().ok(),
        tax: "26.62 USD".parse().expect("an amount"),
        tax_rate: "8.875%".parse().expect("a rate"),
        total: claim().amount,
        region: Region::new("US-NY"),
        last4: Last4::new("1005"),
        handle: Some("ana".into()),
        ship_to: "tok_1".into(),
    }
}

fn payment_ref() -> PaymentRef {
    PaymentRef::parse("pay_1").expect("an id")
}

fn effects() -> Vec<Effect> {
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
fn unlinked_effect() -> Effect {
    let request = ReplyRequest { about: Some(About::Unlinked), ..reply_request(Outcome::Released, false) };
    Effect::Reply(request)
}

/// The pinned bytes in hex.
fn hex(value: &impl Serialize) -> String {
    hex_of(&postcard::to_stdvec(value).expect("it is written"))
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes it");
        hex
    })
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).expect("two digits"));
    digits.map(|two| u8::from_str_radix(two, 16).expect("two digits")).collect()
}

fn form<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let bytes = postcard::to_stdvec(value).expect("it is written");
    let (read, rest): (T, &[u8]) = postcard::take_from_bytes(&bytes).expect("it is read");
    assert_eq!(&read, value, "it reads back as it was written");
    assert!(rest.is_empty(), "it reads back whole");
    for cut in 0..bytes.len() {
        let torn = postcard::from_bytes::<T>(bytes.get(..cut).expect("a part"));
        assert!(torn.is_err(), "torn after {cut} bytes it was read as {torn:?}");
    }
    let json = serde_json::to_string(value).expect("it is exported");
    let exported: T = serde_json::from_str(&json).expect("an export is read");
    assert_eq!(&exported, value, "the export of the history is complete");
    hex(value)
}

/// A new variant does not compile until it is added here; then it needs a sample and a pinned line.
fn number(event: &Event) -> usize {
    match event {
        Event::OfferAdded { .. } => 0,
        Event::OfferOpened { .. } => 1,
        Event::OfferSoldOut { .. } => 2,
        Event::OfferClosed { .. } => 3,
        Event::Reserved { .. } => 4,
        Event::Waitlisted { .. } => 5,
        Event::WaiterConfirmed { .. } => 6,
        Event::Promoted { .. } => 7,
        Event::ConfirmParked { .. } => 8,
        Event::ParkingEnded { .. } => 9,
        Event::Prompted { .. } => 10,
        Event::Confirmed { .. } => 11,
        Event::Authorized(_) => 12,
        Event::Sold { .. } => 13,
        Event::Declined { .. } => 14,
        Event::Expired { .. } => 15,
        Event::Released { .. } => 16,
        Event::LeftLine { .. } => 17,
        Event::LineEnded { .. } => 18,
        Event::Delivered(_) => 19,
        Event::DeadLettered { .. } => 20,
        Event::Restocked { .. } => 21,
        Event::BackOnSale { .. } => 22,
        Event::Withdrawn { .. } => 23,
        Event::Entered { .. } => 24,
        Event::Drawn { .. } => 25,
        Event::TakeBackNoted { .. } => 26,
        Event::TakenBack { .. } => 27,
        Event::Refunded { .. } => 28,
        Event::OrderFinal { .. } => 29,
        Event::PromptMailed { .. } => 30,
        Event::Dropped { .. } => 31,
        Event::AccountFrozen { .. } => 32,
        Event::AccountUnfrozen { .. } => 33,
        Event::AccountSilenced { .. } => 34,
        Event::AccountOptedIn { .. } => 35,
        Event::CreditOfferAdded { .. } => 36,
        Event::Enrolled { .. } => 37,
        Event::PurchaseCredited { .. } => 38,
        Event::PurchaseNotCounted { .. } => 39,
        Event::RefundParked { .. } => 40,
        Event::CreditReversed { .. } => 41,
        Event::LanePaused { .. } => 42,
        Event::LaneProbed { .. } => 43,
        Event::LaneResumed { .. } => 44,
        Event::OfferPaused { .. } => 45,
        Event::OfferResumed { .. } => 46,
        Event::CloseOrdered { .. } => 47,
        Event::LineReleased { .. } => 48,
        Event::Joined { .. } => 49,
        Event::OfferCorrected { .. } => 50,
        Event::CreditOfferCorrected { .. } => 51,
        Event::CancelParked { .. } => 52,
        Event::ClaimCancelled { .. } => 53,
        Event::DeletionParked { .. } => 54,
        Event::TransactionParked { .. } => 55,
        Event::DeadLetterRetried { .. } => 56,
        Event::DeadLetterSettled { .. } => 57,
        Event::PromptMailDelivered { .. } => 58,
        Event::ReminderDue { .. } => 59,
        Event::ConfirmationHeard { .. } => 60,
        Event::MailBounced { .. } => 61,
        Event::Disputed { .. } => 62,
        Event::FraudWarned { .. } => 63,
    }
}

const EVENTS: usize = 64;

/// Later events are in no record without a version.
const EVENTS_OF_VERSION_0: usize = 42;

fn effect_number(effect: &Effect) -> usize {
    match effect {
        Effect::Reply(_) => 0,
        Effect::Email { .. } => 1,
        Effect::Authorize(_) => 2,
        Effect::Capture(_) => 3,
        Effect::Void(_) => 4,
        Effect::Refund(_) => 5,
        Effect::Order(_) => 6,
        Effect::Announce { .. } => 7,
        Effect::Credit(_) => 8,
        Effect::ReverseCredit(_) => 9,
    }
}

const EFFECTS: usize = 10;

#[test]
fn every_variant_has_a_sample_and_its_stored_number() {
    let numbers: std::collections::BTreeSet<_> = events().iter().map(number).collect();
    assert_eq!(numbers, (0..EVENTS).collect());
    for event in events() {
        let bytes = postcard::to_stdvec(&event).expect("it is written");
        assert_eq!(usize::from(bytes[0]), number(&event), "{event:?}");
    }
    let numbers: std::collections::BTreeSet<_> = effects().iter().map(effect_number).collect();
    assert_eq!(numbers, (0..EFFECTS).collect());
    for effect in effects() {
        let bytes = postcard::to_stdvec(&effect).expect("it is written");
        assert_eq!(usize::from(bytes[0]), effect_number(&effect), "{effect:?}");
    }
}

#[test]
fn the_stored_form_has_not_changed() {
    let mut forms = Vec::new();
    forms.extend(events().iter().map(|event| format!("event {}", form(event))));
    forms.extend(effects().iter().map(|effect| format!("effect {}", form(effect))));
    forms.push(format!("effect {}", form(&unlinked_effect())));
    let record =
        Record { at: at(), decision: Decision { events: events().into(), effects: effects().into() } };
    form(&record);
    let small = Decision::of(Event::OfferOpened { offer: OFFER });
    let small = Record { at: at(), decision: small };
    form(&small);
    forms.push(format!("record {}", hex_of(&codec::encode(KeyForm::Bare, &small, Vec::new()))));
    forms.extend(Outcome::ALL.iter().map(|outcome| format!("outcome {} {outcome}", hex(outcome))));
    let pinned: Vec<&str> = include_str!("stored_form.txt").lines().collect();
    let real = forms.join("\n");
    if std::env::var_os("PIN_STORED_FORM").is_some() {
        println!("{real}");
    }
    for (index, form) in forms.iter().enumerate() {
        assert_eq!(pinned.get(index), Some(&form.as_str()), "line {} of stored_form.txt", index + 1);
    }
    assert_eq!(pinned.len(), forms.len(), "a sample was lost");
}

/// The event without the fields that version 0 lacked.
fn without_later_fields(mut event: Event) -> Event {
    match &mut event {
        Event::Authorized(authorized) => authorized.reference = None,
        Event::Delivered(done) => done.references.clear(),
        _ => {}
    }
    if let Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } =
        &mut event
    {
        let claim = std::sync::Arc::make_mut(claim);
        (claim.region, claim.last4, claim.handle, claim.cid) = (None, None, None, None);
    }
    if let Event::AccountUnfrozen(unfreezing) = &mut event {
        (unfreezing.at, unfreezing.undid) = (None, None);
    }
    event
}

/// The effect without the fields that version 0 lacked.
fn before_references(mut effect: Effect) -> Effect {
    if let Effect::Capture(payment)
    | Effect::Void(payment)
    | Effect::Refund(payment)
    | Effect::Order(payment) = &mut effect
    {
        payment.reference = None;
    }
    effect
}

/// The pinned lines of one kind in the form of version 0.
fn pinned_in_version_0(kind: &str) -> Vec<Vec<u8>> {
    pinned(include_str!("stored_form_v0.txt"), kind)
}

fn pinned(forms: &str, kind: &str) -> Vec<Vec<u8>> {
    let lines = forms.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(of, _)| *of == kind).map(|(_, hex)| bytes_of(hex)).collect()
}

/// A record of version 1: its version, the form of its keys, its time, events and effects.
fn record_of_version_1(events: &[&[u8]], effects: &[&[u8]]) -> Vec<u8> {
    let at = postcard::to_stdvec(&at()).expect("a time is written");
    let form = postcard::to_stdvec(&KeyForm::Epoch(3)).expect("a form is written");
    let count = |all: &[&[u8]]| vec![u8::try_from(all.len()).expect("a few samples")];
    [vec![1], form, at, count(events), events.concat(), count(effects), effects.concat()].concat()
}

#[test]
fn records_of_version_1_are_still_read() {
    let forms = include_str!("stored_form_v1.txt");
    let read = |stored: Vec<u8>| {
        let (form, record) = codec::decode(&stored).expect("a record of version 1");
        assert_eq!((form, record.at), (KeyForm::Epoch(3), at()));
        record.decision
    };
    let (pinned_events, today) = (pinned(forms, "event"), events());
    assert_eq!(
        pinned_events.len()
            + lane_events().len()
            + operated_events().len()
            + events_since_1().len()
            + dead_letter_events().len()
            + reminder_events().len()
            + heard_events().len()
            + letter_events().len()
            + objection_events().len(),
        today.len()
    );
    for (pinned, event) in pinned_events.iter().zip(&today) {
        let read = read(record_of_version_1(&[pinned], &[]));
        assert_eq!(read, Decision::of(as_in_version_1(event.clone())));
    }
    let (pinned_effects, today) = (pinned(forms, "effect"), effects());
    assert_eq!(pinned_effects.len() + EFFECTS_SINCE_1, today.len());
    for (pinned, effect) in pinned_effects.iter().zip(&today) {
        let read = read(record_of_version_1(&[], &[pinned]));
        assert_eq!(&*read.effects, std::slice::from_ref(effect));
    }
    // All samples in one record: each event and effect ends where the next one begins.
    let slices: [Vec<&[u8]>; 2] =
        [&pinned_events, &pinned_effects].map(|all| all.iter().map(Vec::as_slice).collect());
    let [events, effects] = &slices;
    let whole = read(record_of_version_1(events, effects));
    assert_eq!((whole.events.len(), whole.effects.len()), (events.len(), effects.len()));
}

/// The event without the fields that version 1 lacked.
fn as_in_version_1(mut event: Event) -> Event {
    if let Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } =
        &mut event
    {
        let claim = std::sync::Arc::make_mut(claim);
        (claim.handle, claim.cid) = (None, None);
    }
    event
}

/// The samples of effects that version 1 lacks.
const EFFECTS_SINCE_1: usize = 17;

#[test]
fn records_without_a_version_are_still_read() {
    let at_bytes = postcard::to_stdvec(&at()).expect("a time is written");
    assert!(at_bytes[0] >= 0x80, "a current time is not read as a version");
    let read = |bytes: Vec<u8>| codec::decode(&bytes).expect("a record of version 0");
    let (pinned, today) = (pinned_in_version_0("event"), events());
    let today: Vec<_> = today.into_iter().filter(|event| number(event) < EVENTS_OF_VERSION_0).collect();
    assert_eq!(pinned.len(), today.len());
    for (pinned, event) in pinned.iter().zip(&today) {
        let decision = Decision::of(without_later_fields(event.clone()));
        let record = [at_bytes.clone(), vec![1], pinned.clone(), vec![0]].concat();
        assert_eq!(read(record), (KeyForm::Bare, Record { at: at(), decision }));
    }
    let (pinned, today) = (pinned_in_version_0("effect"), effects());
    assert_eq!(pinned.len() + EFFECTS_SINCE_1, today.len());
    for (pinned, effect) in pinned.iter().zip(&today) {
        let effect = before_references(effect.clone());
        let decision = Decision { effects: vec![effect].into(), ..Decision::default() };
        let record = [at_bytes.clone(), vec![0, 1], pinned.clone()].concat();
        assert_eq!(read(record), (KeyForm::Bare, Record { at: at(), decision }));
    }
    // All samples in one record: each event and effect ends where the next one begins.
    let (events, effects) = (pinned_in_version_0("event"), pinned_in_version_0("effect"));
    let counted = |all: &[Vec<u8>]| {
        let count = u8::try_from(all.len()).expect("a few samples");
        [vec![count], all.concat()].concat()
    };
    let (_, record) = read([at_bytes, counted(&events), counted(&effects)].concat());
    assert_eq!(record.decision.events.len(), events.len());
    let then: Vec<Effect> = self::effects().into_iter().take(effects.len()).map(before_references).collect();
    assert_eq!(record.decision.effects.to_vec(), then);
    assert_eq!(
        read(pinned_in_version_0("record").concat()).1.decision,
        Decision::of(Event::OfferOpened { offer: OFFER })
    );
}

#[test]
fn a_record_keeps_the_form_of_its_keys() {
    let record =
        Record { at: at(), decision: Decision { events: events().into(), effects: effects().into() } };
    for form in [KeyForm::Bare, KeyForm::Epoch(0), KeyForm::Epoch(300)] {
        let stored = codec::encode(form, &record, Vec::new());
        assert_eq!(codec::decode(&stored), Ok((form, record.clone())));
        for cut in 0..stored.len() {
            let torn = codec::decode(&stored[..cut]);
            assert!(
                matches!(torn, Err(RecordFault::Meaning(_))),
                "torn after {cut} bytes it was read as {torn:?}"
            );
        }
    }
}

#[test]
fn a_record_of_a_newer_release_is_refused() {
    let record = Record { at: at(), decision: Decision::of(Event::OfferOpened { offer: OFFER }) };
    let mut stored = codec::encode(KeyForm::Bare, &record, Vec::new());
    for version in codec::VERSION + 1..0x80 {
        stored[0] = version;
        let fault = codec::decode(&stored).expect_err("no release has that version");
        assert_eq!(fault, RecordFault::Newer { found: u32::from(version), known: 2 });
        assert!(fault.to_string().contains("start the release that wrote it"), "{fault}");
    }
    stored[0] = 0;
    assert!(matches!(codec::decode(&stored), Err(RecordFault::Meaning(_))));
}

#[test]
fn the_history_shows_later_fields_only_if_they_are_known() {
    let shown = |event: Event| serde_json::to_string(&event).expect("it is exported");
    let event = Event::Entered { offer: OFFER, claim: claim().into() };
    let (today, before) = (shown(event.clone()), shown(without_later_fields(event)));
    assert!(
        today.ends_with(
            r#","has_address":true,"region":"US-NY","last4":"1005","handle":"ana","cid":"bafyreib2"}}}"#
        ),
        "{today}"
    );
    assert!(before.ends_with(r#","has_address":true}}}"#), "{before}");
    let unfrozen = Unfreezing { account: account(), at: Some(at()), undid: Some(post()) };
    let event = Event::AccountUnfrozen(unfrozen);
    let (today, before) = (shown(event.clone()), shown(without_later_fields(event)));
    assert!(today.ends_with(r#","undid":"1700000000000000001"}}"#), "{today}");
    assert!(before.ends_with(r#""author":"ana@a.example"}}}"#), "{before}");
}

#[test]
fn the_history_shows_how_few_units_are_left_only_where_that_is_told() {
    let shown = |left| {
        let request = ReplyRequest { left, ..reply_request(Outcome::Reserved, true) };
        serde_json::to_string(&request).expect("it is exported")
    };
    assert!(shown(Left::UnderTen).ends_with(r#","about":null,"left":"under_ten"}"#));
    assert!(shown(Left::Untold).ends_with(r#","about":null}"#));
}

#[test]
fn the_history_shows_providers_ids_only_where_they_are_known() {
    let text = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("it is exported");
    let events = events();
    let fact = |wanted: usize| events.iter().find(|event| number(event) == wanted).expect("a sample").clone();
    for (number, shown) in [
        (12, r#""reference":"pay_1"}}"#),
        (
            19,
            r#""references":[{"key":{"partition":1,"sequence":1000,"index":2},"id":{"reply":"1700000000000000001"}}]}}"#,
        ),
    ] {
        let (now, then) = (fact(number), without_later_fields(fact(number)));
        let (now, then) = (text(&|| serde_json::to_string(&now)), text(&|| serde_json::to_string(&then)));
        assert!(now.ends_with(shown), "{now}");
        assert!(!then.contains("reference"), "{then}");
    }
    let undetailed = |effect: &Effect| effect.payment().is_some_and(|payment| payment.details.is_none());
    for effect in effects().into_iter().filter(undetailed) {
        let now = text(&|| serde_json::to_string(&effect));
        let then = text(&|| serde_json::to_string(&before_references(effect.clone())));
        assert!(effect.kind() == "authorize" || now.ends_with(r#","reference":"pay_1"}}"#), "{now}");
        assert!(!then.contains("reference"), "{then}");
    }
}
