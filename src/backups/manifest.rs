//! The manifest of a directory of copies: what is in it, of when, and the hash of each file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use super::tree;
use crate::outbox::instance::Instance;

/// The name of the file.
const NAME: &str = "manifest.json";

/// The version of the stored form, and the newest that is read.
const VERSION: u32 = 1;

/// What is in a directory of copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// The release that made it.
    flashtag: String,
    /// The data directory that was copied: its UUID.
    pub(super) instance: String,
    /// The epoch that it had.
    pub(super) epoch: u32,
    /// The erasures that were in the ledger, and completed, before the backup began.
    pub(super) erasures: u64,
    /// The last record of each journal that is in the backup.
    pub(super) positions: BTreeMap<String, u64>,
    /// The files.
    files: Vec<FileEntry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileEntry {
    path: PathBuf,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// The manifest of all that is in the directory.
    pub(super) fn of(
        directory: &Path,
        instance: &Instance,
        erasures: u64,
        positions: BTreeMap<String, u64>,
    ) -> Result<Self, BackupError> {
        let file = |path: PathBuf| {
            let (bytes, sha256) = tree::size_and_hash(&directory.join(&path))?;
            Ok(FileEntry { path, bytes, sha256 })
        };
        let files =
            tree::files_below(directory)?.into_iter().map(file).collect::<Result<_, BackupError>>()?;
        Ok(Self {
            version: VERSION,
            flashtag: env!("CARGO_PKG_VERSION").to_owned(),
            instance: instance.id.to_string(),
            epoch: instance.epoch,
            erasures,
            positions,
            files,
        })
    }

    /// Writes the manifest into its directory.
    pub(super) fn write(&self, directory: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_string_pretty(self).expect("a manifest is a plain value");
        tree::write(&directory.join(NAME), format!("{text}\n").as_bytes())
    }

    /// Reads the manifest of a directory.
    pub(super) fn read(directory: &Path) -> Result<Self, BackupError> {
        let path = directory.join(NAME);
        let text = fs::read(&path).map_err(BackupError::io("read", &path))?;
        let damaged = |detail: String| BackupError::Damaged { path: path.clone(), detail };
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| damaged(format!("not a manifest: {error}")))?;
        match manifest.version {
            VERSION => Ok(manifest),
            newer => Err(damaged(format!("version {newer}, and this release reads {VERSION}"))),
        }
    }

    /// The bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The paths of the files, none of which leads out of the directory.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Checks that every file is there as it was copied.
    pub(super) fn check(&self, directory: &Path) -> Result<(), BackupError> {
        for FileEntry { path, bytes, sha256 } in &self.files {
            let damaged =
                |detail: &str| BackupError::Damaged { path: directory.join(path), detail: detail.to_owned() };
            let is_within = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !is_within {
                return Err(damaged("it is outside of its backup"));
            }
            let (found_bytes, found) = tree::size_and_hash(&directory.join(path))?;
            if (found_bytes, &found) != (*bytes, sha256) {
                return Err(damaged("it is not as it was copied"));
            }
        }
        Ok(())
    }
}
