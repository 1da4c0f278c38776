//! The key of a delivery: that of its effect, or, for a refusal that no record names, that of its post.

use std::fmt;

use crate::domain::effect::ReplyRequest;
use crate::domain::id::{EffectKey, Network, PostId};

/// Under which name a delivery is known here and at its provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryKey {
    /// An effect of the journal: `0/12/0`.
    Effect(EffectKey),
    /// The reply to a refused post, which no record holds: `refusal/x/5000001`.
    Refusal {
        /// The partition that refused it; not a part of the name.
        partition: u32,
        /// Where it was posted.
        network: Network,
        /// The post.
        post: PostId,
    },
}

impl DeliveryKey {
    /// The key of the reply to a refused post.
    #[must_use]
    pub fn refusal(partition: u32, request: &ReplyRequest) -> Self {
        Self::Refusal { partition, network: request.account.network, post: request.post.clone() }
    }

    /// The key of the effect, if the journal knows it.
    #[must_use]
    pub fn effect(&self) -> Option<EffectKey> {
        match self {
            Self::Effect(key) => Some(*key),
            Self::Refusal { .. } => None,
        }
    }

    /// Whose offers it is about.
    #[must_use]
    pub fn partition(&self) -> u32 {
        match self {
            Self::Effect(key) => key.partition,
            Self::Refusal { partition, .. } => *partition,
        }
    }

    /// The id of a sandbox reply, which has its key for id. Nothing, if that would be too long for one.
    #[must_use]
    pub fn as_post(&self) -> Option<PostId> {
        PostId::parse_reference(&self.to_string()).ok()
    }

    /// The key where a slash would be misread, as in file names and message ids: `0.12.0`.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.to_string().replace('/', ".")
    }
}

impl From<EffectKey> for DeliveryKey {
    fn from(key: EffectKey) -> Self {
        Self::Effect(key)
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Effect(key) => key.fmt(f),
            Self::Refusal { network, post, .. } => write!(f, "refusal/{network}/{post}"),
        }
    }
}
