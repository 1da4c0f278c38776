//! The history as text: one JSON object per record and line, written by `flashtag history` and read back
//! here.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

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

#[derive(Serialize)]
struct Written<'a> {
    partition: u32,
    sequence: u64,
    at: String,
    events: &'a [Event],
    effects: Vec<WrittenEffect<'a>>,
}

#[derive(Serialize)]
struct WrittenEffect<'a> {
    key: String,
    #[serde(flatten)]
    effect: &'a Effect,
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
struct ReadEffect {
    key: String,
    #[serde(flatten)]
    effect: Effect,
}

/// Writes one record as one line.
///
/// # Errors
/// When `out` fails.
pub fn write_history(mut out: impl Write, partition: u32, sequence: u64, record: &Record) -> io::Result<()> {
    let Record { at, decision } = record;
    let keyed =
        |(index, effect)| WrittenEffect { key: EffectKey { partition, sequence, index }.to_string(), effect };
    let effects = (0_u32..).zip(&decision.effects).map(keyed).collect();
    let line = Written { partition, sequence, at: at.to_string(), events: &decision.events, effects };
    serde_json::to_writer(&mut out, &line)?;
    out.write_all(b"\n")
}

/// Reads back a line that [`write_history`] wrote: the partition, the sequence and the record.
///
/// # Errors
/// When the line is not a record, or an effect's key is not the one that its position gives.
pub fn read_history(line: &str) -> Result<(u32, u64, Record), HistoryFault> {
    let Read { partition, sequence, at, events, effects } = serde_json::from_str(line)?;
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
