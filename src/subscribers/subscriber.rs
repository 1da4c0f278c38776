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

/// A destination that is kept up to date with the journals: a file, tables, deliveries to another system.
///
/// Its position in each partition is the last record that it has applied, or whose loss was noted. Its output
/// and its positions change together, so that after a crash at any moment each record is present once.
pub trait Subscriber: Send {
    /// The name in messages and metrics.
    fn name(&self) -> &'static str;

    /// The name of its destination, if an earlier release may have written addresses of people there.
    fn destination(&self) -> Option<String> {
        None
    }

    /// Removes from its destination, durably, the addresses of people that an earlier release wrote. Called once for each
    /// destination, before it is opened; after an interruption again.
    ///
    /// # Errors
    /// When it cannot be read or written.
    fn remove_addresses(&mut self) -> Result<(), SubscriberError> {
        Ok(())
    }

    /// Opens its destination, and returns its positions, one for each of `durable`: the last durable record
    /// of each partition. 0 is the position of a subscriber without records.
    ///
    /// It is called first, and again after every failure. Records applied after these positions are lost and
    /// are repeated; earlier ones survive every crash.
    ///
    /// # Errors
    /// When it cannot be opened now, or follows other journals than these.
    fn open(&mut self, durable: &[u64]) -> Result<Vec<u64>, SubscriberError>;

    /// Applies consecutive records of a partition, of which the first is at most the one after its position.
    /// Records up to its position change nothing.
    ///
    /// # Errors
    /// When they cannot be applied now. A part of them may have been.
    fn apply(&mut self, partition: u32, records: &[SequencedRecord]) -> Result<(), SubscriberError>;

    /// Notes that these records of a partition are missing for good. The first is the one after its position,
    /// and the next record is the one after the last.
    ///
    /// # Errors
    /// As [`Self::apply`].
    fn note_gap(&mut self, partition: u32, missing: RangeInclusive<u64>) -> Result<(), SubscriberError>;

    /// Makes the applied records durable.
    ///
    /// # Errors
    /// As [`Self::apply`]: records applied since the last call may be lost.
    fn sync(&mut self) -> Result<(), SubscriberError>;
}
