//! The report to the campaign on an effect that has ended.

use compact_str::CompactString;

use super::delivery_key::DeliveryKey;
use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::event::Delivered;
use crate::domain::id::EffectKey;
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;

/// The reason for which a card processor declines to void a payment that it has captured.
pub const ALREADY_CAPTURED: &str = "already_captured";

/// The report on an effect that is done. An id that equals the key says nothing new, and is left out where nothing
/// waits for it.
pub(super) fn report_done(
    outside: &DeliveryKey,
    key: EffectKey,
    effect: &Effect,
    reference: Option<ProviderRef>,
    at: Timestamp,
) -> Report {
    match effect {
        Effect::Authorize(payment) => {
            let reference = reference.and_then(ProviderRef::into_payment);
            return Report::Authorized { id: payment.id, key, reference };
        }
        Effect::Capture(payment) => return Report::Captured { id: payment.id, key },
        Effect::Refund(payment) => return Report::Refunded { id: payment.id, key },
        _ => {}
    }
    if let Some(id) = effect.prompts_before_reminder() {
        return Report::PromptMailDelivered { id, key };
    }
    match (effect.prompts(), reference) {
        (Some(id), Some(ProviderRef::Reply(prompt))) => Report::Prompted { id, key, prompt, at },
        // A prompt without an id of its own starts no window; the offer's prompt patience starts it.
        (_, reference) => {
            let repeated = outside.as_post().map(ProviderRef::Reply);
            Report::Delivered(Delivered::one(key, reference.filter(|id| Some(id) != repeated.as_ref())))
        }
    }
}

/// The report on a refusal by the provider; `None` if the provider cannot refuse this kind of effect.
pub(super) fn report_declined(key: EffectKey, effect: &Effect, reason: &CompactString) -> Option<Report> {
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) => {
            Some(Report::Declined { id: payment.id, key, reason: reason.clone() })
        }
        Effect::Void(payment) if reason == ALREADY_CAPTURED => {
            Some(Report::NotVoided { id: payment.id, key })
        }
        _ => None,
    }
}

/// Merges all deliveries that nothing waits for into one report, all drops into another, and all bounces: each report
/// costs one record.
#[must_use]
pub fn merge(reports: Vec<Report>) -> Vec<Report> {
    let mut delivered = Delivered::default();
    let (mut dropped, mut bounced) = (Vec::new(), Vec::new());
    let mut merged = Vec::with_capacity(reports.len().min(64));
    for report in reports {
        match report {
            Report::Delivered(done) => delivered.merge(done),
            Report::Dropped(keys) => dropped.extend(keys),
            Report::MailBounced(keys) => bounced.extend(keys),
            other => merged.push(other),
        }
    }
    if !delivered.keys.is_empty() {
        merged.push(Report::Delivered(delivered));
    }
    if !dropped.is_empty() {
        merged.push(Report::Dropped(dropped));
    }
    if !bounced.is_empty() {
        merged.push(Report::MailBounced(bounced));
    }
    merged
}
