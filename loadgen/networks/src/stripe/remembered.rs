//! Keys, and what became of the first request under each.

use crate::exchange::Response;

/// How long a key is remembered.
pub(super) const KEPT_MS: i64 = 24 * 3_600_000;

/// The first request under a key, and its answer.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    pub(super) answer: Response,
    pub(super) at_ms: i64,
    /// Until when the request is under way.
    pub(super) busy_until_ms: i64,
}

impl Remembered {
    pub(super) fn is_forgotten(&self, now_ms: i64) -> bool {
        now_ms >= self.at_ms.saturating_add(KEPT_MS)
    }
}
