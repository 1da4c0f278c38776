//! Reads the addresses that an earlier release recorded, and writes its snapshots anew without them.

use super::{Reach, State, earlier_effects, load, write};
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options, SnapshotFault};
use crate::partition::codec;
use crate::partition::recorded_addresses::RecordedAddresses;

/// Notes the addresses in the snapshots and in every record that is left.
///
/// # Errors
/// When the journal is damaged, a newer release wrote it, or the disk fails.
pub fn read_addresses<S: LogStore + SnapshotStore>(
    store: &S,
    addresses: &mut RecordedAddresses,
) -> Result<(), Error> {
    for sequence in store.snapshots()? {
        if let Some(State { partition, pending }) = whole(load(store, sequence))? {
            addresses.read_state(&partition, &pending);
        }
    }
    let mut each = |_, payload: &[u8]| {
        let (_, record) = codec::decode(payload)?;
        addresses.read_record(&record);
        Ok(())
    };
    let options = Options { replay_from: store.first_sequence()?, ..Options::default() };
    store.read(options, &mut each).map(drop)
}

/// Writes every snapshot anew in today's form, under its name. Returns those that cannot be read: no start can use them.
///
/// # Errors
/// When a newer release wrote one, or the disk fails or is full.
pub fn rewrite_snapshots<S: LogStore + SnapshotStore>(store: &S) -> Result<Vec<u64>, Error> {
    let mut unreadable = Vec::new();
    for sequence in store.snapshots()? {
        let Some(mut state) = whole(load(store, sequence))? else {
            unreadable.push(sequence);
            continue;
        };
        // The old form lacks them, and the new one would say that there are none.
        if state.pending.lacks_dead_letters() {
            state.pending.adopt_dead_letters(earlier_effects(store, sequence, Reach::All)?);
        }
        state.pending.hide_addresses();
        let digest = state.partition.digest();
        let written = write(store, &state, digest, 0);
        written.inspect_err(|_| store.discard_snapshot(sequence))?;
    }
    Ok(unreadable)
}

/// The state, unless the snapshot is damaged.
fn whole(loaded: Result<State, Error>) -> Result<Option<State>, Error> {
    match loaded {
        Ok(state) => Ok(Some(state)),
        Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => Err(error),
        Err(Error::Snapshot { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
