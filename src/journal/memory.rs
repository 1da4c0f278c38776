//! A log and its snapshots in memory, for simulations and measurements: what is appended is as durable as the process.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::batch::Batch;
use super::error::{Error, SnapshotFault};
use super::log::{Each, Followed, Follower, Log, LogStore, Opened};
use super::options::Options;
use super::snapshot::seal::{CHUNK_BYTES_MAX, Seal, VERSION};
use super::snapshot::store::{SnapshotReader, SnapshotStore, SnapshotWriter};

/// The records and snapshots of one partition. Clones share them.
#[derive(Clone)]
pub struct MemoryStore {
    partition: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The number of openers so far: only the newest may append.
    openers: u64,
    /// The segments: the last is open, all others are sealed.
    segments: VecDeque<Segment>,
    snapshots: BTreeMap<u64, Snapshot>,
}

/// Consecutive records in one allocation.
struct Segment {
    first_sequence: u64,
    payloads: Vec<u8>,
    /// The end of each payload in `payloads`, in bytes.
    ends: Vec<usize>,
}

struct Snapshot {
    seal: Seal,
    chunks: Arc<Vec<Vec<u8>>>,
}

impl MemoryStore {
    /// Creates an empty store of `partition`.
    #[must_use]
    pub fn new(partition: u32) -> Self {
        Self { partition, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Ignores poisoning, so that a panic in a test's thread does not hide its own message.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name used in messages in place of a directory.
    fn name(&self) -> PathBuf {
        PathBuf::from(format!("memory/partition-{}", self.partition))
    }

    fn missing(&self, expected: u64, found: String) -> Error {
        Error::Missing { directory: self.name(), expected, found }
    }

    /// Passes on what the first `segments` segments hold from `options.replay_from` on.
    fn hand_out(&self, state: &State, segments: usize, from: u64, each: &mut Each<'_>) -> Result<u64, Error> {
        let oldest = state.segments.front().map_or(1, |segment| segment.first_sequence);
        if oldest > from {
            return Err(self.missing(from, format!("the oldest record is {oldest}")));
        }
        let mut records = 0;
        for segment in state.segments.iter().take(segments).filter(|segment| segment.next_sequence() > from) {
            for (sequence, payload) in segment.records().filter(|(sequence, _)| *sequence >= from) {
                each(sequence, payload).map_err(|fault| Error::Record {
                    directory: self.name(),
                    sequence,
                    fault,
                })?;
                records += 1;
            }
        }
        Ok(records)
    }

    fn no_snapshot(&self, sequence: u64, fault: &'static str) -> Error {
        let file = self.name().join(format!("snapshot {sequence}"));
        Error::Snapshot { file, fault: SnapshotFault::Broken(fault) }
    }
}

impl State {
    fn next_sequence(&self) -> u64 {
        self.segments.back().map_or(1, Segment::next_sequence)
    }
}

impl Segment {
    fn new(first_sequence: u64) -> Self {
        Self { first_sequence, payloads: Vec::new(), ends: Vec::new() }
    }

    fn next_sequence(&self) -> u64 {
        self.first_sequence + self.ends.len() as u64
    }

    fn push(&mut self, payload: &[u8]) {
        self.payloads.extend_from_slice(payload);
        self.ends.push(self.payloads.len());
    }

    fn payload(&self, sequence: u64) -> Option<&[u8]> {
        let number = usize::try_from(sequence - self.first_sequence).ok()?;
        let begin = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.payloads.get(begin..*self.ends.get(number)?)
    }

    fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut begin = 0;
        let payloads = self.ends.iter().map(move |&end| {
            let payload = self.payloads.get(begin..end).expect("ends only grow, up to the length");
            begin = end;
            payload
        });
        (self.first_sequence..).zip(payloads)
    }
}

impl LogStore for MemoryStore {
    type Log = MemoryLog;

    fn partition(&self) -> u32 {
        self.partition
    }

    fn open(&self, options: Options, each: &mut Each<'_>) -> Result<Opened<MemoryLog>, Error> {
        let mut state = self.state();
        let next_sequence = state.next_sequence();
        if options.replay_from > next_sequence {
            return Err(self.missing(next_sequence, "no later record".to_owned()));
        }
        let records = self.hand_out(&state, state.segments.len(), options.replay_from, each)?;
        if state.segments.is_empty() {
            state.segments.push_back(Segment::new(1));
        }
        state.openers += 1;
        let log = MemoryLog {
            store: self.clone(),
            opener: state.openers,
            options,
            next_sequence,
            on_sealed: None,
            poisoned: false,
        };
        Ok(Opened { log, last_sequence: next_sequence - 1, records, bytes_discarded: 0 })
    }

    fn read(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error> {
        let state = self.state();
        self.hand_out(&state, state.segments.len(), options.replay_from, each)
    }

    fn read_sealed(&self, options: Options, each: &mut Each<'_>) -> Result<u64, Error> {
        let state = self.state();
        self.hand_out(&state, state.segments.len().saturating_sub(1), options.replay_from, each)
    }

    fn follow(&self, next: u64) -> Box<dyn Follower> {
        Box::new(MemoryFollower { store: self.clone(), next })
    }

    fn first_sequence(&self) -> Result<u64, Error> {
        Ok(self.state().segments.front().map_or(1, |segment| segment.first_sequence))
    }

    fn sealed_bytes(&self, sequence: u64) -> Result<u64, Error> {
        let state = self.state();
        let sealed = state.segments.iter().take(state.segments.len().saturating_sub(1));
        let later = sealed.filter(|segment| segment.next_sequence() > sequence + 1);
        Ok(later.map(|segment| segment.payloads.len() as u64).sum())
    }

    fn dispensable(&self, sequence: u64, bytes: u64) -> Result<u64, Error> {
        let state = self.state();
        let mut kept = 0;
        for segment in state.segments.iter().take(state.segments.len().saturating_sub(1)).rev() {
            let last = segment.next_sequence() - 1;
            kept += segment.payloads.len() as u64;
            if last <= sequence {
                break;
            }
            if kept > bytes {
                return Ok(last);
            }
        }
        Ok(sequence)
    }

    fn trim(&self, sequence: u64) -> Result<(), Error> {
        let mut state = self.state();
        while state.segments.len() > 1
            && state.segments.front().is_some_and(|oldest| oldest.next_sequence() <= sequence + 1)
        {
            state.segments.pop_front();
        }
        Ok(())
    }
}

/// Reads a [`MemoryStore`] record by record.
struct MemoryFollower {
    store: MemoryStore,
    next: u64,
}

impl MemoryFollower {
    /// Copies the next record, so that the log need not wait for its reader.
    fn copy(&self) -> Result<Vec<u8>, RangeInclusive<u64>> {
        let state = self.store.state();
        let oldest = state.segments.front().map_or(1, |segment| segment.first_sequence);
        if oldest > self.next {
            return Err(self.next..=oldest - 1);
        }
        let segment = state.segments.iter().rfind(|segment| segment.first_sequence <= self.next);
        Ok(segment.and_then(|segment| segment.payload(self.next)).unwrap_or_default().to_vec())
    }
}

impl Follower for MemoryFollower {
    fn read(&mut self, durable: u64, each: &mut Each<'_>) -> Result<Followed, Error> {
        if self.next > durable {
            return Ok(Followed::Records(0));
        }
        match self.copy() {
            Err(missing) => {
                self.next = missing.end() + 1;
                Ok(Followed::Trimmed(missing))
            }
            Ok(payload) => {
                let (sequence, directory) = (self.next, self.store.name());
                each(sequence, &payload).map_err(|fault| Error::Record { directory, sequence, fault })?;
                self.next += 1;
                Ok(Followed::Records(1))
            }
        }
    }
}

/// Appends to a [`MemoryStore`].
pub struct MemoryLog {
    store: MemoryStore,
    opener: u64,
    options: Options,
    next_sequence: u64,
    on_sealed: Option<Box<dyn Fn() + Send>>,
    poisoned: bool,
}

impl MemoryLog {
    /// Returns the state, unless another opener has opened the log.
    fn unfenced(&mut self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.store.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.poisoned {
            return Err(Error::Poisoned { directory: self.store.name() });
        }
        if state.openers != self.opener {
            self.poisoned = true;
            return Err(Error::Fenced { directory: self.store.name() });
        }
        Ok(state)
    }
}

impl Log for MemoryLog {
    fn partition(&self) -> u32 {
        self.store.partition
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    fn durable_sequence(&self) -> u64 {
        self.next_sequence - 1
    }

    fn on_sealed(&mut self, notify: Box<dyn Fn() + Send>) {
        self.on_sealed = Some(notify);
    }

    fn append_group<'b, B>(&mut self, batches: B) -> Result<(), Error>
    where
        B: IntoIterator<Item = &'b Batch>,
        B::IntoIter: Clone,
    {
        let (mut next_sequence, segment_bytes) = (self.next_sequence, self.options.segment_bytes);
        let mut state = self.unfenced()?;
        let batches = batches.into_iter().filter(|batch| !batch.is_empty());
        let bytes: usize = batches.clone().map(Batch::bytes).sum();
        if bytes == 0 {
            return Ok(());
        }
        let open = state.segments.back().expect("a log that is open has a segment");
        let seals = !open.ends.is_empty() && (open.payloads.len() + bytes) as u64 > segment_bytes;
        if seals {
            state.segments.push_back(Segment::new(next_sequence));
        }
        let open = state.segments.back_mut().expect("a log that is open has a segment");
        for batch in batches {
            assert_eq!(batch.first_sequence(), next_sequence, "a batch does not follow on the last one");
            batch.payloads().for_each(|payload| open.push(payload));
            next_sequence = batch.next_sequence();
        }
        drop(state);
        self.next_sequence = next_sequence;
        if seals && let Some(notify) = &self.on_sealed {
            notify();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.unfenced().map(drop)
    }
}

impl SnapshotStore for MemoryStore {
    fn snapshots(&self) -> Result<Vec<u64>, Error> {
        Ok(self.state().snapshots.keys().rev().copied().collect())
    }

    fn open_snapshot(&self, sequence: u64) -> Result<Box<dyn SnapshotReader>, Error> {
        let state = self.state();
        let found = state.snapshots.get(&sequence);
        let Snapshot { seal, chunks } = found.ok_or_else(|| self.no_snapshot(sequence, "it is not there"))?;
        let chunks = Arc::clone(chunks);
        Ok(Box::new(MemorySnapshotReader { store: self.clone(), seal: *seal, chunks, number: 0 }))
    }

    fn create_snapshot(&self, sequence: u64, _: u64) -> Result<Box<dyn SnapshotWriter + '_>, Error> {
        Ok(Box::new(MemorySnapshotWriter { store: self, sequence, chunks: Vec::new() }))
    }

    fn discard_snapshot(&self, _: u64) {}

    fn remove_snapshots_before(&self, oldest: u64) -> Result<(), Error> {
        self.state().snapshots.retain(|sequence, _| *sequence >= oldest);
        Ok(())
    }
}

struct MemorySnapshotReader {
    store: MemoryStore,
    seal: Seal,
    chunks: Arc<Vec<Vec<u8>>>,
    number: usize,
}

impl SnapshotReader for MemorySnapshotReader {
    fn seal(&self) -> &Seal {
        &self.seal
    }

    fn fault(&self, fault: SnapshotFault) -> Error {
        Error::Snapshot { file: self.store.name().join(format!("snapshot {}", self.seal.sequence)), fault }
    }

    fn read(&mut self, into: &mut Vec<u8>) -> Result<bool, Error> {
        into.clear();
        let Some(chunk) = self.chunks.get(self.number) else { return Ok(false) };
        into.extend_from_slice(chunk);
        self.number += 1;
        Ok(true)
    }
}

struct MemorySnapshotWriter<'s> {
    store: &'s MemoryStore,
    sequence: u64,
    chunks: Vec<Vec<u8>>,
}

impl SnapshotWriter for MemorySnapshotWriter<'_> {
    fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        assert!(chunk.len() <= CHUNK_BYTES_MAX, "a chunk of {} bytes", chunk.len());
        self.chunks.push(chunk.to_vec());
        Ok(())
    }

    fn finish(self: Box<Self>, digest: u64) -> Result<Seal, Error> {
        let Self { store, sequence, chunks } = *self;
        let seal = Seal {
            version: VERSION,
            partition: store.partition,
            sequence,
            digest,
            bytes: chunks.iter().map(|chunk| chunk.len() as u64).sum(),
            chunks: u32::try_from(chunks.len()).expect("a snapshot has fewer chunks than 32 bits can count"),
        };
        store.state().snapshots.insert(sequence, Snapshot { seal, chunks: Arc::new(chunks) });
        Ok(seal)
    }
}
