//! The interface between a partition and its stored records: a log for one opener to append to, and the store
//! that opens it.

use std::iter;
use std::ops::RangeInclusive;

use super::batch::Batch;
use super::error::{Error, RecordFault};
use super::options::Options;

/// Receives one record, as sequence and payload. Reading stops at a record that it cannot read.
pub type Each<'e> = dyn FnMut(u64, &[u8]) -> Result<(), RecordFault> + 'e;

/// The records of one partition, open for appending.
///
/// Only the newest opener can append. Appends of an older opener fail, and none of their records is
/// acknowledged. After its first failure a log accepts nothing more.
pub trait Log: Send + 'static {
    /// The partition whose records these are.
    fn partition(&self) -> u32;

    /// The options that the log was opened with.
    fn options(&self) -> &Options;

    /// The sequence that the next record must have.
    fn next_sequence(&self) -> u64;

    /// The last record that no crash can lose.
    fn durable_sequence(&self) -> u64;

    /// Calls `notify` whenever records are sealed, which means that nothing more is written beside them. It
    /// must not wait, because a group waits for it.
    fn on_sealed(&mut self, notify: Box<dyn Fn() + Send>);

    /// Prepares room for later records on a separate thread, so that no group waits for it.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    fn prepare_ahead(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    /// Appends several consecutive batches as one group. In [`super::Durability::EachBatch`] they are durable
    /// when this returns. Payloads are not copied on their way to the written buffer. Does nothing if the
    /// batches have no records.
    ///
    /// # Errors
    /// The first failed write; whether the records survive is unknown until the next start. [`Error::Fenced`]
    /// once another opener has opened the log. [`Error::Poisoned`] after any earlier failure.
    ///
    /// # Panics
    /// If a batch does not begin where the one before it ended: a gap would make the journal unreadable, and a
    /// repetition would give two records one idempotency key.
    fn append_group<'b, B>(&mut self, batches: B) -> Result<(), Error>
    where
        B: IntoIterator<Item = &'b Batch>,
        B::IntoIter: Clone;

    /// Appends one batch.
    ///
    /// # Errors
    /// As [`Self::append_group`].
    fn append(&mut self, batch: &Batch) -> Result<(), Error> {
        self.append_group(iter::once(batch))
    }

    /// Makes everything durable. Call it last.
    ///
    /// # Errors
    /// As [`Self::append_group`].
    fn finish(&mut self) -> Result<(), Error>;
}

/// A log opened for appending.
pub struct Opened<L> {
    /// Appends behind the last record.
    pub log: L,
    /// The last record's sequence; 0 if there is none.
    pub last_sequence: u64,
    /// The number of records passed to the callback.
    pub records: u64,
    /// Bytes discarded at the end; their group was never acknowledged.
    pub bytes_discarded: u64,
}

/// What a follower found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// The number of records that were passed on; 0 if none is due.
    Records(u64),
    /// These records were trimmed. Reading continues behind them.
    Trimmed(RangeInclusive<u64>),
}

/// Reads the durable records of one partition in order, while a log appends to them.
pub trait Follower: Send {
    /// Passes the next records up to `durable` to `each`, as many as fit into a buffer, and at least one if
    /// there is one. Never waits for the log, and never makes it wait.
    ///
    /// # Errors
    /// If a record up to `durable` cannot be read. The next call continues with it.
    fn read(&mut self, durable: u64, each: &mut Each<'_>) -> Result<Followed, Error>;
}

/// The stored records of one partition.
pub trait LogStore {
    /// The type of the opened log.
    type Log: Log;

    /// The partition whose records are stored.
    fn partition(&self) -> u32;

    /// Opens the log for appending, or creates one. Fences off older openers. Passes each record from
    /// `options.replay_from` on to `each`, in order.
    ///
    /// # Errors
    /// If acknowledged records cannot be read. Then nothing is changed, and `each` did not receive the whole
    /// log.
    fn open(&self, options: Options, each: &mut Each<'_>) -> Result<Opened<Self::Log>, Error>;

    /// Reads the records from `options.replay_from` on without opening the log, and returns their number.
    ///
    /// # Errors
    /// As [`Self::open`].
    fn read(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error>;

    /// Reads the sealed records, as [`Self::read`] does. Skips records beside which a log may be writing.
    ///
    /// # Errors
    /// As [`Self::open`].
    fn read_sealed(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error>;

    /// Returns a reader that begins with record `next` and keeps up with the log.
    fn follow(&self, next: u64) -> Box<dyn Follower>;

    /// The first stored record: later than 1 only if older ones were trimmed.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn first_sequence(&self) -> Result<u64, Error>;

    /// The size of the sealed records after `sequence`, in bytes.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn sealed_bytes(&self, sequence: u64) -> Result<u64, Error>;

    /// The last record that need not be kept for a reader that has read up to `sequence`, if at most `bytes`
    /// of sealed records are kept for it: `sequence`, or a later one.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn dispensable(&self, sequence: u64, bytes: u64) -> Result<u64, Error>;

    /// Removes sealed records up to `sequence`, except those stored beside later ones.
    ///
    /// # Errors
    /// If the store fails. The log that is left has no gap.
    fn trim(&self, sequence: u64) -> Result<(), Error>;
}
