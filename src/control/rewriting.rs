//! Reads the addresses that an earlier release recorded in its links, and writes its snapshots and records anew without them.

use super::codec;
use super::record::ControlEvent;
use super::snapshot::{load, write};
use crate::journal::snapshot::store::SnapshotStore;
use crate::journal::{Error, LogStore, Options, RecordFault, SnapshotFault};
use crate::partition::recorded_addresses::RecordedAddresses;

/// Notes the addresses of the links in the snapshots and in every record that is left, the newest last.
///
/// # Errors
/// When the journal is damaged, a newer release wrote it, or the disk fails.
pub fn read_addresses<S: LogStore + SnapshotStore>(
    store: &S,
    addresses: &mut RecordedAddresses,
) -> Result<(), Error> {
    let mut snapshots = store.snapshots()?;
    snapshots.reverse();
    for sequence in snapshots {
        match load(store, sequence) {
            Ok(state) => state.links().for_each(|(account, link)| addresses.read_link(account, link)),
            Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => return Err(error),
            Err(Error::Snapshot { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut each = |_, payload: &[u8]| {
        if let ControlEvent::Linked(linked) = codec::decode(payload)?.event {
            addresses.read_link(&linked.account, &linked.link);
        }
        Ok(())
    };
    let options = Options { replay_from: store.first_sequence()?, ..Options::default() };
    store.read(options, &mut each).map(drop)
}

/// Writes every snapshot anew, under its name. Returns those that cannot be read: no start can use them.
///
/// # Errors
/// When a newer release wrote one, or the disk fails or is full.
pub fn rewrite_snapshots<S: SnapshotStore>(store: &S) -> Result<Vec<u64>, Error> {
    let mut unreadable = Vec::new();
    for sequence in store.snapshots()? {
        match load(store, sequence) {
            Ok(state) => {
                write(store, &state, 0).inspect_err(|_| store.discard_snapshot(sequence))?;
            }
            Err(error @ Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }) => return Err(error),
            Err(Error::Snapshot { .. }) => unreadable.push(sequence),
            Err(error) => return Err(error),
        }
    }
    Ok(unreadable)
}

/// A record in today's form, without the address.
///
/// # Errors
/// When the bytes are not a record that this release reads.
pub fn rewrite(stored: &[u8]) -> Result<Vec<u8>, RecordFault> {
    codec::decode(stored).map(|record| codec::encode(&record, Vec::new()))
}
