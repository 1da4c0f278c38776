//! Recovery: a partition from its journal alone, with the effects that are not done yet.

use std::path::Path;
use std::sync::Arc;

use super::partition::Partition;
use crate::domain::decision::Record;
use crate::domain::undone::Undone;
use crate::journal::{Cut, Disk, Error, Options, Writer, recover};

/// A partition as its journal left it.
pub struct Recovered {
    /// The state.
    pub partition: Partition,
    /// What appends to the journal.
    pub writer: Writer,
    /// The effects that nothing says are done, and what the outbox must know of the others.
    pub undone: Undone,
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
    let mut undone = Undone::default();
    let recovered = recover(disk, directory, no, options, |sequence, payload| {
        let record: Record = postcard::from_bytes(payload).expect("a whole record can be read");
        partition.replay(sequence, &record);
        undone.read(no, sequence, record);
    })?;
    Ok(Recovered {
        partition,
        writer: recovered.writer,
        undone,
        records: recovered.records,
        cut: recovered.cut,
    })
}
