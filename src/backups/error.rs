//! Why a backup is not made, not kept or not restored.

use std::io;
use std::path::{Path, PathBuf};

use crate::control::instance_file::InstanceError;
use crate::control::quarantine_file::QuarantineError;
use crate::journal;
use crate::ops::OpsError;
use crate::people::PeopleError;

/// Why a backup is not made, kept or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A journal cannot be copied.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A database cannot be copied.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// The people cannot be copied or erased.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The identity of the data directory cannot be used.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The quarantine cannot be read.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// Nothing may leave the data directory yet.
    #[error(
        "{} was restored and is not opened: no backup is made of it, so that none is restored as what it is not; see \
         flashtag open",
        .0.display()
    )]
    Quarantined(PathBuf),
    /// Somebody else makes, restores or removes something there.
    #[error("{} is in use: another backup is being made or restored; try again when it is done", .0.display())]
    Busy(PathBuf),
    /// No server of this release was ever started in the directory.
    #[error(
        "{} is no data directory that `serve` of this release was started in; start it once, which moves the addresses of \
         people out of its journals",
        .0.display()
    )]
    NotServed(PathBuf),
    /// The directory has the backups of another data directory.
    #[error("{} has backups of another data directory; name a directory of its own", .0.display())]
    Foreign(PathBuf),
    /// The directory is no backup, or a part of it was changed.
    #[error("{}: {detail}", .path.display())]
    Damaged {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Something is there already, and is not overwritten.
    #[error("{} is there already, and nothing is overwritten; name a directory that does not exist", .0.display())]
    Occupied(PathBuf),
}

impl BackupError {
    /// The exit code of a command that ends for this reason, after sysexits.h.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. } => 74,
            Self::Journal(journal::Error::Locked { .. }) | Self::Busy(_) => 75,
            Self::Journal(journal::Error::Io { .. }) => 74,
            Self::Journal(_) | Self::Instance(_) | Self::Foreign(_) => 78,
            Self::Quarantine(error) => error.exit_code(),
            Self::Quarantined(_) => 77,
            Self::Ops(error) => error.exit_code(),
            Self::People(error) => error.exit_code(),
            Self::NotServed(_) => 66,
            Self::Damaged { .. } => 65,
            Self::Occupied(_) => 73,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
