//! The interface of a subscriber.

use std::ops::RangeInclusive;

use super::error::SubscriberError;
use crate::domain::decision::Record;
use crate::domain::key_form::KeyForm;

/// A durable record of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedRecord {
    /// Its sequence in the partition.
    pub sequence: u64,
    /// The form of its effects' keys.
    pub key_form: KeyForm,
    /// The record.
    pub record: Record,
}

/// Something that is brought up to date with the journals: a file, tables, deliveries to somebody else.
///
/// Its position in each partition is the last record that it has applied, or whose loss was noted. What it
/// writes and its positions change together, so that after a crash at any moment each record is there once.
pub trait Subscriber: Send {
    /// The name in messages and metrics.
    fn name(&self) -> &'static str;

    /// Opens what it writes to, and returns its positions, one for each of `durable`: the last durable record
    /// of each partition. 0 is the position of a subscriber that has nothing yet.
    ///
    /// It is called first, and again after every failure. What was applied behind these positions is
    /// forgotten, and comes again; what lies before them no crash takes away.
    ///
    /// # Errors
    /// When it cannot be opened now, or follows other journals than these.
    fn open(&mut self, durable: &[u64]) -> Result<Vec<u64>, SubscriberError>;

    /// Applies consecutive records of a partition, of which the first is at most the one after its position.
    /// Records up to its position change nothing.
    ///
    /// # Errors
    /// When it cannot be applied now. Part of it may have been.
    fn apply(&mut self, partition: u32, records: &[SequencedRecord]) -> Result<(), SubscriberError>;

    /// Notes that these records of a partition will never come. The first is the one after its position, and
    /// the next record that comes is the one after the last.
    ///
    /// # Errors
    /// As [`Self::apply`].
    fn note_gap(&mut self, partition: u32, missing: RangeInclusive<u64>) -> Result<(), SubscriberError>;

    /// Makes durable what was applied.
    ///
    /// # Errors
    /// As [`Self::apply`]: what was applied since the last time may be lost.
    fn sync(&mut self) -> Result<(), SubscriberError>;
}
