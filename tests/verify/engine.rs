//! Checks the real rules: whatever accounts, a shop and an unreliable card provider do, the resulting history
//! keeps every promise.

use std::collections::BTreeMap;

use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::domain::arrival::Arrival;
use flashtag::domain::command::{Command, Intent, PostCommand, Report as Word, StockChange};
use flashtag::domain::credit::CreditTerms;
use flashtag::domain::effect::{Effect, Payment, StatementCredit};
use flashtag::domain::id::{EffectKey, OfferId, OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::rules::{DrawRule, Rules};
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};
use flashtag::verify::{Ending, LedgerEntry};

use super::credits::cash_terms;
use super::story::*;

const CROWD: [&str; 8] = ["ana", "bob", "cyd", "dan", "eve", "fay", "gil", "hal"];

/// The offers, by partition and number. A partition has offers of several campaigns.
fn offers() -> [Vec<Terms>; 2] {
    let rules = |name: &str, campaign: &str, units, limit, rules| {
        let mut terms = terms(name, units);
        (terms.campaign, terms.limit_per_account, terms.rules) = (campaign.into(), limit, rules);
        terms
    };
    let cap = Some("500.00 USD".parse().unwrap());
    let take_back = Some(Millis::from_secs(1500));
    let revocable =
        Rules { take_back, spend_cap: cap, limit_per_card: Some(4), reminder: true, ..Rules::default() };
    let mut flash = rules("flash", "sale", 3, 2, Rules::default());
    flash.confirm_within = Millis::ZERO;
    let window = Millis::from_secs(900);
    let draw = Some(DrawRule { window, seed: seed("7e") });
    let drawn = Rules { draw, ..Rules::default() };
    let whole = Rules { partial: false, take_back, reminder: true, ..Rules::default() };
    [
        vec![rules("kindle", "sale", 4, 3, revocable), flash, rules("lots", "lots", 4, 2, drawn)],
        vec![rules("whole", "whole", 5, 4, whole)],
    ]
}

/// The statement-credit offer of partition 1.
const CASH: OfferNo = OfferNo(1);

fn transaction_id(count: usize) -> TransactionId {
    TransactionId::parse(&format!("t{count}")).unwrap()
}

struct World {
    rng: u64,
    now: Timestamp,
    partitions: [PartitionState; 2],
    story: Story,
    open: BTreeMap<EffectKey, Effect>,
    sent: Vec<(u32, PostCommand)>,
    mailed: Vec<(u32, ReservationId, &'static str)>,
    spent: Vec<Transaction>,
    posts: u32,
    changes: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            rng: seed | 1,
            now: at(0),
            partitions: [PartitionState::new(0), PartitionState::new(1)],
            story: Story::default(),
            open: BTreeMap::new(),
            sent: Vec::new(),
            mailed: Vec::new(),
            spent: Vec::new(),
            posts: 0,
            changes: 0,
        };
        for (partition, offers) in (0..).zip(offers()) {
            for (no, terms) in (0..).zip(offers) {
                world.judge(partition, &Command::AddOffer { offer: OfferNo(no), terms: Box::new(terms) });
            }
        }
        let terms = Box::new(CreditTerms { enrollments: 5, ..cash_terms() });
        world.judge(1, &Command::AddCreditOffer { offer: CASH, terms });
        world
    }

    /// A random number below `bound`, by xorshift.
    fn below(&mut self, bound: u64) -> u64 {
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 7;
        self.rng ^= self.rng << 17;
        (self.rng >> 11) % bound
    }

    fn judge(&mut self, partition: u32, command: &Command) {
        let mut batch = DecisionBatch::default();
        self.partitions[partition as usize].turn(self.now, command, &mut batch);
        self.keep(partition, batch);
    }

    fn keep(&mut self, partition: u32, batch: DecisionBatch) {
        for (sequence, record) in batch.records {
            for (index, effect) in (0_u32..).zip(&record.decision.effects) {
                self.open.insert(EffectKey { partition, sequence, index }, effect.clone());
            }
            self.story.records.push((partition, sequence, record));
        }
    }

    fn everywhere(&mut self, command: &Command) {
        for partition in [0, 1] {
            self.judge(partition, command);
        }
    }

    fn post_one(&mut self) {
        // Now and then a post arrives a second time, however late.
        let (partition, command) = if self.below(6) == 0 && !self.sent.is_empty() {
            let nth = self.below(self.sent.len() as u64) as usize;
            self.sent[nth].clone()
        } else {
            let (partition, command) = self.write();
            if command.intent == Intent::Freeze {
                return self.everywhere(&Command::Say(command));
            }
            self.sent.push((partition, command.clone()));
            (partition, command)
        };
        self.judge(partition, &Command::Say(command));
    }

    fn write(&mut self) -> (u32, PostCommand) {
        let who = CROWD[self.below(CROWD.len() as u64) as usize];
        let (partition, offer) = [(0, 0), (0, 0), (0, 1), (0, 2), (1, 0), (1, 1)][self.below(6) as usize];
        let offer = OfferNo(offer);
        let intent = match self.below(60) {
            0..=26 if (partition, offer) == (1, CASH) => Intent::Enroll(offer),
            0..=26 => Intent::Buy(offer),
            27..=42 => Intent::Confirm(offer),
            43..=52 => Intent::Cancel(offer),
            53..=58 => Intent::Delete,
            _ => Intent::Freeze,
        };
        // Two accounts share a card.
        let payer = if who == "bob" { "ana" } else { who };
        let late = self.below(60) as i64 * 1000;
        let posted_at = Timestamp::from_ms(self.now.ms() - late + 500);
        // A deletion has the id of the deleted post.
        let earlier = self
            .sent
            .iter()
            .rev()
            .map(|(_, command)| command)
            .find(|command| command.account == account(who));
        let post = match (&intent, earlier) {
            (Intent::Delete, Some(earlier)) => earlier.post.clone(),
            _ => {
                self.posts += 1;
                post(&format!("p{}", self.posts))
            }
        };
        let units = 1 + self.below(3) as u32;
        let link = Some(link(who, payer));
        (partition, PostCommand { link, units, ..PostCommand::plain(account(who), post, posted_at, intent) })
    }

    /// A purchase or a refund; now and then the feed repeats it.
    fn spend(&mut self) {
        if self.below(6) > 0 || self.spent.is_empty() {
            let transaction = self.transaction();
            self.spent.push(transaction);
        }
        // A refund may arrive before its purchase.
        let nth = self.below(self.spent.len().min(4) as u64) as usize;
        let transaction = self.spent[self.spent.len() - 1 - nth].clone();
        let mut batch = DecisionBatch::default();
        self.partitions[1].transact(self.now, &transaction, None, Arrival::at(self.now), &mut batch);
        self.keep(1, batch);
    }

    fn transaction(&mut self) -> Transaction {
        let count = self.spent.len();
        let amount =
            ["9.99 USD", "25.00 USD", "33.33 USD", "400.00 USD", "50.00 EUR"][self.below(5) as usize];
        let kind = match self.below(2) {
            0 => TransactionKind::Purchase,
            _ => TransactionKind::Refund { of: transaction_id(self.below(count as u64 + 2) as usize) },
        };
        let nth = self.below(CROWD.len() as u64) as usize;
        // Most refunds are to the card of their purchase.
        let of = match &kind {
            TransactionKind::Refund { of } => self.spent.iter().find(|earlier| earlier.id == *of),
            TransactionKind::Purchase => None,
        };
        let card = of.map_or_else(|| format!("tok_{}", CROWD[nth]).into(), |earlier| earlier.card.clone());
        let merchant = ["m-1", "m-1", "m-1", "m-2"][self.below(4) as usize].into();
        let at = Timestamp::from_ms(self.now.ms() - self.below(100) as i64 * 1000);
        Transaction { id: transaction_id(count), card, merchant, amount: amount.parse().unwrap(), at, kind }
    }

    /// An account follows the link of a letter.
    fn click(&mut self) {
        if self.mailed.is_empty() {
            return;
        }
        let nth = self.below(self.mailed.len() as u64) as usize;
        let (partition, id, who) = self.mailed[nth];
        let post =
            PostId::parse_reference(&format!("link/{partition}/{}.{}", id.offer.0, id.ordinal)).unwrap();
        let accepts = PostCommand::plain(account(who), post, self.now, Intent::Accept(id));
        let command = PostCommand { link: Some(link(who, who)), ..accepts };
        self.judge(partition, &Command::Say(command));
    }

    /// The shop changes an allotment, or unfreezes an account.
    fn operate(&mut self) {
        self.changes += 1;
        let (partition, offer) = [(0, 0), (0, 1), (0, 2), (1, 0)][self.below(4) as usize];
        let (units, key) = (1 + self.below(3) as u32, format!("change-{}", self.changes).into());
        let change = StockChange { offer: OfferNo(offer), units, key };
        match self.below(4) {
            3 => {
                let change = match self.below(16) {
                    0 => SaleChange::Pause(Deadlines::Run),
                    1 => SaleChange::Pause(Deadlines::Freeze),
                    2 if self.below(4) == 0 => SaleChange::Close(LineAtClose::Release),
                    _ => SaleChange::Resume,
                };
                let order = SaleOrder { offer: OfferNo(offer), change, reason: "test".into() };
                self.judge(partition, &Command::Operate(order));
            }
            0 => self.judge(partition, &Command::Restock(change)),
            1 => self.judge(partition, &Command::Withdraw(change)),
            _ => {
                let who = CROWD[self.below(CROWD.len() as u64) as usize];
                self.everywhere(&Command::Unfreeze(account(who)));
            }
        }
    }

    /// A provider carries out one pending effect and reports it.
    fn provide(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let nth = self.below(self.open.len() as u64) as usize;
        let (&key, effect) = self.open.iter().nth(nth).unwrap();
        // The provider handles one order or purchase at a time.
        let order = |effect: &Effect| effect.order_name(&OfferId::parse("any").unwrap());
        let alike = |(of, earlier): &(&EffectKey, &Effect)| {
            of.partition == key.partition
                && earlier.offer() == effect.offer()
                && order(earlier) == order(effect)
        };
        let first = order(effect).and_then(|_| self.open.iter().find(alike));
        let (key, effect) =
            first.map_or_else(|| (key, effect.clone()), |(key, effect)| (*key, effect.clone()));
        self.open.remove(&key);
        let yes = self.below(4) != 0;
        let word = self.answer(key, &effect, yes);
        if let Effect::Authorize(payment) | Effect::Capture(payment) = &effect {
            self.book(&effect, key, payment, yes);
        }
        if let Effect::Void(payment) | Effect::Refund(payment) = &effect {
            self.book(&effect, key, payment, true);
        }
        if let Effect::Credit(grant) | Effect::ReverseCredit(grant) = &effect {
            let StatementCredit { purchase, card, amount, .. } = grant;
            self.story.ledger.push(LedgerEntry {
                at: self.now,
                key: key.to_string(),
                operation: effect.kind().into(),
                order: format!("cash:{purchase}"),
                card: card.to_string(),
                amount: *amount,
                taken: true,
            });
        }
        self.judge(key.partition, &Command::Report(word));
    }

    fn answer(&mut self, key: EffectKey, effect: &Effect, yes: bool) -> Word {
        let reason = "funds".into();
        match effect {
            Effect::Authorize(payment) if yes => Word::Authorized { id: payment.id, key, reference: None },
            Effect::Capture(payment) if yes => Word::Captured { id: payment.id, key },
            Effect::Authorize(payment) | Effect::Capture(payment) => {
                Word::Declined { id: payment.id, key, reason }
            }
            Effect::Refund(payment) => Word::Refunded { id: payment.id, key },
            Effect::Void(_) | Effect::Order(_) | Effect::Credit(_) | Effect::ReverseCredit(_) => {
                Word::Delivered(vec![key].into())
            }
            Effect::Email { request, .. } if request.asks().is_some() => {
                let who = CROWD.into_iter().find(|who| account(who) == request.account).unwrap();
                self.mailed.push((key.partition, request.asks().unwrap(), who));
                Word::Delivered(vec![key].into())
            }
            _ => match effect.prompts() {
                Some(id) if !yes => Word::Undeliverable { id, key },
                Some(id) => Word::Prompted { id, key, prompt: post(&key.to_string()), at: self.now },
                None if self.below(20) == 0 => Word::DeadLettered { key, reason },
                None if self.below(10) == 0 && !matches!(effect, Effect::Email { .. }) => {
                    Word::Dropped(vec![key])
                }
                None => Word::Delivered(vec![key].into()),
            },
        }
    }

    fn book(&mut self, effect: &Effect, key: EffectKey, payment: &Payment, taken: bool) {
        let terms = self.partitions[key.partition as usize].offer(payment.id.offer).unwrap().terms();
        let order = payment.id.public(&terms.id);
        self.story.pay_for(effect.kind(), &key.to_string(), &order, payment, taken);
        if self.below(3) == 0 {
            self.story.pay_for(effect.kind(), &key.to_string(), &order, payment, false);
        }
    }

    fn turn(&mut self) {
        let pause = [0, 0, 1, 5, 20, 120][self.below(6) as usize];
        self.now = self.now.plus(Millis::from_secs(pause));
        match self.below(30) {
            0..=11 => self.provide(),
            12 => self.click(),
            13 => self.operate(),
            14 | 15 => self.spend(),
            _ => self.post_one(),
        }
    }

    /// Advances until nothing is pending.
    fn settle(&mut self) {
        // Frozen deadlines would stand still for ever.
        for (partition, offer) in [(0, 0), (0, 1), (0, 2), (1, 0)] {
            let (offer, change) = (OfferNo(offer), SaleChange::Resume);
            self.judge(partition, &Command::Operate(SaleOrder { offer, change, reason: "end".into() }));
        }
        loop {
            while !self.open.is_empty() {
                self.provide();
            }
            let due = self.partitions.iter().filter_map(PartitionState::next_deadline).min();
            let Some(due) = due else { return };
            self.now = self.now.max(due);
            self.everywhere(&Command::ExpireDue);
        }
    }
}

/// 600 accounts wait for one unit, and then 600 units are added: more than one record hands them on.
#[test]
fn units_handed_on_in_several_records_are_not_idle() {
    let popular = |draw: bool| {
        let mut terms = terms("popular", 1);
        let rule = DrawRule { window: Millis::from_secs(600), seed: seed("7e") };
        terms.rules.draw = draw.then_some(rule);
        terms
    };
    for draw in [false, true] {
        let mut world = World::new(1);
        let offer = world.partitions[1].next_offer();
        world.judge(1, &Command::AddOffer { offer, terms: Box::new(popular(draw)) });
        world.now = at(100);
        for buyer in 0..600 {
            let who = format!("buyer-{buyer}");
            let post = post(&format!("{who}-claims"));
            let claim = PostCommand::plain(account(&who), post, world.now, Intent::Buy(offer));
            world.judge(1, &Command::Say(PostCommand { link: Some(link(&who, &who)), ..claim }));
        }
        let key = "many".into();
        world.judge(1, &Command::Restock(StockChange { offer, units: 599, key }));
        let counts = |world: &World| world.partitions[1].offer(offer).unwrap().counts();
        assert_eq!(counts(&world).waiting, if draw { 600 } else { 0 });
        world.now = at(690);
        world.judge(1, &Command::ExpireDue);
        assert_eq!((counts(&world).waiting, counts(&world).reserved), (0, 600));
        let report = world.story.report(Ending::Open, true);
        assert!(report.passed(), "{report}");
    }
}

fn link(who: &str, payer: &str) -> Link {
    let card = Card {
        token: format!("tok_{payer}").into(),
        brand: "amex".into(),
        funding: Funding::Credit,
        last4: "1005".into(),
    };
    Link::new(&card, &format!("{who}@example.com"), "US-NY")
}

#[test]
fn every_decision_of_the_rules_keeps_every_promise() {
    let mut seen = BTreeMap::<&str, u64>::new();
    for seed in 1..=1500_u64 {
        let mut world = World::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..400 {
            world.turn();
        }
        let midway = world.story.report(Ending::Open, true);
        assert!(midway.passed(), "seed {seed}\n{midway}");
        world.settle();
        let report = world.story.report(Ending::Strict, true);
        assert!(report.passed(), "seed {seed}\n{report}");
        for line in &report.lines {
            *seen.entry(line.name).or_default() += line.checked;
        }
    }
    // Every promise was checked at least once.
    assert!(seen.values().all(|checked| *checked > 100), "{seen:?}");
}
