//! The durable records, as they were when they became durable, to compare with the journals after a crash.

use flashtag::actors::partition::PartitionState;
use flashtag::domain::decision::Record;
use flashtag::outbox::attempt::Attempt;

use super::paused_lanes::PausedLanes;

/// The records of each partition, from the first on.
#[derive(Default)]
pub(crate) struct DurableRecords {
    records: Vec<Vec<Record>>,
    paused_lanes: PausedLanes,
}

impl DurableRecords {
    pub(crate) fn new(partitions: u32) -> Self {
        Self { records: (0..partitions).map(|_| Vec::new()).collect(), paused_lanes: PausedLanes::default() }
    }

    /// The number of durable records of a partition.
    pub(crate) fn len(&self, partition: u32) -> u64 {
        self.records[partition as usize].len() as u64
    }

    /// Adds a record that became durable, so that the engine may have acted on it.
    pub(crate) fn add_durable(&mut self, partition: u32, sequence: u64, record: &Record) {
        self.paused_lanes.read(partition, record);
        let records = &mut self.records[partition as usize];
        records.push(record.clone());
        assert_eq!(
            records.len() as u64,
            sequence,
            "records of partition {partition} become durable in order"
        );
    }

    /// Compares the records that a start found, from a sequence on: durable ones must be unchanged. Records
    /// after them are durable from now on.
    pub(crate) fn compare_found(&mut self, partition: u32, from: u64, compare_found: Vec<(u64, Record)>) {
        let last = compare_found.last().map_or(from - 1, |(sequence, _)| *sequence);
        let known = &mut self.records[partition as usize];
        let lost = known.len() as u64 > last;
        assert!(!lost, "acknowledged record {} of partition {partition} is lost", last + 1);
        for (sequence, record) in compare_found {
            match known.get(sequence as usize - 1) {
                Some(before) => {
                    assert_eq!(*before, record, "record {sequence} of partition {partition} has changed");
                }
                None => {
                    self.paused_lanes.read(partition, &record);
                    known.push(record);
                }
            }
        }
    }

    /// Checks that an attempt may leave, by what is durable.
    pub(crate) fn check_departure(&self, attempt: &Attempt) {
        self.paused_lanes.check_departure(attempt);
    }

    /// The state after a replay of the records.
    pub(crate) fn replay(&self, partition: u32) -> PartitionState {
        let mut state = PartitionState::new(partition);
        for (sequence, record) in (1..).zip(&self.records[partition as usize]) {
            state.replay(sequence, record);
        }
        state
    }

    /// Every record of every partition, in order.
    pub(crate) fn history(&self) -> Vec<(u32, u64, Record)> {
        let of = |(partition, records): (u32, &Vec<Record>)| {
            let keyed = (1..).zip(records.clone());
            keyed.map(move |(sequence, record)| (partition, sequence, record)).collect::<Vec<_>>()
        };
        (0..).zip(&self.records).flat_map(of).collect()
    }
}
