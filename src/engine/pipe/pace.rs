//! How often a busy engine is retried.

use crate::domain::time::Millis;

/// How long to wait before an overloaded engine is retried.
pub(super) const RETRY_INTERVAL: Millis = Millis::from_secs(1);
