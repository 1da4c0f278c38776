//! One attempt to carry an effect out, and what the provider made of it.

use std::sync::Arc;

use compact_str::CompactString;

use super::delivery_key::DeliveryKey;
use crate::domain::effect::Effect;
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;

/// What a provider is asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The idempotency key.
    pub key: DeliveryKey,
    /// The effect to carry out.
    pub effect: Effect,
    /// Counted from 1. An attempt that was throttled does not count.
    pub number: u32,
    /// Whether to ask what became of the key instead of sending the effect: it may have taken effect.
    pub look_up: bool,
    /// The time of the effect's record.
    pub recorded_at: Timestamp,
    /// The text of a reply or an announcement, the same at every attempt.
    pub text: Option<Arc<str>>,
}

impl Attempt {
    /// The result of a stand-in that always succeeds; a reply's id on its network is the effect's key.
    #[must_use]
    pub fn delivered(&self, at: Timestamp) -> AttemptResult {
        let reply = self.key.as_post().filter(|_| self.effect.said_on().is_some());
        AttemptResult::Done { reference: reply.map(ProviderRef::Reply), at }
    }
}

/// Characters of a provider's error that are kept: they go into the journal.
const ERROR_CHARS_MAX: usize = 200;

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// It has taken effect, now or before.
    Done {
        /// The provider's id of what it made.
        reference: Option<ProviderRef>,
        /// When it took effect.
        at: Timestamp,
    },
    /// The provider said no, for good.
    Declined {
        /// The provider's reason.
        reason: CompactString,
    },
    /// It may have taken effect or not. What happens next depends on the provider's `ResendSafety`.
    Unknown {
        /// What was seen of the failure.
        error: CompactString,
    },
    /// A look-up did not find the key. Whether that proves anything depends on the provider's `ResendSafety`.
    NotFound,
    /// The provider wants fewer requests: it did nothing, and its lane pauses. Neither a failure nor a success:
    /// the attempt does not count.
    Throttled {
        /// When the provider takes requests again.
        until: Timestamp,
    },
    /// It has not taken effect.
    Failed {
        /// The error.
        error: CompactString,
        /// Whether another attempt would fail as well.
        permanent: bool,
    },
}

impl AttemptResult {
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

    /// A doubtful end.
    #[must_use]
    pub fn unknown(error: impl ToString) -> Self {
        Self::Unknown { error: error.to_string().into() }
    }

    /// The same with the provider's text cut to [`ERROR_CHARS_MAX`].
    pub(super) fn bounded(self) -> Self {
        match self {
            Self::Declined { reason } => Self::Declined { reason: cut(reason) },
            Self::Unknown { error } => Self::Unknown { error: cut(error) },
            Self::Failed { error, permanent } => Self::Failed { error: cut(error), permanent },
            Self::Done { .. } | Self::NotFound | Self::Throttled { .. } => self,
        }
    }
}

fn cut(text: CompactString) -> CompactString {
    match text.char_indices().nth(ERROR_CHARS_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or_default().into(),
        None => text,
    }
}
