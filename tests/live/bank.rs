//! The bank behind a shop's card processor: it disputes payments, warns of fraud and decides, and Stripe tells of it by webhooks
//! that are signed, come twice, in any order, late, or never. Others send what Stripe did not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use networks::server::Server as StandIn;
use networks::stripe::{Status, Webhook, World};
use serde_json::Value;

use super::till::{WEBHOOK_SECRET, now_ms, request_of};
use crate::crash::client::random_ms;
use crate::crash::server::{Http, poll};
use crate::http::client::try_exchange;
use crate::test_rng::TestRng;

/// Upper bound on the pause between two acts.
const PAUSE_MS_MAX: usize = 15;
/// How a dispute begins, and how it goes on.
const BEGINNINGS: [&str; 3] = ["needs_response", "needs_response", "warning_needs_response"];
const DISPUTED: [&str; 3] = ["under_review", "won", "lost"];
const INQUIRED: [&str; 3] = ["warning_under_review", "warning_closed", "needs_response"];
/// What a webhook's time is behind the clock when somebody who recorded it sends it again.
const REPLAYED_BEHIND_MS: i64 = 10 * 60_000;

/// What became of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Taken,
    Repeated,
    Lost,
    Forged,
    Replayed,
}

/// The bank, and Stripe's deliveries.
pub(super) struct Bank {
    rng: TestRng,
    /// Events for which it is decided how often their webhooks come.
    planned: usize,
    /// Events whose webhooks are under way, each as often as it comes.
    waiting: Vec<usize>,
    delivered: BTreeSet<usize>,
    fates: BTreeMap<Fate, u64>,
}

/// An objection as an order shows it: its stage, or whether something can still be done about a warning.
type Shown = (String, String);

impl Bank {
    pub(super) fn new(rng: TestRng) -> Self {
        let (planned, waiting, delivered) = (0, Vec::new(), BTreeSet::new());
        Self { rng, planned, waiting, delivered, fates: BTreeMap::new() }
    }

    /// Acts until the server is down.
    pub(super) fn act_until(&mut self, is_down: &AtomicBool, stripe: &StandIn<World>, shop: SocketAddr) {
        while !is_down.load(Ordering::Acquire) {
            match self.rng.below(4) {
                0 => self.object(stripe),
                1 => self.decide(stripe),
                _ => self.deliver(stripe, shop),
            }
            self.plan(stripe, true);
            thread::sleep(random_ms(&mut self.rng, PAUSE_MS_MAX));
        }
    }

    /// Disputes a payment, or warns of it: each payment once.
    fn object(&mut self, stripe: &StandIn<World>) {
        let mut guard = stripe.shared.lock();
        let world = &mut guard.stage.network;
        let warns = self.rng.below(3) == 0;
        let objected: BTreeSet<String> = if warns {
            world.warnings().iter().map(|found| found.intent.clone()).collect()
        } else {
            world.disputes().iter().map(|found| found.intent.clone()).collect()
        };
        let is_free = |id: &String| !objected.contains(id);
        let taken = world.intents().iter().filter(|intent| intent.status == Status::Succeeded);
        let free: Vec<String> = taken.map(|intent| intent.id.clone()).filter(is_free).collect();
        if free.is_empty() {
            return;
        }
        let intent = self.rng.pick(&free);
        if warns {
            world.warn(intent, now_ms());
        } else {
            let status = *self.rng.pick(&BEGINNINGS);
            world.dispute(intent, status, now_ms()).expect("it was paid");
        }
    }

    /// Takes a dispute on.
    fn decide(&mut self, stripe: &StandIn<World>) {
        let mut guard = stripe.shared.lock();
        let world = &mut guard.stage.network;
        let is_open = |status: &str| !matches!(status, "won" | "lost" | "warning_closed");
        let open = world.disputes().iter().filter(|found| is_open(&found.status));
        let open: Vec<(String, bool)> =
            open.map(|found| (found.id.clone(), found.status.starts_with("warning_"))).collect();
        if open.is_empty() {
            return;
        }
        let (id, is_inquiry) = self.rng.pick(&open);
        let status = *self.rng.pick(if *is_inquiry { &INQUIRED } else { &DISPUTED });
        world.move_dispute(id, status, now_ms());
    }

    /// Decides how often the webhooks of new events come. Only what happens before a kill may be lost: the list of events is
    /// read at the next start.
    fn plan(&mut self, stripe: &StandIn<World>, may_be_lost: bool) {
        let events = stripe.shared.lock().stage.network.events().len();
        for event in self.planned..events {
            let times = match self.rng.below(8) {
                0 if may_be_lost => 0,
                0..3 => 2,
                _ => 1,
            };
            if times == 0 {
                self.count(Fate::Lost);
            }
            self.waiting.extend([event].repeat(times));
        }
        self.planned = events;
    }

    /// Delivers one of the webhooks that wait, whichever it is. What is not taken comes again later, signed anew.
    fn deliver(&mut self, stripe: &StandIn<World>, shop: SocketAddr) {
        if self.waiting.is_empty() {
            return;
        }
        let index = self.rng.below(self.waiting.len());
        let event = self.waiting[index];
        let signed =
            |secret, at_ms| stripe.shared.lock().stage.network.events()[event].webhook(secret, at_ms);
        match self.rng.below(12) {
            0 => self.refused(shop, &signed("whsec_guessed", now_ms()), "signature_unknown", Fate::Forged),
            1 => {
                let recorded = signed(WEBHOOK_SECRET, now_ms() - REPLAYED_BEHIND_MS);
                self.refused(shop, &recorded, "signature_untimely", Fate::Replayed);
            }
            _ => {}
        }
        match send(shop, &signed(WEBHOOK_SECRET, now_ms())) {
            Some((200, body)) if body.contains("taken") => {
                self.waiting.swap_remove(index);
                let is_new = self.delivered.insert(event);
                self.count(if is_new { Fate::Taken } else { Fate::Repeated });
            }
            // Where there is no room for it now, only the list of events would have it before long.
            Some((200, body)) if body.contains("missed") => {}
            None | Some((503, _)) => {}
            Some(other) => panic!("{other:?}"),
        }
    }

    /// Sends what the server must refuse.
    fn refused(&mut self, shop: SocketAddr, webhook: &Webhook, code: &str, fate: Fate) {
        match send(shop, webhook) {
            Some((400, body)) if body.contains(code) => self.count(fate),
            None | Some((503, _)) => {}
            Some(other) => panic!("{code}: {other:?}"),
        }
    }

    fn count(&mut self, fate: Fate) {
        *self.fates.entry(fate).or_default() += 1;
    }

    /// Delivers what is under way, and waits until each order shows what its bank objects, and nothing else. Returns what became
    /// of the webhooks.
    pub(super) fn settle(mut self, stripe: &StandIn<World>, http: &Http) -> Settled {
        self.plan(stripe, false);
        while !self.waiting.is_empty() {
            self.deliver(stripe, http.address());
        }
        let orders = objections(stripe);
        for (order, expected) in &orders {
            let shown = || http.get(&format!("/v1/orders/{order}")).map(|order| shown(&order));
            poll(shown, |shown| shown.as_ref() == Some(expected));
        }
        Settled { fates: self.fates, objections: orders.values().map(BTreeSet::len).sum() }
    }
}

/// What became of the webhooks of one shop, or of several.
#[derive(Debug, Default)]
pub(super) struct Settled {
    fates: BTreeMap<Fate, u64>,
    pub(super) objections: usize,
}

impl Settled {
    pub(super) fn add(&mut self, other: &Self) {
        self.objections += other.objections;
        for (fate, times) in &other.fates {
            *self.fates.entry(*fate).or_default() += times;
        }
    }

    /// The counts in words.
    pub(super) fn words(&self) -> String {
        let of = |fate| self.fates.get(&fate).copied().unwrap_or_default();
        format!(
            "{} objections noted once; webhooks: {} taken, {} repeated, {} lost, {} forged, {} replayed",
            self.objections,
            of(Fate::Taken),
            of(Fate::Repeated),
            of(Fate::Lost),
            of(Fate::Forged),
            of(Fate::Replayed)
        )
    }
}

/// What the bank objects, by order.
fn objections(stripe: &StandIn<World>) -> BTreeMap<String, BTreeSet<Shown>> {
    let guard = stripe.shared.lock();
    let world = &guard.stage.network;
    let order_of = |id: &str| {
        let intent = world.intents().iter().find(|intent| intent.id == id).expect("it was paid");
        intent.metadata["reservation"].clone()
    };
    let mut orders = BTreeMap::<String, BTreeSet<Shown>>::new();
    for dispute in world.disputes() {
        let stage = match dispute.status.as_str() {
            "warning_needs_response" => "inquiry",
            "warning_under_review" => "under_review",
            "warning_closed" => "inquiry_closed",
            other => other,
        };
        let found = (dispute.id.clone(), stage.to_owned());
        orders.entry(order_of(&dispute.intent)).or_default().insert(found);
    }
    for warning in world.warnings() {
        let found = (warning.id.clone(), format!("open: {}", warning.is_actionable));
        orders.entry(order_of(&warning.intent)).or_default().insert(found);
    }
    orders
}

/// What an order shows.
fn shown(order: &Value) -> BTreeSet<Shown> {
    let listed = order["objections"].as_array().cloned().unwrap_or_default();
    let shown: BTreeSet<Shown> = listed
        .iter()
        .map(|objection| {
            let stage = objection["stage"].as_str().map(str::to_owned);
            let stage = stage.unwrap_or_else(|| format!("open: {}", objection["open"]));
            (objection["id"].as_str().expect("an id").to_owned(), stage)
        })
        .collect();
    assert_eq!(shown.len(), listed.len(), "an objection stands twice beside its order: {order}");
    shown
}

/// Sends a webhook to the shop's endpoint. Returns status and body; `None` if no answer came.
fn send(shop: SocketAddr, webhook: &Webhook) -> Option<(u16, String)> {
    try_exchange(shop, &request_of(webhook)).map(|reply| (reply.status, reply.body))
}
