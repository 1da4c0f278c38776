//! Moves the addresses of people out of the journals and histories of earlier releases, which recorded them.
//!
//! First every address is where people are kept, durably; then each file is replaced, in one step, by one with the same
//! records without the addresses; last it is noted that this was done. An interruption at any moment is completed by the next
//! start, which begins anew: a file that was replaced is left as it is.

use std::path::Path;
use std::sync::Arc;

use super::error::Error;
use super::stores::{Store, control_directory, control_store_on, partition_store_on, partitions_in};
use crate::control::{old_links, rewriting};
use crate::domain::id::Account;
use crate::journal::{self, Disk};
use crate::partition::recorded_addresses::RecordedAddresses;
use crate::partition::{codec, snapshot};
use crate::people::People;
use crate::subscribers::subscriber::Subscriber;

/// The note that the journals of a data directory have no address.
const JOURNALS: &str = "addresses moved out of the journals";

/// People that are stored at once.
const PEOPLE_AT_ONCE: usize = 1_000;

/// Moves the addresses out of the journals in `data`, if that was not done before. Nothing may have them open.
///
/// # Errors
/// When a journal is damaged, a disk fails, or the people cannot be stored. Nothing is lost then.
pub fn move_addresses(disk: &Arc<dyn Disk>, data: &Path, people: &People) -> Result<(), Error> {
    if people.is_done(JOURNALS)? {
        return Ok(());
    }
    let partitions: Vec<_> = partitions_in(data)?;
    let partitions: Vec<Store> =
        partitions.into_iter().map(|no| partition_store_on(Arc::clone(disk), data, no)).collect();
    let control = control_directory(data).is_dir().then(|| control_store_on(Arc::clone(disk), data));
    let mut addresses = RecordedAddresses::default();
    for store in &partitions {
        snapshot::rewriting::read_addresses(store, &mut addresses)?;
    }
    old_links::read_addresses(Arc::clone(disk), &data.join("journal/links"), &mut addresses)?;
    if let Some(store) = &control {
        rewriting::read_addresses(store, &mut addresses)?;
    }
    keep(people, addresses)?;
    for store in &partitions {
        remove_all(store, snapshot::rewriting::rewrite_snapshots(store)?)?;
        store.rewrite(&mut |_, payload| codec::rewrite(payload))?;
    }
    if let Some(store) = &control {
        remove_all(store, rewriting::rewrite_snapshots(store)?)?;
        store.rewrite(&mut |_, payload| rewriting::rewrite(payload))?;
    }
    Ok(people.note_done(JOURNALS)?)
}

/// Removes the addresses from what the subscribers wrote, each destination once.
pub(super) fn remove_addresses(
    subscribers: &mut [Box<dyn Subscriber>],
    people: &People,
) -> Result<(), Error> {
    for subscriber in subscribers {
        let Some(destination) = subscriber.destination() else { continue };
        let note = format!("addresses removed from {destination}");
        if !people.is_done(&note)? {
            subscriber.remove_addresses()?;
            people.note_done(&note)?;
        }
    }
    Ok(())
}

/// Stores the people of whom nothing is known yet. What is known is newer.
fn keep(people: &People, addresses: RecordedAddresses) -> Result<(), Error> {
    let addresses: Vec<_> = addresses.into_addresses().collect();
    for some in addresses.chunks(PEOPLE_AT_ONCE) {
        let some: Vec<(&Account, &str)> =
            some.iter().map(|(account, address)| (account, address.as_str())).collect();
        people.add_vouched(&some)?;
    }
    Ok(())
}

/// Removes snapshots that are damaged: they may have addresses, and nothing can read them.
fn remove_all(store: &Store, damaged: Vec<u64>) -> Result<(), journal::Error> {
    damaged.into_iter().try_for_each(|sequence| {
        tracing::warn!(sequence, "a damaged snapshot is removed: it may have addresses of people");
        store.remove_snapshot(sequence)
    })
}
