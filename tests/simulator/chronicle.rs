//! The chronicle: every record as it was when it became durable. What the journals hold after a crash is
//! compared with it.

use flashtag::actors::partition::PartitionState;
use flashtag::domain::decision::Record;

/// The records of each partition, from the first on.
#[derive(Default)]
pub(super) struct Chronicle {
    records: Vec<Vec<Record>>,
}

impl Chronicle {
    pub(super) fn new(partitions: u32) -> Self {
        Self { records: (0..partitions).map(|_| Vec::new()).collect() }
    }

    /// How many records of a partition are durable.
    pub(super) fn len(&self, partition: u32) -> u64 {
        self.records[partition as usize].len() as u64
    }

    /// A record became durable, and may have been acted upon.
    pub(super) fn is_durable(&mut self, partition: u32, sequence: u64, record: &Record) {
        let records = &mut self.records[partition as usize];
        records.push(record.clone());
        assert_eq!(
            records.len() as u64,
            sequence,
            "records of partition {partition} become durable in order"
        );
    }

    /// A start found these records of a partition, from that sequence on: those that were durable are
    /// there, unchanged. What is behind them is durable from now on.
    pub(super) fn found(&mut self, partition: u32, from: u64, found: Vec<(u64, Record)>) {
        let last = found.last().map_or(from - 1, |(sequence, _)| *sequence);
        let known = &mut self.records[partition as usize];
        let lost = known.len() as u64 > last;
        assert!(!lost, "acknowledged record {} of partition {partition} is lost", last + 1);
        for (sequence, record) in found {
            match known.get(sequence as usize - 1) {
                Some(before) => {
                    assert_eq!(*before, record, "record {sequence} of partition {partition} has changed");
                }
                None => known.push(record),
            }
        }
    }

    /// The state that the records come to.
    pub(super) fn replay(&self, partition: u32) -> PartitionState {
        let mut state = PartitionState::new(partition);
        for (sequence, record) in (1..).zip(&self.records[partition as usize]) {
            state.replay(sequence, record);
        }
        state
    }

    /// Every record of every partition, in order.
    pub(super) fn history(&self) -> Vec<(u32, u64, Record)> {
        let of = |(partition, records): (u32, &Vec<Record>)| {
            let keyed = (1..).zip(records.clone());
            keyed.map(move |(sequence, record)| (partition, sequence, record)).collect::<Vec<_>>()
        };
        (0..).zip(&self.records).flat_map(of).collect()
    }
}
