//! Recovers a partition and its pending effects, from its newest snapshot and the records after it. The state
//! is the same from any snapshot, or from none.

use super::snapshot::{Reach, Start};
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options};
use crate::partition::pending_effects::PendingEffects;
use crate::partition::state::PartitionState;

/// A recovered partition.
pub struct Recovered<L> {
    /// The state.
    pub partition: PartitionState,
    /// The journal, open for appending.
    pub log: L,
    /// The effects that no record settles, and what the outbox must know of the others.
    pub pending: PendingEffects,
    /// The sequence of the last record in the snapshot that the replay started from; none without a snapshot.
    pub snapshot: Option<u64>,
    /// The number of records that were replayed.
    pub records: u64,
    /// Bytes at the journal's end that were discarded, because they were never acknowledged.
    pub bytes_discarded: u64,
}

/// Recovers a partition from its newest whole snapshot, or an older one, or none, and the records after it.
/// `options.replay_from` is ignored: the snapshot determines where the replay starts.
///
/// # Errors
/// When the journal is damaged or the disk fails; see [`LogStore::open`]. Also when records are missing that
/// no whole snapshot holds, and when a snapshot is ahead of the journal: then acknowledged records were lost.
pub fn recover_partition<S: LogStore + SnapshotStore>(
    store: &S,
    options: Options,
) -> Result<Recovered<S::Log>, Error> {
    let start = Start::load(store, Reach::All)?;
    let (snapshot, options) = (start.snapshot(), start.onward(options));
    let (mut state, unfit) = start.into_parts();
    // One thread reads, decodes and applies each record while it is in the cache. A second thread that
    // decodes ahead was not faster, and its core serves another partition better.
    let mut each = |sequence, payload: &[u8]| state.replay(sequence, payload);
    let opened = store.open(options, &mut each).map_err(|error| error.beside(&unfit))?;
    let dead_letters = state.pending.dead_letters().keys().copied().collect();
    state.partition.set_dead_letters(dead_letters);
    let partition = &state.partition;
    state.pending.lapse_prompts(|id| partition.awaits_confirmation(id));
    Ok(Recovered {
        partition: state.partition,
        log: opened.log,
        pending: state.pending,
        snapshot,
        records: opened.records,
        bytes_discarded: opened.bytes_discarded,
    })
}
