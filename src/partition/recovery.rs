//! Recovery: a partition from its newest snapshot and the records behind it, with the effects that are
//! not done yet. The state is the same whichever snapshot it is had from, or from none.

use std::path::Path;
use std::sync::Arc;

use super::snapshot::Start;
use crate::journal::{Cut, Disk, Error, Options, Writer, recover};
use crate::partition::pending_effects::PendingEffects;
use crate::partition::state::PartitionState;

/// A partition as its journal left it.
pub struct Recovered {
    /// The state.
    pub partition: PartitionState,
    /// What appends to the journal.
    pub writer: Writer,
    /// The effects that nothing says are done, and what the outbox must know of the others.
    pub undone: PendingEffects,
    /// The last record of the snapshot with which the replay began, if there was one.
    pub snapshot: Option<u64>,
    /// How many records were replayed.
    pub records: u64,
    /// What was cut off as never acknowledged.
    pub cut: Option<Cut>,
}

/// Brings partition `no` in `directory` back: from its newest whole snapshot, or an older one, or from
/// none, and the records behind it. Where a replay begins is not the caller's to say: `options.replay_from`
/// is not looked at.
///
/// # Errors
/// When the journal is damaged or the disk fails; see [`recover`]. Also when records are gone that no
/// whole snapshot holds, and when a snapshot is ahead of the journal: then acknowledged records were lost.
pub fn recover_partition(
    disk: Arc<dyn Disk>,
    directory: &Path,
    no: u32,
    options: Options,
) -> Result<Recovered, Error> {
    let start = Start::load(&*disk, directory, no)?;
    let (snapshot, options) = (start.snapshot(), start.onward(options));
    let (mut state, unfit) = start.into_parts();
    // Read, decoded and applied on one thread, while a record is in its cache: a second thread that decodes
    // ahead was no faster, and another partition has more use for it.
    let each = |sequence, payload: &[u8]| state.replay(sequence, payload);
    let recovered =
        recover(disk, directory, no, options, each).map_err(|error| Start::explain(&unfit, error))?;
    Ok(Recovered {
        partition: state.partition,
        writer: recovered.writer,
        undone: state.undone,
        snapshot,
        records: recovered.records,
        cut: recovered.cut,
    })
}
