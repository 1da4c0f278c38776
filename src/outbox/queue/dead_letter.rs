//! Effects that were given up.

use compact_str::CompactString;

use crate::domain::id::EffectKey;
use crate::domain::time::Timestamp;

/// An effect that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The key of the effect.
    pub key: EffectKey,
    /// The name of the effect's kind.
    pub kind: &'static str,
    /// The last error.
    pub reason: CompactString,
    /// Attempts that were made; throttled ones do not count.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
}
