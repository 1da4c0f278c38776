//! Whether Stripe accepts the key, and what the key may do. Nothing is made, paid or returned: requests that would change
//! something name an object that does not exist.

use compact_str::format_compact;

use super::api::Api;
use crate::net::{Http, Request};
use crate::networks::Note;

/// The end of the ids of objects that do not exist.
const NOBODYS: &str = "flashtag0check0nobody0has";

/// What a key must be allowed to do: a permission as Stripe's dashboard calls it, read or write, and a request that shows
/// it.
fn needed(api: &Api) -> [(&'static str, &'static str, Request); 13] {
    let read = |path: &str| Request::get(api.at(path)).signed();
    let write = |path: &str| Request::post_form(api.at(path), &[]).signed();
    let payment = format!("pi_{NOBODYS}");
    let refund = Request::post_form(api.at("/v1/refunds"), &[("payment_intent", &payment)]).signed();
    [
        ("Payment Intents", "read", read("/v1/payment_intents?limit=1")),
        ("Payment Intents", "write", write(&format!("/v1/payment_intents/{payment}/capture"))),
        ("Refunds", "read", read("/v1/refunds?limit=1")),
        ("Refunds", "write", refund),
        // What banks object to.
        ("Disputes", "read", read("/v1/disputes?limit=1")),
        ("Radar Early Fraud Warnings", "read", read("/v1/radar/early_fraud_warnings?limit=1")),
        ("Events", "read", read("/v1/events?limit=1")),
        // What the card page asks.
        ("Customers", "write", write(&format!("/v1/customers/cus_{NOBODYS}"))),
        ("Checkout Sessions", "read", read("/v1/checkout/sessions?limit=1")),
        ("Checkout Sessions", "write", write(&format!("/v1/checkout/sessions/cs_{NOBODYS}/expire"))),
        ("Setup Intents", "read", read("/v1/setup_intents?limit=1")),
        ("Payment Methods", "read", read(&format!("/v1/payment_methods/pm_{NOBODYS}"))),
        ("Payment Methods", "write", write(&format!("/v1/payment_methods/pm_{NOBODYS}/detach"))),
    ]
}

/// Asks Stripe. It waits for the answers.
#[must_use]
pub fn probe(api: &Api, http: &dyn Http) -> Vec<Note> {
    let mut notes = Vec::new();
    for (resource, right, request) in needed(api) {
        match http.exchange(&request) {
            Err(unanswered) => {
                notes.push(Note::missing(format_compact!("Stripe does not answer: {unanswered}")));
                return notes;
            }
            Ok(answer) => match answer.status {
                401 => {
                    notes.push(Note::missing(
                        "Stripe does not accept the key: it was revoked, or is another account's; make a new restricted key",
                    ));
                    return notes;
                }
                403 => notes.push(Note::missing(format_compact!(
                    "the key may not {right} {resource}; allow it in Stripe's dashboard under API keys"
                ))),
                // It is allowed, and the object does not exist.
                200 | 400 | 404 => {
                    notes.push(Note::good(format_compact!("the key may {right} {resource}")));
                }
                status => notes.push(Note::missing(format_compact!(
                    "whether the key may {right} {resource} is not known: Stripe answers {status}"
                ))),
            },
        }
    }
    notes
}
