//! The pace at which a busy engine is asked again.

use crate::domain::time::Millis;

/// How soon an overloaded engine is asked again.
pub(super) const TRY_AGAIN: Millis = Millis::from_secs(1);
