//! The file `mode` of a data directory: whether what was sold there was sold for real. A test and a live sale never
//! share a directory, because their orders could not be told apart.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::serve::Mode;
use crate::journal::private;

/// Name of the file in a data directory.
const NAME: &str = "mode";

/// Why a data directory cannot be used in a mode.
#[derive(Debug, thiserror::Error)]
pub enum ModeError {
    /// The file cannot be read or written.
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
    #[error(
        "{} is damaged; write \"test\" or \"live\" on its only line, as the directory was sold in before",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The directory is of the other mode.
    #[error(
        "{} was first started in mode \"{fixed}\", and mode = \"{asked}\" is configured: a test and a live sale share \
         no data directory; write mode = \"{fixed}\", or name another directory as `data`",
        .data.display()
    )]
    Other {
        /// The data directory.
        data: PathBuf,
        /// The mode of its first start.
        fixed: Mode,
        /// The mode of the configuration.
        asked: Mode,
    },
}

/// The mode file of a data directory.
#[derive(Debug, Clone)]
pub struct ModeFile {
    data: PathBuf,
    path: PathBuf,
}

impl ModeFile {
    /// The file of the data directory `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { data: data.to_owned(), path: data.join(NAME) }
    }

    /// Reads the mode; `None` if the directory has none.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn read(&self) -> Result<Option<Mode>, ModeError> {
        match std::fs::read(&self.path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ModeError::Io { action: "read", path: self.path.clone(), source }),
            Ok(text) => {
                let mode = str::from_utf8(&text).ok().and_then(|text| text.strip_suffix('\n')?.parse().ok());
                mode.map(Some).ok_or_else(|| ModeError::Damaged(self.path.clone()))
            }
        }
    }

    /// Checks that the directory may be used in a mode. A directory without a mode may be used in either.
    ///
    /// # Errors
    /// When the directory is of the other mode, or its file cannot be used.
    pub fn check(&self, asked: Mode) -> Result<(), ModeError> {
        match self.read()? {
            Some(fixed) if fixed != asked => Err(ModeError::Other { data: self.data.clone(), fixed, asked }),
            _ => Ok(()),
        }
    }

    /// Fixes the mode of a directory that has none, and makes that durable.
    ///
    /// # Errors
    /// When the directory is of the other mode, or the file cannot be read or written.
    pub fn fix(&self, mode: Mode) -> Result<(), ModeError> {
        self.check(mode)?;
        if self.read()?.is_some() {
            return Ok(());
        }
        private::replace(&self.path, format!("{mode}\n")).map_err(|source| ModeError::Io {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }
}
