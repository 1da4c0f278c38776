//! Payments at Stripe World, which nobody here wrote: an imitation of Stripe that was made from recordings of its answers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, ReservationId};
use flashtag::domain::objection::{DisputeStage, Objection};
use flashtag::domain::offering::Offering;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::domain::time::Timestamp;
use flashtag::linking::CardVault;
use flashtag::net::{Answer, Http, Method, Request, Unanswered};
use flashtag::ops::OpsDatabase;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::{DeliveryKey, KeyPrefix, OutsideKey};
use flashtag::outbox::provider::Delivery;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::{
    Api, Paying, Received, StripeCards, VERSION, WebhookEndpoint, WebhookSecrets, event, events_since,
    read_objection,
};
use networks::stripe::Webhook;
use serde_json::Value;

use super::child::{Process, script};
use super::installed::{Peer, installed};
use super::town::free_port;
use crate::crash::server::poll;

struct World {
    agent: ureq::Agent,
    base: String,
    _server: Process,
}

impl World {
    fn start(peer: &Path) -> Self {
        let (root, port) = (peer.join("root/usr"), free_port());
        let program = script(peer, "serve.py", include_str!("stripe/serve.py"));
        let mut command = Command::new(root.join("lib64/ld-linux-x86-64.so.2"));
        command.arg("--library-path").arg(root.join("lib/x86_64-linux-gnu")).arg(root.join("bin/python3.14"));
        command.arg(program).arg(port.to_string());
        command.env("PYTHONHOME", &root).env("PYTHONPATH", peer.join("packages"));
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Process::start(command);
        poll(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), |accepts| *accepts);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { agent, base: format!("http://127.0.0.1:{port}/worlds/shop"), _server: server }
    }

    fn exchange(&self, request: &Request) -> Answer {
        let mut made = ureq::http::Request::builder().method(request.method.name()).uri(&request.url);
        for (name, value) in &request.headers {
            made = made.header(name.as_str(), value);
        }
        let made = made.header("authorization", "Bearer rk_test_1").header("stripe-version", VERSION);
        let mut answer = match request.method {
            Method::Get | Method::Delete => self.agent.run(made.body(()).unwrap()),
            _ => self.agent.run(made.body(request.body.as_slice()).unwrap()),
        }
        .unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        Answer { status: answer.status().as_u16(), headers: Vec::new(), body }
    }

    fn make(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let answer = self.exchange(&Request::post_form(format!("{}{path}", self.base), fields));
        answer.json().unwrap()
    }

    /// The token of a new customer with a card.
    fn card(&self, kind: &str) -> String {
        let id = |made: Value| made["id"].as_str().expect("an id").to_owned();
        let customer = id(self.make("/v1/customers", &[]));
        let card = id(self.make("/v1/payment_methods", &[("type", "card"), ("card[token]", kind)]));
        let attach = format!("/v1/payment_methods/{card}/attach");
        self.make(&attach, &[("customer", &customer)]);
        format!("{customer}/{card}")
    }

    /// Makes an attempt.
    fn attempt(&self, sequence: u64, effect: Effect, look_up: bool) -> AttemptResult {
        let now = flashtag::clock::Clock::start().now();
        let prefix = Some(KeyPrefix { instance: [7; 16].into(), epoch: 1 });
        let effect_key = EffectKey { partition: 0, sequence, index: 0 };
        let key = DeliveryKey::Effect(OutsideKey { prefix, effect: effect_key });
        let recorded_at = Timestamp::from_ms(now.ms() - 1000);
        let attempt = Attempt { key, effect, number: 1, look_up, recorded_at, text: None };
        let delivery = Delivery { attempt, offering: offering(now), at: now, address: None };
        let api = Api::new(&self.base);
        let mut paying = Paying::new(&api, &delivery);
        loop {
            match paying.next() {
                Turn::Over(result) => return result,
                Turn::Ask(request) => paying.answered(Ok(self.exchange(&request))),
            }
        }
    }
}

impl Http for World {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        Ok(self.exchange(request))
    }
}

fn offering(now: Timestamp) -> Offering {
    let mut terms = crate::paying::terms("Kettle");
    terms.opens = now;
    terms.into()
}

fn payment(card: &str, result: Option<&AttemptResult>, amount: &str) -> Payment {
    let reference = match result {
        Some(AttemptResult::Done { reference: Some(ProviderRef::Payment(id)), .. }) => Some(id.clone()),
        Some(other) => panic!("{other:?}"),
        None => None,
    };
    Payment {
        id: ReservationId { offer: OfferNo(0), ordinal: 17 },
        account: Account::parse(Network::X, "42").unwrap(),
        card: card.into(),
        amount: amount.parse().unwrap(),
        reference,
        details: None,
        heard: None,
    }
}

fn peer() -> Option<PathBuf> {
    installed(Peer::Stripe, "payments at Stripe World")
}

const PRICE: &str = "20.00 USD";

fn declined(reason: &str) -> AttemptResult {
    AttemptResult::Declined { reason: reason.into() }
}

#[test]
fn a_payment_is_held_taken_and_returned_once() {
    let Some(peer) = peer() else { return };
    let world = World::start(&peer);
    let card = world.card("tok_visa");
    let held = world.attempt(1, Effect::Authorize(payment(&card, None, PRICE)), false);
    let order = |amount| payment(&card, Some(&held), amount);
    assert_eq!(
        name_of(&world.attempt(1, Effect::Authorize(payment(&card, None, PRICE)), false)),
        name_of(&held)
    );
    assert_eq!(
        name_of(&world.attempt(1, Effect::Authorize(payment(&card, None, PRICE)), true)),
        name_of(&held)
    );
    assert_eq!(
        world.attempt(2, Effect::Authorize(payment(&card, None, PRICE)), true),
        AttemptResult::NotFound
    );
    // A look at money that is held takes it: nothing is captured twice.
    for (sequence, look_up) in [(3, true), (3, false), (3, false), (3, true), (4, false)] {
        assert_eq!(world.attempt(sequence, Effect::Capture(order(PRICE)), look_up).name(), "done");
    }
    assert_eq!(world.attempt(5, Effect::Void(order(PRICE)), false), declined("already_captured"));
    assert_eq!(world.attempt(6, Effect::Refund(order("5.00 USD")), true), AttemptResult::NotFound);
    for (sequence, amount, look_up) in
        [(6, "5.00 USD", false), (6, "5.00 USD", false), (6, "5.00 USD", true), (7, "15.00 USD", false)]
    {
        assert_eq!(world.attempt(sequence, Effect::Refund(order(amount)), look_up).name(), "done");
    }
    let more = world.attempt(8, Effect::Refund(order("15.00 USD")), false);
    assert!(
        matches!(&more, AttemptResult::Failed { error, permanent: true } if error.contains("charge_already_refunded"))
    );
}

#[test]
fn a_payment_is_let_go_and_is_not_taken_then() {
    let Some(peer) = peer() else { return };
    let world = World::start(&peer);
    let card = world.card("tok_mastercard");
    let held = world.attempt(1, Effect::Authorize(payment(&card, None, PRICE)), false);
    // Its authorization was recorded without the payment's id, so the order is looked for.
    assert_eq!(world.attempt(2, Effect::Void(payment(&card, None, PRICE)), false).name(), "done");
    for (sequence, look_up) in [(2, true), (3, false)] {
        let order = payment(&card, Some(&held), PRICE);
        assert_eq!(world.attempt(sequence, Effect::Void(order), look_up).name(), "done");
    }
    let lost = world.attempt(4, Effect::Capture(payment(&card, Some(&held), PRICE)), false);
    assert_eq!(lost, declined("capture_lost"));
}

#[test]
fn a_card_that_does_not_pay_leaves_nothing_behind() {
    let Some(peer) = peer() else { return };
    let world = World::start(&peer);
    let table = [
        ("tok_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("tok_threeDSecure2Required", "authentication_required"),
    ];
    for ((kind, reason), sequence) in table.into_iter().zip(1..) {
        let card = world.card(kind);
        for look_up in [false, true] {
            let result = world.attempt(sequence, Effect::Authorize(payment(&card, None, PRICE)), look_up);
            let AttemptResult::Declined { reason: told } = &result else { panic!("{kind}: {result:?}") };
            assert!(told.starts_with(reason), "{told}");
        }
        let customer = card.split('/').next().unwrap();
        let list = Request::get(format!("{}/v1/payment_intents?customer={customer}", world.base));
        let found: Value = world.exchange(&list).json().unwrap();
        assert_eq!(found["data"][0]["status"], "canceled", "{kind}: {found}");
    }
}

#[test]
fn a_card_is_detached_and_a_customer_deleted_however_often_that_is_asked() {
    let Some(peer) = peer() else { return };
    let world = Arc::new(World::start(&peer));
    let place = tempfile::tempdir().unwrap();
    let database = OpsDatabase::open(&place.path().join("ops.sqlite")).unwrap();
    let http: Arc<dyn Http> = Arc::clone(&world) as _;
    let cards = StripeCards::new(Api::new(&world.base), http, database, "shop".to_owned());
    let card = world.card("tok_visa");
    for _ in 0..2 {
        assert_eq!(cards.remove_card(&card), Ok(()));
    }
    let read = |path: &str| World::exchange(&world, &Request::get(format!("{}/v1/{path}", world.base)));
    let method = card.split('/').nth(1).unwrap();
    let found: Value = read(&format!("payment_methods/{method}")).json().unwrap();
    assert_eq!(found["customer"], Value::Null, "{found}");
    let other = world.card("tok_mastercard");
    let customer = other.split('/').next().unwrap();
    for _ in 0..2 {
        assert_eq!(cards.remove_customer(customer), Ok(()));
    }
    let gone = read(&format!("customers/{customer}"));
    let is_gone = gone.status == 404 || gone.json::<Value>().unwrap()["deleted"] == true;
    assert!(is_gone, "{gone:?}");
}

/// A dispute that this peer makes, its events as the peer tells of them, and a webhook with the peer's own event.
#[test]
fn a_dispute_is_read_from_what_its_events_name() {
    let Some(peer) = peer() else { return };
    let world = World::start(&peer);
    let card = world.card("tok_createDispute");
    let held = world.attempt(1, Effect::Authorize(payment(&card, None, PRICE)), false);
    let order = payment(&card, Some(&held), PRICE);
    assert_eq!(world.attempt(2, Effect::Capture(order), false).name(), "done");
    let api = Api::new(&world.base);
    let listed = || events_since(&api, &world, Timestamp::from_ms(0)).unwrap();
    let events = poll(listed, |events| !events.is_empty());
    let found = read_objection(&api, &world, &events[0], [7; 16].into()).unwrap().expect("it is ours");
    assert_eq!((found.order.as_str(), found.payment.to_string()), ("kettle.17", name_of(&held)));
    let Objection::Dispute(dispute) = &found.objection else { panic!("{found:?}") };
    assert_eq!((dispute.amount.to_string().as_str(), dispute.stage), (PRICE, DisputeStage::NeedsResponse));
    assert_eq!(read_objection(&api, &world, &events[0], [8; 16].into()), Ok(None), "another shop's");
    let path = format!("{}/v1/events/{}", world.base, events[0].id);
    let told = String::from_utf8(world.exchange(&Request::get(path)).body).unwrap();
    let (endpoint, hints) = WebhookEndpoint::new(WebhookSecrets::parse("whsec_1").unwrap());
    let now = flashtag::clock::Clock::start().now();
    let webhook = Webhook::signed(told, "whsec_1", now.ms());
    assert_eq!(endpoint.receive(&webhook.signature, webhook.body.as_bytes(), now), Received::Taken);
    let named = hints.try_recv().unwrap();
    assert_eq!(event(&api, &world, &named).unwrap().as_ref(), Some(&events[0]));
    assert_eq!(event(&api, &world, "evt_0nobodys"), Ok(None));
}

fn name_of(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Done { reference: Some(ProviderRef::Payment(id)), .. } => id.to_string(),
        other => panic!("{other:?}"),
    }
}
