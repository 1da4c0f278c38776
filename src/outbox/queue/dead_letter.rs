//! Effects that were given up.

use compact_str::CompactString;

use crate::domain::id::EffectKey;
use crate::domain::time::Timestamp;

/// An effect that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its key.
    pub key: EffectKey,
    /// The name of its kind.
    pub kind: &'static str,
    /// The last error.
    pub reason: CompactString,
    /// How many attempts were made.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
}
