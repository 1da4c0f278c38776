//! What the state of a payment or a refund means for the effect that asks.

use compact_str::{CompactString, format_compact};

use super::answers::UNDER_WAY;
use super::objects::{AUTHENTICATION_REQUIRED, Failure, Intent, Refund};
use super::order::Order;
use crate::domain::provider_ref::{PaymentRef, ProviderRef};
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::report::ALREADY_CAPTURED;

/// The reason of a capture that came after the hold had ended.
pub(super) const CAPTURE_LOST: &str = "capture_lost";

/// When to ask again for a refund that waits for the shop's balance, or for the card's bank.
const REFUND_PENDING: Millis = Millis::from_secs(600);

/// How long a payment may be without a result. The request that makes it is over by then, unless the clock was set ahead.
const CONFIRMING_MOST: Millis = Millis::from_secs(600);

/// What a state means.
pub(super) enum Meaning {
    /// The attempt is over.
    Over(AttemptResult),
    /// The card does not pay, for that reason, and what is left of the payment is to be tidied away first.
    Tidy(CompactString),
    /// The bank wants the buyer to be there; the reason for which the card does not pay without.
    AsksForBuyer(CompactString),
    /// Nothing came of it so far. The attempt is over once it is canceled.
    Cancel(AttemptResult),
    /// The effect has not taken place.
    Open,
}

/// A payment that this effect authorized, or another attempt at it.
pub(super) fn of_authorization(intent: &Intent, order: &Order<'_>, at: Timestamp) -> Meaning {
    if let Some(other) = other_amount(intent, order) {
        return Meaning::Over(other);
    }
    let declined = |reason: CompactString| AttemptResult::Declined { reason };
    let asks_for_buyer = intent.last_payment_error.as_ref().is_some_and(Failure::asks_for_buyer);
    let failure = intent.last_payment_error.as_ref().map(Failure::decline);
    match (intent.status.as_str(), failure) {
        ("requires_capture" | "succeeded", _) => Meaning::Over(match PaymentRef::parse(&intent.id) {
            Ok(id) => AttemptResult::Done { reference: Some(ProviderRef::Payment(id)), at },
            Err(fault) => AttemptResult::unknown(fault),
        }),
        ("canceled" | "expired", failure) => {
            Meaning::Over(declined(failure.unwrap_or_else(|| "canceled".into())))
        }
        ("requires_reauthorization", _) => Meaning::Tidy("hold_ended".into()),
        ("requires_action", failure) => {
            Meaning::AsksForBuyer(failure.unwrap_or_else(|| AUTHENTICATION_REQUIRED.into()))
        }
        ("requires_payment_method", Some(failure)) if asks_for_buyer => Meaning::AsksForBuyer(failure),
        ("requires_payment_method", Some(failure)) => Meaning::Tidy(failure),
        ("requires_payment_method" | "requires_confirmation", _)
            if at.since(order.recorded_at) >= CONFIRMING_MOST =>
        {
            Meaning::Cancel(declined("not_confirmed".into()))
        }
        // Another request is at it.
        ("requires_payment_method" | "requires_confirmation" | "processing", _) => under_way(at),
        (status, _) => Meaning::Over(AttemptResult::unknown(format_compact!("the payment is {status}"))),
    }
}

/// A payment that is to be closed, because its buyer was waited for in vain: the result of its authorization once it is closed,
/// or if it was authenticated in time; `None` while neither is so.
pub(super) fn of_closing(
    intent: &Intent,
    order: &Order<'_>,
    at: Timestamp,
    reason: &CompactString,
) -> Option<AttemptResult> {
    match intent.status.as_str() {
        "canceled" | "expired" => Some(AttemptResult::Declined { reason: reason.clone() }),
        "requires_capture" | "succeeded" => match of_authorization(intent, order, at) {
            Meaning::Over(result) => Some(result),
            _ => None,
        },
        _ => None,
    }
}

/// A payment that is to be captured.
pub(super) fn of_capture(intent: &Intent, order: &Order<'_>, at: Timestamp) -> Meaning {
    match intent.status.as_str() {
        "succeeded" if intent.amount_received != order.amount => {
            let (received, wanted) = (intent.amount_received, order.amount);
            let text = format_compact!("{} has taken {received} instead of {wanted}", intent.id);
            Meaning::Over(AttemptResult::impossible(text))
        }
        "succeeded" => Meaning::Over(AttemptResult::Done { reference: None, at }),
        "canceled" | "expired" | "requires_reauthorization" => {
            tracing::error!(payment = %intent.id, order = %order.name, "the hold ended before the capture");
            Meaning::Over(AttemptResult::Declined { reason: CAPTURE_LOST.into() })
        }
        "processing" => under_way(at),
        _ => Meaning::Open,
    }
}

/// A payment of which nothing shall be held any more.
pub(super) fn of_void(intent: &Intent, at: Timestamp) -> Meaning {
    match intent.status.as_str() {
        "canceled" | "expired" => Meaning::Over(AttemptResult::Done { reference: None, at }),
        // The caller refunds it instead.
        "succeeded" => Meaning::Over(AttemptResult::Declined { reason: ALREADY_CAPTURED.into() }),
        "processing" => under_way(at),
        _ => Meaning::Open,
    }
}

/// A refund that this effect made, or another attempt at it.
pub(super) fn of_refund(refund: &Refund, order: &Order<'_>, at: Timestamp) -> AttemptResult {
    if refund.amount != order.amount || refund.currency != order.currency {
        let (id, amount, currency) = (&refund.id, refund.amount, &refund.currency);
        return AttemptResult::impossible(format_compact!("refund {id} is over {amount} {currency}"));
    }
    match refund.status.as_deref() {
        Some("succeeded") => AttemptResult::Done { reference: None, at },
        Some("failed" | "canceled") => {
            let reason = refund.failure_reason.as_deref().unwrap_or("no reason given");
            AttemptResult::impossible(format_compact!("refund_failed: {reason}"))
        }
        _ => AttemptResult::InProgress { until: at.plus(REFUND_PENDING) },
    }
}

/// The result where the payment under the effect's key is over another amount than the record.
fn other_amount(intent: &Intent, order: &Order<'_>) -> Option<AttemptResult> {
    let (id, amount, currency) = (&intent.id, intent.amount, &intent.currency);
    let is_same = amount == order.amount && *currency == order.currency;
    (!is_same).then(|| AttemptResult::impossible(format_compact!("{id} is over {amount} {currency}")))
}

fn under_way(at: Timestamp) -> Meaning {
    Meaning::Over(AttemptResult::InProgress { until: at.plus(UNDER_WAY) })
}
