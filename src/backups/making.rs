//! Makes a backup. What it copies first may be older than what it copies last, never newer, in an order that a start understands:
//! streams go on from before the journals' end, journals know no erasure that control does not know, and every sealed person
//! is older than the copied keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::books::{BOOKS, copy_book};
use super::directory::{Backups, DATA, KEYS, MAKING, backups_in, lock};
use super::error::BackupError;
use super::manifest::Manifest;
use super::name::BackupName;
use super::tree;
use crate::control::instance_file::InstanceFile;
use crate::control::journal::{CONTROL, erased_after, read_state};
use crate::control::quarantine_file::QuarantineFile;
use crate::domain::time::{Millis, Timestamp};
use crate::journal::{FileDisk, FileStore};
use crate::ops::{OWN_SECRETS_KEY, OpsDatabase, PEOPLE_KEYS, SECRETS};
use crate::outbox::instance::Instance;
use crate::people::{PEOPLE, People};

/// The database beside the journals.
const OPS: &str = "ops.sqlite";

/// The name of the control journal.
const CONTROL_NAME: &str = "control";

/// What else is copied as it is.
const AS_IT_IS: [&str; 3] = ["instance", "mode", "link-key"];

/// Held by who copies the files of journals, and by who removes such files.
#[derive(Debug, Clone, Default)]
pub struct JournalFiles(Arc<Mutex<()>>);

impl JournalFiles {
    /// Waits until nobody else copies or removes.
    pub fn alone(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a running server has open.
#[derive(Debug, Clone)]
pub struct Running {
    /// The database beside the journals.
    pub database: OpsDatabase,
    /// The people.
    pub people: People,
    /// The files of the journals.
    pub files: JournalFiles,
}

/// A data directory to copy.
#[derive(Debug, Clone)]
pub struct Source {
    /// The directory, which this process has locked.
    pub data: PathBuf,
    /// What this process has open of it; `None` if nothing is.
    pub running: Option<Running>,
}

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its directory.
    pub path: PathBuf,
    /// The last record of each journal that is in it.
    pub positions: BTreeMap<String, u64>,
    /// Its bytes, without the keys.
    pub bytes: u64,
    /// The copies of keys that were removed, because they were older than the retention.
    pub keys_removed: usize,
}

impl Backups {
    /// Makes a backup. When this returns, it is on the disk; an interruption leaves none.
    ///
    /// # Errors
    /// When something cannot be read or written, or another backup is being made.
    pub fn make(&self, source: &Source, now: Timestamp) -> Result<Made, BackupError> {
        if !source.data.join(PEOPLE).exists() {
            return Err(BackupError::NotServed(source.data.clone()));
        }
        if QuarantineFile::of(&source.data).read()?.is_some() {
            return Err(BackupError::Quarantined(source.data.clone()));
        }
        let _alone = lock(&self.directory)?;
        let instance = InstanceFile::of(&source.data).read(None)?;
        let instance = instance.ok_or_else(|| BackupError::NotServed(source.data.clone()))?;
        self.check_owner(&instance)?;
        let keys_removed = self.clean_up(now)?;
        // Whoever is erased from now on is erased in a restored directory by the ledger, at the latest.
        let erasures = self.ledger().completed();
        let (name, making) = (self.free_name(now), self.directory.join(MAKING));
        let (backup, keys) = (making.join("backup"), making.join(KEYS));
        let data = backup.join(DATA);
        tree::make(&data)?;
        tree::make(&keys)?;
        let positions = copy_data(source, &data, &keys)?;
        self.note_erased(&data, &instance, now)?;
        let manifest = Manifest::of(&backup, &instance, erasures, positions)?;
        manifest.write(&backup)?;
        Manifest::of(&keys, &instance, erasures, BTreeMap::new())?.write(&keys)?;
        tree::sync_below(&making)?;
        let path = self.directory.join(name.to_string());
        tree::make(&self.directory.join(KEYS))?;
        // The keys first: a backup has its name only when it is whole.
        tree::rename(&keys, &self.directory.join(KEYS).join(name.to_string()))?;
        tree::rename(&backup, &path)?;
        tree::remove(&making)?;
        let bytes = manifest.bytes();
        Ok(Made { path, positions: manifest.positions, bytes, keys_removed })
    }

    /// The name of a backup that begins now; a later one, where the clock shows the time of another backup.
    fn free_name(&self, now: Timestamp) -> BackupName {
        let mut name = BackupName::at(now);
        while self.directory.join(name.to_string()).exists() {
            name = BackupName::at(name.made_at().plus(Millis::from_ms(1)));
        }
        name
    }

    /// Writes into the ledger whose erasure the copied control journal tells of, and the ledger does not: an older backup must
    /// not bring them back, also where the server kept no ledger.
    fn note_erased(&self, data: &Path, instance: &Instance, now: Timestamp) -> Result<(), BackupError> {
        let Some(before) = backups_in(&self.directory)?.pop() else { return Ok(()) };
        let before = Manifest::read(&self.directory.join(before.to_string()))?;
        let store = FileStore::new(Arc::new(FileDisk), &data.join("journal/control"), CONTROL);
        let control = read_state(&store)?;
        // A directory that was restored counts its records anew from where the backup ended.
        let known = before.positions.get(CONTROL_NAME).filter(|_| before.epoch == instance.epoch);
        let known = known.map_or(0, |last| control.last_sequence().min(*last));
        self.ledger().add_missing(erased_after(&store, known)?.iter(), before.erasures, now)?;
        self.ledger().add_missing(control.erased(), 0, now)
    }
}

/// Copies the data directory, the keys apart. Returns the last record of each journal.
fn copy_data(source: &Source, data: &Path, keys: &Path) -> Result<BTreeMap<String, u64>, BackupError> {
    let from = &source.data;
    match &source.running {
        Some(running) => running.database.copy_to(&data.join(OPS))?,
        None if from.join(OPS).exists() => OpsDatabase::copy_closed(&from.join(OPS), &data.join(OPS))?,
        None => {}
    }
    let (mut positions, mut partitions) = (BTreeMap::new(), BTreeMap::new());
    let journals = journals_of(from)?;
    for (name, partition) in journals {
        let last = copy_journal(source, &data.join("journal"), &name, partition)?;
        positions.insert(name, last);
        partitions.insert(partition, last);
    }
    match &source.running {
        Some(running) => running.people.copy_to(&data.join(PEOPLE), &keys.join(PEOPLE_KEYS))?,
        None => {
            OpsDatabase::copy_closed(&from.join(PEOPLE), &data.join(PEOPLE))?;
            OpsDatabase::copy_closed(&from.join(PEOPLE_KEYS), &keys.join(PEOPLE_KEYS))?;
        }
    }
    tree::copy_if_there(&from.join(OWN_SECRETS_KEY), &keys.join(OWN_SECRETS_KEY))?;
    tree::make(&data.join(SECRETS))?;
    for (name, is_directory) in tree::entries(&from.join(SECRETS))? {
        // What is written aside gets its name when it is whole.
        if !is_directory && !name.ends_with(".new") {
            tree::copy_if_there(&from.join(SECRETS).join(&name), &data.join(SECRETS).join(&name))?;
        }
    }
    for name in AS_IT_IS {
        tree::copy_if_there(&from.join(name), &data.join(name))?;
    }
    for name in BOOKS {
        copy_book(&from.join(name), &data.join(name), &partitions)?;
    }
    Ok(positions)
}

/// The journals of a data directory: each name with its partition, control last.
fn journals_of(data: &Path) -> Result<Vec<(String, u32)>, BackupError> {
    let mut journals = Vec::new();
    for (name, is_directory) in tree::entries(&data.join("journal"))? {
        if is_directory
            && let Some(number) = name.strip_prefix("partition-").and_then(|number| number.parse().ok())
        {
            journals.push((name, number));
        }
    }
    journals.sort_by_key(|(_, number)| *number);
    journals.push((CONTROL_NAME.to_owned(), CONTROL));
    Ok(journals)
}

fn copy_journal(source: &Source, to: &Path, name: &str, partition: u32) -> Result<u64, BackupError> {
    let store = FileStore::new(Arc::new(FileDisk), &source.data.join("journal").join(name), partition);
    let to = to.join(name);
    match &source.running {
        Some(running) => {
            let _alone = running.files.alone();
            Ok(store.copy_durable(&to)?)
        }
        None => Ok(store.copy_closed(&to)?),
    }
}
