//! Recovers a partition from its newest snapshot and the records behind it, with the effects that are
//! not done yet. The state is the same from any snapshot, or from none.

use super::snapshot::Start;
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options};
use crate::partition::pending_effects::PendingEffects;
use crate::partition::state::PartitionState;

/// A partition as its journal left it.
pub struct Recovered<L> {
    /// The state.
    pub partition: PartitionState,
    /// Appends to the journal.
    pub log: L,
    /// The effects that nothing says are done, and what the outbox must know of the others.
    pub pending: PendingEffects,
    /// The last record of the snapshot with which the replay began, if there was one.
    pub snapshot: Option<u64>,
    /// Records that were replayed.
    pub records: u64,
    /// Bytes at the journal's end that were discarded as never acknowledged.
    pub bytes_discarded: u64,
}

/// Brings a partition back: from its newest whole snapshot, or an older one, or from
/// none, and the records behind it. Where a replay begins is not the caller's to say: `options.replay_from`
/// is not looked at.
///
/// # Errors
/// When the journal is damaged or the disk fails; see [`LogStore::open`]. Also when records are gone that no
/// whole snapshot holds, and when a snapshot is ahead of the journal: then acknowledged records were lost.
pub fn recover_partition<S: LogStore + SnapshotStore>(
    store: &S,
    options: Options,
) -> Result<Recovered<S::Log>, Error> {
    let start = Start::load(store)?;
    let (snapshot, options) = (start.snapshot(), start.onward(options));
    let (mut state, unfit) = start.into_parts();
    // Read, decoded and applied on one thread, while a record is in its cache: a second thread that decodes
    // ahead was no faster, and another partition has more use for it.
    let mut each = |sequence, payload: &[u8]| state.replay(sequence, payload);
    let opened = store.open(options, &mut each).map_err(|error| Start::explain(&unfit, error))?;
    Ok(Recovered {
        partition: state.partition,
        log: opened.log,
        pending: state.pending,
        snapshot,
        records: opened.records,
        bytes_discarded: opened.bytes_discarded,
    })
}
