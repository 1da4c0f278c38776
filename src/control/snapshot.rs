//! Snapshots of the control journal: the fewest records that give the same state.
//!
//! A snapshot is built from sealed records on a state of its own, as a partition's is. A chunk is a sequence
//! of records, each behind its length, so a snapshot has the stored form of the journal.

use super::codec;
use super::record::ControlRecord;
use super::state::ControlState;
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options, RecordFault, SnapshotFault};
use crate::partition::snapshot::{Policy, Reach, Taken, is_worth_it, remove_dispensable};

/// Size in bytes at which a chunk is written. Records are not split, so a chunk may be larger.
const CHUNK_BYTES: usize = 1 << 20;

/// The state from which a replay continues, and the newer snapshots that were skipped.
pub(super) struct Start {
    pub(super) state: ControlState,
    /// Why each newer snapshot cannot be used.
    pub(super) unfit: Vec<Error>,
}

impl Start {
    /// Loads the newest snapshot that is whole; without one, the state is empty.
    pub(super) fn load<S: SnapshotStore>(store: &S) -> Result<Self, Error> {
        let mut unfit = Vec::new();
        for sequence in store.snapshots()? {
            match load(store, sequence) {
                Ok(state) => return Ok(Self { state, unfit }),
                // What a newer release decided since cannot be judged from an older snapshot.
                Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a snapshot is passed over");
                    unfit.push(error);
                }
            }
        }
        Ok(Self { state: ControlState::default(), unfit })
    }
}

pub(super) fn load<S: SnapshotStore>(store: &S, sequence: u64) -> Result<ControlState, Error> {
    let mut snapshot = store.open_snapshot(sequence)?;
    let (mut state, mut chunk) = (ControlState::default(), Vec::new());
    while snapshot.read(&mut chunk)? {
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            let (record, left) = take_record(rest).map_err(|fault| snapshot.fault(fault))?;
            state.absorb(&record);
            rest = left;
        }
    }
    Ok(state.at_sequence(sequence))
}

fn take_record(chunk: &[u8]) -> Result<(ControlRecord, &[u8]), SnapshotFault> {
    let split = postcard::take_from_bytes::<&[u8]>(chunk);
    let (payload, left) = split.map_err(|fault| SnapshotFault::Meaning(fault.to_string()))?;
    match codec::decode(payload) {
        Ok(record) => Ok((record, left)),
        Err(RecordFault::Newer { found, known }) => Err(SnapshotFault::Newer { found, known }),
        Err(fault) => Err(SnapshotFault::Meaning(fault.to_string())),
    }
}

/// Takes a snapshot if enough records have accumulated, and then removes what is no longer retained.
///
/// # Errors
/// When the disk fails or is too full, or its contents are damaged. The journal is unchanged, and a new
/// attempt may be made at any time.
pub fn take<S: LogStore + SnapshotStore>(
    store: &S,
    policy: &Policy,
    reach: Reach,
) -> Result<Option<Taken>, Error> {
    if !is_worth_it(store, policy, reach)? {
        return Ok(None);
    }
    let Start { mut state, unfit } = Start::load(store)?;
    let base = state.last_sequence();
    let options = Options { replay_from: base + 1, ..Options::default() };
    let mut each = |sequence, payload: &[u8]| {
        state.apply(sequence, &codec::decode(payload)?);
        Ok(())
    };
    let read = match reach {
        Reach::Sealed => store.read_sealed(options, &mut each),
        Reach::All => store.read(options, &mut each),
    };
    let records = read.map_err(|error| error.beside(&unfit))?;
    if records == 0 {
        return Ok(None);
    }
    let sequence = state.last_sequence();
    let written = write(store, &state, policy.spare_bytes);
    let bytes = written.inspect_err(|_| store.discard_snapshot(sequence))?;
    // Nothing is removed before its replacement was read back.
    if load(store, sequence)?.digest() != state.digest() {
        return Err(store.open_snapshot(sequence)?.fault(SnapshotFault::Digest));
    }
    remove_dispensable(store, policy.retain, sequence, base, None)?;
    Ok(Some(Taken { sequence, bytes, records }))
}

/// Writes a snapshot of `state`. Returns its size in bytes.
pub(super) fn write<S: SnapshotStore>(
    store: &S,
    state: &ControlState,
    spare_bytes: u64,
) -> Result<u64, Error> {
    let mut draft = store.create_snapshot(state.last_sequence(), spare_bytes)?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    for record in state.records() {
        let payload = codec::encode(&record, Vec::new());
        chunk = postcard::to_extend(payload.as_slice(), chunk).expect("bytes have a stored form");
        if chunk.len() >= CHUNK_BYTES {
            draft.write(&chunk)?;
            chunk.clear();
        }
    }
    draft.write(&chunk)?;
    Ok(draft.finish(state.digest())?.bytes)
}
