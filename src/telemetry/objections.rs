//! Metrics and log lines of what banks object to and whom they ask for, and of the card processor's events.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use crate::domain::event::Event;
use crate::domain::objection::{Dispute, FraudWarning};

/// Handle of the counter of the card processor's events that came to this.
pub fn card_events(result: &'static str) -> Counter {
    counter!("flashtag_card_events_total", "result" => result)
}

/// Handle of the gauge of how long the list of the card processor's events was not read.
pub fn card_events_behind() -> Gauge {
    gauge!("flashtag_card_events_behind_seconds")
}

/// Handle of the counter of steps of payments that wait for their buyers.
pub fn authentications(result: &'static str) -> Counter {
    counter!("flashtag_authentications_total", "result" => result)
}

/// Counts and logs what a bank objects to. There is little of it, and each costs the shop money or a deadline.
pub(super) fn note(event: &Event) {
    match event {
        Event::Disputed { dispute, .. } => note_dispute(dispute),
        Event::FraudWarned { warning, .. } => note_warning(warning),
        _ => {}
    }
}

fn note_dispute(dispute: &Dispute) {
    let stage = dispute.stage.name();
    counter!("flashtag_disputes_total", "stage" => stage).increment(1);
    let due_by = dispute.due_by.filter(|_| dispute.stage.awaits_shop()).map(|due| due.to_string());
    tracing::warn!(
        dispute = %dispute.reference, stage, amount = %dispute.amount, due_by,
        "a payment is disputed; see `flashtag objections list`"
    );
}

fn note_warning(warning: &FraudWarning) {
    let state = if warning.is_actionable { "open" } else { "over" };
    counter!("flashtag_fraud_warnings_total", "state" => state).increment(1);
    tracing::warn!(
        warning = %warning.reference, kind = %warning.kind, state,
        "a bank warns of fraud; a refund may prevent a dispute"
    );
}

/// Describes each metric to the recorder.
pub(super) fn describe() {
    describe_counter!(
        "flashtag_disputes_total",
        "Disputes of payments, by how they came to stand (stage): inquiry, inquiry_closed, needs_response, under_review, won, lost"
    );
    describe_counter!(
        "flashtag_fraud_warnings_total",
        "Early warnings of fraud (state): open, where a refund may prevent a dispute, or over"
    );
    describe_counter!(
        "flashtag_authentications_total",
        "Payments whose banks ask for their buyers, by step (result): asked by letter, unreachable; and what the page of the letter told: shown, begun, held, over, late, busy, malformed, forged, foreign_page"
    );
    describe_counter!(
        "flashtag_card_webhooks_total",
        "Webhooks of the card processor, by result (result): taken, unwatched, missed where the list of events has to do, and refused: unsigned, untimely, forged, unreadable, unread"
    );
    describe_counter!(
        "flashtag_card_events_total",
        "Events of the card processor, by result (result): recorded, known, repeated, unrelated, no_order, no_event"
    );
    describe_gauge!(
        "flashtag_card_events_behind_seconds",
        "How long the list of the card processor's events could not be read; 0 while it can"
    );
}
