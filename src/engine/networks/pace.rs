//! The time of a source, and its waits, which an operator's word ends.

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::live::Pace;
use crate::networks::ShopAccount;

/// The pace of one account's source.
pub(super) struct SourcePace {
    pub(super) clock: Clock,
    pub(super) account: Arc<ShopAccount>,
}

impl Pace for SourcePace {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn wait(&mut self, wait: Millis) {
        self.account.wait(wait);
    }
}
