//! Answers that are no success.

use serde_json::{Value, json};

use crate::exchange::{Response, json as answer};

/// An answer that a parameter is wrong, or that the state does not allow the request.
pub(super) fn invalid(status: u16, code: &str, message: &str) -> Response {
    let error = json!({ "type": "invalid_request_error", "code": code, "message": message });
    answer(status, &json!({ "error": error }))
}

/// As [`invalid`], with the payment.
pub(super) fn unexpected_state(intent: Value) -> Response {
    let status = intent.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
    let error = json!({
        "type": "invalid_request_error",
        "code": "payment_intent_unexpected_state",
        "message": format!("This PaymentIntent has a status of {status}, which does not allow that."),
        "payment_intent": intent,
    });
    answer(400, &json!({ "error": error }))
}

/// Why a card does not pay.
pub(super) fn card_error(code: &str, decline_code: &str, card: &str) -> Value {
    json!({
        "payment_method": { "id": card, "object": "payment_method", "type": "card" },
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "advice_code": "try_again_later",
        "message": "Your card was declined.",
    })
}

/// The answer that a card does not pay.
pub(super) fn declined(mut error: Value, intent: Value) -> Response {
    if let Some(fields) = error.as_object_mut() {
        fields.insert("payment_intent".to_owned(), intent);
    }
    answer(402, &json!({ "error": error }))
}

/// The answer of a machine that failed.
pub(super) fn failed(status: u16) -> Response {
    let error = json!({ "type": "api_error", "message": "An unknown error occurred" });
    answer(status, &json!({ "error": error }))
}

/// There is no such object.
pub(super) fn missing() -> Response {
    invalid(404, "resource_missing", "No such object")
}

/// There is no such address.
pub(super) fn unknown() -> Response {
    invalid(404, "unknown_url", "Unrecognized request URL")
}
