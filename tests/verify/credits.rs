//! The statement-credit part of the genuine history, in partition 3, and its forgeries.

use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::decision::Few;
use flashtag::domain::effect::{About, Announcement, CardUse, Effect, ReplyRequest, StatementCredit};
use flashtag::domain::event::{Enrollment, Event};
use flashtag::domain::id::{Network, OfferId, OfferNo};
use flashtag::domain::money::Money;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};
use flashtag::verify::LedgerEntry;

use super::forged::Forgery;
use super::story::*;

const CASH: OfferNo = OfferNo(0);

/// 10 % of purchases of at least 25 USD, up to 20 USD, twice for each of two cards.
pub(super) fn cash_terms() -> CreditTerms {
    CreditTerms {
        id: OfferId::parse("cash").unwrap(),
        campaign: "cash".into(),
        title: "cash".into(),
        enroll: "Cash".into(),
        reward: Reward::Share { rate: "10%".parse().unwrap(), most: usd("20.00") },
        min_spend: usd("25.00"),
        merchants: vec!["m-1".into()],
        uses_per_card: 2,
        enrollments: 2,
        opens: at(60),
        closes: at(5000).into(),
        valid_until: at(4000).into(),
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(3600),
        brands: vec![],
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::Mastodon],
        terms_url: None,
    }
}

fn record(story: &mut Story, sec: u32, events: Vec<Event>, effects: Vec<Effect>) -> u64 {
    story.record_decision(3, sec, events, effects)
}

/// Pam's first purchase is refunded in three parts that exceed it; Quin's refund arrives before its purchase.
pub(super) fn cash(story: &mut Story) {
    let offer = CASH;
    record(story, 0, vec![Event::CreditOfferAdded { offer, terms: Box::new(cash_terms()) }], vec![]);
    record(story, 60, vec![Event::OfferOpened { offer }], vec![announce(0, Announcement::Opening)]);
    record(story, 100, vec![enrolled("pam", 100)], vec![welcome("pam")]);
    let events = vec![enrolled("quin", 110), Event::OfferSoldOut { offer }];
    record(story, 110, events, vec![welcome("quin"), announce(0, Announcement::SoldOut)]);
    // 5
    let bought = purchase("t1", "pam", "100.00", 190);
    record(story, 200, vec![credited(&bought, "pam", "10.00", 1)], earns(&bought, "pam", "10.00"));
    let small = purchase("t2", "pam", "24.99", 205);
    let letters = vec![letter(&small, "pam", Outcome::BelowMinimum)];
    record(story, 210, vec![not_counted(&small, "pam", Outcome::BelowMinimum, 1)], letters);
    for (id, amount, back, sec) in
        [("r1", "33.33", "3.33", 220), ("r2", "33.33", "3.33", 230), ("r3", "50.00", "3.34", 240)]
    {
        let refund = refund(id, "t1", "pam", amount, sec);
        record(story, sec, vec![reversed(&refund, "pam", back)], gives_back(&refund, "t1", "pam", back));
    }
    // 10
    let early = refund("r4", "t3", "quin", "150.00", 245);
    let parked =
        Event::RefundParked { offer, account: account("quin"), transaction: Box::new(early.clone()) };
    record(story, 250, vec![parked], vec![]);
    let bought = purchase("t3", "quin", "300.00", 240);
    let events = vec![credited(&bought, "quin", "20.00", 1), reversed(&early, "quin", "10.00")];
    let mut effects = earns(&bought, "quin", "20.00");
    effects.extend(gives_back(&early, "t3", "quin", "10.00"));
    record(story, 260, events, effects);
    let idle = refund("r5", "t2", "pam", "24.99", 265);
    record(story, 270, vec![not_counted(&idle, "pam", Outcome::BelowMinimum, 1)], vec![]);
    let bought = purchase("t4", "pam", "25.00", 275);
    record(story, 280, vec![credited(&bought, "pam", "2.50", 0)], earns(&bought, "pam", "2.50"));
    record(story, 290, vec![Event::Delivered(vec![key("3/5/0")].into())], vec![]);
    // 15
    record(story, 5030, vec![Event::OfferClosed { offer }], vec![announce(0, Announcement::Closing)]);

    for (operation, key, purchase, who, amount) in [
        ("credit", "3/5/0", "t1", "pam", "10.00"),
        ("reverse_credit", "3/7/0", "t1", "pam", "3.33"),
        ("reverse_credit", "3/8/0", "t1", "pam", "3.33"),
        ("reverse_credit", "3/9/0", "t1", "pam", "3.34"),
        ("credit", "3/11/0", "t3", "quin", "20.00"),
        ("reverse_credit", "3/11/2", "t3", "quin", "10.00"),
        ("credit", "3/13/0", "t4", "pam", "2.50"),
    ] {
        story.ledger.push(line(operation, key, purchase, who, amount));
    }
}

fn usd(amount: &str) -> Money {
    format!("{amount} USD").parse().unwrap()
}

fn line(operation: &str, key: &str, purchase: &str, who: &str, amount: &str) -> LedgerEntry {
    LedgerEntry {
        at: at(0),
        key: key.into(),
        operation: operation.into(),
        order: format!("cash:{purchase}"),
        card: format!("tok_{who}"),
        amount: usd(amount),
        taken: true,
    }
}

fn enrolled(who: &str, sec: u32) -> Event {
    let enrollment = Enrollment {
        account: account(who),
        post: post(&format!("{who}-enrolls")),
        posted_at: at(sec),
        card: format!("tok_{who}").into(),
        email: format!("{who}@example.com").into(),
    };
    Event::Enrolled { offer: CASH, enrollment: enrollment.into() }
}

fn welcome(who: &str) -> Effect {
    reply_in_line(0, who, Outcome::Enrolled)
}

fn transaction(id: &str, who: &str, amount: &str, sec: u32, kind: TransactionKind) -> Transaction {
    let (id, card) = (TransactionId::parse(id).unwrap(), format!("tok_{who}").into());
    Transaction { id, card, merchant: "m-1".into(), amount: usd(amount), at: at(sec), kind }
}

fn purchase(id: &str, who: &str, amount: &str, sec: u32) -> Transaction {
    transaction(id, who, amount, sec, TransactionKind::Purchase)
}

fn refund(id: &str, of: &str, who: &str, amount: &str, sec: u32) -> Transaction {
    transaction(id, who, amount, sec, TransactionKind::Refund { of: TransactionId::parse(of).unwrap() })
}

fn credited(bought: &Transaction, who: &str, credit: &str, uses_left: u32) -> Event {
    let (account, transaction, credit) = (account(who), Box::new(bought.clone()), usd(credit));
    Event::PurchaseCredited { offer: CASH, account, transaction, credit, uses_left }
}

fn not_counted(transaction: &Transaction, who: &str, reason: Outcome, uses_left: u32) -> Event {
    let (account, transaction) = (account(who), Box::new(transaction.clone()));
    Event::PurchaseNotCounted { offer: CASH, account, transaction, reason, uses_left }
}

fn reversed(refund: &Transaction, who: &str, back: &str) -> Event {
    let (account, transaction, reversed) = (account(who), Box::new(refund.clone()), usd(back));
    Event::CreditReversed { offer: CASH, account, transaction, reversed }
}

fn grant(purchase: &str, who: &str, amount: &str) -> StatementCredit {
    let (purchase, card) = (TransactionId::parse(purchase).unwrap(), format!("tok_{who}").into());
    StatementCredit { offer: CASH, purchase, account: account(who), card, amount: usd(amount) }
}

fn letter(transaction: &Transaction, who: &str, outcome: Outcome) -> Effect {
    let Transaction { id, merchant, amount, .. } = transaction.clone();
    let about = Some(About::Purchase(Box::new(CardUse { transaction: id, merchant, amount, uses_left: 0 })));
    let request = ReplyRequest { about, ..reply_request(0, None, who, outcome) };
    Effect::Email { to: format!("{who}@example.com").into(), request }
}

fn earns(bought: &Transaction, who: &str, credit: &str) -> Vec<Effect> {
    let money = Effect::Credit(grant(bought.id.as_str(), who, credit));
    vec![money, letter(bought, who, Outcome::Credited)]
}

fn gives_back(refund: &Transaction, of: &str, who: &str, back: &str) -> Vec<Effect> {
    vec![Effect::ReverseCredit(grant(of, who, back)), letter(refund, who, Outcome::CreditReversed)]
}

fn events(story: &mut Story, sequence: u64) -> &mut Few<Event> {
    &mut story.record(3, sequence).decision.events
}

fn effects(story: &mut Story, sequence: u64) -> &mut Few<Effect> {
    &mut story.record(3, sequence).decision.effects
}

/// Changes Pam's last purchase, and everything that depends on it.
fn last_purchase(story: &mut Story, change: fn(&mut Transaction)) {
    let mut bought = purchase("t4", "pam", "25.00", 275);
    change(&mut bought);
    *events(story, 13) = vec![credited(&bought, "pam", "2.50", 0)].into();
    *effects(story, 13) = earns(&bought, "pam", "2.50").into();
}

#[rustfmt::skip]
pub(super) const FORGERIES: &[Forgery] = &[
    ("a card enrolls twice", &["enrollments_fit"], "partition 3 record 4", |story| {
        let mut again = enrolled("pam", 105);
        let Event::Enrolled { enrollment, .. } = &mut again else { panic!() };
        enrollment.post = post("pam-enrolls-again");
        events(story, 4).insert(1, again);
    }),
    ("more cards enroll than may", &["enrollments_fit"], "partition 3 record 5", |story| {
        events(story, 5).push(enrolled("rob", 190));
    }),
    ("an offer is called sold out before its last card", &["offer_life"], "partition 3 record 3", |story| {
        let gone = events(story, 4).remove(1);
        let announcement = effects(story, 4).remove(1);
        events(story, 3).push(gone);
        effects(story, 3).push(announcement);
    }),
    ("an account enrolls before the opening", &["within_selling_time"], "partition 3 record 3", |story| {
        let Event::Enrolled { enrollment, .. } = &mut events(story, 3)[0] else { panic!() };
        enrollment.posted_at = at(59);
    }),
    ("an enrollment comes from the future", &["posts_believed"], "partition 3 record 3", |story| {
        let Event::Enrolled { enrollment, .. } = &mut events(story, 3)[0] else { panic!() };
        enrollment.posted_at = at(101);
    }),
    ("a post enrolls two cards", &["each_post_decided_once"], "partition 3 record 4", |story| {
        let Event::Enrolled { enrollment, .. } = &mut events(story, 4)[0] else { panic!() };
        (enrollment.account, enrollment.post) = (account("pam"), post("pam-enrolls"));
        // The other card belongs to Pam, too.
        for sequence in [10, 11] {
            for event in events(story, sequence) {
                if let Event::RefundParked { account: of, .. }
                | Event::PurchaseCredited { account: of, .. }
                | Event::CreditReversed { account: of, .. } = event {
                    *of = account("pam");
                }
            }
        }
        for effect in effects(story, 11) {
            match effect {
                Effect::Credit(grant) | Effect::ReverseCredit(grant) => grant.account = account("pam"),
                Effect::Email { request, .. } => request.account = account("pam"),
                _ => {}
            }
        }
    }),
    ("a frozen account enrolls", &["frozen_buys_nothing"], "partition 3 record 3", |story| {
        let frozen = Event::AccountFrozen { account: account("pam"), post: post("pam-freezes"), posted_at: at(0) };
        events(story, 2).push(frozen);
    }),
    ("a purchase is judged twice", &["each_transaction_once"], "partition 3 record 14", |story| {
        let small = purchase("t2", "pam", "24.99", 205);
        events(story, 14).push(not_counted(&small, "pam", Outcome::BelowMinimum, 0));
        effects(story, 14).push(letter(&small, "pam", Outcome::BelowMinimum));
    }),
    ("a refund that waited is forgotten", &["each_transaction_once", "no_money_without_effect"],
     "partition 3 record 11", |story| {
        events(story, 11).truncate(1);
        effects(story, 11).truncate(2);
    }),
    ("a refund of a known purchase is parked", &["each_transaction_once"], "partition 3 record 14", |story| {
        let refund = refund("r9", "t1", "pam", "1.00", 285);
        let parked = Event::RefundParked { offer: CASH, account: account("pam"), transaction: Box::new(refund) };
        events(story, 14).push(parked);
    }),
    ("a purchase that waited for the enrollment is forgotten", &["each_transaction_once"], "partition 3 record 3",
     |story| {
        let early = purchase("t0", "pam", "40.00", 105);
        events(story, 2).push(Event::TransactionParked {
            offer: CASH,
            account: account("pam"),
            transaction: Box::new(early),
            until: at(3665),
        });
    }),
    ("a refund that waited for the enrollment is forgotten", &["each_transaction_once"], "partition 3 record 3",
     |story| {
        let early = refund("r0", "t0", "pam", "40.00", 55);
        events(story, 2).push(Event::TransactionParked {
            offer: CASH,
            account: account("pam"),
            transaction: Box::new(early),
            until: at(3665),
        });
    }),
    ("a purchase elsewhere counts", &["credits_have_ground"], "partition 3 record 13", |story| {
        last_purchase(story, |bought| bought.merchant = "m-2".into());
    }),
    ("a purchase of before the enrollment counts", &["credits_have_ground"], "partition 3 record 13", |story| {
        last_purchase(story, |bought| bought.at = at(100));
    }),
    ("a purchase after the period counts", &["credits_have_ground"], "partition 3 record 15", |story| {
        let late = purchase("t5", "quin", "25.00", 4001);
        events(story, 15).push(credited(&late, "quin", "2.50", 0));
        effects(story, 15).extend(earns(&late, "quin", "2.50"));
    }),
    ("a purchase in another currency counts", &["credits_have_ground"], "partition 3 record 13", |story| {
        last_purchase(story, |bought| bought.amount = "25.00 EUR".parse().unwrap());
    }),
    ("a credit is not what was agreed", &["credits_have_ground"], "partition 3 record 13", |story| {
        last_purchase(story, |bought| bought.amount = usd("26.00"));
    }),
    ("a purchase is not counted for no reason", &["credits_have_ground"], "partition 3 record 6", |story| {
        let small = purchase("t2", "pam", "24.99", 205);
        *events(story, 6) = vec![not_counted(&small, "pam", Outcome::Closed, 1)].into();
        *effects(story, 6) = vec![letter(&small, "pam", Outcome::Closed)].into();
        *events(story, 12) =
            vec![not_counted(&refund("r5", "t2", "pam", "24.99", 265), "pam", Outcome::Closed, 1)].into();
    }),
    ("a purchase is of another account", &["credits_have_ground"], "partition 3 record 13", |story| {
        let Event::PurchaseCredited { account: of, .. } = &mut events(story, 13)[0] else { panic!() };
        *of = account("quin");
    }),
    ("a card has one use more than the record says", &["credits_within_uses"], "partition 3 record 13", |story| {
        let Event::PurchaseCredited { uses_left, .. } = &mut events(story, 13)[0] else { panic!() };
        *uses_left = 1;
    }),
    ("a card is credited once too often", &["credits_within_uses", "credits_have_ground"],
     "partition 3 record 14", |story| {
        let more = purchase("t5", "pam", "25.00", 285);
        events(story, 14).push(credited(&more, "pam", "2.50", 0));
        effects(story, 14).extend(earns(&more, "pam", "2.50"));
    }),
    ("less is taken back than was due", &["reversed_in_proportion"], "partition 3 record 7", |story| {
        let refund = refund("r1", "t1", "pam", "33.33", 220);
        *events(story, 7) = vec![reversed(&refund, "pam", "3.32")].into();
        *effects(story, 7) = gives_back(&refund, "t1", "pam", "3.32").into();
        story.ledger.iter_mut().find(|entry| entry.key == "3/7/0").unwrap().amount = usd("3.32");
    }),
    ("a refund takes nothing back though it should",
     &["reversed_in_proportion", "no_money_without_effect"], "partition 3 record 9", |story| {
        let refund = refund("r3", "t1", "pam", "50.00", 240);
        *events(story, 9) = vec![not_counted(&refund, "pam", Outcome::BelowMinimum, 1)].into();
        effects(story, 9).clear();
    }),
    ("a credit is never given", &["credits_follow_facts", "no_money_without_effect"],
     "partition 3 record 13", |story| {
        effects(story, 13).remove(0);
    }),
    ("no letter reports a credit", &["credits_follow_facts"], "partition 3 record 13", |story| {
        effects(story, 13).remove(1);
    }),
    ("a credit follows nothing", &["credits_follow_facts"], "partition 3 record 14", |story| {
        effects(story, 14).push(Effect::Credit(grant("t2", "pam", "2.50")));
    }),
    ("another amount is credited", &["credits_follow_facts", "no_money_without_effect"],
     "partition 3 record 13", |story| {
        effects(story, 13)[0] = Effect::Credit(grant("t4", "pam", "2.51"));
    }),
    ("a credit is given twice", &["credited_once"], "ledger line 28", |story| {
        story.ledger.push(line("credit", "3/13/0", "t4", "pam", "2.50"));
    }),
    ("a credit is taken back before it is given", &["credited_once"], "ledger line 21", |story| {
        story.ledger.swap(20, 21);
    }),
    ("a card provider credits without a request", &["no_money_without_effect"], "ledger line 28", |story| {
        story.ledger.push(line("credit", "3/6/0", "t2", "pam", "2.49"));
    }),
    ("a credit is dropped", &["effects_known"], "partition 3 record 14", |story| {
        events(story, 14).push(Event::Dropped { keys: vec![key("3/13/0")] });
    }),
];
