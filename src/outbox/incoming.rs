//! What the journal's tail tells the outbox: all of it is durable.

use crate::domain::decision::Record;
use crate::domain::effect::{Effect, Notice};
use crate::domain::event::Event;
use crate::domain::id::{Account, EffectKey};
use crate::domain::time::Timestamp;

/// What the journal's tail tells the outbox.
#[derive(Debug)]
pub enum Incoming {
    /// An effect whose record is durable.
    Effect {
        /// Its key.
        key: EffectKey,
        /// The time of its record.
        recorded_at: Timestamp,
        /// What to do.
        effect: Effect,
    },
    /// An account that wants no replies any more, or, with `false`, wants them again. To be told before
    /// the effects of the record that says so.
    Silence(Account, bool),
    /// A refused post whose batch is durable.
    Refusal {
        /// The partition that refused it.
        partition: u32,
        /// What to say.
        notice: Notice,
    },
}

impl Incoming {
    /// What a durable record of a partition has for the outbox, in the order in which it is to be told.
    pub fn from_record(partition: u32, sequence: u64, record: Record, mut each: impl FnMut(Self)) {
        for (account, silent) in record.decision.events.iter().filter_map(Event::silences) {
            each(Self::Silence(account.clone(), silent));
        }
        for (effect, index) in record.decision.effects.into_iter().zip(0..) {
            let key = EffectKey { partition, sequence, index };
            each(Self::Effect { key, recorded_at: record.at, effect });
        }
    }
}
