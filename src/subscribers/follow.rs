//! Lets one subscriber follow the journals: reads durable records and passes them on, step by step.

use std::sync::Arc;

use super::error::SubscriberError;
use super::positions::{DurablePositions, SubscriberStatus};
use super::subscriber::{SequencedRecord, Subscriber};
use crate::journal::{Followed, Follower, LogStore};
use crate::partition::codec;

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Records were applied; there may be more.
    Applied,
    /// Everything durable has been applied.
    CaughtUp,
}

/// A subscriber and its position in the journals. It has no thread: each step is a call.
pub struct Follow<S> {
    subscriber: Box<dyn Subscriber>,
    stores: Vec<S>,
    durable: Arc<DurablePositions>,
    status: Arc<SubscriberStatus>,
    /// One for each partition; none until the subscriber is open.
    readers: Vec<Box<dyn Follower>>,
    is_open: bool,
    records: Vec<SequencedRecord>,
}

impl<S: LogStore> Follow<S> {
    /// Creates the follower of these journals, in the order of their partitions.
    #[must_use]
    pub fn new(
        subscriber: Box<dyn Subscriber>,
        stores: Vec<S>,
        durable: Arc<DurablePositions>,
        status: Arc<SubscriberStatus>,
    ) -> Self {
        let (readers, records) = (Vec::new(), Vec::new());
        Self { subscriber, stores, durable, status, readers, is_open: false, records }
    }

    /// The status, which is kept up to date.
    #[must_use]
    pub fn status(&self) -> &SubscriberStatus {
        &self.status
    }

    /// Hands over the next records of each partition.
    ///
    /// # Errors
    /// When the subscriber cannot take them now, or a journal cannot be read. The next step opens the
    /// subscriber again and goes on from its durable positions.
    pub fn step(&mut self) -> Result<Step, SubscriberError> {
        let step = self.try_step();
        self.is_open &= step.is_ok();
        step
    }

    /// Makes the applied records durable; older segments are no longer needed then.
    ///
    /// # Errors
    /// When the subscriber cannot. The next step opens it again.
    pub fn sync(&mut self) -> Result<(), SubscriberError> {
        if !self.is_open {
            return Ok(());
        }
        let synced = self.subscriber.sync();
        self.is_open = synced.is_ok();
        synced?;
        for (partition, applied) in (0..).zip(self.status.applied.all()) {
            self.status.synced.set(partition, applied);
        }
        Ok(())
    }

    fn try_step(&mut self) -> Result<Step, SubscriberError> {
        if !self.is_open {
            self.open()?;
        }
        let mut step = Step::CaughtUp;
        for index in 0..self.stores.len() {
            let partition = u32::try_from(index).expect("partitions are numbered in 32 bits");
            if self.pass_on(partition)? {
                step = Step::Applied;
            }
        }
        Ok(step)
    }

    /// Opens the subscriber, and begins to read at its positions.
    fn open(&mut self) -> Result<(), SubscriberError> {
        let durable = self.durable.last().all();
        let positions = self.subscriber.open(&durable).inspect_err(|_| self.status.note_tried())?;
        for ((partition, &position), &durable) in (0..).zip(&positions).zip(&durable) {
            if position > durable {
                self.status.note_tried();
                return Err(SubscriberError::Ahead { partition, position, durable });
            }
        }
        self.readers.clear();
        for ((partition, store), position) in (0..).zip(&self.stores).zip(positions) {
            self.status.applied.set(partition, position);
            self.status.synced.set(partition, position);
            // Repeats the last applied record, so that the subscriber can compare it.
            self.readers.push(store.follow(position.max(1)));
        }
        self.status.note_tried();
        self.is_open = true;
        Ok(())
    }

    /// Hands over the next records of a partition. Returns whether there were any.
    fn pass_on(&mut self, partition: u32) -> Result<bool, SubscriberError> {
        let Self { records, readers, subscriber, status, durable, .. } = self;
        let Some(reader) = readers.get_mut(partition as usize) else { return Ok(false) };
        records.clear();
        let found = reader.read(durable.last().of(partition), &mut |sequence, payload| {
            let (key_form, record) = codec::decode(payload)?;
            records.push(SequencedRecord { sequence, key_form, record });
            Ok(())
        });
        // Records before an unreadable one are applied; then the failure is reported.
        if let Some(last) = records.last() {
            subscriber.apply(partition, records)?;
            status.applied.set(partition, last.sequence.max(status.applied.of(partition)));
        }
        match found? {
            Followed::Records(count) => Ok(count > 0),
            Followed::Trimmed(trimmed) => {
                let missing = (status.applied.of(partition) + 1).max(*trimmed.start())..=*trimmed.end();
                if !missing.is_empty() {
                    let (first, last) = (*missing.start(), *missing.end());
                    tracing::error!(
                        subscriber = status.name(),
                        partition,
                        first,
                        last,
                        "a subscriber has a gap: these records were removed before it applied them"
                    );
                    subscriber.note_gap(partition, missing)?;
                    status.meters.missed.increment(last - first + 1);
                    status.applied.set(partition, last);
                }
                Ok(true)
            }
        }
    }
}
