//! The links' journal of older releases, `journal/links`: read once, and left as it is.

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
    for linked in links.into_values() {
        if let Some(event) = control.state().decide_link(&linked) {
            control.record(now, event)?;
        }
    }
    // Durable before the mark: a mark without its links would lose them.
    control.flush()?;
    control.record(now, ControlEvent::LinksImported { links: count })?;
    control.flush()
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
