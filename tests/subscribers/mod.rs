//! The promise of subscribers: each record once, in the order of its partition, across every kind of end.

mod contract;
mod following;
mod history;
mod power;

use flashtag::api::history_line::{write_gap, write_history};
use flashtag::domain::decision::Record;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::time::Timestamp;
use flashtag::subscribers::subscriber::SequencedRecord;

use crate::verify::genuine::genuine;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// Record `sequence` of a partition: a decision of a genuine engine, with a time of its own.
fn record(sequence: u64) -> Record {
    thread_local! {
        static DECISIONS: Vec<Record> =
            genuine().records.into_iter().filter(|(partition, ..)| *partition == 0).map(|(.., record)| record).collect();
    }
    let number = usize::try_from(sequence).expect("a few records");
    let decision = DECISIONS.with(|records| records[number % records.len()].decision.clone());
    Record { at: Timestamp::from_ms(1_360_774_800_000 + 7 * sequence as i64), decision }
}

fn sequenced(sequences: impl IntoIterator<Item = u64>) -> Vec<SequencedRecord> {
    let one = |sequence| SequencedRecord { sequence, key_form: KeyForm::Bare, record: record(sequence) };
    sequences.into_iter().map(one).collect()
}

/// The line of a record in a history.
fn line(partition: u32, sequence: u64) -> Vec<u8> {
    let mut line = Vec::new();
    write_history(&mut line, partition, sequence, KeyForm::Bare, &record(sequence)).expect("memory takes it");
    line
}

fn gap_line(partition: u32, first: u64, last: u64) -> Vec<u8> {
    let mut line = Vec::new();
    write_gap(&mut line, partition, &(first..=last)).expect("memory takes it");
    line
}
