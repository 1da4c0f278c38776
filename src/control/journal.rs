//! The control journal before its thread starts: recovered from disk, and appended to by its caller.

use super::codec;
use super::record::{ControlEvent, ControlRecord};
use super::snapshot::Start;
use super::state::ControlState;
use crate::domain::id::Account;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Batch, Error, Log, LogStore, Options};

/// The partition number in the segments and snapshots of the control journal, and of its answers; no
/// partition has it.
pub const CONTROL: u32 = u32::MAX - 1;

/// The bytes of a segment: links and words are few beside posts.
pub const SEGMENT_BYTES: u64 = 4 << 20;

/// Bytes of records at which they are appended.
const BATCH_BYTES: usize = 1 << 20;

/// The state, and the journal that makes changes to it durable.
pub struct ControlJournal<L> {
    state: ControlState,
    log: L,
    batch: Batch,
    /// The number of records that were replayed.
    pub records: u64,
    /// Bytes at the journal's end that were discarded, because they were never acknowledged.
    pub bytes_discarded: u64,
}

/// Reads the state of a journal that is not open, and changes nothing.
///
/// # Errors
/// When the journal is damaged, a newer release wrote it, or the disk fails.
pub fn read_state<S: LogStore + SnapshotStore>(store: &S) -> Result<ControlState, Error> {
    let Start { mut state, unfit } = Start::load(store)?;
    let options = Options { replay_from: state.last_sequence() + 1, ..Options::default() };
    let mut each = |sequence, payload: &[u8]| {
        state.apply(sequence, &codec::decode(payload)?);
        Ok(())
    };
    store.read(options, &mut each).map_err(|error| error.beside(&unfit))?;
    Ok(state)
}

/// Passes the words of a journal that is not open to `each`, in order, with the times of their records. Of words
/// that only a snapshot has, the time is their own.
///
/// # Errors
/// As [`read_state`].
pub fn read_words<S: LogStore + SnapshotStore>(
    store: &S,
    mut each: impl FnMut(Timestamp, &StatusWord),
) -> Result<(), Error> {
    let Start { mut state, unfit } = Start::load(store)?;
    state.words().for_each(|word| each(word.posted_at, &word));
    let options = Options { replay_from: state.last_sequence() + 1, ..Options::default() };
    let mut read = |sequence, payload: &[u8]| {
        let record = codec::decode(payload)?;
        state.apply(sequence, &record);
        if let ControlEvent::StatusChanged(word) = &record.event {
            each(record.at, word);
        }
        Ok(())
    };
    store.read(options, &mut read).map_err(|error| error.beside(&unfit))?;
    Ok(())
}

/// The accounts whose erasure was recorded after record `sequence`, as far as the journal that is not open still has those
/// records.
///
/// # Errors
/// As [`read_state`].
pub fn erased_after<S: LogStore + SnapshotStore>(store: &S, sequence: u64) -> Result<Vec<Account>, Error> {
    let replay_from = store.first_sequence()?.max(sequence.saturating_add(1));
    let mut erased = Vec::new();
    let mut read = |_, payload: &[u8]| {
        if let ControlEvent::Erased { account } = codec::decode(payload)?.event {
            erased.push(account);
        }
        Ok(())
    };
    store.read(Options { replay_from, ..Options::default() }, &mut read)?;
    Ok(erased)
}

impl<L: Log> ControlJournal<L> {
    /// Recovers the journal from its newest whole snapshot and the records after it, or creates it.
    ///
    /// # Errors
    /// When the journal is damaged, a newer release wrote it, or the disk fails.
    pub fn recover<S>(store: &S, options: Options) -> Result<Self, Error>
    where
        S: LogStore<Log = L> + SnapshotStore,
    {
        let Start { mut state, unfit } = Start::load(store)?;
        let options = Options { replay_from: state.last_sequence() + 1, ..options };
        let mut each = |sequence, payload: &[u8]| {
            state.apply(sequence, &codec::decode(payload)?);
            Ok(())
        };
        let opened = store.open(options, &mut each).map_err(|error| error.beside(&unfit))?;
        let batch = Batch::new(opened.log.next_sequence());
        let (records, bytes_discarded) = (opened.records, opened.bytes_discarded);
        Ok(Self { state, log: opened.log, batch, records, bytes_discarded })
    }

    /// The state; records that are not flushed are in it.
    #[must_use]
    pub fn state(&self) -> &ControlState {
        &self.state
    }

    /// The log.
    pub fn log_mut(&mut self) -> &mut L {
        &mut self.log
    }

    /// Records an event. It is durable after the next [`Self::flush`].
    ///
    /// # Errors
    /// When the journal fails.
    pub fn record(&mut self, now: Timestamp, event: ControlEvent) -> Result<(), Error> {
        let record = ControlRecord { at: now.max(self.state.journal_time()), event };
        let sequence = self.batch.push_with(|payloads| codec::encode(&record, payloads));
        self.state.apply(sequence, &record);
        if self.batch.bytes() >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Appends what was recorded.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.log.append(&self.batch)?;
        self.batch.clear(self.state.last_sequence() + 1);
        Ok(())
    }

    /// Appends what was recorded, and makes all of it durable.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        self.log.finish()
    }

    /// The state and the log, once everything is flushed.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn into_parts(mut self) -> Result<(ControlState, L), Error> {
        self.flush()?;
        Ok((self.state, self.log))
    }
}
