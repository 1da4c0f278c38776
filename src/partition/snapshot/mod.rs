//! Snapshots of a partition: they are taken from its sealed records, and a start begins with the newest.
//!
//! Taking one never touches the state that sells, nor the segment that is being written to: the newest
//! snapshot is read into a state of its own, the sealed records behind it are replayed, and the sum is
//! written down. So a snapshot is what a replay of those records comes to, and never ahead of what is
//! durable. What a replay does not bring about, as the memory of refusals, is in none.

mod sink;
mod source;

use self::sink::Sink;
use self::source::Source;
use crate::config::serve::Retain;
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options, RecordFault, SnapshotFault, frame};
use crate::partition::codec;
use crate::partition::pending_effects::PendingEffects;
use crate::partition::state::PartitionState;

/// At the end of a run, records are worth a snapshot from this part of the last snapshot's size on: nothing waits for it
/// then.
const WORTH_AT_THE_END: u64 = 16;

/// When snapshots are taken, and what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Sealed bytes behind the last snapshot from which on the next one is taken; at least the size of the last snapshot,
    /// so that writing snapshots never costs more than writing the records.
    pub every_bytes: u64,
    /// Snapshots and segments that are kept.
    pub retain: Retain,
    /// Bytes of the disk that are never taken: the journal needs them.
    pub spare_bytes: u64,
}

/// Which records a snapshot may be taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the sealed segments: the journal is being written to.
    Sealed,
    /// All of them: its writer has finished.
    All,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The last record that is in it.
    pub sequence: u64,
    /// Size of the snapshot in bytes.
    pub bytes: u64,
    /// Records that were replayed for it.
    pub records: u64,
}

/// A partition, and the effects that its records leave pending.
#[derive(Default)]
pub(super) struct State {
    pub(super) partition: PartitionState,
    pub(super) pending: PendingEffects,
}

impl State {
    fn new(no: u32) -> Self {
        Self { partition: PartitionState::new(no), pending: PendingEffects::default() }
    }

    fn sequence(&self) -> u64 {
        self.partition.last_sequence()
    }

    /// Applies the next record.
    ///
    /// # Errors
    /// When the payload is no record that this release reads.
    pub(super) fn replay(&mut self, sequence: u64, payload: &[u8]) -> Result<(), RecordFault> {
        let (form, record) = codec::decode(payload)?;
        self.partition.replay(sequence, &record);
        self.pending.read(self.partition.no(), sequence, form, record);
        Ok(())
    }
}

/// The state from which a replay goes on, and the newer snapshots that were passed over.
pub(super) struct Start {
    pub(super) state: State,
    /// Newer snapshots that cannot be used.
    unfit: Vec<Error>,
}

impl Start {
    /// The newest snapshot that is whole; where there is none, a partition in which nothing has happened.
    pub(super) fn load<S: LogStore + SnapshotStore>(store: &S) -> Result<Self, Error> {
        let mut unfit = Vec::new();
        for sequence in store.snapshots()? {
            match load(store, sequence) {
                Ok(state) => return Ok(Self { state, unfit }),
                // An older snapshot might do, but what the newer release decided since is not for this one to judge.
                Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a snapshot is passed over");
                    unfit.push(error);
                }
            }
        }
        Ok(Self { state: State::new(store.partition()), unfit })
    }

    /// The last record that is in the state; none without a snapshot.
    pub(super) fn snapshot(&self) -> Option<u64> {
        Some(self.state.sequence()).filter(|sequence| *sequence > 0)
    }

    /// What is to be replayed from here.
    pub(super) fn onward(&self, options: Options) -> Options {
        Options { replay_from: self.state.sequence() + 1, ..options }
    }

    /// Records that are missing may be in a snapshot that cannot be used: then that is what is to be mended.
    pub(super) fn explain(unfit: &[Error], error: Error) -> Error {
        match error {
            Error::Missing { directory, expected, found } => {
                let found = unfit.iter().fold(found, |found, unfit| format!("{found}; {unfit}"));
                Error::Missing { directory, expected, found }
            }
            error => error,
        }
    }

    pub(super) fn into_parts(self) -> (State, Vec<Error>) {
        (self.state, self.unfit)
    }
}

fn load<S: LogStore + SnapshotStore>(store: &S, sequence: u64) -> Result<State, Error> {
    let mut source = Source::new(store.open_snapshot(sequence)?);
    let state = State {
        partition: PartitionState::restore(&mut source)?,
        pending: PendingEffects::restore(&mut source)?,
    };
    let read = source.finish()?;
    if (state.partition.no(), state.sequence()) != (store.partition(), sequence) {
        return Err(read.fault(SnapshotFault::Broken("its state is of another record than its name says")));
    }
    Ok(state)
}

/// Takes a snapshot of a partition, if one is worth it by now, and then removes what is no longer kept.
///
/// # Errors
/// When the disk fails or is too full, or what is on it is damaged. The journal is as it was, and a new
/// attempt may be made at any time.
pub fn take<S: LogStore + SnapshotStore>(
    store: &S,
    policy: &Policy,
    reach: Reach,
) -> Result<Option<Taken>, Error> {
    if !is_worth_it(store, policy, reach)? {
        return Ok(None);
    }
    let start = Start::load(store)?;
    let options = start.onward(Options::default());
    let (mut state, unfit) = start.into_parts();
    let base = state.sequence();
    let mut each = |sequence, payload: &[u8]| state.replay(sequence, payload);
    let read = match reach {
        Reach::Sealed => store.read_sealed(options, &mut each),
        Reach::All => store.read(options, &mut each),
    };
    let records = read.map_err(|error| Start::explain(&unfit, error))?;
    if records == 0 {
        return Ok(None);
    }
    let (sequence, digest) = (state.sequence(), state.partition.digest());
    let written = write(store, &state, digest, policy.spare_bytes);
    let bytes = written.inspect_err(|_| store.discard_snapshot(sequence))?;
    drop(state);
    // Nothing is removed before what replaces it was read back: the checks vouch for the bytes, and the
    // hash for what was made of them. It is no more than that: another program may hash otherwise.
    if load(store, sequence)?.partition.digest() != digest {
        return Err(store.open_snapshot(sequence)?.fault(SnapshotFault::Digest));
    }
    remove_dispensable(store, policy.retain, sequence, base)?;
    Ok(Some(Taken { sequence, bytes, records }))
}

/// Whether the records behind the newest snapshot are worth another one.
fn is_worth_it<S: LogStore + SnapshotStore>(store: &S, policy: &Policy, reach: Reach) -> Result<bool, Error> {
    // While the engine sells, only headers are looked at; at the end there is time for the rest.
    let counts = |sequence: &u64| reach == Reach::Sealed || store.is_whole(*sequence);
    let mut listed = store.snapshots()?.into_iter().filter(counts);
    let seal = |sequence| store.open_snapshot(sequence).ok().map(|snapshot| *snapshot.seal());
    let newest = listed.find_map(seal);
    let (sequence, last_bytes) = newest.map_or((0, 0), |seal| (seal.sequence, seal.bytes));
    match reach {
        Reach::Sealed => Ok(store.sealed_bytes(sequence)? >= policy.every_bytes.max(last_bytes)),
        Reach::All => {
            let (options, mut bytes) = (Options { replay_from: sequence + 1, ..Options::default() }, 0);
            let mut each = |_, payload: &[u8]| {
                bytes += (frame::HEADER_BYTES + payload.len()) as u64;
                Ok(())
            };
            store.read(options, &mut each)?;
            Ok(bytes >= (last_bytes / WORTH_AT_THE_END).max(1))
        }
    }
}

/// Writes the snapshot of a state, and returns its size in bytes.
fn write<S: SnapshotStore>(store: &S, state: &State, digest: u64, spare_bytes: u64) -> Result<u64, Error> {
    let State { partition, pending } = state;
    let mut sink = Sink::new(store.create_snapshot(partition.last_sequence(), spare_bytes)?);
    partition.store(&mut sink)?;
    pending.store(&mut sink)?;
    Ok(sink.finish()?.finish(digest)?.bytes)
}

/// Removes what the newest snapshot, and those before it that are kept, make dispensable. Segments go only
/// when there are as many whole snapshots as are to be kept.
fn remove_dispensable<S: LogStore + SnapshotStore>(
    store: &S,
    retain: Retain,
    newest: u64,
    base: u64,
) -> Result<(), Error> {
    // The newest was just read back, and the one before it was read to begin with.
    let whole = store
        .snapshots()?
        .into_iter()
        .filter(|&sequence| sequence == newest || sequence == base || store.is_whole(sequence));
    let kept: Vec<u64> = whole.take(retain.snapshots()).collect();
    match kept.last() {
        Some(&oldest) if kept.len() == retain.snapshots() => {
            store.remove_snapshots_before(oldest)?;
            if retain == Retain::History { Ok(()) } else { store.trim(oldest) }
        }
        _ => Ok(()),
    }
}
