//! The log in segment files: turns groups of batches into durable records, or stops for good.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::disk::Disk;
use super::preallocator::Preallocator;
use super::segment::{self, Header, Segment};
use super::watermark::Watermark;
use crate::journal::batch::Batch;
use crate::journal::error::Error;
use crate::journal::frame;
use crate::journal::log::Log;
use crate::journal::options::{Durability, Options};

/// Appends to one partition's segments. [`crate::journal::recover`] creates it, and fences off the one before
/// it.
pub struct FileLog {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    partition: u32,
    options: Options,
    segment: Segment,
    preallocator: Preallocator,
    watermark: Watermark,
    next_sequence: u64,
    /// The last record that a sync covered; lags behind `next_sequence - 1` only in `AtEnd`.
    durable_sequence: u64,
    /// Called for each segment that is sealed.
    on_sealed: Option<Box<dyn Fn() + Send>>,
    /// Set by the first failure and never cleared: the kernel may now call pages clean that it never wrote, so the file is
    /// not used again.
    poisoned: bool,
}

/// What recovery passes on to the log that it creates.
pub(in crate::journal) struct Start {
    pub(in crate::journal) disk: Arc<dyn Disk>,
    pub(in crate::journal) directory: PathBuf,
    pub(in crate::journal) partition: u32,
    pub(in crate::journal) options: Options,
    pub(in crate::journal) segment: Segment,
    pub(in crate::journal) preallocator: Preallocator,
    pub(in crate::journal) watermark: Watermark,
    pub(in crate::journal) last_sequence: u64,
}

impl FileLog {
    pub(in crate::journal) fn new(start: Start) -> Self {
        Self {
            disk: start.disk,
            directory: start.directory,
            partition: start.partition,
            options: start.options,
            segment: start.segment,
            preallocator: start.preallocator,
            watermark: start.watermark,
            next_sequence: start.last_sequence + 1,
            durable_sequence: start.last_sequence,
            on_sealed: None,
            poisoned: false,
        }
    }

    /// The sequence that the next record must have.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// The partition whose journal this is.
    #[must_use]
    pub fn partition(&self) -> u32 {
        self.partition
    }

    /// The options that the journal was recovered with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Calls `notify` whenever a segment is full and the next one exists. It must not wait, because a group
    /// waits for it.
    pub fn on_sealed(&mut self, notify: impl Fn() + Send + 'static) {
        self.on_sealed = Some(Box::new(notify));
    }

    /// Makes each next segment ahead of time, on a thread, so that no group waits for it.
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread.
    pub(in crate::journal) fn make_segments_ahead(&mut self) -> io::Result<()> {
        self.preallocator.start(format!("journal-{}-next", self.partition))
    }

    /// Writes one batch. In [`Durability::EachBatch`] it is durable when this returns.
    ///
    /// # Errors
    ///
    /// As [`Self::append_group`].
    pub fn append(&mut self, batch: &Batch) -> Result<(), Error> {
        self.append_group([batch])
    }

    /// Writes several consecutive batches with one write and one sync. Does nothing if they have no records.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] at the first failed write or sync; whether the records survive is unknown until the next
    /// start. [`Error::Fenced`] once another opener has opened the log. [`Error::Poisoned`] after any earlier
    /// failure.
    ///
    /// # Panics
    ///
    /// If a batch does not begin where the one before it ended: a gap would make the journal
    /// unreadable, and a repetition would give two records one idempotency key.
    pub fn append_group<'a, B>(&mut self, batches: B) -> Result<(), Error>
    where
        B: IntoIterator<Item = &'a Batch>,
        B::IntoIter: Clone,
    {
        let batches = batches.into_iter().filter(|batch| !batch.is_empty());
        self.unless_poisoned(|log| log.write_group(batches))
    }

    /// Makes everything durable. Records may follow, but segments are no longer made ahead, so call it last.
    ///
    /// # Errors
    ///
    /// As [`Self::append_group`].
    pub fn finish(&mut self) -> Result<(), Error> {
        self.unless_poisoned(Self::make_durable)?;
        self.preallocator.stop();
        Ok(())
    }

    /// The last record that no crash can lose.
    #[must_use]
    pub fn durable_sequence(&self) -> u64 {
        self.durable_sequence
    }

    fn unless_poisoned(&mut self, action: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned { directory: self.directory.clone() });
        }
        let result = action(self);
        self.poisoned = result.is_err();
        result
    }

    fn write_group<'a>(&mut self, batches: impl Iterator<Item = &'a Batch> + Clone) -> Result<(), Error> {
        let bytes = batches.clone().map(Batch::bytes).sum();
        if bytes == 0 {
            return Ok(());
        }
        self.make_room(bytes)?;
        let (first, durable) = (self.next_sequence, self.durable_sequence);
        self.next_sequence = self.segment.append(bytes, |frames| encode(frames, batches, first, durable))?;
        if self.segment.is_filling() {
            self.preallocator.order();
        }
        match self.options.durability {
            Durability::EachBatch => self.make_durable(),
            Durability::AtEnd => self.watermark.check_fence(),
        }
    }

    /// Makes room for `bytes` more in the open segment. A group is never split over segments. A segment
    /// without records has the same name as the larger one that is needed, and is replaced by it.
    fn make_room(&mut self, bytes: usize) -> Result<(), Error> {
        if self.segment.has_room(bytes) {
            return Ok(());
        }
        // The existence of the next segment implies that this one is whole.
        self.make_durable()?;
        // Its name may already be that of a newer opener's segment.
        self.watermark.check_fence()?;
        let header = Header { partition: self.partition, first_sequence: self.next_sequence };
        let mut preallocated = self.preallocator.take()?;
        preallocated.grow((segment::HEADER_BYTES + bytes) as u64)?;
        self.segment = Segment::create(&*self.disk, &self.directory, preallocated, header, &[])?;
        if let Some(notify) = &self.on_sealed {
            notify();
        }
        Ok(())
    }

    /// Syncs what is not durable yet, and only then moves the watermark.
    fn make_durable(&mut self) -> Result<(), Error> {
        let last = self.next_sequence - 1;
        if self.durable_sequence == last {
            return Ok(());
        }
        self.segment.sync()?;
        self.watermark.set(last)?;
        // Checked after the watermark is set: see `Watermark::replace`.
        self.watermark.check_fence()?;
        self.durable_sequence = last;
        Ok(())
    }
}

impl Log for FileLog {
    fn partition(&self) -> u32 {
        self.partition
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    fn durable_sequence(&self) -> u64 {
        self.durable_sequence
    }

    fn on_sealed(&mut self, notify: Box<dyn Fn() + Send>) {
        self.on_sealed = Some(notify);
    }

    fn prepare_ahead(&mut self) -> io::Result<()> {
        self.make_segments_ahead()
    }

    fn append_group<'b, B>(&mut self, batches: B) -> Result<(), Error>
    where
        B: IntoIterator<Item = &'b Batch>,
        B::IntoIter: Clone,
    {
        Self::append_group(self, batches)
    }

    fn finish(&mut self) -> Result<(), Error> {
        Self::finish(self)
    }
}

/// Appends the records from `first` on to `frames` and returns the sequence after them. `durable` is the last
/// durable sequence.
///
/// A record's position counts from the first record that was not durable when its group was written, so at
/// recovery a record of another group behind it proves that this group had been synced.
fn encode<'a>(
    frames: &mut Vec<u8>,
    batches: impl Iterator<Item = &'a Batch>,
    first: u64,
    durable: u64,
) -> u64 {
    let mut sequence = first;
    for batch in batches {
        assert_eq!(batch.first_sequence(), sequence, "a batch does not follow on the last one");
        for payload in batch.payloads() {
            let position = u32::try_from(sequence - durable - 1)
                .expect("a segment holds fewer records than 32 bits can count");
            frame::encode(frames, sequence, position, payload);
            sequence += 1;
        }
    }
    sequence
}
