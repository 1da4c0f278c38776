//! The links' journal of older releases, `journal/links`: read once, and then removed where people are kept.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::journal::ControlJournal;
use super::record::ControlEvent;
use crate::domain::id::Account;
use crate::domain::link::LinkedAccount;
use crate::domain::time::Timestamp;
use crate::journal::{Disk, Error, FileStore, Log, LogStore, Options, RecordFault};
use crate::partition::recorded_addresses::RecordedAddresses;

/// The partition number in the segments of that journal.
const LINKS: u32 = u32::MAX;

/// Takes over the links of the journal in `directory`, if that was not done before. A crash in between leaves
/// some of them taken over; the next start takes over the rest.
///
/// # Errors
/// When either journal fails, or the older one is damaged.
pub fn import_links<L: Log>(
    disk: Arc<dyn Disk>,
    directory: &Path,
    control: &mut ControlJournal<L>,
    now: Timestamp,
) -> Result<(), Error> {
    if control.state().links_imported() {
        return Ok(());
    }
    let links = read(disk, directory)?;
    let count = links.len() as u64;
    for LinkedAccount { account, link } in links.into_values() {
        // The address is where people are kept.
        let linked = LinkedAccount { account, link: link.without_email() };
        if let Some(event) = control.state().decide_link(&linked) {
            control.record(now, event)?;
        }
    }
    // Durable before the mark: a mark without its links would lose them.
    control.flush()?;
    control.record(now, ControlEvent::LinksImported { links: count })?;
    control.flush()
}

/// Notes the addresses of the links in the journal in `directory`, if there is one.
///
/// # Errors
/// When the journal is damaged, or the disk fails.
pub fn read_addresses(
    disk: Arc<dyn Disk>,
    directory: &Path,
    addresses: &mut RecordedAddresses,
) -> Result<(), Error> {
    let links = read(disk, directory)?;
    links.values().for_each(|linked| addresses.read_link(&linked.account, &linked.link));
    Ok(())
}

/// Removes the journal in `directory`, durably, once the control journal has its links: it has addresses of people.
///
/// # Errors
/// When the disk fails.
pub fn remove<L: Log>(disk: &dyn Disk, directory: &Path, control: &ControlJournal<L>) -> Result<(), Error> {
    let names = match disk.list(directory) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        names => names.map_err(Error::io("list", directory))?,
    };
    if names.is_empty() || !control.state().links_imported() {
        return Ok(());
    }
    for name in names {
        let path = directory.join(name);
        disk.remove(&path).map_err(Error::io("remove", &path))?;
    }
    disk.fsync_dir(directory).map_err(Error::io("sync", directory))
}

/// Reads the last link of each account; none if there is no such journal. The payload of a record is the
/// link, without a version.
fn read(disk: Arc<dyn Disk>, directory: &Path) -> Result<BTreeMap<Account, LinkedAccount>, Error> {
    let mut links = BTreeMap::new();
    match disk.list(directory) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(links),
        Ok(names) if names.is_empty() => return Ok(links),
        _ => {}
    }
    FileStore::new(disk, directory, LINKS).read(Options::default(), &mut |_, payload| {
        let read = postcard::from_bytes(payload);
        let linked: LinkedAccount = read.map_err(|fault| RecordFault::Meaning(fault.to_string()))?;
        links.insert(linked.account.clone(), linked);
        Ok(())
    })?;
    Ok(links)
}
