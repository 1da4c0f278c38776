//! The key of a delivery: that of its effect, or, for a refusal that no record names, that of its post.

use std::fmt;
use std::str::FromStr;

use super::instance_id::InstanceId;
use crate::domain::effect::ReplyRequest;
use crate::domain::id::{EffectKey, IdFault, Network, PostId};

/// Identifies a delivery, here and at its provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryKey {
    /// An effect of the journal: `0/12/0`, or the same with a prefix.
    Effect(OutsideKey),
    /// The reply to a refused post, which no record holds: `refusal/x/5000001`.
    Refusal {
        /// The partition that refused the post; not a part of the key's text.
        partition: u32,
        /// The network of the post.
        network: Network,
        /// The refused post.
        post: PostId,
    },
}

/// The key of an effect as providers see it. A record keeps the form under which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutsideKey {
    /// The prefix before the key; `None` in the bare form.
    pub prefix: Option<KeyPrefix>,
    /// The key in the journal.
    pub effect: EffectKey,
}

/// Distinguishes the effects of one data directory from those of every copy and restored backup:
/// `ft-{instance}-{epoch}-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix {
    /// The data directory.
    pub instance: InstanceId,
    /// Number that grows at each restore.
    pub epoch: u32,
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ft-{}-{}-", self.instance, self.epoch)
    }
}

impl FromStr for KeyPrefix {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let inner = text.strip_prefix("ft-").and_then(|rest| rest.strip_suffix('-'));
        let (instance, epoch) = inner.and_then(|inner| inner.rsplit_once('-')).ok_or(IdFault::NotAKey)?;
        let epoch = epoch.parse().map_err(|_| IdFault::NotAKey)?;
        let prefix = Self { instance: instance.parse()?, epoch };
        // Each key has exactly one spelling.
        if prefix.to_string() == text { Ok(prefix) } else { Err(IdFault::NotAKey) }
    }
}

impl From<EffectKey> for OutsideKey {
    fn from(effect: EffectKey) -> Self {
        Self { prefix: None, effect }
    }
}

impl fmt::Display for OutsideKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(prefix) = &self.prefix {
            prefix.fmt(f)?;
        }
        self.effect.fmt(f)
    }
}

impl FromStr for OutsideKey {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let begins = text.rfind('-').map_or(0, |dash| dash + 1);
        let (prefix, effect) = text.split_at_checked(begins).ok_or(IdFault::NotAKey)?;
        let prefix = if prefix.is_empty() { None } else { Some(prefix.parse()?) };
        Ok(Self { prefix, effect: effect.parse()? })
    }
}

impl DeliveryKey {
    /// The key of the reply to a refused post.
    #[must_use]
    pub fn refusal(partition: u32, request: &ReplyRequest) -> Self {
        Self::Refusal { partition, network: request.account.network, post: request.post.clone() }
    }

    /// The key of the effect in the journal; `None` for a refusal.
    #[must_use]
    pub fn effect(&self) -> Option<EffectKey> {
        self.outside().map(|key| key.effect)
    }

    /// The key of the effect as providers see it; `None` for a refusal.
    #[must_use]
    pub fn outside(&self) -> Option<OutsideKey> {
        match self {
            Self::Effect(key) => Some(*key),
            Self::Refusal { .. } => None,
        }
    }

    /// The partition that the delivery belongs to.
    #[must_use]
    pub fn partition(&self) -> u32 {
        match self {
            Self::Effect(key) => key.effect.partition,
            Self::Refusal { partition, .. } => *partition,
        }
    }

    /// The post id of a sandbox reply, which is its key; `None` if the key is too long for an id.
    #[must_use]
    pub fn as_post(&self) -> Option<PostId> {
        PostId::parse_reference(&self.to_string()).ok()
    }

    /// The key with dots instead of slashes, for file names and message ids: `0.12.0`.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.to_string().replace('/', ".")
    }
}

impl From<OutsideKey> for DeliveryKey {
    fn from(key: OutsideKey) -> Self {
        Self::Effect(key)
    }
}

impl From<EffectKey> for DeliveryKey {
    fn from(key: EffectKey) -> Self {
        Self::Effect(key.into())
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

#[cfg(test)]
mod tests {
    use super::{KeyPrefix, OutsideKey};
    use crate::domain::id::EffectKey;

    const EFFECT: EffectKey = EffectKey { partition: 3, sequence: 12, index: 1 };
    const INSTANCE: u128 = 0x0123_4567_89ab_cdef_0011_2233_4455_6677;

    #[test]
    fn both_forms_of_a_key_read_back() {
        let prefix = KeyPrefix { instance: INSTANCE.to_be_bytes().into(), epoch: 2 };
        let table = [
            (OutsideKey::from(EFFECT), "3/12/1"),
            (
                OutsideKey { prefix: Some(prefix), effect: EFFECT },
                "ft-01234567-89ab-cdef-0011-223344556677-2-3/12/1",
            ),
            (
                OutsideKey { prefix: Some(KeyPrefix { instance: [0; 16].into(), epoch: 0 }), effect: EFFECT },
                "ft-00000000-0000-0000-0000-000000000000-0-3/12/1",
            ),
        ];
        for (key, text) in table {
            assert_eq!(key.to_string(), text);
            assert_eq!(text.parse(), Ok(key));
        }
    }

    #[test]
    fn a_key_has_only_one_spelling() {
        for text in [
            "",
            "-3/12/1",
            "ft-3/12/1",
            "ft-2-3/12/1",
            "3/12/1-",
            "refusal/x/5000001",
            "ft-0123456789abcdef0011223344556677-2-3/12/1",
            "ft-01234567-89AB-cdef-0011-223344556677-2-3/12/1",
            "ft-01234567-89ab-cdef-0011-223344556677-02-3/12/1",
            "ft-01234567-89ab-cdef-0011-223344556677-2-03/12/1",
            "ft-+1234567-89ab-cdef-0011-223344556677-2-3/12/1",
        ] {
            assert!(text.parse::<OutsideKey>().is_err(), "{text}");
        }
    }
}
