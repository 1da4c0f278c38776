//! A look at a payment: whether its money is held, and until when.

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;

use super::api::Api;
use super::books::{Unread, one};
use super::token::is_id;
use crate::domain::time::Timestamp;
use crate::net::Http;

/// What a look tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The money is held, until then if Stripe tells.
    Held(Option<Timestamp>),
    /// Nothing is held: it is captured or let go.
    NotHeld,
}

#[derive(Deserialize)]
struct HeldIntent {
    status: CompactString,
    /// The id of the charge, or the charge.
    latest_charge: Option<Value>,
}

/// Looks at a payment. Waits for the answers.
///
/// # Errors
/// When Stripe does not tell.
pub(super) fn look_at(api: &Api, http: &dyn Http, payment: &str) -> Result<Look, Unread> {
    if !is_id(payment, "pi_") {
        return Ok(Look::NotHeld);
    }
    let path = format!("/v1/payment_intents/{payment}");
    // A key that may not read charges learns whether the money is held, and not until when.
    let intent = one::<HeldIntent>(api, http, &format!("{path}?expand%5B%5D=latest_charge"))
        .or_else(|_| one(api, http, &path))?;
    Ok(match intent {
        Some(intent) if intent.status == "requires_capture" => Look::Held(intent.capture_before()),
        Some(intent) if intent.status == "processing" => Look::Held(None),
        _ => Look::NotHeld,
    })
}

impl HeldIntent {
    /// When the hold ends. Stripe tells whole seconds since 1970.
    fn capture_before(&self) -> Option<Timestamp> {
        let details = self.latest_charge.as_ref()?.get("payment_method_details")?;
        let seconds = details.get("card")?.get("capture_before")?.as_i64()?;
        seconds.checked_mul(1000).map(Timestamp::from_ms)
    }
}
