//! The shop: its orders, the journal of their effects, and the outbox that carries them out.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::domain::offering::Offering;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::instance::Instance;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::{Api, Paying, Stripe};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::words::renderer::Renderer;

use super::line::{Killed, Line};
use super::order::{Order, Stage};
use super::terms;
use crate::test_rng::TestRng;

const START_MS: i64 = 1_796_050_800_000;

/// Words of cards, most of which pay.
const CARDS: [&str; 12] = [
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
    "insufficientFunds",
    "lostCard",
    "authenticationRequired",
    "captureDeclined",
    "refundPending",
    "refundFail",
];

pub(super) struct Shop {
    pub(super) now: Timestamp,
    pub(super) line: Line,
    pub(super) orders: Vec<Order>,
    pub(super) outbox: Outbox,
    pub(super) restarts: u64,
    pub(super) retried: u64,
    /// Effects that were given up: why, and whether Stripe had what they ask for.
    pub(super) wrongly_given_up: Vec<String>,
    rng: TestRng,
    api: Api,
    instance: Instance,
    journal: PendingEffects,
    sequence: u64,
    unrecorded: Vec<Report>,
    /// The order of each effect.
    asked: BTreeMap<EffectKey, usize>,
    dead: Vec<EffectKey>,
    title: u32,
    seed: u64,
}

/// Nobody is asked by the provider itself: its conversation is played here.
struct Nobody;

impl Http for Nobody {
    fn exchange(&self, _: &Request) -> Result<Answer, Unanswered> {
        Err(Unanswered::NotSent("nobody".into()))
    }
}

impl Shop {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = TestRng::new(seed);
        let instance = Instance::new([7; 16].into());
        Self {
            now: Timestamp::from_ms(START_MS),
            line: Line::new(rng.split()),
            orders: Vec::new(),
            outbox: outbox(instance, seed),
            restarts: 0,
            retried: 0,
            wrongly_given_up: Vec::new(),
            rng,
            api: Api::new("https://stripe.example"),
            instance,
            journal: PendingEffects::default(),
            sequence: 0,
            unrecorded: Vec::new(),
            asked: BTreeMap::new(),
            dead: Vec::new(),
            title: 0,
            seed,
        }
    }

    /// One thing happens.
    pub(super) fn turn(&mut self) {
        match self.rng.below(100) {
            0..10 if self.orders.len() < 12 => self.place(),
            10..16 => self.take_back(),
            16..18 => self.restart(),
            18..20 => self.commit(),
            20..23 => self.title += 1,
            23..25 => self.line.skew_ms = self.rng.below(1_200_000) as i64 - 600_000,
            25..27 => self.capture_by_hand(),
            27..29 => self.retry(),
            29 => self.line.revoked_until = self.now.plus(Millis::from_secs(60 * self.rng.below(120) as u32)),
            30 => {
                // From minutes to days: keys grow old.
                let hours = [1, 5, 22, 24, 30, 80, 130][self.rng.below(7)];
                self.line.dark_until = self.now.plus(Millis::from_secs(3600 * hours));
            }
            31 => {
                let hours = 1 + self.rng.below(24) as i64;
                self.pass(3_600_000 * hours);
            }
            32..40 => {
                let ms = 1 + self.rng.below(60_000) as i64;
                self.pass(ms);
            }
            _ => self.work(),
        }
    }

    /// All faults end, and the shop works until nothing is to be done.
    pub(super) fn settle(&mut self) {
        self.line.is_calm = true;
        self.line.dark_until = self.now;
        self.line.revoked_until = self.now;
        for _ in 0..20_000 {
            self.commit();
            if self.outbox.is_idle() && self.unrecorded.is_empty() {
                return;
            }
            self.work();
        }
        panic!("the shop never comes to rest: {:?}", self.outbox.pending_effects());
    }

    fn place(&mut self) {
        let ordinal = self.orders.len() as u32;
        let card = format!("cus_{}/pm_{}{ordinal}", self.rng.below(4), self.rng.pick(&CARDS));
        let minor = 1000 + self.rng.below(20_000) as i64;
        self.orders.push(Order::new(ordinal, card, minor));
        let payment = self.orders[ordinal as usize].payment();
        self.record(vec![], vec![(ordinal as usize, Effect::Authorize(payment))]);
    }

    fn take_back(&mut self) {
        let Some(index) = self.some_order(|order| {
            matches!(order.stage, Stage::Sold | Stage::Authorizing) && !order.is_taken_back
        }) else {
            return;
        };
        let order = &mut self.orders[index];
        if order.stage == Stage::Authorizing {
            order.is_taken_back = true;
            return;
        }
        order.stage = Stage::Refunding;
        let payment = order.payment();
        self.record(vec![], vec![(index, Effect::Refund(payment))]);
    }

    fn some_order(&mut self, is_it: impl Fn(&Order) -> bool) -> Option<usize> {
        let found: Vec<usize> = (0..self.orders.len()).filter(|index| is_it(&self.orders[*index])).collect();
        (!found.is_empty()).then(|| *self.rng.pick(&found))
    }

    /// Somebody clicks in Stripe's dashboard.
    fn capture_by_hand(&mut self) {
        let ids: Vec<String> = self.line.stripe.intents().iter().map(|intent| intent.id.clone()).collect();
        if !ids.is_empty() {
            let id = self.rng.pick(&ids).clone();
            self.line.stripe.capture_by_hand(&id);
        }
    }

    /// An operator lets what was given up be tried again.
    fn retry(&mut self) {
        if self.dead.is_empty() {
            return;
        }
        let key = self.dead.remove(self.rng.below(self.dead.len()));
        let order = &mut self.orders[self.asked[&key]];
        if let Some(stage) = order.given_up_in.take() {
            order.stage = stage;
        }
        self.retried += 1;
        self.record(vec![Event::DeadLetterRetried { key }], vec![]);
    }

    fn restart(&mut self) {
        self.restarts += 1;
        self.unrecorded.clear();
        self.outbox = outbox(self.instance, self.seed ^ self.restarts);
        self.outbox.recover(self.now, self.journal.clone());
    }

    fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(Millis::from_ms(ms));
        self.line.deliver_late(self.now);
    }

    /// Makes an attempt, or passes the time until one is due.
    fn work(&mut self) {
        self.gather();
        if self.rng.below(4) > 0 {
            self.commit();
        }
        if let Some(attempt) = self.outbox.take_due(self.now, Lane::Cards) {
            return self.make(attempt);
        }
        self.commit();
        match self.outbox.next_due() {
            Some(due) if due > self.now => self.pass(due.since(self.now).ms()),
            _ => self.pass(1000),
        }
    }

    fn make(&mut self, attempt: Attempt) {
        let key = attempt.key.clone();
        let delivery = Delivery { attempt, offering: self.offering(), at: self.now, address: None };
        let api = self.api.clone();
        let mut paying = Paying::new(&api, &delivery);
        let mut asked = 0;
        let result = loop {
            match paying.next() {
                Turn::Over(result) => break result,
                Turn::Ask(request) => {
                    asked += 1;
                    assert!(asked < 9, "an attempt asks for ever");
                    match self.line.exchange(&request, &mut self.now) {
                        Ok(answer) => paying.answered(answer),
                        Err(Killed) => return self.restart(),
                    }
                }
            }
        };
        self.look_for_lost(&delivery, &result);
        let report = self.outbox.settle(self.now, &key, result);
        self.unrecorded.extend(report);
    }

    /// What Stripe's lists show is never said not to be there.
    fn look_for_lost(&mut self, delivery: &Delivery, result: &AttemptResult) {
        let Effect::Authorize(_) = &delivery.attempt.effect else { return };
        let key = delivery.attempt.key.to_string();
        let mut intents = self.line.stripe.intents().iter();
        let is_there = intents.any(|intent| intent.metadata.get("key") == Some(&key));
        let absent =
            matches!(result, AttemptResult::NotFound | AttemptResult::Failed { permanent: true, .. });
        if is_there && absent {
            self.wrongly_given_up.push(format!("{key}: {result:?}"));
        }
    }

    fn gather(&mut self) {
        while let Some((_, report)) = self.outbox.take_report(self.now) {
            self.unrecorded.push(report);
        }
    }

    /// Records what is reported, with what follows.
    fn commit(&mut self) {
        self.gather();
        while !self.unrecorded.is_empty() {
            let report = self.unrecorded.remove(0);
            self.learn(&report);
            self.gather();
        }
    }

    fn learn(&mut self, report: &Report) {
        let event = match report {
            Report::DeadLettered { key, reason } => {
                self.dead.push(*key);
                Event::DeadLettered { key: *key, reason: reason.clone() }
            }
            Report::Dropped(keys) => Event::Dropped { keys: keys.clone() },
            other => other.lane_event().unwrap_or_else(|| Event::Delivered(other.as_delivered())),
        };
        let of = report.keys().first().and_then(|key| self.asked.get(key)).copied();
        let effect =
            of.and_then(|index| follow(&mut self.orders[index], report).map(|effect| (index, effect)));
        self.record(vec![event], effect.into_iter().collect());
    }

    fn record(&mut self, events: Vec<Event>, effects: Vec<(usize, Effect)>) {
        self.sequence += 1;
        let (partition, sequence, form) = (0, self.sequence, self.instance.form());
        for (index, (order, _)) in effects.iter().enumerate() {
            let key = EffectKey { partition, sequence, index: index as _ };
            self.asked.insert(key, *order);
        }
        let effects: Vec<Effect> = effects.into_iter().map(|(_, effect)| effect).collect();
        let record =
            Record { at: self.now, decision: Decision { events: events.into(), effects: effects.into() } };
        self.journal.read(partition, sequence, form, record.clone());
        let records = vec![(sequence, record)];
        self.outbox.take_in(self.now, Incoming { partition, form, records, refusals: Vec::new() });
    }

    /// The offer as it is today: its words change all the time.
    fn offering(&self) -> Offering {
        terms(&format!("Kettle {}", self.title)).into()
    }
}

/// What a report means for its order, and the effect that follows.
fn follow(order: &mut Order, report: &Report) -> Option<Effect> {
    match report {
        Report::Authorized { reference, .. } => {
            order.reference = reference.clone();
            order.stage = if order.is_taken_back { Stage::Voiding } else { Stage::Capturing };
            let payment = order.payment();
            Some(if order.is_taken_back { Effect::Void(payment) } else { Effect::Capture(payment) })
        }
        Report::Captured { .. } => {
            order.stage = Stage::Sold;
            None
        }
        Report::Declined { .. } if order.stage == Stage::Capturing => {
            order.stage = Stage::Voiding;
            Some(Effect::Void(order.payment()))
        }
        Report::Declined { .. } => {
            order.stage = Stage::Declined;
            None
        }
        Report::NotVoided { .. } => {
            order.stage = Stage::Refunding;
            Some(Effect::Refund(order.payment()))
        }
        Report::Refunded { .. } => {
            order.stage = Stage::Refunded;
            None
        }
        Report::Delivered(_) => {
            order.stage = Stage::Voided;
            None
        }
        Report::DeadLettered { .. } => {
            order.given_up_in = Some(order.stage);
            order.stage = Stage::GivenUp;
            None
        }
        _ => None,
    }
}

fn outbox(instance: Instance, seed: u64) -> Outbox {
    let renderer = Renderer::new(|_, _, _| None);
    let mut outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), seed, renderer);
    let stripe = Stripe::new(Api::new("https://stripe.example"), Arc::new(Nobody));
    outbox.set_resend_safety(Lane::Cards, stripe.resend_safety());
    outbox.of_instance(Some(instance))
}
