//! Makes a data directory of a backup: with a new epoch or a new identity, so that no effect of it has a key that an effect had
//! before, without those who were erased since, and in quarantine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory::{DATA, KEYS, backups_in, lock};
use super::error::BackupError;
use super::ledger::erased_since;
use super::manifest::Manifest;
use super::name::BackupName;
use super::restored::write_erased;
use super::tree;
use crate::control::instance_file::InstanceFile;
use crate::control::quarantine_file::{Quarantine, QuarantineFile, RestoredAs};
use crate::domain::id::Account;
use crate::domain::time::Timestamp;
use crate::ops::PEOPLE_KEYS;
use crate::outbox::instance::Instance;
use crate::outbox::instance_id::InstanceId;
use crate::people::{PEOPLE, People};

/// The file, beside the backups, of the epochs that restored directories got.
const RESTORES: &str = "restores.ndjson";

/// A line of that file.
#[derive(Serialize, Deserialize)]
struct RestoreLine {
    instance: String,
    epoch: u32,
    backup: String,
    at: String,
}

/// What a restored directory is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restoring {
    /// Another one beside the original, with this identity.
    Copy(InstanceId),
    /// The original, which goes on.
    Continue,
}

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What it is to be, and what is not in it.
    pub quarantine: Quarantine,
    /// Its identity.
    pub instance: InstanceId,
    /// The epoch of the new directory.
    pub epoch: u32,
    /// The people who were erased since the backup, and are erased in the new directory.
    pub erased: usize,
    /// Of when the keys of the people are; `None` if none are left, and the people are not in the new directory.
    pub keys_of: Option<Timestamp>,
}

/// Makes the data directory `to` of a backup. An interruption leaves nothing of that name.
///
/// # Errors
/// When the backup is damaged, something is at `to` already, or something cannot be written.
pub fn restore(
    backup: &Path,
    to: &Path,
    restoring: Restoring,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    let backup = std::path::absolute(backup).map_err(BackupError::io("find", backup))?;
    let no_backup = |detail: &str| BackupError::Damaged { path: backup.clone(), detail: detail.to_owned() };
    let name =
        backup.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<BackupName>().ok());
    let name = name.ok_or_else(|| no_backup("not the directory of a backup, as 2026-11-30T03-15-00.123Z"))?;
    let directory = backup.parent().ok_or_else(|| no_backup("not in a directory of backups"))?;
    let _alone = lock(directory)?;
    let manifest = Manifest::read(&backup)?;
    manifest.check(&backup)?;
    let original = manifest.instance.parse().map_err(|_| no_backup("its manifest names no instance"))?;
    let making = aside_of(to)?;
    copy_listed(&manifest, &backup, &making)?;
    let keys_of = copy_newest_keys(directory, &making)?;
    let erased = erased_since(directory, manifest.erasures)?;
    if keys_of.is_some() {
        // The account alone is known of who was erased, so what does not open any more is removed with it.
        People::erase_closed(&making, &erased.iter().collect::<Vec<&Account>>())?;
    } else {
        fs::remove_file(making.join(PEOPLE)).map_err(BackupError::io("remove", &making.join(PEOPLE)))?;
    }
    write_erased(&making, erased.iter())?;
    let (instance, restored_as) = match restoring {
        Restoring::Continue => {
            let epoch = new_epoch(directory, &manifest, name, now)?;
            (Instance { id: original, epoch }, RestoredAs::Continue)
        }
        // Also a later epoch, so that what was recorded before counts as what may have left.
        Restoring::Copy(id) => (Instance { id, epoch: manifest.epoch.saturating_add(1) }, RestoredAs::Copy),
    };
    InstanceFile::of(&making).write(&instance)?;
    let quarantine = Quarantine::new(restored_as, name.made_at(), manifest.positions);
    QuarantineFile::of(&making).write(&quarantine)?;
    tree::sync_below(&making)?;
    tree::rename(&making, to)?;
    Ok(Restored {
        quarantine,
        instance: instance.id,
        epoch: instance.epoch,
        erased: erased.len(),
        keys_of: keys_of.map(BackupName::made_at),
    })
}

/// The empty directory beside `to` that takes its name when it is whole.
fn aside_of(to: &Path) -> Result<PathBuf, BackupError> {
    let is_empty = !to.exists() || (to.is_dir() && tree::entries(to)?.is_empty());
    let name = to.file_name().filter(|_| is_empty).ok_or_else(|| BackupError::Occupied(to.to_owned()))?;
    let mut aside = name.to_owned();
    aside.push(".restoring");
    let aside = to.with_file_name(aside);
    tree::remove(&aside)?;
    tree::make(&aside)?;
    Ok(aside)
}

/// Copies the data directory of a backup.
fn copy_listed(manifest: &Manifest, backup: &Path, to: &Path) -> Result<(), BackupError> {
    for path in manifest.paths() {
        let Ok(within) = path.strip_prefix(DATA) else { continue };
        let target = to.join(within);
        target.parent().map_or(Ok(()), tree::make)?;
        tree::copy(&backup.join(path), &target)?;
    }
    Ok(())
}

/// Copies the newest keys that are whole. They open everybody of an older backup but those who were erased since.
fn copy_newest_keys(directory: &Path, to: &Path) -> Result<Option<BackupName>, BackupError> {
    let keys = directory.join(KEYS);
    for name in backups_in(&keys)?.into_iter().rev() {
        let from = keys.join(name.to_string());
        let Ok(manifest) = Manifest::read(&from) else { continue };
        if manifest.check(&from).is_err() || !manifest.paths().any(|path| path == Path::new(PEOPLE_KEYS)) {
            continue;
        }
        for path in manifest.paths() {
            tree::copy(&from.join(path), &to.join(path))?;
        }
        return Ok(Some(name));
    }
    Ok(None)
}

/// An epoch that no directory of this instance had, as far as the backups know, noted before the directory is made.
fn new_epoch(
    directory: &Path,
    manifest: &Manifest,
    name: BackupName,
    now: Timestamp,
) -> Result<u32, BackupError> {
    let path = directory.join(RESTORES);
    let mut text = match fs::read_to_string(&path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(BackupError::io("read", &path))?,
    };
    let mut newest = manifest.epoch;
    for backup in backups_in(directory)? {
        let other = Manifest::read(&directory.join(backup.to_string()))?;
        newest = newest.max(if other.instance == manifest.instance { other.epoch } else { 0 });
    }
    for line in text.lines() {
        let detail =
            "a line is no restore; restore the file, or a payment may get the key of another".to_owned();
        let line: RestoreLine = serde_json::from_str(line)
            .map_err(|_| BackupError::Damaged { path: path.clone(), detail: detail.clone() })?;
        newest = newest.max(if line.instance == manifest.instance { line.epoch } else { 0 });
    }
    let line = RestoreLine {
        instance: manifest.instance.clone(),
        epoch: newest.saturating_add(1),
        backup: name.to_string(),
        at: now.to_string(),
    };
    text.push_str(&serde_json::to_string(&line).expect("a line is a plain value"));
    text.push('\n');
    crate::journal::private::replace(&path, text).map_err(BackupError::io("write", &path))?;
    Ok(line.epoch)
}
