//! The file `quarantine` of a data directory that was made of a backup: while it is there, nothing leaves the directory for a provider
//! or a network, and no letter is sent. An operator removes it, by a command of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::journal::private;

/// Name of the file in a data directory.
const NAME: &str = "quarantine";

/// Version of the file's form.
const VERSION: u32 = 1;

/// What a data directory that was made of a backup is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoredAs {
    /// Another directory beside the original, with an identity of its own.
    Copy,
    /// The original itself, which goes on.
    Continue,
}

impl RestoredAs {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Continue => "continue",
        }
    }
}

/// Why nothing leaves a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    version: u32,
    /// What the directory is to be.
    pub restored_as: RestoredAs,
    /// When the backup was begun.
    made_at: String,
    /// The last record of each journal that is in the backup: what came behind it is not in this directory.
    pub positions: BTreeMap<String, u64>,
}

impl Quarantine {
    /// The quarantine of what was made of the backup of that time.
    #[must_use]
    pub fn new(restored_as: RestoredAs, made_at: Timestamp, positions: BTreeMap<String, u64>) -> Self {
        Self { version: VERSION, restored_as, made_at: made_at.to_string(), positions }
    }

    /// When the backup was begun.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        self.made_at.parse().unwrap_or(Timestamp::MIN)
    }

    /// What is not in the directory, for people.
    #[must_use]
    pub fn missing_tail(&self) -> String {
        let ends: Vec<_> =
            self.positions.iter().map(|(name, last)| format!("record {last} of {name}")).collect();
        format!("what was recorded behind {}, from {} on", ends.join(", "), self.made_at)
    }
}

/// Why the quarantine of a data directory cannot be read or ended.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The file cannot be read, written or removed.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is not what was written.
    #[error("{} is damaged, so nobody knows what may leave this directory; restore the backup again", .0.display())]
    Damaged(PathBuf),
}

impl QuarantineError {
    /// The exit code of a process that cannot go on for this reason, after sysexits.h.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. } => 74,
            Self::Damaged(_) => 78,
        }
    }
}

/// The file of a data directory.
#[derive(Debug, Clone)]
pub struct QuarantineFile {
    data: PathBuf,
    path: PathBuf,
}

impl QuarantineFile {
    /// The file of the data directory `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { data: data.to_owned(), path: data.join(NAME) }
    }

    /// Reads the quarantine; `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or a newer release wrote it.
    pub fn read(&self) -> Result<Option<Quarantine>, QuarantineError> {
        let text = match fs::read(&self.path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(self.failed("read"))?,
        };
        let quarantine = serde_json::from_slice::<Quarantine>(&text).ok();
        let quarantine = quarantine
            .filter(|quarantine| quarantine.version == VERSION && quarantine.made_at() > Timestamp::MIN);
        quarantine.map(Some).ok_or_else(|| QuarantineError::Damaged(self.path.clone()))
    }

    /// Begins the quarantine durably.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, quarantine: &Quarantine) -> Result<(), QuarantineError> {
        let text = serde_json::to_string(quarantine).expect("a quarantine is a plain value");
        private::replace(&self.path, format!("{text}\n")).map_err(self.failed("write"))
    }

    /// Ends the quarantine durably.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(&self) -> Result<(), QuarantineError> {
        fs::remove_file(&self.path).map_err(self.failed("remove"))?;
        fs::File::open(&self.data).and_then(|directory| directory.sync_all()).map_err(self.failed("remove"))
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> QuarantineError + use<> {
        let path = self.path.clone();
        move |source| QuarantineError::Io { action, path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarantine_reads_back_and_whatever_else_stands_there_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = QuarantineFile::of(directory.path());
        assert_eq!(file.read().unwrap(), None);
        let positions = BTreeMap::from([("control".to_owned(), 3), ("partition-0".to_owned(), 12)]);
        let quarantine =
            Quarantine::new(RestoredAs::Continue, Timestamp::from_ms(1_796_008_500_123), positions);
        file.write(&quarantine).unwrap();
        assert_eq!(file.read().unwrap().as_ref(), Some(&quarantine));
        assert_eq!(
            quarantine.missing_tail(),
            "what was recorded behind record 3 of control, record 12 of partition-0, from 2026-11-30T03:15:00.123Z on"
        );
        let whole = fs::read(directory.path().join(NAME)).unwrap();
        let newer = String::from_utf8(whole.clone()).unwrap().replace("\"version\":1", "\"version\":2");
        for bad in [&b""[..], b"{}", whole.get(..20).unwrap(), newer.as_bytes()] {
            fs::write(directory.path().join(NAME), bad).unwrap();
            let refused = file.read().expect_err("it is no quarantine");
            assert_eq!(refused.exit_code(), 78, "{refused}");
        }
        file.remove().unwrap();
        assert_eq!(file.read().unwrap(), None);
    }
}
