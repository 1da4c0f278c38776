//! The journals of a data directory: what kind of store they are, and where each lies. Another kind of store
//! changes this file; the rest of the engine knows only [`LogStore`](crate::journal::LogStore) and
//! [`SnapshotStore`](crate::journal::snapshot::store::SnapshotStore).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use crate::control::journal::CONTROL;
use crate::journal::{Disk, FileDisk, FileLog, FileStore};

/// The store of a journal.
pub(super) type Store = FileStore;

/// A journal that is open for appending.
pub(super) type StoreLog = FileLog;

/// The directory of a partition's journal within a data directory.
#[must_use]
pub fn partition_directory(data: &Path, partition: u32) -> PathBuf {
    data.join("journal").join(format!("partition-{partition}"))
}

/// The store of a partition's journal within a data directory.
pub(super) fn partition_store(data: &Path, partition: u32) -> Store {
    partition_store_on(Arc::new(FileDisk), data, partition)
}

/// The same, through another disk.
pub(super) fn partition_store_on(disk: Arc<dyn Disk>, data: &Path, partition: u32) -> Store {
    Store::new(disk, &partition_directory(data, partition), partition)
}

/// The control journal within a data directory.
pub(super) fn control_store(data: &Path) -> Store {
    control_store_on(Arc::new(FileDisk), data)
}

/// The same, through another disk.
pub(super) fn control_store_on(disk: Arc<dyn Disk>, data: &Path) -> Store {
    Store::new(disk, &control_directory(data), CONTROL)
}

/// The directory of the control journal within a data directory.
pub(super) fn control_directory(data: &Path) -> PathBuf {
    data.join("journal").join("control")
}

/// Returns the numbers of the partitions that have a journal there, in order.
pub(super) fn partitions_in(data: &Path) -> Result<Vec<u32>, Error> {
    let path = data.join("journal");
    let entries = match std::fs::read_dir(&path) {
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries,
    };
    let names: Vec<_> = entries
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(|source| Error::Io { action: "list", path, source })?;
    let number = |name: &std::ffi::OsString| name.to_str()?.strip_prefix("partition-")?.parse().ok();
    let mut partitions: Vec<u32> = names.iter().filter_map(number).collect();
    partitions.sort_unstable();
    Ok(partitions)
}
