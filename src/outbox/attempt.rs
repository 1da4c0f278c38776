//! One attempt to deliver, what the provider made of it, and what is reported to the campaign.

use std::sync::Arc;

use compact_str::CompactString;

use super::delivery_key::DeliveryKey;
use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::id::{EffectKey, PostId};
use crate::domain::time::Timestamp;

/// What a provider is asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The idempotency key.
    pub key: DeliveryKey,
    /// What to do.
    pub effect: Effect,
    /// Counted from 1.
    pub number: u32,
    /// Whether to ask what became of the key instead of doing it: it may have taken effect.
    pub look_up: bool,
    /// When it was decided.
    pub recorded_at: Timestamp,
    /// What a reply or an announcement says; the same at every attempt.
    pub text: Option<Arc<str>>,
}

impl Attempt {
    /// The answer of a sandbox to everything but payments: done, and the reply has its key for id.
    #[must_use]
    pub fn delivered(&self, at: Timestamp) -> Attempted {
        Attempted::Done { reference: self.key.as_post(), at }
    }
}

/// How much of a provider's words is kept.
const WORDS_CHARS_MAX: usize = 200;

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// It has taken effect, now or before.
    Done {
        /// The id of the reply on its network.
        reference: Option<PostId>,
        /// When.
        at: Timestamp,
    },
    /// The provider said no, for good.
    Declined {
        /// Its word for why.
        reason: CompactString,
    },
    /// It may have taken effect or not. A payment is looked up next, with the same key.
    Unknown {
        /// What was seen of it.
        error: CompactString,
    },
    /// The provider never saw the key: the effect is sent again, with the same key.
    NotFound,
    /// It has not taken effect.
    Failed {
        /// Why.
        error: CompactString,
        /// Whether trying again is of no use.
        permanent: bool,
    },
}

impl Attempted {
    /// A failure that may pass.
    #[must_use]
    pub fn failed(error: impl ToString) -> Self {
        Self::Failed { error: error.to_string().into(), permanent: false }
    }

    /// A failure that stays.
    #[must_use]
    pub fn impossible(error: impl ToString) -> Self {
        Self::Failed { error: error.to_string().into(), permanent: true }
    }

    /// The same with a bound on the provider's words, which go into the journal.
    pub(super) fn bounded(self) -> Self {
        match self {
            Self::Declined { reason } => Self::Declined { reason: cut(reason) },
            Self::Unknown { error } => Self::Unknown { error: cut(error) },
            Self::Failed { error, permanent } => Self::Failed { error: cut(error), permanent },
            Self::Done { .. } | Self::NotFound => self,
        }
    }
}

fn cut(words: CompactString) -> CompactString {
    match words.char_indices().nth(WORDS_CHARS_MAX) {
        Some((end, _)) => words.get(..end).unwrap_or_default().into(),
        None => words,
    }
}

/// An effect that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Which.
    pub key: EffectKey,
    /// The word for the kind of effect.
    pub kind: &'static str,
    /// The last error.
    pub reason: CompactString,
    /// After how many attempts.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
}

/// What the campaign is told of an effect that is done.
pub(super) fn report_done(
    key: EffectKey,
    effect: &Effect,
    reference: Option<PostId>,
    at: Timestamp,
) -> Report {
    match (effect, effect.prompts(), reference) {
        (Effect::Authorize(payment), ..) => Report::Authorized { id: payment.id, key },
        (Effect::Capture(payment), ..) => Report::Captured { id: payment.id, key },
        (Effect::Refund(payment), ..) => Report::Refunded { id: payment.id, key },
        (_, Some(id), Some(prompt)) => Report::Prompted { id, key, prompt, at },
        // A prompt whose id nobody told starts no window; the offer's patience does.
        _ => Report::Delivered(vec![key]),
    }
}

/// What the campaign is told of a "no"; nothing, if the effect must not be refused.
pub(super) fn report_declined(key: EffectKey, effect: &Effect, reason: &CompactString) -> Option<Report> {
    match effect {
        Effect::Authorize(payment) | Effect::Capture(payment) => {
            Some(Report::Declined { id: payment.id, key, reason: reason.clone() })
        }
        _ => None,
    }
}

/// The same reports with the deliveries of no consequence in one, and with what was dropped in another:
/// each costs one record.
#[must_use]
pub fn merge(reports: Vec<Report>) -> Vec<Report> {
    let (mut delivered, mut dropped) = (Vec::new(), Vec::new());
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
