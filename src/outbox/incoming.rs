//! What the journal's tail tells the outbox: all of it is durable.

use crate::domain::decision::Record;
use crate::domain::effect::{Effect, Notice};
use crate::domain::event::Event;
use crate::domain::id::{Account, EffectKey};

/// What a durable page of a partition has for the outbox.
#[derive(Debug)]
pub struct Incoming {
    /// Whose page.
    pub partition: u32,
    /// Its records, each with its sequence.
    pub records: Vec<(u64, Record)>,
    /// What to say to those whose posts were refused, of which no record tells.
    pub refusals: Vec<Notice>,
}

impl Incoming {
    /// How many effects its records name.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.records.iter().map(|(_, record)| record.decision.effects.len()).sum()
    }
}

/// The accounts of which a record says that they want no replies any more, or, with `false`, want them again. To be
/// heeded before the effects of the record.
pub(super) fn silences(record: &Record) -> impl Iterator<Item = (&Account, bool)> {
    record.decision.events.iter().filter_map(Event::silences)
}

/// The effects of a record, with their keys.
pub(super) fn effects(
    partition: u32,
    sequence: u64,
    record: Record,
) -> impl Iterator<Item = (EffectKey, Effect)> {
    let keys = (0..).map(move |index| EffectKey { partition, sequence, index });
    keys.zip(record.decision.effects)
}
