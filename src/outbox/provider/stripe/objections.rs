//! What banks object to, as Stripe has it: disputes, and early warnings of fraud.

use compact_str::CompactString;
use serde::Deserialize;

use super::api::Api;
use super::books::{Unread, one};
use super::dispute::{WireDispute, code};
use super::event::{CardEvent, WatchedObject};
use super::objects::{Intent, Listed};
use super::token::is_id;
use crate::domain::objection::{FraudWarning, Objection};
use crate::domain::provider_ref::{ObjectionRef, PaymentRef};
use crate::net::Http;
use crate::outbox::instance_id::InstanceId;

/// An objection, and the order that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObjection {
    /// The order, as Stripe was told.
    pub order: String,
    /// The payment.
    pub payment: PaymentRef,
    /// What is objected.
    pub objection: Objection,
}

/// An early warning as the API has it.
#[derive(Debug, Clone, Deserialize)]
struct WireWarning {
    id: String,
    actionable: bool,
    fraud_type: CompactString,
    payment_intent: Option<String>,
}

/// Reads the object to which something happened; `None` if it is none of this data directory's payments, or is gone. It
/// waits for the answers.
///
/// # Errors
/// When Stripe does not answer, refuses the key, or says what cannot be read.
pub fn read_objection(
    api: &Api,
    http: &dyn Http,
    event: &CardEvent,
    instance: InstanceId,
) -> Result<Option<FoundObjection>, Unread> {
    let found = match &event.object {
        None => None,
        Some(WatchedObject::Dispute(id)) => {
            match one::<WireDispute>(api, http, &format!("/v1/disputes/{id}"))? {
                None => None,
                Some(wire) => {
                    wire.dispute().map(|dispute| (wire.payment_intent, Objection::Dispute(dispute)))
                }
            }
        }
        Some(WatchedObject::FraudWarning(id)) => {
            let path = format!("/v1/radar/early_fraud_warnings/{id}");
            match one::<WireWarning>(api, http, &path)? {
                None => None,
                Some(wire) => warning(wire),
            }
        }
    };
    let Some((Some(intent), objection)) = found else { return Ok(None) };
    if !is_id(&intent, "pi_") {
        return Ok(None);
    }
    let Some(intent) = one::<Intent>(api, http, &format!("/v1/payment_intents/{intent}"))? else {
        return Ok(None);
    };
    // Another shop, or another program, may have the same account.
    if !intent.has("instance", &instance.to_string()) {
        return Ok(None);
    }
    let order = intent.metadata().and_then(|metadata| metadata.get("reservation")).cloned();
    let payment = PaymentRef::parse(&intent.id).ok();
    Ok(order.zip(payment).map(|(order, payment)| FoundObjection { order, payment, objection }))
}

fn warning(wire: WireWarning) -> Option<(Option<String>, Objection)> {
    let reference = ObjectionRef::parse(&wire.id).ok()?;
    let (kind, is_actionable) = (code(&wire.fraud_type), wire.actionable);
    let warning = FraudWarning { reference, kind, is_actionable };
    Some((wire.payment_intent, Objection::FraudWarning(warning)))
}
