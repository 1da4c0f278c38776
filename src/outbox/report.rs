//! What the campaign is told of an effect that has ended.

use compact_str::CompactString;

use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::id::EffectKey;
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;

/// The report on an effect that is done.
pub(super) fn report_done(
    key: EffectKey,
    effect: &Effect,
    reference: Option<ProviderRef>,
    at: Timestamp,
) -> Report {
    match effect {
        Effect::Authorize(payment) => return Report::Authorized { id: payment.id, key },
        Effect::Capture(payment) => return Report::Captured { id: payment.id, key },
        Effect::Refund(payment) => return Report::Refunded { id: payment.id, key },
        _ => {}
    }
    match effect.prompts().zip(reference.and_then(ProviderRef::into_reply)) {
        Some((id, prompt)) => Report::Prompted { id, key, prompt, at },
        // A prompt without an id of its own starts no window; the offer's patience does.
        None => Report::Delivered(vec![key]),
    }
}

/// The report on a "no"; none, if the effect must not be refused.
pub(super) fn report_declined(key: EffectKey, effect: &Effect, reason: &CompactString) -> Option<Report> {
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) => {
            Some(Report::Declined { id: payment.id, key, reason: reason.clone() })
        }
        _ => None,
    }
}

/// The same reports with all deliveries that nothing waits for in one, and all drops in another: each report costs
/// one record.
#[must_use]
pub fn merge(reports: Vec<Report>) -> Vec<Report> {
    let mut delivered = Vec::new();
    let mut dropped = Vec::new();
    let mut merged = Vec::with_capacity(reports.len().min(64));
    for report in reports {
        match report {
            Report::Delivered(keys) => delivered.extend(keys),
            Report::Dropped(keys) => dropped.extend(keys),
            other => merged.push(other),
        }
    }
    if !delivered.is_empty() {
        merged.push(Report::Delivered(delivered));
    }
    if !dropped.is_empty() {
        merged.push(Report::Dropped(dropped));
    }
    merged
}
