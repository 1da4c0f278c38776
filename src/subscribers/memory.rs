//! A subscriber in memory, for the demo, simulations and tests: applied records are as durable as the
//! process.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::SubscriberError;
use super::subscriber::{SequencedRecord, Subscriber};

/// The records of one partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The records, in order.
    pub records: Vec<SequencedRecord>,
    /// The missing records, in order.
    pub gaps: Vec<RangeInclusive<u64>>,
    position: u64,
}

/// Stores what it receives. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemorySubscriber(Arc<Mutex<Vec<Received>>>);

impl MemorySubscriber {
    /// Everything received so far, by partition.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.state().clone()
    }

    /// Takes the records received since the last call, by partition.
    #[must_use]
    pub fn take_records(&self) -> Vec<Vec<SequencedRecord>> {
        self.state().iter_mut().map(|received| std::mem::take(&mut received.records)).collect()
    }

    fn state(&self) -> MutexGuard<'_, Vec<Received>> {
        // Ignores poisoning, so that a panic in a test's thread does not hide its own message.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the records of one partition, which must continue with `first`.
    fn change(
        &self,
        partition: u32,
        first: u64,
        change: impl FnOnce(&mut Received),
    ) -> Result<(), SubscriberError> {
        let mut state = self.state();
        let received = state.get_mut(partition as usize);
        let received = received.ok_or_else(|| SubscriberError::Other(format!("no partition {partition}")))?;
        let expected = received.position + 1;
        if first > expected {
            return Err(SubscriberError::Order { partition, expected, found: first });
        }
        change(received);
        Ok(())
    }
}

impl Subscriber for MemorySubscriber {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn open(&mut self, durable: &[u64]) -> Result<Vec<u64>, SubscriberError> {
        let mut state = self.state();
        if state.len() < durable.len() {
            state.resize_with(durable.len(), Received::default);
        }
        Ok(state.iter().map(|received| received.position).collect())
    }

    fn apply(&mut self, partition: u32, records: &[SequencedRecord]) -> Result<(), SubscriberError> {
        let Some(first) = records.first() else { return Ok(()) };
        self.change(partition, first.sequence, |received| {
            let position = received.position;
            for record in records.iter().filter(|record| record.sequence > position) {
                received.position = record.sequence;
                received.records.push(record.clone());
            }
        })
    }

    fn note_gap(&mut self, partition: u32, missing: RangeInclusive<u64>) -> Result<(), SubscriberError> {
        self.change(partition, *missing.start(), |received| {
            received.position = *missing.end();
            received.gaps.push(missing);
        })
    }

    fn sync(&mut self) -> Result<(), SubscriberError> {
        Ok(())
    }
}
