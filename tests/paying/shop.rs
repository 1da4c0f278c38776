//! The shop: its orders, the journal of their effects, and the outbox that carries them out.

use std::collections::BTreeSet;
use std::sync::Arc;

use flashtag::clock::Lag;
use flashtag::domain::command::Report;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, EffectKey, Network};
use flashtag::domain::offering::Offering;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::{DeliveryKey, OutsideKey};
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::instance::Instance;
use flashtag::outbox::provider::stripe::{Api, Holds, Paying, Stripe};
use flashtag::outbox::provider::{Delivery, Provider};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::words::renderer::Renderer;
use networks::stripe::Intent;

use super::books::Books;
use super::buyers::{Buyer, Letter, WITHIN};
use super::clock::ShopClock;
use super::line::Line;
use super::order::{Order, Stage};
use super::terms;
use super::theme::Theme;
use crate::test_rng::TestRng;

/// When it opens.
pub(super) const START_MS: i64 = 1_796_050_800_000;

/// Orders of a run at most.
const ORDERS_MOST: usize = 12;

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
    pub(super) clock: ShopClock,
    pub(super) line: Line,
    pub(super) outbox: Outbox,
    pub(super) restarts: u64,
    pub(super) retried: u64,
    /// What the shop did against what Stripe has.
    pub(super) faults: Vec<String>,
    /// The payments of orders that a restored copy does not know.
    pub(super) forgotten: BTreeSet<String>,
    /// What the journal holds.
    pub(super) books: Books,
    pub(super) restored: u64,
    pub(super) paid_elsewhere: u32,
    pub(super) rng: TestRng,
    pub(super) instance: Instance,
    pub(super) unrecorded: Vec<Report>,
    /// The last copy that was made.
    pub(super) copy: Option<Books>,
    pub(super) theme: Theme,
    /// How long payments wait for their buyers, if the banks ask for them; `None` if they do not wait.
    pub(super) patience: Option<Millis>,
    /// The letters to buyers whose banks ask for them.
    pub(super) letters: Vec<Letter>,
    /// What is held, as far as the shop knows.
    pub(super) holds: Holds,
    pub(super) api: Api,
    title: u32,
    seed: u64,
}

/// Nobody is asked by the provider itself: its conversation is played here.
pub(super) struct Nobody;

impl Http for Nobody {
    fn exchange(&self, _: &Request) -> Result<Answer, Unanswered> {
        Err(Unanswered::NotSent("nobody".into()))
    }
}

impl Shop {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = TestRng::new(seed);
        let theme = Theme::draw(&mut rng);
        let instance = Instance::new([7; 16].into());
        Self {
            clock: ShopClock::new(Timestamp::from_ms(START_MS)),
            line: Line::new(rng.split()),
            outbox: outbox(instance, Lag::NONE, seed),
            restarts: 0,
            retried: 0,
            faults: Vec::new(),
            forgotten: BTreeSet::new(),
            books: Books::default(),
            restored: 0,
            paid_elsewhere: 0,
            rng,
            instance,
            unrecorded: Vec::new(),
            copy: None,
            theme,
            patience: (theme == Theme::Asking).then_some(WITHIN),
            letters: Vec::new(),
            holds: Holds::default(),
            api: Api::new("https://stripe.example"),
            title: 0,
            seed,
        }
    }

    /// One thing happens.
    pub(super) fn turn(&mut self) {
        if self.turn_of_theme() {
            return;
        }
        match self.rng.below(100) {
            0..10 => self.place_some(),
            10..16 => self.take_back(),
            16..18 => self.restart(),
            18..20 => self.commit(),
            20..23 => self.title += 1,
            23..25 => self.line.skew_ms = self.rng.below(1_200_000) as i64 - 600_000,
            25..27 => self.capture_by_hand(),
            27..29 => self.retry(),
            29 => {
                let minutes = self.rng.below(120) as u32;
                self.line.revoked_until = self.clock.real.plus(Millis::from_secs(60 * minutes));
            }
            30 => {
                // From minutes to days: keys grow old.
                let hours = *self.rng.pick(&[1, 5, 22, 24, 30, 80, 130]);
                self.line.go_dark(self.clock.real, hours);
            }
            31 => {
                let hours = 1 + self.rng.below(24) as i64;
                self.pass(3_600_000 * hours);
            }
            32..40 => {
                let ms = 1 + self.rng.below(60_000) as i64;
                self.pass(ms);
            }
            40 => self.step_clock(),
            41 | 42 => self.copy = Some(self.books.clone()),
            43 => self.restore(),
            44 => self.settle_as_declined(),
            45 if self.rng.below(4) == 0 => self.others_pay(),
            _ => self.work(),
        }
    }

    /// All faults end, and the shop works until nothing is to be done and nothing is on its way.
    pub(super) fn settle(&mut self) {
        if self.theme == Theme::Late {
            // The last outage as well goes on until keys are forgotten.
            self.pass(self.line.dark_until().since(self.clock.real).ms().max(0));
        }
        self.line.heal(self.clock.real);
        self.run_out();
    }

    /// The shop works until nothing is to be done and nothing is on its way.
    pub(super) fn run_out(&mut self) {
        for _ in 0..20_000 {
            self.commit();
            self.buyers_act();
            if !self.outbox.is_idle() || !self.unrecorded.is_empty() {
                self.work();
            } else if self.line.has_late() {
                self.pass(60_000);
            } else {
                return;
            }
        }
        panic!("the shop never comes to rest: {:?}", self.outbox.pending_effects());
    }

    /// Somebody orders, while there are few orders.
    pub(super) fn place_some(&mut self) {
        let number = self.books.orders.len();
        if number >= ORDERS_MOST {
            return;
        }
        let customer = self.rng.below(self.theme.customers());
        let word = match self.theme {
            Theme::Asking if self.rng.below(3) > 0 => "authenticationRequired",
            _ => *self.rng.pick(&CARDS),
        };
        let buyer = if self.theme == Theme::Asking { Buyer::draw(&mut self.rng) } else { Buyer::Never };
        self.place_for(buyer, format!("cus_{customer}/pm_{word}{number}"));
    }

    /// Somebody orders.
    pub(super) fn place(&mut self, card: String) {
        self.place_for(Buyer::Never, card);
    }

    /// Somebody orders, and does that if the bank asks.
    pub(super) fn place_for(&mut self, buyer: Buyer, card: String) {
        let index = self.books.orders.len();
        let minor = 1000 + self.rng.below(20_000) as i64;
        let order = Order::new(index as u32, card, minor, buyer);
        let payment = order.payment();
        self.books.orders.push(order);
        self.record(vec![], vec![(index, Effect::Authorize(payment))]);
        let key = EffectKey { partition: 0, sequence: self.books.sequence, index: 0 };
        let prefix = self.instance.prefix(self.instance.form());
        self.books.orders[index].paid_under = OutsideKey { prefix, effect: key }.to_string();
    }

    /// Somebody takes an order back.
    pub(super) fn take_back(&mut self) {
        let Some(index) = self.some_order(|order| {
            matches!(order.stage, Stage::Sold | Stage::Authorizing) && !order.is_taken_back
        }) else {
            return;
        };
        let order = &mut self.books.orders[index];
        if order.stage == Stage::Authorizing {
            order.is_taken_back = true;
            return;
        }
        order.stage = Stage::Refunding;
        let payment = order.payment();
        self.record(vec![], vec![(index, Effect::Refund(payment))]);
    }

    pub(super) fn some_order(&mut self, is_it: impl Fn(&Order) -> bool) -> Option<usize> {
        let found: Vec<usize> =
            (0..self.books.orders.len()).filter(|index| is_it(&self.books.orders[*index])).collect();
        (!found.is_empty()).then(|| *self.rng.pick(&found))
    }

    pub(super) fn restart(&mut self) {
        self.restarts += 1;
        self.unrecorded.clear();
        self.outbox = outbox(self.instance, self.clock.lag, self.seed ^ self.restarts);
        self.outbox.recover(self.clock.shown(), self.books.journal.clone());
        // What is beside the journals may be lost.
        if self.restarts.is_multiple_of(2) {
            self.holds = Holds::default();
        }
    }

    pub(super) fn pass(&mut self, ms: i64) {
        self.clock.pass(ms);
        self.line.deliver_late(self.clock.real);
    }

    /// Makes an attempt, or passes the time until one is due.
    pub(super) fn work(&mut self) {
        self.gather();
        if self.rng.below(4) > 0 {
            self.commit();
        }
        if let Some(attempt) = self.outbox.take_due(self.clock.shown(), Lane::Cards) {
            return self.make(attempt);
        }
        self.commit();
        let now = self.clock.shown();
        match self.outbox.next_due() {
            Some(due) if due > now => self.pass(self.clock.real_ms_until(due)),
            _ => self.pass(1000),
        }
    }

    fn make(&mut self, attempt: Attempt) {
        let key = attempt.key.clone();
        let delivery = Delivery { attempt, offering: self.offering(), at: self.clock.shown(), address: None };
        let api = self.api.clone();
        let mut paying = Paying::patient(&api, &delivery, self.patience);
        let was_there = self.is_there(&delivery);
        let Ok(mut result) = self.converse(&key, &mut paying) else { return self.restart() };
        if let Some(intent) = paying.waiting().map(str::to_owned)
            && let Some(order) = self.order_of(&key)
            && !self.write_to_buyer(order, &intent, delivery.attempt.recorded_at)
        {
            paying.give_up_waiting();
            let Ok(then) = self.converse(&key, &mut paying) else { return self.restart() };
            result = then;
        }
        if let Some(news) = paying.hold_news(&result) {
            self.holds.follow(news, delivery.at);
        }
        let is_missed = match result {
            AttemptResult::NotFound => was_there,
            AttemptResult::Failed { permanent: true, .. } => self.is_there(&delivery),
            _ => false,
        };
        if is_missed {
            self.faults.push(format!("{key} is there, and was not found: {result:?}"));
        }
        let report = self.outbox.settle(self.clock.shown(), &key, result);
        self.unrecorded.extend(report);
    }

    fn order_of(&self, key: &DeliveryKey) -> Option<usize> {
        let DeliveryKey::Effect(OutsideKey { effect, .. }) = key else { return None };
        self.books.asked.get(effect).copied()
    }

    /// Whether Stripe's lists show the payment that an attempt asks for.
    fn is_there(&self, delivery: &Delivery) -> bool {
        let key = delivery.attempt.key.to_string();
        let mut intents = self.line.stripe.intents().iter();
        matches!(delivery.attempt.effect, Effect::Authorize(_))
            && intents.any(|intent| intent.metadata.get("key") == Some(&key))
    }

    /// Notes a payment that the shop believes to be held and that never was.
    fn check_held(&mut self, order: usize, reference: Option<&PaymentRef>) {
        let id = reference.map(ToString::to_string).unwrap_or_default();
        let paid_under = &self.books.orders[order].paid_under;
        let is_it = |intent: &Intent| {
            intent.id == id && intent.was_held && intent.metadata.get("key") == Some(paid_under)
        };
        if !self.line.stripe.intents().iter().any(is_it) {
            self.faults.push(format!("{paid_under} counts as held, and {id:?} never was"));
        }
    }

    fn gather(&mut self) {
        while let Some((_, report)) = self.outbox.take_report(self.clock.shown()) {
            self.unrecorded.push(report);
        }
    }

    /// Records what is reported, with what follows.
    pub(super) fn commit(&mut self) {
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
                self.books.dead.push(*key);
                Event::DeadLettered { key: *key, reason: reason.clone() }
            }
            Report::Declined { id, key, reason } => {
                let account = Account::parse(Network::X, "42").unwrap();
                Event::Declined { id: *id, account, units: 1, reason: reason.clone(), key: *key }
            }
            Report::Dropped(keys) => Event::Dropped { keys: keys.clone() },
            other => other.lane_event().unwrap_or_else(|| Event::Delivered(other.as_delivered())),
        };
        let of = report.keys().first().and_then(|key| self.books.asked.get(key)).copied();
        if let (Report::Authorized { reference, .. }, Some(order)) = (report, of) {
            self.check_held(order, reference.as_ref());
        }
        let effect =
            of.and_then(|index| follow(&mut self.books.orders[index], report).map(|effect| (index, effect)));
        self.record(vec![event], effect.into_iter().collect());
    }

    /// Records events, and the effects that follow from them, each with its order.
    pub(super) fn record(&mut self, events: Vec<Event>, effects: Vec<(usize, Effect)>) {
        let (partition, form, now) = (0, self.instance.form(), self.clock.shown());
        let (sequence, record) = self.books.record(now, form, events, effects);
        let records = vec![(sequence, record)];
        self.outbox.take_in(now, Incoming { partition, form, records, refusals: Vec::new() });
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

fn outbox(instance: Instance, lag: Lag, seed: u64) -> Outbox {
    let renderer = Renderer::new(|_, _, _| None);
    let mut outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), seed, renderer);
    let stripe = Stripe::new(Api::new("https://stripe.example"), Arc::new(Nobody));
    outbox.set_resend_safety(Lane::Cards, stripe.resend_safety());
    outbox.of_instance(Some(instance)).lagging(lag)
}
