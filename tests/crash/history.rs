//! Compares the history and the card provider's ledger with the clients' records.

use std::collections::{BTreeMap, HashMap, HashSet};

use flashtag::domain::effect::Effect;
use flashtag::domain::event::{Delivered, Event};
use flashtag::domain::id::{EffectKey, OfferNo, ReservationId};
use flashtag::verify::read_history;

use super::client::{Client, Kind, Post, posts_by_id};
use super::server::run;
use super::shop::Shop;
use crate::command::prefix;
use crate::people::scan::assert_nowhere;

/// The facts of a history that a client can know.
#[derive(Default)]
struct Facts {
    offers: HashMap<(u32, OfferNo), String>,
    /// Outcomes by post, each with its reservation.
    words: HashMap<String, Vec<(&'static str, Option<String>)>>,
    /// The confirming post and its account, by order.
    confirmed: HashMap<String, (String, String)>,
    sold: HashMap<String, u32>,
    /// The effects that the history requests, by key.
    effects: HashMap<String, Effect>,
    /// The keys of the effects that were carried out.
    delivered: Vec<String>,
}

impl Facts {
    fn read(shop: &Shop) -> Self {
        let output = run(&["history"], &shop.data());
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}");
        let mut facts = Self::default();
        for line in String::from_utf8(output.stdout).expect("text").lines() {
            let (partition, sequence, record) = read_history(line).expect("a record");
            for event in &record.decision.events {
                facts.note(partition, event);
            }
            for (effect, index) in record.decision.effects.into_iter().zip(0..) {
                facts.effects.insert(EffectKey { partition, sequence, index }.to_string(), effect);
            }
        }
        facts
    }

    fn note(&mut self, partition: u32, event: &Event) {
        let name = |id: &ReservationId| format!("{}.{}", self.offers[&(partition, id.offer)], id.ordinal);
        let (post, word, reservation) = match event {
            Event::OfferAdded { offer, terms } => {
                self.offers.insert((partition, *offer), terms.id.to_string());
                return;
            }
            Event::Sold { id, units, .. } => {
                let before = self.sold.insert(name(id), *units);
                assert_eq!(before, None, "{} is sold once", name(id));
                return;
            }
            Event::Reserved { id, claim, .. } => (&claim.post, "reserved", Some(name(id))),
            Event::Waitlisted { claim, .. } => (&claim.post, "waitlisted", None),
            Event::WaiterConfirmed { post, .. } => (post, "waitlisted", None),
            Event::Confirmed { id, post, account, .. } => {
                let by = (post.to_string(), account.author.to_string());
                let before = self.confirmed.insert(name(id), by);
                assert_eq!(before, None, "{} is confirmed once", name(id));
                (post, "confirmed", Some(name(id)))
            }
            Event::Delivered(Delivered { keys, .. }) => {
                return self.delivered.extend(keys.iter().map(ToString::to_string));
            }
            Event::Released { id, post, .. } => (post, "released", Some(name(id))),
            Event::LeftLine { post, .. } | Event::ClaimCancelled { post, .. } => (post, "released", None),
            _ => return,
        };
        let outcomes = self.words.entry(post.to_string()).or_default();
        assert!(!outcomes.contains(&(word, reservation.clone())), "{post} is {word} once");
        outcomes.push((word, reservation));
    }
}

/// Asserts that a stopped engine's history and its provider's ledger agree with the clients' records.
pub(crate) fn assert_history_holds(shop: &Shop, clients: &[Client]) {
    let facts = Facts::read(shop);
    assert_eq!(missing(&facts, clients), Vec::<String>::new());
    check_money(shop, &facts, &posts_by_id(clients));
    // Every account has such an address.
    assert_nowhere(&shop.data(), &["@example.com"]);
    check_books(shop, &facts);
    check_deliveries(shop, &facts);
}

/// Accepted answers that the history lacks.
pub(crate) fn missing_from_history(shop: &Shop, clients: &[Client]) -> Vec<String> {
    missing(&Facts::read(shop), clients)
}

fn missing(facts: &Facts, clients: &[Client]) -> Vec<String> {
    let posts = posts_by_id(clients);
    let mut missing = Vec::new();
    for post in posts.values() {
        let Some(answer) = post.answer.as_ref().filter(|answer| answer.is_accepted()) else { continue };
        let recorded = facts.words.get(&post.id).map(Vec::as_slice).unwrap_or_default();
        let same =
            |(word, id): &(&str, Option<String>)| (*word, id) == (&answer.outcome, &answer.reservation);
        if !recorded.iter().any(same) {
            missing
                .push(format!("post {} was answered with {answer:?}; the history has {recorded:?}", post.id));
        }
    }
    missing
}

/// The number of captures by order, from the card provider's ledger.
pub(crate) fn captures(shop: &Shop) -> BTreeMap<String, usize> {
    let mut captures = BTreeMap::new();
    for line in shop.lines("cards.ndjson") {
        if line["operation"] == "capture" && line["result"] == "approved" {
            *captures.entry(line["order"].as_str().expect("an order").to_owned()).or_default() += 1;
        }
    }
    captures
}

/// Checks that an order is captured at most once, that every sold order is captured, and that its buyer
/// confirmed it.
fn check_money(shop: &Shop, facts: &Facts, posts: &HashMap<&str, &Post>) {
    let captures = captures(shop);
    for (order, times) in &captures {
        assert_eq!(*times, 1, "{order} is captured once");
        let (post, author) = facts.confirmed.get(order).unwrap_or_else(|| panic!("{order} was confirmed"));
        let post = posts.get(post.as_str()).unwrap_or_else(|| panic!("{post} was posted by a client"));
        assert_eq!(post.author.to_string(), *author, "the buyer confirms");
        let one_step = shop.sales[post.sale].is_one_step();
        let wanted = if one_step { Kind::Claim } else { Kind::Confirm };
        assert_eq!(post.kind, wanted, "a confirmation was posted for {order}: {post:?}");
    }
    for sale in &shop.sales {
        let sold = facts.sold.iter().filter(|(order, _)| order.starts_with(&format!("{}.", sale.id)));
        let units: u32 = sold.map(|(_, units)| units).sum();
        assert!(units <= sale.units, "{units} of {sale:?} are sold");
    }
    for order in facts.sold.keys() {
        assert!(captures.contains_key(order), "{order} was sold and never captured");
    }
}

/// The prefix of keys at providers.
fn prefix_of(shop: &Shop) -> String {
    prefix(&std::fs::read_to_string(shop.data().join("instance")).expect("the directory has an identity"))
}

/// Checks that every effect in a provider's file is in the history.
fn check_books(shop: &Shop, facts: &Facts) {
    let prefix = prefix_of(shop);
    for name in ["cards.ndjson", "replies.ndjson", "orders.ndjson"] {
        for line in shop.lines(name) {
            let key = line["key"].as_str().expect("a key");
            let recorded = key.strip_prefix(&prefix).is_some_and(|key| facts.effects.contains_key(key));
            let known = key.starts_with("refusal/") || recorded;
            assert!(known, "{name} has {line}, which the history lacks");
        }
    }
}

/// Checks that the merchant's orders and the letters that the journal reports as delivered exist.
fn check_deliveries(shop: &Shop, facts: &Facts) {
    let (prefix, orders) = (prefix_of(shop), shop.lines("orders.ndjson"));
    let orders: HashSet<&str> = orders.iter().filter_map(|line| line["key"].as_str()).collect();
    for key in &facts.delivered {
        let outside = format!("{prefix}{key}");
        let exists = match facts.effects.get(key).expect("the history requests it") {
            Effect::Order(_) => orders.contains(outside.as_str()),
            Effect::Email { .. } => {
                shop.file("mail").join("new").join(format!("{}.flashtag", outside.replace('/', "."))).exists()
            }
            _ => true,
        };
        assert!(exists, "{key} was delivered, and does not exist: {:?}", facts.effects.get(key));
    }
}
