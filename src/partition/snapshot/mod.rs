//! Snapshots of a partition. They are built from its sealed records, and recovery starts with the newest one.
//!
//! Taking a snapshot never touches the live state, nor the segment that is being written. It reads the newest
//! snapshot into a separate state, replays the sealed records after it, and writes the result. So a snapshot
//! equals a replay of those records, and is never ahead of what is durable. It omits what a replay does not
//! restore, such as remembered refusals.

pub mod rewriting;
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

/// At the end of a run, a snapshot is taken if the records after the last one reach its size divided by this:
/// nothing waits for the snapshot then.
const WORTH_AT_THE_END: u64 = 16;

/// When snapshots are taken, and what is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Sealed bytes after the last snapshot that trigger the next one. The last snapshot's size applies
    /// instead if it is greater, so that writing snapshots never costs more than writing the records.
    pub every_bytes: u64,
    /// Which snapshots and segments are retained.
    pub retain: Retain,
    /// Bytes of disk space that a snapshot leaves free: the journal needs them.
    pub spare_bytes: u64,
}

/// Which records a snapshot may include.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The records of the sealed segments, while the journal is being written.
    Sealed,
    /// All records, once the journal's writer has finished.
    All,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The sequence of the last record that it includes.
    pub sequence: u64,
    /// Size of the snapshot in bytes.
    pub bytes: u64,
    /// The number of records that were replayed for it.
    pub records: u64,
}

/// A partition's state, and its pending effects.
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
    /// When the payload is not a record that this release reads.
    pub(super) fn replay(&mut self, sequence: u64, payload: &[u8]) -> Result<(), RecordFault> {
        let (form, record) = codec::decode(payload)?;
        self.partition.replay(sequence, &record);
        self.pending.read(self.partition.no(), sequence, form, record);
        Ok(())
    }
}

/// The state from which a replay continues, and the newer snapshots that were skipped.
pub(super) struct Start {
    pub(super) state: State,
    /// Why each newer snapshot cannot be used.
    unfit: Vec<Error>,
}

impl Start {
    /// Loads the newest snapshot that is whole; without one, the state is empty.
    pub(super) fn load<S: LogStore + SnapshotStore>(store: &S, reach: Reach) -> Result<Self, Error> {
        let mut unfit = Vec::new();
        for sequence in store.snapshots()? {
            match load(store, sequence) {
                Ok(mut state) => {
                    if state.pending.lacks_dead_letters() {
                        state.pending.adopt_dead_letters(earlier_effects(store, sequence, reach)?);
                    }
                    return Ok(Self { state, unfit });
                }
                // An older snapshot may be readable, but this release cannot judge what the newer one decided
                // since.
                Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a snapshot is passed over");
                    unfit.push(error);
                }
            }
        }
        Ok(Self { state: State::new(store.partition()), unfit })
    }

    /// The sequence of the last record in the state; none without a snapshot.
    pub(super) fn snapshot(&self) -> Option<u64> {
        Some(self.state.sequence()).filter(|sequence| *sequence > 0)
    }

    /// The options for a replay that continues from this state.
    pub(super) fn onward(&self, options: Options) -> Options {
        Options { replay_from: self.state.sequence() + 1, ..options }
    }

    pub(super) fn into_parts(self) -> (State, Vec<Error>) {
        (self.state, self.unfit)
    }
}

/// Reads what the records up to a snapshot asked for, as far as they are retained: releases before dead letters could be
/// settled left them out of their snapshots.
fn earlier_effects<S: LogStore>(store: &S, until: u64, reach: Reach) -> Result<PendingEffects, Error> {
    let mut earlier = PendingEffects::default();
    let first = store.first_sequence()?;
    if first > until {
        return Ok(earlier);
    }
    let mut each = |sequence, payload: &[u8]| {
        if sequence <= until {
            let (form, record) = codec::decode(payload)?;
            earlier.read(store.partition(), sequence, form, record);
        }
        Ok(())
    };
    let options = Options { replay_from: first, ..Options::default() };
    match reach {
        Reach::Sealed => store.read_sealed(options, &mut each)?,
        Reach::All => store.read(options, &mut each)?,
    };
    Ok(earlier)
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

/// Takes a snapshot of a partition if enough records have accumulated, and then removes what is no longer
/// retained. Records after `unneeded` are kept although snapshots cover them: somebody has not read them yet.
///
/// # Errors
/// When the disk fails or is too full, or its contents are damaged. The journal is unchanged, and a new
/// attempt may be made at any time.
pub fn take<S: LogStore + SnapshotStore>(
    store: &S,
    policy: &Policy,
    reach: Reach,
    unneeded: Option<u64>,
) -> Result<Option<Taken>, Error> {
    if !is_worth_it(store, policy, reach)? {
        return Ok(None);
    }
    let start = Start::load(store, reach)?;
    let options = start.onward(Options::default());
    let (mut state, unfit) = start.into_parts();
    let base = state.sequence();
    let mut each = |sequence, payload: &[u8]| state.replay(sequence, payload);
    let read = match reach {
        Reach::Sealed => store.read_sealed(options, &mut each),
        Reach::All => store.read(options, &mut each),
    };
    let records = read.map_err(|error| error.beside(&unfit))?;
    if records == 0 {
        return Ok(None);
    }
    let (sequence, digest) = (state.sequence(), state.partition.digest());
    let written = write(store, &state, digest, policy.spare_bytes);
    let bytes = written.inspect_err(|_| store.discard_snapshot(sequence))?;
    drop(state);
    // Nothing is removed before its replacement was read back. The checksums verify the bytes, and the digest
    // verifies the state that is read from them. The digest proves no more than that: another build may hash
    // differently.
    if load(store, sequence)?.partition.digest() != digest {
        return Err(store.open_snapshot(sequence)?.fault(SnapshotFault::Digest));
    }
    remove_dispensable(store, policy.retain, sequence, base, unneeded)?;
    Ok(Some(Taken { sequence, bytes, records }))
}

/// Whether the records after the newest snapshot justify another one.
pub(crate) fn is_worth_it<S: LogStore + SnapshotStore>(
    store: &S,
    policy: &Policy,
    reach: Reach,
) -> Result<bool, Error> {
    // While the engine is running, only headers are read; at its end there is time to verify the rest.
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

/// Writes a snapshot of `state`. Returns its size in bytes.
fn write<S: SnapshotStore>(store: &S, state: &State, digest: u64, spare_bytes: u64) -> Result<u64, Error> {
    let State { partition, pending } = state;
    let mut sink = Sink::new(store.create_snapshot(partition.last_sequence(), spare_bytes)?);
    partition.store(&mut sink)?;
    pending.store(&mut sink)?;
    Ok(sink.finish()?.finish(digest)?.bytes)
}

/// Removes the snapshots and segments that the retained snapshots make unnecessary. Does so only if as many
/// whole snapshots exist as are to be retained.
pub(crate) fn remove_dispensable<S: LogStore + SnapshotStore>(
    store: &S,
    retain: Retain,
    newest: u64,
    base: u64,
    unneeded: Option<u64>,
) -> Result<(), Error> {
    // The newest snapshot was just read back, and `base` was read at the start: both are whole.
    let whole = store
        .snapshots()?
        .into_iter()
        .filter(|&sequence| sequence == newest || sequence == base || store.is_whole(sequence));
    let kept: Vec<u64> = whole.take(retain.snapshots()).collect();
    match kept.last() {
        Some(&oldest) if kept.len() == retain.snapshots() => {
            store.remove_snapshots_before(oldest)?;
            if retain == Retain::History {
                return Ok(());
            }
            store.trim(unneeded.map_or(oldest, |unneeded| oldest.min(unneeded)))
        }
        _ => Ok(()),
    }
}
