//! The history as text: one JSON object per record and line, and one for each gap.

use std::io::{self, Write};
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::key_form::KeyForm;

#[derive(Serialize)]
struct RecordLine<'a> {
    partition: u32,
    sequence: u64,
    at: String,
    /// The epoch of the keys at providers; left out if they are bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u32>,
    events: &'a [Event],
    effects: Vec<EffectOfLine<'a>>,
}

#[derive(Serialize)]
struct EffectOfLine<'a> {
    key: String,
    #[serde(flatten)]
    effect: &'a Effect,
}

#[derive(Serialize)]
struct GapLine {
    partition: u32,
    missing: Missing,
}

#[derive(Serialize)]
struct Missing {
    first: u64,
    last: u64,
}

/// Writes one record as one line. `form` is that of its effects' keys at providers.
///
/// # Errors
/// When `out` fails.
pub fn write_history(
    mut out: impl Write,
    partition: u32,
    sequence: u64,
    form: KeyForm,
    record: &Record,
) -> io::Result<()> {
    let Record { at, decision } = record;
    let keyed =
        |(index, effect)| EffectOfLine { key: EffectKey { partition, sequence, index }.to_string(), effect };
    let effects = (0_u32..).zip(&decision.effects).map(keyed).collect();
    let epoch = if let KeyForm::Epoch(epoch) = form { Some(epoch) } else { None };
    let line =
        RecordLine { partition, sequence, at: at.to_string(), epoch, events: &decision.events, effects };
    serde_json::to_writer(&mut out, &line)?;
    out.write_all(b"\n")
}

/// Writes one line in the place of records that were removed before they were written.
///
/// # Errors
/// When `out` fails.
pub fn write_gap(mut out: impl Write, partition: u32, missing: &RangeInclusive<u64>) -> io::Result<()> {
    let missing = Missing { first: *missing.start(), last: *missing.end() };
    serde_json::to_writer(&mut out, &GapLine { partition, missing })?;
    out.write_all(b"\n")
}
