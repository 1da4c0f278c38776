//! Why the database cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rustix::io::Errno;

/// Why the database does not open, or a call on it failed.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// The file, or a copy of it, cannot be read or made.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A newer release wrote the file.
    #[error(
        "{} has version {found}, and this release knows {known}; start the release that wrote it, or move the file \
         away: a new one is made, with the losses that docs/operations.md names",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        found: i64,
        /// The newest version that this release knows.
        known: i64,
    },
    /// The file is not what was written.
    #[error(
        "{} is damaged ({detail}); move it away, with the file {}-wal if there is one, and start again: a new one is \
         made. What must survive is in the journals; docs/operations.md names what is lost",
        .path.display(), .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is a database of something else.
    #[error("{} is a database of another program, and is left alone; move it away", .0.display())]
    Foreign(PathBuf),
    /// Another process has the file open.
    #[error("{} is open in another process", .0.display())]
    InUse(PathBuf),
    /// A statement failed, and changed nothing.
    #[error("{}: {detail}", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the database reports.
        detail: String,
    },
    /// The disk failed before, so nothing that is written now is known to be durable.
    #[error("{} cannot be used until a restart, because its disk failed", .0.display())]
    DiskFailed(PathBuf),
}

impl OpsError {
    /// The exit code of a process that cannot start for this reason, after sysexits.h.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::InUse(_) => 75,
            Self::Io { .. } | Self::Failed { .. } | Self::DiskFailed(_) => 74,
            Self::Newer { .. } | Self::Damaged { .. } | Self::Foreign(_) => 78,
        }
    }

    /// Names the file and what was done when the system reported an error.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Names the file of an error of the database.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, detail },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(path),
            Some(ErrorCode::DiskFull) => Self::Io { action: "write", path, source: Errno::NOSPC.into() },
            _ => Self::Failed { path, detail },
        }
    }
}
