//! Reads the history as text: one JSON object per record and line, as `flashtag history` writes it.

use serde::Deserialize;

use crate::domain::decision::{Decision, Few, Record};
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::time::Timestamp;

/// Why a line is not a record of a history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryFault {
    /// The line is not the JSON of a record.
    #[error("not a record: {0}")]
    Form(#[from] serde_json::Error),
    /// The line stands in the place of records that were removed before they were written.
    #[error(
        "records {first} to {last} of partition {partition} are missing: they were removed before they were written"
    )]
    Missing {
        /// The partition.
        partition: u32,
        /// The first record that is missing.
        first: u64,
        /// The last record that is missing.
        last: u64,
    },
    /// The time of the record cannot be parsed.
    #[error("at: {0}")]
    At(#[from] crate::domain::time::NotAnInstant),
    /// An effect has a key other than the one that its position gives.
    #[error("the key {found} stands where {expected} belongs")]
    Key {
        /// The key in the line.
        found: String,
        /// The key that its position gives.
        expected: EffectKey,
    },
}

#[derive(Deserialize)]
struct Read {
    partition: u32,
    sequence: u64,
    at: String,
    events: Few<Event>,
    effects: Vec<ReadEffect>,
}

#[derive(Deserialize)]
struct ReadGap {
    partition: u32,
    missing: Missing,
}

#[derive(Deserialize)]
struct Missing {
    first: u64,
    last: u64,
}

#[derive(Deserialize)]
struct ReadEffect {
    key: String,
    #[serde(flatten)]
    effect: Effect,
}

/// Reads a line of a history: the partition, the sequence and the record.
///
/// # Errors
/// When the line is not a record, or an effect's key is not the one that its position gives.
pub fn read_history(line: &str) -> Result<(u32, u64, Record), HistoryFault> {
    let Read { partition, sequence, at, events, effects } = match serde_json::from_str(line) {
        Ok(read) => read,
        Err(fault) => {
            return Err(match serde_json::from_str(line) {
                Ok(ReadGap { partition, missing: Missing { first, last } }) => {
                    HistoryFault::Missing { partition, first, last }
                }
                Err(_) => HistoryFault::Form(fault),
            });
        }
    };
    let at: Timestamp = at.parse()?;
    let mut decision = Decision { events, ..Decision::default() };
    for (index, ReadEffect { key, effect }) in (0_u32..).zip(effects) {
        let expected = EffectKey { partition, sequence, index };
        if key != expected.to_string() {
            return Err(HistoryFault::Key { found: key, expected });
        }
        decision.effects.push(effect);
    }
    Ok((partition, sequence, Record { at, decision }))
}
