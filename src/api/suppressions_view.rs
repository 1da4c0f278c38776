//! Addresses that get no letters, as operators see them: numbers alone, because only hashes are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many addresses get no letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionsView {
    /// All of them.
    pub suppressed: u64,
    /// By reason: `bounced`, `complained`, `unsubscribed`, `requested`.
    pub reasons: BTreeMap<String, u64>,
}

/// What a change changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionsChanged {
    /// Addresses in the request.
    pub read: u64,
    /// Those of them that were not as they are now.
    pub changed: u64,
}
