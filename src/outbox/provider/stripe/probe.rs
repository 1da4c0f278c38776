//! Whether Stripe accepts the key, and what the key may do. Nothing is made, paid or returned: requests that would change
//! something name a payment that does not exist.

use compact_str::format_compact;

use super::api::Api;
use crate::net::{Http, Request};
use crate::networks::Note;

/// A payment that does not exist.
const NOBODYS: &str = "pi_flashtag0check0nobody0has";

/// What a key must be allowed to do: a permission as Stripe's dashboard calls it, and whether it is to write.
const NEEDED: [(&str, &str, bool); 4] = [
    ("Payment Intents", "read", false),
    ("Payment Intents", "write", true),
    ("Refunds", "read", false),
    ("Refunds", "write", true),
];

/// Asks Stripe. It waits for the answers.
#[must_use]
pub fn probe(api: &Api, http: &dyn Http) -> Vec<Note> {
    let mut notes = Vec::new();
    for (resource, right, writes) in NEEDED {
        let request = request(api, resource, writes);
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
                // It is allowed, and the payment does not exist.
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

fn request(api: &Api, resource: &str, writes: bool) -> Request {
    let payments = resource == "Payment Intents";
    match (payments, writes) {
        (true, false) => Request::get(api.at("/v1/payment_intents?limit=1")),
        (true, true) => Request::post_form(api.at(&format!("/v1/payment_intents/{NOBODYS}/capture")), &[]),
        (false, false) => Request::get(api.at("/v1/refunds?limit=1")),
        (false, true) => Request::post_form(api.at("/v1/refunds"), &[("payment_intent", NOBODYS)]),
    }
    .signed()
}
