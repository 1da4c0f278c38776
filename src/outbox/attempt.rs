//! One attempt to carry an effect out, and the provider's result.

use std::sync::Arc;

use compact_str::CompactString;

use super::delivery_key::DeliveryKey;
use crate::domain::effect::Effect;
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;

/// One request to a provider: to carry an effect out, or to look its key up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The idempotency key.
    pub key: DeliveryKey,
    /// The effect to carry out.
    pub effect: Effect,
    /// Counted from 1. An attempt that was throttled does not count.
    pub number: u32,
    /// Whether to look the key up instead of sending the effect, because an earlier attempt may have taken
    /// effect.
    pub look_up: bool,
    /// Time of the effect's record in the journal.
    pub recorded_at: Timestamp,
    /// Text of a reply or an announcement, or of the direct message that may take the place of an e-mail; the same at every
    /// attempt. `None` for effects without text.
    pub text: Option<Arc<str>>,
}

impl Attempt {
    /// The result of a sandbox that always succeeds; a reply's id on its network is the effect's key.
    #[must_use]
    pub fn delivered(&self, at: Timestamp) -> AttemptResult {
        let reply = self.key.as_post().filter(|_| self.effect.network().is_some());
        AttemptResult::Done { reference: reply.map(ProviderRef::Reply), at }
    }
}

/// Characters of a provider's error that are kept. Bounded because the error goes into the journal.
const ERROR_CHARS_MAX: usize = 200;

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// The effect has taken place, at this attempt or an earlier one.
    Done {
        /// The provider's id of what it created.
        reference: Option<ProviderRef>,
        /// When it took effect.
        at: Timestamp,
    },
    /// The provider refused the effect for good.
    Declined {
        /// The provider's reason.
        reason: CompactString,
    },
    /// The effect may or may not have taken place. What happens next depends on the provider's
    /// `ResendSafety`.
    Unknown {
        /// The failure as the engine saw it.
        error: CompactString,
    },
    /// A look-up did not find the key. Whether that proves absence depends on the provider's `ResendSafety`.
    NotFound,
    /// The provider asks for fewer requests: it did nothing, and its lane pauses. The attempt counts neither
    /// as a failure nor as a success.
    Throttled {
        /// When the provider accepts requests again.
        until: Timestamp,
    },
    /// The account that has to make it cannot be used: nothing was sent. This effect waits, and its lane goes on for those
    /// of other accounts.
    Deferred {
        /// When the attempt left the outbox. It does not count against the ceilings.
        left_at: Timestamp,
        /// When to ask again.
        until: Timestamp,
    },
    /// The post that the reply answers is gone, or its author is: nobody can answer it any more.
    Gone {
        /// The network's words.
        why: CompactString,
    },
    /// The provider does not let the shop in, whatever it asks for: nothing was sent. The lane is paused until it does, and
    /// the attempt does not count.
    ShutOut {
        /// What the provider says.
        error: CompactString,
    },
    /// The recipient's address is none, or takes no mail: nothing is sent there any more.
    Bounced {
        /// What the provider says.
        reason: CompactString,
    },
    /// The recipient's address gets no mail, and the provider was not asked.
    Suppressed,
    /// The provider has the effect and is not done with it. It is looked up then, and never sent anew without that; the
    /// lane goes on. The provider is well, so this is no failure.
    InProgress {
        /// When to look again.
        until: Timestamp,
    },
    /// It was a letter to a person who was erased: nothing was sent, and nothing ever is.
    Erased {
        /// When the attempt left the outbox. It does not count against the ceilings.
        left_at: Timestamp,
    },
    /// It was a letter to an account that had no address when it was asked for, and has none now: nothing was sent.
    Unaddressed {
        /// When the attempt left the outbox. It does not count against the ceilings.
        left_at: Timestamp,
    },
    /// The effect has not taken place.
    Failed {
        /// The provider's error.
        error: CompactString,
        /// Whether another attempt would fail as well.
        permanent: bool,
    },
}

impl AttemptResult {
    /// A failure that a later attempt may overcome.
    #[must_use]
    pub fn failed(error: impl ToString) -> Self {
        Self::Failed { error: error.to_string().into(), permanent: false }
    }

    /// A failure that every further attempt would repeat.
    #[must_use]
    pub fn impossible(error: impl ToString) -> Self {
        Self::Failed { error: error.to_string().into(), permanent: true }
    }

    /// There is nothing to answer any more.
    #[must_use]
    pub fn gone(why: impl ToString) -> Self {
        Self::Gone { why: why.to_string().into() }
    }

    /// The provider does not let the shop in.
    #[must_use]
    pub fn shut_out(error: impl ToString) -> Self {
        Self::ShutOut { error: error.to_string().into() }
    }

    /// The recipient's address is none, or takes no mail.
    #[must_use]
    pub fn bounced(reason: impl ToString) -> Self {
        Self::Bounced { reason: reason.to_string().into() }
    }

    /// A failure after which the effect may or may not have taken place.
    #[must_use]
    pub fn unknown(error: impl ToString) -> Self {
        Self::Unknown { error: error.to_string().into() }
    }

    /// The name in metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Declined { .. } => "declined",
            Self::Unknown { .. } => "unknown",
            Self::NotFound => "not_found",
            Self::Throttled { .. } => "throttled",
            Self::Deferred { .. } => "deferred",
            Self::Gone { .. } => "gone",
            Self::ShutOut { .. } => "shut_out",
            Self::Bounced { .. } => "bounced",
            Self::Suppressed => "suppressed",
            Self::InProgress { .. } => "in_progress",
            Self::Erased { .. } => "erased",
            Self::Unaddressed { .. } => "unaddressed",
            Self::Failed { permanent: false, .. } => "failed",
            Self::Failed { permanent: true, .. } => "refused",
        }
    }

    /// Cuts the provider's text to [`ERROR_CHARS_MAX`].
    pub(super) fn bounded(self) -> Self {
        match self {
            Self::Declined { reason } => Self::Declined { reason: cut(reason) },
            Self::Unknown { error } => Self::Unknown { error: cut(error) },
            Self::Gone { why } => Self::Gone { why: cut(why) },
            Self::Failed { error, permanent } => Self::Failed { error: cut(error), permanent },
            Self::ShutOut { error } => Self::ShutOut { error: cut(error) },
            Self::Bounced { reason } => Self::Bounced { reason: cut(reason) },
            Self::Done { .. }
            | Self::NotFound
            | Self::Throttled { .. }
            | Self::Deferred { .. }
            | Self::InProgress { .. }
            | Self::Suppressed
            | Self::Erased { .. }
            | Self::Unaddressed { .. } => self,
        }
    }
}

fn cut(text: CompactString) -> CompactString {
    match text.char_indices().nth(ERROR_CHARS_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or_default().into(),
        None => text,
    }
}
