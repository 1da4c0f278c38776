//! Payments that are confirmed with the buyer, and the page on which the bank asks.

use super::failure::{card_error, invalid, missing, unexpected_state};
use super::intent::Status;
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, html, json as answer, redirect};

/// What Stripe says of a buyer who did not prove to be the owner of the card.
const NOT_AUTHENTICATED: &str = "payment_intent_authentication_failure";

impl World {
    /// Confirms a payment whose bank asks for the buyer, with the buyer there.
    pub(super) fn confirm(&mut self, call: &Call, id: &str) -> Response {
        let field = |name: &str| call.field(name).unwrap_or_default().to_owned();
        let (card, back) = (field("payment_method"), field("return_url"));
        if field("off_session") != "false" {
            return invalid(400, "parameter_invalid", "off_session");
        }
        if !back.starts_with("http") {
            return invalid(400, "url_invalid", "Not a valid URL");
        }
        let page = format!("{}/c/challenge/{id}", self.base_url);
        let Some(intent) = self.intents.iter_mut().find(|found| found.id == id) else { return missing() };
        if intent.status != Status::RequiresPaymentMethod {
            return unexpected_state(intent.json());
        }
        // What failed has no card any more, so the request has to name one.
        if card != intent.payment_method {
            return invalid(400, "parameter_missing", "payment_method");
        }
        intent.status = Status::RequiresAction;
        intent.failure = None;
        intent.challenge = Some((page, back));
        intent.confirmations += 1;
        answer(200, &intent.json())
    }

    /// The page of the bank. Browsers have no key.
    pub(super) fn challenge_page(&self, id: &str) -> Response {
        let asks = self.intents.iter().any(|found| found.id == id && found.status == Status::RequiresAction);
        if !asks {
            return html(404, "<!doctype html><title>Bank</title><h1>Your bank asks nothing</h1>");
        }
        let page = format!(
            "<!doctype html><html lang=\"en\"><title>Bank</title><h1>Is it you?</h1><p>This stand-in of a bank asks for no \
             secret.</p><form method=\"post\" action=\"/c/challenge/{id}\"><button name=\"answer\" value=\"yes\">Yes, pay\
             </button> <button name=\"answer\" value=\"no\">No</button></form></html>"
        );
        html(200, &page)
    }

    /// What the buyer answers the bank. The browser goes back to the shop.
    pub(super) fn answer_challenge(&mut self, call: &Call, id: &str) -> Response {
        let asks = |status| status == Status::RequiresAction;
        let Some(intent) = self.intents.iter_mut().find(|found| found.id == id && asks(found.status)) else {
            return html(404, "<!doctype html><title>Bank</title><h1>Your bank asks nothing</h1>");
        };
        let result = if call.field("answer") == Some("yes") {
            intent.status = Status::RequiresCapture;
            intent.was_held = true;
            "succeeded"
        } else {
            intent.status = Status::RequiresPaymentMethod;
            intent.failure = Some(card_error(NOT_AUTHENTICATED, NOT_AUTHENTICATED, &intent.payment_method));
            "failed"
        };
        let back = intent.challenge.as_ref().map(|(_, back)| back.clone()).unwrap_or_default();
        redirect(&format!("{back}?payment_intent={id}&redirect_status={result}"))
    }
}
