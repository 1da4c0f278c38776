//! The seam between a partition and what keeps its records: a log that one opener appends to, and the store that opens
//! it.

use std::iter;

use super::batch::Batch;
use super::error::{Error, RecordFault};
use super::options::Options;

/// Takes in one record, as sequence and payload. A record that it cannot read ends the reading.
pub type Each<'e> = dyn FnMut(u64, &[u8]) -> Result<(), RecordFault> + 'e;

/// The records of one partition, open for appending.
///
/// The newest opener is the only one that can append: each append of an older one fails, and nothing of it is
/// acknowledged. After the first failure a log takes nothing more.
pub trait Log: Send + 'static {
    /// The partition whose records these are.
    fn partition(&self) -> u32;

    /// The options that the log was opened with.
    fn options(&self) -> &Options;

    /// The sequence that the next record must have.
    fn next_sequence(&self) -> u64;

    /// The last record that no crash can take away.
    fn durable_sequence(&self) -> u64;

    /// Calls `notify` whenever records are sealed: nothing is written beside them any more. It must not wait, for a
    /// group does.
    fn on_sealed(&mut self, notify: Box<dyn Fn() + Send>);

    /// Prepares room for later records on a thread of its own, so that no group waits for it.
    ///
    /// # Errors
    /// The system has no thread to give.
    fn prepare_ahead(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    /// Appends several batches that follow on each other as one group. In [`super::Durability::EachBatch`] they are
    /// durable when this returns. The payloads are not copied on their way to what is written. Without a record among
    /// them it does nothing.
    ///
    /// # Errors
    /// The first failed write; whether the records survive is then open until the next start. [`Error::Fenced`] once
    /// another opener has come. [`Error::Poisoned`] ever after.
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

/// A log that was opened for appending.
pub struct Opened<L> {
    /// Appends behind the last record.
    pub log: L,
    /// The last record's sequence; 0 if there is none.
    pub last_sequence: u64,
    /// Records that were handed out.
    pub records: u64,
    /// Bytes that were discarded at the end: their group was never acknowledged.
    pub bytes_discarded: u64,
}

/// Where the records of one partition are kept.
pub trait LogStore {
    /// The log that it opens.
    type Log: Log;

    /// The partition whose records are kept there.
    fn partition(&self) -> u32;

    /// Opens the log for appending, and makes a new one where there is none. Older openers are fenced off. Each record
    /// from `options.replay_from` on is handed to `each`, in order.
    ///
    /// # Errors
    /// If acknowledged records cannot be read: nothing is changed then, and what `each` was given is not the whole.
    fn open(&self, options: Options, each: &mut Each<'_>) -> Result<Opened<Self::Log>, Error>;

    /// Reads the records from `options.replay_from` on without opening the log, and returns how many there are.
    ///
    /// # Errors
    /// As [`Self::open`].
    fn read(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error>;

    /// Reads the sealed records, as [`Self::read`] does; those beside which a log may be writing are left alone.
    ///
    /// # Errors
    /// As [`Self::open`].
    fn read_sealed(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error>;

    /// The first record that is kept: later than 1 only where older ones were trimmed away.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn first_sequence(&self) -> Result<u64, Error>;

    /// The bytes that sealed records after `sequence` take.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn sealed_bytes(&self, sequence: u64) -> Result<u64, Error>;

    /// Removes sealed records up to `sequence`, as far as no later one lies beside them.
    ///
    /// # Errors
    /// If the store fails. A log without a gap is left.
    fn trim(&self, sequence: u64) -> Result<(), Error>;
}
