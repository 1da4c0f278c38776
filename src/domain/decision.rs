//! A decision: the events of one command, and the effects that follow from them.

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use super::effect::Effect;
use super::event::Event;
use super::id::Account;
use super::time::Timestamp;

/// A list that holds one element inline, which is the usual length. One thread builds a decision and another
/// drops it; memory that is allocated on one thread and freed on another is not reused soon.
pub type Few<T> = SmallVec<[T; 1]>;

/// The result of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// The events, in order.
    pub events: Few<Event>,
    /// The effects to carry out once the events are durable, in order.
    pub effects: Few<Effect>,
}

impl Decision {
    /// A decision of one event without effects.
    #[must_use]
    pub fn of(event: Event) -> Self {
        Self { events: smallvec![event], effects: Few::new() }
    }

    /// The same decision without the replies to that account.
    #[must_use]
    pub fn without_reply_to(mut self, account: &Account) -> Self {
        let is_own =
            |effect: &Effect| matches!(effect, Effect::Reply(request) if request.account == *account);
        self.effects.retain(|effect| !is_own(effect));
        self
    }
}

/// A decision at its instant of journal time: the content of one journal record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Journal time; never before that of the previous record.
    pub at: Timestamp,
    /// The events and effects.
    pub decision: Decision,
}
