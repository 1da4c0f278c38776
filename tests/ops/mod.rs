//! The database beside the journals, and the shop's sealed secrets: what is stored is there after every kill, and what
//! cannot be used is refused with advice and left as it was.

mod file;
mod key_places;
mod migrations;
mod secrets;
mod tables;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flashtag::domain::time::Timestamp;
use flashtag::ops::OpsDatabase;
use tempfile::TempDir;

const START_MS: i64 = 1_760_000_000_000;
const DAY_MS: i64 = 86_400_000;

fn second(second: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + second * 1000)
}

/// A data directory.
struct Data(TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.path("ops.sqlite")
    }

    fn open(&self) -> OpsDatabase {
        OpsDatabase::open(&self.database()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The names of the files, sorted.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("it can be listed");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}
