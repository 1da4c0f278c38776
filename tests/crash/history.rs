//! What the history and the books of the card provider say, held against the clients' books.

use std::collections::{BTreeMap, HashMap, HashSet};

use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, OfferNo, ReservationId};
use flashtag::verify::read_history;

use super::client::{Client, Kind, Post, told};
use super::server::run;
use super::shop::Shop;

/// The facts of a history that clients can know of.
#[derive(Default)]
struct Facts {
    offers: HashMap<(u32, OfferNo), String>,
    /// By post: every outcome that it brought about, with the reservation.
    words: HashMap<String, Vec<(&'static str, Option<String>)>>,
    /// By order: the post and the account that confirmed it.
    confirmed: HashMap<String, (String, String)>,
    sold: HashMap<String, u32>,
    /// By key: every effect that the history asks for.
    effects: HashMap<String, Effect>,
    /// The keys of what was passed on to somebody.
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
            Event::Delivered { keys } => {
                return self.delivered.extend(keys.iter().map(ToString::to_string));
            }
            Event::Released { id, post, .. } => (post, "released", Some(name(id))),
            Event::LeftLine { post, .. } => (post, "released", None),
            _ => return,
        };
        let said = self.words.entry(post.to_string()).or_default();
        assert!(!said.contains(&(word, reservation.clone())), "{post} is {word} once");
        said.push((word, reservation));
    }
}

/// Holds a stopped engine's history and its provider's books against what the clients were told.
pub(crate) fn assert_history_holds(shop: &Shop, clients: &[Client]) {
    let facts = Facts::read(shop);
    assert_eq!(missing(&facts, clients), Vec::<String>::new());
    check_money(shop, &facts, &told(clients));
    check_books(shop, &facts);
    check_deliveries(shop, &facts);
}

/// Every answer that any client had and that is not in the history.
pub(crate) fn missing_from_history(shop: &Shop, clients: &[Client]) -> Vec<String> {
    missing(&Facts::read(shop), clients)
}

fn missing(facts: &Facts, clients: &[Client]) -> Vec<String> {
    let posts = told(clients);
    let mut missing = Vec::new();
    for post in posts.values() {
        let Some(told) = post.told.as_ref().filter(|told| told.is_accepted()) else { continue };
        let said = facts.words.get(&post.id).map(Vec::as_slice).unwrap_or_default();
        let stands = |(word, id): &(&str, Option<String>)| (*word, id) == (&told.outcome, &told.reservation);
        if !said.iter().any(stands) {
            missing.push(format!("post {} was told {told:?}; the history says {said:?}", post.id));
        }
    }
    missing
}

/// Captures of the card provider's own books, by order.
pub(crate) fn captures(shop: &Shop) -> BTreeMap<String, usize> {
    let mut captures = BTreeMap::new();
    for line in shop.lines("cards.ndjson") {
        if line["operation"] == "capture" && line["result"] == "approved" {
            *captures.entry(line["order"].as_str().expect("an order").to_owned()).or_default() += 1;
        }
    }
    captures
}

/// Captured is at most once for each order, all that is sold, and only what its buyer confirmed.
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

/// What left the engine was in its journal first: every provider's book names effects that are there.
fn check_books(shop: &Shop, facts: &Facts) {
    for name in ["cards.ndjson", "replies.ndjson", "orders.ndjson"] {
        for line in shop.lines(name) {
            let key = line["key"].as_str().expect("a key");
            let known = key.starts_with("refusal/") || facts.effects.contains_key(key);
            assert!(known, "{name} has {line}, and the history knows nothing of it");
        }
    }
}

/// What the journal says was passed on is there: the merchant's orders and the letters.
fn check_deliveries(shop: &Shop, facts: &Facts) {
    let orders = shop.lines("orders.ndjson");
    let orders: HashSet<&str> = orders.iter().filter_map(|line| line["key"].as_str()).collect();
    for key in &facts.delivered {
        let there = match facts.effects.get(key).expect("it was asked for") {
            Effect::Order(_) => orders.contains(key.as_str()),
            Effect::Email { .. } => {
                shop.file("mail").join("new").join(format!("{}.flashtag", key.replace('/', "."))).exists()
            }
            _ => true,
        };
        assert!(there, "{key} was delivered, and is not there: {:?}", facts.effects.get(key));
    }
}
