//! Which address is answered by what.

use rand::Rng;
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::checkout::Customer;
use super::checkout_calls;
use super::dispute::{Dispute, FraudWarning};
use super::event::Event;
use super::failure::{card_error, declined, failed, invalid, missing, unexpected_state, unknown};
use super::form::metadata;
use super::intent::{Intent, Status};
use super::refund::{Refund, RefundStatus};
use super::remembered::Remembered;
use super::world::{Trouble, World, take};
use crate::call::Call;
use crate::exchange::{Request, Response, json as answer, with_header};
use crate::network::{Frame, Network, Opened, StreamId};

/// How far the search is behind.
const SEARCH_BEHIND_MS: i64 = 3_600_000;

/// Items of a page, if the request does not say.
const PAGE: u64 = 10;

impl Network for World {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn set_base_url(&mut self, url: &str) {
        url.clone_into(&mut self.base_url);
    }

    fn handle(&mut self, request: &Request, now_ms: i64, _: &mut dyn Rng) -> Response {
        self.pass_time(now_ms);
        let call = Call::new(request);
        let (method, parts) = call.route();
        // Browsers have no key.
        match (method, parts.as_slice()) {
            ("GET", ["c", "pay", id]) => return self.checkout_page(id),
            ("GET", ["c", "challenge", id]) => return self.challenge_page(id),
            ("POST", ["c", "challenge", id]) => return self.answer_challenge(&call, id),
            ("POST", ["c", "pay", id]) => return self.give_card(&call, id, now_ms),
            _ => {}
        }
        let Some(account) = call.bearer().and_then(|key| self.keys.get(key)) else {
            return invalid(401, "api_key_invalid", "Invalid API Key provided");
        };
        let ["v1", resource, rest @ ..] = parts.as_slice() else { return unknown() };
        if !account.may(resource, method != "GET") {
            return invalid(
                403,
                "more_permissions_required",
                "The provided key does not have the permissions",
            );
        }
        match (method, *resource, rest) {
            ("POST", ..) => self.post(&call, request, now_ms),
            ("GET", "payment_intents", []) => self.list_intents(&call),
            ("GET", "payment_intents", ["search"]) => self.search(&call, now_ms),
            ("GET", "payment_intents", [id]) => {
                let with_charge = call.params("expand").any(|path| path == "latest_charge");
                let shown =
                    |found: &Intent| if with_charge { found.json_with_charge() } else { found.json() };
                let found = self.intents.iter().find(|found| found.id == *id);
                found.map_or_else(missing, |found| answer(200, &shown(found)))
            }
            ("GET", "customers", []) => {
                let is_in = |customer: &&Customer| is_made(&call, customer.created_ms);
                page(&call, self.customers.iter().rev().filter(is_in).map(Customer::json))
            }
            ("GET", "refunds", []) => self.list_refunds(&call),
            ("GET", "disputes", []) => {
                let is_in = |dispute: &&Dispute| is_made(&call, dispute.created_ms);
                page(&call, self.disputes.iter().rev().filter(is_in).map(Dispute::json))
            }
            ("GET", "disputes", [id]) => {
                let found = self.disputes.iter().find(|found| found.id == *id);
                found.map_or_else(missing, |found| answer(200, &found.json()))
            }
            ("GET", "radar", ["early_fraud_warnings"]) => {
                let is_in = |warning: &&FraudWarning| is_made(&call, warning.created_ms);
                page(&call, self.warnings.iter().rev().filter(is_in).map(FraudWarning::json))
            }
            ("GET", "radar", ["early_fraud_warnings", id]) => {
                let found = self.warnings.iter().find(|found| found.id == *id);
                found.map_or_else(missing, |found| answer(200, &found.json()))
            }
            ("GET", "events", []) => {
                let kinds: Vec<&str> = call.params("types").collect();
                let is_in = |event: &&Event| {
                    let is_asked = kinds.is_empty() || kinds.contains(&event.kind.as_str());
                    is_asked && is_made(&call, event.created_ms)
                };
                page(&call, self.events.iter().rev().filter(is_in).map(Event::json))
            }
            ("GET", "events", [id]) => {
                let found = self.events.iter().find(|found| found.id == *id);
                found.map_or_else(missing, |found| answer(200, &found.json()))
            }
            _ => checkout_calls::route(self, &call, now_ms),
        }
    }

    fn open(&mut self, _: &Request, _: i64) -> Opened {
        Opened::NotAStream
    }

    fn pull(&mut self, _: StreamId, _: i64) -> Vec<Frame> {
        Vec::new()
    }

    fn receive(&mut self, _: StreamId, _: &str, _: i64) {}

    fn pong(&mut self, _: StreamId, _: i64) {}

    fn close(&mut self, _: StreamId) {}

    fn expire_tokens(&mut self, _: i64) {}

    fn refusal(&self, status: u16, _: i64) -> Response {
        match status {
            429 => invalid(429, "rate_limit", "Too many requests"),
            status => failed(status),
        }
    }
}

impl World {
    /// A request that changes something: what became of the first one under its key is the answer to all.
    fn post(&mut self, call: &Call, request: &Request, now_ms: i64) -> Response {
        let Some(key) = call.header("idempotency-key").map(str::to_owned) else {
            return self.act(call, now_ms);
        };
        if let Some(first) = self.remembered.get(&key) {
            if first.path != call.path || first.body != *request.body() {
                self.mismatches += 1;
                let message = "Keys for idempotent requests can only be used with the same parameters.";
                return answer(400, &json!({ "error": { "type": "idempotency_error", "message": message } }));
            }
            if now_ms < first.busy_until_ms {
                return invalid(409, "idempotency_key_in_use", "Another request with the key is under way");
            }
            return with_header(first.answer.clone(), "idempotent-replayed", "true");
        }
        let trouble = self.troubles.pop_front();
        let made = match trouble {
            Some(Trouble::Locked) => return invalid(429, "lock_timeout", "Another request has the object"),
            Some(Trouble::Fails { acts: false }) => failed(500),
            Some(Trouble::Fails { acts: true }) => {
                self.act(call, now_ms);
                failed(500)
            }
            Some(Trouble::Busy { .. }) | None => self.act(call, now_ms),
        };
        let busy_until_ms = match trouble {
            Some(Trouble::Busy { ms }) => now_ms.saturating_add(ms),
            _ => now_ms,
        };
        // What does not begin to execute is not remembered.
        if is_begun(&made) {
            let (path, body) = (call.path.clone(), request.body().clone());
            let first = Remembered { path, body, answer: made.clone(), at_ms: now_ms, busy_until_ms };
            self.remembered.insert(key, first);
        }
        made
    }

    fn act(&mut self, call: &Call, now_ms: i64) -> Response {
        let (_, parts) = call.route();
        match parts.as_slice() {
            ["v1", "payment_intents"] => self.authorize(call, now_ms),
            ["v1", "payment_intents", id, "confirm"] => self.confirm(call, id),
            ["v1", "payment_intents", id, "capture"] => self.capture(call, id),
            ["v1", "payment_intents", id, "cancel"] => self.cancel(call, id),
            ["v1", "refunds"] => self.refund(call, now_ms),
            _ => checkout_calls::route(self, call, now_ms),
        }
    }

    fn authorize(&mut self, call: &Call, now_ms: i64) -> Response {
        let wanted = [
            ("payment_method_types[]", "card"),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("off_session", "true"),
        ];
        if let Some((name, _)) = wanted.into_iter().find(|(name, value)| call.field(name) != Some(value)) {
            return invalid(400, "parameter_invalid", name);
        }
        let amount =
            call.field("amount").and_then(|text| text.parse::<i64>().ok()).filter(|amount| *amount > 0);
        let customer = call.field("customer").filter(|id| id.starts_with("cus_"));
        let method = call.field("payment_method").filter(|id| id.starts_with("pm_"));
        let (Some(amount), Some(customer), Some(method), Some(currency)) =
            (amount, customer, method, call.field("currency"))
        else {
            return invalid(400, "parameter_missing", "Missing required param");
        };
        if !self.may_charge(customer, method) {
            return invalid(400, "resource_missing", "The payment method is not attached to the customer");
        }
        let behaviour = Behaviour::of(method);
        let failure = match behaviour {
            Behaviour::Declines(code) => Some(card_error("card_declined", code, method)),
            Behaviour::AsksForBuyer => {
                Some(card_error("authentication_required", "authentication_required", method))
            }
            _ => None,
        };
        let status = if failure.is_some() { Status::RequiresPaymentMethod } else { Status::RequiresCapture };
        let intent = Intent {
            id: format!("pi_{}", self.intents.len() + 1),
            customer: customer.to_owned(),
            payment_method: method.to_owned(),
            amount,
            amount_received: 0,
            currency: currency.to_owned(),
            metadata: metadata(call),
            status,
            was_held: failure.is_none(),
            created_ms: now_ms,
            failure: failure.clone(),
            cancellation_reason: None,
            challenge: None,
            confirmations: 0,
        };
        let shown = intent.json();
        self.intents.push(intent);
        failure.map_or_else(|| answer(200, &shown), |failure| declined(failure, shown.clone()))
    }

    fn capture(&mut self, call: &Call, id: &str) -> Response {
        let Some(intent) = self.intents.iter_mut().find(|found| found.id == id) else { return missing() };
        if intent.status != Status::RequiresCapture {
            return unexpected_state(intent.json());
        }
        let amount = call.field("amount_to_capture").and_then(|text| text.parse::<i64>().ok());
        if amount.is_some_and(|amount| amount > intent.amount) {
            return invalid(400, "amount_too_large", "The amount is larger than what is held");
        }
        if Behaviour::of(&intent.payment_method) == Behaviour::DeclinesCapture {
            let failure = card_error("card_declined", "generic_decline", &intent.payment_method);
            return declined(failure, intent.json());
        }
        take(intent);
        intent.amount_received = amount.unwrap_or(intent.amount);
        answer(200, &intent.json())
    }

    fn cancel(&mut self, call: &Call, id: &str) -> Response {
        let Some(intent) = self.intents.iter_mut().find(|found| found.id == id) else { return missing() };
        if matches!(intent.status, Status::Succeeded | Status::Canceled) {
            return unexpected_state(intent.json());
        }
        intent.status = Status::Canceled;
        intent.cancellation_reason = call.field("cancellation_reason").map(str::to_owned);
        answer(200, &intent.json())
    }

    fn refund(&mut self, call: &Call, now_ms: i64) -> Response {
        let id = call.field("payment_intent").unwrap_or_default();
        let Some(intent) = self.intents.iter().find(|found| found.id == id) else { return missing() };
        if intent.status != Status::Succeeded {
            return unexpected_state(intent.json());
        }
        let stands = |refund: &&Refund| refund.intent == id && refund.status != RefundStatus::Failed;
        let returned: i64 = self.refunds.iter().filter(stands).map(|refund| refund.amount).sum();
        let left = intent.amount_received - returned;
        let amount = call.field("amount").and_then(|text| text.parse::<i64>().ok()).unwrap_or(left);
        if left == 0 {
            return invalid(400, "charge_already_refunded", "The charge has already been refunded.");
        }
        if amount <= 0 || amount > left {
            return invalid(400, "parameter_invalid", "The amount is larger than what is left");
        }
        let status = match Behaviour::of(&intent.payment_method) {
            Behaviour::RefundWaits => RefundStatus::Pending { fails: false },
            Behaviour::RefundFails => RefundStatus::Pending { fails: true },
            _ => RefundStatus::Succeeded,
        };
        let refund = Refund {
            id: format!("re_{}", self.refunds.len() + 1),
            intent: id.to_owned(),
            amount,
            currency: intent.currency.clone(),
            metadata: metadata(call),
            status,
            created_ms: now_ms,
        };
        let shown = refund.json();
        self.refunds.push(refund);
        self.answer_warnings(id, now_ms);
        answer(200, &shown)
    }

    fn list_intents(&self, call: &Call) -> Response {
        let customer = call.param("customer");
        let is_in = |intent: &&Intent| {
            customer.is_none_or(|customer| intent.customer == customer) && is_made(call, intent.created_ms)
        };
        let with_fees = call.params("expand").any(|path| path == "data.latest_charge.balance_transaction");
        let shown = |intent: &Intent| if with_fees { intent.json_with_fee() } else { intent.json() };
        page(call, self.intents.iter().rev().filter(is_in).map(shown))
    }

    /// What the search finds is an hour old.
    fn search(&mut self, call: &Call, now_ms: i64) -> Response {
        self.searches += 1;
        let shown = |intent: &&Intent| intent.created_ms + SEARCH_BEHIND_MS <= now_ms;
        page(call, self.intents.iter().rev().filter(shown).map(Intent::json))
    }

    fn list_refunds(&self, call: &Call) -> Response {
        let of = call.param("payment_intent");
        let is_in =
            |refund: &&Refund| of.is_none_or(|of| refund.intent == of) && is_made(call, refund.created_ms);
        page(call, self.refunds.iter().rev().filter(is_in).map(Refund::json))
    }
}

/// Whether something was made in the time that a request asks for.
fn is_made(call: &Call, created_ms: i64) -> bool {
    let second = u64::try_from(created_ms.div_euclid(1000)).unwrap_or_default();
    call.number("created[gte]").is_none_or(|since| second >= since)
        && call.number("created[lt]").is_none_or(|until| second < until)
}

/// A page of a list, the newest first.
fn page(call: &Call, items: impl Iterator<Item = Value>) -> Response {
    let limit = usize::try_from(call.number("limit").unwrap_or(PAGE).clamp(1, 100)).unwrap_or(1);
    let after = call.param("starting_after");
    let is_before =
        |item: &Value| after.is_some_and(|after| item.get("id").and_then(Value::as_str) != Some(after));
    let mut items = items.skip_while(is_before).skip(usize::from(after.is_some()));
    let data: Vec<Value> = items.by_ref().take(limit).collect();
    let has_more = items.next().is_some();
    answer(200, &json!({ "object": "list", "data": data, "has_more": has_more }))
}

/// Whether a request began to execute: wrong parameters are found before.
fn is_begun(made: &Response) -> bool {
    let text = String::from_utf8_lossy(made.body());
    let wrong = ["parameter_", "resource_missing", "unknown_url"];
    !matches!(made.status().as_u16(), 400 | 404) || !wrong.iter().any(|code| text.contains(code))
}
