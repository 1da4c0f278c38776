//! The report to the campaign on an effect that has ended.

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
        // A prompt without an id of its own starts no window; the offer's prompt patience starts it.
        None => Report::Delivered(vec![key]),
    }
}

/// The report on a refusal by the provider; `None` if the provider cannot refuse this kind of effect.
pub(super) fn report_declined(key: EffectKey, effect: &Effect, reason: &CompactString) -> Option<Report> {
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) => {
            Some(Report::Declined { id: payment.id, key, reason: reason.clone() })
        }
        _ => None,
    }
}

/// Merges all deliveries that nothing waits for into one report, and all drops into another: each report
/// costs one record.
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
