//! The requests of customers, payment methods and Checkout, and the hosted page.

use serde_json::json;

use super::cards::{CARDS, Setup};
use super::checkout::{CheckoutSession, Customer, LIFE_LEAST_MS, LIFE_MOST_MS, Owner, PaymentMethod};
use super::failure::{invalid, missing, unknown};
use super::form::metadata;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, html, json as answer, redirect};
use crate::richtext::escape;

/// What Stripe puts the session's id for.
const ITS_ID: &str = "{CHECKOUT_SESSION_ID}";

impl World {
    pub(super) fn make_customer(&mut self, call: &Call, now_ms: i64) -> Response {
        let id = format!("cus_C{}", self.customers_made + 1);
        self.customers_made += 1;
        let customer = Customer { id, metadata: metadata(call), created_ms: now_ms };
        let shown = customer.json();
        self.customers.push(customer);
        answer(200, &shown)
    }

    pub(super) fn update_customer(&mut self, call: &Call, id: &str) -> Response {
        let Some(customer) = self.customers.iter_mut().find(|found| found.id == id) else { return missing() };
        customer.metadata.extend(metadata(call));
        answer(200, &customer.json())
    }

    /// Its payment methods are detached with it.
    pub(super) fn delete_customer(&mut self, id: &str) -> Response {
        let before = self.customers.len();
        self.customers.retain(|found| found.id != id);
        if self.customers.len() == before {
            return missing();
        }
        let of = self.methods.iter_mut().filter(|method| method.customer.as_deref() == Some(id));
        of.for_each(|method| method.customer = None);
        answer(200, &json!({ "id": id, "object": "customer", "deleted": true }))
    }

    pub(super) fn show_method(&self, id: &str) -> Response {
        let method = self.methods.iter().find(|found| found.id == id);
        method.map_or_else(missing, |method| answer(200, &method.json()))
    }

    pub(super) fn detach(&mut self, id: &str) -> Response {
        let Some(method) = self.methods.iter_mut().find(|found| found.id == id) else { return missing() };
        if method.customer.take().is_none() {
            let message =
                "The payment method you provided is not attached to a customer so detachment is impossible.";
            let error = json!({ "type": "invalid_request_error", "message": message });
            return answer(400, &json!({ "error": error }));
        }
        answer(200, &method.json())
    }

    pub(super) fn open_checkout(&mut self, call: &Call, now_ms: i64) -> Response {
        let wanted = [
            ("mode", "setup"),
            ("payment_method_types[]", "card"),
            ("billing_address_collection", "required"),
        ];
        if let Some((name, _)) = wanted.into_iter().find(|(name, value)| call.field(name) != Some(value)) {
            return invalid(400, "parameter_invalid", name);
        }
        let field = |name: &str| call.field(name).unwrap_or_default().to_owned();
        let customer = field("customer");
        if !self.customers.iter().any(|found| found.id == customer) {
            return invalid(400, "resource_missing", "No such customer");
        }
        let expires_ms = field("expires_at").parse::<i64>().unwrap_or_default().saturating_mul(1000);
        // Stripe counts whole seconds.
        let life = expires_ms.saturating_sub(now_ms.div_euclid(1000) * 1000);
        if !(LIFE_LEAST_MS..=LIFE_MOST_MS).contains(&life) {
            return invalid(
                400,
                "parameter_invalid",
                "The `expires_at` timestamp must be 30 minutes to 24 hours away",
            );
        }
        let (success_url, cancel_url) = (field("success_url"), field("cancel_url"));
        if ![&success_url, &cancel_url].into_iter().all(|url| url.starts_with("http")) {
            return invalid(400, "url_invalid", "Not a valid URL");
        }
        let session = CheckoutSession {
            id: format!("cs_test_{}", self.sessions.len() + 1),
            customer,
            metadata: metadata(call),
            expires_ms,
            success_url,
            cancel_url,
            is_expired: false,
            given: None,
        };
        let shown = session.json(&self.base_url, None);
        self.sessions.push(session);
        answer(200, &shown)
    }

    pub(super) fn show_checkout(&self, call: &Call, id: &str) -> Response {
        let Some(session) = self.sessions.iter().find(|found| found.id == id) else { return missing() };
        let is_whole = call.params("expand").any(|path| path == "setup_intent.payment_method");
        let given = session.given.as_ref().filter(|_| is_whole);
        let method = given.and_then(|(given, _)| self.methods.iter().find(|method| method.id == *given));
        answer(200, &session.json(&self.base_url, method))
    }

    pub(super) fn expire_checkout(&mut self, id: &str) -> Response {
        let base = self.base_url.clone();
        let Some(session) = self.sessions.iter_mut().find(|found| found.id == id) else { return missing() };
        if !session.is_open() {
            return invalid(
                400,
                "resource_missing",
                "Only Checkout Sessions with a status in open can be expired.",
            );
        }
        session.is_expired = true;
        answer(200, &session.json(&base, None))
    }

    /// The page that the browser of the card's owner opens: it has no key.
    pub(super) fn checkout_page(&self, id: &str) -> Response {
        let session = self.sessions.iter().find(|found| found.id == id);
        let Some(session) = session.filter(|session| session.is_open()) else {
            return html(
                404,
                "<!doctype html><title>Checkout</title><h1>This page is not open any more</h1>",
            );
        };
        html(200, &page(session, ""))
    }

    /// The form of the page.
    pub(super) fn give_card(&mut self, call: &Call, id: &str, now_ms: i64) -> Response {
        let field = |name: &str| call.field(name).unwrap_or_default().trim().to_owned();
        let card = CARDS.into_iter().find(|card| card.name == field("card"));
        let number = self.methods.len() + 1;
        let Some(session) = self.sessions.iter_mut().find(|found| found.id == id && found.is_open()) else {
            return html(
                404,
                "<!doctype html><title>Checkout</title><h1>This page is not open any more</h1>",
            );
        };
        let owner = Owner {
            name: field("name"),
            email: field("email"),
            country: field("country"),
            state: field("state"),
        };
        let Some(card) = card.filter(|_| !owner.name.is_empty() && owner.country.len() == 2) else {
            return html(200, &page(session, "Choose a card, and fill in who owns it."));
        };
        if card.setup == Setup::Declines {
            return html(200, &page(session, "Your card was declined."));
        }
        let method = format!("pm_{number}{}", card.name);
        session.given = Some((method.clone(), card.setup));
        let back = session.success_url.replace(ITS_ID, &session.id);
        // A card is attached once its bank agrees.
        let customer = (card.setup == Setup::Succeeds).then(|| session.customer.clone());
        let finished = session.json(&self.base_url, None);
        self.methods.push(PaymentMethod { id: method, customer, card, owner });
        self.happen("checkout.session.completed", finished, now_ms);
        redirect(&back)
    }

    /// Whether a card may be charged. Cards that were not given on a page are known by their names alone.
    pub(super) fn may_charge(&self, customer: &str, method: &str) -> bool {
        let known = self.methods.iter().find(|found| found.id == method);
        known.is_none_or(|known| known.customer.as_deref() == Some(customer))
    }
}

fn page(session: &CheckoutSession, fault: &str) -> String {
    let cards: String = CARDS
        .iter()
        .map(|card| {
            let (name, label) = (card.name, card.label);
            format!(
                "<label><input type=\"radio\" name=\"card\" value=\"{name}\" required> {label}</label><br>"
            )
        })
        .collect();
    let text = |name: &str, label: &str, value: &str| {
        format!("<label>{label} <input name=\"{name}\" value=\"{value}\" required></label><br>")
    };
    let owner = [
        text("email", "E-mail", "ana@example.com"),
        text("name", "Name", "Ana Example"),
        text("country", "Country", "US"),
        text("state", "State", "NY"),
    ]
    .concat();
    let (id, cancel) = (&session.id, escape(&session.cancel_url).replace('"', "&quot;"));
    format!(
        "<!doctype html><html lang=\"en\"><title>Checkout</title><h1>Save a card</h1><p>This stand-in of Stripe takes no numbers: \
         choose a card by its name.</p><p>{fault}</p><form method=\"post\" action=\"/c/pay/{id}\">{cards}{owner}<button>Save \
         card</button></form><p><a href=\"{cancel}\">Back</a></p></html>"
    )
}

/// Answers what concerns customers and their cards.
pub(super) fn route(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let (method, parts) = call.route();
    match (method, parts.as_slice()) {
        ("POST", ["v1", "customers"]) => world.make_customer(call, now_ms),
        ("POST", ["v1", "customers", id]) => world.update_customer(call, id),
        ("DELETE", ["v1", "customers", id]) => world.delete_customer(id),
        ("GET", ["v1", "payment_methods", id]) => world.show_method(id),
        ("POST", ["v1", "payment_methods", id, "detach"]) => world.detach(id),
        ("GET", ["v1", "checkout", "sessions"] | ["v1", "setup_intents"]) => {
            answer(200, &json!({ "object": "list", "data": [], "has_more": false }))
        }
        ("POST", ["v1", "checkout", "sessions"]) => world.open_checkout(call, now_ms),
        ("GET", ["v1", "checkout", "sessions", id]) => world.show_checkout(call, id),
        ("POST", ["v1", "checkout", "sessions", id, "expire"]) => world.expire_checkout(id),
        _ => unknown(),
    }
}
