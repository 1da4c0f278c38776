//! Recovery: a partition from its journal alone, with the effects that are not done yet.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::partition::Partition;
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::id::EffectKey;
use crate::domain::time::Timestamp;
use crate::journal::{Cut, Disk, Error, Options, Writer, recover};

/// A partition as its journal left it.
pub struct Recovered {
    /// The state.
    pub partition: Partition,
    /// What appends to the journal.
    pub writer: Writer,
    /// The effects that nothing says are done, with the time of their record.
    pub pending: BTreeMap<EffectKey, (Timestamp, Effect)>,
    /// How many records were replayed.
    pub records: u64,
    /// What was cut off as never acknowledged.
    pub cut: Option<Cut>,
}

/// Replays the journal of partition `no` in `directory`.
///
/// # Errors
/// When the journal is damaged or the disk fails; see [`recover`].
///
/// # Panics
/// When a record that its checksum vouches for has no meaning: it was written by another version,
/// and to go on would be to sell on a wrong count.
pub fn recover_partition(
    disk: Arc<dyn Disk>,
    directory: &Path,
    no: u32,
    options: Options,
) -> Result<Recovered, Error> {
    let mut partition = Partition::new(no);
    let mut pending = BTreeMap::new();
    let recovered = recover(disk, directory, no, options, |sequence, payload| {
        let record: Record = postcard::from_bytes(payload).expect("a whole record can be read");
        partition.replay(sequence, &record);
        for key in record.decision.events.iter().flat_map(|event| event.settles()) {
            pending.remove(key);
        }
        for (effect, index) in record.decision.effects.into_iter().zip(0..) {
            pending.insert(EffectKey { partition: no, sequence, index }, (record.at, effect));
        }
    })?;
    Ok(Recovered {
        partition,
        writer: recovered.writer,
        pending,
        records: recovered.records,
        cut: recovered.cut,
    })
}
