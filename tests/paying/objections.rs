//! Banks that object, Stripe that tells of it, and a shop that follows, as scenario tables.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};

use crossbeam_channel::Receiver;
use flashtag::actors::node::ObjectionNoted;
use flashtag::actors::port::Overloaded;
use flashtag::domain::objection::Objection;
use flashtag::domain::time::Timestamp;
use flashtag::engine::card_events::{EventFollower, EventMemory, Followed, NotFollowed, ObjectionNotes};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::ops::OpsError;
use flashtag::outbox::instance_id::InstanceId;
use flashtag::outbox::provider::stripe::{Api, FoundObjection, Received, WebhookEndpoint, WebhookSecrets};
use networks::Network;
use networks::stripe::{Account, Webhook, World};
use rand::SeedableRng;
use rand::rngs::StdRng;

const KEY: &str = "rk_test_shop";
pub(super) const SECRET: &str = "whsec_endpoint0001";
const SHOP: [u8; 16] = [7; 16];
const START_MS: i64 = 1_796_050_800_000;

/// Stripe, and the way to it.
struct Way {
    stripe: Mutex<World>,
    now_ms: AtomicI64,
    /// Nothing comes through.
    is_dark: AtomicBool,
}

/// Stripe, and what the shop knows.
pub(super) struct Bench {
    way: Way,
    /// The partition has no room.
    pub(super) is_full: Cell<bool>,
    /// What is noted, by order, in the order of coming.
    pub(super) noted: RefCell<BTreeMap<String, Vec<Objection>>>,
    followed: RefCell<BTreeMap<String, i64>>,
    until: Cell<Option<i64>>,
    endpoint: WebhookEndpoint,
    hints: Receiver<String>,
}

impl Http for Way {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        if self.is_dark.load(Ordering::Relaxed) {
            return Err(Unanswered::NotSent("it is dark".into()));
        }
        let mut made = networks::Request::new(request.body.clone());
        *made.method_mut() = request.method.name().parse().unwrap();
        *made.uri_mut() = request.url.parse().unwrap();
        for (name, value) in &request.headers {
            made.headers_mut().insert("content-type", value.parse().unwrap());
            assert_eq!(name, "content-type");
        }
        assert!(request.signed, "every request is made in the shop's name");
        made.headers_mut().insert("authorization", format!("Bearer {KEY}").parse().unwrap());
        let mut rng = StdRng::seed_from_u64(7);
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let answer = self.stripe.lock().unwrap().handle(&made, now_ms, &mut rng);
        Ok(Answer { status: answer.status().as_u16(), headers: Vec::new(), body: answer.body().clone() })
    }
}

impl EventMemory for Bench {
    fn is_followed(&self, event: &str) -> Result<bool, OpsError> {
        Ok(self.followed.borrow().contains_key(event))
    }

    fn store_followed(&self, event: &str, created: i64) -> Result<(), OpsError> {
        self.followed.borrow_mut().insert(event.to_owned(), created);
        Ok(())
    }

    fn followed_until(&self) -> Result<Option<i64>, OpsError> {
        Ok(self.until.get())
    }

    fn store_followed_until(&self, second: i64, _: Timestamp) -> Result<(), OpsError> {
        self.until.set(Some(second));
        Ok(())
    }
}

impl ObjectionNotes for Bench {
    fn note(&self, found: FoundObjection) -> Result<ObjectionNoted, Overloaded> {
        let FoundObjection { order, objection, .. } = found;
        if self.is_full.get() {
            return Err(Overloaded);
        }
        if !order.starts_with("kettle.") {
            return Ok(ObjectionNoted::NoOrder);
        }
        let mut noted = self.noted.borrow_mut();
        let of = noted.entry(order).or_default();
        let last = of.iter().rev().find(|known| known.reference() == objection.reference());
        if last == Some(&objection) {
            return Ok(ObjectionNoted::Known);
        }
        of.push(objection);
        Ok(ObjectionNoted::Recorded)
    }
}

impl Bench {
    /// A shop with two paid orders, and a payment of another shop's at the same account of Stripe.
    pub(super) fn new() -> Self {
        let mut stripe = World::new();
        stripe.add_key(KEY, Account::default());
        let (endpoint, hints) = WebhookEndpoint::new(WebhookSecrets::parse(SECRET).unwrap());
        let bench = Self {
            way: Way {
                stripe: Mutex::new(stripe),
                now_ms: AtomicI64::new(START_MS),
                is_dark: AtomicBool::new(false),
            },
            is_full: Cell::new(false),
            noted: RefCell::default(),
            followed: RefCell::default(),
            until: Cell::new(None),
            endpoint,
            hints,
        };
        for (order, shop) in [("kettle.1", SHOP), ("kettle.2", SHOP), ("kettle.1", [8; 16])] {
            bench.pay(order, shop);
        }
        bench
    }

    fn pay(&self, order: &str, shop: [u8; 16]) {
        let instance = InstanceId::from(shop).to_string();
        let fields = [
            ("amount", "2000"),
            ("currency", "usd"),
            ("customer", "cus_1"),
            ("payment_method", "pm_1"),
            ("payment_method_types[]", "card"),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("off_session", "true"),
            ("metadata[reservation]", order),
            ("metadata[instance]", &instance),
        ];
        let made = self.way.exchange(&Request::post_form("/v1/payment_intents", &fields).signed()).unwrap();
        let id = made.json::<serde_json::Value>().unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/payment_intents/{id}/capture");
        assert!(self.way.exchange(&Request::post_form(path, &[]).signed()).unwrap().is_success());
    }

    pub(super) fn stripe(&self) -> MutexGuard<'_, World> {
        self.way.stripe.lock().unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.way.now_ms.load(Ordering::Relaxed))
    }

    pub(super) fn pass(&self, ms: i64) {
        self.way.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(super) fn darken(&self, is_dark: bool) {
        self.way.is_dark.store(is_dark, Ordering::Relaxed);
    }

    pub(super) fn webhook(&self, event: usize) -> Webhook {
        let now_ms = self.now().ms();
        self.stripe().events()[event].webhook(SECRET, now_ms)
    }

    pub(super) fn receive(&self, webhook: &Webhook) -> Received {
        self.endpoint.receive(&webhook.signature, webhook.body.as_bytes(), self.now())
    }

    fn follower<'a>(&'a self, api: &'a Api) -> EventFollower<'a> {
        EventFollower { api, http: &self.way, memory: self, instance: SHOP.into(), notes: self }
    }

    /// Follows what webhooks named.
    pub(super) fn follow_hints(&self) -> Vec<(String, Result<Followed, NotFollowed>)> {
        let api = Api::new("");
        let follow = |id: String| {
            let followed = self.follower(&api).follow_hint(&id);
            (id, followed)
        };
        self.hints.try_iter().map(follow).collect()
    }

    pub(super) fn catch_up(&self) -> Result<Vec<Followed>, NotFollowed> {
        self.follower(&Api::new("")).catch_up(self.now())
    }

    /// What is known of an order, as the tables write it.
    fn known(&self, order: &str) -> String {
        let noted = self.noted.borrow();
        let mut last = BTreeMap::new();
        for objection in noted.get(order).into_iter().flatten() {
            let told = match objection {
                Objection::Dispute(dispute) => dispute.stage.name(),
                Objection::FraudWarning(warning) if warning.is_actionable => "open",
                Objection::FraudWarning(_) => "over",
            };
            last.insert(objection.reference().to_string(), told);
        }
        let told: Vec<String> =
            last.into_iter().map(|(reference, told)| format!("{reference} {told}")).collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    }

    /// Makes one step of a table, and tells what came of it.
    fn step(&self, words: &str) -> String {
        let parts: Vec<&str> = words.split(' ').collect();
        let now_ms = self.now().ms();
        match parts.as_slice() {
            ["bank", "disputes", intent, status] => {
                let made = self.stripe().dispute(intent, status, now_ms);
                made.unwrap_or_else(|| "nothing was paid".to_owned())
            }
            ["bank", "says", dispute, status] => {
                self.stripe().move_dispute(dispute, status, now_ms);
                String::new()
            }
            ["bank", "warns", "of", intent] => self.stripe().warn(intent, now_ms),
            ["shop", "returns", intent] => {
                let request = Request::post_form("/v1/refunds", &[("payment_intent", intent)]).signed();
                assert!(self.way.exchange(&request).unwrap().is_success());
                String::new()
            }
            ["webhook", event, how @ ..] => self.play(event, how),
            ["list"] => match self.catch_up() {
                Ok(followed) if followed.is_empty() => "nothing new".to_owned(),
                Ok(followed) => followed.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
                Err(_) => "later".to_owned(),
            },
            ["dark" | "light"] => {
                self.darken(words == "dark");
                String::new()
            }
            ["full" | "room"] => {
                self.is_full.set(words == "full");
                String::new()
            }
            ["wait", minutes] => {
                self.pass(60_000 * minutes.parse::<i64>().unwrap());
                String::new()
            }
            ["forget"] => {
                self.followed.borrow_mut().clear();
                self.until.set(None);
                String::new()
            }
            [order] => self.known(order),
            _ => panic!("unknown step `{words}`"),
        }
    }

    fn play(&self, event: &str, how: &[&str]) -> String {
        let index = event.strip_prefix("evt_").and_then(|number| number.parse::<usize>().ok());
        let now_ms = self.now().ms();
        let events = self.stripe().events().len();
        let mut webhook = match index.filter(|index| *index <= events) {
            Some(index) => self.webhook(index - 1),
            None => Webhook::signed(
                format!(
                    r#"{{"id":"{event}","type":"charge.dispute.created","data":{{"object":{{"id":"dp_1"}}}}}}"#
                ),
                SECRET,
                now_ms,
            ),
        };
        match how {
            [] => {}
            ["forged"] => webhook = Webhook::signed(webhook.body, "whsec_of_another", now_ms),
            ["unsigned"] => webhook.signature.clear(),
            ["untimed"] => webhook.signature = webhook.signature.split_once(',').unwrap().1.to_owned(),
            ["old"] => webhook = Webhook::signed(webhook.body, SECRET, now_ms - 301_000),
            ["ahead"] => webhook = Webhook::signed(webhook.body, SECRET, now_ms + 301_000),
            // The body says that the shop won.
            ["changed"] => webhook.body = webhook.body.replace("needs_response", "won"),
            ["lying"] => {
                webhook = Webhook::signed(webhook.body.replace("needs_response", "won"), SECRET, now_ms)
            }
            ["garbled"] => webhook = Webhook::signed("{\"id\":7}".to_owned(), SECRET, now_ms),
            ["paid"] => {
                let body = webhook.body.replace("charge.dispute.created", "payment_intent.succeeded");
                webhook = Webhook::signed(body, SECRET, now_ms);
            }
            _ => panic!("unknown way {how:?}"),
        }
        let received = self.receive(&webhook);
        let followed = self.follow_hints();
        let told = followed.into_iter().map(|(_, followed)| followed.map_or("later", Followed::name));
        [received.name()].into_iter().chain(told).collect::<Vec<_>>().join(", ")
    }
}

const TABLES: &str = include_str!("objections.txt");

#[test]
fn what_banks_object_to_is_known_whatever_webhooks_do() {
    let (mut steps, mut faults) = (0, Vec::new());
    for table in TABLES.split("\n\n") {
        let bench = Bench::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let (words, expected) = line.split_once("->").unwrap_or((line, ""));
            let told = bench.step(words.trim());
            steps += 1;
            if told != expected.trim() {
                faults.push(format!("{}\n  {line}\n  but {told}", table.lines().next().unwrap()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(steps > 50, "the tables were lost");
}
