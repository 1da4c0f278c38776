//! A decision: what one command changes, and what the world must then be asked to do.

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use super::effect::Effect;
use super::event::Event;
use super::time::Timestamp;

/// A list of one, most often: that one stands in the list itself. Who decides is not who lets go of a decision, and
/// memory that travels from one thread to another is not used again for long.
pub type Few<T> = SmallVec<[T; 1]>;

/// What a decider makes of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// The facts, in order.
    pub events: Few<Event>,
    /// What follows for the world, in order.
    pub effects: Few<Effect>,
}

impl Decision {
    /// A decision of one fact without consequences.
    #[must_use]
    pub fn of(event: Event) -> Self {
        Self { events: smallvec![event], effects: Few::new() }
    }
}

/// A decision at its instant of journal time: what one record of the journal holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Journal time; never before that of the record in front.
    pub at: Timestamp,
    /// What was decided.
    pub decision: Decision,
}
